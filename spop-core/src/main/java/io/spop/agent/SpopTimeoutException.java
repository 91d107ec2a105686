package io.spop.agent;

import java.util.concurrent.TimeUnit;

/**
 * The failure of a NOTIFY whose result did not come before the deadline. The exception
 * has no stack trace, since it is not thrown.
 *
 * @since 0.1.0
 */
public final class SpopTimeoutException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final boolean started;

	/**
	 * Create an exception.
	 * @param timeoutNanos the timeout of the handling, in nanoseconds
	 * @param started whether a handler was called; {@code false} for a NOTIFY whose
	 * deadline passed before the call
	 */
	public SpopTimeoutException(long timeoutNanos, boolean started) {
		super((started ? "No result within " : "Not handled: the event loop was busy for more than ")
				+ TimeUnit.NANOSECONDS.toMillis(timeoutNanos) + " ms" + (started ? "" : " after the message arrived"),
				null, false, false);
		this.started = started;
	}

	/**
	 * Return whether a handler was called.
	 * @return {@code false} for a NOTIFY whose deadline passed before the call
	 */
	public boolean isStarted() {
		return this.started;
	}

}
