package io.spop.agent;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the reports about an exchange without a network, for tests. Safe to use by any
 * thread.
 */
final class MockReporter implements SpopMessageReporter {

	private final Map<String, Throwable> failures = new LinkedHashMap<>();

	private final List<MockSpopExchange.Outcome> outcomes = new ArrayList<>();

	private final List<String> unhandled = new ArrayList<>();

	private final List<String> blocked = new ArrayList<>();

	private int lateResults;

	private volatile @Nullable Supplier<Actions> partial;

	/**
	 * Return whether the handler knows which messages are late.
	 */
	synchronized boolean tellsLateMessages() {
		return this.partial != null
				|| this.failures.values().stream().findFirst().orElse(null) instanceof SpopTimeoutException;
	}

	synchronized Map<String, Throwable> failures() {
		return Collections.unmodifiableMap(new LinkedHashMap<>(this.failures));
	}

	synchronized List<MockSpopExchange.Outcome> outcomes() {
		return List.copyOf(this.outcomes);
	}

	synchronized List<String> unhandledMessages() {
		return List.copyOf(this.unhandled);
	}

	synchronized List<String> blocked() {
		return List.copyOf(this.blocked);
	}

	/**
	 * Return the supplier of the answer at the deadline, or {@code null} if none was set.
	 */
	@Nullable Supplier<Actions> partial() {
		return this.partial;
	}

	synchronized int lateResults() {
		return this.lateResults;
	}

	@Override
	public void onDeadline(Supplier<Actions> partial) {
		this.partial = partial;
	}

	@Override
	public void ended(@Nullable String message, MessageOutcome outcome, @Nullable Object handler) {
		ended(message, outcome, 0);
	}

	@Override
	public synchronized void ended(@Nullable String message, MessageOutcome outcome, long nanos) {
		this.outcomes.add(new MockSpopExchange.Outcome(message, outcome));
	}

	@Override
	public synchronized void failed(NotifyMessage message, Throwable error, @Nullable Object handler) {
		this.failures.putIfAbsent(message.name(), error);
	}

	@Override
	public synchronized void unhandled(NotifyMessage message, Collection<String> handled) {
		this.unhandled.add(message.name());
	}

	@Override
	public synchronized void blocked(Object handler, long nanos) {
		this.blocked.add(handler.toString());
	}

	@Override
	public synchronized void late() {
		this.lateResults++;
	}

}
