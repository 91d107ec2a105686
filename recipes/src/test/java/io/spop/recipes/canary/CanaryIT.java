package io.spop.recipes.canary;

import java.net.http.HttpResponse;

import io.spop.boot.test.autoconfigure.LocalSpopPort;
import io.spop.recipes.Recipe;
import io.spop.recipes.RecipeTest;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The canary behind HAProxy.
 */
@RecipeTest
class CanaryIT {

	@Parameter
	HaproxyBinary binary;

	@Test
	void whenVisitorComesAgainThenTheSameVersionAnswers(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("canary", this.binary, agent)) {
			int visitorsOfNew = 0;
			for (int i = 0; i < 200; i++) {
				String first = application(recipe.get("/", "Cookie", "visitor=" + i));
				assertThat(application(recipe.get("/", "Cookie", "visitor=" + i))).isEqualTo(first);
				visitorsOfNew += first.equals("8081") ? 1 : 0;
			}
			// One in ten
			assertThat(visitorsOfNew).isBetween(10, 30);
		}
	}

	@Test
	void whenAgentIsNotThereThenTheOldVersionAnswers() throws Exception {
		try (Recipe recipe = Recipe.startWithoutAgent("canary", this.binary)) {
			for (int i = 0; i < 20; i++) {
				assertThat(application(recipe.get("/", "Cookie", "visitor=" + i))).isEqualTo("8080");
			}
		}
	}

	private static String application(HttpResponse<String> response) {
		return response.headers().firstValue("X-Application").orElseThrow();
	}

}
