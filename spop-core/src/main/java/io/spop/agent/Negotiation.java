package io.spop.agent;

import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.spop.agent.SpopMetricsRecorder.HandshakeOutcome;
import io.spop.agent.SpopMetricsRecorder.Limit;
import io.spop.protocol.Frame;
import org.jspecify.annotations.Nullable;

/**
 * The time of one connection until its handshake is done: the HELLO, the place that it
 * needs among the connections that carry frames, and the timer. Belongs to the event loop
 * of the connection, but for {@link #result()}.
 */
final class Negotiation {

	private final EventLoop eventLoop;

	private final AgentSettings settings;

	private final SpopMetricsRecorder recorder;

	private final ListenerHistory history;

	private final ConnectionLog log;

	private final SessionLimit.Place place;

	private final Runnable expired;

	private @Nullable Future<?> timer;

	private boolean healthcheck;

	private boolean ended;

	private volatile @Nullable Handshake result;

	/**
	 * Create a negotiation that has not begun.
	 * @param eventLoop that of the connection
	 * @param settings what the agent can do, and the longest time
	 * @param recorder told how it ends
	 * @param history told of those that succeed
	 * @param log told when the connection has to wait
	 * @param sessions the connections of the listener that carry frames
	 * @param executor the event loop, with failures handled
	 * @param expired called when it takes too long
	 */
	Negotiation(EventLoop eventLoop, AgentSettings settings, SpopMetricsRecorder recorder, ListenerHistory history,
			ConnectionLog log, SessionLimit sessions, Executor executor, Runnable expired) {
		this.eventLoop = eventLoop;
		this.settings = settings;
		this.recorder = recorder;
		this.history = history;
		this.log = log;
		this.place = sessions.place(executor);
		this.expired = expired;
	}

	/**
	 * Wait for the HELLO.
	 */
	void begin() {
		this.timer = this.eventLoop.schedule(this.expired, this.settings.handshakeTimeout.toNanos(),
				TimeUnit.NANOSECONDS);
	}

	/**
	 * Note what the HELLO is for.
	 */
	void received(Frame.HaproxyHello hello) {
		this.healthcheck = hello.healthcheck();
	}

	/**
	 * Agree on what both sides can do, and take a place among the connections that carry
	 * frames, which a health check does not need.
	 * @param hello the HELLO
	 * @param admitted called once there is a place, if the connection has to wait for it
	 * @return whether {@link #result()} is to be answered now
	 * @throws io.spop.protocol.SpopProtocolException if there is nothing to agree on
	 */
	boolean agree(Frame.HaproxyHello hello, Runnable admitted) {
		// What cannot be agreed on is refused, whether there is a place or not
		Handshake handshake = Handshake.of(hello, this.settings);
		boolean ready = this.healthcheck || this.place.take(() -> {
			this.result = handshake;
			admitted.run();
		});
		if (ready) {
			this.result = handshake;
		}
		else {
			this.recorder.limitReached(Limit.MAX_CONNECTIONS);
			this.log.waits(this.settings.maxConnections);
		}
		return ready;
	}

	/**
	 * Return whether the HELLO has come, but there is no place for the connection yet.
	 */
	boolean isWaiting() {
		return this.place.isWaiting();
	}

	/**
	 * Return what the two sides agreed on, or {@code null} as long as they have not. Any
	 * thread may call this.
	 */
	@Nullable Handshake result() {
		return this.result;
	}

	/**
	 * Note how it ended, unless it has ended before.
	 */
	void end(HandshakeOutcome outcome) {
		if (this.ended) {
			return;
		}
		this.ended = true;
		this.recorder.handshakeEnded(this.healthcheck, outcome);
		if (outcome == HandshakeOutcome.SUCCESS) {
			Handshake handshake = this.result;
			this.history.greeted(this.healthcheck, (handshake != null) ? handshake.engineId() : null,
					System.nanoTime());
		}
		if (outcome == HandshakeOutcome.SUCCESS && !this.healthcheck) {
			cancelTimer();
		}
		// After a health check the timer stays: the peer closes at once
	}

	/**
	 * Watch the time no longer, and leave the place to another connection. Calling it
	 * again does nothing.
	 */
	void close() {
		cancelTimer();
		this.place.leave();
	}

	private void cancelTimer() {
		if (this.timer != null) {
			this.timer.cancel(false);
		}
	}

}
