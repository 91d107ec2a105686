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
 * One message of a {@link PendingNotify}: the call of its method, the call of the method
 * for its exception if it fails, and its result. One thread at a time works on the
 * message. The deadline and the end of the connection may come on another thread at any
 * time.
 */
final class MessageCall {

	private static final AtomicReferenceFieldUpdater<MessageCall, @Nullable Object> RESULT = AtomicReferenceFieldUpdater
		.newUpdater(MessageCall.class, Object.class, "result");

	private static final AtomicIntegerFieldUpdater<MessageCall> FINISHED = AtomicIntegerFieldUpdater
		.newUpdater(MessageCall.class, "finished");

	/** The result of a message that is answered with the fallback. */
	private static final Object FALLBACK = new Object();

	private final PendingNotify notify;

	private final SpopExchange exchange;

	private final NotifyMessage message;

	private final @Nullable MessageHandler handler;

	private final MessageObservation observation;

	/** The task or subscription that is cancelled with the call. */
	private final Disposable.Swap running = Disposables.swap();

	/** Why the method of the message failed. */
	private volatile @Nullable Throwable failure;

	/**
	 * Actions or {@link #FALLBACK}. The thread that sets the result first reports how the
	 * message ended.
	 */
	private volatile @Nullable Object result;

	/** 1 once all calls for the message have ended. */
	private volatile int finished;

	/** The time at which the handling began. */
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
	 * Call a method on this thread, or on a thread that may block if the method may
	 * block.
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
	 * @return the reason why there is no thread, or {@code null} if there is one
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
	 * Call the method of the message on this thread. Both may block.
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
			// The exception is that of a thread-local accessor: the call itself throws
			// nothing
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
	 * Wait for the result of the method of the message.
	 * @param method the method
	 * @param mono the returned {@link Mono}
	 * @param nanos the time that the method took, in nanoseconds
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
			// Operators throw an Error that they consider fatal
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
	 * Drop a result that comes after the deadline. The event loop chooses another answer
	 * at the deadline. If the method held the event loop beyond the deadline, the event
	 * loop chooses it now.
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
	 * Call the method for an exception, unless this method itself has thrown the
	 * exception.
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
	 * Handle the failure that no thread is free for the method.
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
		// Add only one: an exception may be a constant that would collect them
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
	 * Set the result of the message and report how it ended, unless it has a result
	 * already.
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
	 * Note that all calls for the message have ended.
	 */
	private void finish() {
		if (FINISHED.compareAndSet(this, 0, 1)) {
			this.notify.finished();
		}
	}

	/**
	 * End the message at the deadline, unless it has a result already.
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
	 * End the message, unless it has a result already, and cancel its calls.
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
	 * Return the answer to the message once it has ended.
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
	 * Subscriber that takes the single signal of a {@link Mono}, on any thread.
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
