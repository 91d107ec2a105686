package io.spop.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import io.netty.buffer.ByteBuf;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;

/**
 * Writes one frame after the other, each into an array first: a {@link ByteBuf} checks
 * its state at each byte, which would be most of the work. What does not fit is refused
 * before it is written, so that the array never grows beyond the limit.
 */
final class FrameWriter {

	private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

	private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

	private static final int FLAG_FIN = 1;

	private static final int SET_VAR = 1;

	private static final int UNSET_VAR = 2;

	private static final int BOOLEAN_VALUE = 0x10;

	private static final int INITIAL_SIZE = 128;

	/** A larger array is not kept from one frame to the next. */
	private static final int MAX_KEPT_SIZE = 1024;

	/** Enough for any fixed part: a header, a number, an address. */
	private static final int MAX_FIXED_LENGTH = 32;

	private byte[] array = new byte[INITIAL_SIZE];

	private int position;

	private int limit;

	/**
	 * Begin a frame.
	 * @param limit the largest length of the frame, without its prefix
	 */
	void begin(int limit, int type, int flags, long streamId, long frameId) {
		this.limit = limit;
		this.position = Integer.BYTES;
		reserve(MAX_FIXED_LENGTH);
		this.array[this.position++] = (byte) type;
		INT.set(this.array, this.position, flags);
		this.position += Integer.BYTES;
		writeVarint(streamId);
		writeVarint(frameId);
	}

	void begin(int limit, int type, long streamId, long frameId) {
		begin(limit, type, FLAG_FIN, streamId, frameId);
	}

	/**
	 * End the frame: now its length is known.
	 */
	void finish(ByteBuf out) {
		require(0);
		INT.set(this.array, 0, this.position - Integer.BYTES);
		out.writeBytes(this.array, 0, this.position);
		if (this.array.length > MAX_KEPT_SIZE) {
			this.array = new byte[INITIAL_SIZE];
		}
	}

	void writeItem(String key, SpopValue value) {
		writeString(key);
		writeValue(value);
	}

	void writeMessage(NotifyMessage message) {
		writeString(message.name());
		writeByte(message.arguments().size());
		for (Argument argument : message.arguments()) {
			writeString(argument.name());
			writeValue(argument.value());
		}
	}

	void writeActions(Actions actions) {
		for (int i = 0; i < actions.size(); i++) {
			Action action = actions.get(i);
			if (action instanceof Action.SetVar setVar) {
				writeAction(SET_VAR, 3, setVar);
				writeValue(setVar.value());
			}
			else {
				writeAction(UNSET_VAR, 2, action);
			}
		}
	}

	private void writeAction(int type, int arguments, Action action) {
		reserve(3);
		this.array[this.position++] = (byte) type;
		this.array[this.position++] = (byte) arguments;
		this.array[this.position++] = (byte) action.scope().code();
		writeString(action.name());
	}

	void writeBytes(byte[] bytes) {
		reserve(bytes.length);
		System.arraycopy(bytes, 0, this.array, this.position, bytes.length);
		this.position += bytes.length;
	}

	private void writeBytes(int type, ByteBuffer bytes) {
		int length = bytes.remaining();
		reserve(1 + Varint.MAX_LENGTH + length);
		this.array[this.position++] = (byte) type;
		writeVarint(length);
		bytes.get(this.array, this.position, length);
		this.position += length;
	}

	private void writeString(String string) {
		int length = string.length();
		reserve(Varint.MAX_LENGTH + length);
		int start = this.position;
		writeVarint(length);
		byte[] array = this.array;
		int position = this.position;
		for (int i = 0; i < length; i++) {
			char c = string.charAt(i);
			if (c >= 0x80) {
				this.position = start;
				byte[] bytes = string.getBytes(StandardCharsets.UTF_8);
				reserve(Varint.MAX_LENGTH);
				writeVarint(bytes.length);
				writeBytes(bytes);
				return;
			}
			array[position + i] = (byte) c;
		}
		this.position = position + length;
	}

	private void writeValue(SpopValue value) {
		if (value instanceof SpopValue.Text text) {
			String string = text.unencoded();
			if (string != null) {
				writeByte(ValueType.STRING);
				writeString(string);
			}
			else {
				writeBytes(ValueType.STRING, text.bytes());
			}
		}
		else if (value instanceof SpopValue.Int64 number) {
			writeNumber(ValueType.INT64, number.value());
		}
		else if (value instanceof SpopValue.Bool bool) {
			writeByte(bool.value() ? ValueType.BOOL | BOOLEAN_VALUE : ValueType.BOOL);
		}
		else if (value instanceof SpopValue.Ipv4 address) {
			writeByte(ValueType.IPV4);
			reserve(Integer.BYTES);
			INT.set(this.array, this.position, address.bits());
			this.position += Integer.BYTES;
		}
		else if (value instanceof SpopValue.Ipv6 address) {
			writeByte(ValueType.IPV6);
			reserve(2 * Long.BYTES);
			LONG.set(this.array, this.position, address.high());
			LONG.set(this.array, this.position + Long.BYTES, address.low());
			this.position += 2 * Long.BYTES;
		}
		else if (value instanceof SpopValue.Binary binary) {
			writeBytes(ValueType.BINARY, binary.bytes());
		}
		else if (value instanceof SpopValue.Null) {
			writeByte(ValueType.NULL);
		}
		else if (value instanceof SpopValue.Int32 number) {
			// Sign-extended: HAProxy reads all integers as 64 bits
			writeNumber(ValueType.INT32, number.value());
		}
		else if (value instanceof SpopValue.Uint32 number) {
			writeNumber(ValueType.UINT32, number.value());
		}
		else if (value instanceof SpopValue.Uint64 number) {
			writeNumber(ValueType.UINT64, number.value());
		}
	}

	private void writeNumber(int type, long value) {
		reserve(1 + Varint.MAX_LENGTH);
		this.array[this.position++] = (byte) type;
		writeVarint(value);
	}

	private void writeByte(int value) {
		reserve(1);
		this.array[this.position++] = (byte) value;
	}

	private void writeVarint(long value) {
		this.position = Varint.write(this.array, this.position, value);
	}

	/**
	 * Make room for so many bytes at most, of which some may not be needed.
	 */
	private void reserve(int length) {
		int end = this.position + length;
		if (end > this.array.length || end < 0) {
			require(Math.max(0, length - MAX_FIXED_LENGTH));
			this.array = Arrays.copyOf(this.array, Math.max(end, 2 * this.array.length));
		}
	}

	/**
	 * See to it that so many more bytes are within the limit.
	 */
	private void require(int length) {
		long size = (long) this.position - Integer.BYTES + length;
		if (size > this.limit) {
			this.array = new byte[INITIAL_SIZE];
			throw new SpopProtocolException(StatusCode.FRAME_TOO_BIG,
					"A frame of " + size + " bytes or more does not fit into the limit of " + this.limit);
		}
	}

}
