package io.spop.recipes.canary;

import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

import io.spop.boot.test.autoconfigure.LocalSpopPort;
import io.spop.recipes.Recipe;
import io.spop.recipes.RecipeTest;
import io.spop.recipes.RecipesApplication;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

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
	void whenVisitorIsNewThenItGetsACookieAndKeepsItsVersion(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("canary", this.binary, agent)) {
			Set<String> cookies = new HashSet<>();
			for (int i = 0; i < 50; i++) {
				HttpResponse<String> first = (i % 2 != 0) ? recipe.get("/") : recipe.get("/", "Cookie", "visitor=");
				String cookie = cookie(first).orElseThrow();
				assertThat(cookie).matches("visitor=[0-9a-f-]{36}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly");
				HttpResponse<String> second = recipe.get("/", "Cookie", cookie.replaceFirst(";.*", ""));
				assertThat(application(second)).isEqualTo(application(first));
				assertThat(cookie(second)).isEmpty();
				cookies.add(cookie);
			}
			assertThat(cookies).hasSize(50);
		}
	}

	@Test
	void whenThereAreTwoAgentsThenTheyDecideAlike(@LocalSpopPort int agent) throws Exception {
		try (ConfigurableApplicationContext other = SpringApplication.run(RecipesApplication.class,
				"--spop.listeners.main.port=0", "--server.port=0", "--spop.handler.timeout=9s");
				Recipe recipe = Recipe.start("canary", this.binary, agent);
				Recipe otherRecipe = Recipe.start("canary", this.binary,
						other.getEnvironment().getRequiredProperty("local.spop.main.port", Integer.class))) {
			for (int i = 0; i < 200; i++) {
				assertThat(application(recipe.get("/", "Cookie", "visitor=" + i)))
					.isEqualTo(application(otherRecipe.get("/", "Cookie", "visitor=" + i)));
			}
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

	private static Optional<String> cookie(HttpResponse<String> response) {
		return response.headers().firstValue("Set-Cookie");
	}

	private static String application(HttpResponse<String> response) {
		return response.headers().firstValue("X-Application").orElseThrow();
	}

}
