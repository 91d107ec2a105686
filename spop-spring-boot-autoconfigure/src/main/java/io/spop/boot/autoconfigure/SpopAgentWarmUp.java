package io.spop.boot.autoconfigure;

import io.spop.agent.SpopAgent;

import org.springframework.beans.factory.InitializingBean;
import org.springframework.context.support.DefaultLifecycleProcessor;
import org.springframework.core.SpringProperties;

/**
 * Warms the agent up on a thread of its own while the context starts, so that its
 * listeners open sooner.
 */
final class SpopAgentWarmUp implements InitializingBean {

	private final SpopAgent agent;

	private final boolean enabled;

	/**
	 * Create a warm-up.
	 * @param agent the agent
	 * @param enabled whether the agent is going to be started, and is to warm up
	 */
	SpopAgentWarmUp(SpopAgent agent, boolean enabled) {
		this.agent = agent;
		this.enabled = enabled;
	}

	/**
	 * Begin to warm up. {@link SpopAgent#bind()} waits for the end of the warm-up.
	 */
	@Override
	public void afterPropertiesSet() {
		// A checkpoint must not have open sockets
		if (this.enabled && SpringProperties.getProperty(DefaultLifecycleProcessor.CHECKPOINT_PROPERTY_NAME) == null) {
			Thread thread = new Thread(this.agent::warmUp, "spop-warm-up");
			thread.setDaemon(true);
			thread.start();
		}
	}

}
