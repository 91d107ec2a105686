package io.spop.handler;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

import io.spop.agent.SpopExchange;
import io.spop.annotation.SpopArg;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;

/**
 * Chooses the {@link ArgumentResolver} of a parameter: the first kind of resolver that
 * fits the parameter.
 */
final class ArgumentResolvers {

	/** The type of the method handle of each resolver. */
	static final MethodType TYPE = MethodType.methodType(Object.class, NotifyMessage.class, SpopExchange.class,
			Throwable.class);

	/** The resolver that the warm-up uses in place of one that calls the application. */
	static final ArgumentResolver NOTHING = (message, exchange, failure) -> null;

	private static final MethodHandle RESOLVE;

	static {
		try {
			RESOLVE = MethodHandles.lookup().findVirtual(ArgumentResolver.class, "resolve", TYPE);
		}
		catch (ReflectiveOperationException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	private final BindingContext context;

	private final List<Function<MethodParameter, @Nullable ArgumentResolver>> kinds;

	/**
	 * Create an instance.
	 * @param context the settings that all parameters share
	 * @param validations returns the validation of the objects for a parameter
	 */
	ArgumentResolvers(BindingContext context, Function<MethodParameter, Consumer<Object>> validations) {
		this.context = context;
		this.kinds = List.of((parameter) -> custom(parameter, context),
				(parameter) -> NamedArgument.resolver(parameter, context), ContextArgumentResolver::of,
				(parameter) -> BeanArgumentResolver.of(parameter, context, validations));
	}

	private static @Nullable ArgumentResolver custom(MethodParameter parameter, BindingContext context) {
		SpopArg annotation = NamedArgument.annotation(parameter);
		CustomArgumentResolver resolver = CustomArgumentResolver.of(parameter, annotation,
				annotation == null || annotation.required(), context);
		if (resolver != null) {
			NamedArgument.refuseNullablePrimitive(parameter, annotation, resolver);
		}
		return resolver;
	}

	/**
	 * Return a method handle that calls a resolver.
	 */
	static MethodHandle handle(ArgumentResolver resolver) {
		return RESOLVE.bindTo(resolver);
	}

	/**
	 * Combine a method or constructor with the resolvers of its parameters.
	 * @param target the method or constructor, which takes an object for each parameter
	 * @param resolvers the resolvers, in the order of the parameters
	 * @return a method handle of the parameters of {@link #TYPE}, which calls the
	 * resolvers in their order and then the target
	 */
	static MethodHandle resolveInto(MethodHandle target, List<ArgumentResolver> resolvers) {
		MethodHandle handle = MethodHandles.dropArguments(target, resolvers.size(), TYPE.parameterList());
		for (int i = resolvers.size() - 1; i >= 0; i--) {
			handle = MethodHandles.foldArguments(handle, i, resolvers.get(i).handle());
		}
		return handle;
	}

	BindingContext context() {
		return this.context;
	}

	ArgumentResolver get(MethodParameter parameter) {
		return this.kinds.stream()
			.flatMap((kind) -> Stream.ofNullable(kind.apply(parameter)))
			.findFirst()
			.orElseThrow(() -> new InvalidSpopHandlerException(
					HandlerMethod.describe(parameter) + " cannot be taken from a message.",
					"Mark it with @SpopArg if it is an argument of the message."
							+ " NotifyMessage, Arguments, SpopExchange and SpopConnection need no annotation."
							+ " For a type of your own, add a bean that is a SpopArgumentResolver."
							+ ((parameter.getParameterType() == Optional.class)
									? " It supports an Optional of that type if it looks at getNestedParameterType()."
									: "")));
	}

}
