package io.spop.codec;

/**
 * The numbers of the wire format (SPOE.txt, sections 3.1 and 3.2). The type of a value is
 * the low nibble of its first byte. The drawing in SPOE.txt shows the two nibbles in the
 * opposite order.
 */
final class WireFormat {

	/** The flag of a frame without further fragments. */
	static final int FIN = 1;

	/** The flag of a fragment with which HAProxy cancels its NOTIFY. */
	static final int ABORT = 2;

	static final int SET_VAR = 1;

	static final int UNSET_VAR = 2;

	static final int NULL = 0;

	static final int BOOL = 1;

	/** The bit that is set in a {@link #BOOL} with the value true. */
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
