package io.spop.agent;

import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;

import io.spop.agent.SpopMetricsRecorder.NotifyOutcome;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.LogText;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;

/**
 * Writes exactly one ACK for each NOTIFY of a connection. The ACK has the result of the
 * handler, or the fallback. Only the event loop of the connection may call the methods,
 * except for {@link #dropped}.
 */
final class AckWriter {

	/**
	 * The largest ACK, in bytes, that is safe with pipelining. HAProxy has 20 frames in
	 * flight. The ACKs of 20 frames of this size stay below 16384 bytes, which HAProxy
	 * since 3.1 cannot receive at once.
	 */
	private static final int MAX_PIPELINED_ACK = 819;

	private static final Actions HARMLESS = Actions.unset(VarScope.TRANSACTION, "spop.none");

	private final AgentRuntime agent;

	private final AgentSettings settings;

	private final ConnectionOutput output;

	private final SpopMetricsRecorder recorder;

	private final ConnectionLog log;

	private boolean pipelining;

	AckWriter(AgentRuntime agent, ConnectionOutput output, SpopMetricsRecorder recorder, ConnectionLog log) {
		this.agent = agent;
		this.settings = agent.settings();
		this.output = output;
		this.recorder = recorder;
		this.log = log;
	}

	/**
	 * Note that the connection uses pipelining, so several ACKs may go out at once.
	 */
	void allowPipelining() {
		this.pipelining = true;
	}

	/**
	 * Write the ACK of a NOTIFY. If the answer cannot be written, write another one.
	 * @param exchange the NOTIFY, which has just ended
	 * @param actions the answer, or {@code null} for no actions
	 * @param error the reason why the answer is not the result of the handler, or
	 * {@code null} if it is
	 * @return how the NOTIFY ended
	 */
	NotifyOutcome answer(Exchange exchange, @Nullable Actions actions, @Nullable Throwable error) {
		Throwable failure = error;
		if (failure == null && exchange.endedAt() - exchange.deadlineAt() > 0) {
			failure = new SpopTimeoutException(exchange.timeoutNanos(), true);
			if (!(exchange.reported() instanceof SpopTimeoutException) && !exchange.hasPartial()) {
				dropped(exchange);
				return answerFallback(exchange, failure);
			}
			// The handler has reported the late messages, and the answer has the results
			// of the others
		}
		if (failure == null || actions != null) {
			try {
				write(exchange, (actions != null) ? actions : Actions.none());
				Throwable reported = (failure != null) ? failure : exchange.reported();
				return (reported != null) ? outcome(reported) : NotifyOutcome.SUCCESS;
			}
			catch (SpopProtocolException ex) {
				failure = new SpopOversizeException("Its ACK is too large: " + ex.getMessage());
			}
			catch (Throwable ex) {
				failure = ex;
			}
		}
		return answerFallback(exchange, failure);
	}

	private static NotifyOutcome outcome(Throwable error) {
		if (error instanceof SpopTimeoutException) {
			return NotifyOutcome.TIMEOUT;
		}
		if (error instanceof SpopOversizeException) {
			return NotifyOutcome.OVERSIZE;
		}
		return (error instanceof RejectedExecutionException) ? NotifyOutcome.REJECTED : NotifyOutcome.ERROR;
	}

	private NotifyOutcome answerFallback(Exchange exchange, Throwable error) {
		Actions fallback = this.settings.fallback;
		if (error instanceof SpopTimeoutException || error instanceof SpopOversizeException) {
			try {
				fallback = Objects.requireNonNull(this.settings.handler.fallback(exchange, error), "fallback");
			}
			catch (Throwable ex) {
				this.log.failed(exchange.names(), exchange.requestId(), null, ex, null);
			}
			exchange.touch();
		}
		if (!writeFallback(exchange, fallback) && !writeFallback(exchange, this.settings.fallback)) {
			write(exchange, Actions.none());
		}
		if (!exchange.isReported(error)) {
			this.log.failed(exchange.names(), exchange.requestId(), null, error, null);
		}
		return outcome(error);
	}

	private boolean writeFallback(Exchange exchange, Actions fallback) {
		try {
			write(exchange, fallback);
			return true;
		}
		catch (RuntimeException ex) {
			this.log.debug("A fallback could not be sent: {}", LogText.message(ex.toString()));
			return false;
		}
	}

	private void write(Exchange exchange, Actions actions) {
		int size = write(exchange.streamId(), exchange.frameId(), actions);
		if (size > MAX_PIPELINED_ACK && this.pipelining && this.agent.warnedOfLargeAck().compareAndSet(false, true)) {
			this.log.largeAck(exchange.names(), size, MAX_PIPELINED_ACK);
		}
	}

	/**
	 * Write an ACK.
	 * @return its number of bytes
	 * @throws SpopProtocolException if the ACK is too large
	 */
	int write(long streamId, long frameId, Actions actions) {
		Actions filled = (actions.isEmpty() && this.settings.fillEmptyAck) ? HARMLESS : actions;
		int size = this.output.write(new Frame.Ack(streamId, frameId, filled));
		this.recorder.actionsSent(filled);
		return size;
	}

	/**
	 * Count a result that comes too late to be sent. Any thread may call this.
	 */
	void dropped(Exchange exchange) {
		this.agent.lateResults().increment();
		this.recorder.resultDropped();
		this.log.debug("The result of {} came late", exchange);
	}

}
