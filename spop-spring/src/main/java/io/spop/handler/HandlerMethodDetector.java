package io.spop.handler;

import java.lang.annotation.Annotation;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import io.spop.agent.SpopOversizeException;
import io.spop.agent.SpopTimeoutException;
import io.spop.annotation.Blocking;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopAdvice;
import io.spop.annotation.SpopDefaultMessage;
import io.spop.annotation.SpopExceptionHandler;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.LogText;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.MethodParameter;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotatedMethod;
import org.springframework.core.annotation.AnnotationAwareOrderComparator;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.format.datetime.standard.DurationFormatterUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Finds the {@link SpopMessage @SpopMessage} and
 * {@link SpopDefaultMessage @SpopDefaultMessage} methods of all beans, and their
 * {@link SpopExceptionHandler @SpopExceptionHandler} methods. It creates a
 * {@link HandlerMethod} for each.
 */
final class HandlerMethodDetector {

	/** The exceptions whose handlers have to answer at once, on the event loop. */
	private static final Set<Class<?>> ON_EVENT_LOOP = Set.of(SpopTimeoutException.class, SpopOversizeException.class);

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

	/** The names that HAProxy accepts for a section. */
	static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.:-]+");

	private static final Duration MAX_TIMEOUT = Duration.ofDays(36500);

	private final ConfigurableListableBeanFactory beanFactory;

	private final ArgumentResolvers resolvers;

	private final ResultConverters converters;

	private final Execution execution;

	private final ParameterNameDiscoverer parameterNames = new DefaultParameterNameDiscoverer();

	private final List<MessageHandler> handlers = new ArrayList<>();

	HandlerMethodDetector(ConfigurableListableBeanFactory beanFactory, ArgumentResolvers resolvers,
			ResultConverters converters, Execution execution) {
		this.beanFactory = beanFactory;
		this.resolvers = resolvers;
		this.converters = converters;
		this.execution = execution;
	}

	/**
	 * Find the handler methods. Creates the beans with such methods, unless their scope
	 * does not allow it yet.
	 * @return the handlers
	 * @throws InvalidSpopHandlerException if a method is not a valid handler method
	 */
	List<MessageHandler> detect() {
		List<ExceptionHandlers> advices = advices();
		for (String beanName : this.beanFactory.getBeanNamesForType(Object.class)) {
			if (!ScopedProxyUtils.isScopedTarget(beanName)) {
				Class<?> type = AutoProxyUtils.determineTargetClass(this.beanFactory, beanName);
				if (type != null && isCandidate(type)) {
					detect(beanName, type, advices);
				}
			}
		}
		return this.handlers;
	}

	/**
	 * Return whether a class may have handler methods.
	 */
	static boolean isCandidate(Class<?> type) {
		return !type.getName().startsWith("org.springframework.") && AnnotationUtils.isCandidateClass(type,
				List.of(SpopMessage.class, SpopDefaultMessage.class, SpopExceptionHandler.class));
	}

	/**
	 * Return the methods of a class that have an annotation, also as a meta-annotation.
	 */
	static <A extends Annotation> Map<Method, A> annotated(Class<?> type, Class<A> annotation) {
		return MethodIntrospector.selectMethods(type,
				(MethodIntrospector.MetadataLookup<A>) (method) -> AnnotatedElementUtils.findMergedAnnotation(method,
						annotation));
	}

	private List<ExceptionHandlers> advices() {
		String[] names = this.beanFactory.getBeanNamesForAnnotation(SpopAdvice.class);
		IdentityHashMap<Object, String> beans = new IdentityHashMap<>();
		for (String name : names) {
			if (!ScopedProxyUtils.isScopedTarget(name)) {
				beans.put(this.beanFactory.getBean(name), name);
			}
		}
		return beans.keySet()
			.stream()
			.sorted(AnnotationAwareOrderComparator.INSTANCE
				.withSourceProvider((bean) -> factoryMethod(beans.getOrDefault(bean, ""))))
			.map((bean) -> exceptionHandlers(beans.getOrDefault(bean, ""), AopUtils.getTargetClass(bean)))
			.toList();
	}

	private @Nullable Object factoryMethod(String beanName) {
		BeanDefinition definition = this.beanFactory.containsBeanDefinition(beanName)
				? this.beanFactory.getMergedBeanDefinition(beanName) : null;
		return (definition instanceof RootBeanDefinition root) ? root.getResolvedFactoryMethod() : null;
	}

	private ExceptionHandlers exceptionHandlers(String beanName, Class<?> type) {
		ExceptionHandlers handlers = new ExceptionHandlers();
		annotated(type, SpopExceptionHandler.class).forEach((method, annotation) -> {
			HandlerMethod handler = create(beanName, type, method, true);
			for (Class<? extends Throwable> exception : types(method, annotation)) {
				if (handler.blocking() && ON_EVENT_LOOP.contains(exception)) {
					throw new InvalidSpopHandlerException(
							HandlerMethod.describe(method) + " takes " + exception.getTypeName()
									+ ", which leaves no time to wait for another thread.",
							"Mark it with @NonBlocking, and do not wait in it.");
				}
				handlers.add(exception, handler);
			}
		});
		return handlers;
	}

	private static List<Class<? extends Throwable>> types(Method method, SpopExceptionHandler annotation) {
		List<Class<?>> parameters = Arrays.stream(method.getParameterTypes())
			.filter(Throwable.class::isAssignableFrom)
			.toList();
		List<Class<? extends Throwable>> types = new ArrayList<>(List.of(annotation.value()));
		if (types.isEmpty()) {
			parameters.forEach((parameter) -> types.add(parameter.asSubclass(Throwable.class)));
		}
		if (types.isEmpty()) {
			throw new InvalidSpopHandlerException(
					"@SpopExceptionHandler on " + HandlerMethod.describe(method)
							+ " does not say which exceptions it takes.",
					"Give their types, or add a parameter of such a type.");
		}
		for (Class<?> parameter : parameters) {
			types.stream().filter((type) -> !parameter.isAssignableFrom(type)).findFirst().ifPresent((type) -> {
				throw new InvalidSpopHandlerException(
						HandlerMethod.describe(method) + " takes " + type.getTypeName() + ", which is not a "
								+ parameter.getTypeName() + ".",
						"Give the parameter a type that all exceptions of @SpopExceptionHandler have.");
			});
		}
		return types;
	}

	private void detect(String beanName, Class<?> type, List<ExceptionHandlers> advices) {
		Map<Method, SpopMessage> messages = annotated(type, SpopMessage.class);
		Map<Method, SpopDefaultMessage> defaults = annotated(type, SpopDefaultMessage.class);
		if (messages.isEmpty() && defaults.isEmpty()) {
			refuseExceptionHandlers(type);
			return;
		}
		SpopMessage ofClass = AnnotatedElementUtils.findMergedAnnotation(type, SpopMessage.class);
		if (ofClass != null && !ofClass.name().isEmpty()) {
			throw new InvalidSpopHandlerException(
					"@SpopMessage on " + type.getTypeName() + " has the name '" + ofClass.name() + "'.",
					"Name messages on methods: on a class the annotation only sets what its methods have in common.");
		}
		List<ExceptionHandlers> exceptionHandlers = new ArrayList<>();
		exceptionHandlers.add(exceptionHandlers(beanName, type));
		exceptionHandlers.addAll(advices);
		exceptionHandlers.removeIf(ExceptionHandlers::isEmpty);
		messages.forEach((method,
				annotation) -> this.handlers.add(new MessageHandler(name(method, annotation),
						listeners("@SpopMessage", method, annotation.listeners(), ofClass),
						timeout("@SpopMessage", method, annotation.timeout(), ofClass),
						MessageDeclaration.of(method, annotation, ofClass, this.resolvers.context()),
						create(beanName, type, method, false), exceptionHandlers)));
		defaults.forEach((method,
				annotation) -> this.handlers.add(new MessageHandler(MessageHandler.DEFAULT,
						listeners("@SpopDefaultMessage", method, annotation.listeners(), ofClass),
						timeout("@SpopDefaultMessage", method, annotation.timeout(), ofClass), MessageDeclaration.NONE,
						create(beanName, type, method, false), exceptionHandlers)));
	}

	private static void refuseExceptionHandlers(Class<?> type) {
		Set<Method> methods = annotated(type, SpopExceptionHandler.class).keySet();
		if (!methods.isEmpty() && !AnnotatedElementUtils.hasAnnotation(type, SpopAdvice.class)) {
			throw new InvalidSpopHandlerException(
					"@SpopExceptionHandler on " + HandlerMethod.describe(methods.iterator().next())
							+ " has no effect: its class has no method that handles a message.",
					"Mark the class with @SpopAdvice, so that it answers for the methods of all beans.");
		}
	}

	private String name(Method method, SpopMessage annotation) {
		String name = resolve(annotation.name(), "@SpopMessage", method);
		if (name.isBlank()) {
			throw new InvalidSpopHandlerException("@SpopMessage on " + HandlerMethod.describe(method) + " has no name.",
					"Give it the name of the spoe-message section in HAProxy's configuration,"
							+ " as in @SpopMessage(\"check-client-ip\").");
		}
		if (!NAME.matcher(name).matches()) {
			throw new InvalidSpopHandlerException(
					"@SpopMessage on " + HandlerMethod.describe(method) + " has the name '" + LogText.name(name)
							+ "', which HAProxy does not accept for a spoe-message section.",
					"A name consists of A-Z a-z 0-9 _ . : and - only.");
		}
		return name;
	}

	private String resolve(String text, String annotation, Method method) {
		return this.resolvers.context().resolve(text, annotation + " on " + HandlerMethod.describe(method));
	}

	private Set<String> listeners(String annotation, Method method, String[] listeners, @Nullable SpopMessage ofClass) {
		String[] names = (listeners.length == 0 && ofClass != null) ? ofClass.listeners() : listeners;
		Set<String> resolved = new LinkedHashSet<>();
		for (String name : names) {
			String listener = resolve(name, annotation, method);
			if (listener.isBlank()) {
				throw new InvalidSpopHandlerException(
						annotation + " on " + HandlerMethod.describe(method) + " has an empty name of a listener.",
						"Remove it to handle the messages of all listeners, or give its name.");
			}
			resolved.add(listener);
		}
		return resolved;
	}

	private @Nullable Duration timeout(String annotation, Method method, String timeout,
			@Nullable SpopMessage ofClass) {
		String text = resolve((timeout.isEmpty() && ofClass != null) ? ofClass.timeout() : timeout, annotation, method);
		if (text.isEmpty()) {
			return null;
		}
		try {
			Duration duration = DurationFormatterUtils.detectAndParse(text);
			if (duration.isZero() || duration.isNegative()) {
				throw new IllegalArgumentException("It must be more than zero");
			}
			if (duration.compareTo(MAX_TIMEOUT) > 0) {
				throw new IllegalArgumentException("It must be less than 100 years");
			}
			return duration;
		}
		catch (IllegalArgumentException | DateTimeException | ArithmeticException ex) {
			throw new InvalidSpopHandlerException(
					"The timeout of " + HandlerMethod.describe(method) + " is '" + text + "'.",
					"Give it a time of more than zero and less than 100 years, such as 200ms.", ex);
		}
	}

	private HandlerMethod create(String beanName, Class<?> type, Method method, boolean exceptions) {
		Kotlin.refuse(method);
		List<ArgumentResolver> parameters = Arrays.stream(new MethodOfClass(method, type).getMethodParameters())
			.map((parameter) -> resolver(parameter, exceptions))
			.toList();
		return new HandlerMethod(HandlerMethod.describe(method) + " of bean '" + beanName + "'",
				isBlocking(method, type), target(beanName, method), parameters, this.converters.get(method, type),
				this.converters.variables(method, type));
	}

	private ArgumentResolver resolver(MethodParameter parameter, boolean exceptions) {
		if (exceptions && Throwable.class.isAssignableFrom(parameter.getParameterType())) {
			return new ExceptionArgumentResolver(parameter.getParameterType());
		}
		parameter.initParameterNameDiscovery(this.parameterNames);
		return this.resolvers.get(parameter);
	}

	private boolean isBlocking(Method method, Class<?> type) {
		Boolean marked = isMarkedBlocking(method, HandlerMethod.describe(method));
		if (marked == null) {
			marked = isMarkedBlocking(type, type.getTypeName());
		}
		if (marked != null) {
			return marked;
		}
		return switch (this.execution) {
			case AUTO -> !ResultConverters.isAsynchronous(method.getReturnType());
			case BLOCKING -> true;
			case NON_BLOCKING -> false;
		};
	}

	private static @Nullable Boolean isMarkedBlocking(AnnotatedElement element, String description) {
		boolean blocking = AnnotatedElementUtils.hasAnnotation(element, Blocking.class);
		boolean nonBlocking = AnnotatedElementUtils.hasAnnotation(element, NonBlocking.class);
		if (blocking && nonBlocking) {
			throw new InvalidSpopHandlerException(description + " is marked with both @Blocking and @NonBlocking.",
					"Remove one of them.");
		}
		return (blocking || nonBlocking) ? blocking : null;
	}

	/**
	 * Return a method handle that takes the parameters of a method and calls the method
	 * on its bean.
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

	/**
	 * A method whose type variables are resolved by the class of its bean.
	 */
	private static final class MethodOfClass extends AnnotatedMethod {

		private final Class<?> type;

		MethodOfClass(Method method, Class<?> type) {
			super(method);
			this.type = type;
		}

		@Override
		protected Class<?> getContainingClass() {
			return this.type;
		}

	}

}
