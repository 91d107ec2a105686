package io.spop.agent;

import java.util.Collection;
import java.util.function.Supplier;

import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

/**
 * Takes what a {@link SpopHandler} that handles each message of a NOTIFY by itself has to
 * say of them, for the log, the metrics and the answer at the deadline. It is for those
 * who write such a handler, as that of annotated methods is. Nothing has to be reported:
 * the agent logs and measures each NOTIFY as a whole.
 * <p>
 * All methods may be called by any thread. The agent implements this interface, which may
 * get more methods.
 *
 * @since 0.1.0
 * @see SpopExchange#reporter()
 */
public interface SpopMessageReporter {

	/**
	 * Set what is answered at the deadline if there is no result by then, instead of
	 * {@link SpopHandler#fallback}: the actions of messages that have been handled
	 * already, and a fallback for the others. To be called before the result is there.
	 * @param partial returns the actions; called at most once, on the event loop, at the
	 * deadline, before the result is cancelled; must not block. An exception, as
	 * {@code null}, is answered with the fallback.
	 */
	void onDeadline(Supplier<Actions> partial);

	/**
	 * Report how the handling of a message ended, to be measured, by a handler that
	 * handles one message after the other before it returns. The time of a message is
	 * that since the last such report or, for the first, since the handler was called.
	 * The handler returns right after the last report: if its result is there by then,
	 * that report is also the end of the NOTIFY, so that the clock need not be asked once
	 * more. A handler that goes on working reports times of its own.
	 * @param message the name of the message if a handler is registered for it by name,
	 * or {@code null}
	 * @param outcome how it ended
	 * @param handler describes with its {@code toString()} what handled the message, for
	 * the log in case that it held the event loop for too long, or {@code null} if
	 * nothing did
	 */
	void ended(@Nullable String message, MessageOutcome outcome, @Nullable Object handler);

	/**
	 * Report how the handling of a message ended, and how long it took: messages may be
	 * handled side by side.
	 * @param message the name of the message if a handler is registered for it by name,
	 * or {@code null}
	 * @param outcome how it ended
	 * @param nanos how long it took, in nanoseconds
	 */
	void ended(@Nullable String message, MessageOutcome outcome, long nanos);

	/**
	 * Report why the handling of a message failed or was late. The log names that
	 * message, and the NOTIFY counts as one that failed. It is no answer: the handler
	 * still ends with a result, or with the same error, which is then not logged once
	 * more.
	 * @param message the message
	 * @param error what went wrong; logged with its stack, at most once a minute for each
	 * handler and type of exception
	 * @param handler what failed, by which the log tells failures apart, or {@code null}
	 * to tell them apart by the name of the message, which may be made up
	 */
	void failed(NotifyMessage message, Throwable error, @Nullable Object handler);

	/**
	 * Report why the handling of a message failed or was late, as
	 * {@link #failed(NotifyMessage, Throwable, Object)} does, and the trace that it
	 * belongs to.
	 * @param message the message
	 * @param error what went wrong
	 * @param handler what failed, or {@code null}
	 * @param traceId the id of the trace, for the log, or {@code null} if there is none
	 */
	default void failed(NotifyMessage message, Throwable error, @Nullable Object handler, @Nullable String traceId) {
		failed(message, error, handler);
	}

	/**
	 * Report that there is no handler for a message. Its name is logged, at most once a
	 * minute, and shown to operators.
	 * @param message the message
	 * @param handled the names of the messages that have a handler
	 * @see BoundSpopAgent#unhandledMessages()
	 */
	void unhandled(NotifyMessage message, Collection<String> handled);

	/**
	 * Report how long a call held the event loop. It is logged and counted if that was
	 * too long. A handler that reports the
	 * {@linkplain #ended(String, MessageOutcome, Object) end} of messages one after the
	 * other need not do so.
	 * @param handler describes with its {@code toString()} what was called
	 * @param nanos how long it took, in nanoseconds
	 */
	void blocked(Object handler, long nanos);

	/**
	 * Report a result that came too late to be answered, to be counted.
	 * @see BoundSpopAgent#lateResults()
	 */
	void late();

}
