package io.spop.handler;

import java.time.Duration;
import java.util.Collections;
import java.util.Set;

import io.spop.haproxy.MessageDescription;
import org.jspecify.annotations.Nullable;

/**
 * Description of a method that handles messages, for operators.
 *
 * @since 0.1.0
 * @see AnnotatedSpopHandler#handlers()
 */
public final class HandlerDescription {

	private final MessageHandler handler;

	HandlerDescription(MessageHandler handler) {
		this.handler = handler;
	}

	/**
	 * Return the name of the message.
	 * @return the name, or {@code null} for the method that handles all messages without
	 * a method of their own
	 */
	public @Nullable String message() {
		return this.handler.name();
	}

	/**
	 * Return the method and its bean.
	 * @return a text for operators
	 */
	public String method() {
		return this.handler.method().toString();
	}

	/**
	 * Return the listeners whose messages the method handles.
	 * @return the names of the listeners, empty for all of them
	 */
	public Set<String> listeners() {
		return Collections.unmodifiableSet(this.handler.listeners());
	}

	/**
	 * Return the kind of thread that the method is called on.
	 * @return {@link Execution#BLOCKING} or {@link Execution#NON_BLOCKING}
	 */
	public Execution execution() {
		return this.handler.method().blocking() ? Execution.BLOCKING : Execution.NON_BLOCKING;
	}

	/**
	 * Return the time that the handling may take.
	 * @return the time, or {@code null} for the timeout of the agent
	 */
	public @Nullable Duration timeout() {
		return this.handler.timeout();
	}

	MessageDescription describe(Duration timeout) {
		return this.handler.describe(timeout);
	}

	/**
	 * Return the method and its bean.
	 */
	@Override
	public String toString() {
		return method();
	}

}
