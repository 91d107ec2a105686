package io.spop.handler;

import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.function.Consumer;

import io.spop.agent.SpopExchange;
import io.spop.haproxy.ArgumentDescription;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

/**
 * Source of what one parameter of a handler method gets, chosen once for each parameter,
 * when the application starts.
 */
@FunctionalInterface
interface ArgumentResolver {

	/**
	 * Return what the parameter gets.
	 * @param message the message
	 * @param exchange where it came from
	 * @param failure the exception to handle, if the method is one that handles
	 * exceptions
	 * @return an instance of the parameter's type
	 * @throws InvalidSpopArgumentException if the message has nothing for the parameter
	 */
	@Nullable Object resolve(NotifyMessage message, SpopExchange exchange, @Nullable Throwable failure);

	/**
	 * Return a handle that does what {@link #resolve} does.
	 * @return a handle of the type {@link ArgumentResolvers#TYPE}
	 */
	default MethodHandle handle() {
		return ArgumentResolvers.handle(this);
	}

	/**
	 * Return a resolver for the warm-up, which calls no code of the application.
	 * @return the resolver, possibly one that only returns {@code null}
	 */
	default ArgumentResolver idle() {
		return this;
	}

	/**
	 * Add the argument that the parameter takes to those of an example.
	 * @param arguments the arguments of the parameters before this one
	 */
	default void addExample(List<Argument> arguments) {
	}

	/**
	 * Describe the arguments that the parameter takes. May call converters of the
	 * application.
	 * @param arguments is given each of them
	 */
	default void describe(Consumer<ArgumentDescription> arguments) {
	}

	/**
	 * Return whether the method gets all arguments of the message by this parameter, and
	 * takes of them what it likes.
	 * @return whether it does
	 */
	default boolean takesAll() {
		return false;
	}

}
