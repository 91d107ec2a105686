package io.spop.boot.autoconfigure;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;

import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class LocalPortsTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class))
		.withPropertyValues("spop.warm-up.enabled=false");

	@TempDir
	private Path folder;

	@Test
	void whenListenersAreOpenThenThePortsOfTcpListenersAreProperties() {
		this.contextRunner
			.withPropertyValues("spop.listeners.main.port=0", "spop.listeners.second.port=0",
					"spop.listeners.unix.path=" + this.folder.resolve("s"))
			.run((context) -> {
				assertThat(port(context, "main")).isEqualTo(actual(context, "main"));
				assertThat(port(context, "second")).isEqualTo(actual(context, "second"));
				assertThat(port(context, "unix")).isNull();
			});
	}

	@Test
	void whenTheAgentHasStartedThenListenersOfTheEventSeeThePort() {
		this.contextRunner.withPropertyValues("spop.listeners.main.port=0")
			.withUserConfiguration(OnStart.class)
			.run((context) -> assertThat(context.getBean(OnStart.class).port).isEqualTo(actual(context, "main")));
	}

	@Test
	void whenTheAgentStartsAgainThenThePropertyHasTheNewPort() {
		this.contextRunner.withPropertyValues("spop.listeners.main.port=0").run((context) -> {
			ConfigurableApplicationContext source = context.getSourceApplicationContext();
			for (int i = 0; i < 3; i++) {
				source.stop();
				source.start();
				assertThat(port(context, "main")).isEqualTo(actual(context, "main"));
			}
		});
	}

	@Test
	void whenTheAgentIsInAChildContextThenItsParentSeesThePort() {
		try (AnnotationConfigApplicationContext parent = new AnnotationConfigApplicationContext()) {
			parent.refresh();
			this.contextRunner.withParent(parent).withPropertyValues("spop.listeners.main.port=0").run((context) -> {
				assertThat(port(context, "main")).isEqualTo(actual(context, "main"));
				assertThat(port(parent, "main")).isEqualTo(actual(context, "main"));
			});
		}
	}

	@Test
	void whenContextsHaveOneParentThenEachHasItsOwnPort() {
		try (AnnotationConfigApplicationContext parent = new AnnotationConfigApplicationContext()) {
			parent.refresh();
			ApplicationContextRunner child = this.contextRunner.withParent(parent)
				.withPropertyValues("spop.listeners.main.port=0");
			child.run((first) -> child.run((second) -> child.run((third) -> {
				for (ApplicationContext context : List.of(first, second, third)) {
					assertThat(port(context, "main")).isEqualTo(actual(context, "main"));
				}
			})));
		}
	}

	@Test
	void whenTheAgentIsInAParentContextThenItsChildSeesThePort() {
		this.contextRunner.withPropertyValues("spop.listeners.main.port=0").run((context) -> {
			try (AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext()) {
				child.setParent(context.getSourceApplicationContext());
				child.refresh();
				assertThat(port(child, "main")).isEqualTo(actual(context, "main"));
			}
		});
	}

	@Test
	void whenTheAgentIsABeanOfTheApplicationThenItsPortIsAPropertyToo() {
		SpopAgent agent = SpopAgent.create()
			.warmUp(false)
			.listener(SpopListener.tcp("own", new InetSocketAddress("127.0.0.1", 0)));
		this.contextRunner.withBean(SpopAgent.class, () -> agent)
			.run((context) -> assertThat(port(context, "own")).isEqualTo(actual(context, "own")));
	}

	private static Integer port(ApplicationContext context, String listener) {
		return context.getEnvironment().getProperty("local.spop." + listener + ".port", Integer.class);
	}

	private static int actual(ApplicationContext context, String listener) {
		BoundSpopAgent agent = context.getBean(SpopAgentLifecycle.class).agent();
		return ((InetSocketAddress) agent.address(listener)).getPort();
	}

	@Configuration(proxyBeanMethods = false)
	static class OnStart {

		private final Environment environment;

		private int port;

		OnStart(Environment environment) {
			this.environment = environment;
		}

		@EventListener
		void started(SpopAgentStartedEvent event) {
			this.port = this.environment.getRequiredProperty("local.spop.main.port", int.class);
		}

	}

}
