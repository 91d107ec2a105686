package io.spop.boot.autoconfigure;

import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Matches if the application is to have an agent, unless {@code spop.enabled} is false.
 * Auto-configuration that accompanies an agent depends on its {@link SpopAgentLifecycle}
 * instead.
 * <p>
 * Always matches while an application is processed ahead of time, because the environment
 * in which it will run is not known yet. The application then has the beans, and they do
 * nothing if {@code spop.enabled} is false when it starts.
 * <p>
 * Refuses a version of Spring Boot that the agent does not work with, before a class is
 * loaded that this version does not have. Fails if the value of {@code spop.enabled} is
 * neither true nor false. Spring Boot's own condition would take such a value for false,
 * and there would be no agent.
 */
final class OnSpopEnabledCondition extends SpringBootCondition {

	private static final int MIN_MAJOR_VERSION = 4;

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		checkVersion(SpringBootVersion.getVersion());
		boolean enabled = Binder.get(context.getEnvironment()).bind("spop.enabled", Boolean.class).orElse(true);
		if (Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING)) {
			return ConditionOutcome.match("spop.enabled counts when the application starts");
		}
		return new ConditionOutcome(enabled,
				ConditionMessage.forCondition("spop.enabled").because(enabled ? "it is not false" : "it is false"));
	}

	static void checkVersion(String version) {
		if (Integer.parseInt(version.substring(0, version.indexOf('.'))) < MIN_MAJOR_VERSION) {
			throw new SpopStartException("The SPOP agent needs Spring Boot 4.0 or later, and this is " + version + ".",
					"Update Spring Boot, or remove spop-spring-boot-starter.");
		}
	}

}
