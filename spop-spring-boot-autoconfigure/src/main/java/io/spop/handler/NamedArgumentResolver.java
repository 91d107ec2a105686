package io.spop.handler;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

import io.spop.agent.SpopExchange;
import io.spop.annotation.SpopArg;
import io.spop.protocol.Arguments;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;
import org.springframework.core.convert.ConversionService;

/**
 * Resolves parameters marked with {@link SpopArg @SpopArg}.
 *
 * @param names the names that the argument may have, the likeliest first
 * @param converter makes an object of the parameter's type from a value
 * @param absence what the parameter gets instead of NULL or nothing
 * @param type the type of the parameter, or of what its Optional holds
 */
record NamedArgumentResolver(List<String> names, ValueConverter converter, Absence absence,
		Class<?> type) implements ArgumentResolver {

	static @Nullable NamedArgumentResolver of(MethodParameter parameter, ConversionService conversionService) {
		SpopArg annotation = parameter.getParameterAnnotation(SpopArg.class);
		if (annotation == null) {
			return null;
		}
		MethodParameter nested = parameter.nestedIfOptional();
		ValueConverter converter = ValueConverter.to(nested, conversionService);
		if (converter == null) {
			throw new InvalidSpopHandlerException(
					HandlerMethod.describe(parameter) + " has a type that no argument of a message converts to.",
					"Use String, byte[], a number, boolean, InetAddress or SpopValue,"
							+ " or add a Converter from one of these.");
		}
		return new NamedArgumentResolver(names(annotation, parameter), converter, Absence.of(parameter),
				nested.getNestedParameterType());
	}

	private static List<String> names(SpopArg annotation, MethodParameter parameter) {
		if (!annotation.name().isEmpty()) {
			return List.of(annotation.name());
		}
		String name = parameter.getParameterName();
		if (name == null) {
			throw new InvalidSpopHandlerException(
					HandlerMethod.describe(parameter) + " does not say which argument of the message it is.",
					"Give the name, as in @SpopArg(\"ip\"), or compile with -parameters.");
		}
		String words = name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
		Set<String> names = new LinkedHashSet<>(List.of(name, words, words.replace('_', '-')));
		return List.copyOf(names);
	}

	@Override
	public @Nullable Object resolve(NotifyMessage message, SpopExchange exchange) {
		SpopValue value = find(message.arguments());
		if (value instanceof SpopValue.Null && this.absence != Absence.VALUE) {
			return absent(message);
		}
		Object result = convert(value, message);
		return (this.absence == Absence.OPTIONAL) ? Optional.of(result) : result;
	}

	private SpopValue find(Arguments arguments) {
		for (int i = 0; i < this.names.size(); i++) {
			int index = arguments.indexOf(this.names.get(i));
			if (index >= 0) {
				return arguments.value(index);
			}
		}
		return SpopValue.ofNull();
	}

	private @Nullable Object absent(NotifyMessage message) {
		return switch (this.absence) {
			case NULLABLE -> null;
			case OPTIONAL -> Optional.empty();
			case VALUE, ERROR -> throw new IllegalArgumentException("Argument '" + this.names.get(0) + "' of message '"
					+ message.name() + "' is NULL or missing, but " + this.type.getSimpleName() + " needs a value");
		};
	}

	private Object convert(SpopValue value, NotifyMessage message) {
		Exception cause = null;
		try {
			Object result = this.converter.convert(value);
			if (result != null) {
				return result;
			}
		}
		catch (Exception ex) {
			cause = ex;
		}
		throw new IllegalArgumentException("Argument '" + this.names.get(0) + "' of message '" + message.name()
				+ "' is " + wireType(value) + ", which does not convert to " + this.type.getSimpleName(), cause);
	}

	private static String wireType(SpopValue value) {
		return (value instanceof SpopValue.Text) ? "STRING" : value.getClass().getSimpleName().toUpperCase(Locale.ROOT);
	}

	/**
	 * What a parameter gets instead of NULL or nothing.
	 */
	enum Absence {

		NULLABLE, OPTIONAL, VALUE, ERROR;

		static Absence of(MethodParameter parameter) {
			if (parameter.getParameterType() == Optional.class) {
				return OPTIONAL;
			}
			if (parameter.isOptional()) {
				return NULLABLE;
			}
			return (parameter.getParameterType() == SpopValue.class) ? VALUE : ERROR;
		}

	}

}
