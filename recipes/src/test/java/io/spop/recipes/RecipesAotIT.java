package io.spop.recipes;

import java.util.regex.Pattern;

import io.spop.test.AotApplication;
import io.spop.test.EnabledIfHaproxy;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The recipes, processed ahead of time and started on the JVM, behind a HAProxy.
 */
@EnabledIfHaproxy
@Timeout(240)
class RecipesAotIT {

	@Test
	void whenProcessedAheadOfTimeThenHandlersAnswerAsBefore() throws Exception {
		HaproxyBinary binary = Recipe.haproxys().get(0);
		try (AotApplication application = AotApplication.start(RecipesApplication.class, "--spop.listeners.main.port=0",
				"--server.port=0", "--spop.handler.timeout=9s")) {
			int agent = Integer
				.parseInt(application.awaitLog(Pattern.compile("SPOP listener 'main' on 127.0.0.1:(\\d+)")).group(1));
			assertThat(application.log()).contains("AOT-processed");
			try (Recipe recipe = Recipe.start("lua-to-handler", binary, agent)) {
				assertThat(recipe.get("/", "X-API-Key", "k-4711").body()).containsIgnoringCase("X-Plan: gold");
				assertThat(recipe.get("/", "X-API-Key", "k-9999").statusCode()).isEqualTo(401);
			}
			// Its handler takes a record
			try (Recipe recipe = Recipe.start("request-inspection", binary, agent)) {
				assertThat(recipe.get("/").statusCode()).isEqualTo(200);
				assertThat(recipe.get("/?q=%3Cscript%3E").statusCode()).isEqualTo(403);
			}
		}
	}

}
