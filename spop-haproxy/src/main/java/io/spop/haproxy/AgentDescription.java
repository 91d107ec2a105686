package io.spop.haproxy;

import java.util.List;

/**
 * An agent as HAProxy's configuration has to fit it: where it listens, and which messages
 * it handles. Immutable.
 *
 * @param listeners where the agent listens
 * @param messages the messages that it handles, of which no two have a name and a
 * listener in common
 * @since 0.1.0
 */
public record AgentDescription(List<ListenerDescription> listeners, List<MessageDescription> messages) {

	/**
	 * Create a description.
	 */
	public AgentDescription {
		listeners = List.copyOf(listeners);
		messages = List.copyOf(messages);
	}

}
