package io.spop.boot.autoconfigure;

import io.spop.agent.SpopAgent;

/**
 * Changes the auto-configured {@link SpopAgent} before the agent opens its listeners. To
 * be implemented by beans, which are called in their order.
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
	 * @return the changed agent, which is used instead
	 */
	SpopAgent customize(SpopAgent agent);

}
