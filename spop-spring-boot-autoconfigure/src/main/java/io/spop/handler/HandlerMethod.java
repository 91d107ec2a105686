package io.spop.handler;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

import io.spop.agent.SpopExchange;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.core.MethodParameter;

/**
 * A method that handles a message, with the bean and the resolvers of its parameters
 * built into one {@link MethodHandle}: the JVM then compiles the way from the message to
 * the method as one piece.
 */
final class HandlerMethod {

	private static final MethodType TYPE = MethodType.methodType(Object.class, NotifyMessage.class, SpopExchange.class);

	private static final MethodHandle RESOLVE;

	static {
		try {
			RESOLVE = MethodHandles.lookup().findVirtual(ArgumentResolver.class, "resolve", TYPE);
		}
		catch (ReflectiveOperationException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	private final String message;

	private final String description;

	private final boolean blocking;

	private final MethodType type;

	private final List<ArgumentResolver> resolvers;

	private final MethodHandle handle;

	/**
	 * Create a handler method.
	 * @param message the name of the message
	 * @param description the method and its bean, for messages
	 * @param blocking whether it may block
	 * @param target calls the method; takes its parameters, and returns {@code void},
	 * {@link Actions} or a {@link Mono} of these
	 * @param resolvers those of the parameters, in their order
	 */
	HandlerMethod(String message, String description, boolean blocking, MethodHandle target,
			List<ArgumentResolver> resolvers) {
		this.message = message;
		this.description = description;
		this.blocking = blocking;
		this.type = target.type();
		this.resolvers = resolvers;
		this.handle = resolveInto(target, resolvers);
	}

	private static MethodHandle resolveInto(MethodHandle target, List<ArgumentResolver> resolvers) {
		int count = resolvers.size();
		MethodHandle handle = target.asType(target.type().generic());
		int[] order = new int[2 * count];
		for (int i = count - 1; i >= 0; i--) {
			handle = MethodHandles.collectArguments(handle, i, RESOLVE.bindTo(resolvers.get(i)));
			order[2 * i + 1] = 1;
		}
		return MethodHandles.permuteArguments(handle, TYPE, order);
	}

	/**
	 * Call the method.
	 * @param message the message
	 * @param exchange where it came from
	 * @return its result: {@code null}, {@link Actions}, or a {@link Mono} of actions
	 * @throws Throwable whatever the method throws, or an
	 * {@link IllegalArgumentException} if the message has nothing for one of its
	 * parameters
	 */
	@Nullable Object invoke(NotifyMessage message, SpopExchange exchange) throws Throwable {
		return (Object) this.handle.invokeExact(message, exchange);
	}

	/**
	 * Return a copy that resolves the same arguments and returns the same type, but calls
	 * nothing.
	 * @return the copy
	 */
	HandlerMethod idle() {
		Class<?> returnType = this.type.returnType();
		Actions actions = Actions.set(VarScope.TRANSACTION, "warm_up", 1);
		MethodHandle result = (returnType == void.class) ? MethodHandles.empty(MethodType.methodType(returnType))
				: MethodHandles.constant(returnType, (returnType == Mono.class) ? Mono.just(actions).hide() : actions);
		MethodHandle target = MethodHandles.dropArguments(result, 0, this.type.parameterList());
		return new HandlerMethod(this.message, this.description, this.blocking, target, this.resolvers);
	}

	String message() {
		return this.message;
	}

	boolean blocking() {
		return this.blocking;
	}

	List<ArgumentResolver> resolvers() {
		return this.resolvers;
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
