package io.spop.handler;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.spop.agent.SpopConnection;
import io.spop.agent.SpopExchange;
import io.spop.protocol.Argument;
import io.spop.protocol.Arguments;
import io.spop.protocol.Capability;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * Sends messages through the dispatch before a real one comes, so that the JVM has loaded
 * and linked what it takes: HAProxy waits 10 ms, a JVM's first run through new code takes
 * longer. The methods themselves are not called.
 */
final class WarmUp {

	private static final int ROUNDS = 200;

	private static final Duration PATIENCE = Duration.ofSeconds(1);

	private final HandlerDispatcher dispatcher;

	private final List<NotifyMessage> messages;

	WarmUp(Collection<HandlerMethod> handlers, Executor executor) {
		this.dispatcher = new HandlerDispatcher(handlers.stream()
			.map(HandlerMethod::idle)
			.collect(Collectors.toMap(HandlerMethod::message, Function.identity())), executor);
		this.messages = handlers.stream().map(WarmUp::message).toList();
	}
	...
}
