package io.spop.cli.capture;

import java.nio.ByteBuffer;
import java.util.Arrays;

import io.spop.cli.capture.TcpConnections.Shared;
import io.spop.codec.SpopCodec;
import io.spop.protocol.SpopProtocolException;

/**
 * The bytes that one side sends, in their order: cuts them into frames, and finds the
 * next frame where bytes are missing or wrong.
 */
final class FrameStream {

	private static final int PREFIX = Integer.BYTES;

	/** The length prefix, the type and the flags. */
	private static final int HEADER = 9;

	private static final int MIN_LENGTH = 7;

	/** Frames have at most the size of HAProxy's buffer, 16 KiB by default. */
	private static final int MAX_LENGTH = 1024 * 1024;

	/** The longest frame at which a search ends. */
	private static final int MAX_FOUND = 64 * 1024;

	/** How many bytes are searched for the first frame of a connection. */
	private static final int MAX_SEARCHED = 128 * 1024;

	private static final int SHOWN = 32;

	private static final byte[] PROXY_1 = { 'P', 'R', 'O', 'X', 'Y', ' ' };

	private static final byte[] PROXY_2 = { '\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n' };

	private static final SpopCodec CODEC = new SpopCodec(MAX_LENGTH);

	private static final byte[] NOTHING = {};

	private final Shared shared;

	private final TcpConnection connection;

	private final int side;

	private byte[] buffer = NOTHING;

	private int start;

	private int end;

	/** The offset in the stream of the first byte in the buffer. */
	private long streamOffset;

	/** Pairs of an offset in the stream and the offset of the same byte in the file. */
	private long[] origins = new long[4];

	private int originCount;

	/** Whether a frame begins somewhere behind the next byte, or nowhere. */
	private boolean searching;

	/** Whether the capture begins within the stream, and no frame was found yet. */
	private boolean inTheMiddle;

	private long skipped;

	private long searched;

	private boolean ended;

	FrameStream(Shared shared, TcpConnection connection, int side, boolean fromStart) {
		this.shared = shared;
		this.connection = connection;
		this.side = side;
		this.searching = !fromStart;
		this.inTheMiddle = !fromStart;
	}

	boolean hasBytes() {
		return this.end > this.start;
	}

	void deliver(byte[] array, int from, int length, long fileOffset) {
		if (this.connection.isDone()) {
			return;
		}
		if (!makeRoom(length)) {
			missing(0, "too many bytes of all connections wait for others");
			if (!makeRoom(length)) {
				this.streamOffset += length;
				return;
			}
		}
		addOrigin(this.streamOffset + this.end - this.start, fileOffset);
		System.arraycopy(array, from, this.buffer, this.end, length);
		this.end += length;
		process();
		if (!hasBytes()) {
			release();
		}
	}

	private boolean makeRoom(int length) {
		if (this.buffer.length - this.end >= length) {
			return true;
		}
		int unused = this.end - this.start;
		int size = Math.max(unused + length, Math.min(2 * unused, MAX_LENGTH + PREFIX));
		if (size > this.buffer.length) {
			if (!this.shared.take(size - this.buffer.length)) {
				return false;
			}
			byte[] larger = new byte[size];
			System.arraycopy(this.buffer, this.start, larger, 0, unused);
			this.buffer = larger;
		}
		else {
			System.arraycopy(this.buffer, this.start, this.buffer, 0, unused);
		}
		this.start = 0;
		this.end = unused;
		return true;
	}

	private void addOrigin(long inStream, long inFile) {
		if (this.originCount > 0
				&& inStream - this.origins[this.originCount - 2] == inFile - this.origins[this.originCount - 1]) {
			return;
		}
		if (this.originCount == this.origins.length) {
			int size = 2 * this.origins.length;
			if (!this.searching || !this.shared.take((long) this.origins.length * Long.BYTES)) {
				// The first is for where the frame begins, the last for where it ends
				this.originCount -= 2;
				size = this.origins.length;
			}
			this.origins = Arrays.copyOf(this.origins, size);
		}
		this.origins[this.originCount++] = inStream;
		this.origins[this.originCount++] = inFile;
	}

	/** The offset in the file of the next byte. */
	private long fileOffset() {
		int known = 0;
		while (known + 2 < this.originCount && this.origins[known + 2] <= this.streamOffset) {
			known += 2;
		}
		if (known > 0) {
			this.originCount -= known;
			System.arraycopy(this.origins, known, this.origins, 0, this.originCount);
		}
		return (this.originCount == 0) ? -1 : this.origins[1] + this.streamOffset - this.origins[0];
	}

	private void consume(int count) {
		this.start += count;
		this.streamOffset += count;
	}

	/** Cut the bytes into frames. */
	void process() {
		while (!this.connection.isDone() && (this.searching ? find() : next())) {
			// Until bytes are missing
		}
	}

	/** Take the frame that begins at the next byte, and return whether to go on. */
	private boolean next() {
		int available = this.end - this.start;
		if (available < PREFIX) {
			return false;
		}
		if (this.streamOffset == 0 && isProxyHeader()) {
			return skipProxyHeader();
		}
		long length = length();
		boolean possible = length >= MIN_LENGTH && length <= MAX_LENGTH;
		if (!this.connection.isDecided()) {
			if (!possible || (available >= HEADER && !isHeader(MAX_LENGTH))) {
				this.connection.other(this.buffer[this.start] == 0x16 && this.buffer[this.start + 1] == 3);
				return false;
			}
			if (available < HEADER) {
				return false;
			}
			decide();
		}
		if (!possible) {
			this.connection.undecodable(place(), shown(), "a frame with a length of " + length);
			search();
			return true;
		}
		int size = PREFIX + (int) length;
		if (available < size) {
			return false;
		}
		take(size);
		return true;
	}

	private void decide() {
		int type = this.buffer[this.start + PREFIX];
		this.connection.decide((type <= 3) ? this.side : 1 - this.side);
		this.connection.decided(this.side);
	}

	private void take(int size) {
		CaptureListener.Place place = place();
		byte[] frame = Arrays.copyOfRange(this.buffer, this.start, this.start + size);
		consume(size);
		this.shared.listener.frame(place, frame);
	}

	private boolean isProxyHeader() {
		return begins(PROXY_1) || begins(PROXY_2);
	}

	private boolean begins(byte[] beginning) {
		int length = Math.min(beginning.length, this.end - this.start);
		return Arrays.equals(beginning, 0, length, this.buffer, this.start, this.start + length);
	}

	/** Skip the header that HAProxy's send-proxy makes. */
	private boolean skipProxyHeader() {
		int available = this.end - this.start;
		int length = -1;
		if (begins(PROXY_2)) {
			if (available >= 16) {
				length = 16 + (((this.buffer[this.start + 14] & 0xFF) << 8) | (this.buffer[this.start + 15] & 0xFF));
			}
		}
		else {
			for (int i = 0; i < Math.min(available, 108) && length < 0; i++) {
				length = (this.buffer[this.start + i] == '\n') ? i + 1 : -1;
			}
			if (length < 0 && available >= 108) {
				this.connection.other(false);
			}
		}
		if (length < 0 || available < length) {
			return false;
		}
		consume(length);
		return true;
	}

	/** Look for a frame from the next byte on, and return whether to go on. */
	private boolean find() {
		while (this.end - this.start >= PREFIX + MIN_LENGTH) {
			if (isHeader(MAX_FOUND) && this.buffer[this.start + HEADER - 1] == 1) {
				int size = PREFIX + (int) length();
				if (this.end - this.start < size && !this.ended) {
					return false;
				}
				if (this.end - this.start >= size && isFrame(size)) {
					found();
					return true;
				}
			}
			consume(1);
			this.skipped++;
			if (!this.connection.isDecided() && ++this.searched > MAX_SEARCHED) {
				this.connection.other(false);
				return false;
			}
		}
		return false;
	}

	private void found() {
		if (this.inTheMiddle || !this.connection.isDecided()) {
			this.inTheMiddle = false;
			this.skipped = 0;
		}
		if (!this.connection.isDecided()) {
			decide();
		}
		this.searching = false;
		tellSkipped();
	}

	private void tellSkipped() {
		if (this.skipped > 0) {
			this.connection.skipped(this.streamOffset - this.skipped, this.skipped, this.side);
			this.skipped = 0;
		}
	}

	/** Whether the next bytes can be the length, the type and the flags of a frame. */
	private boolean isHeader(int maxLength) {
		long length = length();
		int at = this.start + PREFIX;
		return length >= MIN_LENGTH && length <= maxLength && this.connection.sends(this.side, this.buffer[at] & 0xFF)
				&& this.buffer[at + 1] == 0 && this.buffer[at + 2] == 0 && this.buffer[at + 3] == 0
				&& (this.buffer[at + 4] & 0xFC) == 0;
	}

	private boolean isFrame(int size) {
		try {
			CODEC.decode(this.buffer, this.start, size);
			return true;
		}
		catch (SpopProtocolException ex) {
			return false;
		}
	}

	private long length() {
		byte[] array = this.buffer;
		int at = this.start;
		return Integer.toUnsignedLong(ByteBuffer.wrap(array).getInt(at));
	}

	private void search() {
		this.searching = true;
		this.skipped = 0;
	}

	/** Bytes are missing here. */
	void missing(long count, String reason) {
		if (this.connection.isDone()) {
			return;
		}
		if (this.connection.isDecided()) {
			this.connection.missing(this.streamOffset + this.end - this.start, count, reason, this.side);
		}
		this.skipped += this.end - this.start;
		consume(this.end - this.start);
		if (this.connection.isDecided() && !this.inTheMiddle) {
			tellSkipped();
		}
		this.streamOffset += count;
		this.originCount = 0;
		search();
	}

	/** No more bytes come. */
	void end(String reason) {
		this.ended = true;
		process();
		if (this.connection.isDecided() && hasBytes() && !this.searching) {
			int available = this.end - this.start;
			this.connection.undecodable(place(), shown(), reason + " within a frame" + ((available < PREFIX) ? ""
					: ", of which " + available + " of " + (PREFIX + length()) + " bytes are there"));
			consume(available);
		}
		else if (this.connection.isDecided()) {
			this.skipped += this.end - this.start;
			consume(this.end - this.start);
			tellSkipped();
		}
	}

	private CaptureListener.Place place() {
		return this.connection.place(this.side, this.streamOffset, fileOffset());
	}

	private byte[] shown() {
		return Arrays.copyOfRange(this.buffer, this.start, Math.min(this.end, this.start + SHOWN));
	}

	void release() {
		this.shared.giveBack(this.buffer.length + (this.origins.length - 4L) * Long.BYTES);
		this.buffer = NOTHING;
		this.start = 0;
		this.end = 0;
		this.origins = new long[4];
		this.originCount = 0;
	}

}
