package io.spop.codec;

/**
 * The types of values on the wire: the low nibble of a value's first byte (SPOE.txt,
 * section 3.1, whose drawing has the nibbles the other way round).
 */
final class ValueType {

	static final int NULL = 0;

	static final int BOOL = 1;

	static final int INT32 = 2;

	static final int UINT32 = 3;

	static final int INT64 = 4;

	static final int UINT64 = 5;

	static final int IPV4 = 6;

	static final int IPV6 = 7;

	static final int STRING = 8;

	static final int BINARY = 9;

	private ValueType() {
	}

}
