package io.spop.handler;

import io.spop.agent.SpopExchange;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

/**
 * Resolver of a parameter for the exception that a method handles. The value is the
 * exception itself, or the first of its causes that has the type of the parameter.
 *
 * @param type the type of the parameter
 */
record ExceptionArgumentResolver(Class<?> type) implements ArgumentResolver {

	@Override
	public @Nullable Object resolve(NotifyMessage message, SpopExchange exchange, @Nullable Throwable failure) {
		return ExceptionHandlers.find(failure, (cause) -> this.type.isInstance(cause) ? cause : null);
	}

}
