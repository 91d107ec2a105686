package io.spop.handler;

import java.lang.annotation.Annotation;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.spop.annotation.SpopDefaultMessage;
import io.spop.annotation.SpopExceptionHandler;
import io.spop.annotation.SpopMessage;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.beans.BeanUtils;
import org.springframework.beans.factory.aot.BeanRegistrationAotContribution;
import org.springframework.beans.factory.aot.BeanRegistrationAotProcessor;
import org.springframework.beans.factory.support.RegisteredBean;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;

/**
 * Registers the methods, records and beans that are used by reflection, for a native
 * image.
 */
final class HandlerHintsProcessor implements BeanRegistrationAotProcessor {

	private static final List<Class<? extends Annotation>> ANNOTATIONS = List.of(SpopMessage.class,
			SpopDefaultMessage.class, SpopExceptionHandler.class);

	/** The names that {@code ObjectToObjectConverter} knows. */
	private static final Set<String> FACTORY_METHODS = Set.of("from", "of", "valueOf");

	private static final BindingReflectionHintsRegistrar bindings = new BindingReflectionHintsRegistrar();

	@Override
	public @Nullable BeanRegistrationAotContribution processAheadOfTime(RegisteredBean bean) {
		Class<?> type = ClassUtils.getUserClass(bean.getBeanClass());
		if (!HandlerMethodDetector.isCandidate(type)) {
			return null;
		}
		Set<Method> methods = new LinkedHashSet<>();
		ANNOTATIONS.forEach((annotation) -> methods.addAll(HandlerMethodDetector.annotated(type, annotation).keySet()));
		return methods.isEmpty() ? null : (context, code) -> {
			ReflectionHints hints = context.getRuntimeHints().reflection();
			methods.forEach((method) -> register(hints, method, type));
		};
	}

	private static void register(ReflectionHints hints, Method method, Class<?> type) {
		hints.registerMethod(method, ExecutableMode.INVOKE);
		// The method to call on a JDK proxy
		hints.registerMethod(ClassUtils.getInterfaceMethodIfPossible(method, type), ExecutableMode.INVOKE);
		Set<Type> objects = new LinkedHashSet<>();
		for (int i = 0; i < method.getParameterCount(); i++) {
			ResolvableType parameter = ResolvableType.forMethodParameter(method, i, type);
			registerConversions(hints, parameter);
			Class<?> bean = parameter.resolve(Object.class);
			if (BeanArgumentResolver.isBean(bean)) {
				objects.add(bean);
				components(bean).forEach((component) -> registerConversions(hints, component));
			}
		}
		Class<?> result = ResultConverters.value(ResolvableType.forMethodReturnType(method, type));
		Set<Member> members = ResultMember.annotated(result).keySet();
		if (!members.isEmpty()) {
			objects.add(result);
			members.forEach((member) -> register(hints, member));
		}
		bindings.registerReflectionHints(hints, objects.toArray(Type[]::new));
	}

	/**
	 * Register a member that is marked as a variable. It need not be a getter, for which
	 * there are hints anyway.
	 */
	private static void register(ReflectionHints hints, Member member) {
		if (member instanceof Method method) {
			hints.registerMethod(method, ExecutableMode.INVOKE);
		}
		else {
			hints.registerField((Field) member);
		}
	}

	/**
	 * Return the types of all that an argument of a message may be converted to.
	 */
	private static Stream<ResolvableType> components(Class<?> bean) {
		return Stream.concat(
				Arrays.stream(bean.getDeclaredConstructors())
					.flatMap((constructor) -> IntStream.range(0, constructor.getParameterCount())
						.mapToObj((i) -> ResolvableType.forConstructorParameter(constructor, i))),
				Arrays.stream(BeanUtils.getPropertyDescriptors(bean))
					.flatMap((property) -> Stream.ofNullable(property.getWriteMethod()))
					.map((setter) -> ResolvableType.forMethodParameter(setter, 0, bean)));
	}

	/**
	 * Register what Spring's conversion looks for in a type that has no converter: a
	 * static method {@code of}, {@code from} or {@code valueOf}, or a constructor with
	 * one parameter.
	 */
	private static void registerConversions(ReflectionHints hints, ResolvableType parameter) {
		// Of an Optional or a List, the elements are converted
		if (parameter.hasGenerics()) {
			registerConversions(hints, parameter.getGeneric());
			return;
		}
		Class<?> type = parameter.resolve(Object.class);
		if (ValueConverter.Kind.of(type) != ValueConverter.Kind.OTHER) {
			return;
		}
		for (Method method : type.getMethods()) {
			if (Modifier.isStatic(method.getModifiers()) && FACTORY_METHODS.contains(method.getName())
					&& method.getParameterCount() == 1 && method.getReturnType() == type) {
				hints.registerMethod(method, ExecutableMode.INVOKE);
			}
		}
		for (Constructor<?> constructor : type.getConstructors()) {
			if (constructor.getParameterCount() == 1) {
				hints.registerConstructor(constructor, ExecutableMode.INVOKE);
			}
		}
	}

}
