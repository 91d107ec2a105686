package io.spop.codec;

/**
 * Variable-length unsigned integers of 1 to 10 bytes (SPOE.txt, section 3.1). The mapping
 * is a bijection: there are no overlong forms.
 */
final class Varint {

	static final int MAX_LENGTH = 10;

	/** The smallest number that takes more than one byte. */
	static final int TWO_BYTES = 240;

	private Varint() {
	}

	/**
	 * Write a number.
	 * @param array the array to write to, with room for {@link #MAX_LENGTH} bytes
	 * @param position the position at which the number begins
	 * @param value the number, unsigned
	 * @return the position behind the number
	 */
	static int write(byte[] array, int position, long value) {
		if (Long.compareUnsigned(value, TWO_BYTES) < 0) {
			array[position] = (byte) value;
			return position + 1;
		}
		int next = position;
		array[next++] = (byte) (value | 0xF0);
		long rest = (value - TWO_BYTES) >>> 4;
		while (Long.compareUnsigned(rest, 128) >= 0) {
			array[next++] = (byte) (rest | 0x80);
			rest = (rest - 128) >>> 7;
		}
		array[next++] = (byte) rest;
		return next;
	}

	/**
	 * Read a number.
	 * @param reader the reader, whose next bytes are the number
	 * @return the number, unsigned
	 */
	static long read(PayloadReader reader) {
		int first = reader.readByte();
		if (first < TWO_BYTES) {
			return first;
		}
		long value = first;
		for (int shift = 4; shift < 60; shift += 7) {
			int next = reader.readByte();
			value += (long) next << shift;
			if (next < 128) {
				return value;
			}
		}
		int last = reader.readByte();
		long sum = value + ((long) last << 60);
		if (last > 0xF || Long.compareUnsigned(sum, value) < 0) {
			throw PayloadReader.invalid("a number beyond 64 bits", reader.position() - MAX_LENGTH);
		}
		return sum;
	}

}
