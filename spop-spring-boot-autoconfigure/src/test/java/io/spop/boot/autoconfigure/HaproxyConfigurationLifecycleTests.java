package io.spop.boot.autoconfigure;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.spop.agent.SpopHandler;
import io.spop.agent.SpopInterceptor;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.annotation.SpopVar;
import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.ArgumentDescription;
import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.ListenerDescription;
import io.spop.haproxy.MessageDescription;
import io.spop.haproxy.OnError;
import io.spop.haproxy.SampleType;
import io.spop.haproxy.SpoeEvent;
import io.spop.haproxy.VariableDescription;
import io.spop.haproxy.write.ConfigurationWriter;
import io.spop.protocol.VarScope;
import io.spop.test.TestCertificates;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

/**
 * HAProxy's configuration, described, checked and written when the application starts.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class HaproxyConfigurationLifecycleTests {

	private static final TestCertificates certificates = new TestCertificates("authority");

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class,
				SslAutoConfiguration.class))
		.withPropertyValues("spop.listeners.main.port=0", "spop.warm-up.enabled=false", "spop.handler.timeout=200ms")
		.withBean(Reputation.class);

	@TempDir
	private Path folder;

	@Test
	void whenAgentHasHandlersThenDescribesThem() {
		this.contextRunner.run((context) -> {
			AgentDescription agent = context.getBean(AgentDescription.class);
			assertThat(agent.handlesAll()).isFalse();
			assertThat(agent.listeners()).extracting(ListenerDescription::name, ListenerDescription::host)
				.containsExactly(tuple("main", "127.0.0.1"));
			assertThat(agent.messages()).singleElement().satisfies((message) -> {
				assertThat(message.name()).isEqualTo("check-client-ip");
				assertThat(message.timeout()).hasMillis(200);
				assertThat(message.variables())
					.containsExactly(VariableDescription.of("sess", "score").types(Set.of(SampleType.INTEGER)));
				assertThat(message.variablesComplete()).isTrue();
			});
		});
	}

	@Test
	void whenListenersHaveTlsOrAPathThenDescribesThem() throws IOException {
		certificates.write(this.folder, "agent", "agent");
		String socket = this.folder.resolve("spop.sock").toString();
		this.contextRunner
			.withPropertyValues("spring.ssl.bundle.pem.main.keystore.certificate=" + this.folder.resolve("agent.crt"),
					"spring.ssl.bundle.pem.main.keystore.private-key=" + this.folder.resolve("agent.key"),
					"spring.ssl.bundle.pem.main.truststore.certificate=" + this.folder.resolve("ca.crt"),
					"spop.listeners.main.ssl.bundle=main", "spop.listeners.main.ssl.client-auth=need",
					"spop.listeners.main.address=0.0.0.0", "spop.listeners.want.port=0",
					"spop.listeners.want.ssl.bundle=main", "spop.listeners.want.ssl.client-auth=want",
					"spop.listeners.unix.path=" + socket)
			.run((context) -> assertThat(context.getBean(AgentDescription.class).listeners())
				.extracting(ListenerDescription::name, ListenerDescription::host, ListenerDescription::path,
						ListenerDescription::tls, ListenerDescription::clientCertificate)
				.containsExactlyInAnyOrder(tuple("main", "0.0.0.0", null, true, true),
						tuple("want", "127.0.0.1", null, true, false), tuple("unix", null, socket, false, false)));
	}

	@Test
	void whenAgentItselfSetsVariablesThenDescribesThem() {
		this.contextRunner.withPropertyValues("spop.handler.error-variable.name=failed")
			.withBean(SpopInterceptor.class, () -> (exchange, next) -> next.handle(exchange))
			.run((context) -> {
				MessageDescription message = context.getBean(AgentDescription.class).messages().get(0);
				assertThat(message.variables())
					.contains(VariableDescription.of("txn", "failed").types(Set.of(SampleType.BOOLEAN)));
				assertThat(message.variablesComplete()).isFalse();
			});
	}

	@Test
	void whenThereAreTracesAndRequestIdsThenDescribesTheirArguments() {
		this.contextRunner
			.withPropertyValues("spop.observations.enabled=true", "spop.observations.trace-argument=traceparent",
					"spop.correlation-argument=id")
			.run((context) -> assertThat(context.getBean(AgentDescription.class).messages().get(0).arguments())
				.extracting((argument) -> argument.names().get(0), ArgumentDescription::required,
						ArgumentDescription::sample)
				.containsExactly(tuple("ip", true, "src"), tuple("id", false, "unique-id"),
						tuple("traceparent", false, "req.hdr(traceparent)")));
	}

	@Test
	void whenImageIsNativeThenItHasTheTablesThatAreRead() {
		RuntimeHints hints = new RuntimeHints();
		new HaproxyRuntimeHints().registerHints(hints, null);
		String table = "io/spop/haproxy/config/samples.txt";
		assertThat(RuntimeHintsPredicates.resource().forResource(table)).accepts(hints);
		assertThat(HaproxyVersion.class.getClassLoader().getResource(table)).isNotNull();
	}

	@Test
	void whenThereIsAnOwnHandlerThenAllMessagesMayBeHandled() {
		this.contextRunner.withBean(SpopHandler.class, () -> (exchange) -> Mono.empty()).run((context) -> {
			AgentDescription agent = context.getBean(AgentDescription.class);
			assertThat(agent.handlesAll()).isTrue();
			assertThat(agent.messages()).isEmpty();
		});
	}

	@Test
	void whenABeanAsksForTheDescriptionTooEarlyThenSaysWhen() {
		this.contextRunner.withBean(Impatient.class)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessage("The handlers of messages are known once all singletons are there."
						+ " Ask for their description later, by an ObjectProvider or with @Lazy."));
	}

	@Test
	void whenConfigurationFitsThenSaysSo(CapturedOutput output) throws IOException {
		ConfigurationWriter.write(description(), HaproxyVersion.of("3.2")).writeTo(this.folder);
		Path main = this.folder.resolve("haproxy.cfg");
		Files.writeString(main, Files.readString(main)
			.replace("    default_backend",
					"    tcp-request content reject if { var(sess.spop.score) -m int lt 20 }\n    default_backend")
			.replace("spoe.conf", this.folder.resolve("spoe.conf").toString()));
		check(main + "," + this.folder.resolve("backend.cfg"), "spop.haproxy.version=3.2",
				"spop.haproxy.on-finding=fail")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(output).contains("HAProxy's configuration fits the application: " + main + ", ");
			});
	}

	private static AgentDescription description() {
		return AgentDescription.of(List.of(ListenerDescription.tcp("main", "127.0.0.1", 12345)),
				List.of(MessageDescription.of("check-client-ip")
					.event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST)
					.onError(OnError.OPEN)
					.timeout(Duration.ofMillis(200))
					.argument(ArgumentDescription.named("ip").sample("src"))
					.variable(VariableDescription.of("sess", "score").types(Set.of(SampleType.INTEGER)))));
	}

	@Test
	void whenConfigurationDoesNotFitThenWarnsOfEachFinding(CapturedOutput output) throws IOException {
		String main = misspelt().toString();
		check(main).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(SpopAgentLifecycle.class).isRunning()).isTrue();
			assertThat(output.getOut().lines().filter((line) -> line.contains("WARN")))
				.anySatisfy((line) -> assertThat(line).contains(this.folder.resolve("spoe.conf") + ":6: ",
						"check-client-pi", "[message-without-handler]"))
				.anySatisfy((line) -> assertThat(line).contains("[handler-without-message]"));
		});
	}

	@Test
	void whenFindingsAreFailuresThenDoesNotStart(CapturedOutput output) throws IOException {
		check(misspelt().toString(), "spop.haproxy.on-finding=fail").run((context) -> {
			assertThat(context).hasFailed();
			assertThat(context.getStartupFailure()).rootCause()
				.isInstanceOf(SpopStartException.class)
				.message()
				.startsWith("HAProxy's configuration does not fit the application:\n\n    " + this.folder)
				.contains("spoe.conf:6: ");
			assertThat(output).doesNotContain("SPOP listener");
		});
	}

	@Test
	void whenFileIsMissingThenSaysSo(CapturedOutput output) {
		Path missing = this.folder.resolve("missing.cfg");
		check(missing.toString())
			.run((context) -> assertThat(output.getOut().lines().filter((line) -> line.contains("WARN")))
				.anySatisfy((line) -> assertThat(line).contains(missing + ":1: error: There is no file")));
	}

	@ParameterizedTest
	@ValueSource(strings = { "spop.haproxy.version=new", "spop.haproxy.check=a\0b" })
	void whenPropertyIsWrongThenNamesIt(String property) {
		this.contextRunner.withPropertyValues(property)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOfSatisfying(InvalidConfigurationPropertyValueException.class,
						(ex) -> assertThat(property).startsWith(ex.getName() + "=")));
	}

	@Test
	void whenConfigurationIsToBeWrittenThenWritesItAndEndsWithoutAListener() throws Exception {
		Path written = this.folder.resolve("new/haproxy");
		Result result = run("--spop.haproxy.write=" + written, "--spop.haproxy.version=2.6",
				"--spop.listeners.main.port=12345", "--server.port=0");
		assertThat(result.status()).as(result.log()).isZero();
		assertThat(result.log())
			.contains("Wrote " + written.resolve("spoe.conf"), "Wrote " + written.resolve("backend.cfg"),
					"A bean was destroyed")
			.doesNotContain("SPOP listener", "Tomcat started", "Warmed up", "WARN", "ERROR");
		assertThat(written.resolve("spoe.conf")).content()
			.contains("spoe-message check-client-ip", "args ip=src", "event on-frontend-http-request")
			.contains("timeout hello");
	}

	@Test
	void whenConfigurationCannotBeWrittenThenSaysWhyAndFails() throws Exception {
		Files.writeString(this.folder.resolve("spoe.conf"), "# mine\n");
		Result result = run("--spop.haproxy.write=" + this.folder, "--spop.listeners.main.port=12345",
				"--server.port=0");
		assertThat(result.status()).as(result.log()).isOne();
		assertThat(result.log())
			.contains("APPLICATION FAILED TO START",
					"HAProxy's configuration cannot be written to '" + this.folder + "': '"
							+ this.folder.resolve("spoe.conf") + "': ",
					"Move that file away, or set 'spop.haproxy.write' to another folder.")
			.doesNotContain("\tat ", "Tomcat started");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			3.1 | HAProxy 3.1 is not supported, because HAProxy no longer maintains it. Take 3.2.
			1.8 | HAProxy 1.8 is not supported. Take 2.6 to 3.4, but not 3.1.
			3.5 | HAProxy 3.5 is not supported. Take 2.6 to 3.4, but not 3.1.
			""")
	void whenVersionIsNotSupportedThenRefusesToStart(String version, String reason) {
		this.contextRunner.withPropertyValues("spop.haproxy.version=" + version)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOfSatisfying(InvalidConfigurationPropertyValueException.class, (ex) -> {
					assertThat(ex.getName()).isEqualTo("spop.haproxy.version");
					assertThat(ex.getReason()).isEqualTo(reason);
				}));
	}

	private ApplicationContextRunner check(String files, String... properties) {
		return this.contextRunner.withPropertyValues("spop.haproxy.check=" + files).withPropertyValues(properties);
	}

	private Path misspelt() throws IOException {
		Path spoe = Files.writeString(this.folder.resolve("spoe.conf"), """
				spoe-agent test
				    messages check-client-pi
				    option var-prefix test
				    timeout processing 300ms
				    use-backend agents
				spoe-message check-client-pi
				    args ip=src
				    event on-frontend-http-request
				""");
		return Files.writeString(this.folder.resolve("haproxy.cfg"), """
				frontend web
				    mode http
				    bind 127.0.0.1:8080
				    filter spoe config %s
				backend agents
				    option spop-check
				    server agent 127.0.0.1:12345 check
				""".formatted(spoe));
	}

	/**
	 * Run an application in a JVM of its own until it ends.
	 */
	private static Result run(String... args) throws Exception {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
						System.getProperty("java.class.path"), HaproxyTestApplication.class.getName()));
		command.addAll(List.of(args));
		Path log = Files.createTempFile("application", ".log");
		Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
		try {
			assertThat(process.waitFor(50, TimeUnit.SECONDS)).as("ended").isTrue();
			return new Result(process.exitValue(), Files.readString(log));
		}
		finally {
			process.destroyForcibly();
			Files.delete(log);
		}
	}

	static class Reputation {

		@SpopMessage(name = "check-client-ip", event = SpoeEvent.ON_FRONTEND_HTTP_REQUEST, onError = OnError.OPEN)
		Score check(@SpopArg(value = "ip", sample = "src") InetAddress ip) {
			return new Score(7);
		}

		record Score(@SpopVar(scope = VarScope.SESSION) int score) {
		}

	}

	static class Impatient {

		Impatient(AgentDescription description) {
			assertThat(description).isNotNull();
		}

	}

	record Result(int status, String log) {
	}

}
