package io.spop.boot.test.autoconfigure;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

import io.spop.agent.SpopExchange;
import io.spop.agent.SpopExchangeDecorator;
import io.spop.agent.SpopHandler;
import io.spop.agent.SpopInterceptor;
import io.spop.agent.SpopMessageReporter;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Remembers why handlers failed, for the exchanges of test clients only. The agent itself
 * reports the type of an exception, but not the message, because the message may quote
 * what a client sent.
 */
final class HandlerFailures implements SpopInterceptor {

	/** The failures by the engine id of a test client. */
	private final Map<String, List<String>> failures = new ConcurrentHashMap<>();

	/**
	 * Begin to remember the failures of an engine.
	 * @param engineId the id of the engine @return the failures, complete when the ACK
	 * has arrived
	 */
	List<String> begin(String engineId) {
		return this.failures.computeIfAbsent(engineId, (key) -> new CopyOnWriteArrayList<>());
	}

	void end(String engineId) {
		this.failures.remove(engineId);
	}

	@Override
	public Mono<Actions> intercept(SpopExchange exchange, SpopHandler next) {
		String engineId = exchange.connection().engineId();
		List<String> failures = (engineId != null) ? this.failures.get(engineId) : null;
		if (failures == null) {
			return next.handle(exchange);
		}
		return next.handle(watch(exchange, failures)).doOnError((ex) -> {
			if (failures.isEmpty()) {
				failures.add(ex.toString());
			}
		});
	}

	private static SpopExchange watch(SpopExchange exchange, List<String> failures) {
		SpopMessageReporter reporter = new FailureReporter(exchange.reporter(), failures);
		return new SpopExchangeDecorator(exchange) {

			@Override
			public SpopMessageReporter reporter() {
				return reporter;
			}

		};
	}

	/**
	 * Remembers failures, and passes all reports on.
	 *
	 * @param agent the reporter of the agent
	 * @param failures the failures so far
	 */
	private record FailureReporter(SpopMessageReporter agent, List<String> failures) implements SpopMessageReporter {

		@Override
		public void failed(NotifyMessage message, Throwable error, @Nullable Object handler) {
			this.failures.add(message.name() + ": " + error);
			this.agent.failed(message, error, handler);
		}

		@Override
		public void onDeadline(Supplier<Actions> partial) {
			this.agent.onDeadline(partial);
		}

		@Override
		public void ended(@Nullable String message, MessageOutcome outcome, @Nullable Object handler) {
			this.agent.ended(message, outcome, handler);
		}

		@Override
		public void ended(@Nullable String message, MessageOutcome outcome, long nanos) {
			this.agent.ended(message, outcome, nanos);
		}

		@Override
		public void unhandled(NotifyMessage message, Collection<String> handled) {
			this.agent.unhandled(message, handled);
		}

		@Override
		public void blocked(Object handler, long nanos) {
			this.agent.blocked(handler, nanos);
		}

		@Override
		public void late() {
			this.agent.late();
		}

	}

}
