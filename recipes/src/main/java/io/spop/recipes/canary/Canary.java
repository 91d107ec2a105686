package io.spop.recipes.canary;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

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
		CRC32 checksum = new CRC32();
		checksum.update((this.settings.name() + ":" + visitor).getBytes(StandardCharsets.UTF_8));
		boolean isNew = checksum.getValue() % 100 < this.settings.percent();
		return Actions.set(VarScope.TRANSACTION, "backend", isNew ? "app_new" : "app");
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
