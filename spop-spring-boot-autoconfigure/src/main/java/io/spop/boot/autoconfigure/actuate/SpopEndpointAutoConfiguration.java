package io.spop.boot.autoconfigure.actuate;

import io.spop.agent.SpopAgent;
import io.spop.boot.autoconfigure.SpopAgentAutoConfiguration;
import io.spop.boot.autoconfigure.SpopAgentLifecycle;
import io.spop.boot.autoconfigure.SpopProperties;
import io.spop.handler.AnnotatedSpopHandler;
import io.spop.haproxy.AgentDescription;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration for {@link SpopEndpoint}.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = SpopAgentAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnAvailableEndpoint(SpopEndpoint.class)
@ConditionalOnBean(SpopAgentLifecycle.class)
public final class SpopEndpointAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	SpopEndpoint spopEndpoint(SpopAgent agent, SpopAgentLifecycle lifecycle,
			ObjectProvider<AnnotatedSpopHandler> handler, ObjectProvider<SpopMeters> meters,
			ObjectProvider<AgentDescription> description, SpopProperties properties) {
		return new SpopEndpoint(agent, lifecycle, handler, meters, description, properties.getHaproxy().getVersion());
	}

}
