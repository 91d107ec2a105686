package io.spop.protocol;

import java.util.Objects;

/**
 * One argument of a message.
 *
 * @param name its name, empty if HAProxy's configuration gives the argument no name
 * @param value its value
 * @since 0.1.0
 */
public record Argument(String name, SpopValue value) {

	/**
	 * Create an argument.
	 */
	public Argument {
		Objects.requireNonNull(name, "name");
		if (value == null) {
			throw new NullPointerException("value of argument '" + LogText.name(name) + "'");
		}
	}

	/**
	 * Return name and value, escaped and shortened by {@link LogText}.
	 */
	@Override
	public String toString() {
		String value = LogText.message(this.value.toString());
		return this.name.isEmpty() ? value : LogText.name(this.name) + "=" + value;
	}

}
