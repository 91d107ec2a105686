package io.spop.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;

/**
 * Reader of the strings, numbers and values of a payload. It reads from the array of the
 * frame, which does not change any more. Each method throws {@link UnreadableException}
 * with {@link StatusCode#INVALID_FRAME} if the payload ends too early.
 */
final class PayloadReader {

	static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

	static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

	private final byte[] array;

	private final int end;

	private int position;

	PayloadReader(byte[] array, int position, int end) {
		this.array = array;
		this.position = position;
		this.end = end;
	}

	boolean hasRemaining() {
		return this.position < this.end;
	}

	int readByte() {
		if (this.position == this.end) {
			throw truncated();
		}
		return this.array[this.position++] & 0xFF;
	}

	int readInt() {
		return (int) INT.get(this.array, skip(Integer.BYTES));
	}

	/**
	 * Read a length, and check that this number of bytes follows.
	 */
	int readLength() {
		int start = this.position;
		long length = Varint.read(this);
		if (Long.compareUnsigned(length, this.end - this.position) > 0) {
			throw invalid("a length of more bytes than follow", start);
		}
		return (int) length;
	}

	String readString() {
		int length = readLength();
		String string = new String(this.array, this.position, length, StandardCharsets.UTF_8);
		this.position += length;
		return string;
	}

	int position() {
		return this.position;
	}

	byte[] bytesSince(int start) {
		return Arrays.copyOfRange(this.array, start, this.position);
	}

	byte[] readRemaining() {
		int start = skip(this.end - this.position);
		return bytesSince(start);
	}

	NotifyMessage readMessage() {
		int start = this.position;
		skipString();
		int endOfName = this.position;
		if (endOfName - start == 1) {
			throw invalid("a message without a name", start);
		}
		int[] values = new int[readByte()];
		MessageNames names = MessageNames.find(this.array, start, endOfName, values.length);
		for (int i = 0; i < values.length; i++) {
			if (names != null) {
				WireName name = names.argument(i);
				if (name.isAt(this.array, this.position)) {
					skip(name.length());
				}
				else {
					names = null;
					skipString();
				}
			}
			else {
				skipString();
			}
			values[i] = this.position;
			skipValue();
		}
		if (names == null) {
			names = MessageNames.read(this.array, start, this.end);
		}
		return new NotifyMessage(names.message(), new WireArguments(this.array, values, names.argumentNames()));
	}

	void skipString() {
		skip(readLength());
	}

	SpopValue readValue() {
		int type = readByte();
		return switch (type & 0xF) {
			case WireFormat.NULL -> SpopValue.ofNull();
			case WireFormat.BOOL -> SpopValue.of((type & WireFormat.TRUE) != 0);
			case WireFormat.INT32 -> new SpopValue.Int32((int) Varint.read(this));
			case WireFormat.UINT32 -> new SpopValue.Uint32(Varint.read(this) & 0xFFFF_FFFFL);
			case WireFormat.INT64 -> new SpopValue.Int64(Varint.read(this));
			case WireFormat.UINT64 -> new SpopValue.Uint64(Varint.read(this));
			case WireFormat.IPV4 -> new SpopValue.Ipv4(readInt());
			case WireFormat.IPV6 -> {
				int start = skip(16);
				yield new SpopValue.Ipv6((long) LONG.get(this.array, start), (long) LONG.get(this.array, start + 8));
			}
			case WireFormat.STRING -> {
				int length = readLength();
				yield new SpopValue.Text(this.array, skip(length), length);
			}
			case WireFormat.BINARY -> {
				int length = readLength();
				yield new SpopValue.Binary(this.array, skip(length), length);
			}
			default -> throw reserved(type, this.position - 1);
		};
	}

	void skipValue() {
		int type = readByte();
		switch (type & 0xF) {
			case WireFormat.NULL, WireFormat.BOOL -> {
			}
			case WireFormat.INT32, WireFormat.UINT32, WireFormat.INT64, WireFormat.UINT64 -> Varint.read(this);
			case WireFormat.IPV4 -> skip(4);
			case WireFormat.IPV6 -> skip(16);
			case WireFormat.STRING, WireFormat.BINARY -> skipString();
			default -> throw reserved(type, this.position - 1);
		}
	}

	private int skip(int length) {
		if (length > this.end - this.position) {
			throw truncated();
		}
		int start = this.position;
		this.position += length;
		return start;
	}

	static UnreadableException invalid(String what, int position) {
		return new UnreadableException(StatusCode.INVALID_FRAME, "Invalid frame: " + what, position);
	}

	private UnreadableException truncated() {
		return invalid("its end comes too early", this.end);
	}

	private static UnreadableException reserved(int type, int position) {
		return invalid("a value of the reserved type " + (type & 0xF), position);
	}

}
