package io.spop.recipes.jwt;

import java.time.Duration;
import java.time.Instant;
import java.util.Date;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import org.jspecify.annotations.Nullable;

/**
 * What an issuer does.
 */
final class Tokens {

	private Tokens() {
	}

	static RSAKey newKey(String id) {
		try {
			return new RSAKeyGenerator(2048).keyID(id).generate();
		}
		catch (JOSEException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static JWTClaimsSet.Builder claims() {
		return new JWTClaimsSet.Builder().issuer("https://issuer.example")
			.audience("shop")
			.subject("alice")
			.claim("scope", "read write")
			.expirationTime(in(Duration.ofHours(1)));
	}

	static Date in(Duration time) {
		return Date.from(Instant.now().plus(time));
	}

	static String sign(JWTClaimsSet.Builder claims, RSAKey key) throws JOSEException {
		return sign(claims, key, null);
	}

	static String sign(JWTClaimsSet.Builder claims, RSAKey key, @Nullable String type) throws JOSEException {
		SignedJWT token = new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID())
			.type((type != null) ? new JOSEObjectType(type) : null)
			.build(), claims.build());
		token.sign(new RSASSASigner(key));
		return token.serialize();
	}

}
