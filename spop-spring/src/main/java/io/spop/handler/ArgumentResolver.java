package io.spop.handler;

import io.spop.agent.SpopExchange;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

/**
 * Finds what one parameter of a handler method gets. Picked once, at startup, for that
 * parameter.
 */
@FunctionalInterface
interface ArgumentResolver {

	/**
	 * Return what the parameter gets.
	 * @param message the message
	 * @param exchange where it came from
	 * @return an instance of the parameter's type
	 * @throws IllegalArgumentException if the message has nothing for the parameter
	 */
	@Nullable Object resolve(NotifyMessage message, SpopExchange exchange);

}
