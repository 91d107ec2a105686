package io.spop.cli;

import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.regex.Pattern;

import io.spop.protocol.Argument;
import io.spop.protocol.SpopValue;

/**
 * Reads an argument of a message as the user writes it: {@code name=value}, where the
 * value may begin with its type.
 */
final class ArgumentText {

	static final String TYPES = "str, int, bool, ip, bin, hdrs, null, int32, uint32, uint64";

	/** An address, and no name, which the system would look up. */
	private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

	private ArgumentText() {
	}

	static Argument read(String text) {
		int equals = text.indexOf('=');
		if (equals < 0) {
			throw wrong(text, "an argument is name=value");
		}
		return new Argument(text.substring(0, equals), value(text, text.substring(equals + 1)));
	}

	private static SpopValue value(String argument, String text) {
		int colon = text.indexOf(':');
		String type = (colon < 0) ? "" : text.substring(0, colon);
		String rest = text.substring(colon + 1);
		try {
			return switch (type) {
				case "str" -> rest.startsWith("@") ? SpopValue.of(Files.readString(file(rest))) : SpopValue.of(rest);
				case "int" -> SpopValue.of(Long.parseLong(rest));
				case "int32" -> new SpopValue.Int32(Integer.parseInt(rest));
				case "uint32" -> new SpopValue.Uint32(Long.parseLong(rest));
				case "uint64" -> uint64(argument, rest);
				case "bool" -> bool(argument, rest);
				case "ip" -> ip(argument, rest);
				case "bin", "hdrs" ->
					SpopValue.of(rest.startsWith("@") ? Files.readAllBytes(file(rest)) : HexFormat.of().parseHex(rest));
				case "null" -> SpopValue.ofNull();
				default -> SpopValue.of(text);
			};
		}
		catch (NumberFormatException ex) {
			throw wrong(argument, "'" + rest + "' is not a number of type " + type);
		}
		catch (IOException ex) {
			throw new CommandException(ExitStatus.NO_INPUT,
					"The file of '" + argument + "' cannot be read: " + Sentences.of(ex) + ".");
		}
		catch (IllegalArgumentException ex) {
			throw wrong(argument, type.equals("bin") ? "'" + rest + "' is not hexadecimal, such as 0aff, nor @file"
					: String.valueOf(ex.getMessage()));
		}
	}

	private static Path file(String text) {
		return Path.of(text.substring(1));
	}

	private static SpopValue uint64(String argument, String text) {
		BigInteger number = new BigInteger(text);
		if (number.signum() < 0 || number.bitLength() > Long.SIZE) {
			throw wrong(argument, "'" + text + "' is not a number of type uint64");
		}
		return new SpopValue.Uint64(number.longValue());
	}

	private static SpopValue bool(String argument, String text) {
		return switch (text) {
			case "true", "1" -> SpopValue.of(true);
			case "false", "0" -> SpopValue.of(false);
			default -> throw wrong(argument, "a bool is true or false, not '" + text + "'");
		};
	}

	private static SpopValue ip(String argument, String text) {
		try {
			if (ADDRESS.matcher(text).matches()) {
				return SpopValue.of(InetAddress.getByName(text));
			}
		}
		catch (UnknownHostException ex) {
			// said below
		}
		throw wrong(argument, "'" + text + "' is not an IP address");
	}

	private static CommandException wrong(String argument, String why) {
		return new CommandException(ExitStatus.USAGE, "The argument '" + argument + "' is wrong: " + why + ".");
	}

}
