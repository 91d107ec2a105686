package io.spop.recipes.timeouts;

import java.net.InetAddress;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import io.spop.boot.test.autoconfigure.LocalSpopPort;
import io.spop.recipes.Recipe;
import io.spop.recipes.RecipeTest;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.test.context.TestPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A fast and a slow message behind HAProxy, with an engine each. The slow one takes until
 * the test lets it go.
 */
@RecipeTest
@TestPropertySource(properties = "recipes.timeouts.risk=5s")
@Import(TimeoutsIT.Models.class)
class TimeoutsIT {

	@Parameter
	HaproxyBinary binary;

	@Autowired
	HeldModel model;

	@BeforeEach
	void forget() {
		this.model.entered.drainPermits();
		this.model.interrupted.drainPermits();
	}

	@Test
	void whenSlowCheckTakesItsTimeThenOtherRequestsDoNotWaitForIt(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("timeouts", this.binary, agent)) {
			CompletableFuture<HttpResponse<String>> login = CompletableFuture.supplyAsync(() -> {
				try {
					return recipe.send(loginOf(recipe));
				}
				catch (Exception ex) {
					throw new CompletionException(ex);
				}
			});
			assertThat(this.model.entered.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
			for (int i = 0; i < 5; i++) {
				assertThat(recipe.get("/login").statusCode()).isEqualTo(200);
			}
			assertThat(recipe.haproxy().awaitLog("\"GET /login ")).contains("<6>");
			assertThat(login).isNotDone();
			this.model.go.release();
			assertThat(login.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
		}
	}

	@Test
	void whenAddressIsDeniedThenTheSlowCheckIsNotAsked(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("timeouts", this.binary, agent,
				(text) -> text.replaceFirst("ip=src", "ip=req.hdr_ip(Client)"))) {
			assertThat(recipe.get("/", "Client", "2001:db8::1").statusCode()).isEqualTo(403);
			assertThat(recipe.get("/", "Client", "192.0.2.2").statusCode()).isEqualTo(200);
			assertThat(recipe.send(loginOf(recipe).header("Client", "192.0.2.1")).statusCode()).isEqualTo(403);
			assertThat(this.model.entered.availablePermits()).isZero();
		}
	}

	@Test
	void whenSlowCheckIsTooSlowThenItsHandlerTimeoutEndsIt(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("timeouts", this.binary, agent)) {
			assertThat(recipe.send(loginOf(recipe)).statusCode()).isEqualTo(503);
			assertThat(this.model.interrupted.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
			// HAProxy got an answer in time
			assertThat(recipe.haproxy().log()).noneMatch((line) -> line.contains("SPOE: [risk]"));
		}
	}

	@Test
	void whenTimeoutOfTheEngineIsShorterThenItEndsTheSlowCheck(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("timeouts", this.binary, agent, (text) -> {
			int risk = text.indexOf("[risk]");
			return (risk < 0) ? text : text.substring(0, risk)
					+ text.substring(risk).replace("timeout processing 10s", "timeout processing 100ms");
		})) {
			assertThat(recipe.send(loginOf(recipe)).statusCode()).isEqualTo(503);
			assertThat(recipe.haproxy().awaitLog("SPOE: [risk]")).contains("<GROUP:ask>", "st=1 ");
			assertThat(recipe.haproxy().log()).noneMatch((line) -> line.contains("SPOE: [denylist]"));
			// The agent learns nothing of it
			assertThat(this.model.interrupted.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
		}
	}

	@Test
	void whenAgentIsNotThereThenOnlyLoginsAreRefused() throws Exception {
		try (Recipe recipe = Recipe.startWithoutAgent("timeouts", this.binary)) {
			assertThat(recipe.get("/").statusCode()).isEqualTo(200);
			assertThat(recipe.haproxy().awaitLog("\"GET / ")).contains("<4>");
			assertThat(recipe.send(loginOf(recipe)).statusCode()).isEqualTo(503);
		}
	}

	private static HttpRequest.Builder loginOf(Recipe recipe) {
		return recipe.request("/login").POST(HttpRequest.BodyPublishers.noBody());
	}

	@TestConfiguration(proxyBeanMethods = false)
	static class Models {

		@Bean
		@Primary
		HeldModel heldModel() {
			return new HeldModel();
		}

	}

	/**
	 * Waits until it may go on, or until it is interrupted.
	 */
	static class HeldModel implements Checks.RiskModel {

		final Semaphore entered = new Semaphore(0);

		final Semaphore go = new Semaphore(0);

		final Semaphore interrupted = new Semaphore(0);

		@Override
		public int scoreOf(InetAddress ip) throws InterruptedException {
			this.entered.release();
			try {
				this.go.acquire();
				return 10;
			}
			catch (InterruptedException ex) {
				this.interrupted.release();
				throw ex;
			}
		}

	}

}
