package io.spop.recipes.exchange;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import io.spop.boot.test.autoconfigure.LocalSpopPort;
import io.spop.recipes.Recipe;
import io.spop.recipes.RecipeTest;
import io.spop.test.haproxy.HaproxyBinary;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Requests and responses behind HAProxy.
 */
@RecipeTest
class ExchangesIT {

	@Parameter
	HaproxyBinary binary;

	@ParameterizedTest
	@ValueSource(strings = { "exchange", "exchange-without-store" })
	void whenRequestsComeAtOnceThenEachResponseHasItsOwn(String name, @LocalSpopPort int agent) throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(8);
		try (Recipe recipe = Recipe.start(name, this.binary, agent)) {
			List<Callable<HttpResponse<String>>> requests = IntStream.range(0, 200)
				.<Callable<HttpResponse<String>>>mapToObj((i) -> () -> recipe.get("/" + i))
				.toList();
			int i = 0;
			for (Future<HttpResponse<String>> response : threads.invokeAll(requests)) {
				assertThat(header(response.get(), "X-Exchange")).matches("GET /" + i++ + ": 200 after \\d+ ms");
			}
		}
		finally {
			threads.shutdownNow();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "exchange", "exchange-without-store" })
	void whenAgentIsNotThereThenTheApplicationAnswers(String name) throws Exception {
		try (Recipe recipe = Recipe.startWithoutAgent(name, this.binary)) {
			HttpResponse<String> response = recipe.get("/");
			assertThat(response.statusCode()).isEqualTo(200);
			assertThat(header(response, "X-Exchange")).isNull();
		}
	}

	@Test
	void whenStateIsNotThatOfTheRequestThenItIsRefused(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("exchange-without-store", this.binary, agent, ExchangesIT::leak)) {
			HttpResponse<String> response = recipe.get("/");
			assertThat(header(response, "X-Exchange")).startsWith("GET /: 200");
			String state = Objects.requireNonNull(header(response, "X-State"));
			assertThat(state).matches("[\\w-]{43} \\d+ GET /");
			assertThat(header(recipe.get("/", "X-State", state), "X-Exchange")).isNull();
			assertThat(header(recipe.get("/", "X-State", "1 GET /admin"), "X-Exchange")).isNull();
			assertThat(header(recipe.get("/", "X-State", "forged"), "X-Exchange")).isNull();
		}
	}

	/**
	 * Tell the client the state, and let it choose another one.
	 */
	private static String leak(String text) {
		return text.replace("state=var(txn.signed.state)", "state=var(txn.chosen)").replace("    unique-id-format", """
				http-request set-var(txn.chosen) var(txn.signed.state)
				http-request set-var(txn.chosen) req.hdr(x-state) if { req.hdr(x-state) -m found }
				http-response set-header X-State %[var(txn.signed.state)]
				unique-id-format""");
	}

	private static @Nullable String header(HttpResponse<String> response, String name) {
		return response.headers().firstValue(name).orElse(null);
	}

}
