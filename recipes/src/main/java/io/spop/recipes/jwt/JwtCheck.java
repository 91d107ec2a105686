package io.spop.recipes.jwt;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Instant;
import java.util.List;

import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.core.io.Resource;
import org.springframework.security.converter.RsaKeyConverters;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtAudienceValidator;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.JwtTypeValidator;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.stereotype.Component;

/**
 * Checks the JSON Web Token of a request, and tells HAProxy the subject and the scopes of
 * a valid one.
 */
@Component
class JwtCheck {

	private final NimbusJwtDecoder decoder;

	private final JwtTimestampValidator times = new JwtTimestampValidator();

	JwtCheck(Settings settings) throws IOException {
		this.decoder = decoder(settings);
		this.decoder.setJwtValidator(new DelegatingOAuth2TokenValidator<>(new JwtIssuerValidator(settings.issuer()),
				new JwtAudienceValidator(settings.audience()), types()));
		// Otherwise a token without a time of expiry is valid forever
		this.times.setAllowEmptyExpiryClaim(false);
	}

	/**
	 * An issuer signs other tokens with the same key, such as {@code logout+jwt}.
	 */
	private static JwtTypeValidator types() {
		JwtTypeValidator types = new JwtTypeValidator(List.of("JWT", "at+jwt", "application/at+jwt"));
		types.setAllowEmpty(true);
		return types;
	}

	private static NimbusJwtDecoder decoder(Settings settings) throws IOException {
		if (settings.jwkSetUri() != null) {
			JWKSource<SecurityContext> keys = JWKSourceBuilder
				.create(settings.jwkSetUri().toURL(), new DefaultResourceRetriever(500, 500, 50_000))
				.rateLimited(1000)
				.outageTolerant(true)
				.build();
			return NimbusJwtDecoder.withJwkSource(keys).build();
		}
		try (InputStream key = settings.publicKey().getInputStream()) {
			return NimbusJwtDecoder.withPublicKey(RsaKeyConverters.x509().convert(key)).build();
		}
	}

	@SpopMessage("jwt")
	Actions check(@SpopArg @Nullable String authorization) {
		if (authorization == null || !authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
			return result("missing");
		}
		Jwt jwt;
		try {
			// Signature, issuer, audience and type
			jwt = this.decoder.decode(authorization.substring(7).strip());
		}
		catch (BadJwtException ex) {
			return result("invalid");
		}
		if (this.times.validate(jwt).hasErrors()) {
			Instant expiry = jwt.getExpiresAt();
			return result((expiry != null && expiry.isBefore(Instant.now())) ? "expired" : "invalid");
		}
		String subject = jwt.getSubject();
		if (subject == null || subject.isBlank()) {
			return result("invalid");
		}
		String scope = jwt.getClaimAsString("scope");
		return result("valid").andSet(VarScope.TRANSACTION, "subject", subject)
			// " read write ", so that HAProxy can look for " write "
			.andSet(VarScope.TRANSACTION, "scopes", (scope != null) ? " " + scope + " " : "");
	}

	private static Actions result(String result) {
		return Actions.set(VarScope.TRANSACTION, "result", result);
	}

	/**
	 * Settings of the check.
	 *
	 * @param issuer the {@code iss} that a token must have
	 * @param audience the {@code aud} that a token must have, among others
	 * @param publicKey the issuer's public key, PEM
	 * @param jwkSetUri where the issuer publishes its keys, in place of the public key
	 */
	@ConfigurationProperties("recipes.jwt")
	record Settings(String issuer, String audience, Resource publicKey, @Nullable URI jwkSetUri) {
	}

}
