package io.spop.agent;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@Timeout(60)
class MockSpopExchangeTests {

	private static final Actions RESULT = Actions.set(VarScope.SESSION, "score", 42);

	private static final Actions FALLBACK = Actions.set(VarScope.SESSION, "score", 0);

	private static final NotifyMessage MESSAGE = NotifyMessage.of("check-client-ip");

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

}
