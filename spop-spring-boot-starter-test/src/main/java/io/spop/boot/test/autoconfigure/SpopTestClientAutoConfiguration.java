package io.spop.boot.test.autoconfigure;

import io.spop.boot.autoconfigure.SpopAgentAutoConfiguration;
import io.spop.boot.autoconfigure.SpopAgentLifecycle;
import io.spop.boot.autoconfigure.SpopHandlerAutoConfiguration;
import io.spop.handler.AnnotatedSpopHandler;
import io.spop.handler.ValueWriters;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Auto-configuration for a {@link SpopTestClient} of the application's agent.
 */
@AutoConfiguration(after = { SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class })
@ConditionalOnBean(SpopAgentLifecycle.class)
final class SpopTestClientAutoConfiguration {

	@Bean
	@Order(Ordered.LOWEST_PRECEDENCE)
	HandlerFailures spopHandlerFailures() {
		return new HandlerFailures();
	}

	@Bean
	@ConditionalOnMissingBean
	SpopTestClient spopTestClient(SpopAgentLifecycle lifecycle, ObjectProvider<AnnotatedSpopHandler> handler,
			HandlerFailures failures, ObjectProvider<ValueWriters> writers) {
		return new SpopTestClient(lifecycle, handler, failures,
				writers.getIfAvailable(() -> new ValueWriters(new ApplicationConversionService())), null);
	}

}
