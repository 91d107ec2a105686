package io.spop.recipes.reputation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;

import io.spop.boot.test.autoconfigure.LocalSpopPort;
import io.spop.recipes.Recipe;
import io.spop.recipes.RecipeTest;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.health.contributor.Status;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The list of networks behind HAProxy.
 */
@RecipeTest
class ReputationListIT {

	@TempDir
	static Path folder;

	@Parameter
	HaproxyBinary binary;

	@Autowired
	private ReputationList list;

	@DynamicPropertySource
	static void properties(DynamicPropertyRegistry registry) {
		registry.add("recipes.reputation-list.file", () -> folder.resolve("networks.txt"));
		registry.add("recipes.reputation-list.refresh-every", () -> "50ms");
	}

	@Test
	void whenFileChangesThenTheListDoes(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = start(agent)) {
			replace("127.0.0.0/8 10");
			awaitStatus(recipe, 403);
			replace("127.0.0.0/8 10\n127.0.0.0/24 50");
			awaitStatus(recipe, 200);
			replace("192.0.2.0/24 10");
			assertThat(recipe.get("/").statusCode()).isEqualTo(200);
		}
	}

	@Test
	void whenFileIsBrokenThenTheOldListStays(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = start(agent)) {
			replace("127.0.0.0/8 10");
			awaitStatus(recipe, 403);
			replace("192.0.2.0/24 10\n192.0.2.0/33");
			awaitHealth(Status.DOWN);
			assertThat(this.list.health().getDetails()).containsEntry("networks", 1)
				.containsEntry("failure", "java.io.IOException: Line 2 is not a network with a score of 0 to 100");
			assertThat(recipe.get("/").statusCode()).isEqualTo(403);
			Files.delete(folder.resolve("networks.txt"));
			await().until(() -> String.valueOf(this.list.health().getDetails().get("failure")).contains("NoSuchFile"));
			assertThat(recipe.get("/").statusCode()).isEqualTo(403);
			replace("192.0.2.0/24 10");
			awaitStatus(recipe, 200);
			assertThat(this.list.health().getStatus()).isEqualTo(Status.UP);
		}
	}

	@Test
	void whenAgentIsNotThereThenClientsPass() throws Exception {
		try (Recipe recipe = Recipe.startWithoutAgent("reputation-list", this.binary)) {
			assertThat(recipe.get("/").statusCode()).isEqualTo(200);
		}
	}

	private Recipe start(int agent) {
		// A score is that of a connection: each request has one of its own
		return Recipe.start("reputation-list", this.binary, agent,
				(text) -> text.replace("option httplog", "option httplog\n    option httpclose"));
	}

	private static void replace(String networks) throws IOException {
		Path written = Files.writeString(folder.resolve("written"), networks);
		Files.move(written, folder.resolve("networks.txt"), StandardCopyOption.ATOMIC_MOVE);
	}

	private static void awaitStatus(Recipe recipe, int status) {
		await().atMost(Duration.ofSeconds(30)).until(() -> recipe.get("/").statusCode() == status);
	}

	private void awaitHealth(Status status) {
		await().atMost(Duration.ofSeconds(30)).until(() -> this.list.health().getStatus().equals(status));
	}

}
