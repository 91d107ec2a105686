package io.spop.agent;

import java.net.SocketAddress;
import java.time.Instant;
import java.util.Set;

import io.spop.protocol.Capability;
import org.jspecify.annotations.Nullable;

/**
 * A read-only view of a connection of HAProxy to the agent. Safe to use by any thread.
 * <p>
 * Applications should not implement this interface: a release may add methods.
 * {@link MockSpopExchange} has a connection for tests.
 *
 * @since 0.1.0
 */
public interface SpopConnection {

	/**
	 * Return the identifier of this connection in logs.
	 * @return a short text, unique within the process
	 */
	String id();

	/**
	 * Return the name of the listener that accepted this connection.
	 * @return the name
	 * @see SpopListener#name()
	 */
	String listener();

	/**
	 * Return the address of the peer.
	 * @return the address, or {@code null} if it is not known; for a UNIX socket the
	 * address does not identify the peer
	 */
	@Nullable SocketAddress remoteAddress();

	/**
	 * Return the identifier of one engine of one HAProxy process. HAProxy up to 3.0 has
	 * an engine for each thread. The identifier changes with each reload.
	 * @return the {@code engine-id} of the handshake, or {@code null} if HAProxy sent
	 * none
	 */
	@Nullable String engineId();

	/**
	 * Return the capabilities that both sides announced.
	 * @return the capabilities
	 */
	Set<Capability> capabilities();

	/**
	 * Return the size of the largest frame that the two sides agreed on.
	 * @return the size in bytes, without the length prefix
	 */
	int maxFrameSize();

	/**
	 * Return when the connection was accepted.
	 * @return the time
	 */
	Instant openedAt();

	/**
	 * Return how many NOTIFY frames of this connection wait for their ACK.
	 * @return the number
	 */
	int inFlight();

	/**
	 * Return how many frames were received.
	 * @return the number since the connection was accepted
	 */
	long framesReceived();

	/**
	 * Return how many frames were sent.
	 * @return the number since the connection was accepted
	 */
	long framesSent();

	/**
	 * Return the last error of a NOTIFY of this connection.
	 * @return a text for operators, or {@code null} if there was no error
	 */
	@Nullable String lastError();

}
