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
 * What an agent does when its process has no file descriptors or no memory left. The
 * system property {@code spop.test.heap} is the number of processes whose heap is filled,
 * for longer runs.
 */
@Timeout(300)
class SpopAgentExhaustionTests {

	private static final int ROUNDS = Integer.getInteger("spop.test.heap", 1);

	private static final int NOTIFYS = 100;

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
	void whenTheHeapIsFullThenEachConnectionIsServedAfterwardsOrClosed() throws Exception {
		for (int round = 0; round < ROUNDS; round++) {
			try (ForkedAgent agent = new ForkedAgent(this.folder, 1024, "-Xmx32m")) {
				int served = fillAndServe(agent);
				if (agent.isUp()) {
					RawPeer.connected(agent.address()).close();
				}
				else {
					assertThat(served).isZero();
				}
				agent.stop();
				assertThat(agent.awaitEnd()).isZero();
				assertThat(agent.lines()).filteredOn((line) -> line.contains("An event loop of the agent has ended"))
					.hasSizeLessThan(2);
			}
		}
	}

	@Test
	void whenTheJvmIsToEndWithoutMemoryThenItEndsWithALine() throws Exception {
		try (ForkedAgent agent = new ForkedAgent(this.folder, 1024, "-Xmx32m", "-XX:+ExitOnOutOfMemoryError");
				RawPeer peer = RawPeer.connected(agent.address())) {
			assertThatIOException().isThrownBy(agent::fillHeap).withMessageContaining("has ended");
			assertThat(agent.awaitEnd()).isEqualTo(3);
			assertThat(agent.lines()).containsExactly("Terminating due to java.lang.OutOfMemoryError: Java heap space");
			assertThat(isServed(peer)).isFalse();
		}
	}

	/**
	 * Fill the heap while connections open and have many frames in flight, and release
	 * it.
	 * @return how many connections were served, the agent has closed the others
	 */
	private int fillAndServe(ForkedAgent agent) throws Exception {
		List<RawPeer> peers = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			peers.add(RawPeer.connected(agent.address()));
		}
		agent.fillHeap();
		for (int i = 0; i < 20; i++) {
			RawPeer peer = new RawPeer(agent.address());
			peers.add(peer);
			peer.send(RawPeer.HELLO);
		}
		for (RawPeer peer : peers) {
			send(peer, 1, NOTIFYS);
		}
		agent.releaseHeap();
		int served = 0;
		for (RawPeer peer : peers) {
			send(peer, 0, 1);
			if (isServed(peer)) {
				served++;
			}
			peer.close();
		}
		return served;
	}

	/**
	 * Send NOTIFY frames that have no answer before the heap is released, unless the
	 * agent has closed the connection.
	 */
	private static void send(RawPeer peer, int streamId, int number) {
		try {
			for (int i = 0; i < number; i++) {
				peer.send(new Frame.Notify(streamId * 1000L, i, NotifyMessage.of("m")));
			}
		}
		catch (IOException ex) {
			// Closed by the agent
		}
	}

	/**
	 * Return whether each NOTIFY is answered. If not, the agent has closed the
	 * connection.
	 */
	private static boolean isServed(RawPeer peer) {
		try {
			int acks = 0;
			for (Frame frame = peer.receive(); frame != null; frame = peer.receive()) {
				if (frame instanceof Frame.Ack && ++acks == NOTIFYS + 1) {
					return true;
				}
			}
		}
		catch (IOException ex) {
			// Closed by the agent
		}
		return false;
	}

}
