package io.spop.handler;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.spop.agent.MockSpopExchange;
import io.spop.agent.SpopTimeoutException;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.Fuseable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@Timeout(30)
@ExtendWith(OutputCaptureExtension.class)
class HandlerDispatcherTests {

	private static final String HANDLER_THREAD = "handler";

	private final ExecutorService executor = Executors
		.newSingleThreadExecutor((task) -> new Thread(task, HANDLER_THREAD));

	private final Map<String, MessageHandler> handlers = new LinkedHashMap<>();

	@AfterEach
	void stop() {
		this.executor.shutdownNow();
	}

	@Test
	void whenAllHandlersReturnAtOnceThenResultIsThereAtOnce() {
		nonBlocking("a", () -> set("a"));
		nonBlocking("b", () -> set("b"));
		Mono<? extends Actions> result = handle("a", "b");
		assertThat(result).isInstanceOf(Fuseable.ScalarCallable.class);
		assertThat(names(result)).containsExactly("a", "b");
	}

	@Test
	void whenNoHandlerHasActionsThenResultIsEmptyAtOnce() {
		nonBlocking("a", () -> null);
		nonBlocking("b", Actions::none);
		Mono<? extends Actions> result = handle("a", "unknown", "b");
		assertThat(result).isInstanceOf(Fuseable.ScalarCallable.class);
		assertThat(result.block()).isNull();
	}

	@Test
	void whenMonoHasItsValueThenResultIsThereAtOnce() {
		reactive("a", () -> Mono.just(set("a")));
		reactive("b", Mono::empty);
		Mono<? extends Actions> result = handle("a", "b");
		assertThat(result).isInstanceOf(Fuseable.ScalarCallable.class);
		assertThat(names(result)).containsExactly("a");
	}

	@Test
	void whenMessagesMixAllKindsThenActionsAreInTheirOrder() {
		nonBlocking("direct", () -> set("direct"));
		blocking("blocking", () -> set("blocking"));
		reactive("later", () -> Mono.delay(Duration.ofMillis(1)).map((tick) -> set("later")));
		reactive("void", () -> Mono.delay(Duration.ofMillis(1)).then());
		assertThat(names(handle("later", "blocking", "unknown", "direct", "void", "later", "blocking", "direct")))
			.containsExactly("later", "blocking", "direct", "later", "blocking", "direct");
	}

	@Test
	void whenMessageComesTwiceThenItsHandlerIsCalledTwice() {
		nonBlocking("a", () -> set("a"));
		assertThat(names(handle("a", "a"))).containsExactly("a", "a");
	}

	@Test
	void whenHandlerMayBlockThenItRunsOnTheExecutor() {
		nonBlocking("direct", () -> set(Thread.currentThread().getName()));
		blocking("blocking", () -> set(Thread.currentThread().getName()));
		assertThat(names(handle("direct", "blocking"))).containsExactly(Thread.currentThread().getName(),
				HANDLER_THREAD);
	}

	@Test
	void whenSeveralHandlersMayBlockThenOneThreadIsEnough() {
		blocking("a", () -> set("a"));
		assertThat(names(handle("a", "a", "a"))).containsExactly("a", "a", "a");
	}

	@Test
	void whenAHandlerFailsThenOthersKeepTheirResults() {
		nonBlocking("good", () -> set("good"));
		nonBlocking("direct", () -> {
			throw new IllegalStateException("direct");
		});
		blocking("blocking", () -> {
			throw new IllegalStateException("blocking");
		});
		reactive("at-once", () -> Mono.error(new IllegalStateException("at-once")));
		reactive("later", () -> Mono.delay(Duration.ofMillis(1)).then(Mono.error(new IllegalStateException("later"))));
		reactive("null", () -> Mono.just("no actions"));
		for (String name : List.of("direct", "blocking", "at-once", "later", "null")) {
			MockSpopExchange exchange = TestExchange.of("good", name, "good", name, "good");
			assertThat(names(handle(exchange))).containsExactly("good", "failed", "good", "good");
			assertThat(exchange.failures()).containsOnlyKeys(name);
			assertThat(TestExchange.outcomes(exchange)).containsExactlyInAnyOrder("good SUCCESS", name + " ERROR",
					"good SUCCESS", name + " ERROR", "good SUCCESS");
		}
	}

	@ParameterizedTest
	@MethodSource("errors")
	void whenAnErrorIsThrownThenEachNotifyIsAnsweredAndTheLogIsSmall(Error error, CapturedOutput output) {
		Callable<@Nullable Actions> failing = () -> {
			throw error;
		};
		nonBlocking("direct", failing);
		blocking("blocking", failing);
		reactive("callable", () -> Mono.fromCallable(failing));
		reactive("supplier", () -> Mono.fromSupplier(() -> {
			throw error;
		}));
		reactive("error", () -> Mono.error(error));
		reactive("error-later", () -> Mono.delay(Duration.ofMillis(1)).then(Mono.<Actions>error(error).hide()));
		reactive("future", () -> Mono.fromCompletionStage(CompletableFuture.failedFuture(error)));
		reactive("future-later", () -> Mono.fromFuture(CompletableFuture.supplyAsync(() -> {
			throw error;
		})));
		this.handlers.keySet().forEach((name) -> {
			for (int i = 0; i < 30; i++) {
				MockSpopExchange exchange = TestExchange.of("nobody", name);
				assertThat(names(handle(exchange))).containsExactly("failed");
				assertThat(exchange.failures()).containsOnlyKeys(name);
				assertThat(exchange.failures().get(name)).isSameAs(error);
			}
		});
		assertThat(output.getAll()).isEmpty();
	}

	static List<Error> errors() {
		return List.of(new StackOverflowError(), new OutOfMemoryError("artificial"), new NoClassDefFoundError(),
				new AssertionError());
	}

	@Test
	void whenAnOperatorThrowsAnErrorThenTheNotifyIsAnswered() {
		reactive("operator", () -> Mono.just(1).hide().map((i) -> {
			throw new StackOverflowError();
		}));
		assertThat(names(handle("operator"))).containsExactly("failed");
	}

	@Test
	void whenAMessageWaitsThenThoseBehindItAreHandledAtOnce() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		Sinks.One<Actions> sink = Sinks.one();
		blocking("blocking", () -> {
			release.await();
			return set("blocking");
		});
		reactive("later", sink::asMono);
		nonBlocking("direct", () -> {
			release.countDown();
			sink.tryEmitValue(set("later"));
			return set("direct");
		});
		assertThat(names(handle("blocking", "later", "direct"))).containsExactly("blocking", "later", "direct");
	}

	@Test
	void whenTheDeadlineComesThenThoseInTimeHaveTheirResultsAndTheOthersTheFallback() {
		Sinks.One<Actions> late = Sinks.one();
		nonBlocking("a", () -> set("a"));
		reactive("late", late::asMono);
		reactive("in_time", () -> Mono.delay(Duration.ofMillis(1)).thenReturn(set("in_time")));
		MockSpopExchange exchange = TestExchange.of("a", "late", "in_time", "unknown", "late", "a");
		AtomicReference<@Nullable Actions> signal = new AtomicReference<>();
		Disposable subscription = handle(exchange).subscribe(signal::set);
		Awaitility.await().until(() -> TestExchange.outcomes(exchange).contains("in_time SUCCESS"));
		assertThat(exchange.atDeadline()).extracting(Action::name).containsExactly("a", "failed", "in_time", "a");
		assertThat(exchange.failures()).containsOnlyKeys("late");
		assertThat(exchange.failures().get("late")).isInstanceOf(SpopTimeoutException.class)
			.hasMessage("No result within 10000 ms");
		assertThat(TestExchange.outcomes(exchange)).containsExactlyInAnyOrder("a SUCCESS", "in_time SUCCESS",
				"null UNHANDLED", "a SUCCESS", "late TIMEOUT", "late TIMEOUT");
		late.tryEmitValue(set("late"));
		assertThat(exchange.lateResults()).isEqualTo(2);
		assertThat(signal.get()).extracting(Action::name).doesNotContain("late");
		subscription.dispose();
		assertThat(TestExchange.outcomes(exchange)).hasSize(6);
	}

	@Test
	void whenTheDeadlineComesThenThreadsAreInterruptedAndQueuedCallsRemoved() throws Exception {
		ThreadPoolExecutor pool = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
		try {
			CountDownLatch started = new CountDownLatch(1);
			CountDownLatch interrupted = new CountDownLatch(1);
			blocking("a", () -> {
				started.countDown();
				try {
					new CountDownLatch(1).await();
				}
				catch (InterruptedException ex) {
					interrupted.countDown();
				}
				return set("late");
			});
			MockSpopExchange exchange = TestExchange.of("a", "a", "a");
			Disposable subscription = dispatcher(pool).handle(exchange).subscribe();
			started.await();
			assertThat(pool.getQueue()).hasSize(2);
			assertThat(exchange.atDeadline()).isEqualTo(TestExchange.FALLBACK);
			subscription.dispose();
			assertThat(pool.getQueue()).isEmpty();
			interrupted.await();
			Awaitility.await().until(() -> exchange.lateResults() == 1);
			assertThat(TestExchange.outcomes(exchange)).containsExactly("a TIMEOUT", "a TIMEOUT", "a TIMEOUT");
		}
		finally {
			pool.shutdownNow();
		}
	}

	@Test
	void whenResultsMeetTheDeadlineAndTheEndThenEachMessageHasOneOutcome() throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(3);
		try {
			for (int i = 0; i < 500; i++) {
				Sinks.One<Actions> sink = Sinks.one();
				this.handlers.clear();
				reactive("a", sink::asMono);
				MockSpopExchange exchange = TestExchange.of("a", "a", "a");
				Mono<? extends Actions> result = handle(exchange);
				AtomicInteger signals = new AtomicInteger();
				Disposable subscription = result.subscribe((actions) -> signals.incrementAndGet());
				CyclicBarrier barrier = new CyclicBarrier(3);
				Future<?> emission = threads.submit(() -> {
					barrier.await();
					sink.tryEmitValue(set("a"));
					return null;
				});
				Future<Actions> deadline = threads.submit(() -> {
					barrier.await();
					return exchange.atDeadline();
				});
				Future<?> end = threads.submit(() -> {
					barrier.await();
					subscription.dispose();
					return null;
				});
				emission.get();
				Actions answer = deadline.get();
				end.get();
				assertThat(TestExchange.outcomes(exchange)).hasSize(3);
				assertThat(signals).hasValueLessThanOrEqualTo(1);
				long answered = answer.toList().stream().filter((action) -> action.name().equals("a")).count();
				assertThat(TestExchange.outcomes(exchange).stream().filter("a SUCCESS"::equals).count())
					.isEqualTo(answered);
			}
		}
		finally {
			threads.shutdownNow();
		}
	}

	@Test
	void whenThereIsNoHandlerThenReportsTheMessageAndThoseThatHaveOne() {
		nonBlocking("b", () -> set("b"));
		blocking("a", () -> set("a"));
		MockSpopExchange exchange = TestExchange.of("first", "a", "second");
		assertThat(names(handle(exchange))).containsExactly("a");
		assertThat(exchange.unhandledMessages()).containsExactly("first", "second");
		assertThat(dispatcher(this.executor).mapping().names("main")).containsExactly("a", "b");
		assertThat(TestExchange.outcomes(exchange)).containsExactlyInAnyOrder("null UNHANDLED", "null UNHANDLED",
				"a SUCCESS");
	}

	@Test
	void whenMethodIsAsynchronousThenReportsHowLongItHeldTheEventLoop() {
		reactive("later", () -> Mono.delay(Duration.ofMillis(1)).thenReturn(set("later")));
		nonBlocking("direct", () -> set("direct"));
		blocking("blocking", () -> set("blocking"));
		MockSpopExchange exchange = TestExchange.of("direct", "later", "direct", "later", "blocking");
		handle(exchange).block();
		assertThat(exchange.blocked()).startsWith("later", "direct", "later");
	}

	@Test
	void whenThreadMayBlockThenItHandlesTheLastMessageAndThoseWithoutAThread() {
		blocking("blocking", () -> set(Thread.currentThread().getName()));
		HandlerDispatcher dispatcher = dispatcher(this.executor);
		assertThat(names(onThreadThatMayBlock(dispatcher, "blocking"))).containsExactly("caller");
		assertThat(names(onThreadThatMayBlock(dispatcher, "blocking", "blocking"))).containsExactly(HANDLER_THREAD,
				"caller");
		this.executor.shutdown();
		assertThat(names(onThreadThatMayBlock(dispatcher, "blocking", "blocking"))).containsExactly("caller", "caller");
	}

	private static Mono<Actions> onThreadThatMayBlock(HandlerDispatcher dispatcher, String... messages) {
		HandlerExecutor executor = dispatcher.executor();
		AtomicReference<@Nullable Actions> result = new AtomicReference<>();
		Thread thread = new Thread(
				executor.task(() -> result.set(dispatcher.handle(TestExchange.of(messages)).block()), (ex) -> {
				}), "caller");
		thread.start();
		return Mono.fromCallable(() -> {
			thread.join();
			return result.get();
		});
	}

	@Test
	void whenMonoHasNoEndOfItsOwnThenTheFirstSignalCounts() {
		reactive("a", () -> Mono.from((subscriber) -> {
			subscriber.onSubscribe(Operators.emptySubscription());
			subscriber.onNext(set("a"));
			subscriber.onError(new IllegalStateException());
		}));
		assertThat(names(handle("a"))).containsExactly("a");
	}

	@Test
	void whenCancellingFailsThenTheOthersAreCancelled() {
		CountDownLatch cancelled = new CountDownLatch(2);
		reactive("a", () -> Mono.from((subscriber) -> subscriber.onSubscribe(new Subscription() {

			@Override
			public void request(long n) {
			}

			@Override
			public void cancel() {
				cancelled.countDown();
				throw new IllegalStateException("on purpose");
			}

		})));
		MockSpopExchange exchange = TestExchange.of("a", "a");
		Disposable subscription = handle(exchange).subscribe();
		assertThatIllegalStateException().isThrownBy(subscription::dispose);
		assertThat(cancelled.getCount()).isZero();
		assertThat(TestExchange.outcomes(exchange)).containsExactly("a CLOSED", "a CLOSED");
	}

	@Test
	void whenCancelledThenInterruptsTheHandler() throws Exception {
		CountDownLatch started = new CountDownLatch(1);
		CountDownLatch interrupted = new CountDownLatch(1);
		blocking("a", () -> {
			started.countDown();
			try {
				Thread.sleep(60_000);
			}
			catch (InterruptedException ex) {
				interrupted.countDown();
			}
			return set("late");
		});
		Disposable subscription = handle("a").subscribe();
		started.await();
		subscription.dispose();
		interrupted.await();
	}

	@Test
	void whenCancelledThenCancelsTheMono() {
		Sinks.Empty<Void> cancelled = Sinks.empty();
		reactive("a", () -> Mono.never().doOnCancel(cancelled::tryEmitEmpty).then());
		handle("a").subscribe().dispose();
		StepVerifier.create(cancelled.asMono()).verifyComplete();
	}

	@Test
	void whenExecutorIsFullThenTheMessageIsRefusedAndOthersAreHandled() {
		blocking("a", () -> set("a"));
		nonBlocking("b", () -> set("b"));
		this.executor.shutdown();
		MockSpopExchange exchange = TestExchange.of("a", "b");
		assertThat(names(handle(exchange))).containsExactly("failed", "b");
		assertThat(exchange.failures().get("a")).isInstanceOf(RejectedExecutionException.class);
		assertThat(TestExchange.outcomes(exchange)).containsExactly("a REJECTED", "b SUCCESS");
	}

	@Test
	void whenThereCanBeNoThreadThenTheMessageFailsAndOthersAreHandled() {
		blocking("a", () -> set("a"));
		nonBlocking("b", () -> set("b"));
		MockSpopExchange exchange = TestExchange.of("a", "b");
		Executor noMemory = (task) -> {
			throw new OutOfMemoryError("unable to create native thread");
		};
		assertThat(names(dispatcher(noMemory).handle(exchange))).containsExactly("failed", "b");
		assertThat(TestExchange.outcomes(exchange)).containsExactly("a ERROR", "b SUCCESS");
	}

	@Test
	void whenFrameIsFullOfMessagesThenHandlesThemAll() {
		reactive("a", () -> Mono.fromCallable(() -> set("a")));
		String[] messages = new String[5000];
		Arrays.fill(messages, "a");
		assertThat(names(handle(messages))).hasSize(messages.length);
	}

	private Mono<? extends Actions> handle(String... messages) {
		return handle(TestExchange.of(messages));
	}

	private Mono<? extends Actions> handle(MockSpopExchange exchange) {
		return dispatcher(this.executor).handle(exchange);
	}

	private HandlerDispatcher dispatcher(Executor executor) {
		return new HandlerDispatcher(new HandlerMapping(List.copyOf(this.handlers.values())),
				new HandlerExecutor(executor), null);
	}

	private static List<String> names(Mono<? extends Actions> result) {
		Actions actions = result.block();
		assertThat(actions).isNotNull();
		return actions.toList().stream().map((action) -> action.name()).toList();
	}

	private static Actions set(String name) {
		return Actions.set(VarScope.REQUEST, name, true);
	}

	private void nonBlocking(String message, Callable<@Nullable Actions> method) {
		add(message, false, method);
	}

	private void blocking(String message, Callable<@Nullable Actions> method) {
		add(message, true, method);
	}

	private void reactive(String message, Callable<Mono<?>> method) {
		add(message, false, method, Mono.class);
	}

	private void add(String message, boolean blocking, Callable<?> method) {
		add(message, blocking, method, Object.class);
	}

	private void add(String message, boolean blocking, Callable<?> method, Class<?> returnType) {
		try {
			MethodHandle call = MethodHandles.lookup()
				.findVirtual(Callable.class, "call", MethodType.methodType(Object.class))
				.bindTo(method)
				.asType(MethodType.methodType(returnType));
			HandlerMethod handler = new HandlerMethod(message, blocking, call, List.of(), (result) -> result, null);
			this.handlers.put(message,
					new MessageHandler(message, Set.of(), null, MessageDeclaration.NONE, handler, List.of()));
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
