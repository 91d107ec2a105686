package io.spop.boot.autoconfigure;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopHandler;
import io.spop.agent.SpopListener;
import io.spop.annotation.SpopMessage;
import io.spop.client.SpopClient;
import io.spop.handler.AnnotatedSpopHandler;
import io.spop.handler.ValueWriters;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ApplicationAvailabilityBean;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.Order;
import org.springframework.core.convert.support.DefaultConversionService;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@ExtendWith(OutputCaptureExtension.class)
class SpopAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class))
		.withPropertyValues("spop.listeners.main.port=0")
		.withUserConfiguration(StartedAgent.class);

	@TempDir
	private Path folder;

	@Test
	void whenThereIsAHandlerMethodThenListens(CapturedOutput output) {
		this.contextRunner.withBean(Handler.class).run((context) -> {
			assertThat(context).hasSingleBean(SpopAgent.class).hasSingleBean(AnnotatedSpopHandler.class);
			BoundSpopAgent agent = context.getBean(StartedAgent.class).agent;
			assertThat(agent.address("main")).isInstanceOfSatisfying(InetSocketAddress.class,
					(address) -> assertThat(address.getAddress().isLoopbackAddress()).isTrue());
			assertThat(output).containsOnlyOnce("SPOP listener 'main' on 127.0.0.1:" + agent.port())
				.doesNotContain("WARN");
		});
	}

	@Test
	void whenThereAreValueWritersThenTheyAreUsed() {
		ValueWriters writers = new ValueWriters(new DefaultConversionService());
		this.contextRunner.run((context) -> assertThat(context).hasSingleBean(ValueWriters.class));
		this.contextRunner.withBean(ValueWriters.class, () -> writers)
			.run((context) -> assertThat(context).hasNotFailed().getBean(ValueWriters.class).isSameAs(writers));
	}

	@Test
	void whenThereIsNoHandlerMethodThenListensAndWarns(CapturedOutput output) {
		this.contextRunner.run((context) -> {
			assertThat(context.getBean(StartedAgent.class).agent.port()).isPositive();
			assertThat(output).containsOnlyOnce("WARN").contains("No bean has a method annotated with @SpopMessage");
		});
	}

	@ParameterizedTest
	@CsvSource({ "handler.timeout=8ms,handlerTimeout=PT0.008S", "frame.max-size=1KB,maxFrameSize=1024",
			"frame.max-hello-size=512B,maxHelloSize=512", "frame.timeout=3s,frameTimeout=PT3S",
			"frame.fragmentation=true,maxFragmentedSize=1048576", "frame.fragmentation=false,maxFragmentedSize=0",
			"connection.handshake-timeout=2s,handshakeTimeout=PT2S", "connection.idle-timeout=5m,idleTimeout=PT5M",
			"connection.max-age=10m,maxConnectionAge=PT10M", "connection.write-timeout=4s,writeTimeout=PT4S",
			"connection.high-water-mark=32KB,highWaterMark=32768", "connection.max-in-flight=7,maxInFlight=7",
			"connection.pipelining=false,pipelining=false", "connection.fill-empty-ack=true,fillEmptyAck=true",
			"connection.backlog=17,backlog=17", "connection.max-connections=9,maxConnections=9",
			"connection.max-buffered-size=1MB,maxBufferedBytes=1048576",
			"correlation-argument=id,correlationArgument=id", "correlation-argument=,correlationArgument=null" })
	void whenPropertyIsSetThenTheAgentHasIt(String property, String setting) {
		this.contextRunner.withPropertyValues("spop." + property)
			.run((context) -> assertThat(context.getBean(SpopAgent.class).toString())
				.containsPattern(setting + "[,\\]]"));
	}

	@Test
	void whenNoPropertyIsSetThenTheAgentHasItsDefaults() {
		SpopHandler handler = (exchange) -> Mono.empty();
		this.contextRunner.withBean(SpopHandler.class, () -> handler)
			.run((context) -> assertThat(context.getBean(SpopAgent.class)).hasToString(SpopAgent.create()
				.listener(SpopListener.tcp("main", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
				.toString()));
	}

	@ParameterizedTest
	@ValueSource(strings = { "frame.max-size=255B", "frame.max-size=3GB", "frame.max-hello-size=1B", "frame.timeout=0",
			"connection.handshake-timeout=-1s", "connection.idle-timeout=-1s", "connection.write-timeout=0",
			"connection.high-water-mark=0", "connection.max-in-flight=0", "connection.backlog=0",
			"connection.max-connections=0", "connection.max-buffered-size=-1", "connection.max-buffered-size=65535",
			"correlation-argument=id=unique-id" })
	void whenPropertyIsOutOfRangeThenTheFailureNamesIt(String property) {
		this.contextRunner.withPropertyValues("spop." + property)
			.run((context) -> assertThat(context.getStartupFailure()).rootCause()
				.isInstanceOf(InvalidConfigurationPropertyValueException.class)
				.hasMessageContaining("spop." + property.substring(0, property.indexOf('='))));
	}

	@Test
	void whenWarmUpIsDisabledThenNothingWarmsUp() {
		this.contextRunner.run((context) -> assertThat(context.getBean(SpopAgentWarmUp.class))
			.hasFieldOrPropertyWithValue("enabled", true));
		this.contextRunner.withPropertyValues("spop.warm-up.enabled=false").run((context) -> {
			assertThat(context.getBean(SpopAgentWarmUp.class)).hasFieldOrPropertyWithValue("enabled", false);
			assertThat(context.getBean(SpopAgent.class).toString()).contains("warmUp=false");
			assertThat(context.getBean(StartedAgent.class).agent.port()).isPositive();
		});
	}

	@Test
	void whenWarmUpIsDisabledThenAnOwnAgentDoesNotWarmUpEither() {
		this.contextRunner.withBean(SpopAgent.class, () -> SpopAgent.create().listener(SpopListener.inMemory("main")))
			.withPropertyValues("spop.warm-up.enabled=false")
			.run((context) -> assertThat(context.getBean(SpopAgentLifecycle.class)).extracting("agent")
				.asString()
				.contains("warmUp=false"));
	}

	@Test
	void whenDisabledThenBacksOff() {
		this.contextRunner.withPropertyValues("spop.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(SpopAgent.class)
				.doesNotHaveBean(SpopHandler.class)
				.doesNotHaveBean(SpopAgentLifecycle.class));
	}

	@Test
	void whenThereIsAnOwnHandlerThenItReplacesTheAnnotatedOne(CapturedOutput output) {
		SpopHandler handler = (exchange) -> Mono.empty();
		this.contextRunner.withBean(SpopHandler.class, () -> handler).run((context) -> {
			assertThat(context).doesNotHaveBean(AnnotatedSpopHandler.class).hasSingleBean(SpopAgent.class);
			assertThat(output).doesNotContain("WARN");
		});
	}

	@Test
	void whenThereIsAnOwnAgentThenItListensInstead() {
		SpopAgent agent = SpopAgent.create().listener(SpopListener.tcp("own", new InetSocketAddress("127.0.0.1", 0)));
		this.contextRunner.withBean(SpopAgent.class, () -> agent).run((context) -> {
			assertThat(context.getBean(SpopAgent.class)).isSameAs(agent);
			assertThat(context.getBean(StartedAgent.class).agent.address("own")).isNotNull();
		});
	}

	@Test
	void whenThereAreCustomizersThenTheyAreCalledInTheirOrder() {
		this.contextRunner.withUserConfiguration(Customizers.class)
			.run((context) -> assertThat(context.getBean(SpopAgent.class).listeners()).extracting(SpopListener::name)
				.containsExactly("main", "first", "second"));
	}

	@Test
	void whenListenersHaveSeveralKindsThenAllListen() throws Exception {
		Path socket = this.folder.resolve("spop.sock");
		this.contextRunner
			.withPropertyValues("spop.listeners.unix.path=" + socket, "spop.listeners.unix.permissions=rw-rw----",
					"spop.listeners.all.address=0.0.0.0", "spop.listeners.all.port=0")
			.run((context) -> {
				BoundSpopAgent agent = context.getBean(StartedAgent.class).agent;
				assertThat(agent.address("unix")).isEqualTo(UnixDomainSocketAddress.of(socket));
				assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket))).isEqualTo("rw-rw----");
				assertThat(agent.address("all")).isInstanceOfSatisfying(InetSocketAddress.class,
						(address) -> assertThat(address.getAddress().isAnyLocalAddress()).isTrue());
			});
	}

	@Test
	void whenContextStartsThenListensLastAndStopsFirst() {
		List<String> order = new ArrayList<>();
		this.contextRunner.withBean(Other.class, () -> new Other(order))
			.withBean(Order1.class, () -> new Order1(order))
			.run((context) -> context.getSourceApplicationContext().close());
		assertThat(order).containsExactly("other started", "agent started", "refreshed", "other stopped");
	}

	@Test
	void whenContextStopsThenReadinessAndChecksFailFirst() {
		this.contextRunner.withBean(Handler.class)
			.withBean(ApplicationAvailabilityBean.class)
			.withPropertyValues("spop.shutdown.pre-drain-delay=3s")
			.run((context) -> {
				BoundSpopAgent agent = context.getBean(StartedAgent.class).agent;
				Thread stop = new Thread(() -> context.getBean(SpopAgentLifecycle.class).stop());
				stop.start();
				ApplicationAvailability availability = context.getBean(ApplicationAvailability.class);
				await().until(() -> availability.getReadinessState() == ReadinessState.REFUSING_TRAFFIC);
				await().until(agent::isStopping);
				try (SpopClient client = SpopClient.connect(agent.address("main")).block()) {
					assertThat(client.notify(NotifyMessage.of("unknown")).block()).isEqualTo(Actions.none());
				}
				stop.join();
				assertThat(agent.isListening("main")).isFalse();
			});
	}

	@Test
	void whenLifecycleIsRestartedThenListensAgain() {
		this.contextRunner.withBean(Handler.class).run((context) -> {
			StartedAgent started = context.getBean(StartedAgent.class);
			BoundSpopAgent first = started.agent;
			context.getSourceApplicationContext().stop();
			assertThat(context.getBean(SpopAgentLifecycle.class).isRunning()).isFalse();
			context.getSourceApplicationContext().start();
			assertThat(started.agent).isNotSameAs(first);
			assertThat(started.agent.port()).isPositive();
		});
	}

	@Test
	void whenBeansAreLazyThenListensNevertheless() {
		this.contextRunner.withUserConfiguration(LazyHandler.class)
			.withInitializer((context) -> context
				.addBeanFactoryPostProcessor(new org.springframework.boot.LazyInitializationBeanFactoryPostProcessor()))
			.run((context) -> assertThat(LazyHandler.created).isTrue());
	}

	@Test
	void whenObservationsHaveNoRegistryThenWarns(CapturedOutput output) {
		this.contextRunner.withBean(Handler.class)
			.withPropertyValues("spop.observations.enabled=true")
			.run((context) -> assertThat(output).containsOnlyOnce("the application has no ObservationRegistry"));
	}

	@Test
	void whenThereIsTaskExecutionThenItKeepsItsExecutor() {
		this.contextRunner.withConfiguration(AutoConfigurations.of(TaskExecutionAutoConfiguration.class))
			.run((context) -> assertThat(context).hasBean("applicationTaskExecutor"));
	}

	@Configuration(proxyBeanMethods = false)
	static class StartedAgent {

		BoundSpopAgent agent;

		@EventListener
		void started(SpopAgentStartedEvent event) {
			this.agent = event.agent();
		}

	}

	static class Handler {

		@SpopMessage("test")
		Actions handle() {
			return Actions.none();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Customizers {

		@Bean
		@Order(2)
		SpopAgentCustomizer second() {
			return (agent) -> agent.listener(SpopListener.tcp("second", new InetSocketAddress("127.0.0.1", 0)));
		}

		@Bean
		@Order(1)
		SpopAgentCustomizer first() {
			return (agent) -> agent.listener(SpopListener.tcp("first", new InetSocketAddress("127.0.0.1", 0)));
		}

	}

	@Lazy
	@Configuration(proxyBeanMethods = false)
	static class LazyHandler {

		static boolean created;

		LazyHandler() {
			created = true;
		}

		@SpopMessage("test")
		Actions handle() {
			return Actions.none();
		}

	}

	static class Order1 {

		private final List<String> order;

		Order1(List<String> order) {
			this.order = order;
		}

		@EventListener
		void started(SpopAgentStartedEvent event) {
			this.order.add("agent started");
		}

		@EventListener
		void refreshed(ContextRefreshedEvent event) {
			this.order.add("refreshed");
		}

	}

	static class Other implements SmartLifecycle {

		private final List<String> order;

		private boolean running;

		Other(List<String> order) {
			this.order = order;
		}

		@Override
		public void start() {
			this.running = true;
			this.order.add("other started");
		}

		@Override
		public void stop() {
			this.running = false;
			this.order.add("other stopped");
		}

		@Override
		public boolean isRunning() {
			return this.running;
		}

		@Override
		public int getPhase() {
			return Integer.MAX_VALUE - 1;
		}

	}

}
