package io.spop.agent;

import io.spop.protocol.Actions;
import reactor.core.publisher.Mono;

/**
 * Intercepts the calls of the handler of NOTIFY frames. An interceptor may read an
 * exchange and its result, change the result, or answer in place of the handler.
 *
 * <pre class="code">
 * SpopInterceptor cache = (exchange, next) -&gt; {
 *     Actions known = this.cache.get(key(exchange));
 *     return (known != null) ? Mono.just(known) : next.handle(exchange);
 * };
 * </pre>
 *
 * @since 0.1.0
 * @see SpopAgent#interceptor(SpopInterceptor)
 */
@FunctionalInterface
public interface SpopInterceptor {

	/**
	 * Intercept one NOTIFY frame. Called on an event loop, so an implementation must not
	 * block.
	 * @param exchange the NOTIFY: its messages, its connection and its deadline
	 * @param next the next interceptor, or the handler. Each subscription to its
	 * {@code Mono} calls the handler.
	 * @return the actions, or an empty {@code Mono} for no actions. The agent subscribes
	 * once, and cancels the subscription at the deadline or when the connection closes.
	 * If the {@code Mono} ends with an error, or if this method throws an exception, the
	 * agent answers with the fallback.
	 */
	Mono<Actions> intercept(SpopExchange exchange, SpopHandler next);

}
