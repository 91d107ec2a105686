package io.spop.boot.autoconfigure;

import io.micrometer.observation.ObservationRegistry;
import io.spop.agent.SpopHandler;
import io.spop.annotation.SpopMessage;
import io.spop.handler.AnnotatedSpopHandler;
import io.spop.handler.DefaultSpopMessageObservationConvention;
import io.spop.handler.HandlerExecutor;
import io.spop.handler.SpopMessageObservationConvention;
import io.spop.handler.ValueWriters;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.system.JavaVersion;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.env.Environment;
import org.springframework.core.task.VirtualThreadTaskExecutor;

/**
 * Auto-configuration for methods annotated with {@link SpopMessage @SpopMessage}. An own
 * {@link SpopHandler} replaces them.
 *
 * @since 0.1.0
 */
@AutoConfiguration
@Conditional(OnSpopEnabledCondition.class)
@EnableConfigurationProperties(SpopProperties.class)
public final class SpopHandlerAutoConfiguration {

	private static final Log logger = LogFactory.getLog(SpopHandlerAutoConfiguration.class);

	private static final String THREAD_NAME_PREFIX = "spop-handler-";

	@Bean
	HandlerExecutor spopHandlerExecutor(SpopProperties properties, Environment environment) {
		return new HandlerExecutor(virtualThreads(environment) ? new VirtualThreadTaskExecutor(THREAD_NAME_PREFIX)
				: HandlerThreadPool.create(properties.getHandler().getPool(), THREAD_NAME_PREFIX));
	}

	/**
	 * As Threading.VIRTUAL does, whose package differs between versions of Spring Boot.
	 */
	private static boolean virtualThreads(Environment environment) {
		return environment.getProperty("spring.threads.virtual.enabled", boolean.class, false)
				&& JavaVersion.getJavaVersion().isEqualOrNewerThan(JavaVersion.TWENTY_ONE);
	}

	@Bean
	@ConditionalOnMissingBean
	ValueWriters spopValueWriters(ListableBeanFactory beanFactory) {
		return new ValueWriters(HandlerConversionService.of(beanFactory));
	}

	@Bean
	@ConditionalOnMissingBean(SpopHandler.class)
	AnnotatedSpopHandler spopHandler(ConfigurableListableBeanFactory beanFactory, SpopProperties properties,
			ValueWriters writers, HandlerExecutor executor, ObjectProvider<ObservationRegistry> observationRegistry,
			ObjectProvider<SpopMessageObservationConvention> observationConvention) {
		SpopProperties.Handler handler = properties.getHandler();
		AnnotatedSpopHandler spopHandler = new AnnotatedSpopHandler(beanFactory,
				HandlerConversionService.of(beanFactory), writers, handler.getCharset(), handler.getExecution(),
				executor);
		if (properties.getObservations().isEnabled()) {
			observationRegistry.ifAvailable((registry) -> spopHandler.observe(registry,
					observationConvention.getIfAvailable(DefaultSpopMessageObservationConvention::new),
					properties.getObservations().getTraceArgument()));
			if (observationRegistry.getIfAvailable() == null) {
				logger.warn("There are no observations in spite of 'spop.observations.enabled':"
						+ " the application has no ObservationRegistry, which spring-boot-starter-actuator brings");
			}
		}
		return spopHandler;
	}

}
