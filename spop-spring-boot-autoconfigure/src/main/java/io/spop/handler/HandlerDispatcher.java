package io.spop.handler;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

import io.spop.agent.SpopExchange;
import io.spop.agent.SpopHandler;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.Fuseable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;

/**
 * Calls the handler method of each message of a NOTIFY in turn. As long as none may block
 * and none returns a {@link Mono} that is not there yet, that is a plain loop.
 */
final class HandlerDispatcher implements SpopHandler {

	private static final AtomicBoolean NEVER = new AtomicBoolean();

	private final HandlerMapping mapping;

	private final HandlerExecutor executor;

	/**
	 * Create a dispatcher.
	 * @param mapping tells the handlers of messages
	 * @param executor calls those that may block
	 */
	HandlerDispatcher(HandlerMapping mapping, HandlerExecutor executor) {
		this.mapping = mapping;
		this.executor = executor;
	}

	@Override
	public Mono<Actions> handle(SpopExchange exchange) {
		return new Dispatch(exchange).run();
	}

	@Override
	public Duration timeout(SpopExchange exchange, Duration timeout) {
		return this.mapping.timeout(exchange, timeout);
	}

	Set<String> messages() {
		return this.mapping.handlers()
			.stream()
			.map(MessageHandler::message)
			.filter((message) -> !message.equals(MessageHandler.DEFAULT))
			.collect(Collectors.toCollection(TreeSet::new));
	}

	/**
	 * One NOTIFY on its way through its handlers. Threads take turns, each after the
	 * signal of the one before.
	 */
	private final class Dispatch {

		private final SpopExchange exchange;

		private final String listener;

		/** The place of the message to handle next. */
		private int next;

		/** Why the handler of that message failed. */
		private @Nullable Throwable failure;

		private Actions actions = Actions.none();

		private ThreadState state = ThreadState.NONE;

		/** Set while another thread may find out. */
		private AtomicBoolean cancelled = NEVER;

		Dispatch(SpopExchange exchange) {
			this.exchange = exchange;
			this.listener = exchange.connection().listener();
		}

		Mono<Actions> run() {
			try {
				Mono<?> first = advance(HandlerDispatcher.this.executor.mayBlock());
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
				MessageHandler handler = HandlerDispatcher.this.mapping.get(this.listener, message.name());
				if (handler == null) {
					this.next++;
					continue;
				}
				Throwable failure = this.failure;
				HandlerMethod method = (failure != null) ? handler.exceptionHandler(failure) : handler.method();
				if (method == null) {
					giveUp(message);
					continue;
				}
				if (method.blocking() && !mayBlock) {
					return advanceOnExecutor();
				}
				try {
					Object result = method.invoke(message, this.exchange, failure);
					if (result instanceof Mono<?> mono) {
						if (!(mono instanceof Fuseable.ScalarCallable<?> scalar)) {
							return await(mono);
						}
						result = ((Callable<?>) scalar).call();
					}
					if (this.cancelled.get()) {
						return null;
					}
					done(result);
				}
				catch (Throwable ex) {
					fail(ex);
				}
			}
			return null;
		}

		private void done(@Nullable Object result) {
			if (result != null) {
				this.actions = this.actions.and((Actions) result);
			}
			this.failure = null;
			this.next++;
		}

		/**
		 * Note that the current message failed, so that it is handled by a method for its
		 * exception next, unless that is what failed.
		 */
		private void fail(Throwable ex) throws Throwable {
			Throwable failure = this.failure;
			if (this.cancelled.get()) {
				throw ex;
			}
			if (failure == null) {
				this.failure = ex;
				return;
			}
			if (!ex.equals(failure)) {
				failure.addSuppressed(ex);
			}
			giveUp(this.exchange.messages().get(this.next));
		}

		/**
		 * Answer the current message with the fallback if the fault is in the message
		 * alone, or else all of them.
		 */
		private void giveUp(NotifyMessage message) throws Throwable {
			Throwable failure = this.failure;
			if (failure == null) {
				return;
			}
			this.exchange.reportFailure(message, failure);
			if (!(failure instanceof InvalidSpopArgumentException)) {
				throw failure;
			}
			done(this.exchange.fallback());
		}

		private Mono<?> await(Mono<?> mono) {
			this.state = HandlerDispatcher.this.executor.threadState();
			return mono.<Object>map((result) -> result).doOnSuccess(this::done).onErrorResume(this::resume);
		}

		/**
		 * Call a method for the exception in the next step, if there is one.
		 */
		private Mono<Object> resume(Throwable ex) {
			try {
				fail(Exceptions.unwrap(ex));
				return Mono.empty();
			}
			catch (Throwable failure) {
				return Mono.error(failure).hide();
			}
		}

		private void nextStep(SynchronousSink<Mono<?>> sink) {
			try {
				Mono<?> step = this.state.run(sink.contextView(), () -> advance(false));
				if (step != null) {
					sink.next(step);
				}
				else {
					sink.complete();
				}
			}
			catch (Throwable ex) {
				sink.error(Exceptions.unwrap(ex));
			}
		}

		private Mono<?> advanceOnExecutor() {
			this.cancelled = new AtomicBoolean();
			return HandlerDispatcher.this.executor.call(() -> advance(true), this.exchange, this.cancelled)
				.onErrorResume((refusal) -> Mono.just(resume(refusal)))
				.flatMap((step) -> step);
		}

	}

}
