package io.spop.protocol;

/**
 * One argument of a message.
 *
 * @param name its name, empty if the configuration gives none
 * @param value its value
 * @since 0.1.0
 */
public record Argument(String name, SpopValue value) {

	@Override
	public String toString() {
		return this.name.isEmpty() ? this.value.toString() : this.name + "=" + this.value;
	}

}
