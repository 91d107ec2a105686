package io.spop.benchmarks;

import java.net.SocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.Set;

import io.spop.agent.SpopConnection;
import io.spop.agent.SpopExchange;
import io.spop.protocol.Capability;
import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;

/**
 * A NOTIFY that came over no network.
 *
 * @param messages the messages
 */
record NotifyExchange(List<NotifyMessage> messages) implements SpopExchange, SpopConnection {

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
		return "benchmark";
	}

	@Override
	public String listener() {
		return "default";
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
		return Set.of(Capability.PIPELINING);
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
		return 1;
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
