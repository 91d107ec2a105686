package io.spop.agent;

import java.util.concurrent.TimeUnit;

/**
 * What a handler that misses its deadline ends with.
 */
final class HandlerTimeoutException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	HandlerTimeoutException(long timeoutNanos) {
		super("No result within " + TimeUnit.NANOSECONDS.toMillis(timeoutNanos) + " ms", null, false, false);
	}

}
