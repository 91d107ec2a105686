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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an agent does when its process has no file descriptors or no memory left.
 */
@Timeout(20)
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
			assertThat(agent.lines()).singleElement()
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
				System.out.println(served+" "+agent.isUp());
				agent.stop();
				assertThat(agent.awaitEnd()).isZero();
				System.out.println(String.join("\n", agent.lines()));
			}
		}
	}

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
				peer.send(new Frame.Notify(streamId * 1000, i, NotifyMessage.of("m")));
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
