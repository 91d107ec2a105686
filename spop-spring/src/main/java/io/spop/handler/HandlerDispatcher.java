package io.spop.handler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.spop.agent.SpopExchange;
import io.spop.agent.SpopHandler;
import io.spop.agent.SpopMessageReporter;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.agent.SpopTimeoutException;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Calls the handler method of each message of a NOTIFY. That is a plain loop as long as
 * none fails, none may block, and none returns a {@link Mono} that is not there yet; from
 * the first of these on it is a {@link PendingNotify}.
 */
final class HandlerDispatcher implements SpopHandler {

	private final HandlerMapping mapping;

	private final HandlerExecutor executor;

	private final @Nullable MessageObservations observations;

	/** The timeout of the agent, once a NOTIFY has come: always the same. */
	private @Nullable Duration agentTimeout;

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
		boolean several = messages.size() > 1;
		for (int i = 0; i < messages.size(); i++) {
			NotifyMessage message = messages.get(i);
			MessageHandler handler = this.mapping.get(listener, message.name());
			if (handler == null) {
				reportUnhandled(message, exchange);
				continue;
			}
			HandlerMethod method = handler.method();
			if (method.blocking() || this.observations != null || (several && this.executor.mayBlock())) {
				return PendingNotify.of(this, exchange, i, actions, MessageCall::start);
			}
			long start = method.asynchronous() ? System.nanoTime() : 0;
			try {
				Object result = HandlerMethod.valueOf(method.invoke(message, exchange, null));
				if (result instanceof Mono<?> mono) {
					long nanos = System.nanoTime() - start;
					return PendingNotify.of(this, exchange, i, actions, (call) -> call.await(method, mono, nanos));
				}
				Actions own = (Actions) result;
				exchange.reporter().ended(handler.name(), MessageOutcome.SUCCESS, method);
				if (several && exchange.nanosLeft() <= 0) {
					exchange.reporter().late();
					return PendingNotify.late(this, exchange, i, actions);
				}
				if (own != null) {
					actions = actions.and(own);
				}
			}
			catch (Throwable ex) {
				return PendingNotify.of(this, exchange, i, actions, (call) -> call.fail(ex));
			}
		}
		return actions.isEmpty() ? Mono.empty() : Mono.just(actions);
	}

	@Override
	public Duration timeout(SpopExchange exchange, Duration timeout) {
		if (!timeout.equals(this.agentTimeout)) {
			this.agentTimeout = timeout;
		}
		return this.mapping.timeout(exchange, timeout);
	}

	/**
	 * Return what to answer for a NOTIFY that has no result: for each message what the
	 * method for the exception says, or else the fallback, which is not repeated.
	 */
	@Override
	public Actions fallback(SpopExchange exchange, Throwable failure) {
		boolean started = !(failure instanceof SpopTimeoutException timeout) || timeout.isStarted();
		String listener = exchange.connection().listener();
		List<@Nullable Actions> answers = new ArrayList<>();
		for (NotifyMessage message : exchange.messages()) {
			MessageHandler handler = this.mapping.get(listener, message.name());
			if (handler != null) {
				if (!started) {
					exchange.reporter().ended(handler.name(), MessageOutcome.TIMEOUT, 0);
				}
				answers.add(answer(handler, message, exchange, failure));
			}
			else if (!started) {
				reportUnhandled(message, exchange);
			}
		}
		return (answers.isEmpty() && started) ? exchange.fallback() : join(Actions.none(), answers, exchange);
	}

	/**
	 * Ask the method for an exception at once, on an event loop.
	 * @return its answer, or {@code null} if there is no such method, if it must not be
	 * called on an event loop, or if it has no answer yet
	 */
	@Nullable Actions answer(MessageHandler handler, NotifyMessage message, SpopExchange exchange, Throwable failure) {
		HandlerMethod method = handler.exceptionHandler(failure);
		if (method == null || method.blocking()) {
			return null;
		}
		long start = System.nanoTime();
		try {
			Object result = HandlerMethod.valueOf(method.invoke(message, exchange, failure));
			if (result instanceof Mono) {
				return null;
			}
			return (result != null) ? (Actions) result : Actions.none();
		}
		catch (Throwable ex) {
			exchange.reporter().failed(message, ex, method);
			return null;
		}
		finally {
			exchange.reporter().blocked(method, System.nanoTime() - start);
		}
	}

	/**
	 * Join the answers of messages in their order.
	 * @param before what comes before them
	 * @param answers the answers, {@code null} for the fallback, which is added once
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

	void reportUnhandled(NotifyMessage message, SpopExchange exchange) {
		SpopMessageReporter reporter = exchange.reporter();
		reporter.unhandled(message, this.mapping.names(exchange.connection().listener()));
		reporter.ended(null, MessageOutcome.UNHANDLED, null);
	}

	/**
	 * Return how long the handling of a NOTIFY may take.
	 * @param exchange the NOTIFY
	 * @param otherwise the time if this handler was not asked for it, since another one
	 * stands in front of it
	 */
	Duration timeoutOf(SpopExchange exchange, Duration otherwise) {
		Duration timeout = this.agentTimeout;
		return (timeout != null) ? this.mapping.timeout(exchange, timeout) : otherwise;
	}

	HandlerMapping mapping() {
		return this.mapping;
	}

	HandlerExecutor executor() {
		return this.executor;
	}

	@Nullable MessageObservations observations() {
		return this.observations;
	}

}
