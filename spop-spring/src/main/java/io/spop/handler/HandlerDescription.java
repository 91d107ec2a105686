package io.spop.handler;

import java.time.Duration;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Tells operators about a method that handles messages.
 *
 * @param message the name of the message, or {@code null} for all that no method handles
 * by name
 * @param method the method and its bean
 * @param listeners the listeners whose messages it handles, empty for all of them
 * @param execution {@link Execution#BLOCKING} or {@link Execution#NON_BLOCKING}
 * @param timeout how long it may take, or {@code null} if it does not say
 * @since 0.1.0
 */
public record HandlerDescription(@Nullable String message, String method, Set<String> listeners, Execution execution,
		@Nullable Duration timeout) {
}
