package io.spop.codec;

/**
 * The numbers that reader and writer share (SPOE.txt, sections 3.1 and 3.2). The type of
 * a value is the low nibble of its first byte; the drawing in SPOE.txt has the nibbles
 * the other way round.
 */
final class WireFormat {

	/** The flag of a frame that is whole, or of the last fragment. */
	static final int FIN = 1;

	/** The flag of a fragment whose NOTIFY is given up. */
	static final int ABORT = 2;

	static final int SET_VAR = 1;

	static final int UNSET_VAR = 2;

	static final int NULL = 0;

	static final int BOOL = 1;

	/** The bit of a {@link #BOOL} that is true. */
	static final int TRUE = 0x10;

	static final int INT32 = 2;

	static final int UINT32 = 3;

	static final int INT64 = 4;

	static final int UINT64 = 5;

	static final int IPV4 = 6;

	static final int IPV6 = 7;

	static final int STRING = 8;

	static final int BINARY = 9;

	private WireFormat() {
	}

}
