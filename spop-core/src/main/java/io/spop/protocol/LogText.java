package io.spop.protocol;

import java.util.HexFormat;

import org.jspecify.annotations.Nullable;

/**
 * Escapes and shortens text from outside for logs and for other output that operators
 * read. The result has no control characters and no line breaks.
 *
 * @since 0.1.0
 */
public final class LogText {

	/** The number of characters of a name that are kept. */
	public static final int MAX_NAME = 128;

	/** The number of characters of a message that are kept. */
	public static final int MAX_MESSAGE = 512;

	private LogText() {
	}

	/**
	 * Escape and shorten a text.
	 * @param text the text, or {@code null} for the result "null"
	 * @param maxLength the number of characters that are kept, at least 1; an ellipsis
	 * takes the place of the rest
	 * @return the text, with Java's Unicode escapes in place of control characters, line
	 * separators, marks that change the direction of text, and unpaired surrogates
	 */
	public static String of(@Nullable String text, int maxLength) {
		if (text == null) {
			return "null";
		}
		int length = Math.min(text.length(), maxLength);
		if (length < text.length() && Character.isHighSurrogate(text.charAt(length - 1))
				&& Character.isLowSurrogate(text.charAt(length))) {
			length--;
		}
		StringBuilder escaped = null;
		for (int i = 0; i < length; i++) {
			char c = text.charAt(i);
			if (isSafe(text, i, c)) {
				if (escaped != null) {
					escaped.append(c);
				}
				continue;
			}
			if (escaped == null) {
				escaped = new StringBuilder(length + 16).append(text, 0, i);
			}
			escaped.append("\\u").append(HexFormat.of().toHexDigits(c));
		}
		String result = (escaped != null) ? escaped.toString() : text.substring(0, length);
		return (length < text.length()) ? result + "..." : result;
	}

	/**
	 * Escape and shorten a name, such as that of a message, an argument or a listener.
	 * @param name the name
	 * @return the name, shortened to {@value #MAX_NAME} characters
	 */
	public static String name(@Nullable String name) {
		return of(name, MAX_NAME);
	}

	/**
	 * Escape and shorten a message, such as that of an exception or a DISCONNECT.
	 * @param message the message
	 * @return the message, shortened to {@value #MAX_MESSAGE} characters
	 */
	public static String message(@Nullable String message) {
		return of(message, MAX_MESSAGE);
	}

	private static boolean isSafe(String text, int index, char c) {
		if (c >= ' ' && c < 0x7F) {
			return true;
		}
		if (Character.isHighSurrogate(c)) {
			return index + 1 < text.length() && Character.isLowSurrogate(text.charAt(index + 1))
					&& isSafe(Character.getType(Character.toCodePoint(c, text.charAt(index + 1))));
		}
		if (Character.isLowSurrogate(c)) {
			return index > 0 && Character.isHighSurrogate(text.charAt(index - 1))
					&& isSafe(Character.getType(Character.toCodePoint(text.charAt(index - 1), c)));
		}
		return isSafe(Character.getType(c));
	}

	private static boolean isSafe(int type) {
		return switch (type) {
			case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
					Character.UNASSIGNED, Character.PRIVATE_USE ->
				false;
			default -> true;
		};
	}

}
