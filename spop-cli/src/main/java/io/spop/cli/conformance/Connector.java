package io.spop.cli.conformance;

import java.io.IOException;

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

}
