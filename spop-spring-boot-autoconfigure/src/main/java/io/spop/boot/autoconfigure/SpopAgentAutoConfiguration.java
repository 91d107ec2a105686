package io.spop.boot.autoconfigure;

import java.time.Duration;

import io.spop.agent.SpopAgent;
import io.spop.agent.SpopHandler;
import io.spop.agent.SpopListener;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
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
		Duration timeout = properties.getHandler().getTimeout();
		if (timeout.isZero() || timeout.isNegative()) {
			throw new InvalidConfigurationPropertyValueException("spop.handler.timeout", timeout,
					"It must be more than zero, and shorter than 'timeout processing' of HAProxy.");
		}
		SpopAgent agent = SpopAgent.create().handler(handler).handlerTimeout(timeout);
		for (SpopListener listener : ListenerConfiguration.listeners(properties)) {
			agent = agent.listener(listener);
		}
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
