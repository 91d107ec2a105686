package io.spop.cli;

import java.time.Duration;
import java.util.function.IntFunction;

import io.spop.client.SpopClient;
import org.jspecify.annotations.Nullable;

/**
 * The place of a connection to the agent. When the connection ends, the next NOTIFY opens
 * another one. Only the thread that sends uses it.
 */
final class ReplaySlot {

	private final Connector connector;

	private @Nullable ReplayConnection connection;

	ReplaySlot(Connector connector) {
		this.connector = connector;
	}

	/**
	 * Return the connection, and open it if there is none.
	 * @param maxFrameSize the size of the largest frame to offer
	 * @return the connection, which may end at any time
	 * @throws CommandException if the agent cannot be reached
	 */
	ReplayConnection connected(int maxFrameSize) throws InterruptedException {
		if (this.connection == null || this.connection.isEnded()) {
			this.connection = this.connector.connect(maxFrameSize);
		}
		return this.connection;
	}

	/** Close the connection as soon as no NOTIFY is in flight. */
	void closeWhenIdle() {
		if (this.connection != null) {
			this.connection.closeWhenIdle();
			this.connection = null;
		}
	}

	/** Close the connection. */
	void close() {
		if (this.connection != null) {
			this.connection.close();
			this.connection = null;
		}
	}

	/**
	 * Connects to the agent, again and again for a while if it went away.
	 */
	static final class Connector {

		private static final Duration PAUSE = Duration.ofMillis(100);

		private final IntFunction<SpopClient> client;

		private final Duration timeout;

		private boolean hasConnected;

		/**
		 * Create a connector.
		 * @param client connects to the agent, given the size of the largest frame to
		 * offer, or throws a {@link CommandException}
		 * @param timeout how long to wait for an ACK, and for an agent that went away
		 */
		Connector(IntFunction<SpopClient> client, Duration timeout) {
			this.client = client;
			this.timeout = timeout;
		}

		private ReplayConnection connect(int maxFrameSize) throws InterruptedException {
			long start = System.nanoTime();
			while (true) {
				try {
					ReplayConnection connection = new ReplayConnection(this.client.apply(maxFrameSize), this.timeout);
					this.hasConnected = true;
					return connection;
				}
				catch (CommandException ex) {
					if (!this.hasConnected || System.nanoTime() - start > this.timeout.toNanos()) {
						throw ex;
					}
					Thread.sleep(PAUSE.toMillis());
				}
			}
		}

	}

}
