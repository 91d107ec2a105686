package io.spop.boot.autoconfigure;

import java.util.List;
import java.util.concurrent.Executor;

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

import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.system.JavaVersion;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.TaskDecorator;
import org.springframework.core.task.TaskExecutor;
import org.springframework.core.task.TaskRejectedException;
import org.springframework.core.task.support.CompositeTaskDecorator;

/**
 * Auto-configuration for methods annotated with {@link SpopMessage @SpopMessage}. A
 * {@link SpopHandler} bean of the application replaces them.
 *
 * @since 0.1.0
 */
@AutoConfiguration
@Conditional(OnSpopEnabledCondition.class)
@EnableConfigurationProperties(SpopProperties.class)
public final class SpopHandlerAutoConfiguration {

	private static final Log logger = LogFactory.getLog(SpopHandlerAutoConfiguration.class);

	private static final String THREAD_NAME_PREFIX = "spop-handler-";

	/**
	 * The default of the property. An executor bean of the application with this name
	 * replaces the agent's.
	 */
	private static final String DEFAULT_EXECUTOR = "spopHandlerTaskExecutor";

	@Bean
	HandlerExecutor spopHandlerExecutor(SpopProperties properties, ListableBeanFactory beanFactory) {
		String name = properties.getHandler().getExecutor();
		if (!beanFactory.containsBean(name) || !beanFactory.isTypeMatch(name, Executor.class)) {
			throw new InvalidConfigurationPropertyValueException("spop.handler.executor", name,
					(beanFactory.containsBean(name) ? "That bean is not a java.util.concurrent.Executor."
							: "There is no bean of this name.") + executors(beanFactory));
		}
		return new HandlerExecutor(beanFactory.getBean(name, Executor.class));
	}

	private static String executors(ListableBeanFactory beanFactory) {
		String[] names = BeanFactoryUtils.beanNamesForTypeIncludingAncestors(beanFactory, Executor.class);
		return (names.length > 0)
				? " The application has the executors " + String.join(", ", names)
						+ ": name one of them, or remove the property to use the agent's own pool."
				: " The application has no executor: add the bean, or remove the property to have the agent's own"
						+ " pool.";
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
		spopHandler.warmUp(properties.getWarmUp().isEnabled() && properties.getHaproxy().getWrite() == null);
		if (properties.getObservations().isEnabled()) {
			observationRegistry.ifAvailable((registry) -> spopHandler.observe(registry,
					observationConvention.getIfAvailable(DefaultSpopMessageObservationConvention::new),
					properties.getObservations().getTraceArgument()));
			if (observationRegistry.getIfAvailable() == null) {
				logger.warn("The property 'spop.observations.enabled' has no effect: the application has no"
						+ " ObservationRegistry. Add spring-boot-starter-actuator");
			}
		}
		return spopHandler;
	}

	/**
	 * The agent's own executor.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingBean(name = DEFAULT_EXECUTOR)
	static class OwnExecutorConfiguration {

		/**
		 * Not a default candidate, so that {@code @Async} methods and beans that inject
		 * an executor get the one of the application.
		 */
		@Bean(name = DEFAULT_EXECUTOR, defaultCandidate = false)
		@ConditionalOnProperty(name = "spop.handler.executor", havingValue = DEFAULT_EXECUTOR, matchIfMissing = true)
		AsyncTaskExecutor spopHandlerTaskExecutor(SpopProperties properties, Environment environment,
				ObjectProvider<TaskDecorator> decorators) {
			List<TaskDecorator> all = decorators.orderedStream().toList();
			TaskDecorator decorator = all.isEmpty() ? null : HandlerExecutor.within(new CompositeTaskDecorator(all));
			if (virtualThreads(environment)) {
				SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor(THREAD_NAME_PREFIX);
				executor.setVirtualThreads(true);
				if (decorator != null) {
					executor.setTaskDecorator(decorator);
				}
				return executor;
			}
			HandlerTaskExecutor executor = new HandlerTaskExecutor(properties.getHandler().getPool());
			executor.setThreadNamePrefix(THREAD_NAME_PREFIX);
			if (decorator != null) {
				executor.setTaskDecorator(decorator);
			}
			return executor;
		}

		/**
		 * A second {@link TaskExecutor}, which refuses all tasks. {@code @Async} methods
		 * use the only {@link TaskExecutor} of an application, even one that is not a
		 * default candidate. Because of this bean they find two, and do not use the
		 * agent's.
		 */
		@Bean(defaultCandidate = false)
		@ConditionalOnProperty(name = "spop.handler.executor", havingValue = DEFAULT_EXECUTOR, matchIfMissing = true)
		TaskExecutor spopHandlerTaskExecutorForNobody() {
			return (task) -> {
				throw new TaskRejectedException("This executor is not to be used");
			};
		}

		/**
		 * Does the same as Threading.VIRTUAL, whose package differs between versions of
		 * Spring Boot.
		 */
		private static boolean virtualThreads(Environment environment) {
			return environment.getProperty("spring.threads.virtual.enabled", boolean.class, false)
					&& JavaVersion.getJavaVersion().isEqualOrNewerThan(JavaVersion.TWENTY_ONE);
		}

	}

}
