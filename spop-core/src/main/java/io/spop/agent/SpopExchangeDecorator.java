package io.spop.agent;

import java.time.Instant;
import java.util.List;
import java.util.Objects;

import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

/**
 * Base class of exchanges that an interceptor passes on in place of the original one.
 * Each method calls the original exchange. A subclass overrides the methods that should
 * differ.
 * <p>
 * When the agent asks for a {@linkplain SpopHandler#fallback(SpopExchange, Throwable)
 * fallback}, it passes the original exchange.
 *
 * @since 0.1.0
 */
public abstract class SpopExchangeDecorator implements SpopExchange {

	private final SpopExchange exchange;

	/**
	 * Create a decorator.
	 * @param exchange the original exchange
	 */
	protected SpopExchangeDecorator(SpopExchange exchange) {
		this.exchange = Objects.requireNonNull(exchange, "exchange");
	}

	@Override
	public List<NotifyMessage> messages() {
		return this.exchange.messages();
	}

	@Override
	public long streamId() {
		return this.exchange.streamId();
	}

	@Override
	public long frameId() {
		return this.exchange.frameId();
	}

	@Override
	public SpopConnection connection() {
		return this.exchange.connection();
	}

	@Override
	public Instant deadline() {
		return this.exchange.deadline();
	}

	@Override
	public long timeoutNanos() {
		return this.exchange.timeoutNanos();
	}

	@Override
	public long nanosLeft() {
		return this.exchange.nanosLeft();
	}

	@Override
	public Actions fallback() {
		return this.exchange.fallback();
	}

	@Override
	public @Nullable String requestId() {
		return this.exchange.requestId();
	}

	@Override
	public SpopMessageReporter reporter() {
		return this.exchange.reporter();
	}

	@Override
	public String toString() {
		return this.exchange.toString();
	}

}
