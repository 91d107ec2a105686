package io.spop.agent;

import java.util.concurrent.TimeUnit;

/**
 * Stands for a result that did not come before the deadline of its NOTIFY. It has no
 * stack: nothing was thrown where it is created.
 *
 * @since 0.1.0
 */
public final class SpopTimeoutException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final boolean started;

	/**
	 * Create an exception.
	 * @param timeoutNanos how long the handling may have taken, in nanoseconds
	 * @param started whether a handler was called: a NOTIFY whose turn comes after its
	 * deadline calls none
	 */
	public SpopTimeoutException(long timeoutNanos, boolean started) {
		super((started ? "No result within " : "Not handled: the event loop was busy for more than ")
				+ TimeUnit.NANOSECONDS.toMillis(timeoutNanos) + " ms" + (started ? "" : " after the message arrived"),
				null, false, false);
		this.started = started;
	}

	/**
	 * Return whether a handler was called.
	 * @return {@code false} for a NOTIFY whose turn came after its deadline
	 */
	public boolean isStarted() {
		return this.started;
	}

}
