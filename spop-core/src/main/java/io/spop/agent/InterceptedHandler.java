package io.spop.agent;

import java.time.Duration;
import java.util.List;

import io.spop.protocol.Actions;
import reactor.core.publisher.Mono;

/**
 * A handler with an interceptor around it.
 *
 * @param interceptor the interceptor
 * @param handler the handler
 * @param next the handler as the interceptor sees it
 */
record InterceptedHandler(SpopInterceptor interceptor, SpopHandler handler, SpopHandler next) implements SpopHandler {

	InterceptedHandler(SpopInterceptor interceptor, SpopHandler handler) {
		this(interceptor, handler, (exchange) -> Mono.defer(() -> call(handler, exchange)));
	}

	private static Mono<Actions> call(SpopHandler handler, SpopExchange exchange) {
		try {
			return handler.handle(exchange);
		}
		catch (Throwable ex) {
			// Reactor would log each Error that is thrown, on the event loop
			return Mono.error(ex);
		}
	}

	@Override
	public Mono<Actions> handle(SpopExchange exchange) {
		return this.interceptor.intercept(exchange, this.next);
	}

	@Override
	public Duration timeout(SpopExchange exchange, Duration timeout) {
		return this.handler.timeout(exchange, timeout);
	}

	@Override
	public Actions fallback(SpopExchange exchange, Throwable failure) {
		return this.handler.fallback(exchange, failure);
	}

	@Override
	public List<SpopFinding> findings(String listener, boolean settled) {
		return this.handler.findings(listener, settled);
	}

}
