package io.spop.handler;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

import io.micrometer.observation.Observation;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.spop.agent.SpopExchange;
import io.spop.agent.SpopHandler;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.Fuseable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;

/**
 * Calls the handler method of each message of a NOTIFY in turn. That is a plain loop as
 * long as none fails, none may block, and none returns a {@link Mono} that is not there
 * yet.
 */
final class HandlerDispatcher implements SpopHandler {

	private static final AtomicBoolean NEVER = new AtomicBoolean();

	private final HandlerMapping mapping;

	private final HandlerExecutor executor;

	private final @Nullable MessageObservations observations;

	/**
	 * Create a dispatcher.
	 * @param mapping tells the handlers of messages
	 * @param executor calls those that may block
	 * @param observations makes an observation for each message, if there is to be one
	 */
	HandlerDispatcher(HandlerMapping mapping, HandlerExecutor executor, @Nullable MessageObservations observations) {
		this.mapping = mapping;
		this.executor = executor;
		this.observations = observations;
	}

	@Override
	public Mono<Actions> handle(SpopExchange exchange) {
		List<NotifyMessage> messages = exchange.messages();
		String listener = exchange.connection().listener();
		Actions actions = Actions.none();
		for (int i = 0; i < messages.size(); i++) {
			NotifyMessage message = messages.get(i);
			MessageHandler handler = this.mapping.get(listener, message.name());
			if (handler == null || handler.method().blocking() || this.observations != null) {
				return new Dispatch(this, exchange, i, actions).run(null);
			}
			try {
				Object result = scalar(handler.method().invoke(message, exchange, null));
				if (result instanceof Mono<?> mono) {
					Dispatch dispatch = new Dispatch(this, exchange, i, actions);
					dispatch.handler = handler;
					return dispatch.run(mono);
				}
				exchange.reportMessage(handler.name(), MessageOutcome.SUCCESS, handler.method());
				if (result != null) {
					actions = actions.and((Actions) result);
				}
			}
			catch (Throwable ex) {
				Dispatch dispatch = new Dispatch(this, exchange, i, actions);
				dispatch.failure = ex;
				return dispatch.run(null);
			}
		}
		return result(actions);
	}

	/**
	 * Return what a {@link Mono} has, if it is one that is there already.
	 */
	private static @Nullable Object scalar(@Nullable Object result) throws Exception {
		return (result instanceof Mono<?> && result instanceof Fuseable.ScalarCallable<?> scalar) ? scalar.call()
				: result;
	}

	private static Mono<Actions> result(Actions actions) {
		return actions.isEmpty() ? Mono.empty() : Mono.just(actions);
	}

	@Override
	public Duration timeout(SpopExchange exchange, Duration timeout) {
		return this.mapping.timeout(exchange, timeout);
	}

	/**
	 * What is left of a NOTIFY that takes more than a loop. Threads take turns, each
	 * after the signal of the one before.
	 */
	private static final class Dispatch {

		private static final AtomicIntegerFieldUpdater<Dispatch> UNREPORTED = AtomicIntegerFieldUpdater
			.newUpdater(Dispatch.class, "unreported");

		private final HandlerDispatcher dispatcher;

		private final SpopExchange exchange;

		private final String listener;

		/** The place of the message to handle next. */
		private int next;

		/** Its handler, once that is known. */
		private @Nullable MessageHandler handler;

		/** Why the handler of that message failed. */
		private @Nullable Throwable failure;

		private Actions actions;

		private ThreadState state = ThreadState.NONE;

		/** The place of the first message whose end is not reported. */
		private volatile int unreported;

		/** The observation of the message to handle next, once that has begun. */
		private volatile @Nullable Observation observation;

		/** Set while another thread may find out. */
		private AtomicBoolean cancelled = NEVER;

		Dispatch(HandlerDispatcher dispatcher, SpopExchange exchange, int next, Actions actions) {
			this.dispatcher = dispatcher;
			this.exchange = exchange;
			this.listener = exchange.connection().listener();
			this.next = next;
			this.unreported = next;
			this.actions = actions;
		}

		/**
		 * Go on.
		 * @param pending what the handler of the current message returned, if that has to
		 * be waited for
		 */
		Mono<Actions> run(@Nullable Mono<?> pending) {
			try {
				Mono<?> first = (pending != null) ? await(pending) : advance(false);
				if (first == null) {
					return result();
				}
				return first.then(Mono.defer(this::rest)).doOnCancel(this::cancelled);
			}
			catch (Throwable ex) {
				return Mono.error(ex);
			}
		}

		/**
		 * Take the steps that are left after the first: none, as a rule.
		 */
		private Mono<Actions> rest() {
			if (this.next == this.exchange.messages().size()) {
				return result();
			}
			return Flux.<Mono<?>>generate(this::nextStep).concatMap((step) -> step, 0).then(Mono.defer(this::result));
		}

		private Mono<Actions> result() {
			return HandlerDispatcher.result(this.actions);
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
				MessageHandler handler = this.dispatcher.mapping.get(this.listener, message.name());
				if (handler == null) {
					report(null, MessageOutcome.UNHANDLED);
					this.next++;
					continue;
				}
				this.handler = handler;
				Throwable failure = this.failure;
				HandlerMethod method = (failure != null) ? handler.exceptionHandler(failure) : handler.method();
				if (method == null) {
					giveUp(message);
					continue;
				}
				if (method.blocking() && !mayBlock && !this.dispatcher.executor.mayBlock()) {
					return advanceOnExecutor();
				}
				try {
					MessageObservations observations = this.dispatcher.observations;
					Object result = scalar((observations != null) ? observe(observations, handler, method, message)
							: method.invoke(message, this.exchange, failure));
					if (result instanceof Mono<?> mono) {
						return await(mono);
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

		private @Nullable Object observe(MessageObservations observations, MessageHandler handler, HandlerMethod method,
				NotifyMessage message) throws Throwable {
			Observation begun = this.observation;
			Observation current = (begun != null) ? begun : observations.start(handler, message, this.exchange);
			this.observation = current;
			Observation.Scope scope = current.openScope();
			try {
				Object result = method.invoke(message, this.exchange, this.failure);
				return (result instanceof Mono<?> mono && !(mono instanceof Fuseable.ScalarCallable<?>))
						? mono.contextWrite((context) -> context.put(ObservationThreadLocalAccessor.KEY, current))
						: result;
			}
			finally {
				scope.close();
			}
		}

		/**
		 * Report how the handling of the current message ended, unless that is done: a
		 * result and the end of the connection may meet.
		 */
		private void report(@Nullable MessageHandler handler, MessageOutcome outcome) {
			int place = this.next;
			if (!UNREPORTED.compareAndSet(this, place, place + 1)) {
				return;
			}
			this.exchange.reportMessage((handler != null) ? handler.name() : null, outcome,
					(handler != null) ? handler.method() : null);
			Observation observation = this.observation;
			if (observation != null) {
				this.observation = null;
				((SpopMessageObservationContext) observation.getContext()).setOutcome(outcome);
				if (this.failure != null) {
					observation.error(this.failure);
				}
				observation.stop();
			}
		}

		private static MessageOutcome outcome(@Nullable Throwable failure) {
			if (failure == null) {
				return MessageOutcome.SUCCESS;
			}
			return (failure instanceof RejectedExecutionException) ? MessageOutcome.REJECTED : MessageOutcome.ERROR;
		}

		private void cancelled() {
			boolean late = !Instant.now().isBefore(this.exchange.deadline());
			if (this.next < this.exchange.messages().size()) {
				report(this.handler, late ? MessageOutcome.TIMEOUT : MessageOutcome.CLOSED);
			}
		}

		private void done(@Nullable Object result) {
			report(this.handler, outcome(this.failure));
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
				report(this.handler, outcome(failure));
				throw failure;
			}
			done(this.exchange.fallback());
		}

		private Mono<?> await(Mono<?> mono) {
			this.state = this.dispatcher.executor.threadState();
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
			return this.dispatcher.executor.call(() -> advance(true), this.exchange, this.cancelled)
				.onErrorResume((refusal) -> Mono.just(resume(refusal)))
				.flatMap((step) -> step);
		}

	}

}
