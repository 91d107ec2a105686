package io.spop.haproxy.write;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

import io.spop.haproxy.SampleType;
import org.jspecify.annotations.Nullable;

/**
 * Checks and quotes words of HAProxy's configuration. The messages of exceptions begin
 * with what the word belongs to, such as {@code Message 'x'}.
 */
final class Words {

	/** HAProxy takes 64 words a line; some are left for the keywords at the beginning. */
	static final int A_LINE = 60;

	private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.:-]+");

	private static final Pattern PLAIN = Pattern.compile("[^\\s\"'\\\\#$\\p{Cntrl}]+");

	private static final Pattern PREDEFINED_ACL = Pattern.compile("[A-Z][A-Z0-9_.]*");

	private static final Set<String> OPERATORS = Set.of("or", "||", "!");

	private Words() {
	}

	/**
	 * Check the name of a section.
	 */
	static String name(String who, String what, String name) {
		if (!NAME.matcher(name).matches()) {
			throw new IllegalArgumentException(who + ": HAProxy does not take '" + printable(name) + "' for " + what
					+ ". It takes ASCII letters, digits and the characters _ - . :");
		}
		return name;
	}

	/**
	 * Return a text as HAProxy reads it as one word, quoted if need be.
	 */
	static String quote(String who, String what, String text) {
		refuseControl(who, what, text);
		if (PLAIN.matcher(text).matches()) {
			return text;
		}
		if (text.indexOf('\'') < 0) {
			return "'" + text + "'";
		}
		return '"' + text.replaceAll("[\"\\\\$]", "\\\\$0") + '"';
	}

	/**
	 * Check a condition, which is written as it is.
	 */
	static String condition(String who, String condition) {
		refuseControl(who, "the condition", condition);
		List<String> words = split(who, condition);
		String example = "The condition looks like: if { path_beg /admin }";
		if (words.size() < 2 || !(words.get(0).equals("if") || words.get(0).equals("unless"))) {
			throw new IllegalArgumentException(
					who + ": the condition '" + condition + "' does not begin with if or unless. " + example);
		}
		if (words.size() > A_LINE - 10) {
			throw new IllegalArgumentException(who + ": the condition has " + words.size()
					+ " words, and HAProxy takes 64 on a line. Shorten the condition");
		}
		boolean inBraces = false;
		for (String word : words.subList(1, words.size())) {
			if (inBraces) {
				inBraces = !word.equals("}");
			}
			else if (word.equals("{") || word.equals("!{")) {
				inBraces = true;
			}
			else if (!OPERATORS.contains(word)) {
				String acl = word.startsWith("!") ? word.substring(1) : word;
				if (!PREDEFINED_ACL.matcher(acl).matches()) {
					throw new IllegalArgumentException(who + ": the condition '" + condition + "' names the ACL '" + acl
							+ "', which the written file does not have. Write out what it stands for. " + example);
				}
			}
		}
		if (inBraces) {
			throw new IllegalArgumentException(
					who + ": the condition '" + condition + "' has a { without }, each a word of its own. " + example);
		}
		return condition.strip();
	}

	private static List<String> split(String who, String text) {
		List<String> words = new ArrayList<>();
		StringBuilder word = new StringBuilder();
		char quote = 0;
		for (int i = 0; i < text.length(); i++) {
			char character = text.charAt(i);
			if (quote == 0 && (character == ' ' || character == '\t')) {
				add(words, word);
				continue;
			}
			if (quote == 0 && character == '#') {
				throw new IllegalArgumentException(
						who + ": HAProxy takes what follows a # for a comment. In the condition, write it as \\#");
			}
			word.append(character);
			if (character == '\\' && quote != '\'' && i + 1 < text.length()) {
				word.append(text.charAt(++i));
			}
			else if (character == '\\' && quote != '\'') {
				throw new IllegalArgumentException(who + ": the condition ends with a single \\");
			}
			else if (quote == 0 && (character == '"' || character == '\'')) {
				quote = character;
			}
			else if (quote == character) {
				quote = 0;
			}
		}
		if (quote != 0) {
			throw new IllegalArgumentException(who + ": the condition has no second " + quote);
		}
		add(words, word);
		return words;
	}

	private static void add(List<String> words, StringBuilder word) {
		if (!word.isEmpty()) {
			words.add(word.toString());
			word.setLength(0);
		}
	}

	static void refuseControl(String who, String what, String text) {
		for (int i = 0; i < text.length(); i++) {
			char character = text.charAt(i);
			if (character == '\n' || character == '\r') {
				throw new IllegalArgumentException(who + ": " + what + " '" + printable(text)
						+ "' has a line feed or a carriage return, which ends a line of HAProxy's configuration. Remove it");
			}
			if (Character.isISOControl(character) && character != '\t') {
				throw new IllegalArgumentException(who + ": " + what + " '" + printable(text)
						+ "' has the control character " + (int) character + ". Remove it");
			}
		}
	}

	/**
	 * Return a text that can stand in a comment or in a sentence.
	 */
	static String printable(String text) {
		return text.replaceAll("\\p{Cntrl}", " ");
	}

	/**
	 * Return a text that can be a part of a name.
	 */
	static String part(String text) {
		return text.replaceAll("[^A-Za-z0-9_-]", "_");
	}

	static String types(Set<SampleType> types) {
		if (types.isEmpty() || types.size() == SampleType.values().length) {
			return "any type";
		}
		return String.join(" or ",
				new TreeSet<>(types).stream().map((type) -> type.name().toLowerCase(Locale.ROOT)).toList());
	}

	/**
	 * Return lines that begin with a keyword, with all of the words.
	 */
	static String lines(String keyword, List<String> words) {
		StringBuilder text = new StringBuilder();
		for (int from = 0; from < words.size(); from += A_LINE) {
			text.append("    ")
				.append(keyword)
				.append(' ')
				.append(String.join(" ", words.subList(from, Math.min(from + A_LINE, words.size()))))
				.append('\n');
		}
		return text.toString();
	}

	static @Nullable String nullIfBlank(@Nullable String text) {
		return (text == null || text.isBlank()) ? null : text.strip();
	}

}
