package io.spop.protocol;

/**
 * One message of a NOTIFY frame: what a {@code spoe-message} section of HAProxy's
 * configuration describes.
 *
 * @param name the name of the section
 * @param arguments the arguments
 * @since 0.1.0
 */
public record NotifyMessage(String name, Arguments arguments) {

	/**
	 * Create a message.
	 * @param name its name
	 * @param arguments its arguments in their order
	 * @return the message
	 */
	public static NotifyMessage of(String name, Argument... arguments) {
		return new NotifyMessage(name, Arguments.of(arguments));
	}

	@Override
	public String toString() {
		return this.name + this.arguments;
	}

}
