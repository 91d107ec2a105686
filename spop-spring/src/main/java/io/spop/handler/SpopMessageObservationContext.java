package io.spop.handler;

import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import io.spop.agent.SpopExchange;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

/**
 * Context of the observation of one message.
 *
 * @since 0.1.0
 */
public final class SpopMessageObservationContext extends ReceiverContext<NotifyMessage> {

	private final NotifyMessage message;

	private final SpopExchange exchange;

	private final boolean registered;

	private volatile @Nullable MessageOutcome outcome;

	/**
	 * Create a context.
	 * @param message the message
	 * @param exchange the NOTIFY of the message
	 * @param registered whether a handler is registered for the name of the message
	 * @param traceArgument the name of the argument with the caller's trace, or
	 * {@code null}
	 */
	SpopMessageObservationContext(NotifyMessage message, SpopExchange exchange, boolean registered,
			@Nullable String traceArgument) {
		super((carrier, key) -> traceParent(carrier, key, traceArgument), Kind.SERVER);
		setCarrier(message);
		this.message = message;
		this.exchange = exchange;
		this.registered = registered;
	}

	private static @Nullable String traceParent(NotifyMessage message, String key, @Nullable String argument) {
		boolean wanted = key.equalsIgnoreCase("traceparent") || key.equalsIgnoreCase("b3");
		SpopValue value = (wanted && argument != null) ? message.arguments().get(argument) : null;
		return (value != null) ? value.toString() : null;
	}

	/**
	 * Return the message.
	 * @return the message
	 */
	public NotifyMessage getMessage() {
		return this.message;
	}

	/**
	 * Return the NOTIFY of the message.
	 * @return the exchange
	 */
	public SpopExchange getExchange() {
		return this.exchange;
	}

	/**
	 * Return whether a handler is registered for the name of the message.
	 * @return {@code false} if the message is handled by the method for all messages
	 * without a method of their own
	 */
	public boolean isRegistered() {
		return this.registered;
	}

	/**
	 * Return how the handling ended.
	 * @return the outcome, or {@code null} before the end
	 */
	public @Nullable MessageOutcome getOutcome() {
		return this.outcome;
	}

	void setOutcome(MessageOutcome outcome) {
		this.outcome = outcome;
	}

}
