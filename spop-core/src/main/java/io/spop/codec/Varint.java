package io.spop.codec;

import io.netty.buffer.ByteBuf;

/**
 * Variable-length unsigned integers of 1 to 10 bytes (SPOE.txt, section 3.1). The mapping
 * is a bijection: there are no overlong forms.
 */
final class Varint {

	static final int MAX_LENGTH = 10;

	private Varint() {
	}

	static int length(long value) {
		if (Long.compareUnsigned(value, 240) < 0) {
			return 1;
		}
		int length = 2;
		for (long rest = (value - 240) >>> 4; Long.compareUnsigned(rest, 128) >= 0; rest = (rest - 128) >>> 7) {
			length++;
		}
		return length;
	}

	static void write(ByteBuf out, long value) {
		if (Long.compareUnsigned(value, 240) < 0) {
			out.writeByte((int) value);
			return;
		}
		out.writeByte((int) value | 0xF0);
		long rest = (value - 240) >>> 4;
		while (Long.compareUnsigned(rest, 128) >= 0) {
			out.writeByte((int) rest | 0x80);
			rest = (rest - 128) >>> 7;
		}
		out.writeByte((int) rest);
	}

}
