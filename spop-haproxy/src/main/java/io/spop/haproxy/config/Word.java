package io.spop.haproxy.config;

/**
 * A word of a line.
 *
 * @param text what HAProxy reads: without quotes and escapes, with the values of
 * environment variables
 * @param location where it begins
 * @since 0.1.0
 */
public record Word(String text, Location location) {

	/**
	 * Return the text.
	 */
	@Override
	public String toString() {
		return this.text;
	}

}
