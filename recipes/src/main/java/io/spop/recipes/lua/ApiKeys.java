package io.spop.recipes.lua;

import java.util.Map;

import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.stereotype.Component;

/**
 * Finds the plan of the owner of an API key.
 */
@Component
class ApiKeys {

	private final Map<String, Plan> plans;

	ApiKeys(Settings settings) {
		this.plans = settings.plans();
	}

	@SpopMessage("find-plan")
	@NonBlocking
	Actions find(@SpopArg @Nullable String key) {
		Plan plan = (key != null) ? this.plans.get(key) : null;
		if (plan == null) {
			return Actions.none();
		}
		return Actions.set(VarScope.TRANSACTION, "plan", plan.name())
			.andSet(VarScope.TRANSACTION, "requests", plan.requests());
	}

	/**
	 * What the owner of a key has paid for.
	 *
	 * @param name the name of the plan
	 * @param requests the requests that the owner may send in a minute
	 */
	record Plan(String name, int requests) {
	}

	/**
	 * Settings of the handler.
	 *
	 * @param plans the plans by API key
	 */
	@ConfigurationProperties("recipes.api-keys")
	record Settings(Map<String, Plan> plans) {
	}

}
