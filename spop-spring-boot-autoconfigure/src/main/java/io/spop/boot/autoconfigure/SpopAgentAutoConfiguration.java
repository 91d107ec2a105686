package io.spop.boot.autoconfigure;

import io.spop.agent.SpopAgent;
import io.spop.agent.SpopHandler;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration for a {@link SpopAgent} that listens while the application runs. An
 * own {@link SpopAgent} replaces this one, and is started and stopped in its place.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = SpopHandlerAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "spop.enabled", matchIfMissing = true)
@EnableConfigurationProperties(SpopProperties.class)
public final class SpopAgentAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	SpopAgent spopAgent(SpopProperties properties, SpopHandler handler,
			ObjectProvider<SpopAgentCustomizer> customizers) {
		SpopAgent agent = AgentConfiguration.agent(properties).handler(handler);
		for (SpopAgentCustomizer customizer : customizers.orderedStream().toList()) {
			agent = customizer.customize(agent);
		}
		return agent;
	}

	@Bean
	SpopAgentLifecycle spopAgentLifecycle(SpopAgent agent, ApplicationEventPublisher events) {
		return new SpopAgentLifecycle(agent, events);
	}

}
