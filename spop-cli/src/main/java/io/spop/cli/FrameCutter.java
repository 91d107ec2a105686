package io.spop.cli;

import java.nio.ByteBuffer;
import java.util.Arrays;

import io.netty.buffer.ByteBuf;

/**
 * Cuts the bytes of one direction of a connection into frames. It takes any bytes: when
 * they cannot be the beginning of a frame, it passes on what it has, and nothing more.
 */
final class FrameCutter {

	/** The longest frame that a recording can have, without the length prefix. */
	private static final int MAX_LENGTH = 16 * 1024 * 1024 - Integer.BYTES;

	private static final int MIN_BUFFER = 16 * 1024;

	/** A larger buffer is not kept for the next frame. */
	private static final int MAX_KEPT = 256 * 1024;

	private final FrameConsumer frames;

	private byte[] buffer = new byte[0];

	private int end;

	private boolean lost;

	FrameCutter(FrameConsumer frames) {
		this.frames = frames;
	}

	/**
	 * Add bytes.
	 * @param bytes a buffer, which is not changed
	 * @param start the index of the first byte
	 * @param length the number of bytes
	 */
	void add(ByteBuf bytes, int start, int length) {
		if (this.lost) {
			return;
		}
		if (this.buffer.length - this.end < length) {
			this.buffer = Arrays.copyOf(this.buffer, Math.max(MIN_BUFFER, Math.max(this.end + length, 2 * this.end)));
		}
		bytes.getBytes(start, this.buffer, this.end, length);
		this.end += length;
		cut();
	}

	private void cut() {
		int start = 0;
		while (this.end - start >= Integer.BYTES) {
			long length = Integer.toUnsignedLong(ByteBuffer.wrap(this.buffer).getInt(start));
			if (length > MAX_LENGTH) {
				this.lost = true;
				this.frames.accept(this.buffer, start, this.end - start);
				start = this.end;
			}
			else if (this.end - start - Integer.BYTES < length) {
				break;
			}
			else {
				int size = Integer.BYTES + (int) length;
				this.frames.accept(this.buffer, start, size);
				start += size;
			}
		}
		this.end -= start;
		if (this.lost || (this.end == 0 && this.buffer.length > MAX_KEPT)) {
			this.buffer = new byte[0];
		}
		else if (start > 0) {
			System.arraycopy(this.buffer, start, this.buffer, 0, this.end);
		}
	}

	/** Pass on the beginning of a frame whose rest does not come. */
	void end() {
		if (this.end > 0) {
			this.frames.accept(this.buffer, 0, this.end);
			this.end = 0;
		}
		this.lost = true;
	}

	/**
	 * Is given frames, and what is not a frame.
	 */
	interface FrameConsumer {

		/**
		 * Take a frame.
		 * @param bytes an array, which is used again afterwards
		 * @param start the index of the length prefix of the frame
		 * @param size the number of bytes
		 */
		void accept(byte[] bytes, int start, int size);

	}

}
