package io.spop.recipes.bot;

import java.util.ArrayList;
import java.util.List;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.spop.boot.test.autoconfigure.LocalSpopPort;
import io.spop.recipes.Recipe;
import io.spop.recipes.RecipeTest;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import org.springframework.beans.factory.annotation.Autowired;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The score of a client behind HAProxy.
 */
@RecipeTest
class BotScoreIT {

	private static final String[] BROWSER = { "User-Agent", "Mozilla/5.0", "Accept-Language", "en" };

	private static final String[] TOOL = { "User-Agent", "curl/8.5.0" };

	@Parameter
	HaproxyBinary binary;

	@Autowired
	private MeterRegistry meters;

	@Test
	void whenClientIsABotThenItIsDeniedInTheEnd(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("stick-table", this.binary, agent)) {
			// 30 for each
			assertThat(statuses(recipe, 4, TOOL)).containsExactly(200, 200, 200, 429);
			long calls = calls();
			// Whatever else it sends, and without the agent
			assertThat(statuses(recipe, 2, BROWSER)).containsExactly(429, 429);
			assertThat(calls()).isEqualTo(calls);
		}
	}

	@Test
	void whenClientIsABrowserThenItPasses(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("stick-table", this.binary, agent)) {
			assertThat(statuses(recipe, 20, BROWSER)).containsOnly(200);
			assertThat(recipe.get("/wp-login.php", BROWSER).statusCode()).isEqualTo(200);
			assertThat(recipe.get("/.env", BROWSER).statusCode()).isEqualTo(429);
		}
	}

	@Test
	void whenAgentIsNotThereThenClientsPass() throws Exception {
		try (Recipe recipe = Recipe.startWithoutAgent("stick-table", this.binary)) {
			assertThat(statuses(recipe, 5, TOOL)).containsOnly(200);
		}
	}

	private long calls() {
		return this.meters.find("spop.message").tag("message", "bot").timers().stream().mapToLong(Timer::count).sum();
	}

	private static List<Integer> statuses(Recipe recipe, int requests, String... headers) throws Exception {
		List<Integer> statuses = new ArrayList<>();
		for (int i = 0; i < requests; i++) {
			statuses.add(recipe.get("/", headers).statusCode());
		}
		return statuses;
	}

}
