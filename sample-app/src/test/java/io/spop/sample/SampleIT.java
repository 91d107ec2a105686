package io.spop.sample;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

import io.spop.boot.test.autoconfigure.LocalSpopPort;
import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.ListenerDescription;
import io.spop.haproxy.write.ConfigurationWriter;
import io.spop.haproxy.write.WrittenConfiguration;
import io.spop.test.EnabledIfHaproxy;
import io.spop.test.haproxy.Haproxy;
import io.spop.test.haproxy.HaproxyBinary;
import io.spop.test.haproxy.HaproxySetup;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The sample behind a HAProxy with the configuration of this repository: in a container
 * where there is an engine, otherwise as a process.
 */
@SpringBootTest(properties = { "spop.listeners.tcp.port=0", "spop.listeners.args.port=0", "spop.handler.timeout=9s" })
@Timeout(120)
class SampleIT {

	@TempDir
	private static Path folder;

	private HaproxySetup setup;

	@DynamicPropertySource
	static void socket(DynamicPropertyRegistry registry) {
		registry.add("spop.listeners.unix.path", () -> socket().toString());
	}

	private static Path socket() {
		return folder.resolve("spoa.sock");
	}

	@BeforeEach
	void setUpHaproxy(@LocalSpopPort("tcp") int port, @LocalSpopPort("args") int argsPort) throws IOException {
		// HAProxy runs as another user
		Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
		// A machine that builds has other things to do than to answer within 10 ms
		String spoe = Files.readString(Path.of("../haproxy/spoe-test.conf"))
			.replace("timeout processing 10ms", "timeout processing 10s");
		this.setup = Haproxy.configuredWith(Path.of("../haproxy/haproxy.cfg"))
			.file("spoe-test.conf", spoe)
			.variable("SPOE_CONF", "spoe-test.conf")
			.bind("SPOE_BIND")
			.agent("SPOP_TCP", port)
			.agent("SPOP_SOCKET", socket())
			.agent("SPOP_ARGS", argsPort);
	}

	private static HttpResponse<String> get(Haproxy haproxy) throws Exception {
		haproxy.awaitUp();
		HttpRequest request = HttpRequest.newBuilder(haproxy.uri()).header("CF-IPCountry", "xx").build();
		return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
	}

	@Test
	void whenClientIsGoodThenBothAgentsSetTheirVariable() throws Exception {
		try (Haproxy haproxy = this.setup.start()) {
			assertIsGood(get(haproxy));
			assertThat(haproxy.command("show servers state")).contains("spoe-test-socket");
		}
	}

	@ParameterizedTest
	@MethodSource("io.spop.test.haproxy.HaproxyProcess#all")
	@EnabledIfHaproxy
	void whenArgumentsHaveNoNameOrTheSameOrOneThatIsNotUtf8ThenAllComeInTheirOrder(HaproxyBinary binary)
			throws Exception {
		try (Haproxy haproxy = this.setup.startProcess(binary)) {
			HttpResponse<String> response = get(haproxy);
			assertIsGood(response);
			assertThat(response.headers().allValues("x-spoe-args")).containsExactly(
					"answer=42 country=xx lossy=lossy unnamed=first,127.0.0.1,second all=answer:42,:first,:127.0.0.1,"
							+ "country:xx,country:shadowed,:second,bad\\u{fffd}:lossy");
			// The score, as the frontend captures it
			assertThat(haproxy.awaitLog("GET / ")).containsPattern(" \\{\\d+\\} ");
		}
	}

	@ParameterizedTest
	@MethodSource("io.spop.test.haproxy.HaproxyProcess#all")
	@EnabledIfHaproxy
	void whenConfigurationIsWrittenFromTheHandlersThenRequestsPassWithIt(HaproxyBinary binary,
			@Autowired AgentDescription handlers, @LocalSpopPort("tcp") int port) throws Exception {
		AgentDescription agent = AgentDescription
			.of(List.of(ListenerDescription.tcp("tcp", "127.0.0.1", port),
					ListenerDescription.unix("unix", socket().toString())), handlers.messages())
			.handlesAll(handlers.handlesAll());
		WrittenConfiguration written = ConfigurationWriter.write(agent, HaproxyVersion.of(binary.version()));
		String main = """
				global
				    log stdout format raw local0
				defaults
				    log global
				    mode http
				    option httplog
				    timeout connect 5s
				    timeout client 30s
				    timeout server 30s
				frontend test
				    bind "${SPOE_BIND}"
				%s
				    tcp-request content reject if { var(sess.spop.ip_score) -m int lt 20 }
				    http-request return status 200 hdr x-my-var %%[var(txn.spop.my_var)] content-type text/plain string Hello
				"""
			.formatted(written.frontend()) + written.backend();
		try (Haproxy haproxy = Haproxy.configuredWith(main)
			.file("spoe.conf", written.spoe())
			.bind("SPOE_BIND")
			.startProcess(binary)) {
			HttpResponse<String> response = get(haproxy);
			assertThat(response.body()).isEqualTo("Hello");
			assertThat(response.headers().allValues("x-my-var")).containsExactly("tequila");
			try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), haproxy.port("SPOE_BIND"),
					InetAddress.getByName("127.0.0.66"), 0)) {
				socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
				assertThat(haproxy.awaitLog("127.0.0.66:")).contains(" PR-- ");
			}
		}
	}

	private static void assertIsGood(HttpResponse<String> response) {
		assertThat(response.body()).isEqualTo("Hello");
		assertThat(response.headers().map()).containsEntry("x-spoe_var_tcp", List.of("tequila"))
			.containsEntry("x-spoe-var_socket", List.of("tequila"));
	}

	@Test
	void whenClientIsBlockedThenItGetsNoAnswer() throws Exception {
		try (Haproxy haproxy = this.setup.start()) {
			haproxy.awaitUp();
			try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), haproxy.port("SPOE_BIND"),
					InetAddress.getByName("127.0.0.66"), 0)) {
				socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
				// Rejected by the proxy
				assertThat(haproxy.awaitLog("127.0.0.66:")).contains(" PR-- ");
			}
		}
	}

}
