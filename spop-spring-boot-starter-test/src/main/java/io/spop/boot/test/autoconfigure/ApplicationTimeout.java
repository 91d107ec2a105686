package io.spop.boot.test.autoconfigure;

import java.time.Duration;
import java.util.List;

import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.MessageDescription;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;
import org.springframework.test.context.support.TestPropertySourceUtils;

/**
 * Puts the application's own deadlines into the description of the agent, in place of the
 * longer ones of {@link SpopTest @SpopTest}. HAProxy's configuration has to fit the
 * application's deadlines.
 *
 * @param environment has the properties of test and application
 */
record ApplicationTimeout(ConfigurableEnvironment environment) implements BeanPostProcessor {

	static final String PROPERTY = "spop.handler.timeout";

	static final String OF_SLICE = "10s";

	private static final Duration DEFAULT = Duration.ofSeconds(1);

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		PropertySource<?> test = this.environment.getPropertySources()
			.get(TestPropertySourceUtils.INLINED_PROPERTIES_PROPERTY_SOURCE_NAME);
		return (bean instanceof AgentDescription agent && test != null && OF_SLICE.equals(test.getProperty(PROPERTY)))
				? ofApplication(agent, test) : bean;
	}

	private AgentDescription ofApplication(AgentDescription agent, PropertySource<?> test) {
		List<PropertySource<?>> sources = this.environment.getPropertySources()
			.stream()
			.filter((source) -> !source.equals(test)
					&& !ConfigurationPropertySources.isAttachedConfigurationPropertySource(source))
			.toList();
		Duration timeout = new Binder(ConfigurationPropertySources.from(sources),
				new PropertySourcesPlaceholdersResolver(this.environment),
				ApplicationConversionService.getSharedInstance())
			.bind(PROPERTY, Duration.class)
			.orElse(DEFAULT);
		Duration ofSlice = Duration.ofSeconds(10);
		List<MessageDescription> messages = agent.messages()
			.stream()
			.map((message) -> ofSlice.equals(message.timeout()) ? message.timeout(timeout) : message)
			.toList();
		return AgentDescription.of(agent.listeners(), messages).handlesAll(agent.handlesAll());
	}

}
