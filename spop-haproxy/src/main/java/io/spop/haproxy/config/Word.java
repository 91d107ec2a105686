package io.spop.haproxy.config;

import java.time.Duration;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * A word of a line.
 *
 * @since 0.1.0
 */
public final class Word {

	private static final Pattern TIME = Pattern.compile("(\\d{1,18})(us|ms|s|m|h|d)?");

	private final String text;

	private final Location location;

	Word(String text, Location location) {
		this.text = text;
		this.location = location;
	}

	/**
	 * Return what HAProxy reads.
	 * @return the text without quotes and escapes, with the values of environment
	 * variables
	 */
	public String text() {
		return this.text;
	}

	/**
	 * Return where the word begins.
	 * @return the place
	 */
	public Location location() {
		return this.location;
	}

	/**
	 * Return the word as a time: digits and a unit {@code us}, {@code ms}, {@code s},
	 * {@code m}, {@code h} or {@code d}; milliseconds without a unit.
	 * @return the time, which may be greater than the 2147483647 ms that HAProxy takes;
	 * {@code null} if the word is not a time
	 */
	public @Nullable Duration duration() {
		Matcher matcher = TIME.matcher(this.text);
		if (!matcher.matches()) {
			return null;
		}
		long value = Long.parseLong(matcher.group(1));
		String unit = matcher.group(2);
		if (unit == null) {
			return Duration.ofMillis(value);
		}
		return switch (unit) {
			case "us" -> Duration.ofSeconds(value / 1_000_000, value % 1_000_000 * 1_000);
			case "s" -> Duration.ofSeconds(value);
			case "m" -> seconds(value, 60);
			case "h" -> seconds(value, 3_600);
			case "d" -> seconds(value, 86_400);
			default -> Duration.ofMillis(value);
		};
	}

	private static Duration seconds(long value, int factor) {
		return Duration.ofSeconds((value > Long.MAX_VALUE / factor) ? Long.MAX_VALUE : value * factor);
	}

	/**
	 * Return the word as a number.
	 * @return the number, or {@code null} if the word has anything but digits and a sign,
	 * or does not fit
	 */
	public @Nullable Integer number() {
		try {
			return Integer.valueOf(this.text);
		}
		catch (NumberFormatException ex) {
			return null;
		}
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof Word that && this.text.equals(that.text) && this.location.equals(that.location);
	}

	@Override
	public int hashCode() {
		return Objects.hash(this.text, this.location);
	}

	/**
	 * Return the text.
	 */
	@Override
	public String toString() {
		return this.text;
	}

}
