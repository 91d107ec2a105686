package io.spop.boot.test;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import io.spop.agent.SpopExchange;
import io.spop.agent.SpopHandler;
import io.spop.agent.SpopInterceptor;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import reactor.core.publisher.Mono;

/**
 * Remembers why handlers failed, for the exchanges of test clients only. The agent itself
 * tells the type of an exception, not its message, which may quote what a client sent.
 */
final class HandlerFailures implements SpopInterceptor {

	/** By the engine of a test client. */
	private final Map<String, List<String>> failures = new ConcurrentHashMap<>();

	/**
	 * Begin to remember.
	 * @param engineId the engine
	 * @return what will have failed, by the time that the ACK is there
	 */
	List<String> begin(String engineId) {
		return this.failures.computeIfAbsent(engineId, (key) -> new CopyOnWriteArrayList<>());
	}

	void end(String engineId) {
		this.failures.remove(engineId);
	}

	@Override
	public Mono<Actions> intercept(SpopExchange exchange, SpopHandler next) {
		String engineId = exchange.connection().engineId();
		List<String> failures = (engineId != null) ? this.failures.get(engineId) : null;
		if (failures == null) {
			return next.handle(exchange);
		}
		return next.handle(watch(exchange, failures)).doOnError((ex) -> {
			if (failures.isEmpty()) {
				failures.add(ex.toString());
			}
		});
	}

	/**
	 * A proxy, since other methods are to reach the agent whichever there will be.
	 */
	private static SpopExchange watch(SpopExchange exchange, List<String> failures) {
		return (SpopExchange) Proxy.newProxyInstance(SpopExchange.class.getClassLoader(),
				new Class<?>[] { SpopExchange.class }, (proxy, method, arguments) -> {
					if (method.getName().equals("reportFailure")) {
						failures.add(((NotifyMessage) arguments[0]).name() + ": " + arguments[1]);
					}
					try {
						return method.invoke(exchange, arguments);
					}
					catch (InvocationTargetException ex) {
						throw ex.getTargetException();
					}
				});
	}

}
