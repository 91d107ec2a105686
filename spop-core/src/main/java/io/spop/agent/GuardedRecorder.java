package io.spop.agent;

import java.util.Objects;
import java.util.function.Function;

import io.spop.protocol.Actions;
import io.spop.protocol.FrameType;
import io.spop.protocol.StatusCode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wraps a recorder and logs the exceptions that it throws, so that they do not stop the
 * ACKs of a connection.
 *
 * @param recorder the recorder
 * @param limiter limits the lines about its failures
 */
record GuardedRecorder(SpopMetricsRecorder recorder, LogLimiter limiter) implements SpopMetricsRecorder {

	private static final Logger logger = LoggerFactory.getLogger(GuardedRecorder.class);

	/**
	 * Create the recorder for a listener.
	 * @param factory creates the recorder
	 * @param listener the name of the listener
	 * @param limiter limits the lines about its failures
	 * @return a recorder that does not throw
	 */
	static SpopMetricsRecorder of(Function<String, SpopMetricsRecorder> factory, String listener, LogLimiter limiter) {
		try {
			SpopMetricsRecorder recorder = Objects.requireNonNull(factory.apply(listener), "recorder");
			return (recorder instanceof NoopMetricsRecorder) ? recorder : new GuardedRecorder(recorder, limiter);
		}
		catch (Throwable ex) {
			failed(limiter, ex);
			return SpopMetricsRecorder.noop();
		}
	}

	private static void failed(LogLimiter limiter, Throwable error) {
		String more = limiter.permit(GuardedRecorder.class);
		if (more != null) {
			LogQueue.write(() -> logger.warn("The SpopMetricsRecorder failed, so that its figures are not right{}",
					more, AbridgedException.of(error)));
		}
	}

	@Override
	public void connectionOpened() {
		try {
			this.recorder.connectionOpened();
		}
		catch (Throwable ex) {
			failed(this.limiter, ex);
		}
	}

	@Override
	public void connectionClosed(CloseReason reason) {
		try {
			this.recorder.connectionClosed(reason);
		}
		catch (Throwable ex) {
			failed(this.limiter, ex);
		}
	}

	@Override
	public void handshakeEnded(boolean healthcheck, HandshakeOutcome outcome) {
		try {
			this.recorder.handshakeEnded(healthcheck, outcome);
		}
		catch (Throwable ex) {
			failed(this.limiter, ex);
		}
	}

	@Override
	public void frameReceived(@Nullable FrameType type, int size) {
		try {
			this.recorder.frameReceived(type, size);
		}
		catch (Throwable ex) {
			failed(this.limiter, ex);
		}
	}

	@Override
	public void frameSent(FrameType type, int size) {
		try {
			this.recorder.frameSent(type, size);
		}
		catch (Throwable ex) {
			failed(this.limiter, ex);
		}
	}

	@Override
	public void notifyStarted() {
		try {
			this.recorder.notifyStarted();
		}
		catch (Throwable ex) {
			failed(this.limiter, ex);
		}
	}

	@Override
	public void notifyEnded(NotifyOutcome outcome, long nanos) {
		try {
			this.recorder.notifyEnded(outcome, nanos);
		}
		catch (Throwable ex) {
			failed(this.limiter, ex);
		}
	}

	@Override
	public void messageHandled(@Nullable String message, MessageOutcome outcome, long nanos) {
		try {
			this.recorder.messageHandled(message, outcome, nanos);
		}
		catch (Throwable ex) {
			failed(this.limiter, ex);
		}
	}

	@Override
	public void resultDropped() {
		try {
			this.recorder.resultDropped();
		}
		catch (Throwable ex) {
			failed(this.limiter, ex);
		}
	}

	@Override
	public void actionsSent(Actions actions) {
		try {
			this.recorder.actionsSent(actions);
		}
		catch (Throwable ex) {
			failed(this.limiter, ex);
		}
	}

	@Override
	public void disconnectReceived(long status) {
		try {
			this.recorder.disconnectReceived(status);
		}
		catch (Throwable ex) {
			failed(this.limiter, ex);
		}
	}

	@Override
	public void disconnectSent(StatusCode status) {
		try {
			this.recorder.disconnectSent(status);
		}
		catch (Throwable ex) {
			failed(this.limiter, ex);
		}
	}

	@Override
	public void protocolError(StatusCode status) {
		try {
			this.recorder.protocolError(status);
		}
		catch (Throwable ex) {
			failed(this.limiter, ex);
		}
	}

	@Override
	public void limitReached(Limit limit) {
		try {
			this.recorder.limitReached(limit);
		}
		catch (Throwable ex) {
			failed(this.limiter, ex);
		}
	}

	@Override
	public void found(SpopFinding.Kind kind, long times) {
		try {
			this.recorder.found(kind, times);
		}
		catch (Throwable ex) {
			failed(this.limiter, ex);
		}
	}

	@Override
	public void eventLoopBlocked(long nanos) {
		try {
			this.recorder.eventLoopBlocked(nanos);
		}
		catch (Throwable ex) {
			failed(this.limiter, ex);
		}
	}

}
