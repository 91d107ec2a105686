package io.spop.handler;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

import io.spop.agent.SpopExchange;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.convert.ConversionService;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;

class DispatchWarmUpTests {

	private static final Duration LONG = Duration.ofMinutes(1);

	@Test
	void whenMethodMayBlockThenArgumentsAreResolvedOnAThreadOfTheWarmUp() {
		Resolver resolver = new Resolver(
				() -> assertThat(Thread.currentThread().getName()).startsWith("spop-warm-up-"));
		new DispatchWarmUp(List.of(handler(resolver))).run(LONG);
		assertThat(resolver.calls).hasValueGreaterThan(100);
	}

	@Test
	void whenExecutorRunsNothingThenApplicationStarts() {
		AtomicInteger tasks = new AtomicInteger();
		start((task) -> tasks.incrementAndGet());
		assertThat(tasks).hasValue(0);
	}

	@Test
	void whenThereIsATaskDecoratorThenItIsNotCalled() {
		AtomicInteger decorated = new AtomicInteger();
		ThreadPoolTaskExecutor pool = new ThreadPoolTaskExecutor();
		pool.setTaskDecorator(HandlerExecutor.within((task) -> {
			decorated.incrementAndGet();
			throw new IllegalStateException("A decorator that fails");
		}));
		pool.initialize();
		try {
			start(pool);
		}
		finally {
			pool.shutdown();
		}
		assertThat(decorated).hasValue(0);
	}

	@Test
	void whenARoundTakesTooLongThenItIsTheLast() {
		CountDownLatch never = new CountDownLatch(1);
		Resolver slow = new Resolver(() -> {
			try {
				never.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		});
		Resolver next = new Resolver(() -> {
		});
		new DispatchWarmUp(List.of(handler(slow), handler(next))).run(Duration.ofMillis(50));
		assertThat(slow.calls).hasValueLessThanOrEqualTo(1);
		assertThat(next.calls).hasValue(0);
	}

	@Test
	void whenThereIsNoExampleThenNothingIsThrown() {
		Resolver resolver = new Resolver(() -> {
		}) {
			@Override
			public void addExample(List<Argument> arguments) {
				throw new IllegalStateException("No example");
			}
		};
		new DispatchWarmUp(List.of(handler(resolver))).run(LONG);
		assertThat(resolver.calls).hasValue(0);
	}

	private static MessageHandler handler(ArgumentResolver resolver) {
		MethodHandle target = MethodHandles.dropArguments(MethodHandles.constant(Object.class, null), 0, Object.class);
		return new MessageHandler("test", Set.of(), null, MessageDeclaration.NONE,
				new HandlerMethod("test", true, target, List.of(resolver), (value) -> value, null), List.of());
	}

	private static void start(Executor executor) {
		ConversionService conversionService = new ApplicationConversionService();
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(Handler.class)) {
			AnnotatedSpopHandler handler = new AnnotatedSpopHandler(context.getBeanFactory(), conversionService,
					new ValueWriters(conversionService), StandardCharsets.UTF_8, Execution.BLOCKING,
					new HandlerExecutor(executor));
			handler.afterSingletonsInstantiated();
			assertThat(handler.handlers()).hasSize(1);
		}
	}

	static class Handler {

		@SpopMessage("test")
		void test(@SpopArg("ip") String ip) {
			throw new AssertionError("The warm-up calls no method");
		}

	}

	/**
	 * Counts its calls, and passes them on.
	 */
	private static class Resolver implements ArgumentResolver {

		private final AtomicInteger calls = new AtomicInteger();

		private final Runnable call;

		Resolver(Runnable call) {
			this.call = call;
		}

		@Override
		public @Nullable Object resolve(NotifyMessage message, SpopExchange exchange, @Nullable Throwable failure) {
			this.call.run();
			this.calls.incrementAndGet();
			return null;
		}

	}

}
