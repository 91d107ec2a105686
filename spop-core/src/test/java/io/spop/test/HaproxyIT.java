package io.spop.test;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@EnabledIfHaproxy
class HaproxyIT {

	private static final String CONFIGURATION = """
			global
				log stdout format raw local0
			defaults
				mode http
				log global
				option httplog
				timeout connect 1s
				timeout client 1s
				timeout server 1s
			frontend front
				bind "${FRONT}"
				default_backend back
			frontend end
				bind "${END}"
				http-request return status 200 content-type text/plain string "${GREETING}"
			backend back
				option httpchk
				server end "${END}" check inter 100ms
			""";

	@Test
	void whenConfiguredWithTextThenServes() throws Exception {
		Path folder;
		try (Haproxy haproxy = Haproxy.configuredWith(CONFIGURATION)
			.bind("FRONT")
			.bind("END")
			.variable("GREETING", "Hello")
			.start()) {
			folder = haproxy.path("");
			haproxy.awaitUp();
			URI uri = URI.create("http://127.0.0.1:" + haproxy.port("FRONT"));
			HttpResponse<String> response = HttpClient.newHttpClient()
				.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
			assertThat(response.body()).isEqualTo("Hello");
			assertThat(haproxy.awaitLog("front back/end")).contains("\"GET / HTTP/1.1\"");
			haproxy.command("disable server back/end");
			haproxy.awaitAnswer("show stat", (answer) -> answer.contains("MAINT"));
		}
		assertThat(folder).doesNotExist();
	}

	@Test
	void whenConfigurationIsWrongThenSaysWhatHaproxySays() {
		assertThatIllegalStateException().isThrownBy(() -> Haproxy.configuredWith("nonsense\n").start())
			.withMessageContaining("unknown keyword 'nonsense'");
	}

}
