package io.spop.recipes.jwt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.sun.net.httpserver.HttpServer;
import io.spop.boot.test.autoconfigure.LocalSpopPort;
import io.spop.recipes.Recipe;
import io.spop.recipes.RecipeTest;
import io.spop.test.haproxy.HaproxyBinary;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The check of JSON Web Tokens behind HAProxy, with keys that the issuer publishes.
 */
@RecipeTest
// The agent limits how often it asks the issuer: each HAProxy gets an agent that has not
// asked yet
@DirtiesContext(classMode = DirtiesContext.ClassMode.AFTER_EACH_TEST_METHOD)
class JwkSetIT {

	private static final AtomicInteger requests = new AtomicInteger();

	private static volatile @Nullable JWKSet published;

	private static final HttpServer issuer = newServer();

	@Parameter
	HaproxyBinary binary;

	@DynamicPropertySource
	static void jwkSetUri(DynamicPropertyRegistry registry) {
		registry.add("recipes.jwt.jwk-set-uri", () -> "http://127.0.0.1:" + issuer.getAddress().getPort() + "/jwks");
	}

	@AfterAll
	static void stopIssuer() {
		issuer.stop(0);
	}

	@Test
	void whenIssuerChangesItsKeysThenTokensOfTheNewOnesAreValid(@LocalSpopPort int agent) throws Exception {
		RSAKey first = Tokens.newKey("first-" + System.nanoTime());
		RSAKey second = Tokens.newKey("second-" + System.nanoTime());
		try (Recipe recipe = Recipe.start("jwt", this.binary, agent)) {
			published = new JWKSet(first);
			int before = requests.get();
			for (int i = 0; i < 20; i++) {
				assertThat(status(recipe, first)).isEqualTo(200);
			}
			assertThat(requests.get() - before).isEqualTo(1);
			published = new JWKSet(second);
			assertThat(status(recipe, second)).isEqualTo(200);
			assertThat(requests.get() - before).isEqualTo(2);
			// The issuer is asked again, but not for each request
			RSAKey unknown = Tokens.newKey("unknown");
			for (int i = 0; i < 10; i++) {
				assertThat(status(recipe, unknown)).isIn(401, 503);
			}
			published = null;
			assertThat(status(recipe, unknown)).isEqualTo(503);
			assertThat(status(recipe, second)).isEqualTo(200);
		}
	}

	private static HttpServer newServer() {
		try {
			HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
			server.createContext("/jwks", (exchange) -> {
				requests.incrementAndGet();
				JWKSet keys = published;
				byte[] body = (keys != null) ? keys.toString(true).getBytes(StandardCharsets.UTF_8) : new byte[0];
				exchange.sendResponseHeaders((keys != null) ? 200 : 500, body.length);
				exchange.getResponseBody().write(body);
				exchange.close();
			});
			server.start();
			return server;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static int status(Recipe recipe, RSAKey key) throws Exception {
		return recipe.get("/", "Authorization", "Bearer " + Tokens.sign(Tokens.claims(), key)).statusCode();
	}

}
