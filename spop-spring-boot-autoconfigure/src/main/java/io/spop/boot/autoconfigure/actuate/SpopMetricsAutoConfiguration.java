package io.spop.boot.autoconfigure.actuate;

import java.util.List;
import java.util.Objects;

import io.micrometer.core.instrument.MeterRegistry;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopListener;
import io.spop.boot.autoconfigure.SpopAgentAutoConfiguration;
import io.spop.boot.autoconfigure.SpopAgentLifecycle;
import io.spop.boot.autoconfigure.SpopProperties;
import io.spop.handler.AnnotatedSpopHandler;
import io.spop.handler.HandlerDescription;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.util.StringUtils;

/**
 * Auto-configuration for the {@link SpopMetersDocumentation meters} of the agent. Backs
 * off if there is no {@link MeterRegistry} or no agent.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = SpopAgentAutoConfiguration.class,
		afterName = { "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration",
				"org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration" })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({ MeterRegistry.class, SpopAgentLifecycle.class })
public final class SpopMetricsAutoConfiguration {

	@Bean
	SpopMeters spopMeters(MeterRegistry registry) {
		return new SpopMeters(registry);
	}

	@Bean
	static BeanPostProcessor spopAgentMetrics(ObjectProvider<SpopMeters> meters) {
		return new BeanPostProcessor() {

			@Override
			public Object postProcessAfterInitialization(Object bean, String name) {
				return (bean instanceof SpopAgent agent && agent.metricsRecorder() == null)
						? agent.metricsRecorder((listener) -> meters.getObject().recorder(listener)) : bean;
			}

		};
	}

	@Bean
	SpopMetersLifecycle spopMetersLifecycle(SpopMeters meters, SpopAgent agent,
			ObjectProvider<AnnotatedSpopHandler> handler, ObjectProvider<SpopAgentLifecycle> agentLifecycle,
			SpopProperties properties) {
		AnnotatedSpopHandler annotated = handler.getIfAvailable();
		return new SpopMetersLifecycle(() -> {
			List<HandlerDescription> handlers = (annotated != null) ? annotated.handlers() : List.of();
			List<String> messages = handlers.stream()
				.map(HandlerDescription::message)
				.filter(Objects::nonNull)
				.sorted()
				.toList();
			boolean messageTimers = annotated != null && !annotated.isObserved();
			meters.register(agent.listeners().stream().map(SpopListener::name).toList(), messages, messageTimers);
			if (StringUtils.hasLength(properties.getRecord().getFile())) {
				// Not a dependency, which would start the agent before the meters
				meters.registerRecording(() -> agentLifecycle.getObject().recorder());
			}
		});
	}

}
