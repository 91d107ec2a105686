package io.spop.codec;

/**
 * Variable-length unsigned integers of 1 to 10 bytes (SPOE.txt, section 3.1). The mapping
 * is a bijection: there are no overlong forms.
 */
final class Varint {

	static final int MAX_LENGTH = 10;

	private Varint() {
	}

	/**
	 * Write a number.
	 * @param array where to; there must be room for {@link #MAX_LENGTH} bytes
	 * @param position where the number begins
	 * @param value the number, unsigned
	 * @return the position behind it
	 */
	static int write(byte[] array, int position, long value) {
		if (Long.compareUnsigned(value, 240) < 0) {
			array[position] = (byte) value;
			return position + 1;
		}
		int next = position;
		array[next++] = (byte) (value | 0xF0);
		long rest = (value - 240) >>> 4;
		while (Long.compareUnsigned(rest, 128) >= 0) {
			array[next++] = (byte) (rest | 0x80);
			rest = (rest - 128) >>> 7;
		}
		array[next++] = (byte) rest;
		return next;
	}

}
