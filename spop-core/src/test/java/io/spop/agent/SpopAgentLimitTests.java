package io.spop.agent;

import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Level;
import io.netty.channel.Channel;
import io.spop.agent.SpopMetricsRecorder.Limit;
import io.spop.client.SpopClient;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an agent does at its limits.
 */
@Timeout(30)
class SpopAgentLimitTests extends RecordedAgent {

	@Test
	void whenThereAreAllConnectionsThenHealthChecksAreAnsweredAndOthersWait() throws Exception {
		this.agent = agent().maxConnections(2).handshakeTimeout(Duration.ofSeconds(20)).bind();
		try (CapturedLog log = new CapturedLog(Level.WARN);
				RawPeer first = RawPeer.connected(this.agent.address("main"));
				RawPeer second = RawPeer.connected(this.agent.address("main"));
				RawPeer third = new RawPeer(this.agent.address("main"));
				RawPeer gone = new RawPeer(this.agent.address("main"));
				RawPeer fourth = new RawPeer(this.agent.address("main"))) {
			third.send(RawPeer.HELLO);
			awaitWaiting(1);
			gone.send(RawPeer.HELLO);
			awaitWaiting(2);
			fourth.send(RawPeer.HELLO);
			awaitWaiting(3);
			for (int i = 0; i < 20; i++) {
				assertHealthy();
			}
			assertThat(this.recorder.limits).containsEntry(Limit.MAX_CONNECTIONS, 3);
			assertThat(log.of(Level.WARN)).singleElement()
				.asString()
				.contains("Listener 'main' has 2 connections, which is its limit");
			gone.channel().close();
			awaitWaiting(2);
			first.channel().close();
			assertThat(third.receive()).isInstanceOf(Frame.AgentHello.class);
			third.send(new Frame.Notify(1, 1, NotifyMessage.of("m")));
			assertThat(third.receive()).isInstanceOf(Frame.Ack.class);
			second.channel().close();
			assertThat(fourth.receive()).isInstanceOf(Frame.AgentHello.class);
			awaitWaiting(0);
		}
	}

	@Test
	void whenHelloCannotBeAgreedOnThenItIsRefusedAtTheLimitToo() throws Exception {
		this.agent = agent().maxConnections(1).bind();
		try (RawPeer first = RawPeer.connected(this.agent.address("main"));
				RawPeer wrong = new RawPeer(this.agent.address("main"))) {
			wrong.send(new Frame.HaproxyHello(List.of("1.0"), 16380, Set.of(), "engine", false));
			wrong.assertDisconnectedWith(8);
			first.send(new Frame.Notify(1, 1, NotifyMessage.of("m")));
			assertThat(first.receive()).isInstanceOf(Frame.Ack.class);
		}
	}

	@Test
	void whenAConnectionWaitsTooLongThenItIsClosedAndItsPlaceIsNotLost() throws Exception {
		this.agent = agent().maxConnections(1).handshakeTimeout(Duration.ofMillis(100)).bind();
		try (RawPeer first = RawPeer.connected(this.agent.address("main"));
				RawPeer second = new RawPeer(this.agent.address("main"))) {
			second.send(RawPeer.HELLO);
			assertThat(second.receive()).isNull();
			awaitWaiting(0);
			first.channel().close();
			try (SpopClient client = client()) {
				client.notify(NotifyMessage.of("m")).block();
			}
		}
	}

	@Test
	void whenNoConnectionCanBeAcceptedThenThatIsToldOnceAndCounted() throws Exception {
		this.agent = agent().bind();
		try (CapturedLog log = new CapturedLog(Level.WARN)) {
			Channel listener = this.agent.channel("main");
			for (int i = 0; i < 3; i++) {
				listener.pipeline().fireExceptionCaught(new IOException("Too many open files"));
			}
			listener.eventLoop().submit(() -> {
			}).sync();
			assertThat(this.recorder.limits).containsEntry(Limit.OPEN_FILES, 3);
			assertThat(log.of(Level.WARN)).singleElement()
				.asString()
				.contains("Listener 'main' cannot accept connections: Too many open files");
		}
		try (SpopClient client = client()) {
			client.notify(NotifyMessage.of("m")).block();
		}
	}

	@Test
	void whenFramesHaveManyMessagesThenReadingStopsBeforeTheyHoldMuchMemory() throws Exception {
		LinkedBlockingQueue<CompletableFuture<Actions>> results = new LinkedBlockingQueue<>();
		AtomicInteger handled = new AtomicInteger();
		this.agent = agent().handlerTimeout(Duration.ofSeconds(20)).handler((exchange) -> {
			handled.incrementAndGet();
			CompletableFuture<Actions> result = new CompletableFuture<>();
			results.add(result);
			return Mono.fromFuture(result);
		}).bind();
		try (RawPeer peer = RawPeer.connected(this.agent.address("main"))) {
			Frame[] frames = new Frame[20];
			for (int i = 0; i < frames.length; i++) {
				frames[i] = new Frame.Notify(i, 1, Collections.nCopies(5000, NotifyMessage.of("m")));
			}
			peer.send(frames);
			for (int i = 0; i < frames.length; i++) {
				CompletableFuture<Actions> result = results.take();
				assertThat(handled.get()).isEqualTo(i + 1);
				result.complete(Actions.none());
				assertThat(peer.receive()).isEqualTo(new Frame.Ack(i, 1, Actions.none()));
			}
			assertThat(this.recorder.limits).containsOnlyKeys(Limit.MAX_IN_FLIGHT);
		}
	}

	@Test
	void whenOneReadHasFramesWithLargeAcksThenTheHighWaterMarkHolds() throws Exception {
		Actions large = Actions.set(VarScope.TRANSACTION, "large", new byte[8000]);
		this.agent = agent().highWaterMark(65536)
			.writeTimeout(Duration.ofSeconds(20))
			.handler((exchange) -> Mono.just(large))
			.bind();
		try (RawPeer peer = RawPeer.connected(this.agent.address("main"))) {
			Frame[] frames = new Frame[9000];
			for (int i = 0; i < frames.length; i++) {
				frames[i] = new Frame.Notify(i, 1);
			}
			peer.send(frames);
			while (!this.recorder.limits.containsKey(Limit.HIGH_WATER_MARK)) {
				Thread.onSpinWait();
			}
			// What the kernel and the mark hold is far less than 9000 ACKs
			assertThat(this.agent.connections()).singleElement()
				.satisfies((connection) -> assertThat(connection.framesSent()).isLessThan(4000));
			for (int i = 0; i < frames.length; i++) {
				assertThat(peer.receive()).isEqualTo(new Frame.Ack(i, 1, large));
			}
		}
	}

	@Test
	void whenIncompleteFramesHoldTooMuchThenTheConnectionThatWantsMoreIsClosed() throws Exception {
		this.agent = agent().maxBufferedBytes(65536).maxFrameSize(60000).frameTimeout(Duration.ofSeconds(20)).bind();
		try (RawPeer first = new RawPeer(this.agent.address("main"));
				RawPeer second = new RawPeer(this.agent.address("main"))) {
			for (RawPeer peer : List.of(first, second)) {
				peer.send(new Frame.HaproxyHello(List.of("2.0"), 60000, Set.of(), "engine", false));
				assertThat(peer.receive()).isInstanceOf(Frame.AgentHello.class);
			}
			first.send("0000ea60" + "03" + "00".repeat(35000));
			while (this.agent.bufferedBytes() < 35000) {
				Thread.onSpinWait();
			}
			second.send("0000ea60" + "03" + "00".repeat(35000));
			second.assertDisconnectedWith(13);
			while (this.agent.connections().size() > 1) {
				Thread.onSpinWait();
			}
			assertThat(this.agent.bufferedBytes()).isBetween(35000L, 65536L);
			assertThat(this.recorder.limits).containsEntry(Limit.MAX_BUFFERED, 1);
			first.channel().close();
			while (this.agent.bufferedBytes() > 0) {
				Thread.onSpinWait();
			}
		}
	}

	private void assertHealthy() throws IOException {
		try (RawPeer check = new RawPeer(this.agent.address("main"))) {
			check.send(new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(), null, true));
			assertThat(check.receive()).isInstanceOf(Frame.AgentHello.class);
		}
	}

	private void awaitWaiting(int number) {
		while (this.agent.waitingConnections("main") != number) {
			Thread.onSpinWait();
		}
	}

}
