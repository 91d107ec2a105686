package io.spop.boot.autoconfigure;

import io.spop.agent.BoundSpopAgent;

import org.springframework.context.ApplicationEvent;

/**
 * Published when the agent has stopped: its last ACK has been sent, and its connections
 * and listeners are closed. The beans that handle messages still exist: the context waits
 * for the listeners of this event before it closes or stops other beans. The context does
 * not wait if a handler on an event loop closes it. Listeners of the event are called on
 * the thread that stops the agent, which is never an event loop.
 *
 * @since 0.1.0
 */
public class SpopAgentStoppedEvent extends ApplicationEvent {

	private static final long serialVersionUID = 1L;

	private final transient BoundSpopAgent agent;

	/**
	 * Create an event.
	 * @param agent the agent
	 */
	public SpopAgentStoppedEvent(BoundSpopAgent agent) {
		super(agent);
		this.agent = agent;
	}

	/**
	 * Return the agent that has stopped.
	 * @return the agent that {@link SpopAgentStartedEvent} had
	 */
	public BoundSpopAgent agent() {
		return this.agent;
	}

}
