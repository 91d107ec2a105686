package io.spop.handler;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;

/**
 * Picks the {@link ArgumentResolver} of a parameter: that of the first kind that knows
 * what to do with it.
 */
final class ArgumentResolvers {

	private final Binding binding;

	private final List<Function<MethodParameter, @Nullable ArgumentResolver>> kinds;

	/**
	 * Create a choice.
	 * @param binding what all parameters have in common
	 * @param validations returns the validation of objects that a parameter gets
	 */
	ArgumentResolvers(Binding binding, Function<MethodParameter, Consumer<Object>> validations) {
		this.binding = binding;
		this.kinds = List.of((parameter) -> NamedArgumentResolver.of(parameter, binding), ContextArgumentResolver::of,
				(parameter) -> BeanArgumentResolver.of(parameter, binding, validations));
	}

	Binding binding() {
		return this.binding;
	}

	ArgumentResolver get(MethodParameter parameter) {
		return this.kinds.stream()
			.flatMap((kind) -> Stream.ofNullable(kind.apply(parameter)))
			.findFirst()
			.orElseThrow(() -> new InvalidSpopHandlerException(
					HandlerMethod.describe(parameter) + " is nothing that a message has.",
					"Mark it with @SpopArg if it is an argument of the message."
							+ " NotifyMessage, Arguments, SpopExchange and SpopConnection need no annotation."));
	}

}
