package io.spop.handler;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Actions;
import reactor.core.publisher.Mono;

import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.MethodParameter;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotatedMethod;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Finds the methods annotated with {@link SpopMessage @SpopMessage} of all beans and
 * makes a {@link HandlerMethod} of each.
 */
final class HandlerMethodDetector {

	private static final MethodHandle GET_BEAN;

	static {
		try {
			GET_BEAN = MethodHandles.lookup()
				.findVirtual(BeanFactory.class, "getBean", MethodType.methodType(Object.class, String.class));
		}
		catch (ReflectiveOperationException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	private final ConfigurableListableBeanFactory beanFactory;

	private final ArgumentResolvers resolvers;

	private final ParameterNameDiscoverer parameterNames = new DefaultParameterNameDiscoverer();

	private final Map<String, HandlerMethod> handlers = new LinkedHashMap<>();

	HandlerMethodDetector(ConfigurableListableBeanFactory beanFactory, ArgumentResolvers resolvers) {
		this.beanFactory = beanFactory;
		this.resolvers = resolvers;
	}

	/**
	 * Find the handler methods. Creates the beans that have one, unless their scope does
	 * not allow it yet.
	 * @return the handler methods by the names of their messages
	 * @throws InvalidSpopHandlerException if one cannot work
	 */
	Map<String, HandlerMethod> detect() {
		for (String beanName : this.beanFactory.getBeanNamesForType(Object.class)) {
			if (!ScopedProxyUtils.isScopedTarget(beanName)) {
				detect(beanName);
			}
		}
		return this.handlers;
	}

	private void detect(String beanName) {
		Class<?> type = AutoProxyUtils.determineTargetClass(this.beanFactory, beanName);
		if (type == null || type.getName().startsWith("org.springframework.")
				|| !AnnotationUtils.isCandidateClass(type, SpopMessage.class)) {
			return;
		}
		MethodIntrospector
			.selectMethods(type,
					(MethodIntrospector.MetadataLookup<SpopMessage>) (method) -> AnnotatedElementUtils
						.findMergedAnnotation(method, SpopMessage.class))
			.forEach((method, annotation) -> add(create(beanName, type, method, annotation)));
	}

	private void add(HandlerMethod handler) {
		HandlerMethod other = this.handlers.putIfAbsent(handler.message(), handler);
		if (other != null) {
			throw new InvalidSpopHandlerException(Stream.of(other.toString(), handler.toString())
				.sorted()
				.collect(Collectors.joining(" and ", "Message '" + handler.message() + "' has two handlers: ", ".")),
					"Remove one of them, or give it another name.");
		}
	}

	private HandlerMethod create(String beanName, Class<?> type, Method method, SpopMessage annotation) {
		if (annotation.name().isBlank()) {
			throw new InvalidSpopHandlerException("@SpopMessage on " + HandlerMethod.describe(method) + " has no name.",
					"Give it that of the spoe-message section in HAProxy's configuration,"
							+ " as in @SpopMessage(\"check-client-ip\").");
		}
		boolean reactive = isReactive(method, type);
		boolean nonBlocking = reactive || AnnotatedElementUtils.hasAnnotation(method, NonBlocking.class)
				|| AnnotatedElementUtils.hasAnnotation(type, NonBlocking.class);
		List<ArgumentResolver> parameters = Arrays.stream(new AnnotatedMethod(method).getMethodParameters())
			.map((parameter) -> parameter.withContainingClass(type))
			.map(this::resolver)
			.toList();
		return new HandlerMethod(annotation.name(), HandlerMethod.describe(method) + " of bean '" + beanName + "'",
				!nonBlocking, target(beanName, method), parameters);
	}

	private ArgumentResolver resolver(MethodParameter parameter) {
		parameter.initParameterNameDiscovery(this.parameterNames);
		return this.resolvers.get(parameter);
	}

	private static boolean isReactive(Method method, Class<?> type) {
		ResolvableType result = ResolvableType.forMethodReturnType(method, type);
		boolean reactive = result.resolve() == Mono.class;
		Class<?> value = (reactive ? result.getGeneric() : result).resolve(Object.class);
		if (!Actions.class.isAssignableFrom(value) && value != (reactive ? Void.class : void.class)) {
			throw new InvalidSpopHandlerException(HandlerMethod.describe(method) + " returns " + result + ".",
					"Let it return void, Actions, Mono<Actions> or Mono<Void>.");
		}
		return reactive;
	}

	/**
	 * Return a handle that takes the parameters of the method and calls it on the bean.
	 */
	private MethodHandle target(String beanName, Method method) {
		Object singleton = this.beanFactory.isSingleton(beanName) ? this.beanFactory.getBean(beanName) : null;
		Class<?> type = (singleton != null) ? singleton.getClass() : this.beanFactory.getType(beanName);
		try {
			Method invocable = AopUtils.selectInvocableMethod(method, type);
			ReflectionUtils.makeAccessible(invocable);
			MethodHandle handle = MethodHandles.lookup().unreflect(invocable);
			if (Modifier.isStatic(invocable.getModifiers())) {
				return handle;
			}
			if (singleton != null) {
				return handle.bindTo(singleton);
			}
			MethodHandle bean = MethodHandles.insertArguments(GET_BEAN, 0, this.beanFactory, beanName);
			return MethodHandles.collectArguments(handle, 0,
					bean.asType(MethodType.methodType(invocable.getDeclaringClass())));
		}
		catch (IllegalStateException | IllegalAccessException ex) {
			throw new InvalidSpopHandlerException(
					HandlerMethod.describe(method) + " cannot be called on bean '" + beanName + "', which is a proxy.",
					"Make the method visible to the package, and part of an interface of the bean if the proxy"
							+ " implements interfaces only.",
					ex);
		}
	}

}
