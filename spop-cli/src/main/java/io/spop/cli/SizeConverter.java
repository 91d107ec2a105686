package io.spop.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads a size as HAProxy's configuration has it: {@code 500k}, {@code 100m} or
 * {@code 1g}. Bytes need no unit.
 */
final class SizeConverter implements ITypeConverter<Long> {

	private static final Pattern SYNTAX = Pattern.compile("(\\d{1,9})([kmgKMG]?)");

	@Override
	public Long convert(String text) {
		Matcher matcher = SYNTAX.matcher(text);
		if (!matcher.matches() || Integer.parseInt(matcher.group(1)) == 0) {
			throw new TypeConversionException("'" + text + "' is not a size such as 500k, 100m or 1g");
		}
		long number = Long.parseLong(matcher.group(1));
		return switch (matcher.group(2)) {
			case "k", "K" -> number << 10;
			case "m", "M" -> number << 20;
			case "g", "G" -> number << 30;
			default -> number;
		};
	}

	/**
	 * Write a size as a user reads it.
	 * @param bytes the size
	 * @return for example {@code 1.5 MiB}
	 */
	static String text(long bytes) {
		if (bytes < 1 << 10) {
			return bytes + ((bytes == 1) ? " byte" : " bytes");
		}
		String[] units = { "KiB", "MiB", "GiB" };
		double number = bytes / 1024.0;
		int unit = 0;
		while (number >= 1024 && unit < units.length - 1) {
			number /= 1024;
			unit++;
		}
		return String.format(Locale.ROOT, "%.1f %s", number, units[unit]);
	}

}
