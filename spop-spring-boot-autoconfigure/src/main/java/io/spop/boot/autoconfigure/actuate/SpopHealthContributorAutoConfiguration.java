package io.spop.boot.autoconfigure.actuate;

import io.spop.agent.SpopAgent;
import io.spop.boot.autoconfigure.SpopAgentAutoConfiguration;
import io.spop.boot.autoconfigure.SpopAgentLifecycle;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration for {@link SpopHealthIndicator}.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = SpopAgentAutoConfiguration.class)
@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnEnabledHealthIndicator("spop")
@ConditionalOnBean(SpopAgentLifecycle.class)
public final class SpopHealthContributorAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = { "spopHealthIndicator", "spopHealthContributor" })
	SpopHealthIndicator spopHealthIndicator(SpopAgent agent, SpopAgentLifecycle lifecycle) {
		return new SpopHealthIndicator(agent, lifecycle);
	}

}
