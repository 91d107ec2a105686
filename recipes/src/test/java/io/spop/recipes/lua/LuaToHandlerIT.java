package io.spop.recipes.lua;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import io.spop.boot.test.autoconfigure.LocalSpopPort;
import io.spop.recipes.Recipe;
import io.spop.recipes.RecipeTest;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * A Lua script and the handler that takes its place, behind the same HAProxy.
 */
@RecipeTest
class LuaToHandlerIT {

	private static final Path FOLDER = Path.of("src/main/haproxy/lua-to-handler");

	private static final List<String> ANSWERS = List.of("200 gold 100", "200 free 10", "401", "401", "401");

	@Parameter
	HaproxyBinary binary;

	@Test
	void whenScriptDecidesThenAnswersAreThese() throws Exception {
		assumeTrue(hasLua(), () -> this.binary + " has no Lua");
		String after = Files.readString(FOLDER.resolve("haproxy.cfg"));
		String before = Files.readString(FOLDER.resolve("before.cfg"));
		try (Recipe recipe = Recipe.start("lua-to-handler", this.binary, 1,
				(text) -> text.equals(after) ? before : text)) {
			assertThat(answers(recipe)).isEqualTo(ANSWERS);
		}
	}

	@Test
	void whenHandlerDecidesThenAnswersAreTheSame(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("lua-to-handler", this.binary, agent)) {
			assertThat(answers(recipe)).isEqualTo(ANSWERS);
		}
	}

	@Test
	void whenAgentIsNotThereThenNobodyGetsIn() throws Exception {
		try (Recipe recipe = Recipe.startWithoutAgent("lua-to-handler", this.binary)) {
			assertThat(answer(recipe.get("/", "X-API-Key", "k-4711"))).isEqualTo("503");
		}
	}

	@Test
	void whenClientSendsAPlanInAnotherSpellingThenTheApplicationDoesNotGetIt(@LocalSpopPort int agent)
			throws Exception {
		try (Recipe recipe = Recipe.start("lua-to-handler", this.binary, agent)) {
			String response = recipe.sendRaw("GET /\r\nX-API-Key: k-0815\r\nX_Plan: gold\r\nx_requests: 100");
			assertThat(response).startsWith("HTTP/1.1 200 ").doesNotContain("gold", "100");
			assertThat(response.toLowerCase(Locale.ROOT)).contains("x-plan: free", "x-requests: 10");
		}
	}

	private static List<String> answers(Recipe recipe) throws Exception {
		List<String> answers = new ArrayList<>();
		for (String key : new String[] { "k-4711", "k-0815", "k-9999", "" }) {
			answers.add(answer(recipe.get("/", "X-API-Key", key)));
		}
		answers.add(answer(recipe.get("/")));
		return answers;
	}

	private static String answer(HttpResponse<String> response) {
		StringBuilder answer = new StringBuilder().append(response.statusCode());
		response.body()
			.lines()
			.filter((line) -> line.matches("(?i)x-(plan|requests): .*"))
			.map((line) -> line.substring(line.indexOf(' ')))
			// Of the two values, the name comes first
			.sorted((one, other) -> other.compareTo(one))
			.forEach(answer::append);
		return answer.toString();
	}

	private boolean hasLua() throws IOException {
		Process process = new ProcessBuilder(this.binary.path().toString(), "-vv").redirectErrorStream(true).start();
		return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).contains("+LUA");
	}

}
