package io.spop.recipes.session;

import java.net.http.HttpResponse;
import java.time.Instant;

import io.spop.boot.test.autoconfigure.LocalSpopPort;
import io.spop.recipes.Recipe;
import io.spop.recipes.RecipeTest;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import org.springframework.beans.factory.annotation.Autowired;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The check of sessions behind HAProxy.
 */
@RecipeTest
class SessionIT {

	@Parameter
	HaproxyBinary binary;

	@Autowired
	SessionCheck.InMemorySessionStore sessions;

	@Test
	void whenSessionIsKnownThenTheApplicationGetsItsUser(@LocalSpopPort int agent) throws Exception {
		this.sessions.add("a1", "alice", Instant.now().plusSeconds(600));
		try (Recipe recipe = Recipe.start("session", this.binary, agent)) {
			HttpResponse<String> response = recipe.get("/", "Cookie", "a=b; SESSION=a1", "X-User", "mallory");
			assertThat(response.statusCode()).isEqualTo(200);
			assertThat(response.body()).contains("X-user: alice\n").doesNotContain("mallory");
		}
	}

	@Test
	void whenSessionIsNotKnownThenTheClientGoesToTheLoginPage(@LocalSpopPort int agent) throws Exception {
		this.sessions.add("old", "alice", Instant.now().minusSeconds(1));
		try (Recipe recipe = Recipe.start("session", this.binary, agent)) {
			for (String cookie : new String[] { "SESSION=old", "SESSION=guessed", "SESSION=", "a=b" }) {
				HttpResponse<String> response = recipe.get("/", "Cookie", cookie);
				assertThat(response.statusCode()).as(cookie).isEqualTo(302);
				assertThat(response.headers().firstValue("Location")).hasValue("/login");
			}
			HttpResponse<String> login = recipe.get("/login", "X-User", "mallory");
			assertThat(login.statusCode()).isEqualTo(200);
			assertThat(login.body()).doesNotContain("X-user");
		}
	}

	@Test
	void whenClientSendsXUserInAnotherSpellingThenTheApplicationDoesNotGetIt(@LocalSpopPort int agent)
			throws Exception {
		try (Recipe recipe = Recipe.start("session", this.binary, agent)) {
			assertThat(recipe.sendRaw("GET /login\r\nx-user: mallory\r\nX_User: mallory\r\nx_USER: mallory"))
				.startsWith("HTTP/1.1 200 ")
				.doesNotContain("mallory");
		}
	}

	@Test
	void whenThereAreTwoCookiesThenTheRequestIsRefused(@LocalSpopPort int agent) throws Exception {
		this.sessions.add("a1", "alice", Instant.now().plusSeconds(600));
		try (Recipe recipe = Recipe.start("session", this.binary, agent)) {
			for (String cookies : new String[] { "SESSION=a1; SESSION=b2", "SESSION=a1\r\nCookie: a=b; SESSION=b2",
					"SESSION=; SESSION=a1", "SESSION=a1; SESSION=a1" }) {
				assertThat(recipe.sendRaw("GET /\r\nCookie: " + cookies)).as(cookies).startsWith("HTTP/1.1 400 ");
			}
			assertThat(recipe.sendRaw("GET /\r\nCookie: SESSION=a1; SESSION2=b2")).startsWith("HTTP/1.1 200 ");
		}
	}

	@Test
	void whenClientAsksForAnotherProtocolThenItGetsNoTunnel(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("session", this.binary, agent)) {
			// HAProxy 3.2 and 3.4 remove h2c themselves
			for (String upgrade : new String[] { "other", "other, h2c", "h2c\r\nUpgrade: other" }) {
				assertThat(recipe.sendRaw("GET /login\r\nConnection: Upgrade\r\nUpgrade: " + upgrade)).as(upgrade)
					.startsWith("HTTP/1.1 200 ")
					.doesNotContainIgnoringCase("\nupgrade:");
			}
			assertThat(recipe.sendRaw("GET /login\r\nConnection: Upgrade\r\nUpgrade: WebSocket"
					+ "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="))
				.startsWith("HTTP/1.1 200 ")
				.containsIgnoringCase("\nupgrade: websocket");
		}
	}

	@Test
	void whenAgentIsNotThereThenOnlyTheLoginPageAnswers() throws Exception {
		try (Recipe recipe = Recipe.startWithoutAgent("session", this.binary)) {
			assertThat(recipe.get("/", "Cookie", "SESSION=a1").statusCode()).isEqualTo(503);
			assertThat(recipe.get("/login").statusCode()).isEqualTo(200);
		}
	}

}
