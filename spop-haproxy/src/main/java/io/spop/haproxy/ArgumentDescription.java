package io.spop.haproxy;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * An argument that a handler takes. Immutable; each method with an argument returns
 * another description.
 *
 * @since 0.1.0
 */
public final class ArgumentDescription {

	private final List<String> names;

	private final int index;

	private boolean required = true;

	private Set<SampleType> types = EnumSet.allOf(SampleType.class);

	private @Nullable String sample;

	private ArgumentDescription(List<String> names, int index) {
		this.names = names;
		this.index = index;
	}

	private ArgumentDescription(ArgumentDescription other) {
		this.names = other.names;
		this.index = other.index;
		this.required = other.required;
		this.types = other.types;
		this.sample = other.sample;
	}

	/**
	 * Describe an argument with a name.
	 * @param names the names under which the handler takes it, of which the first is the
	 * preferred one, such as {@code user_agent}, {@code user-agent}, {@code userAgent}
	 * @return a description of a required argument of any type
	 * @throws IllegalArgumentException if there is no name
	 */
	public static ArgumentDescription named(String... names) {
		if (names.length == 0) {
			throw new IllegalArgumentException("An argument has a name, or a place");
		}
		return new ArgumentDescription(List.of(names), -1);
	}

	/**
	 * Describe an argument that is taken by its place.
	 * @param index the place among all arguments of the message, from 0
	 * @return a description of a required argument of any type
	 */
	public static ArgumentDescription at(int index) {
		return new ArgumentDescription(List.of(), index);
	}

	/**
	 * Say whether the handler needs the argument.
	 * @param required whether the message fails if the argument is missing or NULL
	 * @return another description
	 */
	public ArgumentDescription required(boolean required) {
		ArgumentDescription copy = new ArgumentDescription(this);
		copy.required = required;
		return copy;
	}

	/**
	 * Say which types of values the handler can take.
	 * @param types the types of HAProxy's values, where all or some values of the type
	 * can be converted to the type of the handler's parameter
	 * @return another description
	 */
	public ArgumentDescription types(Set<SampleType> types) {
		ArgumentDescription copy = new ArgumentDescription(this);
		copy.types = Set.copyOf(types);
		return copy;
	}

	/**
	 * Declare the sample expression.
	 * @param sample what HAProxy is to send, such as {@code hdr(CF-IPCountry)};
	 * {@code null} for none
	 * @return another description
	 */
	public ArgumentDescription sample(@Nullable String sample) {
		ArgumentDescription copy = new ArgumentDescription(this);
		copy.sample = sample;
		return copy;
	}

	/**
	 * Return the names under which the handler takes the argument.
	 * @return the names, the preferred one first; empty if it is taken by its place
	 */
	public List<String> names() {
		return this.names;
	}

	/**
	 * Return the place of the argument.
	 * @return the place from 0, or -1 if it is taken by name
	 */
	public int index() {
		return this.index;
	}

	/**
	 * Return whether the message fails without the argument.
	 * @return whether it does
	 */
	public boolean required() {
		return this.required;
	}

	/**
	 * Return which types of values the handler can take.
	 * @return the types
	 */
	public Set<SampleType> types() {
		return this.types;
	}

	/**
	 * Return the declared sample expression.
	 * @return the expression, or {@code null} if none was declared
	 */
	public @Nullable String sample() {
		return this.sample;
	}

	/**
	 * Return the names of the argument, or its place.
	 */
	@Override
	public String toString() {
		return this.names.isEmpty() ? "#" + this.index : String.join(" or ", this.names);
	}

}
