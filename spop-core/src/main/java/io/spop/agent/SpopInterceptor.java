package io.spop.agent;

import io.spop.protocol.Actions;
import reactor.core.publisher.Mono;

/**
 * Interceptor around the handler of NOTIFY frames: it may look at an exchange and at its
 * result, change the result, or answer itself.
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
	 * Intercept one NOTIFY frame. Called on an event loop: an implementation must not
	 * block.
	 * @param exchange the messages and where they came from
	 * @param next the next interceptor, or the handler. What it returns calls the handler
	 * when it is subscribed to: not before, and once more for each time.
	 * @return the actions, an empty {@code Mono} for none. It is subscribed to once, and
	 * cancelled at the deadline or when the connection closes. An error, as an exception
	 * thrown, is answered with the fallback.
	 */
	Mono<Actions> intercept(SpopExchange exchange, SpopHandler next);

}
