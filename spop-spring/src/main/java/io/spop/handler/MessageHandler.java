package io.spop.handler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.spop.agent.SpopExchange;
import io.spop.haproxy.ArgumentDescription;
import io.spop.haproxy.MessageDescription;
import io.spop.haproxy.VariableDescription;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A method and the message that it handles.
 *
 * @param message the name of the message, or {@link #DEFAULT} for the method that handles
 * all messages without a method of their own
 * @param listeners the listeners whose messages the method handles, empty for all of them
 * @param timeout the timeout of the message, or {@code null} for that of the agent
 * @param declaration the settings for HAProxy's configuration
 * @param method the method
 * @param exceptionHandlers the handlers for exceptions of the method, in the order in
 * which they are asked
 * @param watch finds what is wrong with the messages
 */
record MessageHandler(String message, Set<String> listeners, @Nullable Duration timeout, MessageDeclaration declaration,
		HandlerMethod method, List<ExceptionHandlers> exceptionHandlers, MessageWatch watch) {

	/**
	 * The name that stands for all messages without a method of their own.
	 */
	static final String DEFAULT = "";

	MessageHandler(String message, Set<String> listeners, @Nullable Duration timeout, MessageDeclaration declaration,
			HandlerMethod method, List<ExceptionHandlers> exceptionHandlers) {
		this(message, listeners, timeout, declaration, method, exceptionHandlers, new MessageWatch(message));
	}

	/**
	 * Return whether the method handles messages of a listener.
	 */
	boolean isFor(String listener) {
		return this.listeners.isEmpty() || this.listeners.contains(listener);
	}

	boolean conflictsWith(MessageHandler other) {
		return this.message.equals(other.message) && (this.listeners.isEmpty() || other.listeners.isEmpty()
				|| this.listeners.stream().anyMatch(other.listeners::contains));
	}

	/**
	 * Return whether the method handles all messages without a method of their own.
	 */
	boolean isDefault() {
		return this.message.equals(DEFAULT);
	}

	/**
	 * Return the name of the message.
	 * @return the name, or {@code null} if the method handles all messages without a
	 * method of their own
	 */
	@Nullable String name() {
		return isDefault() ? null : this.message;
	}

	/**
	 * Describe the message for HAProxy's configuration. May call converters of the
	 * application.
	 * @param timeout the timeout if the method does not set one
	 * @return the description
	 * @throws InvalidSpopHandlerException if two samples are declared for one argument
	 */
	MessageDescription describe(Duration timeout) {
		MessageDescription description = MessageDescription.of(this.message)
			.handler(this.method.toString())
			.listeners(this.listeners)
			.timeout((this.timeout != null) ? this.timeout : timeout)
			.event(this.declaration.event())
			.condition(this.declaration.condition())
			.group(this.declaration.group())
			.onError(this.declaration.onError())
			.argumentsComplete(this.method.argumentsComplete());
		List<ArgumentDescription> arguments = new ArrayList<>();
		this.method.arguments().forEach((argument) -> add(argument, arguments));
		for (ArgumentDescription argument : arguments) {
			description = description.argument(argument);
		}
		Map<String, VariableDescription> variables = new LinkedHashMap<>();
		for (HandlerMethod each : methods()) {
			List<VariableDescription> ofMethod = each.variables();
			description = description.variablesComplete(description.variablesComplete() && ofMethod != null);
			for (VariableDescription variable : (ofMethod != null) ? ofMethod : List.<VariableDescription>of()) {
				variables.merge(variable.scope() + "." + variable.name(), variable, MessageHandler::merge);
			}
		}
		for (VariableDescription variable : variables.values()) {
			description = description.variable(variable);
		}
		return description;
	}

	/**
	 * Return the method and the methods for its exceptions.
	 */
	private List<HandlerMethod> methods() {
		List<HandlerMethod> methods = new ArrayList<>(List.of(this.method));
		this.exceptionHandlers.forEach((handlers) -> methods.addAll(handlers.methods()));
		return methods;
	}

	/**
	 * Add an argument, unless another parameter takes the same argument.
	 */
	private void add(ArgumentDescription argument, List<ArgumentDescription> arguments) {
		for (int i = 0; i < arguments.size(); i++) {
			ArgumentDescription other = arguments.get(i);
			boolean same = argument.names().isEmpty() ? argument.index() == other.index()
					: argument.names().stream().anyMatch(other.names()::contains);
			if (same) {
				arguments.set(i, merge(other, argument));
				return;
			}
		}
		arguments.add(argument);
	}

	private ArgumentDescription merge(ArgumentDescription one, ArgumentDescription other) {
		if (one.sample() != null && other.sample() != null && !one.sample().equals(other.sample())) {
			throw new InvalidSpopHandlerException(
					this.method + " has the samples '" + one.sample() + "' and '" + other.sample()
							+ "' for the same argument.",
					"Remove one of them, or let one of the parameters take another argument.");
		}
		ArgumentDescription merged = one.names().isEmpty() ? ArgumentDescription.at(one.index()) : ArgumentDescription
			.named(one.names().stream().filter(other.names()::contains).toArray(String[]::new));
		return merged.required(one.required() || other.required())
			.types(one.types().stream().filter(other.types()::contains).collect(Collectors.toSet()))
			.sample((one.sample() != null) ? one.sample() : other.sample());
	}

	private static VariableDescription merge(VariableDescription one, VariableDescription other) {
		boolean open = one.types().isEmpty() || other.types().isEmpty();
		return VariableDescription.of(one.scope(), one.name())
			.types(open ? Set.of()
					: Stream.of(one.types(), other.types()).flatMap(Set::stream).collect(Collectors.toSet()));
	}

	/**
	 * Return the method that handles an exception.
	 * @param failure the exception
	 * @return the method, or {@code null} if there is none
	 */
	@Nullable HandlerMethod exceptionHandler(Throwable failure) {
		for (ExceptionHandlers handlers : this.exceptionHandlers) {
			HandlerMethod handler = handlers.get(failure);
			if (handler != null) {
				return handler;
			}
		}
		return null;
	}

	/**
	 * Call the method for an exception on this thread, an event loop.
	 * @param message the message
	 * @param exchange the NOTIFY of the message
	 * @param failure the exception
	 * @return the answer, or {@code null} if there is no method for the exception, if the
	 * method may block, or if it has no answer yet
	 */
	@SuppressWarnings("try")
	@Nullable Actions answerAtOnce(NotifyMessage message, SpopExchange exchange, Throwable failure) {
		HandlerMethod method = exceptionHandler(failure);
		if (method == null || method.blocking()) {
			return null;
		}
		long start = System.nanoTime();
		try (RequestId requestId = RequestId.open(exchange.requestId())) {
			Object result = HandlerMethod.valueOf(method.invoke(message, exchange, failure));
			if (result instanceof Mono) {
				return null;
			}
			return (result != null) ? (Actions) result : Actions.none();
		}
		catch (Throwable ex) {
			exchange.reporter().failed(message, ex, method);
			return null;
		}
		finally {
			exchange.reporter().blocked(method, System.nanoTime() - start);
		}
	}

}
