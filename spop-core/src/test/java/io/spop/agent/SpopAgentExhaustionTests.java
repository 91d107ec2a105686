package io.spop.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.spop.protocol.Action;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * What an agent does when its process has no file descriptors or no memory left.
 */
@Timeout(300)
class SpopAgentExhaustionTests {

	@TempDir
	private Path folder;

	@Test
	void whenThereAreNoFileDescriptorsThenItAcceptsAgainWhenThereAreSome() throws Exception {
		List<RawPeer> peers = new ArrayList<>();
		try (ForkedAgent agent = new ForkedAgent(this.folder, 120);
				RawPeer witness = RawPeer.connected(agent.address())) {
			for (int i = 0; i < 150; i++) {
				peers.add(new RawPeer(agent.address()));
			}
			long first = nanosAfterFailures(witness, 1);
			// The listener tries again after a second
			long second = nanosAfterFailures(witness, 2);
			assertThat(Duration.ofNanos(second - first)).isLessThan(Duration.ofMillis(200));
			for (RawPeer peer : peers) {
				peer.close();
			}
			RawPeer.connected(agent.address()).close();
			agent.stop();
			agent.awaitEnd();
			// The first call of the handler may be slow
			assertThat(agent.lines()).filteredOn((line) -> !line.contains("blocked its event loop"))
				.singleElement()
				.asString()
				.contains("Listener 'main' cannot accept connections: Too many open files");
		}
	}

	private static long nanosAfterFailures(RawPeer peer, int failures) throws IOException {
		peer.send(new Frame.Notify(failures, 1, NotifyMessage.of("m")));
		Frame.Ack ack = (Frame.Ack) peer.receive();
		assertThat(ack).isNotNull();
		assertThat(ack.actions()).hasSize(1);
		return ((SpopValue.Int64) ((Action.SetVar) ack.actions().iterator().next()).value()).value();
	}

	@Test
	void whenTheJvmIsToEndWithoutMemoryThenItEndsWithALine() throws Exception {
		try (ForkedAgent agent = new ForkedAgent(this.folder, 1024, "-Xmx32m", "-XX:+ExitOnOutOfMemoryError");
				RawPeer peer = RawPeer.connected(agent.address())) {
			assertThatIOException().isThrownBy(agent::fillHeap).withMessageContaining("has ended");
			assertThat(agent.awaitEnd()).isEqualTo(3);
			assertThat(agent.lines()).containsExactly("Terminating due to java.lang.OutOfMemoryError: Java heap space");
			assertThat(peer.receive()).isNull();
		}
	}

}
