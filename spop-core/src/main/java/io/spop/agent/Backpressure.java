package io.spop.agent;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.spop.agent.SpopMetricsRecorder.Limit;
import org.jspecify.annotations.Nullable;

/**
 * Stops reading from a connection while too many of its frames or messages are in flight,
 * or while its peer does not read ACKs. Only the event loop of the connection uses it.
 */
final class Backpressure {

	/**
	 * The number of messages that may be in flight for each frame that may be. A message
	 * can have three bytes in its frame, and takes some hundred bytes of memory.
	 */
	private static final int MESSAGES_PER_FRAME = 8;

	private final EventLoop eventLoop;

	private final InFlight inFlight;

	private final int maxInFlight;

	private final long maxMessages;

	private final Duration writeTimeout;

	private final SpopMetricsRecorder recorder;

	private final Runnable resumed;

	private final Runnable expired;

	private @Nullable Channel channel;

	/** The timer that runs while the peer does not read. */
	private @Nullable Future<?> writeTimer;

	private boolean ended;

	/**
	 * Create the backpressure of a connection that is being read.
	 * @param eventLoop the event loop of the connection
	 * @param inFlight the frames in flight of the connection
	 * @param settings the limits
	 * @param recorder told when a limit is reached
	 * @param resumed called before reading resumes, to handle bytes that have been read
	 * already
	 * @param expired called when the peer has not read for too long
	 */
	Backpressure(EventLoop eventLoop, InFlight inFlight, AgentSettings settings, SpopMetricsRecorder recorder,
			Runnable resumed, Runnable expired) {
		this.eventLoop = eventLoop;
		this.inFlight = inFlight;
		this.maxInFlight = settings.maxInFlight;
		this.maxMessages = (long) MESSAGES_PER_FRAME * settings.maxInFlight;
		this.writeTimeout = settings.writeTimeout;
		this.recorder = recorder;
		this.resumed = resumed;
		this.expired = expired;
	}

	void attach(Channel channel) {
		this.channel = channel;
	}

	/**
	 * Return whether a limit is reached, so that nothing may be read.
	 */
	boolean isSuspended() {
		return this.inFlight.count() >= this.maxInFlight || this.inFlight.messages() >= this.maxMessages
				|| !isWritable();
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
	 * Read again, unless a limit is still reached.
	 */
	void resume() {
		if (this.channel != null && !this.channel.config().isAutoRead() && !isSuspended() && !this.ended) {
			this.channel.config().setAutoRead(true);
			// First handle the bytes that have been read already
			this.resumed.run();
		}
	}

	/**
	 * Note that the peer has begun to read its ACKs, or stopped reading them.
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
	 * Read without limits, since no further frame is answered.
	 */
	void end() {
		this.ended = true;
		if (this.channel != null) {
			this.channel.config().setAutoRead(true);
		}
	}

	/**
	 * Cancel the timer.
	 */
	void cancel() {
		if (this.writeTimer != null) {
			this.writeTimer.cancel(false);
			this.writeTimer = null;
		}
	}

}
