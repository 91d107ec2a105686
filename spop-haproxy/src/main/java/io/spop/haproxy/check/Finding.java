package io.spop.haproxy.check;

import java.util.Locale;
import java.util.Objects;

import io.spop.haproxy.config.Location;
import org.jspecify.annotations.Nullable;

/**
 * Something that is wrong with a configuration.
 *
 * @since 0.1.0
 */
public final class Finding {

	private static final int LONGEST = 600;

	private final String rule;

	private final Severity severity;

	private final Location location;

	private final String message;

	private final String remedy;

	Finding(String rule, Severity severity, Location location, String message, String remedy) {
		this.rule = rule;
		this.severity = severity;
		this.location = location;
		this.message = printable(message);
		this.remedy = printable(remedy);
	}

	/**
	 * Return which rule found it.
	 * @return the id of the rule, such as {@code spoe-message-without-event}
	 */
	public String rule() {
		return this.rule;
	}

	/**
	 * Return how bad it is.
	 * @return the severity
	 */
	public Severity severity() {
		return this.severity;
	}

	/**
	 * Return where it is.
	 * @return the place
	 */
	public Location location() {
		return this.location;
	}

	/**
	 * Return what is wrong. Control characters are escaped, such as {@code \x1b}, and a
	 * very long text is cut.
	 * @return a sentence
	 */
	public String message() {
		return this.message;
	}

	/**
	 * Return what to do. The text is escaped and cut as that of {@link #message()}.
	 * @return a sentence
	 */
	public String remedy() {
		return this.remedy;
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

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof Finding that && this.rule.equals(that.rule) && this.severity == that.severity
				&& this.location.equals(that.location) && this.message.equals(that.message)
				&& this.remedy.equals(that.remedy);
	}

	@Override
	public int hashCode() {
		return Objects.hash(this.rule, this.severity, this.location, this.message, this.remedy);
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
