package io.spop.handler;

import java.util.List;
import java.util.stream.Stream;

import io.spop.agent.MockSpopExchange;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;

/**
 * Exchanges with a fallback, and the messages in them.
 */
final class TestExchange {

	static final Actions FALLBACK = Actions.set(VarScope.TRANSACTION, "failed", true);

	private TestExchange() {
	}

	static MockSpopExchange of(NotifyMessage... messages) {
		return MockSpopExchange.of(messages).withFallback(FALLBACK);
	}

	static MockSpopExchange of(String... messages) {
		return of(Stream.of(messages).map(NotifyMessage::of).toArray(NotifyMessage[]::new));
	}

	static MockSpopExchange of() {
		return of(new NotifyMessage[0]);
	}

	static NotifyMessage message(String argument, SpopValue value) {
		return NotifyMessage.of("test", new Argument(argument, value));
	}

	/**
	 * Return how messages ended, each with its name.
	 */
	static List<String> outcomes(MockSpopExchange exchange) {
		return exchange.outcomes().stream().map(MockSpopExchange.Outcome::toString).toList();
	}

}
