package io.spop.handler;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

import io.spop.agent.SpopExchange;
import io.spop.haproxy.ArgumentDescription;
import io.spop.haproxy.VariableDescription;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.core.MethodParameter;

/**
 * A method that handles messages, or exceptions, with the bean, the resolvers of its
 * parameters and the converter of its result built into one {@link MethodHandle}, so that
 * a message is handled without reflection.
 */
final class HandlerMethod {

	private static final Class<?> ERROR = Mono.error(new IllegalStateException()).getClass();

	private static final Class<?> ERROR_SUPPLIED = Mono.error(IllegalStateException::new).getClass();

	private static final MethodHandle CONVERT;

	static {
		try {
			CONVERT = MethodHandles.lookup()
				.findVirtual(ResultConverter.class, "convertNullable",
						MethodType.methodType(Object.class, Object.class));
		}
		catch (ReflectiveOperationException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	private final String description;

	private final boolean blocking;

	private final boolean asynchronous;

	private final MethodType type;

	private final List<ArgumentResolver> resolvers;

	private final MethodHandle handle;

	private final @Nullable List<VariableDescription> variables;

	/**
	 * Create a handler method.
	 * @param description the method and its bean, for messages
	 * @param blocking whether it may block
	 * @param target calls the method and takes its parameters
	 * @param resolvers those of the parameters, in their order
	 * @param converter makes actions of what the method returns
	 * @param variables the variables of these actions, or {@code null} if only a result
	 * tells
	 */
	HandlerMethod(String description, boolean blocking, MethodHandle target, List<ArgumentResolver> resolvers,
			ResultConverter converter, @Nullable List<VariableDescription> variables) {
		this.description = description;
		this.blocking = blocking;
		this.type = target.type();
		this.asynchronous = ResultConverters.isAsynchronous(this.type.returnType());
		this.resolvers = resolvers;
		this.variables = variables;
		MethodHandle generic = target.asType(target.type().generic());
		this.handle = ArgumentResolvers.resolveInto(MethodHandles.filterReturnValue(generic, CONVERT.bindTo(converter)),
				resolvers);
	}

	/**
	 * Call the method.
	 * @param message the message
	 * @param exchange where it came from
	 * @param failure the exception to handle, if it is one that handles exceptions
	 * @return its result: {@code null}, {@link Actions}, or a {@link Mono} of actions
	 * @throws Throwable whatever the method throws, or an
	 * {@link InvalidSpopArgumentException} if the message has nothing for one of its
	 * parameters
	 */
	@Nullable Object invoke(NotifyMessage message, SpopExchange exchange, @Nullable Throwable failure) throws Throwable {
		return (Object) this.handle.invokeExact(message, exchange, failure);
	}

	/**
	 * Return what a method has returned. If that is a {@link Mono} whose value is there
	 * already, or is computed by a plain call, return the value. It is called directly,
	 * since operators log and throw each {@code Error}.
	 * @param result what the method has returned
	 * @return the value, or a {@link Mono} that has to be subscribed to
	 * @throws Exception if there is no value because of it
	 */
	static @Nullable Object valueOf(@Nullable Object result) throws Exception {
		return (result instanceof Mono<?> && result instanceof Callable<?> value && !isError(result)) ? value.call()
				: result;
	}

	/**
	 * Return whether a result is a {@link Mono} that fails, whose error would be logged
	 * if it were called.
	 */
	private static boolean isError(Object result) {
		return result.getClass() == ERROR || result.getClass() == ERROR_SUPPLIED;
	}

	/**
	 * Return a copy for the warm-up. It resolves the same arguments and has a result of
	 * the same kind, but calls no code of the application.
	 * @return the copy
	 */
	HandlerMethod idle() {
		Class<?> returnType = this.type.returnType();
		Actions actions = Actions.set(VarScope.TRANSACTION, "warm_up", 1);
		Object result = (returnType == Mono.class) ? Mono.just(actions).hide() : actions;
		MethodHandle constant = MethodHandles.constant(Object.class, (returnType == void.class) ? null : result);
		MethodHandle target = MethodHandles.dropArguments(constant, 0, this.type.generic().parameterList());
		List<ArgumentResolver> resolvers = this.resolvers.stream().map(ArgumentResolver::idle).toList();
		return new HandlerMethod(this.description, this.blocking, target, resolvers, (value) -> value, null);
	}

	boolean blocking() {
		return this.blocking;
	}

	/**
	 * Return whether the method returns a {@link Mono} or a future.
	 */
	boolean asynchronous() {
		return this.asynchronous;
	}

	/**
	 * Return an example of what the method takes of a message.
	 * @return the arguments
	 */
	List<Argument> example() {
		List<Argument> arguments = new ArrayList<>();
		this.resolvers.forEach((resolver) -> resolver.addExample(arguments));
		return arguments;
	}

	/**
	 * Describe what the method takes of a message. May call converters of the
	 * application.
	 * @return the arguments, one for each parameter or component
	 */
	List<ArgumentDescription> arguments() {
		List<ArgumentDescription> arguments = new ArrayList<>();
		this.resolvers.forEach((resolver) -> resolver.describe(arguments::add));
		return arguments;
	}

	/**
	 * Return whether {@link #arguments()} has all that the method takes of a message.
	 * @return whether it has
	 */
	boolean argumentsComplete() {
		return this.resolvers.stream().noneMatch(ArgumentResolver::takesAll);
	}

	/**
	 * Return the variables that the method sets.
	 * @return the variables, or {@code null} if only a result tells
	 */
	@Nullable List<VariableDescription> variables() {
		return this.variables;
	}

	@Override
	public String toString() {
		return this.description;
	}

	/**
	 * Describe a method so that a developer finds it.
	 * @param method the method
	 * @return its name, with its class and the types of its parameters
	 */
	static String describe(Method method) {
		return method.getDeclaringClass().getTypeName() + "." + method.getName()
				+ Arrays.stream(method.getParameterTypes())
					.map(Class::getSimpleName)
					.collect(Collectors.joining(", ", "(", ")"));
	}

	/**
	 * Describe a parameter so that a developer finds it.
	 * @param parameter the parameter of a method
	 * @return its place and type and its method
	 */
	static String describe(MethodParameter parameter) {
		Method method = parameter.getMethod();
		return "Parameter " + (parameter.getParameterIndex() + 1) + " ("
				+ parameter.getGenericParameterType().getTypeName() + ") of "
				+ ((method != null) ? describe(method) : parameter.getExecutable());
	}

}
