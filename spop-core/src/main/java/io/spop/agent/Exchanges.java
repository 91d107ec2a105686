package io.spop.agent;

import java.util.Collection;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.netty.channel.EventLoop;
import io.spop.agent.SpopFinding.Kind;
import io.spop.agent.SpopMetricsRecorder.CloseReason;
import io.spop.agent.SpopMetricsRecorder.NotifyOutcome;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.LogText;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/**
 * The NOTIFY frames of one connection, from the call of their handler to their ACK, and
 * the state that they share. Only the event loop of the connection may call the methods,
 * except for {@link #blocked}, {@link #unhandled}, and those that return a final field.
 */
final class Exchanges {

	/** Reactor's key for the consumer of errors that come after a cancellation. */
	private static final String ON_ERROR_DROPPED = "reactor.onErrorDropped.local";

	/** An answer in the last tenth of its time counts as late. */
	private static final int LATE_PART = 10;

	private static final String GAVE_UP = "HAProxy closed a connection, or used the ids of a NOTIFY"
			+ " again, before the agent had answered: it waits for less time than the handler may take. Unless HAProxy"
			+ " was stopped, make spop.handler.timeout shorter than 'timeout processing' of the spoe-agent section, and"
			+ " that shorter than 'timeout server' of the backend of the agent";

	private final AgentRuntime agent;

	private final AgentSettings settings;

	private final SpopConnection connection;

	private final SpopMetricsRecorder recorder;

	private final ConnectionLog log;

	private final EventLoopIo io;

	private final ConnectionOutput output;

	private final AckWriter acks;

	private final Drain drain;

	private final InFlight inFlight;

	private final Executor executor;

	private final Runnable answered;

	private final Consumer<Throwable> failed;

	private final Context reactorContext;

	/** Whether the first NOTIFY has come. */
	private boolean notified;

	/**
	 * Create the empty set of exchanges of a connection.
	 * @param agent the state that all connections share
	 * @param connection the connection as handlers see it
	 * @param recorder told how each NOTIFY ends
	 * @param log the log of the connection
	 * @param io the state that the connections of the event loop share
	 * @param output the output for the ACKs
	 * @param drain told when an ACK is written
	 * @param executor runs tasks after an ACK, on the event loop
	 * @param answered called after an ACK has been written
	 * @param failed called with a failure that has left a NOTIFY without its ACK
	 */
	Exchanges(AgentRuntime agent, SpopConnection connection, SpopMetricsRecorder recorder, ConnectionLog log,
			EventLoopIo io, ConnectionOutput output, Drain drain, Executor executor, Runnable answered,
			Consumer<Throwable> failed) {
		this.agent = agent;
		this.settings = agent.settings();
		this.connection = connection;
		this.recorder = recorder;
		this.log = log;
		this.io = io;
		this.output = output;
		this.acks = new AckWriter(agent, output, recorder, log);
		this.drain = drain;
		this.inFlight = new InFlight(io.eventLoop(), System::nanoTime, this::expired);
		this.executor = executor;
		this.answered = answered;
		this.failed = failed;
		this.reactorContext = Context.of(ON_ERROR_DROPPED, (Consumer<Throwable>) (error) -> log.dropped(null, error));
	}

	/**
	 * Call the handler for a NOTIFY. The recorder has been told of the NOTIFY.
	 * @param notify the NOTIFY
	 * @param arrived the time at which it arrived
	 * @param now the time
	 * @return the time afterwards
	 */
	long start(Frame.Notify notify, long arrived, long now) {
		if (!this.notified) {
			this.notified = true;
			this.agent.findings().history(this.connection.listener()).notified(now);
		}
		supersede(notify.streamId(), notify.frameId(), now);
		EventLoopIo.Pace pace = this.io.pace(notify.messages());
		this.io.flushBefore(this.drain.isHolding() ? null : this.output, pace, now);
		Exchange exchange = new Exchange(this, notify);
		exchange.start(this.settings.handler, arrived, now, this.settings.handlerTimeout);
		long end;
		if (exchange.isDone()) {
			end = exchange.endedAt();
		}
		else {
			this.inFlight.add(exchange);
			end = System.nanoTime();
		}
		this.io.took(pace, end - now);
		if (end - now > this.settings.maxBlockedNanos) {
			exchange.reportHandlerBlocked(end - now);
		}
		return end;
	}

	/**
	 * Answer a NOTIFY that was aborted in its only fragment, without calling the handler.
	 */
	void answerAborted(Frame.Fragment fragment, long now) {
		this.recorder.notifyStarted();
		this.acks.write(fragment.streamId(), fragment.frameId(), Actions.none());
		this.recorder.notifyEnded(NotifyOutcome.SUCCESS, 0);
		this.io.waits(now);
	}

	/**
	 * Drop the older of two frames with the same ids. HAProxy up to 3.0 no longer waits
	 * for the older frame, and would take its ACK as the answer to the newer one.
	 */
	void supersede(long streamId, long frameId, long now) {
		Exchange other = this.inFlight.cancel(streamId, frameId);
		if (other != null) {
			ended(other, NotifyOutcome.SUPERSEDED, now);
			found(Kind.HAPROXY_GAVE_UP, null, () -> GAVE_UP);
			this.log.debug("{} came again before its result", other);
		}
	}

	/**
	 * Answer a NOTIFY whose deadline has come, and cancel its handler when the ACK has
	 * left.
	 */
	private void expired(Exchange exchange) {
		timed(exchange, exchange::expire);
		this.executor.execute(() -> timed(exchange, exchange::terminate));
	}

	private void timed(Exchange exchange, Runnable call) {
		long begun = System.nanoTime();
		this.io.beginRound(begun);
		this.io.flushBefore(begun);
		call.run();
		long nanos = System.nanoTime() - begun;
		this.io.took(nanos);
		if (nanos > this.settings.maxBlockedNanos) {
			exchange.reportHandlerBlocked(nanos);
		}
	}

	/**
	 * Answer a NOTIFY. Each answer goes through this method, which sends an ACK whatever
	 * has failed.
	 * @param exchange the NOTIFY, which has just ended
	 * @param actions the answer, or {@code null} for no actions
	 * @param error the reason why the answer is not the result of the handler, or
	 * {@code null} if it is
	 */
	void complete(Exchange exchange, @Nullable Actions actions, @Nullable Throwable error) {
		this.inFlight.remove(exchange);
		long now = exchange.endedAt();
		this.drain.active(now);
		try {
			NotifyOutcome outcome = this.acks.answer(exchange, actions, error);
			ended(exchange, outcome, now);
			long left = exchange.deadlineAt() - now;
			if (left < exchange.timeoutNanos() / LATE_PART && outcome != NotifyOutcome.TIMEOUT) {
				late(exchange);
			}
		}
		catch (Throwable ex) {
			// Not even an ACK without actions could be written
			ended(exchange, NotifyOutcome.CLOSED, now);
			this.failed.accept(ex);
			return;
		}
		this.io.waits(now);
		this.answered.run();
	}

	private void ended(Exchange exchange, NotifyOutcome outcome, long now) {
		this.recorder.notifyEnded(outcome, now - exchange.arrivedAt());
	}

	private void late(Exchange exchange) {
		found(Kind.LATE_ANSWER, LogText.message(String.join(", ", exchange.names())),
				() -> "Message " + exchange.names() + " was answered in the last tenth of the "
						+ TimeUnit.NANOSECONDS.toMillis(exchange.timeoutNanos())
						+ " ms that its handler has: a little more load, or a pause of the JVM, and HAProxy gets the"
						+ " fallback. Make the handler faster, or give it more time with spop.handler.timeout or"
						+ " @SpopMessage(timeout), and HAProxy more with a longer 'timeout processing'");
	}

	/**
	 * Drop all frames in flight.
	 * @param reason why the connection closes
	 */
	void drop(CloseReason reason) {
		if (!this.inFlight.isEmpty() && (reason == CloseReason.PEER || reason == CloseReason.PEER_DISCONNECT)) {
			found(Kind.HAPROXY_GAVE_UP, null, () -> GAVE_UP);
		}
		long now = System.nanoTime();
		this.inFlight.cancelAll((exchange) -> ended(exchange, NotifyOutcome.CLOSED, now));
	}

	void blocked(Object handler, long nanos) {
		this.recorder.eventLoopBlocked(nanos);
		this.log.blocked(handler, TimeUnit.NANOSECONDS.toMillis(nanos));
	}

	void unhandled(String name, Collection<String> handled) {
		String text = LogText.name(name);
		this.agent.unhandled().add(text);
		found(Kind.MESSAGE_UNHANDLED, text, () -> ConnectionLog.unhandledText(text, handled));
		this.log.unhandled(text, handled);
	}

	private void found(Kind kind, @Nullable String subject, Supplier<String> text) {
		this.agent.findings().add(kind, this.connection.listener(), subject, text);
	}

	AgentSettings settings() {
		return this.settings;
	}

	SpopConnection connection() {
		return this.connection;
	}

	SpopMetricsRecorder recorder() {
		return this.recorder;
	}

	ConnectionLog log() {
		return this.log;
	}

	AckWriter acks() {
		return this.acks;
	}

	InFlight inFlight() {
		return this.inFlight;
	}

	EventLoop eventLoop() {
		return this.io.eventLoop();
	}

	/**
	 * Return Reactor's context for the subscriptions to results of handlers.
	 */
	Context reactorContext() {
		return this.reactorContext;
	}

}
