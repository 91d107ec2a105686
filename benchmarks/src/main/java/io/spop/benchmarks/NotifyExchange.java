package io.spop.benchmarks;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

import io.spop.agent.MockSpopExchange;
import io.spop.agent.SpopConnection;
import io.spop.agent.SpopExchange;
import io.spop.agent.SpopMessageReporter;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

/**
 * A NOTIFY without a network. It does not keep reports, as {@link MockSpopExchange} does,
 * because a benchmark reports without end.
 *
 * @param messages the messages
 */
record NotifyExchange(List<NotifyMessage> messages) implements SpopExchange, SpopMessageReporter {

	private static final SpopConnection CONNECTION = MockSpopExchange.of().connection();

	@Override
	public long streamId() {
		return 1;
	}

	@Override
	public long frameId() {
		return 1;
	}

	@Override
	public SpopConnection connection() {
		return CONNECTION;
	}

	@Override
	public Instant deadline() {
		return Instant.MAX;
	}

	@Override
	public long timeoutNanos() {
		return Long.MAX_VALUE;
	}

	@Override
	public long nanosLeft() {
		return Long.MAX_VALUE;
	}

	@Override
	public Actions fallback() {
		return Actions.none();
	}

	@Override
	public @Nullable String requestId() {
		return null;
	}

	@Override
	public SpopMessageReporter reporter() {
		return this;
	}

	@Override
	public void onDeadline(Supplier<Actions> partial) {
	}

	@Override
	public void ended(@Nullable String message, MessageOutcome outcome, @Nullable Object handler) {
	}

	@Override
	public void ended(@Nullable String message, MessageOutcome outcome, long nanos) {
	}

	@Override
	public void failed(NotifyMessage message, Throwable error, @Nullable Object handler) {
	}

	@Override
	public void unhandled(NotifyMessage message, Collection<String> handled) {
	}

	@Override
	public void blocked(Object handler, long nanos) {
	}

	@Override
	public void late() {
	}

}
