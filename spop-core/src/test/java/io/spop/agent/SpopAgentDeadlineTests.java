package io.spop.agent;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Level;
import io.spop.agent.SpopMetricsRecorder.NotifyOutcome;
import io.spop.client.SpopClient;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Deadlines count from when a NOTIFY arrives, whatever keeps its event loop busy, and no
 * ACK waits for another handler.
 */
@Timeout(30)
class SpopAgentDeadlineTests {

	private static final Actions FALLBACK = Actions.set(VarScope.TRANSACTION, "fallback", true);

	private static final Actions RESULT = Actions.set(VarScope.TRANSACTION, "result", 1);

	private static final Actions PARTIAL = Actions.set(VarScope.TRANSACTION, "partial", 1);

	private final CountingRecorder recorder = new CountingRecorder();

	/** The names of the messages whose handlers were called. */
	private final List<String> called = new CopyOnWriteArrayList<>();

	@SuppressWarnings("NullAway.Init") // each test binds
	private BoundSpopAgent agent;

	@AfterEach
	void stop() {
		this.agent.close();
	}

	@Test
	void whenAHandlerHoldsTheLoopThenTheAcksBeforeItHaveLeft() throws Exception {
		CountDownLatch received = new CountDownLatch(1);
		bind(Duration.ofSeconds(20), (exchange) -> {
			if (name(exchange).equals("slow")) {
				await(received);
			}
			return Mono.just(RESULT);
		});
		try (RawPeer peer = RawPeer.connected(this.agent.address("main"))) {
			peer.send(notify(1, "quick"), notify(2, "slow"), notify(3, "quick"), notify(4, "slow"));
			assertThat(peer.receive()).isEqualTo(new Frame.Ack(1, 1, RESULT));
			received.countDown();
			for (int i = 2; i <= 4; i++) {
				assertThat(peer.receive()).isEqualTo(new Frame.Ack(i, 1, RESULT));
			}
		}
	}

	@Test
	void whenAHandlerHoldsTheLoopThenTheAcksOfOtherConnectionsHaveLeft() throws Exception {
		List<CountDownLatch> gates = List.of(new CountDownLatch(1), new CountDownLatch(1), new CountDownLatch(1));
		CountDownLatch entered = new CountDownLatch(1);
		AtomicInteger calls = new AtomicInteger();
		List<SocketAddress> callers = new CopyOnWriteArrayList<>();
		bind(Duration.ofSeconds(20), (exchange) -> {
			if (name(exchange).equals("gate")) {
				entered.countDown();
				callers.add(exchange.connection().remoteAddress());
				await(gates.get(calls.getAndIncrement()));
			}
			return Mono.just(RESULT);
		});
		try (RawPeer holder = RawPeer.connected(this.agent.address("main"));
				RawPeer one = RawPeer.connected(this.agent.address("main"));
				RawPeer other = RawPeer.connected(this.agent.address("main"))) {
			holder.send(notify(1, "gate"));
			entered.await();
			// Both are read in one round, in any order
			one.send(notify(1, "quick"), notify(2, "gate"));
			other.send(notify(1, "quick"), notify(2, "gate"));
			gates.get(0).countDown();
			gates.get(1).countDown();
			assertThat(one.receive()).isEqualTo(new Frame.Ack(1, 1, RESULT));
			assertThat(other.receive()).isEqualTo(new Frame.Ack(1, 1, RESULT));
			boolean oneFirst = one.channel().getLocalAddress().equals(callers.get(1));
			assertThat((oneFirst ? one : other).receive()).isEqualTo(new Frame.Ack(2, 1, RESULT));
			gates.get(2).countDown();
			assertThat((oneFirst ? other : one).receive()).isEqualTo(new Frame.Ack(2, 1, RESULT));
		}
	}

	@Test
	void whenFramesOfOneReadWaitBeyondTheirDeadlineThenTheirHandlersAreNotCalled() throws Exception {
		bind(Duration.ofMillis(100), (exchange) -> {
			this.called.add(name(exchange));
			pause(150);
			return Mono.just(RESULT);
		});
		try (CapturedLog log = new CapturedLog(Level.WARN);
				RawPeer peer = RawPeer.connected(this.agent.address("main"))) {
			Frame[] frames = new Frame[10];
			for (int i = 0; i < frames.length; i++) {
				frames[i] = notify(i, "m" + i);
			}
			peer.send(frames);
			for (int i = 0; i < frames.length; i++) {
				assertThat(peer.receive()).isEqualTo(new Frame.Ack(i, 1, FALLBACK));
			}
			assertThat(this.called).containsExactly("m0");
			assertThat(this.recorder.ended).isEqualTo(Map.of(NotifyOutcome.TIMEOUT, 10));
			assertThat(this.recorder.inFlight()).isZero();
			assertThat(log.of(Level.WARN)).anyMatch((line) -> line.contains("No result within 100 ms"))
				.anyMatch((line) -> line
					.contains("the event loop was busy for more than 100 ms after the message arrived"));
		}
	}

	@Test
	void whenFramesWaitInTheKernelWhileTheLoopIsBusyThenThatCounts() throws Exception {
		CountDownLatch entered = new CountDownLatch(1);
		CountDownLatch sent = new CountDownLatch(1);
		bind(Duration.ofMillis(100), (exchange) -> {
			this.called.add(name(exchange));
			if (name(exchange).equals("slow")) {
				entered.countDown();
				await(sent);
				pause(150);
			}
			return Mono.just(RESULT);
		});
		try (RawPeer busy = RawPeer.connected(this.agent.address("main"));
				RawPeer waiting = RawPeer.connected(this.agent.address("main"))) {
			busy.send(notify(1, "slow"));
			entered.await();
			waiting.send(notify(1, "waiting"));
			sent.countDown();
			assertThat(waiting.receive()).isEqualTo(new Frame.Ack(1, 1, FALLBACK));
			assertThat(this.called).containsExactly("slow");
			// And once the loop has slept, a frame is new
			waiting.send(notify(2, "later"));
			assertThat(waiting.receive()).isEqualTo(new Frame.Ack(2, 1, RESULT));
		}
	}

	@Test
	void whenTheLoopWorksOffWhatWaitedThenWhatComesMeanwhileIsLate() throws Exception {
		CompletableFuture<Actions> first = new CompletableFuture<>();
		CountDownLatch entered = new CountDownLatch(1);
		CountDownLatch sent = new CountDownLatch(1);
		this.agent = agent(Duration.ofMillis(100)).maxInFlight(1).handler(new SpopHandler() {

			@Override
			public Mono<Actions> handle(SpopExchange exchange) {
				SpopAgentDeadlineTests.this.called.add(name(exchange));
				if (name(exchange).equals("first")) {
					return Mono.fromFuture(first);
				}
				if (name(exchange).equals("second")) {
					entered.countDown();
					await(sent);
					pause(150);
				}
				return Mono.just(RESULT);
			}

			@Override
			public Duration timeout(SpopExchange exchange, Duration timeout) {
				return name(exchange).equals("waiting") ? timeout : Duration.ofSeconds(20);
			}

		}).bind();
		try (RawPeer busy = RawPeer.connected(this.agent.address("main"));
				RawPeer waiting = RawPeer.connected(this.agent.address("main"))) {
			busy.send(notify(1, "first"), notify(2, "second"));
			while (!this.called.contains("first")) {
				Thread.onSpinWait();
			}
			first.complete(RESULT);
			entered.await();
			waiting.send(notify(1, "waiting"));
			sent.countDown();
			assertThat(waiting.receive()).isEqualTo(new Frame.Ack(1, 1, FALLBACK));
			assertThat(this.called).doesNotContain("waiting");
		}
	}

	@Test
	void whenReadingIsSuspendedThenFramesThatWaitAreLate() throws Exception {
		this.agent = agent(Duration.ofMillis(100)).maxInFlight(1).handler((exchange) -> {
			this.called.add(name(exchange));
			return Mono.never();
		}).bind();
		try (RawPeer peer = RawPeer.connected(this.agent.address("main"))) {
			peer.send(notify(1, "first"), notify(2, "second"));
			assertThat(peer.receive()).isEqualTo(new Frame.Ack(1, 1, FALLBACK));
			assertThat(peer.receive()).isEqualTo(new Frame.Ack(2, 1, FALLBACK));
			assertThat(this.called).containsExactly("first");
		}
	}

	@Test
	void whenALoopIsBusyWithOthersForLongThenAFreshFrameIsNotLate() throws Exception {
		bind(Duration.ofMillis(400), (exchange) -> {
			pause(1);
			return Mono.just(RESULT);
		});
		try (RawPeer busy = RawPeer.connected(this.agent.address("main"));
				RawPeer fresh = RawPeer.connected(this.agent.address("main"))) {
			long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
			for (long i = 0; System.nanoTime() < end; i++) {
				busy.send(notify(2 * i, "a"), notify(2 * i + 1, "a"));
				assertThat(busy.receive()).isInstanceOf(Frame.Ack.class);
				assertThat(busy.receive()).isInstanceOf(Frame.Ack.class);
			}
			fresh.send(notify(1, "b"));
			assertThat(fresh.receive()).isEqualTo(new Frame.Ack(1, 1, RESULT));
		}
	}

	@Test
	void whenTheDeadlineComesThenWhatIsThereIsTheAnswer() throws Exception {
		bind(Duration.ofMillis(50), (exchange) -> {
			exchange.reporter().onDeadline(() -> PARTIAL);
			return Mono.never();
		});
		try (SpopClient client = Objects.requireNonNull(SpopClient.connect(this.agent.address("main")).block())) {
			assertThat(client.notify(NotifyMessage.of("m")).block()).isEqualTo(PARTIAL);
		}
		assertThat(this.recorder.ended).containsOnlyKeys(NotifyOutcome.TIMEOUT);
	}

	@Test
	void whenWhatIsThereCannotBeToldThenTheHandlersFallbackIsTheAnswer() throws Exception {
		this.agent = agent(Duration.ofMillis(50)).handler(new SpopHandler() {

			@Override
			public Mono<Actions> handle(SpopExchange exchange) {
				exchange.reporter().onDeadline(() -> {
					throw new IllegalStateException("on purpose");
				});
				return Mono.never();
			}

			@Override
			public Actions fallback(SpopExchange exchange, Throwable failure) {
				assertThat(failure).isInstanceOf(SpopTimeoutException.class);
				return PARTIAL;
			}

		}).bind();
		try (SpopClient client = Objects.requireNonNull(SpopClient.connect(this.agent.address("main")).block())) {
			assertThat(client.notify(NotifyMessage.of("m")).block()).isEqualTo(PARTIAL);
		}
	}

	@Test
	void whenAHandlerHoldsTheLoopThenThatIsToldAndCounted() throws Exception {
		bind(Duration.ofSeconds(20), (exchange) -> {
			pause(20);
			return name(exchange).equals("later") ? Mono.just(RESULT).hide() : Mono.just(RESULT);
		});
		try (CapturedLog log = new CapturedLog(Level.WARN);
				SpopClient client = Objects.requireNonNull(SpopClient.connect(this.agent.address("main")).block())) {
			client.notify(NotifyMessage.of("held")).block();
			client.notify(NotifyMessage.of("held")).block();
			client.notify(NotifyMessage.of("later")).block();
			log.await(Level.WARN, "[held] blocked its event loop for ");
			assertThat(log.all(Level.WARN)).hasSize(1);
			assertThat(this.recorder.blocked).hasSize(3)
				.allMatch((nanos) -> nanos >= TimeUnit.MILLISECONDS.toNanos(20));
		}
	}

	private void bind(Duration timeout, SpopHandler handler) {
		this.agent = agent(timeout).handler(handler).bind();
	}

	private SpopAgent agent(Duration timeout) {
		return SpopAgent.create()
			.listener(SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0)))
			.eventLoops(1)
			.fallback(FALLBACK)
			.handlerTimeout(timeout)
			.metricsRecorder((listener) -> this.recorder);
	}

	private static Frame.Notify notify(long stream, String name) {
		return new Frame.Notify(stream, 1, NotifyMessage.of(name));
	}

	private static String name(SpopExchange exchange) {
		return exchange.messages().get(0).name();
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Hold the event loop: here that is what handlers do.
	 */
	private static void pause(long millis) {
		long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
		while (System.nanoTime() < end) {
			Thread.onSpinWait();
		}
	}

}
