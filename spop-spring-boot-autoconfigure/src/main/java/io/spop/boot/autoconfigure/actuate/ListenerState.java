package io.spop.boot.autoconfigure.actuate;

import io.spop.agent.BoundSpopAgent;
import org.jspecify.annotations.Nullable;

/**
 * The state of a listener, as the endpoint and the health indicator show it.
 *
 * @since 0.1.0
 */
public enum ListenerState {

	/** The listener accepts connections. */
	LISTENING,

	/**
	 * The agent is stopping: it answers frames in flight, and takes no others.
	 */
	STOPPING,

	/**
	 * The listener is not open: the agent has not been started, or has stopped, or the
	 * listener has failed.
	 */
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
