package io.spop.handler;

import io.spop.annotation.Blocking;
import io.spop.annotation.NonBlocking;

/**
 * Where handler methods are called that are marked neither with
 * {@link Blocking @Blocking} nor with {@link NonBlocking @NonBlocking}.
 *
 * @since 0.1.0
 */
public enum Execution {

	/**
	 * Those that return a {@code Mono} or a {@code CompletionStage} on an event loop, all
	 * others on a thread that may block.
	 */
	AUTO,

	/** All on a thread that may block. */
	BLOCKING,

	/** All on an event loop: none of them ever waits. */
	NON_BLOCKING

}
