package io.spop.handler;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

import io.spop.agent.SpopExchange;
import io.spop.annotation.SpopArg;
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
 * Resolves parameters marked with {@link SpopArg @SpopArg}, and the components of records
 * and beans. A record, since the JVM takes what it holds for constants.
 *
 * @param names the names that the argument may have, the likeliest first; none with an
 * index
 * @param index its place, or -1
 * @param converter makes the parameter, or what its {@code Optional} or list holds
 * @param absence what the parameter gets instead of NULL or nothing
 * @param defaultValue what is converted instead, if there is a default
 * @param list whether the parameter is a list, of what the converter makes
 * @param nullElements whether that list may hold {@code null}
 * @param optional whether the parameter is an {@code Optional}
 */
record NamedArgumentResolver(List<String> names, int index, ValueConverter converter, Absence absence,
		@Nullable SpopValue defaultValue, boolean list, boolean nullElements,
		boolean optional) implements ArgumentResolver {

	private static final MethodHandle RESOLVE;

	private static final MethodHandle RESOLVE_VALUE;

	private static final MethodHandle FIND;

	static {
		try {
			MethodHandles.Lookup lookup = MethodHandles.lookup();
			RESOLVE = lookup.findVirtual(NamedArgumentResolver.class, "resolve",
					MethodType.methodType(Object.class, NotifyMessage.class, SpopExchange.class));
			RESOLVE_VALUE = lookup.findVirtual(NamedArgumentResolver.class, "resolveValue",
					MethodType.methodType(Object.class, SpopValue.class, NotifyMessage.class));
			FIND = lookup.findVirtual(NamedArgumentResolver.class, "find",
					MethodType.methodType(SpopValue.class, NotifyMessage.class));
		}
		catch (ReflectiveOperationException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	/**
	 * Return the resolver of a parameter marked with the annotation.
	 * @param parameter the parameter
	 * @param binding what all parameters have in common
	 * @return the resolver, or {@code null} if the parameter is not marked
	 */
	static @Nullable NamedArgumentResolver of(MethodParameter parameter, Binding binding) {
		SpopArg annotation = annotation(parameter);
		if (annotation == null) {
			return null;
		}
		refuseNullablePrimitive(parameter, annotation);
		return create(parameter, annotation, annotation.required(), binding);
	}

	/**
	 * Return the resolver of a component of a record or bean.
	 * @param parameter the parameter of the constructor or setter
	 * @param annotation its annotation, if any
	 * @param required whether the message fails without the argument, unless the
	 * parameter may be {@code null} or empty
	 * @param binding what all parameters have in common
	 * @return the resolver
	 */
	static NamedArgumentResolver create(MethodParameter parameter, @Nullable SpopArg annotation, boolean required,
			Binding binding) {
		List<String> names = names(annotation, parameter, binding);
		int index = (annotation != null) ? annotation.index() : -1;
		MethodParameter nested = parameter.nestedIfOptional();
		Class<?> nestedType = nested.getNestedParameterType();
		boolean list = nestedType == List.class || nestedType == Collection.class || nestedType == Iterable.class;
		ValueConverter converter = ValueConverter.to(list ? nested.nested() : nested,
				(annotation != null) ? binding.charset(annotation.charset(), parameter) : binding);
		if (converter == null) {
			throw new InvalidSpopHandlerException(
					HandlerMethod.describe(parameter) + " has a type that no argument of a message converts to.",
					"Use String, byte[], a number, boolean, InetAddress or SpopValue,"
							+ " or add a Converter from one of these.");
		}
		if (list && index >= 0) {
			throw new InvalidSpopHandlerException(
					HandlerMethod.describe(parameter) + " is a list of the argument at one place.",
					"Remove the index to get all arguments of a name, or let the parameter be no list.");
		}
		NamedArgumentResolver resolver = new NamedArgumentResolver(names, index, converter,
				Absence.of(parameter, required), null, list, list && hasNullableElements(parameter),
				parameter.getParameterType() == Optional.class);
		if (annotation == null || annotation.defaultValue().equals(SpopArg.NO_DEFAULT)) {
			return resolver;
		}
		String text = binding.resolve(annotation.defaultValue(),
				"The default value of " + HandlerMethod.describe(parameter));
		return resolver.withDefault(text, parameter);
	}

	/**
	 * Refuse a parameter that would have to be {@code null} and cannot be.
	 */
	static void refuseNullablePrimitive(MethodParameter parameter, @Nullable SpopArg annotation) {
		Class<?> type = parameter.getParameterType();
		boolean required = annotation == null
				|| (annotation.required() || !annotation.defaultValue().equals(SpopArg.NO_DEFAULT));
		if (type.isPrimitive()
				&& (!required || parameter.isOptional() || isNullable(parameter.getParameter().getAnnotatedType()))) {
			throw new InvalidSpopHandlerException(
					HandlerMethod.describe(parameter) + " is not required, but it cannot be null.",
					"Let it be a " + ClassUtils.resolvePrimitiveIfNecessary(type).getSimpleName()
							+ ", or give it a default value.");
		}
	}

	static @Nullable SpopArg annotation(MethodParameter parameter) {
		return AnnotatedElementUtils.getMergedAnnotation(
				AnnotatedElementUtils.forAnnotations(parameter.getParameterAnnotations()), SpopArg.class);
	}

	private static List<String> names(@Nullable SpopArg annotation, MethodParameter parameter, Binding binding) {
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
			String name = binding.resolve(annotation.name(), "@SpopArg on " + HandlerMethod.describe(parameter));
			if (name.isEmpty() || name.indexOf('=') >= 0) {
				throw new InvalidSpopHandlerException(
						HandlerMethod.describe(parameter) + " is the argument '" + name
								+ "', a name that HAProxy cannot send.",
						"Give the name that stands before '=' on the args line of HAProxy's configuration.");
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
		// As those of messages are: to tell that they are the same takes one comparison
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

	private NamedArgumentResolver withDefault(String text, MethodParameter parameter) {
		SpopValue value = SpopValue.of(text);
		try {
			for (SpopValue element : this.list ? elements(value) : List.of(value)) {
				if (this.converter.convert(element) == null && this.absence == Absence.ERROR) {
					throw new IllegalArgumentException("Nothing comes of it");
				}
			}
		}
		catch (RuntimeException ex) {
			throw new InvalidSpopHandlerException(
					HandlerMethod.describe(parameter) + " has the default value '" + text
							+ "', which does not convert to " + this.converter.type().getSimpleName() + ".",
					"Change the default value.", ex);
		}
		return new NamedArgumentResolver(this.names, this.index, this.converter, this.absence, value, this.list,
				this.nullElements, this.optional);
	}

	private static List<SpopValue> elements(SpopValue defaultValue) {
		return Arrays.stream(StringUtils.commaDelimitedListToStringArray(defaultValue.toString()))
			.map(SpopValue::of)
			.toList();
	}

	/**
	 * Return the name that the argument is the likeliest to have.
	 * @return the name, empty if it has none
	 */
	String name() {
		return this.names.isEmpty() ? "" : this.names.get(0);
	}

	/**
	 * Return the type of the parameter, or of what its Optional or List holds.
	 */
	Class<?> type() {
		return this.converter.type();
	}

	/**
	 * Return a handle that does what the method does. It has two parts, since the JVM
	 * compiles a method into its callers while it is small.
	 */
	MethodHandle resolve() {
		if (this.list) {
			return RESOLVE.bindTo(this);
		}
		MethodHandle handle = MethodHandles.foldArguments(RESOLVE_VALUE.bindTo(this), FIND.bindTo(this));
		return MethodHandles.dropArguments(handle, 1, SpopExchange.class);
	}

	@Override
	public @Nullable Object resolve(NotifyMessage message, SpopExchange exchange) {
		if (this.list) {
			Object result = resolveList(message);
			return this.optional ? Optional.ofNullable(result) : result;
		}
		return resolveValue(find(message), message);
	}

	private @Nullable Object resolveValue(SpopValue value, NotifyMessage message) {
		Object result = resolveOne(value, message);
		return this.optional ? Optional.ofNullable(result) : result;
	}

	private @Nullable Object resolveOne(SpopValue found, NotifyMessage message) {
		SpopValue value = found;
		boolean nothing = value instanceof SpopValue.Null;
		if (this.defaultValue != null && (nothing || isEmpty(value))) {
			value = this.defaultValue;
		}
		else if (nothing && this.absence != Absence.VALUE) {
			return absent(message);
		}
		return convert(value, message);
	}

	private @Nullable Object resolveList(NotifyMessage message) {
		List<@Nullable Object> list = new ArrayList<>();
		Arguments arguments = message.arguments();
		int place = place(arguments);
		String name = (place >= 0 && this.index < 0) ? arguments.name(place) : "";
		while (place >= 0) {
			SpopValue value = arguments.value(place);
			if (!(value instanceof SpopValue.Null) || SpopValue.class.isAssignableFrom(type())) {
				list.add(convert(value, message));
			}
			else if (this.nullElements) {
				list.add(null);
			}
			place = (this.index < 0) ? arguments.indexOf(name, place + 1) : -1;
		}
		if (list.isEmpty() && this.defaultValue != null) {
			elements(this.defaultValue).forEach((value) -> list.add(convert(value, message)));
			return list;
		}
		return list.isEmpty() ? absent(message) : list;
	}

	private SpopValue find(NotifyMessage message) {
		Arguments arguments = message.arguments();
		int place = place(arguments);
		return (place >= 0) ? arguments.value(place) : SpopValue.ofNull();
	}

	private int place(Arguments arguments) {
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

	private @Nullable Object absent(NotifyMessage message) {
		if (this.absence == Absence.NULL) {
			return null;
		}
		throw new InvalidSpopArgumentException(
				describe(message) + " is NULL or missing, but " + typeName() + " needs a value", null);
	}

	private @Nullable Object convert(SpopValue value, NotifyMessage message) {
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
				describe(message) + " is " + wireType(value) + ", which does not convert to " + typeName(), cause);
	}

	private String describe(NotifyMessage message) {
		return "Argument " + (this.names.isEmpty() ? this.index : "'" + LogText.name(this.names.get(0)) + "'")
				+ " of message '" + LogText.name(message.name()) + "'";
	}

	private String typeName() {
		return type().getSimpleName();
	}

	private static boolean isEmpty(SpopValue value) {
		return value instanceof SpopValue.Text text && text.toString().isEmpty();
	}

	private static String wireType(SpopValue value) {
		return (value instanceof SpopValue.Text) ? "STRING" : value.getClass().getSimpleName().toUpperCase(Locale.ROOT);
	}

	/**
	 * What a parameter gets instead of NULL or nothing.
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
