package io.spop.boot.test.example;

import java.nio.file.Path;
import java.util.List;

import io.spop.boot.test.autoconfigure.LocalSpopPort;
import io.spop.boot.test.autoconfigure.SpopTest;
import io.spop.boot.test.autoconfigure.SpopTestClient;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.testkit.engine.EngineTestKit;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.FilterType;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What tests say that cannot work.
 */
class MisuseTests {

	@Test
	void whenSliceHasNoHandlersThenSaysSo() {
		assertFailure(NoHandlers.class, "@SpopTest found no bean with a method annotated with @SpopMessage: ",
				"@Import(...)");
	}

	@Test
	void whenHandlerIsNoBeanThenSaysSo() {
		assertFailure(NoBean.class,
				"@SpopTest names the handler " + NoBean.class.getName() + ", and there is no such bean: ", "@Component",
				"@Import(...)");
	}

	@Test
	void whenListenerIsNotChosenThenClientSaysSo() {
		assertFailure(TwoListeners.class, "The agent has the listeners ", "main", "other",
				": say which one the client connects to, such as client.listener(");
	}

	@Test
	void whenPortIsWantedInASliceThenSaysSo() {
		assertFailure(PortInSlice.class, "the agent listens in memory, as in @SpopTest, and has no port",
				"@SpringBootTest without @AutoConfigureInMemorySpopAgent");
	}

	@Test
	void whenPortIsAmbiguousThenSaysSo() {
		assertFailure(AmbiguousPort.class, "the agent has the listeners ", "main", "other",
				": name the one whose port it is, such as @LocalSpopPort(");
	}

	@Test
	void whenPortIsThatOfNoListenerThenSaysSo() {
		assertFailure(UnknownPort.class, "the agent has no listener 'x'. It has main");
	}

	@Test
	void whenListenerIsAUnixSocketThenSaysSo() {
		assertFailure(UnixPort.class, "listener 'unix' has no port, but listens on ", "/s");
	}

	@Test
	void whenThereIsNoAgentThenSaysSo() {
		assertFailure(NoAgent.class, "the application has started no agent. Is spop.enabled false?");
	}

	private static void assertFailure(Class<?> test, String... texts) {
		List<Throwable> failures = EngineTestKit.engine("junit-jupiter")
			.selectors(DiscoverySelectors.selectClass(test))
			.execute()
			.allEvents()
			.failed()
			.map((event) -> event.getRequiredPayload(TestExecutionResult.class).getThrowable().orElseThrow())
			.map(NestedExceptionUtils::getMostSpecificCause)
			.toList();
		assertThat(failures).singleElement(InstanceOfAssertFactories.THROWABLE).hasMessageContainingAll(texts);
	}

	@SpopTest(excludeFilters = @ComponentScan.Filter(type = FilterType.REGEX, pattern = ".*"))
	static class NoHandlers {

		@Test
		void test() {
		}

	}

	@SpopTest(NoBean.class)
	static class NoBean {

		@Test
		void test() {
		}

	}

	@SpopTest(handlers = Components.Echo.class, properties = "spop.listeners.other.port=0")
	static class TwoListeners {

		@Test
		void test(@Autowired SpopTestClient client) {
			client.listener("other").message("echo").send().hasNoActions();
			client.message("echo").send();
		}

	}

	@SpopTest(Components.Echo.class)
	static class PortInSlice {

		@LocalSpopPort
		private int port;

		@Test
		void test() {
			assertThat(this.port).isZero();
		}

	}

	@SpringBootTest(properties = "spop.listeners.other.port=0")
	static class AmbiguousPort {

		@Test
		void test(@LocalSpopPort int port) {
		}

	}

	@SpringBootTest
	static class UnknownPort {

		@Test
		void test(@LocalSpopPort("x") int port) {
		}

	}

	@SpringBootTest
	static class UnixPort {

		@TempDir
		private static Path folder;

		@DynamicPropertySource
		static void socket(DynamicPropertyRegistry registry) {
			registry.add("spop.listeners.unix.path", () -> folder.resolve("s").toString());
		}

		@Test
		void test(@LocalSpopPort("unix") int port) {
		}

	}

	@SpringBootTest(properties = "spop.enabled=false")
	static class NoAgent {

		@Test
		void test(@LocalSpopPort int port) {
		}

	}

}
