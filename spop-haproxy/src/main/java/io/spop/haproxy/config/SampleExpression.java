package io.spop.haproxy.config;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.SampleType;

/**
 * A sample expression: a fetch and the converters that follow it, such as
 * {@code req.hdr(host),field(1,:),lower}. Immutable.
 *
 * @since 0.1.0
 */
public final class SampleExpression {

	private final String text;

	private final String fetch;

	private final List<String> fetchArguments;

	private final List<Converter> converters;

	private final String malformed;

	private SampleExpression(String text, String fetch, List<String> fetchArguments, List<Converter> converters,
			String malformed) {
		this.text = text;
		this.fetch = fetch;
		this.fetchArguments = List.copyOf(fetchArguments);
		this.converters = List.copyOf(converters);
		this.malformed = malformed;
	}

	/**
	 * Read an expression.
	 * @param text the expression as a word of a configuration has it
	 * @return the expression; one whose form is not valid is not {@linkplain #isKnown()
	 * known}
	 */
	public static SampleExpression parse(String text) {
		int end = name(text, 0);
		String fetch = text.substring(0, end);
		List<Converter> converters = new ArrayList<>();
		if (fetch.isEmpty()) {
			return new SampleExpression(text, fetch, List.of(), converters, "There is no fetch.");
		}
		ArgumentList list = ArgumentList.parse(text, end);
		List<String> arguments = (list != null) ? list.arguments() : List.of();
		while (list != null && list.end() < text.length()) {
			int start = list.end();
			if (text.charAt(start) != ',') {
				return new SampleExpression(text, fetch, arguments, converters,
						"A comma is missing before '" + text.substring(start) + "'.");
			}
			while (start < text.length() && text.charAt(start) == ',') {
				start++;
			}
			if (start == text.length()) {
				break;
			}
			end = name(text, start);
			if (end == start) {
				return new SampleExpression(text, fetch, arguments, converters,
						"'" + text.substring(start) + "' is not a converter.");
			}
			list = ArgumentList.parse(text, end);
			converters.add(new Converter(text.substring(start, end), (list != null) ? list.arguments() : List.of()));
		}
		return new SampleExpression(text, fetch, arguments, converters,
				(list != null) ? "" : "A parenthesis or a quote is not closed.");
	}

	private static int name(String text, int start) {
		int end = start;
		while (end < text.length() && isNameCharacter(text.charAt(end))) {
			end++;
		}
		return end;
	}

	private static boolean isNameCharacter(char c) {
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'
				|| c == '.' || c == ':' || c == '+';
	}

	/**
	 * Return the expression as it was read.
	 * @return the text
	 */
	public String text() {
		return this.text;
	}

	/**
	 * Return the name of the fetch.
	 * @return the name, such as {@code req.hdr}, empty if there is none
	 */
	public String fetch() {
		return this.fetch;
	}

	/**
	 * Return the arguments of the fetch.
	 * @return the arguments without quotes, empty if there are none
	 */
	public List<String> fetchArguments() {
		return this.fetchArguments;
	}

	/**
	 * Return the converters.
	 * @return the converters in their order
	 */
	public List<Converter> converters() {
		return this.converters;
	}

	/**
	 * Return what is wrong with the form of the expression, such as a parenthesis that is
	 * not closed.
	 * @return a sentence, empty if the form is right
	 */
	public String malformed() {
		return this.malformed;
	}

	/**
	 * Return what is wrong with the arguments of the fetch and the converters: arguments
	 * where no version of HAProxy takes any, or no arguments where all versions need one.
	 * The values of arguments are not checked.
	 * @return sentences in the order of the expression, empty if nothing is wrong
	 */
	public List<String> wrongArguments() {
		List<String> wrong = new ArrayList<>();
		wrong("fetch", this.fetch, this.fetchArguments, wrong);
		this.converters.forEach((converter) -> wrong("converter", converter.name(), converter.arguments(), wrong));
		return wrong;
	}

	private static void wrong(String kind, String name, List<String> arguments, List<String> wrong) {
		if (Samples.TABLE.refuses(kind, name, arguments)) {
			wrong.add("The " + kind + " '" + name
					+ (arguments.isEmpty() ? "' needs an argument in parentheses." : "' takes no arguments."));
		}
	}

	/**
	 * Return whether some supported version of HAProxy has the fetch and all converters.
	 * @return whether the expression has a valid form and only known names
	 */
	public boolean isKnown() {
		return HaproxyVersion.SUPPORTED.stream().anyMatch(this::isKnown);
	}

	/**
	 * Return whether a version of HAProxy has the fetch and all converters.
	 * @param version the version; one between two supported ones has what the older of
	 * them has
	 * @return whether the expression has a valid form and only names of that version
	 */
	public boolean isKnown(HaproxyVersion version) {
		return this.malformed.isEmpty() && unknown(version).isEmpty();
	}

	/**
	 * Return the names that a version of HAProxy does not have.
	 * @param version the version
	 * @return the names of the fetch and of converters in their order
	 */
	public List<String> unknown(HaproxyVersion version) {
		List<String> unknown = new ArrayList<>();
		if (Samples.TABLE.fetch(this.fetch).stream().noneMatch((entry) -> entry.isIn(version))) {
			unknown.add(this.fetch);
		}
		for (Converter converter : this.converters) {
			if (Samples.TABLE.converter(converter.name()).stream().noneMatch((entry) -> entry.isIn(version))) {
				unknown.add(converter.name());
			}
		}
		return unknown;
	}

	/**
	 * Return the types of the values that HAProxy can send for the expression. HAProxy
	 * also sends NULL, where there is no value.
	 * @return the types, all of them if the expression is not known
	 */
	public Set<SampleType> types() {
		if (!this.malformed.isEmpty()) {
			return EnumSet.allOf(SampleType.class);
		}
		Set<SampleType> types = types(Samples.TABLE.fetch(this.fetch), EnumSet.allOf(SampleType.class));
		for (Converter converter : this.converters) {
			types = types(Samples.TABLE.converter(converter.name()), types);
		}
		return types;
	}

	private static Set<SampleType> types(List<Samples.Entry> entries, Set<SampleType> before) {
		Set<SampleType> types = EnumSet.noneOf(SampleType.class);
		for (Samples.Entry entry : entries) {
			types.addAll(entry.same() ? before : entry.types());
		}
		return types.isEmpty() ? EnumSet.allOf(SampleType.class) : types;
	}

	/**
	 * Return where HAProxy can evaluate the expression.
	 * @param version the version; a version between two supported ones counts as the
	 * older one
	 * @return the places; all of them where that version does not have the fetch
	 */
	public Set<SamplePlace> places(HaproxyVersion version) {
		for (Samples.Entry entry : Samples.TABLE.fetch(this.fetch)) {
			if (entry.isIn(version)) {
				return EnumSet.copyOf(entry.places());
			}
		}
		return EnumSet.allOf(SamplePlace.class);
	}

	/**
	 * Return where the newest supported version of HAProxy can evaluate the expression.
	 * @return the places; all of them where it does not have the fetch
	 */
	public Set<SamplePlace> places() {
		return places(HaproxyVersion.newest());
	}

	/**
	 * Return the text.
	 */
	@Override
	public String toString() {
		return this.text;
	}

}
