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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;

import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.Fuseable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@Timeout(10)
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
	void whenHandlerThrowsThenResultIsItsException() {
		nonBlocking("direct", () -> {
			throw new IllegalStateException("direct");
		});
		blocking("blocking", () -> {
			throw new IllegalStateException("blocking");
		});
		reactive("later", () -> Mono.delay(Duration.ofMillis(1)).then(Mono.error(new IllegalStateException("later"))));
		for (String name : List.of("direct", "blocking", "later")) {
			assertThatIllegalStateException().isThrownBy(() -> handle(name).block()).withMessage(name);
		}
	}

	@Test
	void whenHandlerThrowsAnErrorThenResultIsThatError() {
		nonBlocking("direct", () -> {
			throw new NoClassDefFoundError();
		});
		blocking("blocking", () -> {
			throw new NoClassDefFoundError();
		});
		reactive("later", () -> Mono.delay(Duration.ofMillis(1)).then());
		for (String[] messages : new String[][] { { "direct" }, { "blocking" }, { "later", "direct" },
				{ "later", "blocking" } }) {
			StepVerifier.create(handle(messages)).verifyError(NoClassDefFoundError.class);
		}
	}

	@Test
	void whenHandlerThrowsThenThoseBehindItAreNotCalled() {
		AtomicReference<@Nullable String> called = new AtomicReference<>();
		nonBlocking("a", () -> {
			throw new IllegalStateException();
		});
		nonBlocking("b", () -> {
			called.set("b");
			return null;
		});
		assertThatIllegalStateException().isThrownBy(() -> handle("a", "b").block());
		assertThat(called).hasNullValue();
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
	void whenExecutorIsFullThenResultIsItsRefusal() {
		blocking("a", () -> set("a"));
		this.executor.shutdown();
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> handle("a").block());
	}

	@Test
	void whenFrameIsFullOfMessagesThenHandlesThemAll() {
		reactive("a", () -> Mono.fromCallable(() -> set("a")));
		String[] messages = new String[5000];
		Arrays.fill(messages, "a");
		assertThat(names(handle(messages))).hasSize(messages.length);
	}

	private Mono<? extends Actions> handle(String... messages) {
		return new HandlerDispatcher(new HandlerMapping(List.copyOf(this.handlers.values())),
				new HandlerExecutor(this.executor), null)
			.handle(TestExchange.of(messages));
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
		add(message, false, method);
	}

	private void add(String message, boolean blocking, Callable<?> method) {
		try {
			MethodHandle call = MethodHandles.lookup()
				.findVirtual(Callable.class, "call", MethodType.methodType(Object.class))
				.bindTo(method);
			HandlerMethod handler = new HandlerMethod(message, blocking, call, List.of(), (result) -> result);
			this.handlers.put(message, new MessageHandler(message, Set.of(), null, handler, List.of()));
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
