package io.spop.boot.autoconfigure;

import io.spop.agent.BoundSpopAgent;

import org.springframework.context.ApplicationEvent;

/**
 * Published when the listeners of the agent are open.
 * {@link BoundSpopAgent#address(String)} then has the port of a listener whose port is 0.
 *
 * @since 0.1.0
 */
public class SpopAgentStartedEvent extends ApplicationEvent {

	private static final long serialVersionUID = 1L;

	private final transient BoundSpopAgent agent;

	/**
	 * Create an event.
	 * @param agent the agent
	 */
	public SpopAgentStartedEvent(BoundSpopAgent agent) {
		super(agent);
		this.agent = agent;
	}

	/**
	 * Return the agent.
	 * @return the agent, with its listeners open
	 */
	public BoundSpopAgent agent() {
		return this.agent;
	}

}
