package io.spop.handler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.spop.agent.SpopExchange;
import io.spop.agent.SpopMessageReporter;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

/**
 * The handlers of messages, found by listener and name of the message.
 */
final class HandlerMapping {

	private final List<MessageHandler> handlers;

	/** The handlers that are for all listeners, by message. */
	private final Map<String, MessageHandler> general = new HashMap<>();

	/** The handlers that name listeners, by listener and message. */
	private final Map<String, Map<String, MessageHandler>> byListener = new HashMap<>();

	private final Collection<String> generalNames;

	/** The names of the messages that have a handler, by listener. */
	private final Map<String, Collection<String>> names = new HashMap<>();

	private final boolean timeouts;

	/**
	 * Create a mapping.
	 * @param handlers the handlers
	 * @throws InvalidSpopHandlerException if a message has two handlers on one listener
	 */
	HandlerMapping(List<MessageHandler> handlers) {
		List<MessageHandler> known = new ArrayList<>();
		for (MessageHandler handler : handlers) {
			known.stream().filter(handler::conflictsWith).findFirst().ifPresent((other) -> {
				throw conflict(other, handler);
			});
			known.add(handler);
			// The codec interns the names of messages, so a look-up need not compare
			// characters
			String message = handler.message().intern();
			if (handler.listeners().isEmpty()) {
				this.general.put(message, handler);
			}
			handler.listeners()
				.forEach((listener) -> this.byListener.computeIfAbsent(listener, (key) -> new HashMap<>())
					.put(message, handler));
		}
		this.generalNames = names(Map.of());
		this.byListener.forEach((listener, ofListener) -> this.names.put(listener, names(ofListener)));
		this.handlers = known;
		this.timeouts = known.stream().anyMatch((handler) -> handler.timeout() != null);
	}

	private static InvalidSpopHandlerException conflict(MessageHandler one, MessageHandler other) {
		String claim = one.isDefault() ? "The messages that no method handles by name have"
				: "Message '" + one.message() + "' has";
		String listeners = Stream.of(one, other)
			.flatMap((handler) -> handler.listeners().stream())
			.filter((listener) -> Stream.of(one, other)
				.allMatch((handler) -> handler.listeners().isEmpty() || handler.listeners().contains(listener)))
			.distinct()
			.map((listener) -> " on listener '" + listener + "'")
			.collect(Collectors.joining(" and"));
		return new InvalidSpopHandlerException(
				Stream.of(one.method().toString(), other.method().toString())
					.sorted()
					.collect(Collectors.joining(" and ", claim + " two handlers" + listeners + ": ", ".")),
				"Remove one of them, or give it another name.");
	}

	List<MessageHandler> handlers() {
		return this.handlers;
	}

	/**
	 * Return the names of the messages that have a handler.
	 * @param listener the name of the listener of the messages
	 * @return the names, sorted
	 */
	Collection<String> names(String listener) {
		Collection<String> names = this.names.get(listener);
		return (names != null) ? names : this.generalNames;
	}

	private Collection<String> names(Map<String, MessageHandler> ofListener) {
		Set<String> names = new TreeSet<>(this.general.keySet());
		names.addAll(ofListener.keySet());
		names.remove(MessageHandler.DEFAULT);
		return List.copyOf(names);
	}

	/**
	 * Report that a message has no handler.
	 * @param message the message
	 * @param exchange the NOTIFY of the message
	 */
	void reportUnhandled(NotifyMessage message, SpopExchange exchange) {
		SpopMessageReporter reporter = exchange.reporter();
		reporter.unhandled(message, names(exchange.connection().listener()));
		reporter.ended(null, MessageOutcome.UNHANDLED, 0);
	}

	/**
	 * Return the handler of a message.
	 * @param listener the name of the listener that received the message
	 * @param message the name of the message
	 * @return the handler, or {@code null} if there is none
	 */
	@Nullable MessageHandler get(String listener, String message) {
		MessageHandler handler = find(listener, message);
		return (handler != null) ? handler : find(listener, MessageHandler.DEFAULT);
	}

	private @Nullable MessageHandler find(String listener, String message) {
		if (!this.byListener.isEmpty()) {
			Map<String, MessageHandler> handlers = this.byListener.get(listener);
			MessageHandler handler = (handlers != null) ? handlers.get(message) : null;
			if (handler != null) {
				return handler;
			}
		}
		return this.general.get(message);
	}

	/**
	 * Return the timeout of a NOTIFY: the shortest timeout of the handlers of its
	 * messages.
	 * @param exchange the NOTIFY
	 * @param timeout the timeout of a handler that does not set one
	 * @return the time
	 */
	Duration timeout(SpopExchange exchange, Duration timeout) {
		if (!this.timeouts) {
			return timeout;
		}
		Duration shortest = null;
		List<NotifyMessage> messages = exchange.messages();
		for (int i = 0; i < messages.size(); i++) {
			MessageHandler handler = get(exchange.connection().listener(), messages.get(i).name());
			if (handler != null) {
				Duration own = (handler.timeout() != null) ? handler.timeout() : timeout;
				if (shortest == null || own.compareTo(shortest) < 0) {
					shortest = own;
				}
			}
		}
		return (shortest != null) ? shortest : timeout;
	}

}
