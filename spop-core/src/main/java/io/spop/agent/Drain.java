package io.spop.agent;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.spop.agent.SpopMetricsRecorder.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * Closes one connection without losing a frame: together with the ACK after which no
 * frame is in flight, or when no frame has come for some time. This class also watches
 * the age and the idle time of the connection. Only the event loop of the connection uses
 * it.
 */
final class Drain {

	/**
	 * The time without a frame after which a draining connection is closed without an
	 * ACK. HAProxy up to 3.0 may send a NOTIFY at this very moment, which is lost. If a
	 * NOTIFY comes earlier, the connection closes with its ACK and nothing is lost.
	 */
	private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

	/** The time that the ACKs before a DISCONNECT wait for a NOTIFY on its way. */
	private static final long HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

	/** The largest number of times that ACKs are held while NOTIFYs keep coming. */
	private static final int MAX_HOLDS = 3;

	/** The largest random part of the age, so that connections do not close at once. */
	private static final double AGE_JITTER = 0.2;

	private final EventLoop eventLoop;

	private final LongSupplier clock;

	private final BooleanSupplier busy;

	private final ConnectionOutput output;

	private final Consumer<CloseReason> disconnect;

	private final Consumer<CloseReason> closeQuietly;

	/** The reason to close the connection, once the drain has begun. */
	private @Nullable CloseReason reason;

	private boolean ready;

	private boolean ended;

	/** The last time at which bytes were read or a frame was answered. */
	private long lastActive;

	private @Nullable Future<?> idleTimer;

	private @Nullable Future<?> ageTimer;

	private @Nullable Future<?> quietTimer;

	private @Nullable Future<?> holdTimer;

	private int holds;

	/**
	 * Create a drain that has not begun.
	 * @param eventLoop the event loop of the connection
	 * @param clock returns the time of the event loop, in nanoseconds
	 * @param busy returns whether a NOTIFY is in flight, or a part of one has come
	 * @param output the output with the ACKs that are not flushed yet
	 * @param disconnect closes the connection with a DISCONNECT behind these ACKs
	 * @param closeQuietly closes the connection without a DISCONNECT
	 */
	Drain(EventLoop eventLoop, LongSupplier clock, BooleanSupplier busy, ConnectionOutput output,
			Consumer<CloseReason> disconnect, Consumer<CloseReason> closeQuietly) {
		this.eventLoop = eventLoop;
		this.clock = clock;
		this.lastActive = clock.getAsLong();
		this.busy = busy;
		this.output = output;
		this.disconnect = disconnect;
		this.closeQuietly = closeQuietly;
	}

	/**
	 * Note that bytes were read, or that a frame was answered.
	 */
	void active(long now) {
		this.lastActive = now;
	}

	/**
	 * Note that the handshake is done.
	 * @param idleTimeout the time without a frame after which the connection closes, or
	 * zero for never
	 * @param maxAge the age at which the connection closes, or zero for never
	 */
	void ready(Duration idleTimeout, Duration maxAge) {
		this.ready = true;
		if (!idleTimeout.isZero()) {
			watchIdle(idleTimeout.toNanos(), idleTimeout.toNanos());
		}
		if (!maxAge.isZero()) {
			double part = 1 - AGE_JITTER * ThreadLocalRandom.current().nextDouble();
			this.ageTimer = schedule(() -> begin(CloseReason.MAX_AGE), (long) (part * maxAge.toNanos()));
		}
	}

	private void watchIdle(long nanos, long idleNanos) {
		this.idleTimer = schedule(() -> {
			long left = this.lastActive + idleNanos - this.clock.getAsLong();
			if (left > 0 || this.busy.getAsBoolean()) {
				watchIdle(Math.max(left, TimeUnit.MILLISECONDS.toNanos(1)), idleNanos);
			}
			else {
				this.closeQuietly.accept(CloseReason.IDLE_TIMEOUT);
			}
		}, nanos);
	}

	/**
	 * Begin the drain: close together with the next ACK after which no frame is in
	 * flight, or when no frame has come for some time.
	 * @return {@code false} if the drain has begun before
	 */
	boolean begin(CloseReason reason) {
		if (this.reason != null || this.ended) {
			return false;
		}
		this.reason = reason;
		closeIfQuiet(reason);
		return true;
	}

	private void closeIfQuiet(CloseReason reason) {
		long left = this.busy.getAsBoolean() ? QUIET_NANOS : this.lastActive + QUIET_NANOS - this.clock.getAsLong();
		if (left > 0) {
			this.quietTimer = schedule(() -> closeIfQuiet(reason), left);
		}
		else {
			this.closeQuietly.accept(reason);
		}
	}

	/**
	 * Hold the ACKs back if the connection closes behind them. HAProxy may have sent
	 * another NOTIFY in the meantime, which would be lost. This NOTIFY arrives while the
	 * ACKs are held, and HAProxy sends fewer frames as long as it waits for ACKs.
	 * @return {@code true} if the ACKs must not be flushed now
	 */
	boolean hold() {
		CloseReason reason = this.reason;
		if (reason == null || !canDisconnect()) {
			return false;
		}
		if (this.holdTimer == null) {
			this.holds = 0;
			hold(reason);
		}
		return true;
	}

	/**
	 * Return whether ACKs are held back.
	 */
	boolean isHolding() {
		return this.holdTimer != null;
	}

	private boolean canDisconnect() {
		return this.ready && !this.ended && !this.busy.getAsBoolean() && !this.output.isEmpty();
	}

	private void hold(CloseReason reason) {
		long since = this.lastActive;
		this.holds++;
		this.holdTimer = schedule(() -> {
			this.holdTimer = null;
			if (canDisconnect()) {
				if (this.lastActive != since && this.holds < MAX_HOLDS) {
					hold(reason);
				}
				else {
					this.disconnect.accept(reason);
				}
			}
		}, HOLD_NANOS);
	}

	/**
	 * Cancel all timers.
	 */
	void end() {
		this.ended = true;
		cancel(this.idleTimer);
		cancel(this.ageTimer);
		cancel(this.quietTimer);
		cancel(this.holdTimer);
	}

	private Future<?> schedule(Runnable task, long nanos) {
		return this.eventLoop.schedule(task, nanos, TimeUnit.NANOSECONDS);
	}

	private static void cancel(@Nullable Future<?> timer) {
		if (timer != null) {
			timer.cancel(false);
		}
	}

}
