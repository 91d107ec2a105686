package io.spop.boot.autoconfigure.actuate;

import io.spop.agent.BoundSpopAgent;
import org.jspecify.annotations.Nullable;

/**
 * The state of a listener, as the endpoint and the health indicator show it.
 *
 * @since 0.1.0
 */
public enum ListenerState {

	/** It accepts connections. */
	LISTENING,

	/**
	 * The agent was told to stop: frames in flight are answered, and nothing else is
	 * taken.
	 */
	STOPPING,

	/** It is not open: the agent has not been started, or it has failed. */
	CLOSED;

	static ListenerState of(String listener, @Nullable BoundSpopAgent agent) {
		if (agent == null) {
			return CLOSED;
		}
		if (agent.isStopping()) {
			return STOPPING;
		}
		return agent.isListening(listener) ? LISTENING : CLOSED;
	}

}
