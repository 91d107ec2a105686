package io.spop.recipes.canary;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.stereotype.Component;

/**
 * Decides which version of the application serves a visitor: the new one for a share of
 * them. A visitor is sent to the same version each time, by each agent, because the
 * decision depends on nothing but the visitor's identity and the settings. When the share
 * grows, those who have the new version keep it.
 */
@Component
class Canary {

	private final Settings settings;

	Canary(Settings settings) {
		this.settings = settings;
	}

	@SpopMessage("canary")
	@NonBlocking
	Actions choose(@SpopArg String visitor) {
		long hash = hash(this.settings.name() + ":" + visitor);
		boolean isNew = Long.remainderUnsigned(hash, 100) < this.settings.percent();
		return Actions.set(VarScope.TRANSACTION, "backend", isNew ? "app_new" : "app");
	}

	/**
	 * Return the beginning of a cryptographic hash. With a checksum such as CRC32, the
	 * visitors of one test would depend on those of another.
	 */
	private static long hash(String text) {
		try {
			byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
			return ByteBuffer.wrap(hash).getLong();
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Settings of the canary.
	 *
	 * @param name the name of the test: a test of another name gets other visitors
	 * @param percent the share of the visitors that the new version serves, 0 to 100
	 */
	@ConfigurationProperties("recipes.canary")
	record Settings(String name, int percent) {
	}

}
