package io.spop.sample;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.ActiveProfiles;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The sample as an IDE runs it, which brings HAProxy up with compose. It needs the ports
 * of the sample and of HAProxy.
 */
@SpringBootTest(
		properties = { "spring.docker.compose.skip.in-tests=false", "spring.docker.compose.file=../docker-compose.yml",
				"spring.docker.compose.stop.command=down", "spop.listeners.unix.path=../spoa_agent/spoa.sock" })
@ActiveProfiles("development")
@DirtiesContext
@EnabledIfSystemProperty(named = "spop.test.engine", matches = "true",
		disabledReason = "Takes an engine with compose, and ports 5000 and 12345")
@Timeout(120)
class SampleDevelopmentIT {

	@Test
	void whenSampleIsDevelopedThenHaproxyIsUp() {
		HttpClient client = HttpClient.newHttpClient();
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:5000/")).build();
		await().atMost(Duration.ofSeconds(30)).ignoreExceptions().untilAsserted(() -> {
			HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
			assertThat(response.headers().map()).containsEntry("x-spoe_var_tcp", List.of("tequila"))
				.containsEntry("x-spoe-var_socket", List.of("tequila"));
		});
	}

}
