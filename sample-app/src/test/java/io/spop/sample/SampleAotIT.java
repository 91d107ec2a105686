package io.spop.sample;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.spop.test.AotApplication;
import io.spop.test.EnabledIfHaproxy;
import io.spop.test.haproxy.Haproxy;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The sample, processed ahead of time without arguments, and started on the JVM behind a
 * HAProxy.
 */
@EnabledIfHaproxy
@Timeout(240)
class SampleAotIT {

	@TempDir
	private Path folder;

	private Path socket;

	@BeforeEach
	void openFolder() throws IOException {
		// HAProxy runs as another user
		Files.setPosixFilePermissions(this.folder, PosixFilePermissions.fromString("rwxr-xr-x"));
		this.socket = this.folder.resolve("spoa.sock");
	}

	@Test
	void whenProcessedAheadOfTimeThenItAnswersAsBefore() throws Exception {
		try (AotApplication application = AotApplication.start(SampleApplication.class, arguments())) {
			try (Haproxy haproxy = startHaproxy(application)) {
				HttpResponse<String> response = get(haproxy.uri());
				assertThat(response.body()).isEqualTo("Hello");
				assertThat(response.headers().map()).containsEntry("x-spoe_var_tcp", List.of("tequila"))
					.containsEntry("x-spoe-var_socket", List.of("tequila"));
				assertThat(response.headers().firstValue("x-spoe-args").orElseThrow())
					.startsWith("answer=42 country=xx lossy=lossy unnamed=first,127.0.0.1,second ");
				assertIsRejected(haproxy, "127.0.0.66");
				assertThat(actuator(application, "spop/handlers")).contains("check-client-ip", "\"success\":");
				assertThat(actuator(application, "health/spop")).contains("\"args\":\"LISTENING\"",
						"\"status\":\"UP\"");
				assertThat(actuator(application, "prometheus")).contains("spop_connections_active{");
			}
			assertThat(application.log()).contains("AOT-processed").doesNotContain("Request from");
			// Spring looks up Network.of by its name
			assertThat(application.metadata())
				.containsPattern("\"type\":\\s*\"io.spop.sample.Network\"[^}]*\"allPublicMethods\":\\s*true");
		}
	}

	@Test
	void whenPropertiesAreSetAtTheStartThenTheyCount() throws Exception {
		try (AotApplication application = AotApplication.start(SampleApplication.class,
				arguments("--spop.enabled=false"))) {
			assertThat(actuator(application, "health/spop")).contains("\"status\":\"UNKNOWN\"");
			assertThat(application.log()).doesNotContain("SPOP listener '").doesNotContain("WARN");

			application.restart(arguments("--spring.profiles.active=development",
					"--sample.reputation.blocked=127.0.0.1/32", "--spop.listeners.more.port=0"));
			application.awaitLog(Pattern.compile("SPOP listener 'more'"));
			try (Haproxy haproxy = startHaproxy(application)) {
				assertIsRejected(haproxy, "127.0.0.1");
				assertThat(get(haproxy, "127.0.0.66")).startsWith("HTTP/1.1 200 ");
			}
			// The profile's log level counts. Spring Boot does not start containers of
			// an application that was processed ahead of time
			assertThat(application.log()).contains("Request from 127.0.0.66").doesNotContain("DockerCompose");
		}
	}

	private String[] arguments(String... more) {
		String[] common = { "--spop.listeners.tcp.port=0", "--spop.listeners.args.port=0",
				"--spop.listeners.unix.path=" + this.socket, "--spop.handler.timeout=9s", "--server.port=0",
				"--spop.shutdown.pre-drain-delay=0s" };
		return Stream.of(common, more).flatMap(Arrays::stream).toArray(String[]::new);
	}

	private Haproxy startHaproxy(AotApplication application) throws IOException {
		// A machine that builds has other things to do than to answer within 10 ms
		String spoe = Files.readString(Path.of("../haproxy/spoe-test.conf"))
			.replace("timeout processing 10ms", "timeout processing 10s");
		int args = port(application, "SPOP listener 'args' on 127.0.0.1:(\\d+)");
		Haproxy haproxy = Haproxy.configuredWith(Path.of("../haproxy/haproxy.cfg"))
			.file("spoe-test.conf", spoe)
			.variable("SPOE_CONF", "spoe-test.conf")
			.bind("SPOE_BIND")
			.agent("SPOP_TCP", port(application, "SPOP listener 'tcp' on 127.0.0.1:(\\d+)"))
			.agent("SPOP_SOCKET", this.socket)
			.agent("SPOP_ARGS", args)
			.startProcess();
		haproxy.awaitUp();
		return haproxy;
	}

	private static int port(AotApplication application, String line) {
		return Integer.parseInt(application.awaitLog(Pattern.compile(line)).group(1));
	}

	private static String actuator(AotApplication application, String path) throws Exception {
		int port = port(application, "Tomcat started on port (\\d+)");
		return get(URI.create("http://127.0.0.1:" + port + "/actuator/" + path)).body();
	}

	private static HttpResponse<String> get(URI uri) throws Exception {
		HttpRequest request = HttpRequest.newBuilder(uri).header("CF-IPCountry", "xx").build();
		return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
	}

	private static String get(Haproxy haproxy, String client) throws IOException {
		try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), haproxy.port("SPOE_BIND"),
				InetAddress.getByName(client), 0)) {
			socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
			return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		}
	}

	private static void assertIsRejected(Haproxy haproxy, String client) throws IOException {
		try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), haproxy.port("SPOE_BIND"),
				InetAddress.getByName(client), 0)) {
			socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
			assertThat(haproxy.awaitLog(client + ":")).contains(" PR-- ");
		}
	}

}
