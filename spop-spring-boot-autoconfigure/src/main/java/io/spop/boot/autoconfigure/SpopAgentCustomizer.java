package io.spop.boot.autoconfigure;

import io.spop.agent.SpopAgent;

/**
 * A bean that changes the auto-configured {@link SpopAgent} before it opens its
 * listeners. Several are called in their order.
 *
 * <pre class="code">
 * &#64;Bean
 * SpopAgentCustomizer moreFramesInFlight() {
 *     return (agent) -> agent.maxInFlight(512);
 * }
 * </pre>
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface SpopAgentCustomizer {

	/**
	 * Customize the agent.
	 * @param agent the agent, immutable
	 * @return the agent to use instead
	 */
	SpopAgent customize(SpopAgent agent);

}
