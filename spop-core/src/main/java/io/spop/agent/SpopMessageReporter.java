package io.spop.agent;

import java.util.Collection;
import java.util.function.Supplier;

import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

/**
 * Receives reports about single messages of a NOTIFY, for the log, the metrics and the
 * answer at the deadline. A {@link SpopHandler} that handles each message separately
 * makes these reports, such as the handler of annotated methods. All reports are
 * optional: the agent itself logs and measures each NOTIFY as a whole.
 * <p>
 * Any thread may call the methods. The agent implements this interface, and a release may
 * add methods.
 *
 * @since 0.1.0
 * @see SpopExchange#reporter()
 */
public interface SpopMessageReporter {

	/**
	 * Set the answer at the deadline for the case that there is no result by then. It
	 * takes the place of {@link SpopHandler#fallback}, and has the actions of messages
	 * that are done and a fallback for the others. Call this method before the result is
	 * complete.
	 * @param partial returns the actions. It is called at most once, on the event loop,
	 * at the deadline, before the result is cancelled, and must not block. If it throws
	 * an exception or returns {@code null}, the agent answers with the fallback.
	 */
	void onDeadline(Supplier<Actions> partial);

	/**
	 * Report how the handling of a message ended, for the metrics. This method is for a
	 * handler that handles one message after the other before it returns. The time of a
	 * message begins with the previous report, that of the first message with the call of
	 * the handler. The handler must return right after the last report: its time is also
	 * the end of the NOTIFY if the result is complete. A handler that continues to work
	 * has to report times with {@link #ended(String, MessageOutcome, long)}.
	 * @param message the name of the message if a handler is registered for it by name,
	 * or {@code null}
	 * @param outcome how the handling ended
	 * @param handler an object whose {@code toString()} describes what handled the
	 * message, or {@code null}. It is logged if the call held the event loop for too long
	 */
	void ended(@Nullable String message, MessageOutcome outcome, @Nullable Object handler);

	/**
	 * Report how the handling of a message ended, and how long it took. Several messages
	 * may be handled at the same time.
	 * @param message the name of the message if a handler is registered for it by name,
	 * or {@code null}
	 * @param outcome how the handling ended
	 * @param nanos the time that it took, in nanoseconds
	 */
	void ended(@Nullable String message, MessageOutcome outcome, long nanos);

	/**
	 * Report that the handling of a message failed or was late. The log names the
	 * message, and the NOTIFY counts as failed. The report is not an answer: the handler
	 * still has to end with a result or with the same error. The agent does not log this
	 * error again.
	 * @param message the message
	 * @param error the failure. It is logged with its stack trace, at most once a minute
	 * for each handler and type of exception
	 * @param handler what failed, to limit log lines for each handler, or {@code null} to
	 * limit them for each name of a message, which a peer may invent
	 */
	void failed(NotifyMessage message, Throwable error, @Nullable Object handler);

	/**
	 * Report that the handling of a message failed or was late, as
	 * {@link #failed(NotifyMessage, Throwable, Object)} does, with the trace of the
	 * message.
	 * @param message the message
	 * @param error the failure
	 * @param handler what failed, or {@code null}
	 * @param traceId the id of the trace, for the log, or {@code null} if there is none
	 */
	default void failed(NotifyMessage message, Throwable error, @Nullable Object handler, @Nullable String traceId) {
		failed(message, error, handler);
	}

	/**
	 * Report that there is no handler for a message. The name of the message is logged,
	 * at most once a minute, and shown to operators.
	 * @param message the message
	 * @param handled the names of the messages that have a handler
	 * @see BoundSpopAgent#unhandledMessages()
	 */
	void unhandled(NotifyMessage message, Collection<String> handled);

	/**
	 * Report how long a call held the event loop. The call is logged and counted if it
	 * took too long. A handler that reports the
	 * {@linkplain #ended(String, MessageOutcome, Object) end} of one message after the
	 * other does not need this method.
	 * @param handler an object whose {@code toString()} describes the call
	 * @param nanos the time that the call took, in nanoseconds
	 */
	void blocked(Object handler, long nanos);

	/**
	 * Report a result that came too late to be sent. The agent counts these results.
	 * @see BoundSpopAgent#lateResults()
	 */
	void late();

}
