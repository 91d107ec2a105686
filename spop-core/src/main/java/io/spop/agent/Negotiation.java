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
 * The handshake of one connection: the HELLO, the place among the connections that may
 * carry frames, and the timer. Only the event loop of the connection may call the
 * methods, except for {@link #result()}.
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
	 * @param eventLoop the event loop of the connection
	 * @param settings the settings of the agent
	 * @param recorder told how the handshake ends
	 * @param history told of successful handshakes
	 * @param log logs when the connection has to wait
	 * @param sessions the limit of connections of the listener
	 * @param executor runs tasks on the event loop and handles their failures
	 * @param expired called when the handshake takes too long
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
	 * Begin to wait for the HELLO.
	 */
	void begin() {
		this.timer = this.eventLoop.schedule(this.expired, this.settings.handshakeTimeout.toNanos(),
				TimeUnit.NANOSECONDS);
	}

	/**
	 * Note whether the HELLO is that of a health check.
	 */
	void received(Frame.HaproxyHello hello) {
		this.healthcheck = hello.healthcheck();
	}

	/**
	 * Agree with HAProxy, and take a place among the connections that may carry frames. A
	 * health check needs no place.
	 * @param hello the HELLO
	 * @param admitted called when the connection gets a place, if it has to wait
	 * @return whether to send the answer of {@link #result()} now
	 * @throws io.spop.protocol.SpopProtocolException if the two sides cannot agree
	 */
	boolean agree(Frame.HaproxyHello hello, Runnable admitted) {
		// A HELLO without an agreement is refused, whether there is a place or not
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
	 * Return whether the HELLO has come and the connection waits for a place.
	 */
	boolean isWaiting() {
		return this.place.isWaiting();
	}

	/**
	 * Return the agreement, or {@code null} before the two sides have agreed. Any thread
	 * may call this.
	 */
	@Nullable Handshake result() {
		return this.result;
	}

	/**
	 * Note how the handshake ended, unless it has ended before.
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
	 * Cancel the timer, and give the place to another connection. Further calls do
	 * nothing.
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
