package io.spop.handler;

import io.spop.annotation.Blocking;
import io.spop.annotation.NonBlocking;

/**
 * The choice of the thread for handler methods that are marked neither with
 * {@link Blocking @Blocking} nor with {@link NonBlocking @NonBlocking}.
 *
 * @since 0.1.0
 */
public enum Execution {

	/**
	 * Methods that return a {@code Mono} or a {@code CompletionStage} run on an event
	 * loop, all other methods on a thread that may block.
	 */
	AUTO,

	/** All methods run on a thread that may block. */
	BLOCKING,

	/** All methods run on an event loop. None of them may block. */
	NON_BLOCKING

}
