package io.spop.haproxy.config;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

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
	 * Return the word as a time: digits and a unit {@code us}, {@code ms}, {@code s},
	 * {@code m}, {@code h} or {@code d}; milliseconds without a unit.
	 * @return the time, or {@code null} if the word is none
	 */
	public @Nullable Duration duration() {
		return null;
	}

	/**
	 * Return the word as a number.
	 * @return the number, or {@code null} if the word is none
	 */
	public @Nullable Integer number() {
		return null;
	}

	/**
	 * Return the text.
	 */
	@Override
	public String toString() {
		return this.text;
	}

}
