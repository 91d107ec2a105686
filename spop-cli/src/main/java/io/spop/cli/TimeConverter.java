package io.spop.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads a time as HAProxy's configuration has it: {@code 500ms}, {@code 2s}, {@code 5m}
 * or {@code 1h}. Milliseconds need no unit.
 */
final class TimeConverter implements ITypeConverter<Duration> {

	private static final Pattern SYNTAX = Pattern.compile("(\\d{1,9})(ms|s|m|h)?");

	@Override
	public Duration convert(String text) {
		Matcher matcher = SYNTAX.matcher(text);
		if (!matcher.matches() || Integer.parseInt(matcher.group(1)) == 0) {
			throw new TypeConversionException("'" + text + "' is not a time such as 500ms, 2s or 5m");
		}
		int number = Integer.parseInt(matcher.group(1));
		String unit = matcher.group(2);
		if (unit == null || unit.equals("ms")) {
			return Duration.ofMillis(number);
		}
		return switch (unit) {
			case "s" -> Duration.ofSeconds(number);
			case "m" -> Duration.ofMinutes(number);
			default -> Duration.ofHours(number);
		};
	}

	/**
	 * Write a time as a user reads it.
	 * @param time the time
	 * @return for example {@code 2 s} or {@code 500 ms}
	 */
	static String text(Duration time) {
		return (time.toMillis() % 1000 == 0) ? time.toSeconds() + " s" : time.toMillis() + " ms";
	}

}
