package io.spop.agent;

import java.net.SocketAddress;
import java.time.Instant;
import java.util.Set;

import io.spop.protocol.Capability;
import org.jspecify.annotations.Nullable;

/**
 * The connection of an exchange that came over no network.
 *
 * @param listener the name of its listener
 * @param remoteAddress where it comes from, or {@code null}
 * @param engineId the engine of HAProxy, or {@code null}
 * @param openedAt when it was opened
 */
record MockConnection(String listener, @Nullable SocketAddress remoteAddress, @Nullable String engineId,
		Instant openedAt) implements SpopConnection {

	@Override
	public String id() {
		return "mock";
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
