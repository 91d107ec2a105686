package io.spop.sample;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Objects;

import io.spop.boot.test.autoconfigure.LocalSpopPort;
import io.spop.boot.test.autoconfigure.SpopTestClient;
import io.spop.client.SpopClient;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest(properties = { "spop.listeners.tcp.port=0", "spop.listeners.args.port=0", "spop.handler.timeout=9s" },
		webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
class SampleApplicationTests {

	@TempDir
	private static Path folder;

	@Autowired
	private SpopTestClient client;

	@LocalSpopPort("tcp")
	private int spopPort;

	@LocalServerPort
	private int port;

	@DynamicPropertySource
	static void socket(DynamicPropertyRegistry registry) {
		registry.add("spop.listeners.unix.path", () -> folder.resolve("spoa_agent/spoa.sock").toString());
	}

	@ParameterizedTest
	@ValueSource(strings = { "tcp", "unix" })
	void whenNotifyHasBothMessagesThenBothAreHandled(String listener) {
		this.client.listener(listener)
			.message("check-client-ip")
			.ipArg("ip", "198.51.100.1")
			.message("log-request")
			.ipArg("ip", "198.51.100.1")
			.send()
			.hasVariable(VarScope.SESSION, "ip_score")
			.hasVariable(VarScope.TRANSACTION, "my_var", "tequila");
	}

	@Test
	void whenOperatorsAskThenActuatorAnswers() throws Exception {
		try (SpopClient client = Objects
			.requireNonNull(SpopClient.connect(new InetSocketAddress("127.0.0.1", this.spopPort)).block())) {
			client.notify(NotifyMessage.of("check-client-ip", ip("127.0.0.1"))).block();
			client.notify(NotifyMessage.of("check-client-ip", ip("127.0.0.66"))).block();
			assertThat(get("spop")).contains("\"name\":\"tcp\"", "\"framesReceived\":3",
					"\"message\":\"check-client-ip\"");
			assertThat(get("health")).contains("\"tcp\":\"LISTENING\"", "\"unix\":\"LISTENING\"");
			assertThat(get("metrics")).contains("\"spop.notify\"");
			assertThat(get("prometheus").lines())
				.anyMatch((line) -> line.startsWith("spop_connections_active{listener=\"tcp\"} "))
				.anyMatch((line) -> line.startsWith("spop_message_seconds_count{") && line.contains("check-client-ip"));
		}
	}

	private String get(String endpoint) throws Exception {
		URI uri = URI.create("http://127.0.0.1:" + this.port + "/actuator/" + endpoint);
		HttpResponse<String> response = HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
		assertThat(response.statusCode()).isEqualTo(200);
		return response.body();
	}

	private static Argument ip(String address) throws Exception {
		return new Argument("ip", SpopValue.of(InetAddress.getByName(address)));
	}

}
