package io.spop.handler;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.function.Function;

import io.spop.agent.SpopExchange;
import io.spop.agent.SpopHandler;
import io.spop.protocol.ActionList;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;
import reactor.core.Fuseable;
import reactor.core.publisher.Mono;

/**
 * Calls the handler method of each message of a NOTIFY in turn. As long as no method may
 * block and none returns a {@link Mono} that is not there yet, this is a plain loop on
 * the event loop.
 */
final class HandlerDispatcher implements SpopHandler {

	private final Map<String, HandlerMethod> handlers;

	private final Executor executor;

	/**
	 * Create a dispatcher.
	 * @param handlers the handler methods by the names of their messages
	 * @param executor calls those that may block
	 */
	HandlerDispatcher(Map<String, HandlerMethod> handlers, Executor executor) {
		this.handlers = new HashMap<>(handlers);
		this.executor = executor;
	}

	@Override
	public Mono<? extends Actions> handle(SpopExchange exchange) {
		return handle(exchange, 0, Actions.none(), false);
	}

	private Mono<? extends Actions> handle(SpopExchange exchange, int from, ActionList actions, boolean mayBlock) {
		List<NotifyMessage> messages = exchange.messages();
		ActionList collected = actions;
		try {
			for (int i = from; i < messages.size(); i++) {
				NotifyMessage message = messages.get(i);
				HandlerMethod handler = this.handlers.get(message.name());
				if (handler == null) {
					continue;
				}
				if (handler.blocking() && !mayBlock) {
					return handleOnExecutor(exchange, i, collected);
				}
				Object result = handler.invoke(message, exchange);
				if (result instanceof Fuseable.ScalarCallable<?> scalar) {
					result = scalar.call();
				}
				if (result instanceof Mono<?> later) {
					return handleAfter(later, exchange, i + 1, collected);
				}
				collected = add(result, collected);
			}
		}
		catch (Throwable ex) {
			return Mono.error(ex);
		}
		return collected.isEmpty() ? Mono.empty() : Mono.just(collected);
	}

	private Mono<? extends Actions> handleAfter(Mono<?> later, SpopExchange exchange, int from, ActionList actions) {
		return later.map((result) -> add(result, actions))
			.defaultIfEmpty(actions)
			.flatMap((collected) -> handle(exchange, from, collected, false));
	}

	private Mono<? extends Actions> handleOnExecutor(SpopExchange exchange, int from, ActionList actions) {
		return Mono.<Mono<? extends Actions>>create((sink) -> {
			FutureTask<@Nullable Void> task = new FutureTask<>(
					() -> sink.success(handle(exchange, from, actions, true)), null);
			sink.onCancel(() -> task.cancel(true));
			this.executor.execute(task);
		}).flatMap(Function.identity());
	}

	private static ActionList add(@Nullable Object result, ActionList actions) {
		return (result != null) ? actions.and((Actions) result) : actions;
	}

}
