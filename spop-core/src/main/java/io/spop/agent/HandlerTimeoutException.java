package io.spop.agent;

import java.time.Duration;

/**
 * What a handler that misses its deadline ends with.
 */
final class HandlerTimeoutException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	HandlerTimeoutException(Duration timeout) {
		super("No result within " + timeout.toMillis() + " ms", null, false, false);
	}

}
