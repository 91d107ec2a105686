package io.spop.haproxy.config;

import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * A converter in a sample expression, such as {@code field(1,:)}.
 *
 * @since 0.1.0
 */
public final class Converter {

	private final String name;

	private final List<String> arguments;

	Converter(String name, List<String> arguments) {
		this.name = name;
		this.arguments = List.copyOf(arguments);
	}

	/**
	 * Return the name of the converter.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Return the arguments of the converter.
	 * @return the arguments without quotes
	 */
	public List<String> arguments() {
		return this.arguments;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof Converter that && this.name.equals(that.name) && this.arguments.equals(that.arguments);
	}

	@Override
	public int hashCode() {
		return Objects.hash(this.name, this.arguments);
	}

	/**
	 * Return the converter as a configuration has it, without quotes.
	 */
	@Override
	public String toString() {
		return this.arguments.isEmpty() ? this.name : this.name + "(" + String.join(",", this.arguments) + ")";
	}

}
