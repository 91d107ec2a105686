package io.spop.agent;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.spop.agent.SpopMetricsRecorder.Limit;
import org.jspecify.annotations.Nullable;

/**
 * Switch that keeps a connection from being read while too many of its frames are in
 * flight, or while its peer does not read ACKs. Belongs to the event loop of the
 * connection.
 */
final class Backpressure {

	private final EventLoop eventLoop;

	private final InFlight inFlight;

	private final int maxInFlight;

	private final Duration writeTimeout;

	private final SpopMetricsRecorder recorder;

	private final Runnable resumed;

	private final Runnable expired;

	private @Nullable Channel channel;

	/** Set while the peer does not read. */
	private @Nullable Future<?> writeTimer;

	private boolean ended;

	/**
	 * Create it for a connection that is read.
	 * @param eventLoop that of the connection
	 * @param inFlight its frames in flight
	 * @param settings say how many these may be, and how long the peer may not read
	 * @param recorder is told of the limit that is reached
	 * @param resumed takes what had been read and had to wait
	 * @param expired called when the peer has not read for too long
	 */
	Backpressure(EventLoop eventLoop, InFlight inFlight, AgentSettings settings, SpopMetricsRecorder recorder,
			Runnable resumed, Runnable expired) {
		this.eventLoop = eventLoop;
		this.inFlight = inFlight;
		this.maxInFlight = settings.maxInFlight;
		this.writeTimeout = settings.writeTimeout;
		this.recorder = recorder;
		this.resumed = resumed;
		this.expired = expired;
	}

	void attach(Channel channel) {
		this.channel = channel;
	}

	/**
	 * Return whether nothing is to be read for now.
	 */
	boolean isSuspended() {
		return this.inFlight.count() >= this.maxInFlight || !isWritable();
	}

	private boolean isWritable() {
		return this.channel == null || this.channel.isWritable();
	}

	/**
	 * Stop reading.
	 */
	void suspend() {
		if (this.channel != null && this.channel.config().isAutoRead()) {
			this.channel.config().setAutoRead(false);
			this.recorder.limitReached(isWritable() ? Limit.MAX_IN_FLIGHT : Limit.HIGH_WATER_MARK);
		}
	}

	/**
	 * Read again, unless there is still a reason not to.
	 */
	void resume() {
		if (this.channel != null && !this.channel.config().isAutoRead() && !isSuspended() && !this.ended) {
			this.channel.config().setAutoRead(true);
			// What was read before comes first
			this.resumed.run();
		}
	}

	/**
	 * Note that the peer has begun or stopped to read its ACKs.
	 */
	void writabilityChanged() {
		if (isWritable()) {
			cancel();
			resume();
		}
		else if (this.writeTimer == null && !this.ended) {
			suspend();
			this.writeTimer = this.eventLoop.schedule(this.expired, this.writeTimeout.toNanos(), TimeUnit.NANOSECONDS);
		}
	}

	/**
	 * Read on without limits: nothing that comes from now on is answered.
	 */
	void end() {
		this.ended = true;
		if (this.channel != null) {
			this.channel.config().setAutoRead(true);
		}
	}

	/**
	 * Watch over the peer no longer.
	 */
	void cancel() {
		if (this.writeTimer != null) {
			this.writeTimer.cancel(false);
			this.writeTimer = null;
		}
	}

}
