package io.spop.handler;

import java.time.Duration;
import java.util.List;
import java.util.Set;

import io.spop.agent.SpopExchange;
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
 * @param method the method
 * @param exceptionHandlers those to ask if it fails, in their order
 * @param watch what its messages lack
 */
record MessageHandler(String message, Set<String> listeners, @Nullable Duration timeout, HandlerMethod method,
		List<ExceptionHandlers> exceptionHandlers, MessageWatch watch) {

	/**
	 * The name in place of that of a message, for the handler of all that are unclaimed.
	 */
	static final String DEFAULT = "";

	MessageHandler(String message, Set<String> listeners, @Nullable Duration timeout, HandlerMethod method,
			List<ExceptionHandlers> exceptionHandlers) {
		this(message, listeners, timeout, method, exceptionHandlers, new MessageWatch(message));
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
