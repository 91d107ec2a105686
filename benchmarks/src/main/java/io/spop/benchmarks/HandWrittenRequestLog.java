package io.spop.benchmarks;

import java.net.InetAddress;

import io.spop.agent.SpopExchange;
import io.spop.agent.SpopHandler;
import io.spop.protocol.Actions;
import io.spop.protocol.Arguments;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Does the same as {@link RequestLog}, without annotations.
 */
final class HandWrittenRequestLog implements SpopHandler {

	@Override
	public Mono<Actions> handle(SpopExchange exchange) {
		Actions actions = Actions.none();
		for (NotifyMessage message : exchange.messages()) {
			if (message.name().equals(RequestLog.MESSAGE)) {
				actions = actions.and(log(message.arguments()));
			}
		}
		return Mono.just(actions);
	}

	private static Actions log(Arguments arguments) {
		InetAddress ip = address(arguments.get("ip"));
		String country = text(arguments.get("country"));
		String userAgent = text(arguments.get("user_agent"));
		if (ip == null || userAgent == null) {
			throw new IllegalArgumentException("No ip or no user_agent");
		}
		return RequestLog.score(ip, country, userAgent);
	}

	private static @Nullable InetAddress address(@Nullable SpopValue value) {
		if (value instanceof SpopValue.Ipv4 address) {
			return address.toInetAddress();
		}
		return (value instanceof SpopValue.Ipv6 address) ? address.toInetAddress() : null;
	}

	private static @Nullable String text(@Nullable SpopValue value) {
		return (value instanceof SpopValue.Text text) ? text.toString() : null;
	}

}
