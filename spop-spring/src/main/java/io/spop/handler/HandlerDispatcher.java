package io.spop.handler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.spop.agent.SpopExchange;
import io.spop.agent.SpopFinding;
import io.spop.agent.SpopHandler;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.agent.SpopTimeoutException;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Dispatches the messages of a NOTIFY to their methods. The dispatcher calls the methods
 * in a loop as long as no method fails, may block, or returns a {@link Mono} that has no
 * value yet. A {@link PendingNotify} handles the first other message and all messages
 * behind it.
 */
final class HandlerDispatcher implements SpopHandler {

	private final HandlerMapping mapping;

	private final HandlerExecutor executor;

	private final @Nullable MessageObservations observations;

	/**
	 * Create a dispatcher.
	 * @param mapping the handlers of messages
	 * @param executor calls methods that may block
	 * @param observations creates an observation for each message, or {@code null} for
	 * none
	 */
	HandlerDispatcher(HandlerMapping mapping, HandlerExecutor executor, @Nullable MessageObservations observations) {
		this.mapping = mapping;
		this.executor = executor;
		this.observations = observations;
	}

	@Override
	@SuppressWarnings("try")
	public Mono<Actions> handle(SpopExchange exchange) {
		List<NotifyMessage> messages = exchange.messages();
		String listener = exchange.connection().listener();
		Actions actions = Actions.none();
		boolean several = messages.size() > 1;
		String id = exchange.requestId();
		for (int i = 0; i < messages.size(); i++) {
			NotifyMessage message = messages.get(i);
			MessageHandler handler = this.mapping.get(listener, message.name());
			if (handler == null) {
				this.mapping.reportUnhandled(message, exchange);
				continue;
			}
			if (handler.watch().isOn()) {
				handler.watch().look(message, exchange);
			}
			HandlerMethod method = handler.method();
			if (method.blocking() || this.observations != null || (several && this.executor.mayBlock())) {
				return PendingNotify.of(this, exchange, i, actions, MessageCall::start);
			}
			long start = method.asynchronous() ? System.nanoTime() : 0;
			try (RequestId requestId = RequestId.open(id)) {
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
		return this.mapping.timeout(exchange, timeout);
	}

	/**
	 * Return the answer for a NOTIFY without a result: for each message the answer of the
	 * method for the exception, or else the fallback. The fallback is added only once.
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
					handler.watch().look(message, exchange);
					exchange.reporter().ended(handler.name(), MessageOutcome.TIMEOUT, 0);
				}
				answers.add(handler.answerAtOnce(message, exchange, failure));
			}
			else if (!started) {
				this.mapping.reportUnhandled(message, exchange);
			}
		}
		return (answers.isEmpty() && started) ? exchange.fallback()
				: PendingNotify.join(Actions.none(), answers, exchange);
	}

	@Override
	public List<SpopFinding> findings(String listener, boolean settled) {
		return findings(listener, settled, System.nanoTime());
	}

	List<SpopFinding> findings(String listener, boolean settled, long now) {
		return this.mapping.handlers()
			.stream()
			.filter((handler) -> handler.isFor(listener))
			.flatMap((handler) -> handler.watch().findings(listener, settled, handler.method(), now).stream())
			.toList();
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
