package io.spop.recipes.waf;

import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

import io.spop.agent.SpopInterceptor;
import io.spop.boot.test.autoconfigure.LocalSpopPort;
import io.spop.protocol.HeaderBlock;
import io.spop.protocol.SpopValue;
import io.spop.recipes.Recipe;
import io.spop.recipes.RecipeTest;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.TestPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The inspection behind HAProxy: what becomes of a request, elsewhere and at /admin.
 */
@RecipeTest
@TestPropertySource(properties = "spop.handler.timeout=3s")
@Import(RequestInspectionIT.Misbehaviour.class)
class RequestInspectionIT {

	private static final String BEYOND_BUFFER = "a".repeat(40_000);

	@Parameter
	HaproxyBinary binary;

	@LocalSpopPort
	int agent;

	@Test
	void whenRequestIsHarmlessThenItPasses() throws Exception {
		try (Recipe recipe = start()) {
			assertThat(recipe.get("/shop?q=chairs&page=2")).satisfies(RequestInspectionIT::passedElsewhere);
			assertThat(recipe.get("/admin/users?q=100%25+%24")).satisfies(RequestInspectionIT::passedAtAdmin);
			assertThat(post(recipe, "/shop", "{\"q\":\"chairs\"}")).satisfies(RequestInspectionIT::passedElsewhere);
			assertThat(post(recipe, "/admin", "{\"q\":\"chairs\"}")).satisfies(RequestInspectionIT::passedAtAdmin);
			assertThat(post(recipe, "/admin", "")).satisfies(RequestInspectionIT::passedAtAdmin);
			assertThat(recipe.get("/shop;page=2/a..b/..c;/.d?q=/;x")).satisfies(RequestInspectionIT::passedElsewhere);
			assertThat(recipe.sendRaw("GET http://shop.example/")).startsWith("HTTP/1.1 200 ");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "/shop", "/admin" })
	void whenRequestLooksLikeAnAttackThenItIsRefused(String path) throws Exception {
		try (Recipe recipe = start()) {
			assertThat(recipe.send(recipe.request(path).method("TRACK", BodyPublishers.noBody())).statusCode())
				.isEqualTo(403);
			assertThat(recipe.get(path + "/%2e%2e/secret").statusCode()).isEqualTo(403);
			for (String parameter : new String[] { "/..;/x", "/..;x=y/x", "/..%3b/x", "/%2e%2E;", "/;/x", "/.;/x" }) {
				assertThat(recipe.get(path + parameter).statusCode()).as(parameter).isEqualTo(403);
			}
			assertThat(recipe.get(path + "?id=1+UNION%20select+password").statusCode()).isEqualTo(403);
			assertThat(recipe.get(path, "User-Agent", "${jndi:ldap://example.com}").statusCode()).isEqualTo(403);
			assertThat(post(recipe, path, "comment=%3Cscript%3E").statusCode()).isEqualTo(403);
			assertThat(post(recipe, path, "<script>" + BEYOND_BUFFER).statusCode()).isEqualTo(403);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "OPTIONS *", "OPTIONS http://shop.example", "CONNECT shop.example:80",
			"GET http://shop.example?q=%3Cscript", "GET http://shop.example\r\nUser-Agent: ${jndi:ldap://example.com}",
			"TRACE http://shop.example" })
	void whenRequestHasNoPathThenItIsRefused(String request) throws Exception {
		try (Recipe recipe = start()) {
			// HAProxy itself answers some of them, with 400
			assertThat(recipe.sendRaw(request)).matches("(?s)HTTP/1.1 (403|400) .*");
		}
	}

	@Test
	void whenBodyIsCutThenItPassesElsewhereOnly() throws Exception {
		try (Recipe recipe = start()) {
			assertThat(post(recipe, "/shop", BEYOND_BUFFER)).satisfies(RequestInspectionIT::passedElsewhere);
			assertThat(post(recipe, "/admin", BEYOND_BUFFER).statusCode()).isEqualTo(413);
		}
	}

	@Test
	void whenBodyHasNoLengthThenItPassesElsewhereOnly() throws Exception {
		try (Recipe recipe = start()) {
			assertThat(recipe.send(inChunks(recipe, "/shop"))).satisfies(RequestInspectionIT::passedElsewhere);
			assertThat(recipe.send(inChunks(recipe, "/admin")).statusCode()).isEqualTo(413);
		}
	}

	@Test
	void whenMessageIsTooBigThenItPassesElsewhereOnly() throws Exception {
		try (Recipe recipe = Recipe.start("request-inspection", this.binary, this.agent,
				(text) -> text.replace("use-backend", "max-frame-size 2048\n    use-backend"))) {
			String body = "a".repeat(4_000);
			assertThat(post(recipe, "/shop", body)).satisfies(RequestInspectionIT::passedElsewhere);
			assertThat(post(recipe, "/admin", body).statusCode()).isEqualTo(503);
			recipe.haproxy().awaitLog("200 POST /shop verdict=- error=3");
			recipe.haproxy().awaitLog("503 POST /admin verdict=- error=3");
		}
	}

	@Test
	void whenAgentIsNotThereThenRequestPassesElsewhereOnly() throws Exception {
		try (Recipe recipe = Recipe.startWithoutAgent("request-inspection", this.binary)) {
			assertThat(recipe.get("/shop")).satisfies(RequestInspectionIT::passedElsewhere);
			assertThat(recipe.get("/admin").statusCode()).isEqualTo(503);
			// 257, or 1 up to HAProxy 3.0, which tries to connect until its time is over
			assertThat(recipe.haproxy().awaitLog("503 GET /admin verdict=- error=")).doesNotContain("error=-");
		}
	}

	@Test
	void whenHandlerFailsThenRequestPassesElsewhereOnly() throws Exception {
		try (Recipe recipe = start()) {
			assertThat(recipe.get("/shop", "X-Test", "fail")).satisfies(RequestInspectionIT::passedElsewhere);
			assertThat(recipe.get("/admin", "X-Test", "fail").statusCode()).isEqualTo(503);
			recipe.haproxy().awaitLog("503 GET /admin verdict=- error=-");
		}
	}

	@Test
	void whenHandlerIsLateThenRequestPassesElsewhereOnly() throws Exception {
		try (Recipe recipe = start()) {
			assertThat(recipe.get("/shop", "X-Test", "late")).satisfies(RequestInspectionIT::passedElsewhere);
			assertThat(recipe.get("/admin", "X-Test", "late").statusCode()).isEqualTo(503);
			recipe.haproxy().awaitLog("503 GET /admin verdict=- error=-");
		}
	}

	@Test
	void whenAgentIsLaterThanHaproxyWaitsThenRequestPassesElsewhereOnly() throws Exception {
		try (Recipe recipe = Recipe.start("request-inspection", this.binary, this.agent,
				(text) -> text.replace("timeout processing 10s", "timeout processing 200ms"))) {
			assertThat(recipe.get("/shop", "X-Test", "late")).satisfies(RequestInspectionIT::passedElsewhere);
			assertThat(recipe.get("/admin", "X-Test", "late").statusCode()).isEqualTo(503);
			recipe.haproxy().awaitLog("503 GET /admin verdict=- error=1");
		}
	}

	private Recipe start() {
		return Recipe.start("request-inspection", this.binary, this.agent);
	}

	private static HttpResponse<String> post(Recipe recipe, String path, String body) throws Exception {
		return recipe.send(recipe.request(path).POST(BodyPublishers.ofString(body)));
	}

	private static HttpRequest.Builder inChunks(Recipe recipe, String path) {
		return recipe.request(path)
			.POST(BodyPublishers
				.ofInputStream(() -> new ByteArrayInputStream("harmless".getBytes(StandardCharsets.UTF_8))));
	}

	private static void passedElsewhere(HttpResponse<String> response) {
		assertThat(response.headers().firstValue("X-Application")).hasValue("8080");
	}

	private static void passedAtAdmin(HttpResponse<String> response) {
		assertThat(response.headers().firstValue("X-Application")).hasValue("8081");
	}

	@TestConfiguration
	static class Misbehaviour {

		@Bean
		SpopInterceptor misbehaviour() {
			return (exchange, next) -> {
				SpopValue headers = exchange.messages().get(0).arguments().get("headers");
				String test = (headers != null) ? HeaderBlock.of(headers).get("X-Test") : null;
				if ("fail".equals(test)) {
					return Mono.error(new IllegalStateException("The test wants it to fail"));
				}
				return "late".equals(test) ? Mono.never() : next.handle(exchange);
			};
		}

	}

}
