package io.spop.cli.capture;

import java.time.Instant;

import io.spop.cli.capture.Capture.Segment;
import io.spop.cli.capture.CaptureListener.Place;
import io.spop.cli.capture.TcpConnections.Shared;
import io.spop.protocol.SpopValue;
import io.spop.recording.RecordingEntry.Sender;
import org.jspecify.annotations.Nullable;

/**
 * A TCP connection, which may turn out to speak SPOP or not.
 */
final class TcpConnection {

	/** Sequence numbers that are further apart are those of another connection. */
	static final int MAX_DISTANCE = 16 * 1024 * 1024;

	private final Shared shared;

	private final String[] endpoints = new String[2];

	/** What each side sends; the first side is that of the smaller address. */
	private final TcpStream[] streams = new TcpStream[2];

	private final boolean fromStart;

	/** The side that opened the connection, or -1. */
	private int opener = -1;

	private int openingSequence;

	private State state = State.UNDECIDED;

	/** The side of HAProxy, or -1 while it is not known. */
	private int haproxy = -1;

	private long number;

	private @Nullable Instant time;

	TcpConnection(Shared shared, Segment first, boolean swapped) {
		this.shared = shared;
		int side = swapped ? 1 : 0;
		this.endpoints[side] = endpoint(first.sourceHigh, first.sourceLow, first.sourcePort);
		this.endpoints[1 - side] = endpoint(first.targetHigh, first.targetLow, first.targetPort);
		this.fromStart = first.has(Segment.SYN);
		this.time = first.time;
		for (int i = 0; i < 2; i++) {
			this.streams[i] = new TcpStream(shared, new FrameStream(shared, this, i, this.fromStart));
		}
		if (this.fromStart) {
			this.opener = first.has(Segment.ACK) ? 1 - side : side;
			this.openingSequence = first.has(Segment.ACK) ? first.acknowledged - 1 : first.sequence;
		}
		if (shared.port != 0) {
			if (first.sourcePort != shared.port && first.targetPort != shared.port) {
				other(false);
			}
			else {
				boolean fromAgent = first.sourcePort == shared.port
						&& (first.targetPort != shared.port || (first.has(Segment.SYN) && first.has(Segment.ACK)));
				decide(fromAgent ? 1 - side : side);
			}
		}
	}

	private static String endpoint(long high, long low, int port) {
		return (high == 0x4_0000_0000L && low >>> 32 == 0) ? new SpopValue.Ipv4((int) low) + ":" + port
				: "[" + new SpopValue.Ipv6(high, low) + "]:" + port;
	}

	/**
	 * Whether a segment begins another connection with the same addresses and ports.
	 */
	boolean isReplacedBy(Segment segment, boolean swapped) {
		int side = swapped ? 1 : 0;
		if (segment.has(Segment.SYN) && !segment.has(Segment.ACK)) {
			return side != this.opener || segment.sequence != this.openingSequence;
		}
		if (segment.has(Segment.SYN)) {
			return this.state == State.CLOSED && segment.acknowledged - 1 != this.openingSequence;
		}
		return this.state == State.CLOSED && segment.end + segment.cut > segment.start
				&& this.streams[side].isFar(segment.sequence);
	}

	void segment(Segment segment, int side) {
		this.time = segment.time;
		if (this.state == State.OTHER || this.state == State.CLOSED) {
			return;
		}
		TcpStream stream = this.streams[side];
		TcpStream back = this.streams[1 - side];
		if (segment.has(Segment.ACK) && !segment.has(Segment.RST)) {
			if (segment.has(Segment.SYN)) {
				back.begin(segment.acknowledged);
			}
			back.acknowledged(segment.acknowledged);
		}
		stream.segment(segment);
		if (isDone()) {
			return;
		}
		back.giveUpGap();
		if (segment.has(Segment.RST)) {
			end("reset by " + name(side));
		}
		else if (stream.isFinished() && back.isFinished()) {
			end("closed");
		}
	}

	private String name(int side) {
		return (side == this.haproxy) ? "HAProxy" : "the agent";
	}

	/** Whether this connection needs no more bytes. */
	boolean isDone() {
		return this.state == State.OTHER || this.state == State.CLOSED;
	}

	boolean isDecided() {
		return this.state == State.SPOP;
	}

	/** Decide that this is SPOP. */
	void decide(int haproxySide) {
		this.state = State.SPOP;
		this.haproxy = haproxySide;
		this.number = ++this.shared.lastNumber;
		this.shared.listener.opened(this.time, this.number, this.endpoints[haproxySide],
				this.endpoints[1 - haproxySide], this.fromStart);
	}

	/** Let the other side go on that waited for the decision. */
	void decided(int side) {
		this.streams[1 - side].frames().process();
	}

	/** Decide that this is not SPOP. */
	void other(boolean tls) {
		if (this.state != State.UNDECIDED) {
			return;
		}
		this.state = State.OTHER;
		this.shared.others++;
		if (tls) {
			this.shared.encrypted++;
		}
		release();
	}

	/** The connection ends. */
	void end(String how) {
		endStreams("the connection ends");
		if (this.state == State.SPOP) {
			this.shared.listener.closed(this.time, this.number, how);
		}
		close();
	}

	/** The capture ends before the connection. */
	void captureEnds() {
		endStreams("the capture ends");
		close();
	}

	private void endStreams(String reason) {
		for (int i = 0; i < 2 && !isDone(); i++) {
			this.streams[i].end(reason);
		}
	}

	private void close() {
		if (this.state == State.UNDECIDED && (this.streams[0].hasBytes() || this.streams[1].hasBytes())) {
			this.shared.others++;
		}
		if (this.state != State.OTHER) {
			this.state = State.CLOSED;
		}
		release();
	}

	private void release() {
		this.streams[0].release();
		this.streams[1].release();
	}

	void undecodable(Place place, byte[] bytes, String reason) {
		this.shared.listener.undecodable(place, bytes, reason);
	}

	void skipped(long streamOffset, long length, int side) {
		this.shared.listener.skipped(place(side, streamOffset, -1), length);
	}

	void missing(long streamOffset, long length, String reason, int side) {
		this.shared.listener.missing(place(side, streamOffset, -1), length, reason);
	}

	Place place(int side, long streamOffset, long fileOffset) {
		return new Place(this.time, this.number, (side == this.haproxy) ? Sender.HAPROXY : Sender.AGENT, streamOffset,
				fileOffset);
	}

	/** Whether a side sends frames of a type, as far as the sides are known. */
	boolean sends(int side, int type) {
		boolean ofHaproxy = type <= 3;
		boolean ofAgent = type >= 101 && type <= 103;
		return (this.haproxy < 0) ? ofHaproxy || ofAgent : (side == this.haproxy) ? ofHaproxy : ofAgent;
	}

	/** What is known of a connection. */
	private enum State {

		/** Too few bytes were seen. */
		UNDECIDED,

		/** The connection speaks SPOP. */
		SPOP,

		/** The connection speaks something else, or is not wanted. */
		OTHER,

		/** The connection ended. */
		CLOSED

	}

}
