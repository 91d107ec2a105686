package io.spop.recipes.sharedlimit;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import io.spop.recipes.Recipe;
import io.spop.recipes.RecipesApplication;
import io.spop.test.EnabledIfHaproxy;
import io.spop.test.ForkedApplication;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Three agents, which share their counts through a real Redis, behind one HAProxy.
 */
@EnabledIfHaproxy
@Timeout(120)
class SharedLimitIT {

	private static final int AGENTS = 3;

	private static final int LIMIT = 100;

	private static final int CLIENTS = 16;

	private static final Duration SOON = Duration.ofSeconds(30);

	@TempDir
	private static Path folder;

	private static ExecutorService clients;

	private static final List<ForkedApplication> agents = new ArrayList<>();

	private static RedisServer redis;

	@BeforeAll
	static void startRedis() throws Exception {
		// Not a constant, since a test that failed may run again in this JVM
		clients = Executors.newFixedThreadPool(CLIENTS + 1);
		Optional<Path> program = RedisServer.find();
		if (program.isEmpty()) {
			String reason = "neither $REDIS_SERVER nor the PATH has a redis-server";
			System.out.println("Left out, because " + reason + ": SharedLimitIT");
			Assumptions.abort(reason);
		}
		redis = RedisServer.start(program.get(), Files.createDirectory(folder.resolve("redis")));
	}

	/**
	 * Start those that are not there. The times are longer than in production, since a
	 * machine that builds has other things to do.
	 */
	@BeforeEach
	void startAgents() throws IOException {
		agents.removeIf((agent) -> !agent.isAlive());
		while (agents.size() < AGENTS) {
			agents.add(ForkedApplication.start(Files.createTempFile(folder, "agent", ".log"), RecipesApplication.class,
					"--spop.listeners.main.port=0", "--server.port=0", "--spop.handler.timeout=9s",
					"--recipes.shared-limit.store=redis", "--recipes.shared-limit.timeout=2s",
					"--recipes.shared-limit.requests=" + LIMIT, "--recipes.shared-limit.window=1h",
					"--spring.data.redis.port=" + redis.port()));
		}
		agents.forEach(SharedLimitIT::portOf);
	}

	@AfterAll
	static void stop() {
		clients.shutdownNow();
		agents.forEach(ForkedApplication::close);
		agents.clear();
		if (redis != null) {
			redis.close();
		}
	}

	@Test
	void whenThreeAgentsCountThenTheLimitIsExact() throws Exception {
		try (Recipe recipe = start()) {
			List<Answer> answers = flood(recipe, "exact", 3 * LIMIT);
			assertThat(answers).allMatch(Answer::shared);
			assertThat(answers.stream().filter(Answer::passed)).hasSize(LIMIT);
			assertThat(answers.stream().map(Answer::left))
				.containsExactlyInAnyOrderElementsOf(LongStream.range(-2 * LIMIT, LIMIT).boxed().toList());
			assertThat(answers).filteredOn((answer) -> !answer.passed())
				.allMatch((answer) -> answer.retryAfter > 0 && answer.retryAfter <= 3600);
			assertThat(requestsOfAgents(recipe)).hasSize(AGENTS).allMatch((requests) -> requests > 0);

			// The end of the window
			redis.run((commands) -> commands.pexpire("spop:requests:exact", 1));
			Awaitility.await().until(() -> redis.run((commands) -> commands.exists("spop:requests:exact")) == 0);
			assertThat(flood(recipe, "exact", 2 * LIMIT).stream().filter(Answer::passed)).hasSize(LIMIT);
		}
	}

	@Test
	void whenAnAgentIsKilledThenTheOthersGoOnCounting() throws Exception {
		try (Recipe recipe = start()) {
			Future<List<Answer>> flood = clients.submit(() -> flood(recipe, "killed", 6 * LIMIT));
			Awaitility.await().atMost(SOON).until(() -> countOf("killed") > LIMIT / 2);
			agents.get(0).kill();
			List<Answer> answers = flood.get();
			List<Answer> counted = answers.stream().filter((answer) -> answer.left != null).toList();
			assertThat(counted).allMatch(Answer::shared).extracting(Answer::left).doesNotHaveDuplicates();
			// Those that the killed agent had at that time
			int lost = answers.size() - counted.size();
			assertThat(lost).isLessThanOrEqualTo(CLIENTS);
			long countedByTheKilled = countOf("killed") - counted.size();
			assertThat(countedByTheKilled).isBetween(0L, (long) lost);
			assertThat(counted.stream().filter(Answer::passed).count()).isBetween(LIMIT - countedByTheKilled,
					(long) LIMIT);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whenRedisDoesNotAnswerThenEachAgentCountsAlone(boolean killed) throws Exception {
		try (Recipe recipe = start()) {
			assertThat(flood(recipe, "before " + killed, 2 * LIMIT)).allMatch(Answer::shared)
				.filteredOn(Answer::passed)
				.hasSize(LIMIT);
			List<Integer> lines = agents.stream().map((agent) -> agent.log().length()).toList();
			if (killed) {
				redis.kill();
			}
			else {
				redis.pause();
			}
			try {
				List<Answer> answers = flood(recipe, "alone " + killed, 3 * AGENTS * LIMIT);
				// Each was in time, before the handler's timeout
				assertThat(answers).noneMatch(Answer::shared).allMatch((answer) -> answer.left != null);
				assertThat(answers.stream().filter(Answer::passed)).hasSize(AGENTS * LIMIT);
			}
			finally {
				if (killed) {
					redis.restart();
				}
				else {
					redis.resume();
				}
			}
			for (int i = 0; i < AGENTS; i++) {
				ForkedApplication agent = agents.get(i);
				int before = lines.get(i);
				Awaitility.await().atMost(SOON).until(() -> agent.log().substring(before).contains("Redis answers"));
				assertThat(agent.log().substring(before).lines().filter((line) -> line.contains("RedisCounters")))
					.satisfiesExactly(
							(line) -> assertThat(line).contains(" WARN ",
									"Redis does not answer, this agent counts alone: "),
							(line) -> assertThat(line).contains(" INFO "));
			}
			assertThat(flood(recipe, "after " + killed, 2 * LIMIT)).allMatch(Answer::shared)
				.filteredOn(Answer::passed)
				.hasSize(LIMIT);
		}
	}

	@Test
	void whenAClientGetsPointsThenAllAgentsKnow() throws Exception {
		try (Recipe recipe = start()) {
			for (int i = 0; i < 10; i++) {
				assertThat(recipe.get("/login", "Client", "bad", "Answer", "401").statusCode()).isEqualTo(401);
			}
			// Within a second, whichever agent is asked, and before the limit is reached
			Awaitility.await()
				.atMost(SOON)
				.pollInterval(Duration.ofMillis(500))
				.until(() -> flood(recipe, "bad", 4 * AGENTS).stream().allMatch((answer) -> answer.status == 403));
			assertThat(flood(recipe, "good", 4 * AGENTS)).allMatch(Answer::passed);
			List<Long> expiries = redis
				.run((commands) -> commands.keys("spop:*").stream().map(commands::pttl).toList());
			// Redis says -1 for a key that stays, and -2 for one that has just gone
			assertThat(expiries).isNotEmpty().doesNotContain(-1L);
		}
	}

	private static Recipe start() {
		List<Integer> ports = agents.stream().map(SharedLimitIT::portOf).toList();
		return Recipe.start("shared-limit", Recipe.haproxys().get(0), ports.get(0), (text) -> text
			.replace("127.0.0.1:12346", "127.0.0.1:" + ports.get(1))
			.replace("127.0.0.1:12347", "127.0.0.1:" + ports.get(2))
			.replace("key=src,ipmask(32,64)", "key=var(txn.client)")
			.replace("    http-request send-spoe-group", """
					http-request set-var(txn.client) req.hdr(client)
					http-after-response set-header X-Left %[var(txn.limit.left)] if { var(txn.limit.left) -m found }
					http-after-response set-header X-Shared %[var(txn.limit.shared)]
					http-request send-spoe-group"""));
	}

	private static int portOf(ForkedApplication agent) {
		return Integer.parseInt(agent.awaitLog(Pattern.compile("SPOP listener 'main' on 127.0.0.1:(\\d+)")).group(1));
	}

	/**
	 * Send requests of one client as fast as they are answered, on several connections.
	 */
	private static List<Answer> flood(Recipe recipe, String client, int requests) throws Exception {
		List<Answer> answers = new ArrayList<>();
		for (Future<Answer> answer : clients.invokeAll(
				Stream.<Callable<Answer>>generate(() -> () -> Answer.to(recipe, client)).limit(requests).toList())) {
			answers.add(answer.get());
		}
		return answers;
	}

	private static long countOf(String client) {
		String count = redis.run((commands) -> commands.get("spop:requests:" + client));
		return (count != null) ? Long.parseLong(count) : 0;
	}

	private static List<Long> requestsOfAgents(Recipe recipe) {
		List<String> lines = recipe.haproxy().command("show stat").lines().toList();
		int column = List.of(lines.get(0).split(",")).indexOf("stot");
		return lines.stream()
			.filter((line) -> line.startsWith("agents,agent"))
			.map((line) -> Long.valueOf(line.split(",")[column]))
			.toList();
	}

	private record Answer(int status, @Nullable Long left, boolean shared, int retryAfter) {

		static Answer to(Recipe recipe, String client) throws Exception {
			HttpResponse<String> response = recipe.get("/", "Client", client);
			return new Answer(response.statusCode(),
					response.headers().firstValue("X-Left").map(Long::valueOf).orElse(null),
					response.headers().firstValue("X-Shared").orElse("").equals("1"),
					(int) response.headers().firstValueAsLong("Retry-After").orElse(0));
		}

		boolean passed() {
			return this.status == 200;
		}

	}

}
