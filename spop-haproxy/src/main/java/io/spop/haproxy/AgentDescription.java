package io.spop.haproxy;

import java.util.List;

/**
 * Describes an agent to the check and to the writer of HAProxy's configuration: where the
 * agent listens, and which messages it handles. Immutable.
 *
 * @since 0.1.0
 */
public final class AgentDescription {

	private final List<ListenerDescription> listeners;

	private final List<MessageDescription> messages;

	private final boolean handlesAll;

	private AgentDescription(List<ListenerDescription> listeners, List<MessageDescription> messages,
			boolean handlesAll) {
		this.listeners = listeners;
		this.messages = messages;
		this.handlesAll = handlesAll;
	}

	/**
	 * Describe an agent that handles the given messages only.
	 * @param listeners where the agent listens
	 * @param messages the messages that the agent handles; two messages of the same name
	 * must have different listeners
	 * @return the description
	 */
	public static AgentDescription of(List<ListenerDescription> listeners, List<MessageDescription> messages) {
		return new AgentDescription(List.copyOf(listeners), List.copyOf(messages), false);
	}

	/**
	 * Say whether the agent handles messages of any other name, too.
	 * @param handlesAll whether the agent handles, or may handle, such messages
	 * @return another description
	 */
	public AgentDescription handlesAll(boolean handlesAll) {
		return new AgentDescription(this.listeners, this.messages, handlesAll);
	}

	/**
	 * Return where the agent listens.
	 * @return the listeners
	 */
	public List<ListenerDescription> listeners() {
		return this.listeners;
	}

	/**
	 * Return the messages that the agent handles.
	 * @return the messages
	 */
	public List<MessageDescription> messages() {
		return this.messages;
	}

	/**
	 * Return whether the agent handles messages of any other name, too.
	 * @return whether it does, or may do so
	 */
	public boolean handlesAll() {
		return this.handlesAll;
	}

	/**
	 * Return the listeners and the messages.
	 */
	@Override
	public String toString() {
		return "listeners " + this.listeners + ", messages " + this.messages;
	}

}
