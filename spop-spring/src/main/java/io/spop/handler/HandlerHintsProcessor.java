package io.spop.handler;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import io.spop.annotation.SpopDefaultMessage;
import io.spop.annotation.SpopExceptionHandler;
import io.spop.annotation.SpopMessage;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.ReflectionHints;
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
			Class<?> parameter = ResolvableType.forMethodParameter(method, i, type).resolve(Object.class);
			if (BeanArgumentResolver.isBean(parameter)) {
				objects.add(parameter);
			}
		}
		Class<?> result = ResultConverters.value(ResolvableType.forMethodReturnType(method, type));
		if (!ResultMember.annotated(result).isEmpty()) {
			objects.add(result);
		}
		bindings.registerReflectionHints(hints, objects.toArray(Type[]::new));
	}

}
