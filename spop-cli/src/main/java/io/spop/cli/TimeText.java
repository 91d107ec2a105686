package io.spop.cli;

import java.time.Instant;

/**
 * Writes times in UTC. The text of a second is made once for the times within it.
 */
final class TimeText {

	private long second = Long.MIN_VALUE;

	private String text = "";

	/**
	 * Write a time with microseconds, or nanoseconds if it has some.
	 */
	String of(Instant time) {
		if (time.getEpochSecond() != this.second) {
			this.second = time.getEpochSecond();
			String whole = Instant.ofEpochSecond(this.second).toString();
			this.text = whole.substring(0, whole.length() - 1) + '.';
		}
		int nanos = time.getNano();
		// The first digit is one that is cut
		String digits = (nanos % 1000 != 0) ? Integer.toString(1_000_000_000 + nanos)
				: Integer.toString(1_000_000 + nanos / 1000);
		return this.text + digits.substring(1) + 'Z';
	}

}
