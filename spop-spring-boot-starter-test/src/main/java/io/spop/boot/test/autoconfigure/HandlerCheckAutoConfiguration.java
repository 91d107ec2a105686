package io.spop.boot.test.autoconfigure;

import io.spop.boot.autoconfigure.SpopAgentStartedEvent;
import io.spop.handler.AnnotatedSpopHandler;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/**
 * Auto-configuration that checks whether {@link SpopTest @SpopTest} has found the
 * handlers to test, and describes these with the deadlines of the application.
 */
@AutoConfiguration
final class HandlerCheckAutoConfiguration {

	private static final String SCANNED = "it takes the components that the scan of the application class finds. "
			+ "Annotate the handler with @Component in the application's package or below, "
			+ "or add one that is elsewhere, or that is made by a @Bean method, with @Import(...).";

	@Bean
	ApplicationListener<SpopAgentStartedEvent> spopHandlerCheck(ObjectProvider<AnnotatedSpopHandler> handler,
			ListableBeanFactory beanFactory, Environment environment) {
		return (event) -> {
			for (String expected : StringUtils
				.commaDelimitedListToStringArray(environment.getProperty(SpopTestContextBootstrapper.HANDLERS))) {
				requireBean(beanFactory, ClassUtils.resolveClassName(expected, null));
			}
			handler.ifAvailable(HandlerCheckAutoConfiguration::requireHandlers);
		};
	}

	@Bean
	static BeanPostProcessor spopApplicationTimeout(ConfigurableEnvironment environment) {
		return new ApplicationTimeout(environment);
	}

	private static void requireBean(ListableBeanFactory beanFactory, Class<?> type) {
		if (beanFactory.getBeanNamesForType(type).length == 0) {
			throw new IllegalStateException(
					"@SpopTest names the handler " + type.getName() + ", and there is no such bean: " + SCANNED);
		}
	}

	private static void requireHandlers(AnnotatedSpopHandler handler) {
		if (handler.handlers().isEmpty()) {
			throw new IllegalStateException(
					"@SpopTest found no bean with a method annotated with @SpopMessage: " + SCANNED);
		}
	}

}
