package io.spop.cli.capture;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The bytes of a file, of which a part is in memory, with numbers of either byte order.
 */
final class CaptureInput {

	private final InputStream in;

	private byte[] buffer = new byte[64 * 1024];

	private int start;

	private int end;

	private long offset;

	private boolean littleEndian;

	CaptureInput(InputStream in) {
		this.in = in;
	}

	void littleEndian(boolean littleEndian) {
		this.littleEndian = littleEndian;
	}

	boolean isLittleEndian() {
		return this.littleEndian;
	}

	/** The offset in the file of the next byte. */
	long offset() {
		return this.offset + this.start;
	}

	/** Read until some bytes are in memory, and return how many of them there are. */
	int available(int wanted) throws IOException {
		if (this.end - this.start < wanted) {
			fill(wanted);
		}
		return Math.min(wanted, this.end - this.start);
	}

	private void fill(int wanted) throws IOException {
		int unused = this.end - this.start;
		System.arraycopy(this.buffer, this.start, this.buffer, 0, unused);
		this.offset += this.start;
		this.start = 0;
		this.end = unused;
		while (this.end < wanted) {
			if (this.end == this.buffer.length) {
				// Step by step: the length may be wrong, and the file short
				this.buffer = Arrays.copyOf(this.buffer, Math.min(2 * this.buffer.length, wanted));
			}
			int read = this.in.read(this.buffer, this.end, this.buffer.length - this.end);
			if (read < 0) {
				return;
			}
			this.end += read;
		}
	}

	/** The bytes in memory; the next byte is at {@link #position()}. */
	byte[] array() {
		return this.buffer;
	}

	int position() {
		return this.start;
	}

	/** Consume bytes that are in memory. */
	void consume(int count) {
		this.start += count;
	}

	/** Consume bytes, and return how many there were. */
	long skip(long count) throws IOException {
		long rest = count;
		while (rest > 0) {
			int part = available((int) Math.min(rest, this.buffer.length));
			if (part == 0) {
				break;
			}
			this.start += part;
			rest -= part;
		}
		return count - rest;
	}

	/** The four bytes at an index from the next byte on, which are in memory. */
	int getInt(int index) {
		int at = this.start + index;
		int bigEndian = ByteBuffer.wrap(this.buffer).getInt(at);
		return this.littleEndian ? Integer.reverseBytes(bigEndian) : bigEndian;
	}

	long getUnsignedInt(int index) {
		return Integer.toUnsignedLong(getInt(index));
	}

	int getUnsignedShort(int index) {
		int first = this.buffer[this.start + index] & 0xFF;
		int second = this.buffer[this.start + index + 1] & 0xFF;
		return this.littleEndian ? second << 8 | first : first << 8 | second;
	}

	int getByte(int index) {
		return this.buffer[this.start + index] & 0xFF;
	}

}
