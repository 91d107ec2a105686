package io.spop.handler;

import io.spop.agent.SpopConnection;
import io.spop.agent.SpopExchange;
import io.spop.protocol.Argument;
import io.spop.protocol.Arguments;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ContextArgumentResolverTests {

	private final ParameterTester parameters = new ParameterTester(Handlers.class);

	@Test
	void whenParameterIsTheMessageThenGetsIt() {
		NotifyMessage message = TestExchange.message("a", SpopValue.of(1));
		SpopExchange exchange = TestExchange.of(message);
		assertThat(this.parameters.resolver("message").resolve(message, exchange, null)).isSameAs(message);
		assertThat(this.parameters.resolver("arguments").resolve(message, exchange, null))
			.isSameAs(message.arguments());
		assertThat(this.parameters.resolver("exchange").resolve(message, exchange, null)).isSameAs(exchange);
		assertThat(this.parameters.resolver("connection").resolve(message, exchange, null))
			.isSameAs(exchange.connection());
	}

	@Test
	void whenTypeIsASubtypeThenItIsNotResolved() {
		assertThat(ContextArgumentResolver.of(this.parameters.parameter("object"))).isNull();
		assertThat(ContextArgumentResolver.of(this.parameters.parameter("iterable"))).isNull();
	}

	static class Handlers {

		void message(NotifyMessage message) {
		}

		void arguments(Arguments arguments) {
		}

		void exchange(SpopExchange exchange) {
		}

		void connection(SpopConnection connection) {
		}

		void object(Object object) {
		}

		void iterable(Iterable<Argument> iterable) {
		}

	}

}
