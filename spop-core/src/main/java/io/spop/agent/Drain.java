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
 * The end of one connection that loses nothing: together with the ACK that leaves nothing
 * in flight, or when the connection has carried nothing for some time. Two reasons for it
 * are watched here, age and idleness. Belongs to the event loop of the connection.
 */
final class Drain {

	/**
	 * How long a connection to be closed has carried nothing when it is closed without an
	 * answer: HAProxy up to 3.0 may send a NOTIFY at that very moment, which is lost. One
	 * that is used sooner closes with that answer and loses nothing.
	 */
	private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

	/** How long the ACKs before a DISCONNECT wait for a NOTIFY that is on its way. */
	private static final long HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

	/** How often ACKs are held in all while NOTIFYs keep coming. */
	private static final int MAX_HOLDS = 3;

	/** Connections of one age do not all close at once: by up to this part earlier. */
	private static final double AGE_JITTER = 0.2;

	private final EventLoop eventLoop;

	private final LongSupplier clock;

	private final BooleanSupplier busy;

	private final ConnectionOutput output;

	private final Consumer<CloseReason> disconnect;

	private final Consumer<CloseReason> closeQuietly;

	/** Why the connection closes as soon as nothing is lost by it. */
	private @Nullable CloseReason reason;

	private boolean ready;

	private boolean ended;

	/** When something was read, or a frame answered, last. */
	private long lastActive;

	private @Nullable Future<?> idleTimer;

	private @Nullable Future<?> ageTimer;

	private @Nullable Future<?> quietTimer;

	private @Nullable Future<?> holdTimer;

	private int holds;

	/**
	 * Create a drain that has not begun.
	 * @param eventLoop that of the connection
	 * @param clock returns the time in nanoseconds, as the event loop counts it
	 * @param busy returns whether a NOTIFY is in flight, or a part of one has come
	 * @param output has the ACKs that are not written yet
	 * @param disconnect closes the connection with a DISCONNECT behind these ACKs
	 * @param closeQuietly closes the connection without one
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
	 * Note that something was read, or a frame answered.
	 */
	void active(long now) {
		this.lastActive = now;
	}

	/**
	 * Note that the handshake is done.
	 * @param idleTimeout how long it may carry nothing, or zero for ever
	 * @param maxAge how long it may be used, or zero for ever
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
	 * Begin to close: together with the next ACK that leaves nothing in flight, or when
	 * nothing has come for some time.
	 * @return {@code false} if that has begun before
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
	 * another NOTIFY by then, which would be lost: it comes while they are held, and as
	 * long as HAProxy waits for them less comes after it.
	 * @return whether the ACKs are not to be flushed
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
	 * Do nothing more.
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
