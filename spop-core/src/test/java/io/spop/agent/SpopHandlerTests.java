package io.spop.agent;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

import io.spop.client.SpopClient;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for interceptors, for timeouts of handlers and for late results.
 */
@Timeout(20)
class SpopHandlerTests {

	private static final Actions FALLBACK = Actions.set(VarScope.TRANSACTION, "fallback", true);

	private final SpopAgent agent = SpopAgent.create()
		.listener(SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0)))
		.eventLoops(1)
		.fallback(FALLBACK)
		.handlerTimeout(Duration.ofSeconds(10));

	@SuppressWarnings("NullAway.Init") // each test binds
	private BoundSpopAgent bound;

	@AfterEach
	void stop() {
		this.bound.close();
	}

	@Test
	void whenThereAreInterceptorsThenTheFirstIsTheOutermost() {
		assertThat(notify(this.agent.handler((exchange) -> Mono.just(set("handler")))
			.interceptor((exchange, next) -> next.handle(exchange).map((actions) -> actions.and(set("first"))))
			.interceptor((exchange, next) -> next.handle(exchange).map((actions) -> actions.and(set("second"))))))
			.extracting(Action::name)
			.containsExactly("handler", "second", "first");
	}

	@Test
	void whenInterceptorDoesNotSubscribeThenTheHandlerIsNotCalled() {
		AtomicInteger calls = new AtomicInteger();
		assertThat(notify(this.agent.handler((exchange) -> {
			calls.incrementAndGet();
			return Mono.empty();
		}).interceptor((exchange, next) -> Mono.just(set("cached")).switchIfEmpty(next.handle(exchange)))))
			.isEqualTo(set("cached"));
		assertThat(calls).hasValue(0);
	}

	@Test
	void whenInterceptorFailsThenTheFallbackIsTheAnswer() {
		assertThat(notify(this.agent.interceptor((exchange, next) -> {
			throw new IllegalStateException("on purpose");
		}))).isEqualTo(FALLBACK);
	}

	@Test
	void whenHandlerHasAnotherTimeoutThenThatIsTheDeadline() {
		Instant before = Instant.now();
		SpopHandler handler = new SpopHandler() {

			@Override
			public Mono<Actions> handle(SpopExchange exchange) {
				assertThat(exchange.deadline()).isBetween(before, Instant.now().plusMillis(50));
				assertThat(exchange.timeoutNanos()).isEqualTo(50_000_000);
				return Mono.never();
			}

			@Override
			public Duration timeout(SpopExchange exchange, Duration timeout) {
				assertThat(timeout).isEqualTo(Duration.ofSeconds(10));
				return Duration.ofMillis(50);
			}

		};
		assertThat(notify(this.agent.handler(handler).interceptor((exchange, next) -> next.handle(exchange))))
			.isEqualTo(FALLBACK);
	}

	@Test
	void whenResultComesAfterTheDeadlineThenItIsCounted() {
		CompletableFuture<Actions> result = new CompletableFuture<>();
		// Deaf to cancellation
		Mono<Actions> stubborn = Mono.fromDirect((subscriber) -> {
			subscriber.onSubscribe(new Subscription() {

				@Override
				public void request(long n) {
				}

				@Override
				public void cancel() {
				}

			});
			result.thenAccept(subscriber::onNext);
		});
		assertThat(notify(this.agent.handlerTimeout(Duration.ofMillis(30)).handler((exchange) -> stubborn)))
			.isEqualTo(FALLBACK);
		assertThat(this.bound.lateResults()).isZero();
		result.complete(set("late"));
		while (this.bound.lateResults() == 0) {
			Thread.onSpinWait();
		}
	}

	@Test
	void whenExchangeIsThereThenItTellsTheFallback() {
		assertThat(notify(this.agent.handler((exchange) -> Mono.just(exchange.fallback().and(set("more"))))))
			.isEqualTo(FALLBACK.and(set("more")));
	}

	private Actions notify(SpopAgent agent) {
		this.bound = agent.bind();
		try (SpopClient client = Objects
			.requireNonNull(SpopClient.connect(new InetSocketAddress("127.0.0.1", this.bound.port())).block())) {
			return Objects.requireNonNull(client.notify(NotifyMessage.of("test")).block());
		}
	}

	private static Actions set(String name) {
		return Actions.set(VarScope.TRANSACTION, name, true);
	}

}
