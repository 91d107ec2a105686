package io.spop.haproxy.config;

import org.jspecify.annotations.Nullable;

/**
 * An argument of a message.
 *
 * @param name the text before the first {@code =}, empty for {@code =src}, and
 * {@code null} if there is no {@code =}; HAProxy sends an argument with an empty name or
 * none without a name
 * @param sample what HAProxy sends
 * @param location where it is
 * @since 0.1.0
 */
public record SpoeArgument(@Nullable String name, SampleExpression sample, Location location) {

	/**
	 * Return the argument as a configuration has it.
	 */
	@Override
	public String toString() {
		return (this.name != null) ? this.name + "=" + this.sample : this.sample.toString();
	}

}
