package io.spop.cli;

import java.time.Duration;

/**
 * Finds out that an agent hangs, so that a replay does not wait for each of its NOTIFYs.
 */
final class Silence {

	/**
	 * An agent hangs that has let so many NOTIFYs in a row run into the time limit ...
	 */
	private static final int MIN_TIMEOUTS = 10;

	/** ... since so many times the time limit. */
	private static final int MIN_TIMES = 3;

	private final Duration timeout;

	private int timeouts;

	private long since;

	Silence(Duration timeout) {
		this.timeout = timeout;
	}

	/** Note that a NOTIFY has no answer. */
	synchronized void add(ReplayedNotify.Failure failure) {
		if (failure.isTimeout() && this.timeouts++ == 0) {
			this.since = System.nanoTime() - this.timeout.toNanos();
		}
	}

	/** Note that the agent answers. */
	synchronized void end() {
		this.timeouts = 0;
	}

	/**
	 * Check that the agent does not hang.
	 * @throws CommandException if it hangs
	 */
	synchronized void check() {
		if (this.timeouts >= MIN_TIMEOUTS && System.nanoTime() - this.since > MIN_TIMES * this.timeout.toNanos()) {
			throw new CommandException(ExitStatus.TIMEOUT,
					"The agent hangs: it has answered none of the last " + this.timeouts + " NOTIFYs.");
		}
	}

}
