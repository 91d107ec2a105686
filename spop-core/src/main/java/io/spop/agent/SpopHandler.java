package io.spop.agent;

import java.time.Duration;
import java.util.List;

import io.spop.protocol.Actions;
import reactor.core.publisher.Mono;

/**
 * Handler of NOTIFY frames, the one type of handler that the agent knows.
 * <p>
 * HAProxy holds back a client's request until the answer arrives. Whatever a handler
 * does, each NOTIFY is answered with exactly one ACK: with its actions, or with the
 * agent's {@linkplain SpopAgent#fallback(Actions) fallback} if it fails or misses the
 * deadline.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface SpopHandler {

	/**
	 * Handle one NOTIFY frame. Called on an event loop: an implementation must not block,
	 * since all that connection's frames, and those of others, wait for it to return. The
	 * result may come from any thread.
	 * @param exchange the messages and where they came from
	 * @return the actions of all the messages, an empty {@code Mono} for none. It is
	 * subscribed to once, and cancelled at the deadline or when the connection closes. An
	 * error, as an exception thrown, is answered with the fallback.
	 */
	Mono<Actions> handle(SpopExchange exchange);

	/**
	 * Return how long the handling of one NOTIFY frame may take. Asked once, before
	 * {@link #handle(SpopExchange)}, on the same event loop.
	 * @param exchange the messages and where they came from; its deadline is not final
	 * yet
	 * @param timeout the {@linkplain SpopAgent#handlerTimeout(Duration) timeout of the
	 * agent}
	 * @return the time, more than zero; by default that of the agent
	 */
	default Duration timeout(SpopExchange exchange, Duration timeout) {
		return timeout;
	}

	/**
	 * Return what to answer in place of a result that cannot be sent. Called on the event
	 * loop, where it must not block: the answer goes out as soon as it returns.
	 * @param exchange the messages and where they came from
	 * @param failure why there is no result: a {@link SpopTimeoutException} for a NOTIFY
	 * whose handling was late or never began, a {@link SpopOversizeException} for an ACK
	 * that is too large
	 * @return the actions; by default the {@linkplain SpopExchange#fallback() fallback}
	 * of the agent, which also takes the place of an exception
	 */
	default Actions fallback(SpopExchange exchange, Throwable failure) {
		return exchange.fallback();
	}

	/**
	 * Return what the handler has found of the messages of a listener, for the log and
	 * for operators. Asked every few seconds on an event loop, where it must not block,
	 * once the first NOTIFY has come.
	 * @param listener the name of the listener
	 * @param settled whether NOTIFY frames have been coming for so long, and so many of
	 * them, that each message should have been among them; {@code false} again at least
	 * once when HAProxy has been restarted: what came before counts no more
	 * @return the findings; by default none
	 */
	default List<SpopFinding> findings(String listener, boolean settled) {
		return List.of();
	}

}
