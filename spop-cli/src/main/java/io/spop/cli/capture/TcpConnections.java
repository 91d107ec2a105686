package io.spop.cli.capture;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

import io.spop.cli.capture.Capture.Segment;

/**
 * The TCP connections of a capture.
 */
final class TcpConnections {

	/** The connection that was silent for the longest time is forgotten. */
	static final int MAX_CONNECTIONS = 10_000;

	private final LinkedHashMap<Key, TcpConnection> connections = new LinkedHashMap<>(16, 0.75f, true);

	private final Shared shared;

	TcpConnections(int port, CaptureListener listener) {
		this.shared = new Shared(port, listener);
	}

	long others() {
		return this.shared.others;
	}

	long encrypted() {
		return this.shared.encrypted;
	}

	void segment(Segment segment) {
		boolean swapped = Key.isSwapped(segment);
		Key key = Key.of(segment, swapped);
		TcpConnection connection = this.connections.get(key);
		boolean opens = segment.has(Segment.SYN) && !segment.has(Segment.RST);
		if (connection != null && connection.isReplacedBy(segment, swapped)) {
			connection.end("the ports are used for another connection");
			connection = null;
		}
		if (connection == null) {
			if (!opens && (segment.has(Segment.RST) || segment.end + segment.cut == segment.start)) {
				// Nothing that has to be remembered
				return;
			}
			connection = new TcpConnection(this.shared, segment, swapped);
			this.connections.put(key, connection);
			forgetEldest();
		}
		connection.segment(segment, swapped ? 1 : 0);
	}

	private void forgetEldest() {
		if (this.connections.size() > MAX_CONNECTIONS) {
			Iterator<TcpConnection> eldest = this.connections.values().iterator();
			eldest.next().end("forgotten, since " + MAX_CONNECTIONS + " others had packets after its last one");
			eldest.remove();
		}
	}

	/** The capture ends. */
	void finish() {
		for (Map.Entry<Key, TcpConnection> entry : this.connections.entrySet()) {
			entry.getValue().captureEnds();
		}
		this.connections.clear();
	}

	/**
	 * The addresses and ports, the same for both directions.
	 *
	 * @param firstHigh an address
	 * @param firstLow an address
	 * @param secondHigh another address
	 * @param secondLow another address
	 * @param ports both ports
	 */
	private record Key(long firstHigh, long firstLow, long secondHigh, long secondLow, int ports) {

		static boolean isSwapped(Segment segment) {
			int order = Long.compare(segment.sourceHigh, segment.targetHigh);
			if (order == 0) {
				order = Long.compare(segment.sourceLow, segment.targetLow);
			}
			if (order == 0) {
				order = Integer.compare(segment.sourcePort, segment.targetPort);
			}
			return order > 0;
		}

		static Key of(Segment segment, boolean swapped) {
			return swapped
					? new Key(segment.targetHigh, segment.targetLow, segment.sourceHigh, segment.sourceLow,
							segment.targetPort << 16 | segment.sourcePort)
					: new Key(segment.sourceHigh, segment.sourceLow, segment.targetHigh, segment.targetLow,
							segment.sourcePort << 16 | segment.targetPort);
		}

	}

	/**
	 * What all connections share.
	 */
	static final class Shared {

		/** The bytes that wait for others, of all connections together. */
		private static final long MAX_MEMORY = 16 * 1024 * 1024;

		final int port;

		final CaptureListener listener;

		/** The number of the last connection that speaks SPOP. */
		long lastNumber;

		long others;

		long encrypted;

		private long memory;

		Shared(int port, CaptureListener listener) {
			this.port = port;
			this.listener = listener;
		}

		/** Take memory, or return that there is none left. */
		boolean take(long bytes) {
			if (this.memory + bytes > MAX_MEMORY) {
				return false;
			}
			this.memory += bytes;
			return true;
		}

		void giveBack(long bytes) {
			this.memory -= bytes;
		}

	}

}
