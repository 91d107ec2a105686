package io.spop.agent;

import java.time.Duration;
import java.util.List;

import io.spop.protocol.Actions;
import reactor.core.publisher.Mono;

/**
 * Handles the NOTIFY frames of an agent.
 * <p>
 * HAProxy holds a client's request until the answer arrives. The agent answers each
 * NOTIFY with exactly one ACK, whatever the handler does. The ACK has the actions of the
 * handler, or the agent's {@linkplain SpopAgent#fallback(Actions) fallback} if the
 * handler fails or misses the deadline.
 * <p>
 * A release may add methods, each with a default.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface SpopHandler {

	/**
	 * Handle one NOTIFY frame. Called on an event loop, so an implementation must not
	 * block: the frames of this connection and of others would wait. The result may come
	 * from any thread.
	 * @param exchange the NOTIFY: its messages, its connection and its deadline
	 * @return the actions for all messages, or an empty {@code Mono} for no actions. The
	 * agent subscribes once, and cancels the subscription at the deadline or when the
	 * connection closes. If the {@code Mono} ends with an error, or if this method throws
	 * an exception, the agent answers with the fallback.
	 */
	Mono<Actions> handle(SpopExchange exchange);

	/**
	 * Return how long the handling of one NOTIFY frame may take. Called once, before
	 * {@link #handle(SpopExchange)}, on the same event loop.
	 * @param exchange the NOTIFY; its deadline is not final yet
	 * @param timeout the {@linkplain SpopAgent#handlerTimeout(Duration) timeout of the
	 * agent}
	 * @return the time, more than zero; by default the timeout of the agent
	 */
	default Duration timeout(SpopExchange exchange, Duration timeout) {
		return timeout;
	}

	/**
	 * Return the answer in place of a result that cannot be sent. Called on the event
	 * loop, so an implementation must not block. The agent sends the answer as soon as
	 * this method returns.
	 * @param exchange the NOTIFY
	 * @param failure the reason why there is no result: a {@link SpopTimeoutException}
	 * for a NOTIFY whose handling was late or never began, a
	 * {@link SpopOversizeException} for an ACK that is too large
	 * @return the actions; by default the {@linkplain SpopExchange#fallback() fallback}
	 * of the agent, which is also the answer if this method throws an exception
	 */
	default Actions fallback(SpopExchange exchange, Throwable failure) {
		return exchange.fallback();
	}

	/**
	 * Return the findings of the handler about the messages of a listener, for the log
	 * and for operators. Called every few seconds after the first NOTIFY, on an event
	 * loop, so an implementation must not block.
	 * @param listener the name of the listener
	 * @param settled whether so many NOTIFY frames have come, for so long, that each
	 * message should have come by now. After a restart of HAProxy this is {@code false}
	 * at least once, since earlier messages no longer count
	 * @return the findings; by default none
	 */
	default List<SpopFinding> findings(String listener, boolean settled) {
		return List.of();
	}

}
