package io.spop.handler;

import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Refuses methods and constructors in Kotlin that Java cannot call as they are meant.
 * They are recognized by the names in the class files of Kotlin.
 */
final class Kotlin {

	private static final String METADATA = "kotlin.Metadata";

	private static final String CONTINUATION = "kotlin.coroutines.Continuation";

	private Kotlin() {
	}

	/**
	 * Refuse a handler method that is a {@code suspend fun} or has parameters with
	 * default values.
	 * @param method the method
	 * @throws InvalidSpopHandlerException if the method is refused
	 */
	static void refuse(Method method) {
		Class<?>[] parameters = method.getParameterTypes();
		if (parameters.length > 0 && parameters[parameters.length - 1].getName().equals(CONTINUATION)) {
			throw new InvalidSpopHandlerException(HandlerMethod.describe(method) + " is a Kotlin 'suspend fun'.",
					"Remove 'suspend': such a method is called on a thread that may block. Or let it return a Mono, as"
							+ " mono { } of kotlinx-coroutines-reactor does.");
		}
		Class<?> type = method.getDeclaringClass();
		Stream<Method> variants = Arrays.stream(type.getDeclaredMethods())
			.filter((candidate) -> candidate.getName().equals(method.getName() + "$default"));
		if (isKotlin(type) && variants.anyMatch((variant) -> hasDefaults(variant, method, type))) {
			throw defaults(HandlerMethod.describe(method));
		}
	}

	/**
	 * Refuse a class with a constructor whose parameters have default values.
	 * @param type the class
	 * @throws InvalidSpopHandlerException if the class is refused
	 */
	static void refuse(Class<?> type) {
		List<Constructor<?>> constructors = List.of(type.getDeclaredConstructors());
		if (isKotlin(type) && constructors.stream()
			.anyMatch((variant) -> constructors.stream().anyMatch((original) -> hasDefaults(variant, original)))) {
			throw defaults("The constructor of " + type.getTypeName());
		}
	}

	private static InvalidSpopHandlerException defaults(String subject) {
		return new InvalidSpopHandlerException(subject + " has parameters with Kotlin default values.",
				"Use @SpopArg(defaultValue = \"...\") instead, or let the parameter be nullable.");
	}

	private static boolean isKotlin(Class<?> type) {
		return Arrays.stream(type.getDeclaredAnnotations())
			.anyMatch((annotation) -> annotation.annotationType().getName().equals(METADATA));
	}

	/**
	 * Return whether a method or constructor is the variant that Kotlin generates for
	 * default values. Such a variant has the given parameters, then those of the
	 * original, then bit masks that say which parameters take their defaults, then a
	 * marker.
	 */
	private static boolean hasDefaults(Executable variant, Executable original, Class<?>... before) {
		List<Class<?>> types = List.of(variant.getParameterTypes());
		List<Class<?>> start = Stream.concat(Stream.of(before), Stream.of(original.getParameterTypes())).toList();
		return types.size() > start.size() + 1 && types.subList(0, start.size()).equals(start)
				&& types.subList(start.size(), types.size() - 1).stream().allMatch(int.class::equals);
	}

}
