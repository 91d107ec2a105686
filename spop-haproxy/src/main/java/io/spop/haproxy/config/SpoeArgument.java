package io.spop.haproxy.config;

import org.jspecify.annotations.Nullable;

/**
 * An argument of a message.
 *
 * @since 0.1.0
 */
public final class SpoeArgument {

	private final @Nullable String name;

	private final SampleExpression sample;

	private final Location location;

	SpoeArgument(@Nullable String name, SampleExpression sample, Location location) {
		this.name = name;
		this.sample = sample;
		this.location = location;
	}

	/**
	 * Return the name of the argument. HAProxy sends an argument with an empty name or
	 * none without a name.
	 * @return the text before the first {@code =}, empty for {@code =src}, and
	 * {@code null} if there is no {@code =}
	 */
	public @Nullable String name() {
		return this.name;
	}

	/**
	 * Return what HAProxy sends.
	 * @return the expression
	 */
	public SampleExpression sample() {
		return this.sample;
	}

	/**
	 * Return where the argument is.
	 * @return the place
	 */
	public Location location() {
		return this.location;
	}

	/**
	 * Return the argument as a configuration has it.
	 */
	@Override
	public String toString() {
		return (this.name != null) ? this.name + "=" + this.sample : this.sample.toString();
	}

}
