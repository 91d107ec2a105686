package io.spop.cli;

import java.time.Duration;

/**
 * The result of a load.
 *
 * @param end why the load ended
 * @param elapsed how long the measurement took
 * @param counts what was counted
 * @param inFlight NOTIFYs whose ACK was not waited for
 * @param busy the share of the time in which the threads of the generator were running,
 * from 0 to 1
 */
record LoadResult(End end, Duration elapsed, LoadCounts counts, int inFlight, double busy) {

	/** Return the number of ACKs in a second. */
	double perSecond(long count) {
		return this.elapsed.isZero() ? 0 : count * 1e9 / this.elapsed.toNanos();
	}

	/**
	 * Why a load ended.
	 */
	enum End {

		/** The measurement took as long as it should. */
		DURATION,

		/** As many NOTIFYs as wanted were measured. */
		REQUESTS,

		/** The user ended the load. */
		INTERRUPTED,

		/** No connection to the agent could be opened again. */
		UNREACHABLE

	}

}
