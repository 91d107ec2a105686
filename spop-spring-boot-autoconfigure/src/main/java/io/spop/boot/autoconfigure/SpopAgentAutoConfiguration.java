package io.spop.boot.autoconfigure;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

import io.spop.agent.SpopAgent;
import io.spop.agent.SpopHandler;
import io.spop.agent.SpopInterceptor;
import io.spop.annotation.Blocking;
import io.spop.handler.AnnotatedSpopHandler;
import io.spop.handler.HandlerExecutor;
import io.spop.haproxy.AgentDescription;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration for a {@link SpopAgent} that listens while the application runs. A
 * {@link SpopAgent} bean of the application replaces this agent, and is started and
 * stopped in its place.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = { SpopHandlerAutoConfiguration.class, SslAutoConfiguration.class })
@Conditional(OnSpopEnabledCondition.class)
@EnableConfigurationProperties(SpopProperties.class)
@ImportRuntimeHints(HaproxyRuntimeHints.class)
public final class SpopAgentAutoConfiguration {

	@Bean
	static BeanFactoryPostProcessor spopUnboundProperties(Environment environment) {
		// Before a bean can fail because a property is not set
		return (beanFactory) -> UnboundProperties.warn(environment);
	}

	@Bean
	@ConditionalOnMissingBean
	SpopAgent spopAgent(SpopProperties properties, ObjectProvider<SslBundles> bundles, SpopHandler handler,
			HandlerExecutor executor, ListableBeanFactory beanFactory, ObjectProvider<SpopInterceptor> interceptors,
			ObjectProvider<SpopAgentCustomizer> customizers) {
		SpopAgent agent = new PropertiesAgentCustomizer(properties,
				bundles.getIfAvailable(DefaultSslBundleRegistry::new))
			.customize(SpopAgent.create())
			.handler(handler);
		Set<SpopInterceptor> blocking = blocking(beanFactory);
		for (SpopInterceptor interceptor : interceptors.orderedStream().toList()) {
			agent = agent.interceptor(blocking.contains(interceptor) ? executor.blocking(interceptor) : interceptor);
		}
		for (SpopAgentCustomizer customizer : customizers.orderedStream().toList()) {
			agent = customizer.customize(agent);
		}
		return agent;
	}

	private static Set<SpopInterceptor> blocking(ListableBeanFactory beanFactory) {
		Set<SpopInterceptor> blocking = Collections.newSetFromMap(new IdentityHashMap<>());
		beanFactory.getBeansOfType(SpopInterceptor.class).forEach((name, interceptor) -> {
			if (beanFactory.findAnnotationOnBean(name, Blocking.class) != null) {
				blocking.add(interceptor);
			}
		});
		return blocking;
	}

	// Without a condition on the property, which can be set after processing ahead of
	// time
	@Bean
	SpopAgentWarmUp spopAgentWarmUp(SpopAgent agent, SpopProperties properties) {
		return new SpopAgentWarmUp(agent, properties.isEnabled() && properties.getWarmUp().isEnabled()
				&& properties.getHaproxy().getWrite() == null);
	}

	/**
	 * Lazy, because the handlers are known only after all singletons have been created.
	 */
	@Bean
	@Lazy
	@ConditionalOnMissingBean
	AgentDescription spopAgentDescription(SpopAgent agent, SpopProperties properties,
			ObjectProvider<AnnotatedSpopHandler> handler, ObjectProvider<SpopInterceptor> interceptors) {
		return new AgentDescriber(agent, properties, handler.getIfUnique(), interceptors.stream().findAny().isPresent())
			.describe();
	}

	@Bean
	HaproxyConfigurationLifecycle spopHaproxyConfigurationLifecycle(SpopProperties properties,
			ObjectProvider<AgentDescription> agent, ConfigurableApplicationContext context) {
		return new HaproxyConfigurationLifecycle(properties.getHaproxy(), properties.isEnabled(), agent, context);
	}

	@Bean
	SpopAgentLifecycle spopAgentLifecycle(SpopAgent agent, ObjectProvider<AnnotatedSpopHandler> handler,
			ApplicationContext context, SpopProperties properties) {
		// A SpopAgent bean of the application does not know the property
		SpopAgent started = properties.getWarmUp().isEnabled() ? agent : agent.warmUp(false);
		return new SpopAgentLifecycle(started, handler, context, properties);
	}

}
