package io.spop.recipes.exchange;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.stereotype.Component;

/**
 * Keeps nothing: what it knows of a request is in a variable of HAProxy, which comes back
 * as an argument of the response's message. A signature shows that the text is the
 * agent's own, and that it belongs to this exchange.
 */
@Component
class SignedExchanges {

	private static final Logger logger = LoggerFactory.getLogger(SignedExchanges.class);

	private final SecretKeySpec key;

	SignedExchanges(Settings settings) {
		this.key = new SecretKeySpec(settings.secret().getBytes(StandardCharsets.UTF_8), "HmacSHA256");
	}

	@SpopMessage("signed-request")
	@NonBlocking
	Actions request(@SpopArg String id, @SpopArg String method, @SpopArg String path) throws GeneralSecurityException {
		String text = System.currentTimeMillis() + " " + method + " " + path;
		return Actions.set(VarScope.TRANSACTION, "state", sign(id, text) + " " + text);
	}

	@SpopMessage("signed-response")
	@NonBlocking
	Actions response(@SpopArg String id, @SpopArg @Nullable String state, @SpopArg int status)
			throws GeneralSecurityException {
		if (state == null) {
			return Actions.none();
		}
		String[] parts = state.split(" ", 2);
		if (parts.length != 2 || !isEqual(parts[0], sign(id, parts[1]))) {
			logger.warn("The state of a response is not that of its request");
			return Actions.none();
		}
		String[] text = parts[1].split(" ", 3);
		long millis = System.currentTimeMillis() - Long.parseLong(text[0]);
		String summary = text[1] + " " + text[2] + ": " + status + " after " + millis + " ms";
		return Actions.set(VarScope.TRANSACTION, "summary", summary);
	}

	private String sign(String id, String text) throws GeneralSecurityException {
		Mac mac = Mac.getInstance("HmacSHA256");
		mac.init(this.key);
		byte[] signature = mac.doFinal((id + " " + text).getBytes(StandardCharsets.UTF_8));
		return Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
	}

	/**
	 * Compare in a time that does not depend on how much is equal.
	 */
	private static boolean isEqual(String one, String other) {
		return MessageDigest.isEqual(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * Settings of the signature.
	 *
	 * @param secret the key, which all agents share
	 */
	@ConfigurationProperties("recipes.exchange-without-store")
	record Settings(String secret) {
	}

}
