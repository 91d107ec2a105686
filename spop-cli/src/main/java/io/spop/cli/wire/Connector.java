package io.spop.cli.wire;

import java.io.IOException;
import java.net.SocketTimeoutException;

/**
 * Connects to the agent.
 */
@FunctionalInterface
public interface Connector {

	/**
	 * Open a connection.
	 * @return the connection
	 * @throws IOException if the agent cannot be reached
	 */
	Connection open() throws IOException;

	/**
	 * Return whether somebody listens, even if it accepts no connection in time.
	 * @return whether somebody listens
	 */
	default boolean isListening() {
		try {
			touch();
			return true;
		}
		catch (SocketTimeoutException ex) {
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

	/**
	 * Connect, and close at once. A connector with TLS may do without the handshake.
	 * @throws IOException if the agent cannot be reached
	 */
	default void touch() throws IOException {
		open().close();
	}

}
