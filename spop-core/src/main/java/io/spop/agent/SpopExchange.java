package io.spop.agent;

import java.time.Instant;
import java.util.List;

import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

/**
 * One NOTIFY frame that waits for its ACK. Safe to use by any thread.
 * <p>
 * The agent implements this interface, and a release may add methods. An interceptor that
 * passes on a changed exchange, for example with other messages, extends
 * {@link SpopExchangeDecorator}. Tests use {@link MockSpopExchange}.
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
	 * Return the stream of the frame. It does not identify a request: HAProxy up to 3.0
	 * counts the streams of its whole process, HAProxy since 3.1 only those of this
	 * connection.
	 * @return the stream identifier, an unsigned number
	 */
	long streamId();

	/**
	 * Return the number of the frame within its stream.
	 * @return the frame identifier, an unsigned number
	 */
	long frameId();

	/**
	 * Return the connection of the frame and of its ACK.
	 * @return the connection
	 */
	SpopConnection connection();

	/**
	 * Return the time at which the agent stops waiting and answers with the fallback.
	 * @return the deadline
	 */
	Instant deadline();

	/**
	 * Return how long the handling may take, from the arrival of the frame to the
	 * deadline.
	 * @return the time in nanoseconds
	 * @see SpopHandler#timeout(SpopExchange, java.time.Duration)
	 */
	long timeoutNanos();

	/**
	 * Return how much time is left until the deadline.
	 * @return the time in nanoseconds, zero or negative once it has passed
	 */
	long nanosLeft();

	/**
	 * Return the agent's answer if the handler fails or misses the deadline.
	 * @return the actions
	 * @see SpopAgent#fallback(Actions)
	 */
	Actions fallback();

	/**
	 * Return the id of the request that the messages belong to. This is the value of the
	 * argument that {@link SpopAgent#correlationArgument(String)} names. A client may
	 * have chosen the value.
	 * @return the value as a text, escaped and shortened as
	 * {@link io.spop.protocol.LogText#name} does, or {@code null} if the agent names no
	 * argument or no message has a value for the argument
	 */
	@Nullable String requestId();

	/**
	 * Return the reporter for a handler that handles each message separately. Most
	 * handlers and interceptors do not need it.
	 * @return the reporter of this NOTIFY
	 */
	SpopMessageReporter reporter();

}
