package io.spop.handler;

import java.util.Optional;
import java.util.function.Consumer;

import io.spop.agent.SpopExchange;
import io.spop.annotation.SpopArg;
import io.spop.haproxy.ArgumentDescription;
import io.spop.protocol.LogText;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;
import org.springframework.util.ClassUtils;

/**
 * Resolver that asks a {@link SpopArgumentResolver} of the application for the value of a
 * parameter.
 *
 * @param resolver the resolver
 * @param parameter the parameter, or the nested parameter if the resolver supports the
 * type within its {@code Optional}
 * @param type the type that the resolver has to return
 * @param nullable whether the parameter may be {@code null} or empty
 * @param name the declared name of the argument, empty if none was declared
 * @param sample the declared sample expression of the argument, or {@code null}
 */
record CustomArgumentResolver(SpopArgumentResolver resolver, MethodParameter parameter, Class<?> type, boolean nullable,
		String name, @Nullable String sample) implements ArgumentResolver {

	/**
	 * Return the resolver of a parameter. A resolver that supports the {@code Optional}
	 * itself comes before one that supports the type within it.
	 * @param parameter the parameter
	 * @param annotation its annotation, if any
	 * @param required whether the message fails without a value, unless the parameter may
	 * be {@code null} or empty
	 * @param context the settings that all parameters share
	 * @return the resolver, or {@code null} if no resolver of the application supports
	 * the parameter
	 */
	static @Nullable CustomArgumentResolver of(MethodParameter parameter, @Nullable SpopArg annotation,
			boolean required, BindingContext context) {
		if (ContextArgumentResolver.of(parameter) != null) {
			return null;
		}
		MethodParameter supported = parameter;
		SpopArgumentResolver resolver = find(supported, context);
		if (resolver == null && parameter.getParameterType() == Optional.class) {
			supported = parameter.nested();
			resolver = find(supported, context);
		}
		if (resolver == null) {
			return null;
		}
		if (annotation != null && !annotation.defaultValue().equals(SpopArg.NO_DEFAULT)) {
			throw new InvalidSpopHandlerException(
					HandlerMethod.describe(parameter) + " has a default value, but " + name(resolver)
							+ " decides which value it gets.",
					"Remove defaultValue, and let the resolver return the default.");
		}
		return new CustomArgumentResolver(resolver, supported, supported.getNestedParameterType(),
				!required || parameter.isOptional(),
				(annotation != null)
						? context.resolve(annotation.name(), "@SpopArg on " + HandlerMethod.describe(parameter)) : "",
				(annotation != null) ? NamedArgument.sample(annotation, parameter, context) : null);
	}

	private static @Nullable SpopArgumentResolver find(MethodParameter parameter, BindingContext context) {
		for (SpopArgumentResolver resolver : context.resolvers()) {
			try {
				if (resolver.supports(parameter)) {
					return resolver;
				}
			}
			catch (Exception ex) {
				throw new InvalidSpopHandlerException(
						HandlerMethod.describe(parameter) + " made supports() of " + name(resolver) + " throw " + ex
								+ ".",
						"Let supports() return false for each parameter that the resolver does not support."
								+ " getMethod() is null for a parameter of a constructor.",
						ex);
			}
		}
		return null;
	}

	@Override
	public @Nullable Object resolve(NotifyMessage message, SpopExchange exchange, @Nullable Throwable failure) {
		Object result;
		try {
			result = this.resolver.resolve(this.parameter, message, exchange);
		}
		catch (InvalidSpopArgumentException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw invalid(message, "threw " + ClassUtils.getShortName(ex.getClass()), ex);
		}
		if (result == null && !this.nullable) {
			throw invalid(message, "returned null", null);
		}
		if (result != null && !ClassUtils.isAssignableValue(this.type, result)) {
			throw new WrongTypeException(HandlerMethod.describe(this.parameter) + " cannot be the "
					+ result.getClass().getTypeName() + " that " + name(this.resolver) + " returned");
		}
		boolean optional = this.parameter.getParameterType() == Optional.class;
		return (optional && !(result instanceof Optional)) ? Optional.ofNullable(result) : result;
	}

	private InvalidSpopArgumentException invalid(NotifyMessage message, String reason, @Nullable Exception cause) {
		return new InvalidSpopArgumentException(HandlerMethod.describe(this.parameter) + " has no value from message '"
				+ LogText.name(message.name()) + "': " + name(this.resolver) + " " + reason, cause);
	}

	private static String name(SpopArgumentResolver resolver) {
		return ClassUtils.getUserClass(resolver).getTypeName();
	}

	@Override
	public ArgumentResolver idle() {
		return ArgumentResolvers.NOTHING;
	}

	/**
	 * Describe the declared argument. The resolver may use other arguments, too.
	 */
	@Override
	public void describe(Consumer<ArgumentDescription> arguments) {
		if (!this.name.isEmpty()) {
			arguments.accept(ArgumentDescription.named(this.name).required(false).sample(this.sample));
		}
	}

	/**
	 * Thrown if a resolver returns an object that does not have the type of the
	 * parameter. This is a fault of the resolver, not of the message.
	 */
	static final class WrongTypeException extends IllegalStateException {

		private static final long serialVersionUID = 1L;

		private WrongTypeException(String text) {
			super(text);
		}

	}

}
