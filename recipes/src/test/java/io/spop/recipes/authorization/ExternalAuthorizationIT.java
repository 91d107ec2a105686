package io.spop.recipes.authorization;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import io.spop.boot.test.autoconfigure.LocalSpopPort;
import io.spop.recipes.Recipe;
import io.spop.recipes.RecipeTest;
import io.spop.test.haproxy.HaproxyBinary;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * External authorization behind HAProxy, by an HTTP server of the test. What the server
 * answers depends on the path of the request.
 */
@RecipeTest
@DirtiesContext
@ExtendWith(OutputCaptureExtension.class)
class ExternalAuthorizationIT {

	private static final ExecutorService threads = Executors.newCachedThreadPool();

	private static final CountDownLatch end = new CountDownLatch(1);

	private static final HttpServer service = newServer();

	private static volatile @Nullable Headers asked;

	@Parameter
	HaproxyBinary binary;

	@DynamicPropertySource
	static void service(DynamicPropertyRegistry registry) {
		service.setExecutor(threads);
		service.createContext("/authorize", (exchange) -> {
			asked = exchange.getRequestHeaders();
			String path = exchange.getRequestHeaders().getFirst("X-Original-URI").replaceFirst("\\?.*", "");
			Headers answer = exchange.getResponseHeaders();
			answer.add("Location", "https://login.example/?from=" + path);
			answer.add("WWW-Authenticate", "Basic realm=\"shop\"");
			answer.add("X-Secret", "of the service");
			if (!path.equals("/anonymous")) {
				answer.add("X-User", "alice");
			}
			if (path.equals("/slow")) {
				await(end);
			}
			exchange.sendResponseHeaders(path.matches("/\\d+") ? Integer.parseInt(path.substring(1)) : 200, -1);
			exchange.close();
		});
		service.start();
		registry.add("recipes.external-authorization.url",
				() -> "http://127.0.0.1:" + service.getAddress().getPort() + "/authorize");
		registry.add("recipes.external-authorization.timeout", () -> "3s");
		registry.add("recipes.external-authorization.deadline", () -> "9s");
	}

	@AfterAll
	static void stopService() {
		end.countDown();
		service.stop(0);
		threads.shutdown();
	}

	@Test
	void whenServiceAllowsThenTheApplicationGetsItsHeaders(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("external-authorization", this.binary, agent)) {
			HttpResponse<String> response = recipe.send(recipe.request("/cart?item=1&x=%20")
				.headers("Authorization", "Digest username=\"a\", realm=\"b\"", "Cookie", "a=b; c=d", "X-User",
						"mallory", "X-Other", "o")
				.PUT(HttpRequest.BodyPublishers.ofString("body")));
			assertThat(response.statusCode()).isEqualTo(200);
			assertThat(response.body()).contains("X-user: alice\n", "PUT /cart?item=1&x=%20\n", "\n\nbody")
				.doesNotContain("mallory", "of the service", "login.example");
			assertThat(asked).containsEntry("X-original-method", List.of("PUT"))
				.containsEntry("X-original-uri", List.of("/cart?item=1&x=%20"))
				.containsEntry("X-forwarded-for", List.of("127.0.0.1"))
				.containsEntry("Authorization", List.of("Digest username=\"a\", realm=\"b\""))
				.containsEntry("Cookie", List.of("a=b; c=d"))
				.doesNotContainKeys("X-user", "X-other", "Upgrade");
			assertThat(recipe.get("/201").statusCode()).isEqualTo(200);
			assertThat(asked).doesNotContainKeys("Authorization", "Cookie");
			HttpResponse<String> anonymous = recipe.get("/anonymous", "X-User", "mallory");
			assertThat(anonymous.statusCode()).isEqualTo(200);
			assertThat(anonymous.body()).doesNotContain("X-user");
		}
	}

	@Test
	void whenClientSendsXUserInAnotherSpellingThenTheApplicationDoesNotGetIt(@LocalSpopPort int agent)
			throws Exception {
		try (Recipe recipe = Recipe.start("external-authorization", this.binary, agent)) {
			assertThat(recipe.sendRaw("GET /anonymous\r\nx-user: mallory\r\nX_User: mallory\r\nx_USER: mallory"))
				.startsWith("HTTP/1.1 200 ")
				.doesNotContain("mallory");
		}
	}

	@Test
	void whenHeaderIsNotAsciiThenItIsSentWithoutThatAndIsNotLogged(@LocalSpopPort int agent, CapturedOutput output)
			throws Exception {
		try (Recipe recipe = Recipe.start("external-authorization", this.binary, agent)) {
			assertThat(
					recipe.sendRaw("GET /cart\r\nCookie: city=Łódź; a=b\r\nAuthorization: Basic secret\u00fc\u0001x"))
				.startsWith("HTTP/1.1 200 ");
			assertThat(asked).containsEntry("Cookie", List.of("city=??d?; a=b"))
				.containsEntry("Authorization", List.of("Basic secret??x"));
			assertThat(output.getAll() + recipe.haproxy().log()).doesNotContain("city=", "secret");
		}
	}

	@Test
	void whenServiceRefusesThenTheClientGetsItsStatusAndHeaders(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("external-authorization", this.binary, agent)) {
			HttpResponse<String> unauthorized = recipe.get("/401");
			assertThat(unauthorized.statusCode()).isEqualTo(401);
			assertThat(unauthorized.headers().firstValue("WWW-Authenticate")).hasValue("Basic realm=\"shop\"");
			assertThat(unauthorized.headers().firstValue("Location")).hasValue("https://login.example/?from=/401");
			HttpResponse<String> forbidden = recipe.get("/403");
			assertThat(forbidden.statusCode()).isEqualTo(403);
			assertThat(forbidden.headers().firstValue("Location")).hasValue("https://login.example/?from=/403");
			assertThat(forbidden.headers().firstValue("X-Application")).isEmpty();
		}
	}

	@Test
	void whenServiceFailsThenRequestsAreRefused(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("external-authorization", this.binary, agent)) {
			for (String path : new String[] { "/302", "/400", "/404", "/500", "/slow" }) {
				HttpResponse<String> response = recipe.get(path);
				assertThat(response.statusCode()).as(path).isEqualTo(503);
				assertThat(response.headers().firstValue("X-Application")).as(path).isEmpty();
			}
		}
	}

	@Test
	void whenReadingIsOpenThenOnlyReadingIs(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("external-authorization", this.binary, agent,
				(text) -> text.replace("deny_status 503 unless { var(txn.auth.status) -m int 200 }",
						"deny_status 503 if !{ method GET HEAD } !{ var(txn.auth.status) -m int 200 }"))) {
			assertThat(recipe.get("/500", "X-User", "mallory").body()).startsWith("GET /500").doesNotContain("X-user");
			assertThat(recipe.get("/403").statusCode()).isEqualTo(403);
			assertThat(recipe.send(recipe.request("/500").DELETE()).statusCode()).isEqualTo(503);
			assertThat(recipe.send(recipe.request("/200").DELETE()).statusCode()).isEqualTo(200);
		}
	}

	@Test
	void whenAgentIsNotThereThenRequestsAreRefused() throws Exception {
		try (Recipe recipe = Recipe.startWithoutAgent("external-authorization", this.binary)) {
			assertThat(recipe.get("/").statusCode()).isEqualTo(503);
		}
	}

	private static HttpServer newServer() {
		try {
			return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
