package io.spop.haproxy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Describes a message that an agent handles: the arguments that the handler takes, the
 * variables that the handler sets, and when HAProxy is to send the message. Immutable;
 * each method with an argument returns another description.
 *
 * @since 0.1.0
 */
public final class MessageDescription {

	private final String name;

	private String handler = "";

	private Set<String> listeners = Set.of();

	private @Nullable Duration timeout;

	private SpoeEvent event = SpoeEvent.NONE;

	private @Nullable String condition;

	private @Nullable String group;

	private OnError onError = OnError.UNDECIDED;

	private List<ArgumentDescription> arguments = List.of();

	private List<VariableDescription> variables = List.of();

	private @Nullable VariableDescription errorVariable;

	private boolean argumentsComplete = true;

	private boolean variablesComplete = true;

	private MessageDescription(String name) {
		this.name = name;
	}

	private MessageDescription(MessageDescription other) {
		this.name = other.name;
		this.handler = other.handler;
		this.listeners = other.listeners;
		this.timeout = other.timeout;
		this.event = other.event;
		this.condition = other.condition;
		this.group = other.group;
		this.onError = other.onError;
		this.arguments = other.arguments;
		this.variables = other.variables;
		this.errorVariable = other.errorVariable;
		this.argumentsComplete = other.argumentsComplete;
		this.variablesComplete = other.variablesComplete;
	}

	/**
	 * Describe a message.
	 * @param name the name of its {@code spoe-message} section
	 * @return a description with nothing but the name
	 */
	public static MessageDescription of(String name) {
		return new MessageDescription(name);
	}

	/**
	 * Say which handler handles the message.
	 * @param handler the handler's name for people, such as the name of a method
	 * @return another description
	 */
	public MessageDescription handler(String handler) {
		MessageDescription copy = new MessageDescription(this);
		copy.handler = handler;
		return copy;
	}

	/**
	 * Restrict the message to some listeners.
	 * @param listeners their names, empty for all listeners
	 * @return another description
	 */
	public MessageDescription listeners(Set<String> listeners) {
		MessageDescription copy = new MessageDescription(this);
		copy.listeners = Set.copyOf(listeners);
		return copy;
	}

	/**
	 * Say how long the agent may take to answer.
	 * @param timeout the time from the arrival of the NOTIFY, or {@code null} for no
	 * limit
	 * @return another description
	 */
	public MessageDescription timeout(@Nullable Duration timeout) {
		MessageDescription copy = new MessageDescription(this);
		copy.timeout = timeout;
		return copy;
	}

	/**
	 * Declare the event.
	 * @param event when HAProxy is to send the message
	 * @return another description
	 */
	public MessageDescription event(SpoeEvent event) {
		MessageDescription copy = new MessageDescription(this);
		copy.event = event;
		return copy;
	}

	/**
	 * Declare the condition.
	 * @param condition what follows {@code if} or {@code unless}, with that word, such as
	 * {@code if { path_beg /admin }}; {@code null} for none
	 * @return another description
	 */
	public MessageDescription condition(@Nullable String condition) {
		MessageDescription copy = new MessageDescription(this);
		copy.condition = condition;
		return copy;
	}

	/**
	 * Declare the group that sends the message.
	 * @param group the name of a {@code spoe-group} section; {@code null} for none
	 * @return another description
	 */
	public MessageDescription group(@Nullable String group) {
		MessageDescription copy = new MessageDescription(this);
		copy.group = group;
		return copy;
	}

	/**
	 * Declare what HAProxy is to do with a request when the agent does not answer.
	 * @param onError whether the request passes
	 * @return another description
	 */
	public MessageDescription onError(OnError onError) {
		MessageDescription copy = new MessageDescription(this);
		copy.onError = onError;
		return copy;
	}

	/**
	 * Add an argument that the handler takes.
	 * @param argument the argument
	 * @return another description
	 */
	public MessageDescription argument(ArgumentDescription argument) {
		MessageDescription copy = new MessageDescription(this);
		copy.arguments = plus(this.arguments, argument);
		return copy;
	}

	/**
	 * Say which variable the agent's fallback sets when the handler fails or is late.
	 * HAProxy takes the fallback for an answer, and does not set the variable of
	 * {@code option set-on-error}.
	 * @param variable the variable that the fallback sets to true, or {@code null} for
	 * none
	 * @return another description
	 */
	public MessageDescription errorVariable(@Nullable VariableDescription variable) {
		MessageDescription copy = new MessageDescription(this);
		copy.errorVariable = variable;
		return copy;
	}

	/**
	 * Say whether all arguments of the handler are described. A handler that takes
	 * {@code Arguments} may read others.
	 * @param complete whether {@link #arguments()} has all of them, which is the default
	 * @return another description
	 */
	public MessageDescription argumentsComplete(boolean complete) {
		MessageDescription copy = new MessageDescription(this);
		copy.argumentsComplete = complete;
		return copy;
	}

	/**
	 * Add a variable that the handler sets.
	 * @param variable the variable
	 * @return another description
	 */
	public MessageDescription variable(VariableDescription variable) {
		MessageDescription copy = new MessageDescription(this);
		copy.variables = plus(this.variables, variable);
		return copy;
	}

	/**
	 * Say whether all variables of the handler are described. A handler that returns
	 * {@code Actions} may set others.
	 * @param complete whether {@link #variables()} has all of them, which is the default
	 * @return another description
	 */
	public MessageDescription variablesComplete(boolean complete) {
		MessageDescription copy = new MessageDescription(this);
		copy.variablesComplete = complete;
		return copy;
	}

	private static <T> List<T> plus(List<T> list, T added) {
		List<T> all = new ArrayList<>(list);
		all.add(added);
		return List.copyOf(all);
	}

	/**
	 * Return the name of the message.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Return which handler handles the message.
	 * @return the handler's name for people, empty if it is not known
	 */
	public String handler() {
		return this.handler;
	}

	/**
	 * Return the listeners whose messages are handled.
	 * @return their names, empty for all listeners
	 */
	public Set<String> listeners() {
		return this.listeners;
	}

	/**
	 * Return how long the agent may take to answer.
	 * @return the time from the arrival of the NOTIFY, or {@code null} for no limit
	 */
	public @Nullable Duration timeout() {
		return this.timeout;
	}

	/**
	 * Return the declared event.
	 * @return the event, {@link SpoeEvent#NONE} if none was declared
	 */
	public SpoeEvent event() {
		return this.event;
	}

	/**
	 * Return the declared condition.
	 * @return {@code if} or {@code unless} and what follows, or {@code null} for none
	 */
	public @Nullable String condition() {
		return this.condition;
	}

	/**
	 * Return the declared group.
	 * @return the name of the {@code spoe-group} section, or {@code null} for none
	 */
	public @Nullable String group() {
		return this.group;
	}

	/**
	 * Return what HAProxy is to do with a request when the agent does not answer.
	 * @return the declaration, {@link OnError#UNDECIDED} if there is none
	 */
	public OnError onError() {
		return this.onError;
	}

	/**
	 * Return the arguments that the handler takes.
	 * @return the arguments in the order of the handler's parameters
	 */
	public List<ArgumentDescription> arguments() {
		return this.arguments;
	}

	/**
	 * Return the variable that the agent's fallback sets when the handler fails or is
	 * late.
	 * @return the variable, which the fallback sets to true, or {@code null} for none
	 */
	public @Nullable VariableDescription errorVariable() {
		return this.errorVariable;
	}

	/**
	 * Return whether all arguments of the handler are described.
	 * @return whether {@link #arguments()} has all of them
	 */
	public boolean argumentsComplete() {
		return this.argumentsComplete;
	}

	/**
	 * Return the variables that the handler sets.
	 * @return the variables
	 */
	public List<VariableDescription> variables() {
		return this.variables;
	}

	/**
	 * Return whether all variables of the handler are described.
	 * @return whether {@link #variables()} has all of them
	 */
	public boolean variablesComplete() {
		return this.variablesComplete;
	}

	/**
	 * Return the name of the message.
	 */
	@Override
	public String toString() {
		return this.name;
	}

}
