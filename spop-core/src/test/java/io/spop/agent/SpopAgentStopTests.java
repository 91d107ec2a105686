package io.spop.agent;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for how an agent stops, and how it closes connections of a certain age.
 */
@Timeout(20)
class SpopAgentStopTests {

	private static final Duration LONG = Duration.ofSeconds(10);

	private static final NotifyMessage MESSAGE = NotifyMessage.of("message");

	private static final Frame.HaproxyHello HEALTH_CHECK = new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(), null,
			true);

	private final Sinks.One<Actions> result = Sinks.one();

	private final CountDownLatch started = new CountDownLatch(1);

	private final List<AutoCloseable> opened = new ArrayList<>();

	private final SpopAgent agent = SpopAgent.create()
		.listener(SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0)))
		.eventLoops(1)
		.handlerTimeout(LONG)
		.handler(this::handle);

	/**
	 * Frame 1 of a stream has its answer at once, all others wait for the result.
	 */
	private Mono<Actions> handle(SpopExchange exchange) {
		if (exchange.frameId() == 1) {
			return Mono.just(Actions.none());
		}
		this.started.countDown();
		return this.result.asMono();
	}

	@AfterEach
	void close() throws Exception {
		for (AutoCloseable closeable : this.opened) {
			closeable.close();
		}
	}

	private BoundSpopAgent bind(SpopAgent agent) {
		BoundSpopAgent bound = agent.bind();
		this.opened.add(0, bound);
		return bound;
	}

	private RawPeer connect(BoundSpopAgent bound) throws IOException {
		RawPeer peer = RawPeer.connected(bound.address("main"));
		this.opened.add(0, peer);
		return peer;
	}

	private static CompletableFuture<Void> stop(BoundSpopAgent bound, Duration preDrainDelay, Duration grace) {
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> bound.stop(preDrainDelay, grace),
				Interop.OWN_THREAD);
		Interop.await(bound::isStopping);
		return stopped;
	}

	private static @Nullable Frame exchange(RawPeer peer) throws IOException {
		peer.send(new Frame.Notify(1, 1, MESSAGE));
		return peer.receive();
	}

	private static void assertAnswered(RawPeer peer, long streamId) throws IOException {
		peer.send(new Frame.Notify(streamId, 1, MESSAGE));
		assertThat(peer.receive()).isEqualTo(new Frame.Ack(streamId, 1, Actions.none()));
	}

	@Test
	void whenStoppedThenBusyConnectionEndsWithItsAckAndIdleOneLater() throws Exception {
		BoundSpopAgent bound = bind(this.agent);
		RawPeer idle = connect(bound);
		RawPeer busy = connect(bound);
		busy.send(new Frame.Notify(1, 2, MESSAGE));
		this.started.await();
		CompletableFuture<Void> stopped = stop(bound, Duration.ZERO, LONG);
		// No DISCONNECT, which HAProxy 3.1.0 does not expect here
		assertThat(idle.receive()).isNull();
		idle.close();
		assertThat(stopped).isNotDone();
		this.result.tryEmitValue(Actions.none());
		assertThat(busy.receive()).isEqualTo(new Frame.Ack(1, 2, Actions.none()));
		busy.assertDisconnectedWith(0);
		busy.close();
		stopped.get();
		SocketAddress address = new InetSocketAddress("127.0.0.1", bound.port());
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> new RawPeer(address));
	}

	@Test
	void whenHealthChecksFailThenAllElseGoesOn() throws Exception {
		BoundSpopAgent bound = bind(this.agent);
		RawPeer before = connect(bound);
		assertAnswered(before, 1);
		CompletableFuture<Void> stopped = stop(bound, LONG, LONG);
		RawPeer check = new RawPeer(bound.address("main"));
		this.opened.add(0, check);
		check.send(HEALTH_CHECK);
		check.assertDisconnectedWith(0);
		assertAnswered(before, 3);
		assertAnswered(before, 5);
		RawPeer after = connect(bound);
		assertAnswered(after, 1);
		assertAnswered(after, 3);
		assertThat(bound.isListening("main")).isTrue();
		assertThat(stopped).isNotDone();
	}

	@Test
	void whenConnectionOpensWhileOthersCloseThenItEndsWithItsFirstAck() throws Exception {
		BoundSpopAgent bound = bind(this.agent);
		RawPeer busy = connect(bound);
		busy.send(new Frame.Notify(1, 2, MESSAGE));
		this.started.await();
		CompletableFuture<Void> stopped = stop(bound, Duration.ZERO, LONG);
		RawPeer late = connect(bound);
		late.send(new Frame.Notify(1, 1, MESSAGE), new Frame.Notify(3, 1, MESSAGE));
		assertThat(late.receive()).isEqualTo(new Frame.Ack(1, 1, Actions.none()));
		assertThat(late.receive()).isEqualTo(new Frame.Ack(3, 1, Actions.none()));
		late.assertDisconnectedWith(0);
		this.result.tryEmitValue(Actions.none());
		stopped.get();
	}

	@Test
	void whenHalfOfNotifyHasComeThenTheOtherHalfIsWaitedFor() throws Exception {
		BoundSpopAgent bound = bind(this.agent);
		RawPeer peer = connect(bound);
		ByteBuf notify = Unpooled.buffer();
		new SpopCodec(16380).encode(new Frame.Notify(3, 1, MESSAGE), notify);
		ByteBuf first = Unpooled.buffer();
		new SpopCodec(16380).encode(new Frame.Notify(1, 1, MESSAGE), first);
		first.writeBytes(notify, 10);
		CompletableFuture<Void> stopped = stop(bound, Duration.ZERO, LONG);
		peer.send(first.nioBuffer());
		assertThat(peer.receive()).isEqualTo(new Frame.Ack(1, 1, Actions.none()));
		peer.send(notify.nioBuffer());
		assertThat(peer.receive()).isEqualTo(new Frame.Ack(3, 1, Actions.none()));
		peer.assertDisconnectedWith(0);
		stopped.get();
	}

	@Test
	void whenPeersSayNothingThenStopDoesNotWaitForTheirHandshake() throws Exception {
		BoundSpopAgent bound = bind(this.agent);
		for (int i = 0; i < 3; i++) {
			this.opened.add(0, new RawPeer(bound.address("main")));
		}
		Interop.await(() -> bound.connections().size() == 3);
		bound.stop(LONG);
		assertThat(bound.connections()).isEmpty();
	}

	@Test
	void whenHandlerNeverEndsThenStopEndsWithTheGrace() throws Exception {
		BoundSpopAgent bound = bind(this.agent);
		RawPeer busy = connect(bound);
		busy.send(new Frame.Notify(1, 2, MESSAGE));
		this.started.await();
		bound.stop(Duration.ofMillis(100));
		assertThat(busy.receive()).isNull();
	}

	@Test
	void whenHandlerBlocksItsEventLoopThenStopEnds() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		BoundSpopAgent bound = bind(this.agent.handler((exchange) -> {
			this.started.countDown();
			try {
				release.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			return Mono.empty();
		}));
		for (int i = 0; i < 20; i++) {
			connect(bound);
		}
		RawPeer busy = connect(bound);
		busy.send(new Frame.Notify(1, 1, MESSAGE));
		this.started.await();
		CompletableFuture<Void> stopped = stop(bound, Duration.ZERO, Duration.ofMillis(100));
		assertThat(stopped).succeedsWithin(LONG);
		release.countDown();
	}

	@Test
	void whenConnectionIsOldThenItEndsWithAnAck() throws Exception {
		LinkedBlockingQueue<SpopMetricsRecorder.CloseReason> reasons = new LinkedBlockingQueue<>();
		BoundSpopAgent bound = bind(this.agent.maxConnectionAge(Duration.ofMillis(100))
			.metricsRecorder((listener) -> new SpopMetricsRecorder() {

				@Override
				public void connectionClosed(CloseReason reason) {
					reasons.add(reason);
				}

			}));
		RawPeer peer = connect(bound);
		int answered = 0;
		@Nullable Frame frame = exchange(peer);
		while (frame instanceof Frame.Ack) {
			answered++;
			frame = exchange(peer);
		}
		assertThat(frame).isInstanceOf(Frame.AgentDisconnect.class);
		assertThat(answered).isGreaterThan(1);
		peer.close();
		assertThat(reasons.poll(5, TimeUnit.SECONDS)).isEqualTo(SpopMetricsRecorder.CloseReason.MAX_AGE);
	}

	@Test
	void whenOldConnectionIsIdleThenItEnds() throws Exception {
		BoundSpopAgent bound = bind(this.agent.maxConnectionAge(Duration.ofMillis(1)));
		RawPeer peer = connect(bound);
		assertThat(peer.receive()).isNull();
	}

}
