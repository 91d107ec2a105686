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
 * @param message the name of the message, {@link #DEFAULT} for all that no method handles
 * by name
 * @param listeners the listeners whose messages it handles, empty for all of them
 * @param timeout how long it may take, if it says so
 * @param declaration what HAProxy's configuration is to say of the message
 * @param method the method
 * @param exceptionHandlers those to ask if it fails, in their order
 * @param watch what its messages lack
 */
record MessageHandler(String message, Set<String> listeners, @Nullable Duration timeout, MessageDeclaration declaration,
		HandlerMethod method, List<ExceptionHandlers> exceptionHandlers, MessageWatch watch) {

	/**
	 * The name in place of that of a message, for the handler of all that are unclaimed.
	 */
	static final String DEFAULT = "";

	MessageHandler(String message, Set<String> listeners, @Nullable Duration timeout, MessageDeclaration declaration,
			HandlerMethod method, List<ExceptionHandlers> exceptionHandlers) {
		this(message, listeners, timeout, declaration, method, exceptionHandlers, new MessageWatch(message));
	}

	/**
	 * Return whether it handles messages of a listener.
	 */
	boolean isFor(String listener) {
		return this.listeners.isEmpty() || this.listeners.contains(listener);
	}

	boolean conflictsWith(MessageHandler other) {
		return this.message.equals(other.message) && (this.listeners.isEmpty() || other.listeners.isEmpty()
				|| this.listeners.stream().anyMatch(other.listeners::contains));
	}

	/**
	 * Return whether it is for all messages that no method handles by name.
	 */
	boolean isDefault() {
		return this.message.equals(DEFAULT);
	}

	/**
	 * Return the name of the message.
	 * @return the name, or {@code null} if it is for all that no method handles by name
	 */
	@Nullable String name() {
		return isDefault() ? null : this.message;
	}

	/**
	 * Describe the message for HAProxy's configuration. May call converters of the
	 * application.
	 * @param timeout how long handling may take if the method does not say so
	 * @return the description
	 * @throws InvalidSpopHandlerException if two samples are declared for an argument
	 */
	MessageDescription describe(Duration timeout) {
		MessageDescription description = MessageDescription.of(this.message)
			.handler(this.method.toString())
			.listeners(this.listeners)
			.deadline((this.timeout != null) ? this.timeout : timeout)
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
	 * Return the method, and those that may answer in its place.
	 */
	private List<HandlerMethod> methods() {
		List<HandlerMethod> methods = new ArrayList<>(List.of(this.method));
		this.exceptionHandlers.forEach((handlers) -> methods.addAll(handlers.methods()));
		return methods;
	}

	/**
	 * Add an argument, unless another parameter takes the same.
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
		return new VariableDescription(one.scope(), one.name(), open ? Set.of()
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
	 * Ask the method for an exception at once, on an event loop.
	 * @param message the message
	 * @param exchange the NOTIFY that it came in
	 * @param failure the exception
	 * @return its answer, or {@code null} if there is no such method, if it must not be
	 * called on an event loop, or if it has no answer yet
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
