package io.spop.haproxy.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.spop.haproxy.HaproxyVersion;
import org.jspecify.annotations.Nullable;

/**
 * The condition of an {@code .if} or {@code .elif} line. A predicate that depends on the
 * binary or the machine is uncertain. Its value is that of a build of the latest release
 * of the branch with OpenSSL and all features.
 */
final class Condition {

	private static final Pattern NUMBER = Pattern.compile("\\s*([+-]?)(?:0[xX]([0-9a-fA-F]+)|(\\d+))");

	private static final Pattern VERSION = Pattern
		.compile("v?(\\d{1,6})(?:\\.(\\d{1,6}))?(?:\\.(\\d{1,6}))?(?:-(dev|rc)?.*)?");

	private final HaproxyVersion version;

	private final Map<String, String> environment;

	private final String text;

	private final List<String> open = new ArrayList<>();

	private int index;

	private int depth;

	private @Nullable String error;

	private Condition(String text, HaproxyVersion version, Map<String, String> environment) {
		this.text = text;
		this.version = version;
		this.environment = environment;
	}

	static Outcome evaluate(String text, HaproxyVersion version, Map<String, String> environment) {
		Condition condition = new Condition(text, version, environment);
		if (text.isBlank()) {
			return new Outcome(false, List.of(), null);
		}
		Value value = condition.or();
		condition.skipBlanks();
		if (condition.error == null && condition.index < text.length()) {
			condition.error = "'" + text.substring(condition.index) + "' is too much";
		}
		if (condition.error != null) {
			return new Outcome(false, List.of(), condition.error);
		}
		return new Outcome(value.holds(), value.certain() ? List.of() : condition.open, null);
	}

	private Value or() {
		Value left = and();
		skipBlanks();
		while (this.error == null && this.text.startsWith("||", this.index)) {
			this.index += 2;
			Value right = and();
			boolean certain = (left.certain && right.certain) || (left.certain && left.holds)
					|| (right.certain && right.holds);
			left = new Value(left.holds || right.holds, certain);
			skipBlanks();
		}
		return left;
	}

	private Value and() {
		Value left = term();
		skipBlanks();
		while (this.error == null && this.text.startsWith("&&", this.index)) {
			this.index += 2;
			Value right = term();
			boolean certain = (left.certain && right.certain) || (left.certain && !left.holds)
					|| (right.certain && !right.holds);
			left = new Value(left.holds && right.holds, certain);
			skipBlanks();
		}
		return left;
	}

	private Value term() {
		boolean negated = false;
		skipBlanks();
		while (this.index < this.text.length() && this.text.charAt(this.index) == '!') {
			negated = !negated;
			this.index++;
			skipBlanks();
		}
		Value value = operand();
		return negated ? new Value(!value.holds, value.certain) : value;
	}

	private Value operand() {
		if (this.index < this.text.length() && this.text.charAt(this.index) == '(') {
			if (++this.depth > 1000) {
				return fail("it has too many parentheses");
			}
			this.index++;
			Value value = or();
			skipBlanks();
			if (this.error == null && (this.index >= this.text.length() || this.text.charAt(this.index) != ')')) {
				return fail("a parenthesis is not closed");
			}
			this.index++;
			this.depth--;
			return value;
		}
		Matcher number = NUMBER.matcher(this.text).region(this.index, this.text.length());
		if (number.lookingAt()) {
			this.index = number.end();
			String digits = (number.group(2) != null) ? number.group(2) : number.group(3);
			return new Value(digits.chars().anyMatch((digit) -> digit != '0'), true);
		}
		return predicate();
	}

	private Value predicate() {
		int start = this.index;
		while (this.index < this.text.length()
				&& (Character.isLetterOrDigit(this.text.charAt(this.index)) || this.text.charAt(this.index) == '_')) {
			this.index++;
		}
		String name = this.text.substring(start, this.index);
		ArgumentList list = ArgumentList.parse(this.text, this.index);
		if (list == null) {
			return fail("a parenthesis is not closed");
		}
		this.index = list.end();
		List<String> arguments = list.arguments();
		String shown = this.text.substring(start, this.index);
		String first = arguments.isEmpty() ? "" : arguments.get(0);
		switch (name) {
			case "defined" -> {
				return certain(arguments, 1, this.environment.containsKey(first));
			}
			case "streq", "strneq", "strstr" -> {
				if (name.equals("strstr") && !this.version.isAtLeast(2, 7)) {
					return fail("HAProxy " + this.version + " has no strstr()");
				}
				if (arguments.size() != 2) {
					return fail(name + "() takes two arguments");
				}
				String second = arguments.get(1);
				return certain(arguments, 2, switch (name) {
					case "streq" -> first.equals(second);
					case "strneq" -> !first.equals(second);
					default -> first.contains(second);
				});
			}
			case "version_atleast", "version_before" -> {
				return version(first, name.equals("version_atleast"), shown);
			}
			case "feature" -> {
				return open(shown, true);
			}
			case "enabled" -> {
				return this.version.isAtLeast(2, 7) ? open(shown, true)
						: fail("HAProxy " + this.version + " has no enabled()");
			}
			case "openssl_version_atleast" -> {
				return open(shown, true);
			}
			case "ssllib_name_startswith" -> {
				return open(shown, first.equals("OpenSSL") || first.isEmpty());
			}
			case "openssl_version_before", "awslc_api_atleast", "awslc_api_before" -> {
				return open(shown, false);
			}
			default -> {
				return fail(name.isEmpty() ? "a condition is missing" : "HAProxy has no predicate " + name);
			}
		}
	}

	private Value certain(List<String> arguments, int limit, boolean holds) {
		return (arguments.size() > limit) ? fail("it has too many arguments") : new Value(holds, true);
	}

	private Value open(String predicate, boolean assumed) {
		this.open.add(predicate);
		return new Value(assumed, false);
	}

	private Value version(String wanted, boolean atLeast, String shown) {
		Matcher matcher = VERSION.matcher(wanted);
		if (!matcher.matches()) {
			// HAProxy takes anything else for version 0
			return new Value(atLeast, true);
		}
		int major = Integer.parseInt(matcher.group(1));
		int minor = (matcher.group(2) != null) ? Integer.parseInt(matcher.group(2)) : 0;
		int byBranch = this.version.compareTo(new HaproxyVersion(major, minor));
		if (byBranch != 0) {
			return new Value((byBranch > 0) == atLeast, true);
		}
		boolean release = matcher.group(3) == null || Integer.parseInt(matcher.group(3)) == 0;
		return release ? new Value(atLeast, true) : open(shown, atLeast);
	}

	private Value fail(String message) {
		if (this.error == null) {
			this.error = message;
		}
		this.index = this.text.length();
		return new Value(false, true);
	}

	private void skipBlanks() {
		while (this.index < this.text.length()
				&& (this.text.charAt(this.index) == ' ' || this.text.charAt(this.index) == '\t')) {
			this.index++;
		}
	}

	/**
	 * The outcome of a condition.
	 *
	 * @param holds whether its block is taken
	 * @param open the uncertain predicates that the outcome depends on
	 * @param error what is wrong with the condition, or {@code null}
	 */
	record Outcome(boolean holds, List<String> open, @Nullable String error) {

	}

	/** A value and whether it is certain. */
	private record Value(boolean holds, boolean certain) {

	}

}
