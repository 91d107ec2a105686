package io.spop.recipes.jwt;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.spop.boot.test.autoconfigure.LocalSpopPort;
import io.spop.recipes.Recipe;
import io.spop.recipes.RecipeTest;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The check of JSON Web Tokens behind HAProxy, with the issuer's public key in a file.
 */
@RecipeTest
@ExtendWith(OutputCaptureExtension.class)
class JwtIT {

	private static final RSAKey key = Tokens.newKey("one");

	private static final String publicKey = "-----BEGIN PUBLIC KEY-----\n"
			+ Base64.getMimeEncoder().encodeToString(toPublicKey(key)) + "\n-----END PUBLIC KEY-----\n";

	@Parameter
	HaproxyBinary binary;

	@DynamicPropertySource
	static void publicKey(DynamicPropertyRegistry registry) throws Exception {
		Path file = Files.createTempFile("jwt", ".pem");
		file.toFile().deleteOnExit();
		Files.writeString(file, publicKey);
		registry.add("recipes.jwt.public-key", () -> file.toUri().toString());
	}

	@Test
	void whenTokenIsValidThenTheApplicationGetsItsSubject(@LocalSpopPort int agent) throws Exception {
		String token = Tokens.sign(Tokens.claims(), key);
		try (Recipe recipe = Recipe.start("jwt", this.binary, agent)) {
			assertThat(get(recipe, "Bearer " + token)).satisfies(JwtIT::isOfAlice);
			assertThat(get(recipe, "bearer " + token)).satisfies(JwtIT::isOfAlice);
			assertThat(recipe.get("/", "Authorization", "Bearer " + token, "X-User", "mallory", "X_User", "mallory"))
				.satisfies(JwtIT::isOfAlice);
			for (String type : new String[] { "JWT", "at+jwt", "application/at+jwt" }) {
				assertThat(get(recipe, "Bearer " + Tokens.sign(Tokens.claims(), key, type))).as(type)
					.satisfies(JwtIT::isOfAlice);
			}
		}
	}

	@Test
	void whenTokenIsMissingThenTheClientIsAskedForOne(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("jwt", this.binary, agent)) {
			for (HttpResponse<String> response : List.of(recipe.get("/"), get(recipe, "Basic YTpi"))) {
				assertThat(response.statusCode()).isEqualTo(401);
				assertThat(challenge(response)).isEqualTo("Bearer");
			}
		}
	}

	@Test
	void whenTokenHasExpiredThenTheClientLearnsSo(@LocalSpopPort int agent) throws Exception {
		// 60 s are allowed for clocks that differ
		String expired = Tokens.sign(Tokens.claims().expirationTime(Tokens.in(Duration.ofMinutes(-2))), key);
		try (Recipe recipe = Recipe.start("jwt", this.binary, agent)) {
			HttpResponse<String> response = get(recipe, "Bearer " + expired);
			assertThat(response.statusCode()).isEqualTo(401);
			assertThat(challenge(response))
				.isEqualTo("Bearer error=\"invalid_token\", error_description=\"The token has expired\"");
		}
	}

	@Test
	void whenTokenIsNotOfTheIssuerOrNotForUsThenItIsRefused(@LocalSpopPort int agent, CapturedOutput output)
			throws Exception {
		String forged = Tokens.sign(Tokens.claims(), Tokens.newKey("one"));
		String valid = Tokens.sign(Tokens.claims(), key);
		String changed = valid.replaceFirst("\\..*\\.", "." + Base64.getUrlEncoder()
			.withoutPadding()
			.encodeToString(Tokens.claims().subject("admin").build().toString().getBytes(StandardCharsets.UTF_8))
				+ ".");
		// The algorithm's name says that the public key is a secret
		SignedJWT symmetric = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), Tokens.claims().build());
		symmetric.sign(new MACSigner(publicKey));
		List<String> tokens = List.of(forged, changed, symmetric.serialize(),
				new PlainJWT(Tokens.claims().build()).serialize(), valid.substring(0, valid.lastIndexOf('.') + 1),
				Tokens.sign(Tokens.claims().issuer("https://other.example"), key),
				Tokens.sign(Tokens.claims().audience("bank"), key),
				Tokens.sign(Tokens.claims().expirationTime(null), key),
				Tokens.sign(Tokens.claims().notBeforeTime(Tokens.in(Duration.ofMinutes(5))), key),
				Tokens.sign(Tokens.claims().subject(null), key), Tokens.sign(Tokens.claims().subject(""), key),
				Tokens.sign(Tokens.claims().subject(" "), key), Tokens.sign(Tokens.claims(), key, "logout+jwt"),
				"no-token-at-all");
		LoggingSystem logging = LoggingSystem.get(getClass().getClassLoader());
		List.of("io.spop", "org.springframework.security", "com.nimbusds")
			.forEach((logger) -> logging.setLogLevel(logger, LogLevel.TRACE));
		try (Recipe recipe = Recipe.start("jwt", this.binary, agent)) {
			for (String token : tokens) {
				HttpResponse<String> response = get(recipe, "Bearer " + token);
				assertThat(response.statusCode()).as(token).isEqualTo(401);
				assertThat(challenge(response)).as(token).isEqualTo("Bearer error=\"invalid_token\"");
			}
			assertThat(get(recipe, "Bearer " + valid).statusCode()).isEqualTo(200);
			recipe.haproxy().awaitLog(" 200 ");
			for (String token : tokens) {
				assertThat(output.getAll() + recipe.haproxy().log()).doesNotContain(token);
			}
			assertThat(output.getAll() + recipe.haproxy().log()).doesNotContain(valid);
		}
		finally {
			List.of("io.spop", "org.springframework.security", "com.nimbusds")
				.forEach((logger) -> logging.setLogLevel(logger, null));
		}
	}

	@Test
	void whenScopeIsMissingThenNothingCanBeChanged(@LocalSpopPort int agent) throws Exception {
		try (Recipe recipe = Recipe.start("jwt", this.binary, agent)) {
			assertThat(post(recipe, Tokens.claims()).statusCode()).isEqualTo(200);
			assertThat(post(recipe, Tokens.claims().claim("scope", "write")).statusCode()).isEqualTo(200);
			for (Object scope : new Object[] { null, "", "read", "rewrite", "write.all read" }) {
				HttpResponse<String> response = post(recipe, Tokens.claims().claim("scope", scope));
				assertThat(response.statusCode()).as("" + scope).isEqualTo(403);
				assertThat(challenge(response)).isEqualTo("Bearer error=\"insufficient_scope\", scope=\"write\"");
			}
		}
	}

	@Test
	void whenSubjectHasALineBreakThenItIsNoHeader(@LocalSpopPort int agent) throws Exception {
		String token = Tokens.sign(Tokens.claims().subject("alice\r\nX-Role: admin"), key);
		try (Recipe recipe = Recipe.start("jwt", this.binary, agent)) {
			assertThat(get(recipe, "Bearer " + token).body()).contains("X-user: alice%0D%0AX-Role: admin\n");
		}
	}

	@Test
	void whenThereAreTwoHeadersThenTheRequestIsRefused(@LocalSpopPort int agent) throws Exception {
		String token = Tokens.sign(Tokens.claims(), key);
		try (Recipe recipe = Recipe.start("jwt", this.binary, agent)) {
			assertThat(recipe.get("/", "Authorization", "Bearer x", "Authorization", "Bearer " + token).statusCode())
				.isEqualTo(400);
		}
	}

	@Test
	void whenAgentIsNotThereThenRequestsAreRefused() throws Exception {
		try (Recipe recipe = Recipe.startWithoutAgent("jwt", this.binary)) {
			assertThat(get(recipe, "Bearer " + Tokens.sign(Tokens.claims(), key)).statusCode()).isEqualTo(503);
			assertThat(recipe.get("/").statusCode()).isEqualTo(503);
		}
	}

	@Test
	void whenDecoderIsThereThenActuatorAsksForNoPassword(@Value("${local.server.port}") int port) throws Exception {
		HttpRequest health = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/actuator/health"))
			.build();
		assertThat(HttpClient.newHttpClient().send(health, HttpResponse.BodyHandlers.discarding()).statusCode())
			.isEqualTo(200);
	}

	private static byte[] toPublicKey(RSAKey key) {
		try {
			return key.toRSAPublicKey().getEncoded();
		}
		catch (JOSEException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static HttpResponse<String> get(Recipe recipe, String authorization) throws Exception {
		return recipe.get("/", "Authorization", authorization);
	}

	private static HttpResponse<String> post(Recipe recipe, JWTClaimsSet.Builder claims) throws Exception {
		return recipe.send(recipe.request("/")
			.header("Authorization", "Bearer " + Tokens.sign(claims, key))
			.POST(HttpRequest.BodyPublishers.noBody()));
	}

	private static String challenge(HttpResponse<String> response) {
		return response.headers().firstValue("WWW-Authenticate").orElseThrow();
	}

	private static void isOfAlice(HttpResponse<String> response) {
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.body()).contains("X-user: alice\n").doesNotContain("mallory");
	}

}
