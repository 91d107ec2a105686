package io.spop.handler;

import java.beans.PropertyDescriptor;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;

import io.spop.agent.SpopExchange;
import io.spop.annotation.SpopArg;
import io.spop.haproxy.ArgumentDescription;
import io.spop.protocol.LogText;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.BeanUtils;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.MethodParameter;
import org.springframework.core.Nullness;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Resolver of a parameter that is a record or bean. The components of the record or bean
 * take the arguments that have their names.
 */
final class BeanArgumentResolver implements ArgumentResolver {

	private static final ParameterNameDiscoverer parameterNames = new DefaultParameterNameDiscoverer();

	private final Class<?> type;

	/** Resolves the parameters of the constructor, and calls it. */
	private final MethodHandle constructor;

	private final List<ArgumentResolver> parameters;

	private final List<Setter> setters;

	private final Consumer<Object> validation;

	private BeanArgumentResolver(Constructor<?> constructor, List<ArgumentResolver> parameters, List<Setter> setters,
			Consumer<Object> validation) throws IllegalAccessException {
		this.type = constructor.getDeclaringClass();
		ReflectionUtils.makeAccessible(constructor);
		MethodHandle handle = MethodHandles.lookup().unreflectConstructor(constructor);
		this.constructor = ArgumentResolvers.resolveInto(handle.asType(handle.type().generic()), parameters);
		this.parameters = parameters;
		this.setters = setters;
		this.validation = validation;
	}

	/**
	 * Return the resolver of a parameter.
	 * @param parameter the parameter
	 * @param context the settings that all parameters share
	 * @param validations returns the validation of the objects for a parameter
	 * @return the resolver, or {@code null} if the type of the parameter is neither a
	 * record nor a bean
	 */
	static @Nullable BeanArgumentResolver of(MethodParameter parameter, BindingContext context,
			Function<MethodParameter, Consumer<Object>> validations) {
		Class<?> type = parameter.getParameterType();
		if (!isBean(type)) {
			return null;
		}
		try {
			Kotlin.refuse(type);
			Constructor<?> constructor = BeanUtils.getResolvableConstructor(type);
			List<ArgumentResolver> parameters = new ArrayList<>();
			for (int i = 0; i < constructor.getParameterCount(); i++) {
				parameters.add(component(type, constructor, i, context));
			}
			List<Setter> setters = parameters.isEmpty() ? setters(type, context) : List.of();
			if (parameters.isEmpty() && setters.isEmpty()) {
				return null;
			}
			return new BeanArgumentResolver(constructor, parameters, setters, validations.apply(parameter));
		}
		catch (IllegalStateException | IllegalAccessException ex) {
			throw new InvalidSpopHandlerException(
					HandlerMethod.describe(parameter) + " has a type that cannot be created: " + ex.getMessage() + ".",
					"Use a record, or a class with one constructor.", ex);
		}
	}

	/**
	 * Return whether a type may be a record or bean of the application.
	 */
	static boolean isBean(Class<?> type) {
		return !BeanUtils.isSimpleProperty(type) && !type.isInterface() && !type.isArray()
				&& !Modifier.isAbstract(type.getModifiers()) && !Throwable.class.isAssignableFrom(type)
				&& !type.getName().startsWith("java.") && !type.getName().startsWith("io.spop.protocol.")
				&& !type.getName().startsWith("reactor.");
	}

	private static ArgumentResolver component(Class<?> type, Constructor<?> constructor, int index,
			BindingContext context) {
		MethodParameter parameter = new MethodParameter(constructor, index).withContainingClass(type);
		SpopArg annotation = NamedArgument.annotation(parameter);
		if (type.isRecord()) {
			// A record has the names and annotations of its components even if its
			// constructor has no parameter names (-parameters) and no annotations
			String name = type.getRecordComponents()[index].getName();
			Field field = Objects.requireNonNull(ReflectionUtils.findField(type, name));
			parameter = new NamedParameter(parameter, name, Nullness.forField(field) == Nullness.NULLABLE);
			annotation = (annotation != null) ? annotation
					: AnnotatedElementUtils.findMergedAnnotation(field, SpopArg.class);
		}
		else {
			parameter.initParameterNameDiscovery(parameterNames);
		}
		ArgumentResolver resolver = component(parameter, annotation, annotation == null || annotation.required(),
				context);
		NamedArgument.refuseNullablePrimitive(parameter, annotation, resolver);
		return resolver;
	}

	private static ArgumentResolver component(MethodParameter parameter, @Nullable SpopArg annotation, boolean required,
			BindingContext context) {
		ArgumentResolver resolver = ContextArgumentResolver.of(parameter);
		if (resolver == null) {
			resolver = CustomArgumentResolver.of(parameter, annotation, required, context);
		}
		return (resolver != null) ? resolver : NamedArgument.resolver(parameter, annotation, required, context);
	}

	private static List<Setter> setters(Class<?> type, BindingContext context) throws IllegalAccessException {
		List<Setter> setters = new ArrayList<>();
		for (PropertyDescriptor property : BeanUtils.getPropertyDescriptors(type)) {
			Method method = property.getWriteMethod();
			if (method != null) {
				MethodParameter parameter = new MethodParameter(method, 0).withContainingClass(type);
				SpopArg annotation = annotation(type, property.getName(), parameter);
				setters.add(Setter.of(method, component(new NamedParameter(parameter, property.getName(), false),
						annotation, annotation != null && annotation.required(), context)));
			}
		}
		return setters;
	}

	private static @Nullable SpopArg annotation(Class<?> type, String property, MethodParameter parameter) {
		SpopArg annotation = NamedArgument.annotation(parameter);
		if (annotation == null) {
			annotation = AnnotatedElementUtils.findMergedAnnotation(parameter.getAnnotatedElement(), SpopArg.class);
		}
		Field field = ReflectionUtils.findField(type, property);
		return (annotation != null || field == null) ? annotation
				: AnnotatedElementUtils.findMergedAnnotation(field, SpopArg.class);
	}

	@Override
	public Object resolve(NotifyMessage message, SpopExchange exchange, @Nullable Throwable failure) {
		try {
			Object bean = (Object) this.constructor.invokeExact(message, exchange, failure);
			for (Setter setter : this.setters) {
				Object value = setter.resolver().resolve(message, exchange, failure);
				if (value != null) {
					setter.method().invokeExact(bean, value);
				}
			}
			this.validation.accept(bean);
			return bean;
		}
		catch (InvalidSpopArgumentException | CustomArgumentResolver.WrongTypeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new InvalidSpopArgumentException("The arguments of message '" + LogText.name(message.name())
					+ "' do not make a " + this.type.getSimpleName() + ": " + Validation.reason(ex), ex);
		}
		catch (Throwable ex) {
			throw (Error) ex;
		}
	}

	/**
	 * Return a resolver that does nothing, since constructors, setters and constraints
	 * are code of the application.
	 */
	@Override
	public ArgumentResolver idle() {
		return ArgumentResolvers.NOTHING;
	}

	@Override
	public void describe(Consumer<ArgumentDescription> arguments) {
		this.parameters.forEach((parameter) -> parameter.describe(arguments));
		this.setters.forEach((setter) -> setter.resolver().describe(arguments));
	}

	/**
	 * A property of the bean and its setter.
	 *
	 * @param method the setter
	 * @param resolver the resolver of the setter's parameter
	 */
	private record Setter(MethodHandle method, ArgumentResolver resolver) {

		private static final MethodType TYPE = MethodType.methodType(void.class, Object.class, Object.class);

		static Setter of(Method method, ArgumentResolver resolver) throws IllegalAccessException {
			ReflectionUtils.makeAccessible(method);
			return new Setter(MethodHandles.lookup().unreflect(method).asType(TYPE), resolver);
		}

	}

	/**
	 * A parameter of a constructor or setter, with the name of its component.
	 */
	private static final class NamedParameter extends MethodParameter {

		private final String name;

		private final boolean nullable;

		NamedParameter(MethodParameter original, String name, boolean nullable) {
			super(original);
			this.name = name;
			this.nullable = nullable;
		}

		@Override
		public boolean isOptional() {
			return this.nullable || super.isOptional();
		}

		@Override
		public String getParameterName() {
			return this.name;
		}

		@Override
		public NamedParameter clone() {
			return new NamedParameter(this, this.name, this.nullable);
		}

	}

}
