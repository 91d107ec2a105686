package io.spop.agent;

import java.net.SocketAddress;
import java.time.Duration;

/**
 * An agent whose listeners are open. Safe to use by any thread.
 *
 * @since 0.1.0
 */
public final class BoundSpopAgent implements AutoCloseable {

	static BoundSpopAgent bind(SpopAgent.Settings settings) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Return the port of the first TCP listener.
	 * @return the port
	 * @throws IllegalStateException if there is no TCP listener
	 */
	public int port() {
		throw new UnsupportedOperationException();
	}

	/**
	 * Return where a listener listens.
	 * @param listener its name
	 * @return its address, with the port that the system chose
	 * @throws IllegalArgumentException if there is no listener of this name
	 */
	public SocketAddress address(String listener) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Stop the agent: close the listeners, then each connection once its frames in flight
	 * are answered, at the latest after the given time. Blocks until all is closed.
	 * Calling it again does nothing.
	 * @param grace how long to wait for frames in flight; zero does not wait
	 */
	public void stop(Duration grace) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Stop the agent without waiting for frames in flight.
	 */
	@Override
	public void close() {
		stop(Duration.ZERO);
	}

}
