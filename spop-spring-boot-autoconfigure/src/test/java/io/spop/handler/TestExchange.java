package io.spop.handler;

import java.net.SocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.Set;

import io.spop.agent.SpopConnection;
import io.spop.agent.SpopExchange;
import io.spop.protocol.Argument;
import io.spop.protocol.Capability;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

/**
 * A NOTIFY that has not been on the wire.
 *
 * @param messages the messages
 */
record TestExchange(List<NotifyMessage> messages) implements SpopExchange, SpopConnection {

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
	public String id() {
		return "test";
	}

	@Override
	public String listener() {
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

}
