package io.spop.codec;

import java.util.Arrays;

/**
 * A name and its bytes on the wire. Names are compared eight bytes at a time. For such
 * short names this is faster than the methods of {@link java.util.Arrays}, which check
 * four bounds first.
 */
final class WireName {

	/** The bytes of the name, with the length in front. */
	private final byte[] bytes;

	/** The first eight bytes, filled up with zeros if the name has fewer. */
	private final long head;

	private final long headMask;

	/** The last eight bytes of a name that has more than eight bytes. */
	private final long tail;

	private final String text;

	private WireName(byte[] bytes, String text) {
		this.bytes = bytes;
		this.text = text;
		this.head = (long) PayloadReader.LONG.get(Arrays.copyOf(bytes, Math.max(bytes.length, Long.BYTES)), 0);
		this.headMask = (bytes.length < Long.BYTES) ? -1L << (Long.SIZE - bytes.length * Byte.SIZE) : -1L;
		this.tail = (bytes.length > Long.BYTES) ? (long) PayloadReader.LONG.get(bytes, bytes.length - Long.BYTES) : 0;
	}

	static WireName read(PayloadReader reader) {
		int start = reader.position();
		String text = reader.readString();
		return new WireName(reader.bytesSince(start), text.intern());
	}

	/**
	 * Return whether the array has this name at an index.
	 * @param array the bytes
	 * @param start the index of the length in front of the name
	 */
	boolean isAt(byte[] array, int start) {
		int length = this.bytes.length;
		if (array.length - start < Math.max(length, Long.BYTES)) {
			return array.length - start >= length && Arrays.equals(array, start, start + length, this.bytes, 0, length);
		}
		if (((long) PayloadReader.LONG.get(array, start) & this.headMask) != this.head) {
			return false;
		}
		if (length <= Long.BYTES) {
			return true;
		}
		return (long) PayloadReader.LONG.get(array, start + length - Long.BYTES) == this.tail
				&& (length <= 2 * Long.BYTES || Arrays.equals(array, start, start + length, this.bytes, 0, length));
	}

	/**
	 * Return the number of bytes, with the length in front.
	 */
	int length() {
		return this.bytes.length;
	}

	byte[] bytes() {
		return this.bytes;
	}

	String text() {
		return this.text;
	}

}
