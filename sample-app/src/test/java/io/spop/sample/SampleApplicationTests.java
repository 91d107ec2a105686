package io.spop.sample;

import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;

import io.spop.agent.BoundSpopAgent;
import io.spop.boot.autoconfigure.SpopAgentStartedEvent;
import io.spop.client.SpopClient;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
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
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.event.EventListener;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest(properties = "spop.listeners.tcp.port=0", webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
class SampleApplicationTests {

	@TempDir
	private static Path folder;

	@Autowired
	private StartedAgent started;

	@LocalServerPort
	private int port;

	@DynamicPropertySource
	static void socket(DynamicPropertyRegistry registry) {
		registry.add("spop.listeners.unix.path", () -> folder.resolve("spoa_agent/spoa.sock").toString());
	}

	@ParameterizedTest
	@ValueSource(strings = { "tcp", "unix" })
	void whenClientIsCheckedThenItsScoreIsSet(String listener) throws Exception {
		assertThat(score(listener, "127.0.0.1")).isBetween(20L, 99L);
		assertThat(score(listener, "127.0.0.66")).isBetween(0L, 19L);
		assertThat(score(listener, "198.51.100.1")).isBetween(0L, 19L);
	}

	@Test
	void whenRequestIsLoggedThenVariableIsSet() throws Exception {
		assertThat(notify("tcp",
				NotifyMessage.of("log-request", ip("127.0.0.1"), new Argument("country", SpopValue.of("xx")),
						new Argument("user_agent", SpopValue.of("curl/8.0")))))
			.isEqualTo(Actions.set(VarScope.TRANSACTION, "my_var", "tequila"));
	}

	@Test
	void whenRequestHasNoHeadersThenVariableIsSet() throws Exception {
		assertThat(notify("tcp",
				NotifyMessage.of("log-request", ip("::1"), new Argument("country", SpopValue.ofNull()),
						new Argument("user_agent", SpopValue.ofNull()))))
			.isEqualTo(Actions.set(VarScope.TRANSACTION, "my_var", "tequila"));
	}

	@Test
	void whenOperatorsAskThenActuatorAnswers() throws Exception {
		try (SpopClient client = SpopClient.connect(this.started.agent.address("tcp")).block()) {
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

	private long score(String listener, String address) throws Exception {
		Action action = notify(listener, NotifyMessage.of("check-client-ip", ip(address))).get(0);
		assertThat(action.scope()).isEqualTo(VarScope.SESSION);
		assertThat(action.name()).isEqualTo("ip_score");
		return ((SpopValue.Int64) ((Action.SetVar) action).value()).value();
	}

	private static Argument ip(String address) throws Exception {
		return new Argument("ip", SpopValue.of(InetAddress.getByName(address)));
	}

	private Actions notify(String listener, NotifyMessage message) {
		SocketAddress address = this.started.agent.address(listener);
		try (SpopClient client = SpopClient.connect(address).block()) {
			return client.notify(message).block();
		}
	}

	@TestConfiguration
	static class StartedAgent {

		private BoundSpopAgent agent;

		@EventListener
		void started(SpopAgentStartedEvent event) {
			this.agent = event.agent();
		}

	}

}
