package io.spop.boot.autoconfigure;

import java.util.Map;

import io.spop.agent.SpopHandler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class UnboundPropertiesTests {

	private static final String LOGGER = UnboundProperties.class.getSimpleName() + " ";

	@ParameterizedTest
	@CsvSource({ "SPOP_HANDLER_TIMEOT,SPOP_HANDLER_TIMEOUT for 'spop.handler.timeout'",
			"spop_handler_timeot,SPOP_HANDLER_TIMEOUT for 'spop.handler.timeout'",
			"SPOP_LISTENERS_MAIN_PROT,SPOP_LISTENERS_MAIN_PORT for 'spop.listeners.main.port'",
			"SPOP_LISTENER_MAIN_PORT,SPOP_LISTENERS_MAIN_PORT for 'spop.listeners.main.port'",
			"SPOP_LISTENERS_MAIN_SSL_BUNDEL,SPOP_LISTENERS_MAIN_SSL_BUNDLE for 'spop.listeners.main.ssl.bundle'",
			"SPOP_PORT,SPOP_LISTENERS_<NAME>_PORT for 'spop.listeners.<name>.port'",
			"SPOP_MAX_CONNECTIONS,SPOP_CONNECTION_MAXCONNECTIONS for 'spop.connection.max-connections'",
			"SPOP_CONNECTION_MAXCONECTIONS,SPOP_CONNECTION_MAXCONNECTIONS for 'spop.connection.max-connections'",
			"SPOP_ENABLE,SPOP_ENABLED for 'spop.enabled'" })
	void whenEnvironmentVariableIsMisspeltThenWarnsWithTheNearest(String variable, String nearest,
			CapturedOutput output) {
		run(Map.of(variable, "1"), Map.of());
		assertThat(output).containsOnlyOnce(LOGGER)
			.containsOnlyOnce("Environment variable '" + variable
					+ "' sets nothing: the agent has no such property. The nearest is " + nearest + ".");
	}

	@Test
	void whenNothingIsNearThenRefersToTheReadme(CapturedOutput output) {
		run(Map.of("SPOP_SOMETHING_ELSE", "1"), Map.of());
		assertThat(output).containsOnlyOnce(LOGGER)
			.containsOnlyOnce("Environment variable 'SPOP_SOMETHING_ELSE' sets nothing: the agent has no such property."
					+ " docs/configuration-properties.md lists those that it has.");
	}

	@Test
	void whenSeveralAreNearThenNamesAll(CapturedOutput output) {
		run(Map.of("SPOP_TIMEOUT", "1"), Map.of());
		assertThat(output).contains("The nearest is SPOP_FRAME_TIMEOUT for 'spop.frame.timeout' or"
				+ " SPOP_HANDLER_TIMEOUT for 'spop.handler.timeout'.");
	}

	@Test
	void whenSystemPropertyIsMisspeltThenWarnsWithTheNearest(CapturedOutput output) {
		run(Map.of(), Map.of("spop.handler.timeot", "1", "spop.connection.maxInFlight", "3"));
		assertThat(output).containsOnlyOnce(LOGGER)
			.containsOnlyOnce("System property 'spop.handler.timeot' sets nothing: the agent has no such property."
					+ " The nearest is 'spop.handler.timeout'.");
	}

	@Test
	void whenPropertiesAreThoseOfTheModulesForTestsThenDoesNotWarn(CapturedOutput output) {
		run(Map.of("SPOP_TEST_HAPROXY", "process"), Map.of("spop.test.haproxy", "process", "spop.test", "1"));
		assertThat(output).doesNotContain(LOGGER);
	}

	@Test
	void whenEnvironmentVariablesAreRightThenDoesNotWarn(CapturedOutput output) {
		run(Map.ofEntries(Map.entry("SPOP_HANDLER_TIMEOUT", "8ms"), Map.entry("spop_enabled", "true"),
				Map.entry("SPOP_CONNECTION_MAXINFLIGHT", "7"), Map.entry("SPOP_CONNECTION_HIGH_WATER_MARK", "32KB"),
				Map.entry("SPOP_LISTENERS_SOCKET_PATH", "${java.io.tmpdir}/spop-${random.uuid}.sock"),
				Map.entry("SPOP_LISTENERS_OTHER_ADDRESS", "127.0.0.1"), Map.entry("SPOP_LISTENERS_OTHER_PORT", "0"),
				Map.entry("SPOP_LISTENERS_OTHER_ALLOW_0", "127.0.0.1"),
				Map.entry("SPOP_LISTENERS_OTHER_ALLOW_1_", "10.0.0.0/8"),
				Map.entry("SPOP_HANDLER_ERRORVARIABLE_NAME", "error"),
				Map.entry("SPOP_HANDLER_ERROR_VARIABLE_SCOPE", "request"), Map.entry("SPOPX", "1"),
				Map.entry("spop.handler.charset", "ISO-8859-1")), Map.of("spop.frame.timeout", "5s"),
				"--spop.handler.timeout=9ms");
		assertThat(output).doesNotContain(LOGGER);
	}

	@Test
	void whenKubernetesNamesItsServiceThenDoesNotWarn(CapturedOutput output) {
		run(Map.of("SPOP_SERVICE_HOST", "10.0.0.1", "SPOP_SERVICE_PORT", "12345", "SPOP_SERVICE_PORT_MAIN", "12345",
				"SPOP_PORT", "tcp://10.0.0.1:12345", "SPOP_PORT_12345_TCP", "tcp://10.0.0.1:12345",
				"SPOP_PORT_12345_TCP_ADDR", "10.0.0.1", "SPOP_AGENT_SERVICE_HOST", "10.0.0.2", "SPOP_AGENT_PORT",
				"tcp://10.0.0.2:1"), Map.of());
		assertThat(output).doesNotContain(LOGGER);
	}

	private static void run(Map<String, Object> variables, Map<String, Object> properties, String... arguments) {
		SpringApplication application = new SpringApplication(Application.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		application.setEnvironment(new StandardEnvironment() {

			@Override
			protected void customizePropertySources(MutablePropertySources sources) {
				sources.addLast(new MapPropertySource(SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME, properties));
				sources
					.addLast(new SystemEnvironmentPropertySource(SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
				sources.addLast(new MapPropertySource("others", Map.of("spop.listeners.main.port", "0",
						"java.io.tmpdir", System.getProperty("java.io.tmpdir"))));
			}

		});
		try (ConfigurableApplicationContext context = application.run(arguments)) {
			assertThat(context.isRunning()).isTrue();
		}
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class })
	static class Application {

		@Bean
		SpopHandler handler() {
			return (exchange) -> Mono.empty();
		}

	}

}
