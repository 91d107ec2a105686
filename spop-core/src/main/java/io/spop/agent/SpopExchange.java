package io.spop.agent;

import java.time.Instant;
import java.util.List;

import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

/**
 * One NOTIFY frame that waits for its ACK. Safe to use by any thread.
 * <p>
 * The agent implements this interface, which may get more methods. An interceptor that
 * hands on an exchange with other messages, say, extends {@link SpopExchangeDecorator},
 * and tests use {@link MockSpopExchange}.
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
	 * Return what the agent answers if the handler fails or is late.
	 * @return the actions
	 * @see SpopAgent#fallback(Actions)
	 */
	Actions fallback();

	/**
	 * Return what tells the request apart of which the messages are: the value of the
	 * argument that {@link SpopAgent#correlationArgument(String)} has named. A client may
	 * have chosen it.
	 * @return the value as a text, escaped and shortened as
	 * {@link io.spop.protocol.LogText#name} does, or {@code null} if no argument was
	 * named or none of the messages has a value for it
	 */
	@Nullable String requestId();

	/**
	 * Return where a handler that handles each message by itself reports how that ended.
	 * Most handlers and interceptors need not.
	 * @return the reporter of this NOTIFY
	 */
	SpopMessageReporter reporter();

}
