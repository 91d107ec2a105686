package io.spop.handler;

import java.time.Duration;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The claim of a method on a message.
 *
 * @param message the name of the message, empty for all that nobody claims
 * @param listeners the listeners whose messages it handles, empty for all of them
 * @param timeout how long it may take, if it says so
 * @param method the method
 * @param exceptionHandlers those to ask if it fails, in their order
 */
record MessageHandler(String message, Set<String> listeners, @Nullable Duration timeout, HandlerMethod method,
		List<ExceptionHandlers> exceptionHandlers) {

	static final String DEFAULT = "";

	boolean conflictsWith(MessageHandler other) {
		return this.message.equals(other.message) && (this.listeners.isEmpty() || other.listeners.isEmpty()
				|| this.listeners.stream().anyMatch(other.listeners::contains));
	}

	/**
	 * Return the name of the message.
	 * @return the name, or {@code null} if it is for all that nobody claims
	 */
	@Nullable String name() {
		return this.message.isEmpty() ? null : this.message;
	}

	HandlerDescription describe() {
		return new HandlerDescription(name(), this.method.toString(), this.listeners,
				this.method.blocking() ? Execution.BLOCKING : Execution.NON_BLOCKING, this.timeout);
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

}
