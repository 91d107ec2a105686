package io.spop.protocol;

import java.util.Objects;

/**
 * One message of a NOTIFY frame. A {@code spoe-message} section of HAProxy's
 * configuration defines its name and arguments.
 *
 * @param name the name of the section
 * @param arguments the arguments
 * @since 0.1.0
 */
public record NotifyMessage(String name, Arguments arguments) {

	/**
	 * Create a message.
	 */
	public NotifyMessage {
		Objects.requireNonNull(name, "name");
		if (arguments == null) {
			throw new NullPointerException("arguments of message '" + LogText.name(name) + "'");
		}
	}

	/**
	 * Create a message.
	 * @param name its name
	 * @param arguments its arguments in their order
	 * @return the message
	 */
	public static NotifyMessage of(String name, Argument... arguments) {
		return new NotifyMessage(name, Arguments.of(arguments));
	}

	/**
	 * Return name and arguments, escaped and shortened by {@link LogText}.
	 */
	@Override
	public String toString() {
		return LogText.name(this.name) + this.arguments;
	}

}
