package io.spop.haproxy.check;

import java.util.Locale;

import io.spop.haproxy.config.Location;

/**
 * Something that is wrong with a configuration.
 *
 * @param rule the id of the rule that found it, such as
 * {@code spoe-message-without-event}
 * @param severity how bad it is
 * @param location where it is
 * @param message what is wrong, in a sentence
 * @param remedy what to do, in a sentence
 * @since 0.1.0
 */
public record Finding(String rule, Severity severity, Location location, String message, String remedy) {

	private static final int LONGEST = 600;

	/**
	 * Create a finding. In the sentences, control characters become escapes such as
	 * {@code \x1b}, and very long texts are cut.
	 */
	public Finding {
		message = printable(message);
		remedy = printable(remedy);
	}

	static String printable(String text) {
		StringBuilder printable = new StringBuilder();
		for (int i = 0; i < text.length() && i < LONGEST; i++) {
			char c = text.charAt(i);
			int type = Character.getType(c);
			if (Character.isISOControl(c)) {
				printable.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
			}
			else if (type == Character.FORMAT || type == Character.LINE_SEPARATOR
					|| type == Character.PARAGRAPH_SEPARATOR || (type == Character.SURROGATE && !isPair(text, i))) {
				printable.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
			}
			else {
				printable.append(c);
			}
		}
		return (text.length() > LONGEST) ? printable.append("...").toString() : printable.toString();
	}

	private static boolean isPair(String text, int i) {
		return (i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1)))
				|| (i > 0 && Character.isSurrogatePair(text.charAt(i - 1), text.charAt(i)));
	}

	/**
	 * Return the finding in one line, such as
	 * {@code haproxy.cfg:42: warning: ... [spoe-message-without-event]}.
	 */
	@Override
	public String toString() {
		return printable(this.location.toString()) + ": " + this.severity.name().toLowerCase(Locale.ROOT) + ": "
				+ this.message + " " + this.remedy + " [" + this.rule + "]";
	}

}
