package io.spop.agent;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

/**
 * One NOTIFY frame that waits for its ACK. Safe to use by any thread.
 *
 * @since 0.1.0
 */
public interface SpopExchange {

	/**
	 * Return the messages of the frame.
	 * @return the messages in the order of HAProxy's configuration, possibly none
	 */
	List<NotifyMessage> messages();

	/**
	 * Return the stream of the frame. Up to HAProxy 3.0 it numbers the requests of a
	 * whole process, since 3.1 only those of this connection: it does not tell requests
	 * apart.
	 * @return the stream identifier, an unsigned number
	 */
	long streamId();

	/**
	 * Return the place of the frame within its stream.
	 * @return the frame identifier, an unsigned number
	 */
	long frameId();

	/**
	 * Return the connection that the frame came from, and that its ACK goes to.
	 * @return the connection
	 */
	SpopConnection connection();

	/**
	 * Return when the agent answers with the fallback instead of waiting any longer.
	 * @return the deadline
	 */
	Instant deadline();

	/**
	 * Return how much time is left until the deadline.
	 * @return the time in nanoseconds, zero or negative once it has passed
	 */
	default long nanosLeft() {
		Duration left = Duration.between(Instant.now(), deadline());
		return (left.toDays() < 36500) ? left.toNanos() : Long.MAX_VALUE;
	}

	/**
	 * Return what the agent answers if the handler fails or is late.
	 * @return the actions
	 * @see SpopAgent#fallback(Actions)
	 */
	default Actions fallback() {
		return Actions.none();
	}

	/**
	 * Set what is answered at the deadline if there is no result by then, instead of
	 * {@link SpopHandler#fallback}: what messages have been handled already, and a
	 * fallback for the others. Only a handler calls it, while the result is not there.
	 * @param partial returns the actions; called at most once, on the event loop, at the
	 * deadline, before the result is cancelled; must not block. An exception, as
	 * {@code null}, is answered with the fallback.
	 */
	default void onDeadline(Supplier<Actions> partial) {
	}

	/**
	 * Report that the handling of one of the messages failed or was late, so that the log
	 * names that message, and the NOTIFY counts as one that failed. It does not answer:
	 * the handler still ends with a result, or with the same error, which is then not
	 * logged once more.
	 * @param message the message
	 * @param error what went wrong; logged with its stack, at most once a minute for each
	 * message and type of exception
	 */
	default void reportFailure(NotifyMessage message, Throwable error) {
	}

	/**
	 * Report that the handling of one of the messages failed or was late, and what
	 * failed, by which the log tells failures apart: the name of a message may be made
	 * up.
	 * @param message as for {@link #reportFailure(NotifyMessage, Throwable)}
	 * @param error what went wrong
	 * @param handler what failed, or {@code null}
	 */
	default void reportFailure(NotifyMessage message, Throwable error, @Nullable Object handler) {
		reportFailure(message, error);
	}

	/**
	 * Report how the handling of one of the messages ended, to be measured: its time is
	 * that since the last such report, or since the handler was called. May be called by
	 * any thread.
	 * @param message the name of the message if a handler is registered for it by name,
	 * or {@code null}
	 * @param outcome how it ended
	 * @param handler describes with its {@code toString()} what handled the message, for
	 * the log, or {@code null} if nothing did
	 */
	default void reportMessage(@Nullable String message, MessageOutcome outcome, @Nullable Object handler) {
	}

	/**
	 * Report how the handling of one of the messages ended, and how long it took:
	 * messages may be handled side by side.
	 * @param message as for {@link #reportMessage(String, MessageOutcome, Object)}
	 * @param outcome how it ended
	 * @param handler what handled it
	 * @param nanos how long it took, in nanoseconds
	 */
	default void reportMessage(@Nullable String message, MessageOutcome outcome, @Nullable Object handler, long nanos) {
		reportMessage(message, outcome, handler);
	}

	/**
	 * Report that a call held the event loop, so that it is logged and counted if it took
	 * too long. A synchronous handler whose end is reported need not do so.
	 * @param handler describes with its {@code toString()} what was called
	 * @param nanos how long it took, in nanoseconds
	 */
	default void reportBlocked(Object handler, long nanos) {
	}

	/**
	 * Report that there is no handler for one of the messages, so that its name is
	 * logged, at most once a minute, and shown to operators.
	 * @param message the message
	 * @param handled the names of the messages that have a handler
	 * @see BoundSpopAgent#unhandledMessages()
	 */
	default void reportUnhandled(NotifyMessage message, Collection<String> handled) {
	}

	/**
	 * Report a result that came too late to be answered, to be counted.
	 * @see BoundSpopAgent#lateResults()
	 */
	default void reportLateResult() {
	}

}
