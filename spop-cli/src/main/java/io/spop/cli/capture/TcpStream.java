package io.spop.cli.capture;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.spop.cli.capture.Capture.Segment;
import io.spop.cli.capture.TcpConnections.Shared;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a TCP connection: brings its bytes into their order.
 */
final class TcpStream {

	/** The bytes that wait for missing ones. */
	private static final int MAX_WAITING_BYTES = 1024 * 1024;

	private static final int MAX_WAITING = 1024;

	/** What a waiting segment needs besides its bytes. */
	private static final int OVERHEAD = 64;

	/**
	 * For how many segments bytes are missing that the receiver has acknowledged, since a
	 * capture may have the packets of the two directions in the wrong order.
	 */
	private static final int PATIENCE = 3;

	private final Shared shared;

	private final FrameStream frames;

	/** Segments behind missing bytes, in the order of their numbers. */
	private List<Waiting> waiting = new ArrayList<>(0);

	private int waitingBytes;

	private boolean begun;

	/** The sequence number of the next byte. */
	private int next;

	private @Nullable Integer finSequence;

	private boolean finished;

	private boolean hasAcknowledged;

	private int acknowledged;

	private int patience = PATIENCE;

	TcpStream(Shared shared, FrameStream frames) {
		this.shared = shared;
		this.frames = frames;
	}

	FrameStream frames() {
		return this.frames;
	}

	/** The stream begins with this sequence number, if it has not begun. */
	void begin(int sequence) {
		if (!this.begun) {
			this.begun = true;
			this.next = sequence;
		}
	}

	boolean isFinished() {
		return this.finished;
	}

	boolean hasBytes() {
		return this.frames.hasBytes() || !this.waiting.isEmpty();
	}

	/** Whether a sequence number is not one of this stream. */
	boolean isFar(int sequence) {
		return this.begun && Math.abs((long) (sequence - this.next)) > TcpConnection.MAX_DISTANCE;
	}

	/** The other side has received the bytes up to this sequence number. */
	void acknowledged(int sequence) {
		this.hasAcknowledged = true;
		this.acknowledged = sequence;
	}

	void segment(Segment segment) {
		int sequence = segment.sequence;
		if (segment.has(Segment.SYN)) {
			sequence++;
			begin(sequence);
		}
		int length = segment.end - segment.start;
		if (length + segment.cut > 0) {
			begin(sequence);
			if (isFar(sequence)) {
				drain(true, "the sequence numbers jump");
				jump(sequence);
			}
			receive(segment, sequence, length);
		}
		if (segment.has(Segment.FIN) && this.begun && !isFar(sequence)) {
			this.finSequence = sequence + length + segment.cut;
		}
		checkFinished();
		giveUpGap();
	}

	private void jump(int sequence) {
		this.frames.missing(0, "the sequence numbers jump");
		this.next = sequence;
	}

	private void receive(Segment segment, int sequence, int length) {
		int ahead = sequence - this.next;
		if (ahead > 0) {
			await(segment, sequence, length);
			return;
		}
		deliver(segment.array, segment.start, length, segment.cut, -ahead, segment.offset);
		drain(false, "");
	}

	/** Deliver a segment of which the first bytes may be known. */
	private void deliver(byte[] array, int start, int length, int cut, int known, long offset) {
		if (known < length) {
			this.frames.deliver(array, start + known, length - known, offset + known);
			this.next += length - known;
		}
		int missing = Math.min(cut, length + cut - known);
		if (missing > 0) {
			this.next += missing;
			this.frames.missing(missing, "the capture has only the first bytes of a packet, record with tcpdump -s 0");
		}
	}

	private void await(Segment segment, int sequence, int length) {
		while (this.waiting.size() >= MAX_WAITING || this.waitingBytes + length > MAX_WAITING_BYTES
				|| !this.shared.take(length + OVERHEAD)) {
			if (this.waiting.isEmpty()) {
				skipTo(sequence, "too many bytes wait for missing ones");
				receive(segment, sequence, length);
				return;
			}
			skipTo(this.waiting.get(0).sequence, "too many bytes wait for missing ones");
			drain(false, "");
			if (sequence - this.next <= 0) {
				receive(segment, sequence, length);
				return;
			}
		}
		int index = this.waiting.size();
		while (index > 0 && this.waiting.get(index - 1).sequence - sequence > 0) {
			index--;
		}
		this.waitingBytes += length;
		this.waiting.add(index, new Waiting(sequence, Arrays.copyOfRange(segment.array, segment.start, segment.end),
				segment.cut, segment.offset));
	}

	/** Deliver what waits for no more missing bytes, or for any. */
	private void drain(boolean all, String reason) {
		while (!this.waiting.isEmpty()) {
			Waiting first = this.waiting.get(0);
			int ahead = first.sequence - this.next;
			if (ahead > 0 && !all) {
				return;
			}
			this.waiting.remove(0);
			this.waitingBytes -= first.bytes.length;
			this.shared.giveBack(first.bytes.length + OVERHEAD);
			if (ahead > 0) {
				skipTo(first.sequence, reason);
			}
			deliver(first.bytes, 0, first.bytes.length, first.cut, Math.max(0, -ahead), first.offset);
		}
	}

	private void skipTo(int sequence, String reason) {
		int missing = sequence - this.next;
		this.next = sequence;
		this.patience = PATIENCE;
		this.frames.missing(missing, reason);
	}

	/** Give up missing bytes that the receiver has: the capture does not have them. */
	void giveUpGap() {
		if (this.waiting.isEmpty() || !this.hasAcknowledged || this.acknowledged - this.next <= 0) {
			this.patience = PATIENCE;
			return;
		}
		if (--this.patience <= 0) {
			skipTo(this.waiting.get(0).sequence, "the capture lost packets");
			drain(false, "");
			checkFinished();
		}
	}

	private void checkFinished() {
		if (this.finSequence != null && this.finSequence - this.next <= 0) {
			this.finished = true;
		}
	}

	/** The connection or the capture ends. */
	void end(String reason) {
		drain(true, "the capture lost packets");
		this.frames.end(reason);
	}

	void release() {
		for (Waiting segment : this.waiting) {
			this.shared.giveBack(segment.bytes.length + OVERHEAD);
		}
		this.waiting = new ArrayList<>(0);
		this.waitingBytes = 0;
		this.frames.release();
	}

	/**
	 * A segment behind missing bytes.
	 *
	 * @param sequence the sequence number of the first byte
	 * @param bytes the bytes that the file has
	 * @param cut the number of bytes that the file does not have
	 * @param offset the offset in the file
	 */
	private record Waiting(int sequence, byte[] bytes, int cut, long offset) {

	}

}
