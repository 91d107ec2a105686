package io.spop.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;

import io.spop.cli.wire.FrameBytes;
import io.spop.protocol.Argument;
import io.spop.protocol.HeaderBlock;
import io.spop.protocol.LogText;
import io.spop.protocol.SpopValue;

/**
 * Reads an argument of a message as the user writes it: {@code name=value}, where the
 * value may begin with its type.
 */
final class ArgumentText {

	/** More than any frame of HAProxy has. */
	private static final int MAX_FILE = 16 * 1024 * 1024;

	private static final Pattern IPV4 = Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?!$)|$)){4}");

	private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

	private static final Pattern FIRST_LINE = Pattern.compile("[A-Z]+ \\S+ HTTP/\\S+|HTTP/.*");

	private final String argument;

	private ArgumentText(String argument) {
		this.argument = argument;
	}

	/**
	 * Read an argument.
	 * @param text the text
	 * @return the argument
	 * @throws CommandException if the text is wrong, or if its file cannot be read
	 */
	static Argument read(String text) {
		int equals = text.indexOf('=');
		ArgumentText argument = new ArgumentText(text);
		if (equals < 0) {
			throw argument.wrong("an argument is NAME=VALUE");
		}
		return new Argument(text.substring(0, equals), argument.value(text.substring(equals + 1)));
	}

	private SpopValue value(String text) {
		int colon = text.indexOf(':');
		String type = (colon < 0) ? "" : text.substring(0, colon);
		String rest = text.substring(colon + 1);
		try {
			return switch (type) {
				case "str" -> rest.startsWith("@") ? string(file(rest)) : SpopValue.of(rest);
				case "int", "int64" -> SpopValue.of(Long.parseLong(rest));
				case "int32" -> new SpopValue.Int32(Integer.parseInt(rest));
				case "uint32" -> new SpopValue.Uint32(Integer.toUnsignedLong(Integer.parseUnsignedInt(rest)));
				case "uint64" -> new SpopValue.Uint64(Long.parseUnsignedLong(rest));
				case "bool" -> bool(rest);
				case "ip" -> ip(rest);
				case "bin" -> SpopValue.of(rest.startsWith("@") ? file(rest) : hex(rest));
				case "hdrs" -> headers(rest);
				case "null" -> none(rest);
				default -> SpopValue.of(text);
			};
		}
		catch (NumberFormatException ex) {
			throw wrong("'" + rest + "' is not a number of the type " + type + range(type));
		}
	}

	private static String range(String type) {
		int bits = type.endsWith("32") ? Integer.SIZE : Long.SIZE;
		BigInteger limit = BigInteger.ONE.shiftLeft(type.startsWith("u") ? bits : bits - 1);
		return ", which is " + (type.startsWith("u") ? "0" : limit.negate()) + " to " + limit.subtract(BigInteger.ONE);
	}

	private SpopValue bool(String text) {
		return switch (text) {
			case "true", "1" -> SpopValue.of(true);
			case "false", "0" -> SpopValue.of(false);
			default -> throw wrong("a bool is true or false, not '" + text + "'");
		};
	}

	private SpopValue ip(String text) {
		boolean isIpv6 = IPV6.matcher(text).matches();
		try {
			if (isIpv6 || IPV4.matcher(text).matches()) {
				byte[] address = InetAddress.getByName(text).getAddress();
				// Java makes an IPv4 address of one that is mapped
				return (isIpv6 && address.length == Integer.BYTES)
						? new SpopValue.Ipv6(0,
								0xFFFF_0000_0000L | Integer.toUnsignedLong(new SpopValue.Ipv4(address).bits()))
						: SpopValue.of(InetAddress.getByAddress(address));
			}
		}
		catch (UnknownHostException ex) {
			// said below
		}
		throw wrong("'" + text + "' is not an IP address");
	}

	private byte[] hex(String text) {
		try {
			return HexFormat.of().parseHex(text);
		}
		catch (IllegalArgumentException ex) {
			throw wrong("'" + text + "' is neither hexadecimal, such as 0aff, nor @FILE");
		}
	}

	private SpopValue none(String rest) {
		if (!rest.isEmpty()) {
			throw wrong("null: has no value");
		}
		return SpopValue.ofNull();
	}

	private static SpopValue string(byte[] bytes) {
		return new SpopValue.Text(bytes, 0, bytes.length);
	}

	/**
	 * Read a file of headers: the binary block of req.hdrs_bin, or lines.
	 */
	private SpopValue headers(String text) {
		if (!text.startsWith("@")) {
			throw wrong("hdrs takes @FILE, a file with a header in each line");
		}
		byte[] bytes = file(text);
		SpopValue block = SpopValue.of(bytes);
		try {
			return HeaderBlock.of(block).value();
		}
		catch (IllegalArgumentException ex) {
			return block(new String(bytes, StandardCharsets.ISO_8859_1));
		}
	}

	private SpopValue block(String lines) {
		ByteArrayOutputStream block = new ByteArrayOutputStream();
		int number = 0;
		for (String line : lines.lines().takeWhile((each) -> !each.isEmpty()).toList()) {
			number++;
			if (number == 1 && FIRST_LINE.matcher(line).matches()) {
				continue;
			}
			int colon = line.indexOf(':');
			if (colon < 1 || line.substring(0, colon).isBlank()) {
				throw new CommandException(ExitStatus.DATA, "The file of '" + LogText.message(this.argument)
						+ "' has no headers: line " + number + " is not 'Name: value'.");
			}
			write(line.substring(0, colon).strip().toLowerCase(Locale.ROOT), block);
			write(line.substring(colon + 1).strip(), block);
		}
		write("", block);
		write("", block);
		return SpopValue.of(block.toByteArray());
	}

	/**
	 * Write a string with its length in front, which is a varint of SPOP.
	 */
	private static void write(String text, ByteArrayOutputStream block) {
		block.writeBytes(FrameBytes.varint(text.length()));
		block.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
	}

	private byte[] file(String text) {
		try (InputStream in = Files.newInputStream(Path.of(text.substring(1)))) {
			byte[] bytes = in.readNBytes(MAX_FILE + 1);
			if (bytes.length > MAX_FILE) {
				throw new CommandException(ExitStatus.DATA,
						"The file of '" + LogText.message(this.argument) + "' does not fit into a frame.");
			}
			return bytes;
		}
		catch (IOException | InvalidPathException ex) {
			throw new CommandException(ExitStatus.NO_INPUT,
					"The file of '" + LogText.message(this.argument) + "' cannot be read: "
							+ ((ex instanceof IOException io) ? Sentences.of(io) : ex.getMessage()) + ".");
		}
	}

	private CommandException wrong(String why) {
		return new CommandException(ExitStatus.USAGE,
				"The argument '" + LogText.message(this.argument) + "' is wrong: " + LogText.message(why) + ".");
	}

}
