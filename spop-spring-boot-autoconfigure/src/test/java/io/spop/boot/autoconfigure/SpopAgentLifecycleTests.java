package io.spop.boot.autoconfigure;

import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopHandler;
import io.spop.annotation.Blocking;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopMessage;
import io.spop.client.SpopClient;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ApplicationAvailabilityBean;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.system.JavaVersion;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ApplicationEventMulticaster;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.SimpleApplicationEventMulticaster;
import org.springframework.core.Ordered;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class SpopAgentLifecycleTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class))
		.withBean(ApplicationAvailabilityBean.class)
		.withPropertyValues("spop.listeners.main.port=0");

	@TempDir
	private Path folder;

	@Test
	void whenContextClosesThenNoNotifySeesAStoppedBean() {
		this.contextRunner.withUserConfiguration(ManyBeans.class)
			.withPropertyValues("spop.shutdown.pre-drain-delay=500ms")
			.run(SpopAgentLifecycleTests::closeUnderLoad);
	}

	@Test
	void whenEventsArePublishedByOtherThreadsThenNoNotifySeesAStoppedBean() {
		this.contextRunner.withUserConfiguration(ManyBeans.class, AsyncEvents.class)
			.withPropertyValues("spop.shutdown.pre-drain-delay=500ms")
			.run(SpopAgentLifecycleTests::closeUnderLoad);
	}

	private static void closeUnderLoad(AssertableApplicationContext context) throws Exception {
		ManyBeans beans = context.getBean(ManyBeans.class);
		SocketAddress address = agent(context).address("main");
		AtomicInteger answered = new AtomicInteger();
		List<CompletableFuture<Void>> clients = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			clients.add(CompletableFuture.runAsync(() -> sendUntilClosed(address, answered),
					(task) -> new Thread(task, "client").start()));
		}
		await().until(() -> answered.get() > 100);
		int before = answered.get();
		context.getSourceApplicationContext().close();
		for (CompletableFuture<Void> client : clients) {
			client.get(30, TimeUnit.SECONDS);
		}
		assertThat(answered.get()).isGreaterThan(before);
		assertThat(beans.faults).isEmpty();
		assertThat(beans.stopped).contains("lowest", "zero", "web", "default", "dataSource");
	}

	private static void sendUntilClosed(SocketAddress address, AtomicInteger answered) {
		while (true) {
			SpopClient client;
			try {
				client = SpopClient.connect(address).block();
			}
			catch (RuntimeException ex) {
				return;
			}
			try (client) {
				CompletableFuture<?> end = client.onDisconnect().toFuture();
				while (!end.isDone()) {
					Actions actions;
					try {
						actions = client.notify(NotifyMessage.of("check")).block();
					}
					catch (RuntimeException ex) {
						// The agent must have said before that it ends the connection
						assertThat(end).as(ex.toString()).succeedsWithin(10, TimeUnit.SECONDS);
						break;
					}
					assertThat(actions).isEqualTo(Actions.set(VarScope.REQUEST, "ok", true));
					answered.incrementAndGet();
				}
			}
		}
	}

	@Test
	void whenContextStartsThenNoBeanIsStillToStart() {
		this.contextRunner.withUserConfiguration(ManyBeans.class).run((context) -> {
			assertThat(context.getBean(ManyBeans.class).running.keySet()).contains("lowest", "zero", "web", "default");
			assertThat(context.getBean(ManyBeans.class).runningWhenOpened).contains("lowest", "zero", "web", "default");
		});
	}

	@Test
	void whenContextIsStoppedAndStartedThenReadinessIsAsBefore(CapturedOutput output) {
		this.contextRunner.withBean(SpopHandler.class, () -> (exchange) -> Mono.empty()).run((context) -> {
			ConfigurableApplicationContext source = context.getSourceApplicationContext();
			AvailabilityChangeEvent.publish(source, ReadinessState.ACCEPTING_TRAFFIC);
			for (int i = 0; i < 3; i++) {
				source.stop();
				assertThat(readiness(context)).isEqualTo(ReadinessState.REFUSING_TRAFFIC);
				source.start();
				assertThat(readiness(context)).isEqualTo(ReadinessState.ACCEPTING_TRAFFIC);
				assertAnswers(context);
			}
			assertThat(output).doesNotContain("WARN");
		});
	}

	@Test
	void whenSomebodyElseRefusedTrafficThenTheAgentDoesNotUndoIt() {
		this.contextRunner.run((context) -> {
			ConfigurableApplicationContext source = context.getSourceApplicationContext();
			AvailabilityChangeEvent.publish(source, ReadinessState.REFUSING_TRAFFIC);
			source.stop();
			source.start();
			assertThat(readiness(context)).isEqualTo(ReadinessState.REFUSING_TRAFFIC);
			AvailabilityChangeEvent.publish(source, ReadinessState.ACCEPTING_TRAFFIC);
			source.stop();
			AvailabilityChangeEvent.publish(source, ReadinessState.REFUSING_TRAFFIC);
			source.start();
			assertThat(readiness(context)).isEqualTo(ReadinessState.REFUSING_TRAFFIC);
		});
	}

	@Test
	void whenContextIsPausedThenListenersStayOpen() {
		this.contextRunner.withBean(SpopHandler.class, () -> (exchange) -> Mono.empty()).run((context) -> {
			ConfigurableApplicationContext source = context.getSourceApplicationContext();
			AvailabilityChangeEvent.publish(source, ReadinessState.ACCEPTING_TRAFFIC);
			BoundSpopAgent agent = agent(context);
			source.pause();
			assertThat(agent.isListening("main")).isTrue();
			assertThat(readiness(context)).isEqualTo(ReadinessState.ACCEPTING_TRAFFIC);
			source.restart();
			assertThat(agent(context)).isSameAs(agent);
			assertAnswers(context);
		});
	}

	@Test
	void whenChildContextClosesThenTheAgentGoesOn() {
		this.contextRunner.withBean(SpopHandler.class, () -> (exchange) -> Mono.empty()).run((context) -> {
			AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext();
			child.setParent(context.getSourceApplicationContext());
			child.refresh();
			child.close();
			assertThat(agent(context).isStopping()).isFalse();
			assertAnswers(context);
		});
	}

	@Test
	void whenToldToStopWithACallbackThenDoesNotBlock() throws Exception {
		Sinks.One<Actions> result = Sinks.one();
		CountDownLatch called = new CountDownLatch(1);
		SpopHandler handler = (exchange) -> {
			called.countDown();
			return result.asMono();
		};
		this.contextRunner.withBean(SpopHandler.class, () -> handler)
			.withPropertyValues("spop.handler.timeout=1m", "spop.shutdown.grace-period=1m")
			.run((context) -> {
				SpopAgentLifecycle lifecycle = context.getBean(SpopAgentLifecycle.class);
				try (SpopClient client = SpopClient.connect(agent(context).address("main")).block()) {
					CompletableFuture<Actions> answer = client.notify(NotifyMessage.of("test")).toFuture();
					called.await();
					CompletableFuture<Void> stopped = new CompletableFuture<>();
					lifecycle.stop(() -> stopped.complete(null));
					assertThat(lifecycle.isRunning()).isFalse();
					assertThat(stopped).isNotDone();
					result.tryEmitEmpty();
					assertThat(answer.get()).isEqualTo(Actions.none());
					stopped.get();
					assertThat(agent(context).isListening("main")).isFalse();
				}
			});
	}

	@Test
	void whenStartedWhileItStopsThenWaitsForTheListenersToClose() {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class))
			.withBean(SpopHandler.class, () -> (exchange) -> Mono.empty())
			.withPropertyValues("spop.shutdown.pre-drain-delay=300ms",
					"spop.listeners.main.path=" + this.folder.resolve("spop.sock"))
			.run((context) -> {
				SpopAgentLifecycle lifecycle = context.getBean(SpopAgentLifecycle.class);
				BoundSpopAgent first = agent(context);
				lifecycle.stop(() -> {
				});
				lifecycle.start();
				assertThat(first.isListening("main")).isFalse();
				assertThat(lifecycle.isRunning()).isTrue();
				assertAnswers(context);
			});
	}

	@ParameterizedTest
	@ValueSource(strings = { "on-the-event-loop", "on-a-thread-that-may-block" })
	void whenHandlerClosesTheContextThenNothingListens(String message) {
		this.contextRunner.withBean(Closing.class).withPropertyValues("spop.handler.timeout=200ms").run((context) -> {
			BoundSpopAgent agent = agent(context);
			Closing closing = context.getBean(Closing.class);
			try (SpopClient client = SpopClient.connect(agent.address("main")).block()) {
				client.notify(NotifyMessage.of(message)).block();
			}
			assertThat(closing.closed.await(30, TimeUnit.SECONDS)).isTrue();
			await().untilAsserted(() -> {
				assertThat(agent.isListening("main")).isFalse();
				assertThat(agent.connections()).isEmpty();
				assertThat(closing.eventLoop == null || !closing.eventLoop.isAlive()).isTrue();
			});
		});
	}

	private static ReadinessState readiness(AssertableApplicationContext context) {
		return context.getBean(ApplicationAvailability.class).getReadinessState();
	}

	private static BoundSpopAgent agent(ApplicationContext context) {
		BoundSpopAgent agent = context.getBean(SpopAgentLifecycle.class).agent();
		assertThat(agent).isNotNull();
		return agent;
	}

	private static void assertAnswers(ApplicationContext context) {
		try (SpopClient client = SpopClient.connect(agent(context).address("main")).block()) {
			assertThat(client.notify(NotifyMessage.of("test")).block(Duration.ofSeconds(10))).isEqualTo(Actions.none());
		}
	}

	static final class Closing {

		private final ConfigurableApplicationContext context;

		private final CountDownLatch closed = new CountDownLatch(1);

		private volatile Thread eventLoop;

		Closing(ConfigurableApplicationContext context) {
			this.context = context;
		}

		@NonBlocking
		@SpopMessage("on-the-event-loop")
		Actions closeOnTheEventLoop() {
			this.eventLoop = Thread.currentThread();
			return close();
		}

		@Blocking
		@SpopMessage("on-a-thread-that-may-block")
		Actions close() {
			this.context.close();
			this.closed.countDown();
			return Actions.none();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ManyBeans {

		final Map<String, String> faults = new ConcurrentHashMap<>();

		final Map<String, Boolean> running = new ConcurrentHashMap<>();

		final List<String> stopped = new CopyOnWriteArrayList<>();

		private List<String> runningWhenOpened;

		private final List<Executor> executors = new ArrayList<>();

		@Bean
		Component lowest() {
			return new Component("lowest", Integer.MIN_VALUE, this);
		}

		@Bean
		Component zero() {
			return new Component("zero", 0, this);
		}

		@Bean
		Component web() {
			return new Component("web", SmartLifecycle.DEFAULT_PHASE - 1024, this);
		}

		@Bean
		Component defaultPhase() {
			return new Component("default", SmartLifecycle.DEFAULT_PHASE, this);
		}

		@Bean
		DisposableBean dataSource() {
			this.running.put("dataSource", true);
			return () -> stop("dataSource");
		}

		@Bean
		ThreadPoolTaskExecutor pool() {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			this.executors.add(executor);
			return executor;
		}

		@Bean
		SimpleAsyncTaskExecutor virtualThreads() {
			SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor();
			executor.setVirtualThreads(JavaVersion.getJavaVersion().isEqualOrNewerThan(JavaVersion.TWENTY_ONE));
			executor.setTaskTerminationTimeout(1000);
			this.executors.add(executor);
			return executor;
		}

		@Bean
		ApplicationListener<ContextClosedEvent> closedFirst() {
			class First implements ApplicationListener<ContextClosedEvent>, Ordered {

				@Override
				public void onApplicationEvent(ContextClosedEvent event) {
					stop("listener");
				}

				@Override
				public int getOrder() {
					return Ordered.HIGHEST_PRECEDENCE;
				}

			}
			this.running.put("listener", true);
			return new First();
		}

		@Bean
		ApplicationListener<SpopAgentStartedEvent> opened() {
			return (event) -> this.runningWhenOpened = List.copyOf(this.running.keySet());
		}

		void stop(String name) {
			this.running.remove(name);
			this.stopped.add(name);
		}

		@Blocking
		@SpopMessage("check")
		Actions check() throws Exception {
			for (String name : List.of("lowest", "zero", "web", "default", "dataSource", "listener")) {
				if (!this.running.containsKey(name)) {
					this.faults.put(name, "has stopped");
				}
			}
			for (Executor executor : this.executors) {
				try {
					CompletableFuture.runAsync(() -> {
					}, executor).get();
				}
				catch (RuntimeException ex) {
					this.faults.put(executor.getClass().getName(), ex.toString());
				}
			}
			return Actions.set(VarScope.REQUEST, "ok", true);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class AsyncEvents {

		@Bean
		ApplicationEventMulticaster applicationEventMulticaster() {
			SimpleApplicationEventMulticaster multicaster = new SimpleApplicationEventMulticaster();
			multicaster.setTaskExecutor((task) -> new Thread(task, "events").start());
			return multicaster;
		}

	}

	static final class Component implements SmartLifecycle {

		private final String name;

		private final int phase;

		private final ManyBeans beans;

		Component(String name, int phase, ManyBeans beans) {
			this.name = name;
			this.phase = phase;
			this.beans = beans;
		}

		@Override
		public void start() {
			this.beans.running.put(this.name, true);
		}

		@Override
		public void stop() {
			this.beans.stop(this.name);
		}

		@Override
		public boolean isRunning() {
			return this.beans.running.containsKey(this.name);
		}

		@Override
		public int getPhase() {
			return this.phase;
		}

	}

}
