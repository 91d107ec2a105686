package io.spop.agent;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * One NOTIFY from its arrival to its ACK: what the handler sees, the subscriber to its
 * result, the task that brings the result to the event loop, and the link of the
 * connection's list of frames in flight, all in one object. All but the methods of
 * {@link SpopExchange} and the subscriber's belongs to the connection's event loop.
 */
final class Exchange implements SpopExchange, CoreSubscriber<Actions>, Runnable {

	private static final AtomicReferenceFieldUpdater<Exchange, @Nullable Subscription> SUBSCRIPTION = AtomicReferenceFieldUpdater
		.newUpdater(Exchange.class, Subscription.class, "subscription");

	private final AgentConnection connection;

	private final Frame.Notify notify;

	/** When the frame arrived, in the time of {@link System#nanoTime()}. */
	long arrived;

	/** In the same time. */
	long deadline;

	/** When the handling of a message began or was reported last, in the same time. */
	private long reportedAt;

	/** The neighbours in the connection's list of frames in flight. */
	@Nullable Exchange previous;

	@Nullable Exchange next;

	boolean inFlight;

	/** Set while the handler is called, which may have reported what it did. */
	private boolean calling;

	private boolean done;

	private volatile @Nullable Subscription subscription;

	/** Written before the result is handed to the event loop. */
	private @Nullable Actions actions;

	private @Nullable Throwable error;

	private boolean signalled;

	/** What has been reported, and need not be logged again. */
	volatile @Nullable Throwable reported;

	Exchange(AgentConnection connection, Frame.Notify notify) {
		this.connection = connection;
		this.notify = notify;
	}

	/**
	 * Call the handler. Afterwards the exchange is done, or its result comes later.
	 * @param handler the handler
	 * @param now when the frame arrived
	 * @param timeout how long the handler may take, unless it says otherwise
	 */
	void start(SpopHandler handler, long now, Duration timeout) {
		this.arrived = now;
		this.reportedAt = now;
		Actions actions = null;
		Throwable error = null;
		this.calling = true;
		try {
			this.deadline = now + timeout.toNanos();
			Duration own = handler.timeout(this, timeout);
			if (!own.equals(timeout)) {
				this.deadline = now + own.toNanos();
			}
			Mono<Actions> result = handler.handle(this);
			if (result instanceof Fuseable.ScalarCallable<?> computed) {
				actions = (Actions) computed.call();
			}
			else {
				this.calling = false;
				result.subscribe(this);
				return;
			}
		}
		catch (Throwable ex) {
			// Even an Error must not leave the NOTIFY without its ACK
			error = ex;
		}
		complete(actions, error);
	}

	/**
	 * Return how long it may take, in nanoseconds.
	 */
	long timeout() {
		return this.deadline - this.arrived;
	}

	/**
	 * Return the time, in that of {@link System#nanoTime()}, without asking for it once
	 * more if the handler has just reported the last message.
	 */
	long now() {
		return (this.calling && this.reportedAt != this.arrived) ? this.reportedAt : System.nanoTime();
	}

	boolean isDone() {
		return this.done;
	}

	/**
	 * Take the result, unless another came first.
	 */
	private void complete(@Nullable Actions actions, @Nullable Throwable error) {
		if (!this.done) {
			this.done = true;
			this.connection.complete(this, actions, error);
		}
		else if (error == null) {
			reportLateResult();
		}
		else {
			this.connection.logDropped(error);
		}
	}

	/**
	 * End the exchange without its result, which is dropped when it comes.
	 * @return {@code false} if the exchange was done already
	 */
	boolean cancel() {
		if (this.done) {
			return false;
		}
		this.done = true;
		try {
			Operators.terminate(SUBSCRIPTION, this);
		}
		catch (Throwable ex) {
			AgentConnection.logger.debug("[{}] A handler failed to be cancelled", this.connection.id(), ex);
		}
		return true;
	}

	@Override
	public Context currentContext() {
		return this.connection.reactorContext();
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		if (Operators.setOnce(SUBSCRIPTION, this, subscription)) {
			subscription.request(Long.MAX_VALUE);
		}
	}

	@Override
	public void onNext(Actions actions) {
		signal(actions, null);
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
		if (this.connection.eventLoop().inEventLoop()) {
			run();
			return;
		}
		try {
			this.connection.eventLoop().execute(this);
		}
		catch (RejectedExecutionException ex) {
			// The agent has stopped, and this connection is closed
			AgentConnection.logger.debug("[{}] A result came after the end of its connection", this.connection.id());
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
		return this.connection;
	}

	@Override
	public Instant deadline() {
		return Instant.now().plusNanos(this.deadline - System.nanoTime());
	}

	@Override
	public Actions fallback() {
		return this.connection.fallback();
	}

	@Override
	public void reportFailure(NotifyMessage message, Throwable error) {
		this.reported = error;
		this.connection.logFailure(this, List.of(message.name()), error);
	}

	@Override
	public void reportMessage(@Nullable String message, MessageOutcome outcome, @Nullable Object handler) {
		SpopMetricsRecorder recorder = this.connection.recorder();
		if (!recorder.equals(SpopMetricsRecorder.noop())) {
			long now = System.nanoTime();
			recorder.messageHandled(message, outcome, now - this.reportedAt);
			this.reportedAt = now;
		}
	}

	@Override
	public void reportLateResult() {
		this.connection.lateResult(this);
	}

	@Override
	public String toString() {
		return "NOTIFY " + Long.toUnsignedString(streamId()) + "/" + Long.toUnsignedString(frameId()) + " "
				+ messages();
	}

}
