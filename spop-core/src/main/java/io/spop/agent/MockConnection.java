package io.spop.agent;

import java.net.SocketAddress;
import java.time.Instant;
import java.util.Set;

import io.spop.protocol.Capability;
import org.jspecify.annotations.Nullable;

/**
 * The connection of an exchange without a network, for tests.
 *
 * @param listener the name of the listener
 * @param remoteAddress the address of HAProxy, or {@code null}
 * @param engineId the engine of HAProxy, or {@code null}
 * @param openedAt the time at which the connection was opened
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
