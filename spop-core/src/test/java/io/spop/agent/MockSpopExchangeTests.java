package io.spop.agent;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.client.SpopClient;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@SuppressWarnings("NullAway") // handlers return null on purpose
@Timeout(60)
class MockSpopExchangeTests {

	private static final Actions RESULT = Actions.set(VarScope.SESSION, "score", 42);

	private static final Actions FALLBACK = Actions.set(VarScope.SESSION, "score", 0);

	private static final NotifyMessage MESSAGE = NotifyMessage.of("check-client-ip");

	private static final Actions OTHER = Actions.set(VarScope.SESSION, "score", 1);

	private static final Actions HUGE = Actions.set(VarScope.SESSION, "score", "x".repeat(16380));

	private static final Duration TIMEOUT = Duration.ofMillis(300);

	private final MockSpopExchange exchange = MockSpopExchange.of(MESSAGE).withFallback(FALLBACK);

	@AfterEach
	void clearInterrupt() {
		Thread.interrupted();
	}

	@Test
	void whenHandlerHasAResultThenThatIsTheAnswer() {
		assertThat(this.exchange.answer((exchange) -> Mono.just(RESULT))).isEqualTo(RESULT);
		assertThat(this.exchange.answer((exchange) -> Mono.just(RESULT).delayElement(Duration.ofMillis(1))))
			.isEqualTo(RESULT);
		assertThat(this.exchange.answer((exchange) -> Mono.empty())).isEqualTo(Actions.none());
		assertThat(this.exchange.failures()).isEmpty();
	}

	@Test
	void whenThereAreInterceptorsThenTheFirstIsOutermost() {
		Actions answer = this.exchange.answer((exchange) -> Mono.just(RESULT),
				(exchange, next) -> next.handle(exchange).map((actions) -> actions.and(FALLBACK)),
				(exchange, next) -> next.handle(exchange).map((actions) -> actions.and(RESULT)));
		assertThat(answer).isEqualTo(RESULT.and(RESULT).and(FALLBACK));
	}

	@Test
	void whenInterceptorRefusesAPeerThenTheFallbackIsTheAnswer() {
		SpopInterceptor onlyLoopback = (exchange,
				next) -> (exchange.connection().remoteAddress() instanceof InetSocketAddress peer
						&& peer.getAddress().isLoopbackAddress()) ? next.handle(exchange)
								: Mono.just(exchange.fallback());
		MockSpopExchange unknown = this.exchange.withRemoteAddress(new InetSocketAddress("192.0.2.1", 40000));
		assertThat(this.exchange.answer((exchange) -> Mono.just(RESULT), onlyLoopback)).isEqualTo(RESULT);
		assertThat(unknown.answer((exchange) -> Mono.just(RESULT), onlyLoopback)).isEqualTo(FALLBACK);
	}

	@Test
	void whenHandlerFailsThenTheFallbackIsTheAnswerAndTheFailureIsThatOfAllMessages() {
		IllegalStateException failure = new IllegalStateException("on purpose");
		assertThat(this.exchange.answer((exchange) -> Mono.error(failure))).isEqualTo(FALLBACK);
		assertThat(this.exchange.failures()).containsOnlyKeys("check-client-ip").containsValue(failure);
		MockSpopExchange two = MockSpopExchange.of(MESSAGE, NotifyMessage.of("log"));
		assertThat(two.answer((exchange) -> {
			throw failure;
		})).isEqualTo(Actions.none());
		assertThat(two.failures()).containsOnlyKeys("check-client-ip", "log");
	}

	@Test
	void whenHandlerIsLateThenItsFallbackIsTheAnswerAndItIsCancelled() {
		AtomicBoolean cancelled = new AtomicBoolean();
		SpopHandler handler = new SpopHandler() {

			@Override
			public Mono<Actions> handle(SpopExchange exchange) {
				assertThat(exchange.nanosLeft()).isLessThanOrEqualTo(Duration.ofMillis(20).toNanos());
				return Mono.<Actions>never().doOnCancel(() -> cancelled.set(true));
			}

			@Override
			public Duration timeout(SpopExchange exchange, Duration timeout) {
				return timeout.dividedBy(2);
			}

			@Override
			public Actions fallback(SpopExchange exchange, Throwable failure) {
				assertThat(failure).isInstanceOf(SpopTimeoutException.class).hasMessage("No result within 20 ms");
				return RESULT;
			}

		};
		assertThat(this.exchange.withTimeout(Duration.ofMillis(40)).answer(handler)).isEqualTo(RESULT);
		assertThat(cancelled).isTrue();
	}

	@Test
	void whenHandlerHasActionsForTheDeadlineThenTheseAreTheAnswer() {
		MockSpopExchange exchange = this.exchange.withTimeout(Duration.ofMillis(1));
		assertThat(exchange.atDeadline()).isEqualTo(FALLBACK);
		assertThat(exchange.answer((notify) -> {
			notify.reporter().onDeadline(() -> RESULT);
			return Mono.never();
		})).isEqualTo(RESULT);
		assertThat(exchange.atDeadline()).isEqualTo(RESULT);
	}

	@ParameterizedTest
	@MethodSource("cases")
	void whenHandlerEndsInAnyWayThenTheAnswerIsThatOfTheAgent(Case test) {
		Recorded inAgent = new Recorded(test.handler);
		Told agentTold;
		try (BoundSpopAgent agent = SpopAgent.create()
			.listener(SpopListener.inMemory("main"))
			.eventLoops(1)
			.handlerTimeout(Duration.ofSeconds(10))
			.fallback(FALLBACK)
			.handler(inAgent)
			.bind(); SpopClient client = SpopClient.connect(agent.address("main")).block()) {
			Actions answer = client.notify(MESSAGE).block();
			agentTold = new Told(answer, agent.lateResults(), inAgent.calls.get(), inAgent.asked.toString());
		}
		Recorded inMock = new Recorded(test.handler);
		Actions answer = this.exchange.answer(inMock);
		assertThat(new Told(answer, this.exchange.lateResults(), inMock.calls.get(), inMock.asked.toString()))
			.isEqualTo(agentTold);
		assertThat(this.exchange.failures().values()).hasSize((test.failure != null) ? 1 : 0)
			.allSatisfy((failure) -> assertThat(failure).isExactlyInstanceOf(test.failure));
	}

	static Stream<Case> cases() {
		return Stream.of(new Case("result", (exchange) -> Mono.just(RESULT), null),
				new Case("nothing", (exchange) -> Mono.empty(), null),
				new Case("late result", TIMEOUT, (exchange) -> Mono.just(RESULT).delayElement(TIMEOUT.multipliedBy(9)),
						SpopTimeoutException.class),
				new Case("blocks, then a result", TIMEOUT, (exchange) -> blocked(exchange, Mono.just(RESULT)),
						SpopTimeoutException.class),
				new Case("blocks, then nothing", TIMEOUT, (exchange) -> blocked(exchange, Mono.empty()),
						SpopTimeoutException.class),
				new Case("blocks when it is subscribed to", TIMEOUT,
						(exchange) -> Mono.defer(() -> blocked(exchange, Mono.just(RESULT))),
						SpopTimeoutException.class),
				new Case("blocks, then an error", TIMEOUT,
						(exchange) -> blocked(exchange, Mono.error(new IllegalStateException("on purpose"))),
						IllegalStateException.class),
				new Case("blocks, then never", TIMEOUT, (exchange) -> blocked(exchange, Mono.never()),
						SpopTimeoutException.class),
				new Case("blocks with actions for the deadline", TIMEOUT, (exchange) -> {
					exchange.reporter().onDeadline(() -> OTHER);
					return blocked(exchange, Mono.just(RESULT));
				}, null), new Case("blocks and reports that a message was late", TIMEOUT, (exchange) -> {
					exchange.reporter().failed(MESSAGE, new SpopTimeoutException(1, true), null);
					return blocked(exchange, Mono.just(RESULT));
				}, SpopTimeoutException.class),
				new Case("never", TIMEOUT, (exchange) -> Mono.never(), SpopTimeoutException.class),
				new Case("timeout of zero", Duration.ZERO, (exchange) -> Mono.just(RESULT), SpopTimeoutException.class),
				new Case("negative timeout", Duration.ofMillis(-7), (exchange) -> Mono.just(RESULT),
						SpopTimeoutException.class),
				new Case("huge timeout", Duration.ofSeconds(Long.MAX_VALUE), (exchange) -> Mono.just(RESULT),
						ArithmeticException.class),
				new Case("no timeout", new Behavior((exchange) -> Mono.just(RESULT), () -> null, () -> OTHER),
						NullPointerException.class),
				new Case("error", (exchange) -> Mono.error(new IllegalStateException("on purpose")),
						IllegalStateException.class),
				new Case("no Actions", (exchange) -> text(), ClassCastException.class),
				new Case("no Actions, later", (exchange) -> text().hide(), ClassCastException.class),
				new Case("no Mono", (exchange) -> null, NullPointerException.class),
				new Case("Error thrown", (exchange) -> sneakyThrow(new AssertionError("on purpose")),
						AssertionError.class),
				new Case("SpopTimeoutException", (exchange) -> Mono.error(new SpopTimeoutException(7, true)),
						SpopTimeoutException.class),
				new Case("SpopTimeoutException thrown", (exchange) -> sneakyThrow(new SpopTimeoutException(7, true)),
						SpopTimeoutException.class),
				new Case("SpopOversizeException", (exchange) -> Mono.error(new SpopOversizeException("on purpose")),
						SpopOversizeException.class),
				new Case("CompletionException",
						(exchange) -> Mono.error(new CompletionException(new SpopTimeoutException(7, true))),
						CompletionException.class),
				new Case("CancellationException", (exchange) -> Mono.error(new CancellationException("on purpose")),
						CancellationException.class),
				new Case("TimeoutException thrown", (exchange) -> sneakyThrow(new TimeoutException("on purpose")),
						TimeoutException.class),
				new Case("ExecutionException thrown",
						(exchange) -> sneakyThrow(new ExecutionException("on purpose", null)),
						ExecutionException.class),
				new Case("InterruptedException thrown",
						(exchange) -> sneakyThrow(new InterruptedException("on purpose")), InterruptedException.class),
				new Case("ACK too large", (exchange) -> Mono.just(HUGE), SpopOversizeException.class),
				new Case("ACK too large, as the fallback",
						new Behavior((exchange) -> Mono.just(HUGE), () -> TIMEOUT, () -> HUGE),
						SpopOversizeException.class),
				new Case("never, no fallback", new Behavior((exchange) -> Mono.never(), () -> TIMEOUT, () -> null),
						NullPointerException.class),
				new Case("never, fallback fails", new Behavior((exchange) -> Mono.never(), () -> TIMEOUT, () -> {
					throw new IllegalStateException("on purpose");
				}), IllegalStateException.class), new Case("actions for the deadline", TIMEOUT, (exchange) -> {
					exchange.reporter().onDeadline(() -> RESULT);
					return Mono.never();
				}, null), new Case("no actions for the deadline", TIMEOUT, (exchange) -> {
					exchange.reporter().onDeadline(() -> null);
					return Mono.never();
				}, SpopTimeoutException.class), new Case("actions for the deadline fail", TIMEOUT, (exchange) -> {
					exchange.reporter().onDeadline(() -> {
						throw new IllegalStateException("on purpose");
					});
					return Mono.never();
				}, SpopTimeoutException.class), new Case("actions for the deadline too large", TIMEOUT, (exchange) -> {
					exchange.reporter().onDeadline(() -> HUGE);
					return Mono.never();
				}, SpopOversizeException.class));
	}

	@Test
	void whenExchangeIsLateAlreadyThenTheHandlerIsNotCalled() {
		Recorded handler = new Recorded((exchange) -> Mono.just(RESULT));
		MockSpopExchange exchange = this.exchange.withTimeout(Duration.ZERO);
		assertThat(exchange.answer(handler)).isEqualTo(FALLBACK);
		assertThat(handler.asked).hasSize(1);
		assertThat(handler.calls).hasValue(0);
		assertThat(exchange.lateResults()).isZero();
		assertThat(exchange.failures().get("check-client-ip")).isInstanceOfSatisfying(SpopTimeoutException.class,
				(failure) -> assertThat(failure.isStarted()).isFalse());
	}

	@Test
	void whenHandlerIsLateThenEachMessageFails() {
		MockSpopExchange two = MockSpopExchange.of(MESSAGE, NotifyMessage.of("log")).withTimeout(Duration.ofMillis(1));
		assertThat(two.answer((exchange) -> Mono.never())).isEqualTo(Actions.none());
		assertThat(two.failures()).containsOnlyKeys("check-client-ip", "log");
		assertThat(two.failures().values()).hasOnlyElementsOfType(SpopTimeoutException.class);
	}

	@Test
	void whenResultComesAfterTheAnswerThenItIsCounted() {
		List<CoreSubscriber<? super Actions>> subscribers = new ArrayList<>();
		MockSpopExchange exchange = this.exchange.withTimeout(Duration.ofMillis(1));
		exchange.answer((notify) -> new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super Actions> subscriber) {
				subscriber.onSubscribe(Operators.emptySubscription());
				subscribers.add(subscriber);
			}

		});
		assertThat(exchange.lateResults()).isZero();
		subscribers.get(0).onNext(RESULT);
		subscribers.get(0).onComplete();
		assertThat(exchange.lateResults()).isEqualTo(1);
	}

	@Test
	void whenThereIsAnotherAnswerThenWhatWasReportedIsForgotten() {
		MockSpopExchange exchange = this.exchange.withTimeout(Duration.ofMillis(1));
		exchange.answer((notify) -> {
			notify.reporter().onDeadline(() -> RESULT);
			notify.reporter().ended("check-client-ip", MessageOutcome.ERROR, "handler");
			notify.reporter().failed(MESSAGE, new IllegalStateException("first"), "handler");
			notify.reporter().unhandled(MESSAGE, List.of());
			notify.reporter().blocked("handler", 7);
			notify.reporter().late();
			return Mono.never();
		});
		assertThat(exchange.answer((notify) -> Mono.never())).isEqualTo(FALLBACK);
		assertThat(exchange.failures().get("check-client-ip")).isInstanceOf(SpopTimeoutException.class);
		assertThat(exchange.outcomes()).isEmpty();
		assertThat(exchange.unhandledMessages()).isEmpty();
		assertThat(exchange.blocked()).isEmpty();
		assertThat(exchange.lateResults()).isZero();
		assertThat(exchange.atDeadline()).isEqualTo(FALLBACK);
	}

	@Test
	void whenThereAreNoMessagesThenTheErrorIsLogged() throws Exception {
		MockSpopExchange empty = MockSpopExchange.of().withFallback(FALLBACK);
		try (CapturedLog log = new CapturedLog(Level.WARN)) {
			assertThat(empty.answer((exchange) -> Mono.error(new IllegalStateException("on purpose"))))
				.isEqualTo(FALLBACK);
			log.await(Level.WARN, "A NOTIFY without messages is answered with the fallback");
		}
		assertThat(empty.failures()).isEmpty();
	}

	@Test
	void whenEvenTheFallbackIsTooLargeThenThereAreNoActions() {
		assertThat(this.exchange.withFallback(HUGE).answer((exchange) -> Mono.just(HUGE))).isEqualTo(Actions.none());
	}

	@Test
	void whenThreadIsInterruptedThenTheAnswerIsNotAwaited() {
		Thread.currentThread().interrupt();
		assertThatIllegalStateException().isThrownBy(() -> this.exchange.answer((exchange) -> Mono.never()));
		assertThat(Thread.currentThread().isInterrupted()).isTrue();
	}

	@Test
	void whenSomethingIsReportedThenItIsTold() {
		SpopMessageReporter reporter = this.exchange.reporter();
		reporter.ended("check-client-ip", MessageOutcome.SUCCESS, "handler");
		reporter.ended(null, MessageOutcome.UNHANDLED, 7);
		reporter.failed(MESSAGE, new IllegalStateException("first"), "handler");
		reporter.failed(MESSAGE, new IllegalStateException("second"), null);
		reporter.unhandled(NotifyMessage.of("other"), List.of("check-client-ip"));
		reporter.blocked("handler", 7);
		reporter.late();
		assertThat(this.exchange.outcomes()).extracting(MockSpopExchange.Outcome::message)
			.containsExactly("check-client-ip", null);
		assertThat(this.exchange.outcomes()).extracting(MockSpopExchange.Outcome::outcome)
			.containsExactly(MessageOutcome.SUCCESS, MessageOutcome.UNHANDLED);
		assertThat(this.exchange.failures().get("check-client-ip")).hasMessage("first");
		assertThat(this.exchange.unhandledMessages()).containsExactly("other");
		assertThat(this.exchange.blocked()).containsExactly("handler");
		assertThat(this.exchange.lateResults()).isEqualTo(1);
		assertThat(this.exchange.withEngineId(null).outcomes()).isEmpty();
	}

	@Test
	void whenNothingIsSaidThenItCameFromThisMachine() {
		MockSpopExchange exchange = MockSpopExchange.of(MESSAGE);
		assertThat(exchange.messages()).containsExactly(MESSAGE);
		assertThat(exchange.fallback()).isEqualTo(Actions.none());
		assertThat(exchange.deadline()).isBetween(Instant.now().plusSeconds(1), Instant.now().plusSeconds(10));
		assertThat(exchange.connection().listener()).isEqualTo("main");
		assertThat(exchange.connection().engineId()).isNull();
		assertThat(exchange.connection().remoteAddress()).isInstanceOfSatisfying(InetSocketAddress.class,
				(address) -> assertThat(address.getAddress().isLoopbackAddress()).isTrue());
	}

	@Test
	void whenSomethingIsChangedThenTheRestStays() {
		InetSocketAddress address = new InetSocketAddress("192.0.2.1", 40000);
		MockSpopExchange exchange = this.exchange.withTimeout(Duration.ZERO)
			.withRemoteAddress(address)
			.withEngineId("engine")
			.withListener("internal");
		assertThat(exchange.messages()).containsExactly(MESSAGE);
		assertThat(exchange.fallback()).isEqualTo(FALLBACK);
		assertThat(exchange.nanosLeft()).isNotPositive();
		assertThat(exchange.connection().remoteAddress()).isEqualTo(address);
		assertThat(exchange.connection().engineId()).isEqualTo("engine");
		assertThat(exchange.connection().listener()).isEqualTo("internal");
		assertThatIllegalArgumentException().isThrownBy(() -> exchange.withTimeout(Duration.ofMillis(-1)));
	}

	@Test
	void whenExchangeIsDecoratedThenTheHandlerSeesWhatDiffers() {
		NotifyMessage other = NotifyMessage.of("other");
		Actions answer = this.exchange.answer((exchange) -> {
			assertThat(exchange.messages()).containsExactly(other);
			assertThat(exchange.streamId()).isEqualTo(this.exchange.streamId());
			assertThat(exchange.frameId()).isEqualTo(this.exchange.frameId());
			assertThat(exchange.connection()).isSameAs(this.exchange.connection());
			assertThat(exchange.reporter()).isSameAs(this.exchange.reporter());
			assertThat(exchange.deadline()).isAfter(Instant.now());
			assertThat(exchange.nanosLeft()).isPositive();
			assertThat(exchange.timeoutNanos()).isEqualTo(Duration.ofSeconds(10).toNanos());
			assertThat(exchange).hasToString(this.exchange.toString());
			return Mono.just(exchange.fallback());
		}, (exchange, next) -> next.handle(new SpopExchangeDecorator(exchange) {

			@Override
			public List<NotifyMessage> messages() {
				return List.of(other);
			}

		}));
		assertThat(answer).isEqualTo(FALLBACK);
		assertThat(this.exchange.failures()).isEmpty();
	}

	/**
	 * Hold the thread until the deadline has passed.
	 */
	private static Mono<Actions> blocked(SpopExchange exchange, Mono<Actions> result) {
		while (exchange.nanosLeft() >= 0) {
			Thread.onSpinWait();
		}
		return result;
	}

	@SuppressWarnings("unchecked")
	private static Mono<Actions> text() {
		return (Mono<Actions>) (Mono<?>) Mono.just("text");
	}

	@SuppressWarnings("unchecked")
	private static <E extends Throwable> Mono<Actions> sneakyThrow(Throwable error) throws E {
		throw (E) error;
	}

	record Case(String name, SpopHandler handler, @Nullable Class<? extends Throwable> failure) {

		Case(String name, Duration timeout, SpopHandler handler, @Nullable Class<? extends Throwable> failure) {
			this(name, new Behavior(handler, () -> timeout, () -> OTHER), failure);
		}

		@Override
		public String toString() {
			return this.name;
		}

	}

	/**
	 * What a test can compare.
	 */
	private record Told(Actions answer, long lateResults, int calls, String asked) {
	}

	private static class Behavior implements SpopHandler {

		private final SpopHandler handler;

		private final Supplier<@Nullable Duration> timeout;

		private final Supplier<@Nullable Actions> fallback;

		Behavior(SpopHandler handler, Supplier<@Nullable Duration> timeout, Supplier<@Nullable Actions> fallback) {
			this.handler = handler;
			this.timeout = timeout;
			this.fallback = fallback;
		}

		@Override
		public Mono<Actions> handle(SpopExchange exchange) {
			return this.handler.handle(exchange);
		}

		@Override
		public Duration timeout(SpopExchange exchange, Duration timeout) {
			return this.timeout.get();
		}

		@Override
		public Actions fallback(SpopExchange exchange, Throwable failure) {
			return this.fallback.get();
		}

	}

	/**
	 * Handler that counts how often another is called, and remembers what its fallback is
	 * asked for.
	 */
	private static final class Recorded implements SpopHandler {

		private final SpopHandler handler;

		private final AtomicInteger calls = new AtomicInteger();

		private final List<String> asked = new CopyOnWriteArrayList<>();

		Recorded(SpopHandler handler) {
			this.handler = handler;
		}

		@Override
		public Mono<Actions> handle(SpopExchange exchange) {
			this.calls.incrementAndGet();
			return this.handler.handle(exchange);
		}

		@Override
		public Duration timeout(SpopExchange exchange, Duration timeout) {
			return this.handler.timeout(exchange, timeout);
		}

		@Override
		public Actions fallback(SpopExchange exchange, Throwable failure) {
			this.asked.add(failure.toString());
			return this.handler.fallback(exchange, failure);
		}

	}

}
