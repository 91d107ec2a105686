package io.spop.haproxy;

import java.util.List;

/**
 * An agent as HAProxy's configuration has to fit it: where it listens, and which messages
 * it handles. Immutable.
 *
 * @param listeners where the agent listens
 * @param messages the messages that it handles, of which no two have a name and a
 * listener in common
 * @param handlesAll whether it handles, or may handle, other messages too, so that none
 * is without a handler
 * @since 0.1.0
 */
public record AgentDescription(List<ListenerDescription> listeners, List<MessageDescription> messages,
		boolean handlesAll) {

	/**
	 * Create a description.
	 */
	public AgentDescription {
		listeners = List.copyOf(listeners);
		messages = List.copyOf(messages);
	}

	/**
	 * Create a description of an agent that handles no other messages.
	 * @param listeners where the agent listens
	 * @param messages the messages that it handles
	 */
	public AgentDescription(List<ListenerDescription> listeners, List<MessageDescription> messages) {
		this(listeners, messages, false);
	}

}
