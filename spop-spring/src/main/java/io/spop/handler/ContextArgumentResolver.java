package io.spop.handler;

import io.spop.agent.SpopConnection;
import io.spop.agent.SpopExchange;
import io.spop.protocol.Arguments;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;

/**
 * Resolver of a parameter that needs no annotation because of its type: the message, its
 * arguments, its exchange or its connection.
 */
enum ContextArgumentResolver implements ArgumentResolver {

	MESSAGE(NotifyMessage.class) {
		@Override
		public Object resolve(NotifyMessage message, SpopExchange exchange, @Nullable Throwable failure) {
			return message;
		}
	},

	ARGUMENTS(Arguments.class) {
		@Override
		public Object resolve(NotifyMessage message, SpopExchange exchange, @Nullable Throwable failure) {
			return message.arguments();
		}
	},

	EXCHANGE(SpopExchange.class) {
		@Override
		public Object resolve(NotifyMessage message, SpopExchange exchange, @Nullable Throwable failure) {
			return exchange;
		}
	},

	CONNECTION(SpopConnection.class) {
		@Override
		public Object resolve(NotifyMessage message, SpopExchange exchange, @Nullable Throwable failure) {
			return exchange.connection();
		}
	};

	private final Class<?> type;

	ContextArgumentResolver(Class<?> type) {
		this.type = type;
	}

	@Override
	public boolean takesAll() {
		return this != CONNECTION;
	}

	static @Nullable ContextArgumentResolver of(MethodParameter parameter) {
		for (ContextArgumentResolver resolver : values()) {
			if (resolver.type == parameter.getParameterType()) {
				return resolver;
			}
		}
		return null;
	}

}
