package io.spop.haproxy.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * The text of a file that can be read as a configuration.
 *
 * @param name the name of the file in locations
 * @param text the text
 */
record Source(String name, String text) {

	private static final int LIMIT = 16 * 1024 * 1024;

	/** How many characters of a line are searched for signs of a template. */
	private static final int LINE = 10_000;

	private static final List<String> TEMPLATE_MARKS = List.of("{{", "{%", "<%");

	private static final Pattern TEMPLATE = Pattern
		.compile("\\{\\{[^{}]{0,500}\\}\\}|\\{%[-+]?\\s{0,9}[a-z].{0,500}%\\}|<%.{0,500}%>");

	/**
	 * Read a file.
	 * @param path the file
	 * @param name the name of the file in locations
	 * @param from where a configuration names the file, or {@code null} if the caller
	 * does
	 * @return its text, or {@code null} if it could not be read, with one problem added
	 */
	static @Nullable Source read(Path path, String name, @Nullable Location from, Problems problems) {
		Location location = (from != null) ? from : new Location(name, 1, 1);
		if (!Files.exists(path)) {
			problems.error("file-missing", location, "There is no file " + name + ".",
					"Correct the path, or make the file.");
			return null;
		}
		if (Files.isDirectory(path)) {
			problems.error("file-is-folder", location, name + " is a folder.", "Name a file.");
			return null;
		}
		if (!Files.isRegularFile(path)) {
			problems.error("file-not-regular", location, name + " is not a regular file.", "Name a file.");
			return null;
		}
		try (InputStream input = Files.newInputStream(path)) {
			return read(input, name, location, problems);
		}
		catch (AccessDeniedException ex) {
			problems.error("file-not-readable", location, name + " must not be read by this user.",
					"Give the user the right to read it.");
			return null;
		}
		catch (IOException | SecurityException ex) {
			problems.error("file-not-readable", location, name + " cannot be read: " + ex.getMessage() + ".",
					"Look at the file and the disk.");
			return null;
		}
	}

	/**
	 * Read a stream to its end.
	 * @return the text, or {@code null} if it is not a text, with one problem added
	 */
	static @Nullable Source read(InputStream input, String name, Location location, Problems problems)
			throws IOException {
		byte[] bytes = input.readNBytes(LIMIT + 1);
		if (bytes.length > LIMIT) {
			problems.error("file-too-big", location, name + " is larger than " + LIMIT / 1024 / 1024 + " MB.",
					"Split it, if it is a configuration at all.");
			return null;
		}
		return decode(name, location, bytes, problems);
	}

	private static @Nullable Source decode(String name, Location location, byte[] bytes, Problems problems) {
		if (hasNul(bytes)) {
			boolean utf16 = bytes.length > 1
					&& (bytes[0] == 0 || bytes[1] == 0 || (bytes[0] == (byte) 0xff && bytes[1] == (byte) 0xfe)
							|| (bytes[0] == (byte) 0xfe && bytes[1] == (byte) 0xff));
			if (utf16) {
				problems.error("file-charset", location, name + " seems to be UTF-16, which HAProxy does not read.",
						"Save it as UTF-8 without byte order mark.");
			}
			else {
				problems.error("file-binary", location, name + " has NUL bytes, which HAProxy refuses.",
						"Name a text file.");
			}
			return null;
		}
		String text;
		try {
			text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
		}
		catch (CharacterCodingException ex) {
			// HAProxy compares bytes and knows no charset
			text = new String(bytes, StandardCharsets.ISO_8859_1);
			problems.hint("file-charset", location, name + " is not UTF-8, and was read as ISO-8859-1.",
					"Save it as UTF-8.");
		}
		return of(name, location, text, problems);
	}

	/**
	 * Return a source for a text. A text that looks like a template gets one problem, and
	 * is read all the same.
	 */
	static Source of(String name, Location location, String text, Problems problems) {
		if (text.startsWith("\ufeff")) {
			problems.error("byte-order-mark", location, name + " begins with a byte order mark, which HAProxy refuses.",
					"Save it as UTF-8 without byte order mark.");
			text = text.substring(1);
		}
		if (TEMPLATE_MARKS.stream().anyMatch(text::contains)) {
			template(name, text, problems);
		}
		return new Source(name, text);
	}

	private static void template(String name, String text, Problems problems) {
		int number = 0;
		for (int start = 0; start < text.length();) {
			number++;
			int end = text.indexOf('\n', start);
			end = (end >= 0) ? end : text.length();
			String line = text.substring(start, Math.min(end, start + LINE));
			Matcher matcher = TEMPLATE.matcher(unquoted(line));
			if (matcher.find()) {
				problems.error("file-is-template", new Location(name, number, 1 + matcher.start()),
						name + " is a template: '" + shortened(line.substring(matcher.start(), matcher.end()))
								+ "' is for another program than HAProxy.",
						"Read the file that is made from it.");
				return;
			}
			start = end + 1;
		}
	}

	/**
	 * Replace text in quotes by blanks, and cut a comment off.
	 */
	private static String unquoted(String line) {
		StringBuilder result = new StringBuilder(line);
		char quote = 0;
		for (int i = 0; i < line.length(); i++) {
			char c = line.charAt(i);
			boolean quoted = quote != 0;
			if (c == '\\' && quote != '\'') {
				i++;
			}
			else if ((c == '"' || c == '\'') && (!quoted || quote == c)) {
				quote = quoted ? 0 : c;
			}
			else if (c == '#' && !quoted) {
				result.setLength(i);
				return result.toString();
			}
			else if (quoted) {
				result.setCharAt(i, ' ');
			}
		}
		return result.toString();
	}

	private static boolean hasNul(byte[] bytes) {
		for (byte b : bytes) {
			if (b == 0) {
				return true;
			}
		}
		return false;
	}

	private static String shortened(String text) {
		return (text.length() > 40) ? text.substring(0, 40) + "..." : text;
	}

}
