package io.spop.haproxy.config;

import java.util.List;

/**
 * A converter in a sample expression, such as {@code field(1,:)}.
 *
 * @param name its name
 * @param arguments its arguments without quotes
 * @since 0.1.0
 */
public record Converter(String name, List<String> arguments) {

	/**
	 * Create a converter.
	 */
	public Converter {
		arguments = List.copyOf(arguments);
	}

}
