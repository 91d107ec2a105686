package io.spop.fuzzing;

import java.util.Arrays;

/**
 * The bytes of an input, from which a fuzz test takes its choices. Behind the last byte
 * there are zeros.
 */
public final class Input {

	private final byte[] bytes;

	private int position;

	/**
	 * Create an input.
	 * @param bytes the bytes that were made up
	 */
	public Input(byte[] bytes) {
		this.bytes = bytes;
	}

	/**
	 * Return whether there are bytes left.
	 * @return whether there are
	 */
	public boolean hasMore() {
		return this.position < this.bytes.length;
	}

	/**
	 * Take a number.
	 * @return the next byte, unsigned
	 */
	public int next() {
		return hasMore() ? this.bytes[this.position++] & 0xFF : 0;
	}

	/**
	 * Take a number.
	 * @return the next eight bytes
	 */
	public long nextLong() {
		long value = 0;
		for (int i = 0; i < Long.BYTES; i++) {
			value = value << Byte.SIZE | next();
		}
		return value;
	}

	/**
	 * Take bytes.
	 * @param length how many at most
	 * @return the next bytes, fewer at the end
	 */
	public byte[] next(int length) {
		int end = Math.min(this.bytes.length, this.position + length);
		byte[] taken = Arrays.copyOfRange(this.bytes, this.position, end);
		this.position = end;
		return taken;
	}

	/**
	 * Take all other bytes.
	 * @return the bytes
	 */
	public byte[] rest() {
		return next(this.bytes.length - this.position);
	}

}
