package io.spop.handler;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;
import org.springframework.core.convert.ConversionService;

/**
 * Picks the {@link ArgumentResolver} of a parameter: that of the first kind that knows
 * what to do with it.
 */
final class ArgumentResolvers {

	private final List<Function<MethodParameter, @Nullable ArgumentResolver>> kinds;

	ArgumentResolvers(ConversionService conversionService) {
		this.kinds = List.of((parameter) -> NamedArgumentResolver.of(parameter, conversionService),
				ContextArgumentResolver::of);
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
