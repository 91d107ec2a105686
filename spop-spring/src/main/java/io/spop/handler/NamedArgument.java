package io.spop.handler;

import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

import io.spop.annotation.SpopArg;
import io.spop.haproxy.ArgumentDescription;
import io.spop.protocol.Argument;
import io.spop.protocol.Arguments;
import io.spop.protocol.LogText;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/**
 * The argument of a message that is bound to a parameter marked with
 * {@link SpopArg @SpopArg}, or to a component of a record or bean. This type is a record,
 * because the JVM treats the fields of records as constants.
 *
 * @param names the names that the argument may have, the likeliest first; empty if there
 * is an index
 * @param index the position of the argument, or -1
 * @param converter converts to the type of the parameter, or to the type within its
 * {@code Optional} or list
 * @param absence what the parameter gets if the argument is NULL or missing
 * @param sample the declared sample expression, or {@code null}
 */
record NamedArgument(List<String> names, int index, ValueConverter converter, Absence absence,
		@Nullable String sample) {

	/**
	 * Return the resolver of a parameter marked with the annotation.
	 * @param parameter the parameter
	 * @param context the settings that all parameters share
	 * @return the resolver, or {@code null} if the parameter is not marked
	 */
	static @Nullable ArgumentResolver resolver(MethodParameter parameter, BindingContext context) {
		SpopArg annotation = annotation(parameter);
		if (annotation == null) {
			return null;
		}
		ArgumentResolver resolver = resolver(parameter, annotation, annotation.required(), context);
		refuseNullablePrimitive(parameter, annotation, resolver);
		return resolver;
	}

	/**
	 * Return the resolver of a component of a record or bean.
	 * @param parameter the parameter of the constructor or setter
	 * @param annotation its annotation, if any
	 * @param required whether the message fails without the argument, unless the
	 * parameter may be {@code null} or empty
	 * @param context the settings that all parameters share
	 * @return the resolver
	 */
	static ArgumentResolver resolver(MethodParameter parameter, @Nullable SpopArg annotation, boolean required,
			BindingContext context) {
		List<String> names = names(annotation, parameter, context);
		int index = (annotation != null) ? annotation.index() : -1;
		MethodParameter nested = parameter.nestedIfOptional();
		Class<?> nestedType = nested.getNestedParameterType();
		boolean list = nestedType == List.class || nestedType == Collection.class || nestedType == Iterable.class;
		ValueConverter converter = ValueConverter.to(list ? nested.nested() : nested,
				(annotation != null) ? context.charset(annotation.charset(), parameter) : context);
		if (converter == null) {
			throw new InvalidSpopHandlerException(
					HandlerMethod.describe(parameter) + " has a type that no argument of a message converts to.",
					"Use String, byte[], a number, boolean, InetAddress or SpopValue,"
							+ " or add a Converter from one of these.");
		}
		if (list && index >= 0) {
			throw new InvalidSpopHandlerException(
					HandlerMethod.describe(parameter) + " is a list, but has the index of one argument.",
					"Remove the index to get all arguments of a name, or the list to get one argument.");
		}
		NamedArgument argument = new NamedArgument(names, index, converter, Absence.of(parameter, required),
				(annotation != null) ? sample(annotation, parameter, context) : null);
		String defaultText = defaultText(annotation, parameter, context);
		boolean optional = parameter.getParameterType() == Optional.class;
		if (list) {
			List<SpopValue> defaults = (defaultText != null)
					? Arrays.stream(StringUtils.commaDelimitedListToStringArray(defaultText))
						.map((text) -> argument.defaultValue(text, defaultText, parameter))
						.toList()
					: null;
			return new ListArgumentResolver(argument, defaults, hasNullableElements(parameter), optional);
		}
		return new NamedArgumentResolver(argument,
				(defaultText != null) ? argument.defaultValue(defaultText, defaultText, parameter) : null, optional);
	}

	/**
	 * Refuse a primitive parameter that may have to be {@code null}.
	 * @param parameter the parameter
	 * @param annotation its annotation, if any
	 * @param resolver its resolver
	 */
	static void refuseNullablePrimitive(MethodParameter parameter, @Nullable SpopArg annotation,
			ArgumentResolver resolver) {
		Class<?> type = parameter.getParameterType();
		boolean required = annotation == null
				|| (annotation.required() || !annotation.defaultValue().equals(SpopArg.NO_DEFAULT));
		if (type.isPrimitive()
				&& (!required || parameter.isOptional() || isNullable(parameter.getParameter().getAnnotatedType()))) {
			throw new InvalidSpopHandlerException(
					HandlerMethod.describe(parameter) + " is not required, but it cannot be null.",
					"Use " + ClassUtils.resolvePrimitiveIfNecessary(type).getSimpleName() + " as its type"
							+ ((resolver instanceof CustomArgumentResolver) ? "." : ", or give it a default value."));
		}
	}

	static @Nullable SpopArg annotation(MethodParameter parameter) {
		return AnnotatedElementUtils.getMergedAnnotation(
				AnnotatedElementUtils.forAnnotations(parameter.getParameterAnnotations()), SpopArg.class);
	}

	/**
	 * Return the declared sample expression.
	 * @param annotation the annotation of a parameter
	 * @param parameter the parameter
	 * @param context replaces placeholders
	 * @return the sample expression, or {@code null} if none was declared
	 */
	static @Nullable String sample(SpopArg annotation, MethodParameter parameter, BindingContext context) {
		String sample = context.resolve(annotation.sample(), "The sample of " + HandlerMethod.describe(parameter));
		if (sample.isEmpty()) {
			return null;
		}
		if (sample.isBlank() || sample.chars().anyMatch(Character::isISOControl)) {
			throw new InvalidSpopHandlerException(
					HandlerMethod.describe(parameter) + " has the sample '" + LogText.message(sample)
							+ "', which is not allowed on an args line of HAProxy's configuration.",
					"Give a sample expression on one line, such as req.hdr(host).");
		}
		return sample;
	}

	private static List<String> names(@Nullable SpopArg annotation, MethodParameter parameter, BindingContext context) {
		if (annotation != null && annotation.index() != -1) {
			if (annotation.index() < 0 || annotation.index() >= Arguments.MAX_SIZE) {
				throw new InvalidSpopHandlerException(
						HandlerMethod.describe(parameter) + " has the index " + annotation.index() + ".",
						"An index is 0 to " + (Arguments.MAX_SIZE - 1) + ".");
			}
			if (!annotation.name().isEmpty()) {
				throw new InvalidSpopHandlerException(
						HandlerMethod.describe(parameter) + " has both the name and the index of an argument.",
						"Remove one of them.");
			}
			return List.of();
		}
		if (annotation != null && !annotation.name().isEmpty()) {
			String name = context.resolve(annotation.name(), "@SpopArg on " + HandlerMethod.describe(parameter));
			if (name.isEmpty() || name.indexOf('=') >= 0) {
				throw new InvalidSpopHandlerException(
						HandlerMethod.describe(parameter) + " is the argument '" + name
								+ "', a name that HAProxy cannot send.",
						"Give the name before '=' on the args line of HAProxy's configuration.");
			}
			return List.of(name.intern());
		}
		String name = parameter.getParameterName();
		if (name == null) {
			throw new InvalidSpopHandlerException(
					HandlerMethod.describe(parameter) + " does not say which argument of the message it is.",
					"Give the name, as in @SpopArg(\"ip\"), or compile with -parameters.");
		}
		String words = name.replaceAll("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_").toLowerCase(Locale.ROOT);
		Set<String> names = new LinkedHashSet<>(List.of(name, words, words.replace('_', '-')));
		// The codec interns names, so equal names are the same object and are quick to
		// compare
		return names.stream().map(String::intern).toList();
	}

	private static boolean hasNullableElements(MethodParameter parameter) {
		AnnotatedType type = parameter.getParameter().getAnnotatedType();
		while (type instanceof AnnotatedParameterizedType parameterized) {
			type = parameterized.getAnnotatedActualTypeArguments()[0];
		}
		return isNullable(type);
	}

	private static boolean isNullable(AnnotatedType type) {
		return Arrays.stream(type.getAnnotations())
			.anyMatch((annotation) -> annotation.annotationType().getSimpleName().equals("Nullable"));
	}

	private static @Nullable String defaultText(@Nullable SpopArg annotation, MethodParameter parameter,
			BindingContext context) {
		return (annotation == null || annotation.defaultValue().equals(SpopArg.NO_DEFAULT)) ? null : context
			.resolve(annotation.defaultValue(), "The default value of " + HandlerMethod.describe(parameter));
	}

	/**
	 * Return a default value, or one element of a default list, after a check that it can
	 * be converted.
	 */
	private SpopValue defaultValue(String element, String text, MethodParameter parameter) {
		SpopValue value = SpopValue.of(element);
		try {
			if (this.converter.convert(value) == null && this.absence == Absence.ERROR) {
				throw new IllegalArgumentException("It converts to null");
			}
		}
		catch (RuntimeException ex) {
			throw new InvalidSpopHandlerException(HandlerMethod.describe(parameter) + " has the default value '" + text
					+ "', which does not convert to " + typeName() + ".", "Change the default value.", ex);
		}
		return value;
	}

	/**
	 * Return the position of the argument, or of the first argument if several have the
	 * name.
	 * @param arguments the arguments of the message
	 * @return the position, or -1 if the argument is missing
	 */
	int place(Arguments arguments) {
		if (this.index >= 0) {
			return (this.index < arguments.size()) ? this.index : -1;
		}
		for (int i = 0; i < this.names.size(); i++) {
			int place = arguments.indexOf(this.names.get(i));
			if (place >= 0) {
				return place;
			}
		}
		return -1;
	}

	/**
	 * Convert a value of the argument.
	 * @param value the value
	 * @param message the message, for the text of an exception
	 * @return the object, {@code null} only for an empty text
	 * @throws InvalidSpopArgumentException if the value cannot be converted
	 */
	@Nullable Object convert(SpopValue value, NotifyMessage message) {
		Exception cause = null;
		try {
			Object result = this.converter.convert(value);
			if (result != null || (isEmpty(value) && this.absence == Absence.NULL)) {
				return result;
			}
		}
		catch (Exception ex) {
			cause = ex;
		}
		throw new InvalidSpopArgumentException(
				describe(message) + " is " + wireType(value) + ", which does not convert to " + typeName(), this,
				wireType(value), cause);
	}

	/**
	 * Return the value of the parameter if the argument is NULL or missing.
	 * @param message the message, for the text of an exception
	 * @return {@code null}
	 * @throws InvalidSpopArgumentException if the parameter needs a value
	 */
	@Nullable Object absent(NotifyMessage message) {
		if (this.absence == Absence.NULL) {
			return null;
		}
		throw new InvalidSpopArgumentException(
				describe(message) + " is NULL or missing, but " + typeName() + " needs a value", this, null, null);
	}

	/**
	 * Return whether the parameter takes NULL as a value.
	 */
	boolean takesNull() {
		return SpopValue.class.isAssignableFrom(this.converter.type());
	}

	void addExample(List<Argument> arguments) {
		while (arguments.size() < this.index) {
			arguments.add(new Argument("", SpopValue.ofNull()));
		}
		arguments.add(new Argument(this.names.isEmpty() ? "" : this.names.get(0), this.converter.example()));
	}

	/**
	 * Describe the argument for HAProxy's configuration, in which names are in lower
	 * case.
	 * @param hasDefault whether there is a default value
	 */
	ArgumentDescription describe(boolean hasDefault) {
		ArgumentDescription description = (this.index >= 0) ? ArgumentDescription.at(this.index)
				: ArgumentDescription.named(this.names.stream()
					.sorted(Comparator.comparing((name) -> !name.equals(name.toLowerCase(Locale.ROOT))))
					.toArray(String[]::new));
		return description.required(this.absence == Absence.ERROR && !hasDefault)
			.types(this.converter.types())
			.sample(this.sample);
	}

	private String describe(NotifyMessage message) {
		return "Argument " + label() + " of message '" + LogText.name(message.name()) + "'";
	}

	/**
	 * Return the name of the argument in quotes, or its position.
	 */
	String label() {
		return this.names.isEmpty() ? String.valueOf(this.index) : "'" + LogText.name(this.names.get(0)) + "'";
	}

	/**
	 * Return whether the argument is one of the given arguments.
	 * @param arguments the names and positions of the arguments
	 */
	boolean isAnyOf(Set<Object> arguments) {
		return (this.index >= 0) ? arguments.contains(this.index) : this.names.stream().anyMatch(arguments::contains);
	}

	String typeName() {
		return this.converter.type().getSimpleName();
	}

	static boolean isEmpty(SpopValue value) {
		return value instanceof SpopValue.Text text && text.toString().isEmpty();
	}

	private static String wireType(SpopValue value) {
		return (value instanceof SpopValue.Text) ? "STRING" : value.getClass().getSimpleName().toUpperCase(Locale.ROOT);
	}

	/**
	 * What a parameter gets if the argument is NULL or missing.
	 */
	enum Absence {

		NULL, VALUE, ERROR;

		static Absence of(MethodParameter parameter, boolean required) {
			Class<?> type = parameter.getParameterType();
			if (parameter.isOptional() || (!required && type != SpopValue.class)) {
				return NULL;
			}
			return (type == SpopValue.class) ? VALUE : ERROR;
		}

	}

}
