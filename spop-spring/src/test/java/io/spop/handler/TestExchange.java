package io.spop.handler;

import java.net.SocketAddress;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.spop.agent.SpopConnection;
import io.spop.agent.SpopExchange;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Capability;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A NOTIFY that has not been on the wire.
 *
 * @param messages the messages
 * @param listener the listener that it came to
 * @param failures the failures that have been reported, by message
 * @param outcomes the outcomes that have been reported, each with the name of the message
 * @param unhandled the messages without handler that have been reported, each with the
 * names of those that have one
 * @param blocking what has been reported to hold the event loop
 * @param lateResults how many late results have been reported
 * @param partial what to call at the deadline
 */
record TestExchange(List<NotifyMessage> messages, String listener, Map<String, Throwable> failures,
		List<String> outcomes, List<String> unhandled, List<String> blocking, AtomicInteger lateResults,
		AtomicReference<@Nullable Supplier<Actions>> partial) implements SpopExchange, SpopConnection {

	static final Actions FALLBACK = Actions.set(VarScope.TRANSACTION, "failed", true);

	TestExchange(List<NotifyMessage> messages) {
		this(messages, "test");
	}

	private TestExchange(List<NotifyMessage> messages, String listener) {
		this(messages, listener, new ConcurrentHashMap<>(), new CopyOnWriteArrayList<>(), new CopyOnWriteArrayList<>(),
				new CopyOnWriteArrayList<>(), new AtomicInteger(), new AtomicReference<>());
	}

	TestExchange on(String listener) {
		return new TestExchange(this.messages, listener);
	}

	/**
	 * Do what the agent does at the deadline, but for the end of the result.
	 */
	Actions atDeadline() {
		Supplier<Actions> partial = this.partial.get();
		assertThat(partial).isNotNull();
		return partial.get();
	}

	static TestExchange of(NotifyMessage first, NotifyMessage... more) {
		return new TestExchange(Stream.concat(Stream.of(first), Stream.of(more)).toList());
	}

	static TestExchange of(String... messages) {
		return new TestExchange(List.of(messages).stream().map(NotifyMessage::of).toList());
	}

	static NotifyMessage message(String argument, SpopValue value) {
		return NotifyMessage.of("test", new Argument(argument, value));
	}

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
		return this;
	}

	@Override
	public Instant deadline() {
		return Instant.MAX;
	}

	@Override
	public Actions fallback() {
		return FALLBACK;
	}

	@Override
	public void reportFailure(NotifyMessage message, Throwable error) {
		this.failures.put(message.name(), error);
	}

	@Override
	public void onDeadline(Supplier<Actions> partial) {
		this.partial.set(partial);
	}

	@Override
	public void reportMessage(@Nullable String message, MessageOutcome outcome, @Nullable Object handler) {
		this.outcomes.add(message + " " + outcome);
	}

	@Override
	public void reportBlocked(Object handler, long nanos) {
		assertThat(nanos).isPositive();
		this.blocking.add(handler.toString());
	}

	@Override
	public void reportUnhandled(NotifyMessage message, Collection<String> handled) {
		this.unhandled.add(message.name() + " " + handled);
	}

	@Override
	public void reportLateResult() {
		this.lateResults.incrementAndGet();
	}

	@Override
	public String id() {
		return "test";
	}

	@Override
	public @Nullable SocketAddress remoteAddress() {
		return null;
	}

	@Override
	public @Nullable String engineId() {
		return null;
	}

	@Override
	public Set<Capability> capabilities() {
		return Set.of();
	}

	@Override
	public int maxFrameSize() {
		return 16380;
	}

	@Override
	public Instant openedAt() {
		return Instant.EPOCH;
	}

	@Override
	public int inFlight() {
		return 1;
	}

	@Override
	public long framesReceived() {
		return 2;
	}

	@Override
	public long framesSent() {
		return 1;
	}

	@Override
	public @Nullable String lastError() {
		return null;
	}

}
