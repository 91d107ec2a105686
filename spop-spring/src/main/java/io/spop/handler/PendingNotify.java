package io.spop.handler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import io.spop.agent.SpopExchange;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.agent.SpopTimeoutException;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.util.context.ContextView;

/**
 * The rest of a NOTIFY, from the first message that cannot be handled by a plain call. No
 * message waits for another: each has a {@link MessageCall}, and the result is complete
 * when all calls have finished.
 */
final class PendingNotify {

	private final HandlerDispatcher dispatcher;

	private final SpopExchange exchange;

	/** The actions of the messages before the first call. */
	private final Actions before;

	private final MonoSink<Actions> sink;

	private final @Nullable String requestId;

	private final MessageCall[] calls;

	/** The number of unfinished calls, plus one until all calls have been made. */
	private final AtomicInteger unfinished;

	private final Thread thread = Thread.currentThread();

	private final boolean mayBlock;

	/**
	 * The state of the thread on which the handling began, set when the first call has to
	 * wait.
	 */
	private ThreadState state = ThreadState.NONE;

	private boolean waiting;

	private volatile boolean cancelled;

	private PendingNotify(HandlerDispatcher dispatcher, SpopExchange exchange, int first, Actions before,
			MonoSink<Actions> sink) {
		this.dispatcher = dispatcher;
		this.exchange = exchange;
		this.before = before;
		this.sink = sink;
		this.requestId = exchange.requestId();
		this.mayBlock = dispatcher.executor().mayBlock();
		List<NotifyMessage> messages = exchange.messages();
		String listener = exchange.connection().listener();
		this.calls = new MessageCall[messages.size() - first];
		for (int i = 0; i < this.calls.length; i++) {
			NotifyMessage message = messages.get(first + i);
			MessageHandler handler = dispatcher.mapping().get(listener, message.name());
			if (handler != null && i > 0 && handler.watch().isOn()) {
				handler.watch().look(message, exchange);
			}
			this.calls[i] = new MessageCall(this, message, handler);
		}
		this.unfinished = new AtomicInteger(this.calls.length + 1);
	}

	/**
	 * Return the result of a NOTIFY. A subscription to the result continues the handling.
	 * @param dispatcher the dispatcher of the NOTIFY
	 * @param exchange the NOTIFY
	 * @param first the index of the first message that is not done
	 * @param before the actions of the messages before that one
	 * @param start starts the call of that message
	 */
	static Mono<Actions> of(HandlerDispatcher dispatcher, SpopExchange exchange, int first, Actions before,
			Consumer<MessageCall> start) {
		return Mono.create((sink) -> new PendingNotify(dispatcher, exchange, first, before, sink).run(start));
	}

	/**
	 * Return the result of a NOTIFY whose deadline came while a method held the event
	 * loop.
	 * @param dispatcher the dispatcher of the NOTIFY
	 * @param exchange the NOTIFY
	 * @param first the index of the message of that method. This message is late, and the
	 * messages behind it are not handled
	 * @param before the actions of the messages before that one
	 */
	static Mono<Actions> late(HandlerDispatcher dispatcher, SpopExchange exchange, int first, Actions before) {
		return Mono.create((sink) -> sink
			.success(new PendingNotify(dispatcher, exchange, first, before, sink).resultAtDeadline()));
	}

	private void run(Consumer<MessageCall> start) {
		this.sink.onCancel(this::cancel);
		if (this.mayBlock) {
			// The deadline may come while a method runs on this thread
			waiting();
		}
		try {
			List<MessageCall> blocking = new ArrayList<>();
			for (int i = 0; i < this.calls.length; i++) {
				MessageCall call = this.calls[i];
				if (this.mayBlock && call.isBlocking()) {
					blocking.add(call);
				}
				else if (i == 0) {
					start.accept(call);
				}
				else {
					call.start();
				}
			}
			runBlocking(blocking);
		}
		catch (Throwable ex) {
			this.sink.error(new IllegalStateException("The messages of a NOTIFY cannot be dispatched", ex));
		}
		finally {
			finished();
		}
	}

	/**
	 * Call methods that may block, from a thread that may block. This thread calls the
	 * last method, and each method that no other thread is free for.
	 */
	private void runBlocking(List<MessageCall> calls) {
		List<MessageCall> here = new ArrayList<>();
		for (int i = 0; i < calls.size(); i++) {
			MessageCall call = calls.get(i);
			if (i == calls.size() - 1 || call.submit() != null) {
				here.add(call);
			}
		}
		here.forEach(MessageCall::runHere);
	}

	/**
	 * Note that a call has to wait. The thread on which the handling began makes the
	 * first call of this method.
	 */
	void waiting() {
		if (!this.waiting) {
			this.state = this.dispatcher.executor().threadState();
			this.waiting = true;
			this.exchange.reporter().onDeadline(this::resultAtDeadline);
		}
	}

	/**
	 * Note that one of the calls has finished.
	 */
	void finished() {
		if (this.unfinished.decrementAndGet() == 0 && !this.cancelled) {
			Actions actions = result();
			if (actions.isEmpty()) {
				this.sink.success();
			}
			else {
				this.sink.success(actions);
			}
		}
	}

	private Actions result() {
		return join(this.before, Arrays.stream(this.calls).<@Nullable Actions>map(MessageCall::answer).toList(),
				this.exchange);
	}

	/**
	 * Join the answers of messages in their order.
	 * @param before the actions before these answers
	 * @param answers the answers; {@code null} stands for the fallback, which is added
	 * only once
	 * @param exchange the NOTIFY
	 */
	static Actions join(Actions before, List<@Nullable Actions> answers, SpopExchange exchange) {
		if (answers.size() == 1) {
			Actions answer = answers.get(0);
			return before.and((answer != null) ? answer : exchange.fallback());
		}
		List<Action> actions = new ArrayList<>(before.toList());
		boolean fallback = false;
		for (Actions answer : answers) {
			if (answer != null) {
				actions.addAll(answer.toList());
			}
			else if (!fallback) {
				fallback = true;
				actions.addAll(exchange.fallback().toList());
			}
		}
		return Actions.of(actions);
	}

	/**
	 * Return the answer at the deadline: the actions of messages that are done and, for
	 * each late message, those of its exception handler or the fallback. The result of a
	 * late message is dropped when it comes.
	 */
	private Actions resultAtDeadline() {
		SpopTimeoutException failure = new SpopTimeoutException(this.exchange.timeoutNanos(), true);
		for (MessageCall call : this.calls) {
			call.timeOut(failure);
		}
		return result();
	}

	private void cancel() {
		this.cancelled = true;
		MessageOutcome outcome = (this.exchange.nanosLeft() <= 0) ? MessageOutcome.TIMEOUT : MessageOutcome.CLOSED;
		RuntimeException failure = null;
		for (MessageCall call : this.calls) {
			try {
				call.cancel(outcome);
			}
			catch (RuntimeException ex) {
				failure = ex;
			}
		}
		if (failure != null) {
			throw failure;
		}
	}

	/**
	 * Return whether this thread is an event loop of the agent.
	 */
	boolean isOnEventLoop() {
		return !this.mayBlock && Thread.currentThread() == this.thread;
	}

	HandlerDispatcher dispatcher() {
		return this.dispatcher;
	}

	SpopExchange exchange() {
		return this.exchange;
	}

	/**
	 * Return the id of the request, or {@code null} if it is not known.
	 */
	@Nullable String requestId() {
		return this.requestId;
	}

	ThreadState state() {
		return this.state;
	}

	ContextView context() {
		return this.sink.contextView();
	}

}
