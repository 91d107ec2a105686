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
 * A method that handles messages or exceptions. One {@link MethodHandle} calls the
 * resolvers of its parameters, the method on its bean, and the converter of its result,
 * so no reflection is needed for a message.
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
	 * @param description the method and its bean as a text
	 * @param blocking whether the method may block
	 * @param target takes the parameters of the method and calls it
	 * @param resolvers the resolvers, in the order of the parameters
	 * @param converter converts the result of the method to actions
	 * @param variables the variables of these actions, or {@code null} if they are not
	 * known before the method returns
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
	 * @param exchange the NOTIFY of the message
	 * @param failure the exception to handle, or {@code null} if the method does not
	 * handle exceptions
	 * @return the result: {@code null}, {@link Actions}, or a {@link Mono} of actions
	 * @throws Throwable any exception of the method, or an
	 * {@link InvalidSpopArgumentException} if the message has no valid value for a
	 * parameter
	 */
	@Nullable Object invoke(NotifyMessage message, SpopExchange exchange, @Nullable Throwable failure) throws Throwable {
		return (Object) this.handle.invokeExact(message, exchange, failure);
	}

	/**
	 * Return the value of a result. The value of a {@link Mono} is returned if the
	 * {@link Mono} has it already or computes it in a plain call. This method makes the
	 * call itself, since Reactor's operators log and throw each {@code Error}.
	 * @param result the result of a method
	 * @return the value, or a {@link Mono} that has to be subscribed to
	 * @throws Exception if the call throws this exception
	 */
	static @Nullable Object valueOf(@Nullable Object result) throws Exception {
		return (result instanceof Mono<?> && result instanceof Callable<?> value && !isError(result)) ? value.call()
				: result;
	}

	/**
	 * Return whether a result is a {@link Mono} that only has an error. A call of such a
	 * {@link Mono} would log the error.
	 */
	private static boolean isError(Object result) {
		return result.getClass() == ERROR || result.getClass() == ERROR_SUPPLIED;
	}

	/**
	 * Return a copy for the warm-up. The copy resolves the same arguments and returns a
	 * result of the same kind, but calls no code of the application.
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
	 * Return example arguments for all parameters of the method.
	 * @return the arguments
	 */
	List<Argument> example() {
		List<Argument> arguments = new ArrayList<>();
		this.resolvers.forEach((resolver) -> resolver.addExample(arguments));
		return arguments;
	}

	/**
	 * Describe the arguments that the method takes. May call converters of the
	 * application.
	 * @return the arguments, one for each parameter or component
	 */
	List<ArgumentDescription> arguments() {
		List<ArgumentDescription> arguments = new ArrayList<>();
		this.resolvers.forEach((resolver) -> resolver.describe(arguments::add));
		return arguments;
	}

	/**
	 * Return whether {@link #arguments()} returns all arguments that the method uses.
	 * @return {@code false} if a parameter gives the method access to all arguments
	 */
	boolean argumentsComplete() {
		return this.resolvers.stream().noneMatch(ArgumentResolver::takesAll);
	}

	/**
	 * Return the variables that the method sets.
	 * @return the variables, or {@code null} if they are not known before the method
	 * returns
	 */
	@Nullable List<VariableDescription> variables() {
		return this.variables;
	}

	@Override
	public String toString() {
		return this.description;
	}

	/**
	 * Describe a method for developers.
	 * @param method the method
	 * @return its class, its name and the types of its parameters
	 */
	static String describe(Method method) {
		return method.getDeclaringClass().getTypeName() + "." + method.getName()
				+ Arrays.stream(method.getParameterTypes())
					.map(Class::getSimpleName)
					.collect(Collectors.joining(", ", "(", ")"));
	}

	/**
	 * Describe a parameter for developers.
	 * @param parameter the parameter of a method
	 * @return its position, its type and its method
	 */
	static String describe(MethodParameter parameter) {
		Method method = parameter.getMethod();
		return "Parameter " + (parameter.getParameterIndex() + 1) + " ("
				+ parameter.getGenericParameterType().getTypeName() + ") of "
				+ ((method != null) ? describe(method) : parameter.getExecutable());
	}

}
