package io.spop.cli.conformance;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.spop.cli.wire.Connection;
import io.spop.cli.wire.Connector;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a running case, and what came on them.
 */
final class Conversation implements AutoCloseable {

	private static final int LONGEST = 1 << 20;

	private final Connector connector;

	private final Duration timeout;

	private final Duration silence;

	private final ConcurrentLinkedQueue<Connection> opened = new ConcurrentLinkedQueue<>();

	private final Map<String, Peer> peers = new HashMap<>();

	private String current = "";

	private volatile boolean expired;

	Conversation(Connector connector, Duration timeout, Duration silence) {
		this.connector = connector;
		this.timeout = timeout;
		this.silence = silence;
	}

	/**
	 * Let the next steps use the connection of this name, which is opened if need be.
	 * @return the name of the connection before
	 */
	String use(String name) {
		String before = this.current;
		this.current = name;
		return before;
	}

	void forget() {
		this.peers.remove(this.current);
	}

	Peer peer() throws IOException {
		Peer peer = this.peers.get(this.current);
		if (peer == null) {
			Connection connection = this.connector.open();
			this.opened.add(connection);
			if (this.expired) {
				connection.abort();
			}
			peer = new Peer(connection);
			this.peers.put(this.current, peer);
		}
		return peer;
	}

	Duration timeout() {
		return this.timeout;
	}

	boolean isConnected() {
		return !this.opened.isEmpty();
	}

	/** Close all connections, since the case takes too long or the run ends. */
	void expire() {
		this.expired = true;
		this.opened.forEach(Connection::abort);
	}

	boolean isExpired() {
		return this.expired;
	}

	@Override
	public void close() {
		this.opened.forEach(Connection::close);
	}

	/**
	 * A connection of the case.
	 */
	final class Peer {

		private final Connection connection;

		private final List<Integer> readsEndedAt = new ArrayList<>();

		private byte[] unread = new byte[0];

		private @Nullable String end;

		private int negotiated = Wire.OFFERED;

		private Set<String> capabilities = Set.of();

		private Peer(Connection connection) {
			this.connection = connection;
		}

		Connection connection() {
			return this.connection;
		}

		int negotiated() {
			return this.negotiated;
		}

		boolean has(String capability) {
			return this.capabilities.contains(capability);
		}

		void agreed(int size, String capabilities) {
			this.negotiated = size;
			this.capabilities = new TreeSet<>(Arrays.asList(capabilities.split("[, ]+")));
		}

		/** How many bytes of the last frame were there after each read but the last. */
		List<Integer> pieces() {
			return this.readsEndedAt;
		}

		/**
		 * Return the next frame.
		 * @throws WrongAnswer if there is none in time, or the connection has ended
		 */
		AgentFrame frame() throws InterruptedException {
			AgentFrame frame = frameOrEnd();
			if (frame == null) {
				throw new WrongAnswer(String.valueOf(this.end));
			}
			return frame;
		}

		/**
		 * Return the next frame, or {@code null} at the end of the connection.
		 * @throws WrongAnswer if neither comes in time
		 */
		@Nullable AgentFrame frameOrEnd() throws InterruptedException {
			if (receive(Conversation.this.timeout)) {
				return take();
			}
			if (this.end != null) {
				return null;
			}
			throw WrongAnswer
				.late(((this.unread.length == 0) ? "nothing" : "only the bytes " + AgentFrame.hex(this.unread))
						+ " within " + Conversation.this.timeout.toMillis() + " ms");
		}

		/**
		 * Return what comes although nothing should, or {@code null}.
		 */
		@Nullable String surplus() throws InterruptedException {
			if (receive(Conversation.this.silence)) {
				return take().describe();
			}
			return (this.unread.length == 0) ? null : "the bytes " + AgentFrame.hex(this.unread);
		}

		/** Read until there is a frame, the end or no time left. */
		private boolean receive(Duration limit) throws InterruptedException {
			long deadline = System.nanoTime() + limit.toNanos();
			this.readsEndedAt.clear();
			while (!isFrameThere()) {
				if (this.end != null) {
					return false;
				}
				Connection.Input input = this.connection.next(deadline - System.nanoTime());
				if (input == null) {
					return false;
				}
				this.end = input.end();
				if (this.unread.length > 0) {
					this.readsEndedAt.add(this.unread.length);
				}
				int length = this.unread.length;
				this.unread = Arrays.copyOf(this.unread, length + input.bytes().length);
				System.arraycopy(input.bytes(), 0, this.unread, length, input.bytes().length);
			}
			return true;
		}

		private boolean isFrameThere() {
			if (this.unread.length < 4) {
				return false;
			}
			long length = length();
			if (length > LONGEST) {
				throw new WrongAnswer("bytes that begin with a length of " + length + ", such as no frame has: "
						+ AgentFrame.hex(this.unread));
			}
			return this.unread.length >= 4 + length;
		}

		private long length() {
			return Integer.toUnsignedLong(ByteBuffer.wrap(this.unread).getInt());
		}

		private AgentFrame take() {
			int end = 4 + (int) length();
			byte[] bytes = Arrays.copyOfRange(this.unread, 4, end);
			this.unread = Arrays.copyOfRange(this.unread, end, this.unread.length);
			return AgentFrame.of(bytes);
		}

	}

}
