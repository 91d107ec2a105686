package io.spop.haproxy.config;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The arguments in parentheses after a fetch, a converter or a predicate, with the second
 * level of quotes and escapes that HAProxy has there.
 *
 * @param arguments the arguments, none for a pair of parentheses without anything
 * @param end the index after the closing parenthesis
 */
record ArgumentList(List<String> arguments, int end) {

	/**
	 * Read the arguments.
	 * @param text the whole expression
	 * @param start where the parenthesis would be
	 * @return the arguments, none if there is no parenthesis; {@code null} if it is not
	 * closed
	 */
	static @Nullable ArgumentList parse(String text, int start) {
		if (start >= text.length() || text.charAt(start) != '(') {
			return new ArgumentList(List.of(), start);
		}
		List<String> arguments = new ArrayList<>();
		StringBuilder argument = new StringBuilder();
		char quote = 0;
		for (int i = start + 1; i < text.length(); i++) {
			char c = text.charAt(i);
			if ((c == '"' || c == '\'') && (quote == 0 || quote == c)) {
				quote = (quote == 0) ? c : 0;
			}
			else if (c == '\\' && quote != '\'' && i + 1 < text.length()) {
				i = unescape(text, i, argument);
			}
			else if (quote == 0 && (c == ',' || c == ')')) {
				arguments.add(argument.toString());
				argument.setLength(0);
				if (c == ')') {
					boolean none = arguments.size() == 1 && arguments.get(0).isEmpty();
					return new ArgumentList(none ? List.of() : List.copyOf(arguments), i + 1);
				}
			}
			else {
				argument.append(c);
			}
		}
		return null;
	}

	private static int unescape(String text, int index, StringBuilder argument) {
		char next = text.charAt(index + 1);
		switch (next) {
			case '\\', ' ', '"', '\'' -> argument.append(next);
			case 'r' -> argument.append('\r');
			case 'n' -> argument.append('\n');
			case 't' -> argument.append('\t');
			default -> argument.append('\\').append(next);
		}
		return index + 1;
	}

}
