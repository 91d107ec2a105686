package io.spop.recipes.mirror;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.MeterRegistry;
import io.spop.boot.test.autoconfigure.LocalSpopPort;
import io.spop.recipes.Recipe;
import io.spop.recipes.RecipeTest;
import io.spop.test.haproxy.HaproxyBinary;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The mirror behind HAProxy.
 */
@RecipeTest
@DirtiesContext
class MirrorIT {

	private static final BlockingQueue<String> requests = new LinkedBlockingQueue<>();

	private static volatile CountDownLatch gate = new CountDownLatch(0);

	private static @Nullable HttpServer target;

	@Parameter
	HaproxyBinary binary;

	@Autowired
	private MeterRegistry meters;

	@DynamicPropertySource
	static void start(DynamicPropertyRegistry registry) throws IOException {
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		server.createContext("/", MirrorIT::answer);
		server.start();
		target = server;
		registry.add("recipes.mirror.target", () -> "http://127.0.0.1:" + server.getAddress().getPort());
		registry.add("recipes.mirror.threads", () -> 1);
		registry.add("recipes.mirror.queue", () -> 2);
	}

	private static void answer(HttpExchange exchange) throws IOException {
		try {
			assertThat(gate.await(60, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IOException(ex);
		}
		String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
		requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
				+ exchange.getRequestHeaders().getFirst("X-Test") + " " + body);
		exchange.sendResponseHeaders(204, -1);
		exchange.close();
	}

	@AfterEach
	void clear() {
		gate.countDown();
		requests.clear();
	}

	@AfterAll
	static void stop() {
		if (target != null) {
			target.stop(0);
		}
	}

	@Test
	void whenRequestComesThenTheMirrorGetsACopy(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("mirror", this.binary, agent)) {
			assertThat(recipe.get("/a?b=c", "X-Test", "one").statusCode()).isEqualTo(200);
			assertThat(requests.poll(30, TimeUnit.SECONDS)).isEqualTo("GET /a?b=c one ");
			recipe.send(recipe.request("/d").header("X-Test", "two").POST(BodyPublishers.ofString("body")));
			assertThat(requests.poll(30, TimeUnit.SECONDS)).isEqualTo("POST /d two body");
		}
	}

	@Test
	void whenRequestIsTooLargeThenTheMirrorDoesNotGetIt(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("mirror", this.binary, agent)) {
			recipe.send(recipe.request("/body").POST(BodyPublishers.ofString("x".repeat(8192))));
			recipe.get("/headers", "X-Large", "x".repeat(4096));
			recipe
				.send(recipe.request("/last").header("X-Test", "last").POST(BodyPublishers.ofString("x".repeat(8191))));
			assertThat(requests.poll(30, TimeUnit.SECONDS)).isEqualTo("POST /last last " + "x".repeat(8191));
			assertThat(recipe.haproxy().log()).noneMatch((line) -> line.contains("SPOE"));
		}
	}

	@Test
	void whenMirrorIsSlowThenRequestsAreDroppedAndClientsDoNotWait(@LocalSpopPort int agent) throws Exception {
		double sent = count("sent");
		double dropped = count("dropped");
		gate = new CountDownLatch(1);
		try (Recipe recipe = Recipe.start("mirror", this.binary, agent)) {
			for (int i = 0; i < 10; i++) {
				assertThat(recipe.get("/").statusCode()).isEqualTo(200);
			}
			// One is being sent, and two wait
			assertThat(count("dropped") - dropped).isEqualTo(7);
			gate.countDown();
			await().until(() -> count("sent") - sent == 3);
		}
	}

	@Test
	void whenAgentIsNotThereThenTheApplicationAnswers() throws Exception {
		try (Recipe recipe = Recipe.startWithoutAgent("mirror", this.binary)) {
			assertThat(recipe.get("/").statusCode()).isEqualTo(200);
		}
	}

	private double count(String outcome) {
		return this.meters.counter("mirror.requests", "outcome", outcome).count();
	}

}
