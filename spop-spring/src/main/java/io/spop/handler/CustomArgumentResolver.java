package io.spop.handler;

import java.util.Optional;

import io.spop.agent.SpopExchange;
import io.spop.protocol.LogText;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;
import org.springframework.util.ClassUtils;

/**
 * Resolver of a parameter that asks a {@link SpopArgumentResolver} of the application.
 *
 * @param resolver the resolver
 * @param parameter the parameter
 * @param nullable whether the parameter may be {@code null}
 */
record CustomArgumentResolver(SpopArgumentResolver resolver, MethodParameter parameter,
		boolean nullable) implements ArgumentResolver {

	/**
	 * Return the resolver of a parameter.
	 * @param parameter the parameter
	 * @param required whether the message fails without a value, unless the parameter is
	 * nullable
	 * @param context has the resolvers of the application
	 * @return the resolver, or {@code null} if none of them supports the parameter
	 */
	static @Nullable CustomArgumentResolver of(MethodParameter parameter, boolean required, BindingContext context) {
		if (ContextArgumentResolver.of(parameter) != null) {
			return null;
		}
		for (SpopArgumentResolver resolver : context.resolvers()) {
			if (resolver.supports(parameter)) {
				Class<?> type = parameter.getParameterType();
				boolean nullable = (!required || parameter.isOptional()) && type != Optional.class
						&& !type.isPrimitive();
				return new CustomArgumentResolver(resolver, parameter, nullable);
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
		if (result != null && !ClassUtils.isAssignableValue(this.parameter.getParameterType(), result)) {
			throw new IllegalStateException(HandlerMethod.describe(this.parameter) + " cannot be the "
					+ result.getClass().getTypeName() + " that " + resolverName() + " returned");
		}
		return result;
	}

	private InvalidSpopArgumentException invalid(NotifyMessage message, String reason, @Nullable Exception cause) {
		return new InvalidSpopArgumentException(HandlerMethod.describe(this.parameter) + " has no value from message '"
				+ LogText.name(message.name()) + "': " + resolverName() + " " + reason, cause);
	}

	private String resolverName() {
		return ClassUtils.getUserClass(this.resolver).getTypeName();
	}

	@Override
	public ArgumentResolver idle() {
		return ArgumentResolvers.NOTHING;
	}

}
