package io.spop.cli;

import java.time.DateTimeException;
import java.time.Instant;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads a point in time with its zone.
 */
final class InstantConverter implements ITypeConverter<Instant> {

	@Override
	public Instant convert(String text) {
		try {
			return Instant.parse(text);
		}
		catch (DateTimeException ex) {
			throw new TypeConversionException("'" + text
					+ "' is not a time with its zone, such as 2026-11-27T09:00:00Z or 2026-11-27T10:00:00+01:00");
		}
	}

}
