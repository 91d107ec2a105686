package io.spop.haproxy;

import java.util.List;

/**
 * Describes an agent to the check and to the writer of HAProxy's configuration: where the
 * agent listens, and which messages it handles. Immutable.
 *
 * @param listeners where the agent listens
 * @param messages the messages that the agent handles; two messages of the same name must
 * have different listeners
 * @param handlesAll whether the agent handles, or may handle, messages of any other name,
 * too
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
