package io.spop.handler;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;

import io.spop.agent.SpopExchange;
import io.spop.agent.SpopHandler;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;
import reactor.core.Fuseable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;

/**
 * Calls the handler method of each message of a NOTIFY in turn. As long as none may block
 * and none returns a {@link Mono} that is not there yet, that is a plain loop.
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
	public Mono<Actions> handle(SpopExchange exchange) {
		return new Dispatch(exchange).run();
	}

	/**
	 * One NOTIFY on its way through its handlers. Threads take turns, each after the
	 * signal of the one before.
	 */
	private final class Dispatch {

		private final SpopExchange exchange;

		/** The place of the message to handle next. */
		private int next;

		private Actions actions = Actions.none();

		Dispatch(SpopExchange exchange) {
			this.exchange = exchange;
		}

		Mono<Actions> run() {
			try {
				Mono<?> first = advance(false);
				if (first == null) {
					return result();
				}
				return first.thenMany(Flux.<Mono<?>>generate(this::nextStep).concatMap((step) -> step, 0))
					.then(Mono.defer(this::result));
			}
			catch (Throwable ex) {
				return Mono.error(ex);
			}
		}

		private Mono<Actions> result() {
			return this.actions.isEmpty() ? Mono.empty() : Mono.just(this.actions);
		}

		/**
		 * Call handlers until one has to be waited for.
		 * @param mayBlock whether this thread may block
		 * @return what to wait for before the next call of this method, or {@code null}
		 * if all is done
		 */
		private @Nullable Mono<?> advance(boolean mayBlock) throws Throwable {
			List<NotifyMessage> messages = this.exchange.messages();
			while (this.next < messages.size()) {
				NotifyMessage message = messages.get(this.next);
				HandlerMethod handler = HandlerDispatcher.this.handlers.get(message.name());
				if (handler != null) {
					if (handler.blocking() && !mayBlock) {
						return advanceOnExecutor();
					}
					Object result = handler.invoke(message, this.exchange);
					if (result instanceof Mono<?> mono) {
						if (!(mono instanceof Fuseable.ScalarCallable<?> scalar)) {
							this.next++;
							return mono.doOnNext(this::add);
						}
						result = scalar.call();
					}
					add(result);
				}
				this.next++;
			}
			return null;
		}

		private void nextStep(SynchronousSink<Mono<?>> sink) {
			try {
				Mono<?> step = advance(false);
				if (step != null) {
					sink.next(step);
				}
				else {
					sink.complete();
				}
			}
			catch (Throwable ex) {
				sink.error(ex);
			}
		}

		private Mono<?> advanceOnExecutor() {
			return Mono.<Mono<?>>create((sink) -> {
				FutureTask<@Nullable Void> task = new FutureTask<>(() -> {
					try {
						sink.success(advance(true));
					}
					catch (Throwable ex) {
						// sink.error logs what comes after the deadline, and operators
						// throw an Error that is not hidden from them
						sink.success(Mono.error(ex).hide());
					}
				}, null);
				sink.onCancel(() -> task.cancel(true));
				HandlerDispatcher.this.executor.execute(task);
			}).flatMap((step) -> step);
		}

		private void add(@Nullable Object result) {
			if (result != null) {
				this.actions = this.actions.and((Actions) result);
			}
		}

	}

}
