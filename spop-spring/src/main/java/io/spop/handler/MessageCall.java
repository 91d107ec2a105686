package io.spop.handler;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import io.micrometer.observation.Observation;
import io.spop.agent.SpopExchange;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.agent.SpopTimeoutException;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * One message of a {@link PendingNotify}: its method, the method for its exception if it
 * fails, and what comes of it. Threads take turns, each after the signal of the one
 * before; but the deadline, and the end of the connection, may come at any time.
 */
final class MessageCall {

	private static final AtomicReferenceFieldUpdater<MessageCall, @Nullable Object> RESULT = AtomicReferenceFieldUpdater
		.newUpdater(MessageCall.class, Object.class, "result");

	private static final AtomicIntegerFieldUpdater<MessageCall> FINISHED = AtomicIntegerFieldUpdater
		.newUpdater(MessageCall.class, "finished");

	/** The result of a message that has none of its own. */
	private static final Object FALLBACK = new Object();

	private final PendingNotify notify;

	private final SpopExchange exchange;

	private final NotifyMessage message;

	private final @Nullable MessageHandler handler;

	private final MessageObservation observation;

	/** What is to be cancelled with the call. */
	private final Disposable.Swap running = Disposables.swap();

	/** Why the method of the message failed. */
	private volatile @Nullable Throwable failure;

	/**
	 * Actions or {@link #FALLBACK}. The thread that sets it first reports how the message
	 * ended.
	 */
	private volatile @Nullable Object result;

	/** 1 when nothing is called for the message any more. */
	private volatile int finished;

	/** When the handling began. */
	private volatile long begun = System.nanoTime();

	MessageCall(PendingNotify notify, NotifyMessage message, @Nullable MessageHandler handler) {
		this.notify = notify;
		this.exchange = notify.exchange();
		this.message = message;
		this.handler = handler;
		MessageObservations observations = notify.dispatcher().observations();
		this.observation = (observations != null && handler != null) ? observations.of(handler, message, this.exchange)
				: MessageObservation.NONE;
	}

	/**
	 * Return whether the method of the message may block.
	 */
	boolean isBlocking() {
		return this.handler != null && this.handler.method().blocking();
	}

	/**
	 * Call the method of the message.
	 */
	void start() {
		if (this.handler != null) {
			call(this.handler.method());
			return;
		}
		if (RESULT.compareAndSet(this, null, Actions.none())) {
			this.notify.dispatcher().mapping().reportUnhandled(this.message, this.exchange);
		}
		finish();
	}

	/**
	 * Call a method on a thread that suits it.
	 */
	private void call(HandlerMethod method) {
		if (!method.blocking() || executor().mayBlock()) {
			invoke(method);
			return;
		}
		Throwable refusal = submit(method);
		if (refusal != null) {
			refused(refusal);
		}
	}

	/**
	 * Call the method of the message, which may block, on a thread of its own.
	 * @return why that is not possible, or {@code null} if it is
	 */
	@Nullable Throwable submit() {
		return submit(handler().method());
	}

	private @Nullable Throwable submit(HandlerMethod method) {
		try {
			this.notify.waiting();
			this.observation.start();
			HandlerExecutor.Task task = executor().task(() -> inThreadState(() -> invoke(method)), this::fail);
			if (this.running.replace(task)) {
				task.start();
			}
			return null;
		}
		catch (Throwable ex) {
			return ex;
		}
	}

	/**
	 * Call the method of the message, which may block, on this thread, which may block as
	 * well.
	 */
	void runHere() {
		this.notify.waiting();
		invoke(handler().method());
	}

	private void inThreadState(Runnable call) {
		try {
			this.notify.state().run(this.notify.context(), call);
		}
		catch (Throwable ex) {
			// Not of the call, which throws nothing
			fail(ex);
		}
	}

	/**
	 * Call a method on this thread.
	 */
	private void invoke(HandlerMethod method) {
		if (this.result != null) {
			finish();
			return;
		}
		Throwable failure = this.failure;
		boolean onEventLoop = this.notify.isOnEventLoop();
		long start = onEventLoop ? System.nanoTime() : 0;
		Object value = null;
		Throwable thrown = null;
		try {
			value = invokeObserved(method, failure);
			if (value instanceof Mono<?> mono) {
				subscribe(mono);
			}
		}
		catch (Throwable ex) {
			thrown = ex;
		}
		if (onEventLoop) {
			this.exchange.reporter().blocked(method, System.nanoTime() - start);
		}
		if (thrown != null) {
			fail(thrown);
		}
		else if (!(value instanceof Mono)) {
			succeed(value);
		}
	}

	@SuppressWarnings("try")
	private @Nullable Object invokeObserved(HandlerMethod method, @Nullable Throwable failure) throws Throwable {
		this.observation.start();
		Observation.Scope scope = this.observation.openScope();
		try (RequestId requestId = RequestId.open(this.notify.requestId())) {
			return HandlerMethod.valueOf(method.invoke(this.message, this.exchange, failure));
		}
		finally {
			scope.close();
		}
	}

	/**
	 * Wait for what the method of the message has returned.
	 * @param method the method
	 * @param mono what it returned
	 * @param nanos how long that took
	 */
	void await(HandlerMethod method, Mono<?> mono, long nanos) {
		long start = System.nanoTime();
		this.begun = start - nanos;
		try {
			subscribe(mono);
		}
		catch (Throwable ex) {
			fail(ex);
		}
		if (this.notify.isOnEventLoop()) {
			this.exchange.reporter().blocked(method, nanos + System.nanoTime() - start);
		}
	}

	@SuppressWarnings("try")
	private void subscribe(Mono<?> mono) {
		this.notify.waiting();
		Awaited awaited = new Awaited();
		try (RequestId requestId = RequestId.open(this.notify.requestId())) {
			mono.subscribe(awaited);
		}
		catch (Throwable ex) {
			// Operators throw an Error that they take for a fatal one
			awaited.onError(ex);
		}
	}

	private void succeed(@Nullable Object value) {
		Actions actions;
		try {
			actions = (value != null) ? (Actions) value : Actions.none();
		}
		catch (ClassCastException ex) {
			fail(ex);
			return;
		}
		if (this.exchange.nanosLeft() <= 0) {
			late();
			return;
		}
		try {
			if (!settle(actions, outcome(this.failure), this.failure)) {
				this.exchange.reporter().late();
			}
		}
		finally {
			finish();
		}
	}

	/**
	 * Drop a result that comes after the deadline. The event loop decides what is
	 * answered instead: at the deadline or, if the method held the event loop until after
	 * it, now.
	 */
	private void late() {
		this.exchange.reporter().late();
		if (this.notify.isOnEventLoop()) {
			try {
				timeOut(new SpopTimeoutException(this.exchange.timeoutNanos(), true));
			}
			finally {
				finish();
			}
		}
	}

	/**
	 * Call the method for an exception, unless it is the one that has thrown it.
	 */
	void fail(Throwable ex) {
		Throwable failure = this.failure;
		if (this.result != null) {
			finish();
		}
		else if (failure == null) {
			this.failure = ex;
			if (ex instanceof InvalidSpopArgumentException invalid) {
				handler().watch().failed(this.message, this.exchange, invalid);
			}
			HandlerMethod method = handler().exceptionHandler(ex);
			if (method != null) {
				call(method);
			}
			else {
				giveUp(ex);
			}
		}
		else {
			suppress(failure, ex);
			giveUp(failure);
		}
	}

	/**
	 * Go on without a thread that may block.
	 */
	private void refused(Throwable refusal) {
		Throwable failure = this.failure;
		if (failure != null) {
			suppress(failure, refusal);
			giveUp(failure);
			return;
		}
		this.failure = refusal;
		HandlerMethod method = handler().exceptionHandler(refusal);
		if (method != null && !method.blocking()) {
			invoke(method);
		}
		else {
			giveUp(refusal);
		}
	}

	@SuppressWarnings("ReferenceEquality")
	private static void suppress(Throwable failure, Throwable ex) {
		// Not twice: an exception may be a constant
		if (ex != failure && failure.getSuppressed().length == 0) {
			failure.addSuppressed(ex);
		}
	}

	private void giveUp(Throwable failure) {
		try {
			if (settle(FALLBACK, outcome(failure), failure)) {
				reportFailed(failure);
			}
		}
		finally {
			finish();
		}
	}

	private void reportFailed(Throwable failure) {
		this.exchange.reporter().failed(this.message, failure, handler().method(), this.observation.traceId());
	}

	private static MessageOutcome outcome(@Nullable Throwable failure) {
		if (failure == null) {
			return MessageOutcome.SUCCESS;
		}
		return (failure instanceof RejectedExecutionException) ? MessageOutcome.REJECTED : MessageOutcome.ERROR;
	}

	/**
	 * Set the result of the message and report how it ended, unless that is done.
	 * @return whether this call has set it
	 */
	private boolean settle(Object result, MessageOutcome outcome, @Nullable Throwable failure) {
		if (!RESULT.compareAndSet(this, null, result)) {
			return false;
		}
		try {
			this.exchange.reporter().ended(handler().name(), outcome, System.nanoTime() - this.begun);
			this.observation.stop(outcome, failure);
		}
		catch (Throwable ex) {
			reportFailed(ex);
		}
		return true;
	}

	/**
	 * Note that nothing is called for the message any more.
	 */
	private void finish() {
		if (FINISHED.compareAndSet(this, 0, 1)) {
			this.notify.finished();
		}
	}

	/**
	 * End the message at the deadline, unless it has ended.
	 */
	void timeOut(SpopTimeoutException failure) {
		MessageHandler handler = this.handler;
		if (handler == null) {
			if (RESULT.compareAndSet(this, null, Actions.none())) {
				this.notify.dispatcher().mapping().reportUnhandled(this.message, this.exchange);
			}
		}
		else if (settle(FALLBACK, MessageOutcome.TIMEOUT, failure)) {
			reportFailed(failure);
			Actions answer = handler.answerAtOnce(this.message, this.exchange, failure);
			if (answer != null) {
				this.result = answer;
			}
		}
	}

	/**
	 * End the message, unless it has ended, and stop what is called for it.
	 */
	void cancel(MessageOutcome outcome) {
		try {
			if (this.handler != null) {
				settle(FALLBACK, outcome, this.failure);
			}
		}
		finally {
			this.running.dispose();
		}
	}

	/**
	 * Return what to answer once the message has ended.
	 * @return the actions, or {@code null} for the fallback
	 */
	@Nullable Actions answer() {
		return (this.result instanceof Actions actions) ? actions : null;
	}

	private MessageHandler handler() {
		if (this.handler == null) {
			throw new IllegalStateException("No handler for " + this.message);
		}
		return this.handler;
	}

	private HandlerExecutor executor() {
		return this.notify.dispatcher().executor();
	}

	/**
	 * Takes the one signal of a {@link Mono}, by whatever thread it comes.
	 */
	private final class Awaited extends AtomicBoolean implements CoreSubscriber<Object> {

		private static final long serialVersionUID = 1L;

		@Override
		public Context currentContext() {
			Context context = MessageCall.this.observation.addTo(Context.of(MessageCall.this.notify.context()));
			return RequestId.addTo(context, MessageCall.this.notify.requestId());
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			if (MessageCall.this.running.replace(subscription::cancel)) {
				subscription.request(Long.MAX_VALUE);
			}
		}

		@Override
		public void onNext(Object value) {
			if (compareAndSet(false, true)) {
				succeed(value);
			}
		}

		@Override
		public void onComplete() {
			if (compareAndSet(false, true)) {
				succeed(null);
			}
		}

		@Override
		public void onError(Throwable error) {
			if (compareAndSet(false, true)) {
				Throwable failure = ResultConverters.unwrap(Exceptions.unwrap(error));
				inThreadState(() -> fail(failure));
			}
		}

	}

}
