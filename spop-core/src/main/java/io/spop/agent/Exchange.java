package io.spop.agent;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Supplier;

import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.LogText;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * One NOTIFY from its arrival to its ACK. To save objects, this class is also the
 * subscriber to the result of the handler, the task that takes the result to the event
 * loop, and the entry in the list of frames in flight. Any thread may call the methods of
 * {@link SpopExchange}, {@link SpopMessageReporter} and the subscriber. Only the event
 * loop of the connection may call the others.
 */
final class Exchange extends InFlight.Links
		implements SpopExchange, SpopMessageReporter, CoreSubscriber<Object>, Runnable {

	private static final AtomicReferenceFieldUpdater<Exchange, @Nullable Subscription> SUBSCRIPTION = AtomicReferenceFieldUpdater
		.newUpdater(Exchange.class, Subscription.class, "subscription");

	private final Exchanges exchanges;

	private final Frame.Notify notify;

	/** The arrival of the frame, in the time of {@link System#nanoTime()}. */
	private long arrived;

	/** The deadline, in the time of {@link System#nanoTime()}. */
	private long deadline;

	/**
	 * The time at which the handling of a message began or was reported, or at which the
	 * handling of all messages ended. In the time of {@link System#nanoTime()}.
	 */
	private long reportedAt;

	/** Whether the end of a message has been reported. */
	private boolean timed;

	/** Set while the handler is called on the event loop. */
	private boolean calling;

	/** Whether a call that held the event loop for long has been reported. */
	private boolean blockReported;

	private boolean done;

	private volatile @Nullable Subscription subscription;

	/** The result, set before the event loop gets the task with the result. */
	private @Nullable Actions actions;

	private @Nullable Throwable error;

	private boolean signalled;

	/** The first failure that the handler has reported, which is not logged again. */
	private volatile @Nullable Throwable reported;

	private volatile @Nullable Supplier<Actions> partial;

	Exchange(Exchanges exchanges, Frame.Notify notify) {
		this.exchanges = exchanges;
		this.notify = notify;
	}

	/**
	 * Call the handler, unless the deadline has passed. Afterwards the exchange is done,
	 * or its result comes later.
	 * @param handler the handler
	 * @param arrived the time at which the frame arrived
	 * @param now the time
	 * @param timeout the timeout, unless the handler sets another one
	 */
	void start(SpopHandler handler, long arrived, long now, Duration timeout) {
		this.arrived = arrived;
		this.reportedAt = now;
		Actions actions = null;
		Throwable error = null;
		this.calling = true;
		try {
			this.deadline = arrived + timeout.toNanos();
			Duration own = Objects.requireNonNull(handler.timeout(this, timeout), "timeout of the handler");
			if (!own.equals(timeout)) {
				this.deadline = arrived + own.toNanos();
			}
			if (now - this.deadline >= 0) {
				error = new SpopTimeoutException(timeoutNanos(), false);
			}
			else {
				Mono<Actions> result = Objects.requireNonNull(handler.handle(this), "Mono of the handler");
				if (result instanceof Fuseable.ScalarCallable<?> computed) {
					actions = (Actions) computed.call();
				}
				else {
					this.calling = false;
					result.subscribe(this);
					return;
				}
			}
		}
		catch (Throwable ex) {
			// Even an Error must not leave the NOTIFY without its ACK
			error = ex;
		}
		complete(actions, error);
	}

	@Override
	public long timeoutNanos() {
		return this.deadline - this.arrived;
	}

	long arrivedAt() {
		return this.arrived;
	}

	long deadlineAt() {
		return this.deadline;
	}

	/**
	 * Return the time at which the exchange was done.
	 */
	long endedAt() {
		return this.reportedAt;
	}

	/**
	 * Send the answer.
	 */
	private void end(@Nullable Actions actions, @Nullable Throwable error) {
		// The clock need not be asked if the handler has just reported the last message
		if (!this.calling || !this.timed) {
			this.reportedAt = System.nanoTime();
		}
		this.exchanges.complete(this, actions, error);
	}

	boolean isDone() {
		return this.done;
	}

	/**
	 * Accept the result, unless the exchange is done already.
	 */
	private void complete(@Nullable Actions actions, @Nullable Throwable error) {
		assert this.exchanges.eventLoop().inEventLoop();
		if (!this.done) {
			this.done = true;
			end(actions, error);
		}
		else if (error == null) {
			late();
		}
		else {
			this.exchanges.log().dropped(requestId(), error);
		}
	}

	/**
	 * End the exchange at its deadline, with the actions that are done. The handler is
	 * not cancelled yet, since this calls code of the application. It is cancelled after
	 * the ACK.
	 */
	void expire() {
		assert this.exchanges.eventLoop().inEventLoop();
		if (this.done) {
			return;
		}
		Supplier<Actions> partial = this.partial;
		Actions actions = null;
		if (partial != null) {
			try {
				actions = partial.get();
			}
			catch (Throwable ex) {
				this.exchanges.log().dropped(requestId(), ex);
			}
		}
		if (!this.done) {
			this.done = true;
			end(actions, new SpopTimeoutException(timeoutNanos(), true));
		}
	}

	/**
	 * Take the time again, because code of the application was called after the end.
	 */
	void touch() {
		this.reportedAt = System.nanoTime();
	}

	/**
	 * End the exchange without a result. A later result is dropped.
	 * @return {@code false} if the exchange was done already
	 */
	boolean cancel() {
		assert this.exchanges.eventLoop().inEventLoop();
		if (this.done) {
			return false;
		}
		this.done = true;
		terminate();
		return true;
	}

	/**
	 * Cancel the subscription to the result of the handler.
	 */
	void terminate() {
		try {
			Operators.terminate(SUBSCRIPTION, this);
		}
		catch (Throwable ex) {
			this.exchanges.log().debug("A handler failed to be cancelled: {}", ex.getClass().getName());
		}
	}

	@Override
	public Context currentContext() {
		return this.exchanges.reactorContext();
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		if (Operators.setOnce(SUBSCRIPTION, this, subscription)) {
			subscription.request(Long.MAX_VALUE);
		}
	}

	/**
	 * Accept a result. This method checks the type, since an exception that it throws
	 * would get lost.
	 */
	@Override
	public void onNext(Object result) {
		if (result instanceof Actions answer) {
			signal(answer, null);
		}
		else {
			signal(null, new ClassCastException(
					"The handler has to return Actions, and returned an instance of " + result.getClass().getName()));
		}
	}

	@Override
	public void onError(Throwable error) {
		signal(null, error);
	}

	@Override
	public void onComplete() {
		signal(null, null);
	}

	private void signal(@Nullable Actions actions, @Nullable Throwable error) {
		if (this.signalled) {
			return;
		}
		this.signalled = true;
		this.actions = actions;
		this.error = error;
		if (this.exchanges.eventLoop().inEventLoop()) {
			run();
			return;
		}
		try {
			this.exchanges.eventLoop().execute(this);
		}
		catch (RejectedExecutionException ex) {
			// The agent has stopped, and this connection is closed
			this.exchanges.log().debug("A result came after the end of its connection");
		}
	}

	@Override
	public void run() {
		complete(this.actions, this.error);
	}

	@Override
	public List<NotifyMessage> messages() {
		return this.notify.messages();
	}

	@Override
	public long streamId() {
		return this.notify.streamId();
	}

	@Override
	public long frameId() {
		return this.notify.frameId();
	}

	@Override
	public SpopConnection connection() {
		return this.exchanges.connection();
	}

	@Override
	public Instant deadline() {
		return Instant.now().plusNanos(this.deadline - System.nanoTime());
	}

	@Override
	public long nanosLeft() {
		return this.deadline - System.nanoTime();
	}

	@Override
	public Actions fallback() {
		return this.exchanges.settings().fallback;
	}

	@Override
	public @Nullable String requestId() {
		String argument = this.exchanges.settings().correlationArgument;
		return (argument != null) ? requestId(argument) : null;
	}

	private @Nullable String requestId(String argument) {
		for (NotifyMessage message : messages()) {
			SpopValue value = message.arguments().get(argument);
			String text = (value == null || value instanceof SpopValue.Null) ? "" : value.toString();
			if (!text.isEmpty()) {
				return LogText.name(text);
			}
		}
		return null;
	}

	@Override
	public void onDeadline(Supplier<Actions> partial) {
		this.partial = partial;
	}

	/**
	 * Return whether the handler knows which messages are late.
	 */
	boolean hasPartial() {
		return this.partial != null;
	}

	/**
	 * Return whether the handler has reported a failure, so that it has been logged.
	 */
	@SuppressWarnings("ReferenceEquality")
	boolean isReported(Throwable failure) {
		// Its equals() may do anything
		return failure == this.reported;
	}

	/**
	 * Return the first failure of a message that has been reported.
	 */
	@Nullable Throwable reported() {
		return this.reported;
	}

	/**
	 * Return the names of the messages.
	 */
	List<String> names() {
		return messages().stream().map((message) -> LogText.name(message.name())).toList();
	}

	@Override
	public SpopMessageReporter reporter() {
		return this;
	}

	@Override
	public void failed(NotifyMessage message, Throwable error, @Nullable Object handler) {
		failed(message, error, handler, null);
	}

	@Override
	public void failed(NotifyMessage message, Throwable error, @Nullable Object handler, @Nullable String traceId) {
		if (this.reported == null) {
			this.reported = error;
		}
		this.exchanges.log()
			.failed(List.of(LogText.name(message.name())), requestId(),
					(traceId != null) ? LogText.name(traceId) : null, error, handler);
	}

	@Override
	public void ended(@Nullable String message, MessageOutcome outcome, @Nullable Object handler) {
		SpopMetricsRecorder recorder = this.exchanges.recorder();
		if (!(recorder instanceof NoopMetricsRecorder)) {
			long now = System.nanoTime();
			long nanos = now - this.reportedAt;
			recorder.messageHandled(message, outcome, nanos);
			if (this.exchanges.eventLoop().inEventLoop()) {
				this.reportedAt = now;
				this.timed = true;
				if (nanos > this.exchanges.settings().maxBlockedNanos && handler != null && this.calling) {
					blocked(handler, nanos);
				}
			}
		}
	}

	@Override
	public void ended(@Nullable String message, MessageOutcome outcome, long nanos) {
		this.exchanges.recorder().messageHandled(message, outcome, nanos);
	}

	@Override
	public void blocked(Object handler, long nanos) {
		if (nanos > this.exchanges.settings().maxBlockedNanos) {
			this.blockReported = true;
			this.exchanges.blocked(handler, nanos);
		}
	}

	/**
	 * Report that the handler held the event loop, unless the handler has reported this
	 * itself.
	 */
	void reportHandlerBlocked(long nanos) {
		if (!this.blockReported) {
			blocked("The handling of NOTIFY " + names(), nanos);
		}
	}

	@Override
	public void unhandled(NotifyMessage message, Collection<String> handled) {
		this.exchanges.unhandled(message.name(), handled);
	}

	@Override
	public void late() {
		this.exchanges.acks().dropped(this);
	}

	@Override
	public String toString() {
		String requestId = requestId();
		return "NOTIFY " + Long.toUnsignedString(streamId()) + "/" + Long.toUnsignedString(frameId()) + " " + names()
				+ ((requestId != null) ? " of request " + requestId : "");
	}

}
