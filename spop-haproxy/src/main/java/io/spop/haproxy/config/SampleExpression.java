package io.spop.haproxy.config;

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

	SampleExpression(String text, String fetch, List<String> fetchArguments, List<Converter> converters) {
		this.text = text;
		this.fetch = fetch;
		this.fetchArguments = List.copyOf(fetchArguments);
		this.converters = List.copyOf(converters);
	}

	/**
	 * Read an expression.
	 * @param text the expression as a word of a configuration has it
	 * @return the expression, which is not known if it has no valid form
	 */
	public static SampleExpression parse(String text) {
		return new SampleExpression(text, text, List.of(), List.of());
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
	 * @return the name, such as {@code req.hdr}; the part before the first parenthesis or
	 * comma where the expression has no valid form
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
		return "";
	}

	/**
	 * Return whether some supported version of HAProxy has the fetch and all converters.
	 * @return whether the expression has a valid form and only known names
	 */
	public boolean isKnown() {
		return false;
	}

	/**
	 * Return whether a version of HAProxy has the fetch and all converters.
	 * @param version the version; one between two supported ones has what the older of
	 * them has
	 * @return whether the expression has a valid form and only names of that version
	 */
	public boolean isKnown(HaproxyVersion version) {
		return false;
	}

	/**
	 * Return what HAProxy can send for the expression. Besides, it sends NULL where there
	 * is no value.
	 * @return the types; all of them where the expression is not known
	 */
	public Set<SampleType> types() {
		return Set.of(SampleType.values());
	}

	/**
	 * Return where HAProxy can evaluate the expression.
	 * @return the places; all of them where the fetch is not known
	 */
	public Set<Where> where() {
		return Set.of(Where.values());
	}

	/**
	 * Return the text.
	 */
	@Override
	public String toString() {
		return this.text;
	}

}
