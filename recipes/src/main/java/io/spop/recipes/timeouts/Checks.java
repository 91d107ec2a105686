package io.spop.recipes.timeouts;

import java.net.InetAddress;
import java.util.Set;

import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.stereotype.Component;

/**
 * A fast check for each request, and a slow one for logins.
 */
@Component
class Checks {

	private final Settings settings;

	private final RiskModel model;

	Checks(Settings settings, RiskModel model) {
		this.settings = settings;
		this.model = model;
	}

	/**
	 * Has {@code spop.handler.timeout}.
	 */
	@SpopMessage("denylist")
	@NonBlocking
	Actions denylist(@SpopArg InetAddress ip) {
		return Actions.set(VarScope.TRANSACTION, "denied", this.settings.denied().contains(ip));
	}

	/**
	 * Has a timeout of its own, and a thread that may block.
	 */
	@SpopMessage(name = "risk", timeout = "${recipes.timeouts.risk}")
	Actions risk(@SpopArg InetAddress ip) throws InterruptedException {
		return Actions.set(VarScope.TRANSACTION, "score", this.model.scoreOf(ip));
	}

	/**
	 * What takes its time.
	 */
	interface RiskModel {

		int scoreOf(InetAddress ip) throws InterruptedException;

	}

	/**
	 * Settings of the checks.
	 *
	 * @param denied addresses whose requests are refused
	 */
	@ConfigurationProperties("recipes.timeouts")
	record Settings(Set<InetAddress> denied) {
	}

	/**
	 * Stands for the call of a service that takes 200 ms.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Models {

		@Bean
		RiskModel riskModel() {
			return (ip) -> {
				Thread.sleep(200);
				return 0;
			};
		}

	}

}
