package io.spop.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * Lets the time of a recording pass, slower or faster than it did.
 */
final class RecordedTime {

	/** As fast as possible. */
	static final double MAX_SPEED = Double.POSITIVE_INFINITY;

	/** Connections may have their entries recorded in a slightly different order. */
	private static final Duration MAX_DISORDER = Duration.ofSeconds(1);

	private static final Duration LONG_PAUSE = Duration.ofMinutes(1);

	private final double speed;

	private final Consumer<Duration> longPause;

	private @Nullable Instant start;

	private Instant last = Instant.MIN;

	private long startNanos;

	/**
	 * Create a time that starts with the first entry.
	 * @param speed how much faster than recorded, more than 0
	 * @param longPause is told of a pause of more than a minute, before it
	 */
	RecordedTime(double speed, Consumer<Duration> longPause) {
		this.speed = speed;
		this.longPause = longPause;
	}

	/**
	 * Wait until an entry is due.
	 * @param time the recorded time of the entry
	 * @return when it was due, for {@link #lateness}
	 */
	long await(Instant time) throws InterruptedException {
		if (this.speed == MAX_SPEED) {
			return System.nanoTime();
		}
		// Times go back where another recording begins, or where the clock was set
		if (this.start == null || time.isBefore(this.last.minus(MAX_DISORDER))) {
			this.start = time;
			this.startNanos = System.nanoTime();
		}
		this.last = time;
		long due = this.startNanos + (long) (nanos(Duration.between(this.start, time)) / this.speed);
		long wait = due - System.nanoTime();
		if (wait > LONG_PAUSE.toNanos()) {
			this.longPause.accept(Duration.ofNanos(wait));
		}
		while (wait > 0) {
			LockSupport.parkNanos(wait);
			if (Thread.interrupted()) {
				throw new InterruptedException();
			}
			wait = due - System.nanoTime();
		}
		return due;
	}

	/**
	 * Return how late something is.
	 * @param due when it was due
	 * @return the nanoseconds since then; 0 if nothing is due at a certain time
	 */
	long lateness(long due) {
		return (this.speed == MAX_SPEED) ? 0 : System.nanoTime() - due;
	}

	private static double nanos(Duration duration) {
		return (double) duration.getSeconds() * TimeUnit.SECONDS.toNanos(1) + duration.getNano();
	}

}
