package io.spop.boot.autoconfigure;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.spop.agent.BoundSpopAgent;
import io.spop.annotation.Blocking;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopAdvice;
import io.spop.annotation.SpopExceptionHandler;
import io.spop.annotation.SpopMessage;
import io.spop.client.SpopClient;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.micrometer.metrics.autoconfigure.task.TaskExecutorMetricsAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.TaskDecorator;
import org.springframework.core.task.TaskExecutor;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The threads of methods that may block, beside other executors of an application.
 */
@Timeout(60)
class HandlerTaskExecutorTests {

	private static final String POOL = "spopHandlerTaskExecutor";

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class))
		.withBean(Handlers.class)
		.withPropertyValues("spop.listeners.main.port=0", "spop.handler.timeout=30s");

	@ParameterizedTest
	@CsvSource({ "spring.task.execution.thread-name-prefix=task-,task-", "spring.task.execution.pool.core-size=3,task-",
			"spring.task.execution.thread-name-prefix=own-,own-", "spring.task.execution.mode=force,task-" })
	void whenApplicationWantsAnExecutorThenItGetsThatOfSpringBoot(String property, String threads) {
		this.contextRunner.withConfiguration(AutoConfigurations.of(TaskExecutionAutoConfiguration.class))
			.withUserConfiguration(Tasks.class)
			.withPropertyValues(property, "spring.task.execution.shutdown.await-termination=true",
					"spop.handler.pool.max-size=5")
			.run((context) -> {
				Tasks tasks = context.getBean(Tasks.class);
				assertThat(tasks.injected).isSameAs(context.getBean("applicationTaskExecutor"));
				assertThat(context.getBean(Asynchronous.class).thread().join()).startsWith(threads);
				assertThat(tasks.pool).isSameAs(context.getBean(POOL)).isNotSameAs(tasks.injected);
				assertThat(((ThreadPoolTaskExecutor) tasks.pool).getMaxPoolSize()).isEqualTo(5);
				assertThat(thread(context)).startsWith("spop-handler-");
			});
	}

	@Test
	void whenThereIsNoOtherTaskExecutorThenAsynchronousMethodsDoNotTakeThePool() {
		this.contextRunner.withUserConfiguration(OwnExecutors.class, AsyncMethods.class)
			.run((context) -> assertThat(context.getBean(Asynchronous.class).thread().join())
				.doesNotStartWith("spop-handler-"));
	}

	@Test
	void whenATaskDecoratorFailsThenItIsTheFailureOfTheMessage() {
		this.contextRunner.withBean(TaskDecorator.class, () -> (task) -> () -> {
			throw new IllegalStateException("no tenant");
		})
			.withBean(Advice.class)
			.withPropertyValues("spop.warm-up.enabled=false")
			.run((context) -> assertThat(thread(context)).isEqualTo("no tenant"));
	}

	@Test
	void whenThereAreMetricsThenThePoolHasMeters() {
		this.contextRunner
			.withConfiguration(AutoConfigurations.of(TaskExecutionAutoConfiguration.class,
					TaskExecutorMetricsAutoConfiguration.class))
			.withBean(SimpleMeterRegistry.class)
			.withPropertyValues("spop.handler.pool.max-size=7")
			.run((context) -> {
				MeterRegistry registry = context.getBean(MeterRegistry.class);
				assertThat(registry.get("executor.pool.max").tag("name", POOL).gauge().value()).isEqualTo(7);
				assertThat(thread(context)).startsWith("spop-handler-");
				await().until(() -> registry.get("executor.completed").tag("name", POOL).functionCounter().count() > 0);
			});
	}

	@Test
	void whenThereAreTaskDecoratorsThenTheyAreAroundEachCall() {
		this.contextRunner.withUserConfiguration(Decorators.class).run(HandlerTaskExecutorTests::assertDecorated);
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void whenThreadsAreVirtualThenTaskDecoratorsAreAroundEachCall() {
		this.contextRunner.withUserConfiguration(Decorators.class)
			.withPropertyValues("spring.threads.virtual.enabled=true")
			.run(HandlerTaskExecutorTests::assertDecorated);
	}

	private static void assertDecorated(AssertableApplicationContext context) {
		Decorators decorators = context.getBean(Decorators.class);
		// The warm-up has calls, too
		int calls = decorators.calls.get();
		run(context, (agent, client) -> {
			assertThat(name(client.notify(NotifyMessage.of("decorated")).block())).isEqualTo("second_first");
			assertThat(decorators.calls).hasValue(calls + 1);
		});
	}

	@Test
	void whenADecoratedCallIsLateThenItLeavesTheQueue() {
		this.contextRunner.withUserConfiguration(Decorators.class)
			.withPropertyValues("spop.handler.pool.max-size=1", "spop.handler.pool.queue-capacity=1",
					"spop.handler.timeout=100ms")
			.run((context) -> run(context, (agent, client) -> {
				Handlers handlers = context.getBean(Handlers.class);
				client.notify(NotifyMessage.of("stubborn")).block();
				client.notify(NotifyMessage.of("thread")).block();
				ThreadPoolTaskExecutor pool = context.getBean(POOL, ThreadPoolTaskExecutor.class);
				await().until(() -> pool.getQueueSize() == 0);
				assertThat(pool.getActiveCount()).isOne();
				handlers.release.countDown();
			}));
	}

	@Test
	void whenAnExecutorIsNamedThenItCallsHandlers() {
		this.contextRunner.withUserConfiguration(OwnExecutors.class)
			.withPropertyValues("spop.handler.executor=own")
			.run((context) -> {
				assertThat(context).doesNotHaveBean(POOL);
				assertThat(thread(context)).startsWith("own-");
			});
	}

	@Test
	void whenTheDefaultExecutorIsNamedThenItIsTheAgentsOwn() {
		this.contextRunner.withPropertyValues("spop.handler.executor=" + POOL)
			.run((context) -> assertThat(thread(context)).startsWith("spop-handler-"));
	}

	@Test
	void whenThereIsAnOwnBeanOfTheDefaultNameThenItReplacesThePool() {
		this.contextRunner.withBean(POOL, Executor.class, () -> (task) -> new Thread(task, "replaced").start())
			.run((context) -> assertThat(thread(context)).isEqualTo("replaced"));
	}

	@Test
	void whenTheNamedExecutorDoesNotExistThenTheFailureListsTheOthers() {
		this.contextRunner.withUserConfiguration(OwnExecutors.class)
			.withPropertyValues("spop.handler.executor=owm")
			.run((context) -> assertFailure(context, "There is no bean of this name.",
					"has the executors own: name one of them, or remove the property"));
		this.contextRunner.withPropertyValues("spop.handler.executor=owm")
			.run((context) -> assertFailure(context, "The application has no executor: add the bean, or remove"));
	}

	@Test
	void whenTheNamedBeanIsNoExecutorThenTheFailureSaysSo() {
		this.contextRunner.withBean("text", String.class, () -> "text")
			.withPropertyValues("spop.handler.executor=text")
			.run((context) -> assertFailure(context, "That bean is not a java.util.concurrent.Executor."));
	}

	private static void assertFailure(AssertableApplicationContext context, String... texts) {
		assertThat(context.getStartupFailure()).rootCause()
			.isInstanceOf(InvalidConfigurationPropertyValueException.class)
			.hasMessageContaining("spop.handler.executor")
			.satisfies((failure) -> assertThat(((InvalidConfigurationPropertyValueException) failure).getReason())
				.contains(texts));
	}

	@ParameterizedTest
	@ValueSource(strings = { "stop", "close" })
	void whenTheContextStopsThenThePoolWorksUntilTheAgentHasDrained(String how) {
		this.contextRunner.withPropertyValues("spop.handler.pool.max-size=1", "spop.handler.pool.queue-capacity=1")
			.run((context) -> run(context, (agent, client) -> {
				Handlers handlers = context.getBean(Handlers.class);
				CompletableFuture<Actions> running = client.notify(NotifyMessage.of("waiting")).toFuture();
				await().until(() -> handlers.waiting.get() == 1);
				CompletableFuture<Actions> queued = client.notify(NotifyMessage.of("thread")).toFuture();
				ThreadPoolTaskExecutor pool = context.getBean(POOL, ThreadPoolTaskExecutor.class);
				await().until(() -> pool.getQueueSize() == 1);
				CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> {
					if (how.equals("stop")) {
						context.getSourceApplicationContext().stop();
					}
					else {
						context.getSourceApplicationContext().close();
					}
				}, (task) -> new Thread(task, "stop").start());
				await().until(agent::isStopping);
				handlers.release.countDown();
				assertThat(name(running.join())).isEqualTo("waited");
				assertThat(name(queued.join())).startsWith("spop-handler-");
				stopped.join();
				assertThat(pool.getThreadPoolExecutor().isShutdown()).isEqualTo(how.equals("close"));
			}));
	}

	@Test
	void whenTheContextStartsAgainThenThePoolDoesToo() {
		this.contextRunner.run((context) -> {
			context.getSourceApplicationContext().stop();
			context.getSourceApplicationContext().start();
			assertThat(thread(context)).startsWith("spop-handler-");
		});
	}

	@Test
	void whenTheContextIsPausedThenThePoolGoesOn() {
		this.contextRunner.run((context) -> {
			context.getSourceApplicationContext().pause();
			assertThat(thread(context)).startsWith("spop-handler-");
		});
	}

	@Test
	void whenAHandlerHangsThenTheContextClosesNevertheless() {
		this.contextRunner.withPropertyValues("spop.handler.timeout=100ms").run((context) -> {
			Handlers handlers = context.getBean(Handlers.class);
			run(context, (agent, client) -> client.notify(NotifyMessage.of("stubborn")).block());
			context.getSourceApplicationContext().close();
			assertThat(handlers.release.getCount()).isOne();
			handlers.release.countDown();
		});
	}

	private static String thread(AssertableApplicationContext context) {
		AtomicReference<String> thread = new AtomicReference<>();
		run(context, (agent, client) -> thread.set(name(client.notify(NotifyMessage.of("thread")).block())));
		return thread.get();
	}

	private static void run(AssertableApplicationContext context, BiConsumer<BoundSpopAgent, SpopClient> test) {
		BoundSpopAgent agent = context.getBean(SpopAgentLifecycle.class).agent();
		try (SpopClient client = SpopClient.connect(agent.address("main")).block()) {
			test.accept(agent, client);
		}
	}

	private static String name(Actions actions) {
		return (actions.get(0) instanceof Action.SetVar set) ? set.value().toString() : "";
	}

	static class Handlers {

		private final CountDownLatch release = new CountDownLatch(1);

		private final AtomicInteger waiting = new AtomicInteger();

		@SpopMessage("thread")
		Actions thread() {
			return text(Thread.currentThread().getName());
		}

		@SpopMessage("decorated")
		Actions decorated() {
			return text(String.valueOf(Decorators.current.get()));
		}

		@SpopMessage("waiting")
		Actions waiting() throws InterruptedException {
			this.waiting.incrementAndGet();
			this.release.await();
			return text("waited");
		}

		@Blocking
		@SpopMessage("stubborn")
		Actions stubborn() {
			boolean released = false;
			while (!released) {
				try {
					this.release.await();
					released = true;
				}
				catch (InterruptedException ex) {
					// It goes on, as a driver of a database might
				}
			}
			return Actions.none();
		}

		private static Actions text(String text) {
			return Actions.set(VarScope.REQUEST, "text", text);
		}

	}

	@EnableAsync
	@Configuration(proxyBeanMethods = false)
	static class Tasks {

		@Autowired
		private TaskExecutor injected;

		@Autowired
		@Qualifier(POOL)
		private AsyncTaskExecutor pool;

		@Bean
		Asynchronous asynchronous() {
			return new Asynchronous();
		}

	}

	@EnableAsync
	@Configuration(proxyBeanMethods = false)
	static class AsyncMethods {

		@Bean
		Asynchronous asynchronous() {
			return new Asynchronous();
		}

	}

	@SpopAdvice
	static class Advice {

		@NonBlocking
		@SpopExceptionHandler
		Actions failed(IllegalStateException ex) {
			return Handlers.text(ex.getMessage());
		}

	}

	static class Asynchronous {

		@Async
		CompletableFuture<String> thread() {
			return CompletableFuture.completedFuture(Thread.currentThread().getName());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Decorators {

		private static final ThreadLocal<String> current = new ThreadLocal<>();

		private final AtomicInteger calls = new AtomicInteger();

		@Bean
		@Order(2)
		TaskDecorator second() {
			return (task) -> () -> {
				this.calls.incrementAndGet();
				around("second", task);
			};
		}

		@Bean
		@Order(1)
		TaskDecorator first() {
			return (task) -> () -> around("first", task);
		}

		private static void around(String name, Runnable task) {
			String before = current.get();
			current.set((before != null) ? before + "_" + name : name);
			try {
				task.run();
			}
			finally {
				current.set(before);
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnExecutors {

		@Bean(destroyMethod = "shutdownNow")
		ExecutorService own() {
			AtomicInteger number = new AtomicInteger();
			return Executors.newFixedThreadPool(2, (task) -> new Thread(task, "own-" + number.incrementAndGet()));
		}

	}

}
