package io.spop.boot.test.autoconfigure;

import io.spop.agent.SpopAgent;
import io.spop.agent.SpopListener;
import io.spop.boot.autoconfigure.SpopAgentAutoConfiguration;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration that moves the listeners of the agent into memory.
 */
@AutoConfiguration(after = SpopAgentAutoConfiguration.class)
final class InMemoryAgentAutoConfiguration {

	private InMemoryAgentAutoConfiguration() {
	}

	@Bean
	static BeanPostProcessor inMemorySpopAgent() {
		return new BeanPostProcessor() {

			@Override
			public Object postProcessAfterInitialization(Object bean, String beanName) {
				return (bean instanceof SpopAgent agent) ? inMemory(agent) : bean;
			}

		};
	}

	private static SpopAgent inMemory(SpopAgent agent) {
		SpopAgent inMemory = agent.eventLoops(1);
		for (SpopListener listener : agent.listeners()) {
			inMemory = inMemory.listener(SpopListener.inMemory(listener.name()));
		}
		return inMemory;
	}

}
