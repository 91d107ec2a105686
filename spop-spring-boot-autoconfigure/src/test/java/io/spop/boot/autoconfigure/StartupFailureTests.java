package io.spop.boot.autoconfigure;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import io.spop.agent.SpopAgent;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Actions;
import io.spop.test.TestCertificates;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * What a user sees when the application does not start.
 */
@ExtendWith(OutputCaptureExtension.class)
class StartupFailureTests {

	private static final TestCertificates certificates = new TestCertificates("authority");

	@TempDir
	private Path folder;

	@Test
	void whenPortIsTakenThenSaysSo(CapturedOutput output) throws IOException {
		try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			assertFailure(output, "--spop.listeners.main.port=" + other.getLocalPort()).isEqualTo("""
					Description:

					SPOP listener 'main' cannot be opened: 127.0.0.1:%d is already in use.

					Action:

					Stop the process that listens there, or set another port.
					""".formatted(other.getLocalPort()));
		}
	}

	@Test
	void whenFolderIsMissingThenSaysSo(CapturedOutput output) {
		Path socket = this.folder.resolve("missing/spop.sock");
		assertFailure(output, "--spop.listeners.main.path=" + socket).startsWith("""
				Description:

				SPOP listener 'main' cannot be opened: The folder '""")
			.contains(socket.getParent().toString(), "Create it");
	}

	@Test
	void whenFolderOfTheRecordingIsMissingThenSaysSo(CapturedOutput output) {
		Path file = this.folder.resolve("missing/day.spop");
		assertFailure(output, "--spop.listeners.main.port=0", "--spop.record.file=" + file).isEqualTo("""
				Description:

				Frames cannot be recorded to '%s', the value of 'spop.record.file': its folder does not exist.

				Action:

				Set a file that this application alone can write, in a folder that exists, or remove the property.
				""".formatted(file));
	}

	@Test
	void whenRecordingIsAFolderThenSaysSo(CapturedOutput output) {
		assertFailure(output, "--spop.listeners.main.port=0", "--spop.record.file=" + this.folder)
			.contains("'spop.record.file': Is a directory.");
	}

	@Test
	void whenSampleRateIsWrongThenSaysSo(CapturedOutput output) {
		assertFailure(output, "--spop.listeners.main.port=0", "--spop.record.sample-rate=20")
			.contains("spop.record.sample-rate", "It must be 0 to 1.");
	}

	@Test
	void whenPathIsTooLongThenSaysSo(CapturedOutput output) {
		assertFailure(output, "--spop.listeners.main.path=" + "a".repeat(108))
			.contains("has 108 bytes, but the path of a UNIX socket has at most 107.");
	}

	@Test
	void whenPathIsARegularFileThenSaysSo(CapturedOutput output) throws IOException {
		Path file = Files.writeString(this.folder.resolve("spop.sock"), "mine");
		assertFailure(output, "--spop.listeners.main.path=" + file).contains("SPOP listener 'main' cannot be opened",
				file.toString());
		assertThat(file).hasContent("mine");
	}

	@Test
	void whenListenerHasNeitherPortNorPathThenSaysWhatToSet(CapturedOutput output) {
		assertFailure(output, "--spop.listeners.main.address=127.0.0.1").isEqualTo(
				"""
						Description:

						Invalid value 'null' for configuration property 'spop.listeners.main.port'. Validation failed for the following reason:

						A listener has a port or a path. Set it to the port to listen on, or to 0 for any that is free; for a UNIX socket set 'spop.listeners.main.path' instead.

						Action:

						Review the value of the property with the provided reason.
						""");
	}

	@Test
	void whenListenerHasPortAndPathThenSaysSo(CapturedOutput output) {
		assertFailure(output, "--spop.listeners.main.port=0", "--spop.listeners.main.path=spop.sock").isEqualTo("""
				Description:

				The following configuration properties are mutually exclusive:

					spop.listeners.main.path
					spop.listeners.main.port

				However, more than one of those properties has been configured at the same time:

					spop.listeners.main.path
					spop.listeners.main.port


				Action:

				Update your configuration so that only one of the mutually exclusive properties is configured.
				""");
	}

	@Test
	void whenPermissionsAreAnUnquotedOctalNumberThenSaysSo(CapturedOutput output) {
		assertFailure(output, "--spop.listeners.main.path=spop.sock", "--spop.listeners.main.permissions=432")
			.isEqualTo(
					"""
							Description:

							Invalid value '432' for configuration property 'spop.listeners.main.permissions' (originating from '"spop.listeners.main.permissions" from property source "commandLineArgs"'). Validation failed for the following reason:

							Permissions are written as 'rw-rw----', or as an octal number such as "0660" that lets the owner read and write; in YAML, put the number in quotes.

							Action:

							Review the value of the property with the provided reason.
							""");
	}

	@Test
	void whenTimeoutIsZeroThenSaysSo(CapturedOutput output) {
		assertFailure(output, "--spop.handler.timeout=0s").isEqualTo(
				"""
						Description:

						Invalid value '0s' for configuration property 'spop.handler.timeout' (originating from '"spop.handler.timeout" from property source "commandLineArgs"'). Validation failed for the following reason:

						It must be more than zero, and shorter than 'timeout processing' of HAProxy.

						Action:

						Review the value of the property with the provided reason.
						""");
	}

	@Test
	void whenMethodCannotWorkThenNamesIt(CapturedOutput output) {
		assertFailure(output, TwoHandlers.class).isEqualTo(
				"""
						Description:

						Message 'test' has two handlers: io.spop.boot.autoconfigure.StartupFailureTests$TwoHandlers.one() of bean 'startupFailureTests.TwoHandlers' and io.spop.boot.autoconfigure.StartupFailureTests$TwoHandlers.other() of bean 'startupFailureTests.TwoHandlers'.

						Action:

						Remove one of them, or give it another name.
						""");
	}

	@Test
	void whenResultIsNothingToSendThenNamesTheMethod(CapturedOutput output) {
		assertFailure(output, ReturnsFlux.class).isEqualTo(
				"""
						Description:

						io.spop.boot.autoconfigure.StartupFailureTests$ReturnsFlux.handle() returns reactor.core.publisher.Flux<io.spop.protocol.Actions>.

						Action:

						Let it return void, Actions, a record or bean with @SpopVar members, a Map<String, ?>, or an Optional, Mono or CompletionStage of one of these.
						""");
	}

	@Test
	void whenErrorVariableHasAWrongNameThenSaysSo(CapturedOutput output) {
		assertFailure(output, "--spop.handler.error-variable.name=my-error").contains(
				"Invalid value 'my-error' for configuration property 'spop.handler.error-variable.name'",
				"The name of a variable consists of A-Z a-z 0-9 _ and . only, else HAProxy ignores it: 'my-error'");
	}

	@ParameterizedTest
	@CsvSource({ "max-size=0,It must be at least 1.", "queue-capacity=-1,It must not be negative.",
			"keep-alive=0,It must be more than zero." })
	void whenPoolCannotBeThenSaysSo(String property, String reason, CapturedOutput output) {
		assertFailure(output, "--spop.handler.pool." + property).contains(
				"for configuration property 'spop.handler.pool." + property.substring(0, property.indexOf('=')) + "'",
				reason);
	}

	@Test
	void whenCharsetDoesNotExistThenSaysSo(CapturedOutput output) {
		assertFailure(output, "--spop.handler.charset=nope").contains(
				"Failed to bind properties under" + " 'spop.handler.charset' to java.nio.charset.Charset", "nope");
	}

	@Test
	void whenListenerOfMethodDoesNotExistThenSaysSo(CapturedOutput output) {
		assertFailure(output, OneListener.class, "--spop.listeners.main.port=0", "--listener=mian").isEqualTo(
				"""
						Description:

						io.spop.boot.autoconfigure.StartupFailureTests$OneListener.handle() of bean 'startupFailureTests.OneListener' handles messages of listener 'mian', which does not exist. The agent has main.

						Action:

						Correct the name, or add the listener with a property below 'spop.listeners.mian'.
						""");
	}

	@Test
	void whenPropertyDoesNotExistThenSaysSo(CapturedOutput output) {
		assertFailure(output, "--spop.handler.timout=8ms").contains("Property: spop.handler.timout",
				"The elements [spop.handler.timout] were left unbound.", "Update your application's configuration");
	}

	@Test
	void whenTwoListenersHaveTheSamePortThenSaysSo(CapturedOutput output) {
		assertFailure(output, "--spop.listeners.main.port=1234", "--spop.listeners.other.address=0.0.0.0",
				"--spop.listeners.other.port=1234")
			.contains("Invalid value '1234' for configuration property 'spop.listeners.", " listens there, too.");
	}

	@Test
	void whenListenerHasAValueOfItsOwnThenSaysSo(CapturedOutput output) {
		assertFailure(output, "--spop.listeners.main=12345")
			.contains("Failed to bind properties under 'spop.listeners.main'");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '"',
			textBlock = """
					spop.handler.timeout=300000d                | It must be less than 100 years.
					spop.handler.timeout=8 msec                 | '8 msec' is not a valid duration
					spop.handler.charset=latin-none             | java.nio.charset.UnsupportedCharsetException: latin-none
					spop.handler.execution=fast                 | NON_BLOCKING
					spop.handler.error-variable.name=not valid  | The name of a variable consists of A-Z a-z 0-9 _ and . only
					spop.handler.error-variable.scope=server    | TRANSACTION
					spop.handler.pool.max-size=0                | It must be at least 1.
					spop.handler.pool.max-size=many             | failed to convert java.lang.String to int
					spop.handler.pool.queue-capacity=-1         | It must not be negative.
					spop.handler.pool.keep-alive=0              | It must be more than zero.
					spop.handler.pool.keep-alive=300000d        | It must be less than 100 years.
					spop.frame.max-size=255                     | A max-frame-size is 256 to 1073741824, not 255
					spop.frame.max-size=-3GB                    | It must not be negative.
					spop.frame.max-size=2GB                     | It must be less than 2 GB.
					spop.frame.max-size=16 bytes                | does not match data size pattern
					spop.frame.max-hello-size=1                 | A HELLO needs 256 bytes or more, not 1
					spop.frame.timeout=-1s                      | The frame timeout must be more than zero
					spop.frame.fragmentation=perhaps            | Invalid boolean value 'perhaps'
					spop.connection.handshake-timeout=0         | The handshake timeout must be more than zero
					spop.connection.idle-timeout=-1s            | The idle timeout must not be negative
					spop.connection.max-age=-1s                 | The age of a connection must not be negative
					spop.connection.write-timeout=0             | The write timeout must be more than zero
					spop.connection.high-water-mark=0           | The high-water mark is at least 1 byte
					spop.connection.max-in-flight=0             | At least 1 frame must be in flight
					spop.connection.max-connections=0           | A listener needs at least 1 connection
					spop.connection.backlog=0                   | The backlog is at least 1
					spop.connection.pipelining=perhaps          | Invalid boolean value 'perhaps'
					spop.connection.fill-empty-ack=perhaps      | Invalid boolean value 'perhaps'
					spop.shutdown.pre-drain-delay=-1s           | It must not be negative
					spop.shutdown.grace-period=40000d           | less than 100 years
					spop.enabled=perhaps                        | Invalid boolean value 'perhaps'
					spop.observations.enabled=perhaps           | Invalid boolean value 'perhaps'
					spop.listeners.main.port=65536              | A port is 0 to 65535.
					spop.listeners.main.port=spop               | failed to convert java.lang.String to java.lang.Integer
					spop.listeners.main.address=::g             | invalid IPv6 address literal
					spop.listeners.main.path=/                  | '/' exists and is not a socket.
							spop.listeners.main.permissions=rw-rw-rw-   | This property is for UNIX sockets only. Remove it, or set 'spop.listeners.main.path'
							spop.listeners.main.owner=root              | This property is for UNIX sockets only.
							spop.listeners.main.group=root              | This property is for UNIX sockets only.
							spop.listeners.main.allow=                  | Give at least one address: without one, nobody could connect.
							spop.listeners.main.allow=10.0.0.0/33       | The number after the '/' in '10.0.0.0/33' is 0 to 32.
							spop.listeners.main.allow=::1,10.0.0.0/x    | A number has to follow the '/' in '10.0.0.0/x'.
							spop.listeners.main.allow=haproxy.internal  | 'haproxy.internal' is not an IP address or network: write it as
							spop.listeners.main.ssl.client-auth=need    | Without TLS, clients have no certificate. Set 'spop.listeners.main.ssl.bundle'
							spop.listeners.main.ssl.client-auth=must    | NEED
							spop.listeners.main.ssl.bundle=nope         | There is no SSL bundle of this name. There are [].
					""")
	void whenValueIsWrongThenNamesThePropertyAndSaysWhy(String property, String reason, CapturedOutput output) {
		String name = property.substring(0, property.indexOf('='));
		String[] args = (name.endsWith(".path") || name.endsWith(".port")) ? new String[] { "--" + property }
				: new String[] { "--" + property, "--spop.listeners.main.port=0" };
		assertFailure(output, args).contains(reason, "Action:")
			.containsAnyOf("'" + name + "'", "listener 'main' cannot be opened");
	}

	@ParameterizedTest
	@CsvSource({ "allow=127.0.0.1", "ssl.bundle=main", "ssl.client-auth=need" })
	void whenUnixSocketHasWhatIsForTcpThenNamesPermissions(String property, CapturedOutput output) {
		assertFailure(output, "--spop.listeners.main.path=" + this.folder.resolve("s"),
				"--spop.listeners.main." + property)
			.contains(
					"for configuration property 'spop.listeners.main." + property.substring(0, property.indexOf('='))
							+ "'",
					"This property is for TCP listeners only. Remove it, and let 'spop.listeners.main.permissions'");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			owner=nobody-of-this-name | There is no user 'nobody-of-this-name' on this machine.  | Create it
			group=nobody-of-this-name | There is no group 'nobody-of-this-name' on this machine. | Create it
			""")
	void whenUserOrGroupDoesNotExistThenSaysSo(String property, String reason, String remedy, CapturedOutput output) {
		assertFailure(output, "--spop.listeners.main.path=" + this.folder.resolve("s"),
				"--spop.listeners.main." + property)
			.contains("SPOP listener 'main' cannot be opened: " + reason, remedy);
		assertThat(this.folder).isEmptyDirectory();
	}

	@Test
	void whenGroupMayNotWriteThenSaysSo(CapturedOutput output) throws IOException {
		Object group = Files.getAttribute(this.folder, "unix:gid");
		assertFailure(output, "--spop.listeners.main.path=" + this.folder.resolve("s"),
				"--spop.listeners.main.group=" + group, "--spop.listeners.main.permissions=rw-r--rw-")
			.contains("Its group '" + group + "' has no permission to write to the socket", "such as rw-rw----.");
		assertThat(this.folder).isEmptyDirectory();
	}

	@Test
	void whenBundleHasNoTrustStoreThenClientAuthSaysSo(CapturedOutput output) throws IOException {
		certificates.write(this.folder, "agent", "agent");
		assertFailure(output, Tls.class,
				bundle("keystore.certificate=" + this.folder.resolve("agent.crt"),
						"keystore.private-key=" + this.folder.resolve("agent.key")))
			.contains("for configuration property 'spop.listeners.main.ssl.bundle'",
					"SSL bundle 'main' does not say which certificates of clients are good: give it a trust store");
	}

	@Test
	void whenBundleHasNoKeyStoreThenSaysSo(CapturedOutput output) throws IOException {
		certificates.write(this.folder, "agent", "agent");
		assertFailure(output, Tls.class, bundle("truststore.certificate=" + this.folder.resolve("ca.crt")))
			.contains("SSL bundle 'main' has no certificate for the agent: give it a key store.");
	}

	@Test
	void whenKeyIsNotThatOfTheCertificateThenSaysSo(CapturedOutput output) throws IOException {
		certificates.write(this.folder, "agent", "agent");
		certificates.write(this.folder, "other", "other");
		assertFailure(output, Tls.class,
				bundle("keystore.certificate=" + this.folder.resolve("agent.crt"),
						"keystore.private-key=" + this.folder.resolve("other.key"),
						"truststore.certificate=" + this.folder.resolve("ca.crt")))
			.contains("'spop.listeners.main.ssl.bundle'", "ignature");
	}

	@Test
	void whenProtocolDoesNotExistThenSaysSo(CapturedOutput output) throws IOException {
		certificates.write(this.folder, "agent", "agent");
		assertFailure(output, Tls.class,
				bundle("keystore.certificate=" + this.folder.resolve("agent.crt"),
						"keystore.private-key=" + this.folder.resolve("agent.key"),
						"truststore.certificate=" + this.folder.resolve("ca.crt"), "options.enabled-protocols=TLSv9"))
			.contains("'spop.listeners.main.ssl.bundle'", "TLSv9");
	}

	@Test
	void whenCertificateIsMissingThenSaysSo(CapturedOutput output) {
		assertFailure(output, Tls.class, bundle("keystore.certificate=" + this.folder.resolve("missing.crt")))
			.contains("missing.crt");
	}

	private static String[] bundle(String... properties) {
		return Stream.concat(Stream.of(properties).map((property) -> "--spring.ssl.bundle.pem.main." + property),
				Stream.of("--spop.listeners.main.port=0", "--spop.listeners.main.ssl.bundle=main",
						"--spop.listeners.main.ssl.client-auth=need"))
			.toArray(String[]::new);
	}

	@Test
	void whenFragmentsHaveNoSizeThenSaysSo(CapturedOutput output) {
		assertFailure(output, "--spop.frame.fragmentation=true", "--spop.frame.max-fragmented-size=0")
			.contains("It must be more than zero while 'spop.frame.fragmentation' is true.");
	}

	@Test
	void whenOwnAgentHasNoListenerThenSaysWhatToDo(CapturedOutput output) {
		assertFailure(output, OwnAgent.class).contains("The SpopAgent bean has no listener.",
				"Give it one with SpopAgent.listener(...), or remove the bean");
	}

	@Test
	void whenHaproxysConfigurationHasFindingsThenListsThem(CapturedOutput output) {
		Path file = this.folder.resolve("haproxy.cfg");
		assertFailure(output, "--spop.haproxy.check=" + file, "--spop.haproxy.on-finding=fail").isEqualTo("""
				Description:

				HAProxy's configuration does not fit the application:

				    %s:1: error: There is no file %s. Correct the path, or make the file. [file-missing]

				Action:

				Correct the configuration, or set 'spop.haproxy.on-finding' to 'warn' to start all the same.
				""".formatted(file, file));
	}

	private static AbstractStringAssert<?> assertFailure(CapturedOutput output, String... args) {
		return assertFailure(output, Application.class, args);
	}

	private static AbstractStringAssert<?> assertFailure(CapturedOutput output, Class<?> application, String... args) {
		assertThatException().isThrownBy(() -> run(application, args));
		String text = output.getOut();
		int start = text.indexOf("Description:", text.indexOf("APPLICATION FAILED TO START"));
		assertThat(start).isPositive();
		return assertThat(text.substring(start).stripTrailing() + "\n");
	}

	private static void run(Class<?> source, String... args) {
		SpringApplication application = new SpringApplication(source);
		application.setWebApplicationType(WebApplicationType.NONE);
		application.run(args);
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class })
	static class Application {

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(SslAutoConfiguration.class)
	static class Tls extends Application {

	}

	@Configuration(proxyBeanMethods = false)
	static class OneListener extends Application {

		@SpopMessage(name = "test", listeners = "${listener}")
		Actions handle() {
			return Actions.none();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnAgent extends Application {

		@Bean
		SpopAgent agent() {
			return SpopAgent.create();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoHandlers extends Application {

		@SpopMessage("test")
		Actions one() {
			return Actions.none();
		}

		@SpopMessage("test")
		Actions other() {
			return Actions.none();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ReturnsFlux extends Application {

		@SpopMessage("test")
		Flux<Actions> handle() {
			return Flux.empty();
		}

	}

}
