package io.spop.recipes.sharedlimit;

import java.util.UUID;

import io.spop.boot.test.autoconfigure.LocalSpopPort;
import io.spop.recipes.Recipe;
import io.spop.recipes.RecipeTest;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import org.springframework.beans.factory.annotation.Autowired;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The limit as it is by default, with one agent and without Redis.
 */
@RecipeTest
class LimitInMemoryIT {

	@Parameter
	HaproxyBinary binary;

	@Autowired
	SharedLimit.Settings settings;

	@Test
	void whenLimitIsReachedThenClientIsDenied(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("shared-limit", this.binary, agent,
				(text) -> text.replace("key=src,ipmask(32,64)", "key=var(txn.client)")
					.replace("    http-request send-spoe-group", """
							http-request set-var(txn.client) req.hdr(client)
							http-request send-spoe-group"""))) {
			// Another one if the test runs again with the same application
			String client = "client " + UUID.randomUUID();
			for (int i = 0; i < this.settings.requests(); i++) {
				assertThat(recipe.get("/", "Client", client).statusCode()).isEqualTo(200);
			}
			assertThat(recipe.get("/", "Client", client)).satisfies((response) -> {
				assertThat(response.statusCode()).isEqualTo(429);
				assertThat(response.headers().firstValueAsLong("Retry-After").orElse(0)).isBetween(1L,
						this.settings.window().toSeconds());
			});
			assertThat(recipe.get("/", "Client", "another " + client).statusCode()).isEqualTo(200);
		}
	}

	@Test
	void whenAgentIsNotThereThenClientsPass() throws Exception {
		try (Recipe recipe = Recipe.startWithoutAgent("shared-limit", this.binary)) {
			assertThat(recipe.get("/").statusCode()).isEqualTo(200);
			assertThat(recipe.haproxy().awaitLog("\"GET / ")).contains("<4>");
		}
	}

}
