package io.spop.handler;

import java.net.SocketAddress;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import io.spop.agent.SpopConnection;
import io.spop.agent.SpopExchange;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Capability;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;

/**
 * A NOTIFY that has not been on the wire.
 *
 * @param messages the messages
 * @param listener the listener that it came to
 * @param failures what has been reported, by message
 */
record TestExchange(List<NotifyMessage> messages, String listener,
		Map<String, Throwable> failures) implements SpopExchange, SpopConnection {

	static final Actions FALLBACK = Actions.set(VarScope.TRANSACTION, "failed", true);

	TestExchange(List<NotifyMessage> messages) {
		this(messages, "test", new LinkedHashMap<>());
	}

	TestExchange on(String listener) {
		return new TestExchange(this.messages, listener, this.failures);
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
