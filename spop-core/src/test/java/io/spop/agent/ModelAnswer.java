package io.spop.agent;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

import io.spop.agent.SpopMetricsRecorder.NotifyOutcome;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * What a handler does with one NOTIFY, what the agent did with the handler, and what may
 * be in the ACK.
 */
final class ModelAnswer {

	static final Actions FALLBACK = Actions.set(VarScope.TRANSACTION, "fallback", true);

	/** The action that fills an empty ACK. */
	static final Actions FILL = Actions.unset(VarScope.TRANSACTION, "spop.none");

	/** Not long, and long enough that a handler is called in most cases. */
	private static final Duration QUICK = Duration.ofMillis(3);

	private static final long HOLD_NANOS = 300_000;

	private static final String TOO_LARGE = "x".repeat(20_000);

	private final long id;

	private final Kind kind;

	private final boolean quick;

	private final boolean partial;

	/** How often the agent asked for the timeout, which it does once for a NOTIFY. */
	final AtomicInteger asked = new AtomicInteger();

	final AtomicInteger handled = new AtomicInteger();

	final AtomicInteger subscribed = new AtomicInteger();

	final AtomicInteger cancelled = new AtomicInteger();

	/** The first signal that was sent to the agent. */
	final AtomicReference<@Nullable Signal> signalled = new AtomicReference<>();

	private volatile @Nullable CoreSubscriber<? super Actions> subscriber;

	ModelAnswer(long id, Kind kind, boolean quick, boolean partial) {
		this.id = id;
		this.kind = kind;
		this.quick = quick;
		this.partial = partial;
	}

	long id() {
		return this.id;
	}

	boolean isQuick() {
		return this.quick;
	}

	/**
	 * Return whether the answer comes without a signal from another thread.
	 */
	boolean isImmediate() {
		return this.kind != Kind.LATER;
	}

	Duration timeout(Duration timeout) {
		this.asked.incrementAndGet();
		return this.quick ? QUICK : timeout;
	}

	Mono<Actions> handle(SpopExchange exchange) {
		this.handled.incrementAndGet();
		if (this.partial) {
			exchange.reporter().onDeadline(() -> actions("partial"));
		}
		return switch (this.kind) {
			case NOW -> Mono.just(actions("result"));
			case EMPTY -> Mono.empty();
			case SLOW -> {
				LockSupport.parkNanos(HOLD_NANOS);
				yield Mono.just(actions("result"));
			}
			case TOO_LARGE -> Mono.just(tooLarge());
			case THROW -> throw new IllegalStateException("thrown on purpose");
			case THROW_ERROR -> throw new StackOverflowError("thrown on purpose");
			case REJECT -> throw new RejectedExecutionException("thrown on purpose");
			case FAIL -> Mono.error(new IllegalStateException("failed on purpose"));
			case IN_SUBSCRIBE -> new Result((subscriber) -> {
				subscriber.onNext(actions("result"));
				subscriber.onComplete();
			});
			case THROW_IN_SUBSCRIBE -> new Result((subscriber) -> {
				throw new StackOverflowError("thrown on purpose");
			});
			case LATER -> new Result((subscriber) -> this.subscriber = subscriber);
		};
	}

	private Actions actions(String variable) {
		return Actions.set(VarScope.TRANSACTION, variable, this.id);
	}

	private static Actions tooLarge() {
		return Actions.set(VarScope.TRANSACTION, "large", TOO_LARGE);
	}

	Actions fallback() {
		if (this.id % 5 == 0) {
			throw new IllegalStateException("thrown on purpose");
		}
		return (this.id % 2 == 0) ? actions("own_fallback") : FALLBACK;
	}

	/**
	 * Return whether a signal can be sent.
	 */
	boolean isWaiting() {
		return this.subscriber != null && this.signalled.get() == null;
	}

	/**
	 * Send a signal, unless one has been sent before.
	 */
	@SuppressWarnings("unchecked")
	void signal(Signal signal, Executor others) {
		CoreSubscriber<? super Actions> subscriber = this.subscriber;
		if (subscriber == null || !this.signalled.compareAndSet(null, signal)) {
			return;
		}
		switch (signal) {
			case RESULT -> {
				subscriber.onNext(actions("result"));
				subscriber.onComplete();
			}
			case TWICE -> {
				subscriber.onNext(actions("result"));
				subscriber.onNext(actions("result"));
				subscriber.onError(new IllegalStateException("failed on purpose"));
			}
			case TWO_THREADS -> {
				others.execute(() -> subscriber.onNext(actions("result")));
				subscriber.onNext(actions("result"));
			}
			case NOTHING -> subscriber.onComplete();
			case TOO_LARGE -> subscriber.onNext(tooLarge());
			case FAILURE -> subscriber.onError(new IllegalStateException("failed on purpose"));
			case ERROR -> subscriber.onError(new StackOverflowError("failed on purpose"));
			case OTHER_TYPE -> ((CoreSubscriber<Object>) (CoreSubscriber<?>) subscriber).onNext("no actions");
		}
	}

	/**
	 * Return how the NOTIFY may end as long as its connection lives.
	 */
	Set<NotifyOutcome> outcomes() {
		Set<NotifyOutcome> outcomes = EnumSet.of(outcome());
		if (this.quick) {
			outcomes.add(NotifyOutcome.TIMEOUT);
		}
		return outcomes;
	}

	private NotifyOutcome outcome() {
		return switch (this.kind) {
			case NOW, EMPTY, SLOW, IN_SUBSCRIBE -> NotifyOutcome.SUCCESS;
			case TOO_LARGE -> NotifyOutcome.OVERSIZE;
			case THROW, THROW_ERROR, FAIL, THROW_IN_SUBSCRIBE -> NotifyOutcome.ERROR;
			case REJECT -> NotifyOutcome.REJECTED;
			case LATER -> {
				Signal signal = this.signalled.get();
				// Without a signal, the deadline or the end of the connection comes
				yield (signal != null) ? signal.outcome : NotifyOutcome.TIMEOUT;
			}
		};
	}

	/**
	 * Return the actions that the ACK may have.
	 */
	List<Actions> allowed() {
		List<Actions> allowed = new ArrayList<>();
		for (NotifyOutcome outcome : outcomes()) {
			switch (outcome) {
				case SUCCESS -> allowed.add((this.kind == Kind.EMPTY || this.signalled.get() == Signal.NOTHING)
						? Actions.none() : actions("result"));
				case TIMEOUT -> {
					if (this.partial) {
						allowed.add(actions("partial"));
					}
					addFallback(allowed);
				}
				case OVERSIZE -> addFallback(allowed);
				default -> allowed.add(FALLBACK);
			}
		}
		return allowed;
	}

	private void addFallback(List<Actions> allowed) {
		allowed.add((this.id % 5 != 0 && this.id % 2 == 0) ? actions("own_fallback") : FALLBACK);
	}

	@Override
	public String toString() {
		return "NOTIFY " + this.id + " " + this.kind + (this.quick ? ", quick" : "") + ", signalled "
				+ this.signalled.get();
	}

	/**
	 * What the handler does.
	 */
	enum Kind {

		NOW, EMPTY, SLOW, TOO_LARGE, THROW, THROW_ERROR, REJECT, FAIL, IN_SUBSCRIBE, THROW_IN_SUBSCRIBE, LATER

	}

	/**
	 * What comes later.
	 */
	enum Signal {

		RESULT(NotifyOutcome.SUCCESS), TWICE(NotifyOutcome.SUCCESS), TWO_THREADS(NotifyOutcome.SUCCESS),
		NOTHING(NotifyOutcome.SUCCESS), TOO_LARGE(NotifyOutcome.OVERSIZE), FAILURE(NotifyOutcome.ERROR),
		ERROR(NotifyOutcome.ERROR), OTHER_TYPE(NotifyOutcome.ERROR);

		private final NotifyOutcome outcome;

		Signal(NotifyOutcome outcome) {
			this.outcome = outcome;
		}

	}

	/**
	 * A result that counts subscriptions and cancellations, and lets through what no
	 * operator would.
	 */
	private final class Result extends Mono<Actions> {

		private final Consumer<CoreSubscriber<? super Actions>> start;

		Result(Consumer<CoreSubscriber<? super Actions>> start) {
			this.start = start;
		}

		@Override
		public void subscribe(CoreSubscriber<? super Actions> subscriber) {
			ModelAnswer.this.subscribed.incrementAndGet();
			subscriber.onSubscribe(new Subscription() {

				@Override
				public void request(long n) {
					Operators.validate(n);
				}

				@Override
				public void cancel() {
					ModelAnswer.this.cancelled.incrementAndGet();
					if (ModelAnswer.this.id % 3 == 0) {
						throw new IllegalStateException("thrown on purpose");
					}
				}

			});
			this.start.accept(subscriber);
		}

	}

}
