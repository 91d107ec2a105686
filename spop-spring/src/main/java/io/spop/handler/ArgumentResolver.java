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
 * Source of the values of one parameter of a handler method. It is chosen once for each
 * parameter, when the application starts.
 */
@FunctionalInterface
interface ArgumentResolver {

	/**
	 * Return the value of the parameter.
	 * @param message the message
	 * @param exchange the NOTIFY of the message
	 * @param failure the exception to handle, or {@code null} if the method does not
	 * handle exceptions
	 * @return an instance of the parameter's type
	 * @throws InvalidSpopArgumentException if the message has no valid value for the
	 * parameter
	 */
	@Nullable Object resolve(NotifyMessage message, SpopExchange exchange, @Nullable Throwable failure);

	/**
	 * Return a method handle that does the same as {@link #resolve}.
	 * @return a handle of the type {@link ArgumentResolvers#TYPE}
	 */
	default MethodHandle handle() {
		return ArgumentResolvers.handle(this);
	}

	/**
	 * Return a resolver for the warm-up. It calls no code of the application.
	 * @return the resolver, possibly one that always returns {@code null}
	 */
	default ArgumentResolver idle() {
		return this;
	}

	/**
	 * Add an example of the argument that the parameter takes.
	 * @param arguments the list to add to, with the arguments of the parameters before
	 * this one
	 */
	default void addExample(List<Argument> arguments) {
	}

	/**
	 * Describe the arguments that the parameter takes. May call converters of the
	 * application.
	 * @param arguments receives each argument
	 */
	default void describe(Consumer<ArgumentDescription> arguments) {
	}

	/**
	 * Return whether this parameter gives the method access to all arguments of the
	 * message.
	 * @return whether it does
	 */
	default boolean takesAll() {
		return false;
	}

}
