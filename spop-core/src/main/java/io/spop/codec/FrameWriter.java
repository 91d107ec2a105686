package io.spop.codec;

import java.nio.charset.StandardCharsets;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.Arguments;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;
import io.spop.protocol.VarScope;

/**
 * Writer of frames. It writes into the array of a heap buffer, because a {@link ByteBuf}
 * checks its state at each byte, which would take most of the time. A frame that is too
 * large is refused before the buffer grows beyond the limit.
 */
final class FrameWriter {

	private static final byte[] NO_BYTES = {};

	private static final int INITIAL_SIZE = 128;

	/** The largest buffer, in bytes, that is kept for the next frame. */
	private static final int MAX_KEPT_SIZE = 1024;

	/**
	 * The room, in bytes, that is enough for each part of limited length: a header, a
	 * number, an address, the name of a variable.
	 */
	private static final int MAX_FIXED_LENGTH = 64;

	/**
	 * The writer's own buffer, for frames whose target has no array or may be too small.
	 */
	private ByteBuf own = Unpooled.EMPTY_BUFFER;

	private boolean inPlace;

	/** The buffer that the frame is written to. */
	private ByteBuf heap = this.own;

	private byte[] array = NO_BYTES;

	/** The position in the array at which the frame begins. */
	private int start;

	private int position;

	/** The position in the array at which the buffer ends. */
	private int end;

	private int limit;

	/**
	 * Begin a frame.
	 * @param out the buffer that the frame is appended to
	 * @param limit the largest length of the frame, without its prefix
	 */
	void begin(ByteBuf out, int limit, int type, int flags, long streamId, long frameId) {
		this.limit = limit;
		// The writer may reserve more room than the frame needs
		this.inPlace = out.hasArray() && out.maxWritableBytes() - 2L * MAX_FIXED_LENGTH > limit;
		this.heap = this.inPlace ? out : own();
		useArray();
		this.position = this.start;
		reserve(MAX_FIXED_LENGTH);
		this.position += Integer.BYTES;
		this.array[this.position++] = (byte) type;
		PayloadReader.INT.set(this.array, this.position, flags);
		this.position += Integer.BYTES;
		writeVarint(streamId);
		writeVarint(frameId);
	}

	private ByteBuf own() {
		if (this.own.capacity() == 0) {
			this.own = Unpooled.buffer(INITIAL_SIZE);
		}
		return this.own.clear();
	}

	void begin(ByteBuf out, int limit, int type, long streamId, long frameId) {
		begin(out, limit, type, WireFormat.FIN, streamId, frameId);
	}

	/**
	 * End the frame: write its length prefix.
	 * @param out the buffer that {@link #begin} was called with
	 */
	void finish(ByteBuf out) {
		require(0);
		int size = this.position - this.start;
		PayloadReader.INT.set(this.array, this.start, size - Integer.BYTES);
		this.heap.writerIndex(this.heap.writerIndex() + size);
		if (!this.inPlace) {
			out.writeBytes(this.heap);
		}
	}

	/**
	 * Release the buffers. A frame that has not been finished is dropped.
	 */
	void release() {
		if (this.own.capacity() > MAX_KEPT_SIZE) {
			this.own = Unpooled.EMPTY_BUFFER;
		}
		this.heap = Unpooled.EMPTY_BUFFER;
		this.array = NO_BYTES;
	}

	/**
	 * Return how many bytes the text of an item may have.
	 * @param key the key of the item
	 */
	int room(String key) {
		int used = this.position - this.start - Integer.BYTES;
		// The key has a length of at most two bytes in front, the text has its type and
		// such a length
		return this.limit - used - 2 - key.length() - 1 - 2;
	}

	void writeItem(String key, SpopValue value) {
		writeString(key);
		writeValue(value);
	}

	void writeMessage(NotifyMessage message) {
		writeString(message.name());
		Arguments arguments = message.arguments();
		int size = arguments.size();
		if (size > Arguments.MAX_SIZE) {
			throw new IllegalArgumentException(
					"A message has at most " + Arguments.MAX_SIZE + " arguments, not " + size);
		}
		writeByte(size);
		for (int i = 0; i < size; i++) {
			writeString(arguments.name(i));
			writeValue(arguments.value(i));
		}
	}

	void writeActions(Actions actions) {
		int size = actions.size();
		for (int i = 0; i < size; i++) {
			Action action = actions.get(i);
			if (action instanceof Action.SetVar setVar) {
				writeAction(WireFormat.SET_VAR, 3, setVar.scope(), setVar.name());
				writeValue(setVar.value());
			}
			else if (action instanceof Action.UnsetVar) {
				writeAction(WireFormat.UNSET_VAR, 2, action.scope(), action.name());
			}
			else {
				throw new IllegalStateException("No action can be written: " + action);
			}
		}
	}

	@SuppressWarnings("deprecation")
	private void writeAction(int type, int arguments, VarScope scope, String name) {
		int length = name.length();
		reserve(4 + length);
		byte[] array = this.array;
		int position = this.position;
		array[position] = (byte) type;
		array[position + 1] = (byte) arguments;
		array[position + 2] = (byte) scope.code();
		array[position + 3] = (byte) length;
		// The name of a variable is short and ASCII
		name.getBytes(0, length, array, position + 4);
		this.position = position + 4 + length;
	}

	void writeBytes(byte[] bytes) {
		reserve(bytes.length);
		System.arraycopy(bytes, 0, this.array, this.position, bytes.length);
		this.position += bytes.length;
	}

	private void writeString(String string) {
		byte[] bytes = string.getBytes(StandardCharsets.UTF_8);
		reserve(Varint.MAX_LENGTH);
		writeVarint(bytes.length);
		writeBytes(bytes);
	}

	private void writeLength(int type, int length) {
		reserve(1 + Varint.MAX_LENGTH + length);
		this.array[this.position++] = (byte) type;
		writeVarint(length);
	}

	private void writeValue(SpopValue value) {
		if (value instanceof SpopValue.Text text) {
			writeLength(WireFormat.STRING, text.length());
			text.copyTo(this.array, this.position);
			this.position += text.length();
		}
		else if (value instanceof SpopValue.Int64 number) {
			writeNumber(WireFormat.INT64, number.value());
		}
		else if (value instanceof SpopValue.Bool bool) {
			writeByte(bool.value() ? WireFormat.BOOL | WireFormat.TRUE : WireFormat.BOOL);
		}
		else if (value instanceof SpopValue.Ipv4 address) {
			writeByte(WireFormat.IPV4);
			reserve(Integer.BYTES);
			PayloadReader.INT.set(this.array, this.position, address.bits());
			this.position += Integer.BYTES;
		}
		else if (value instanceof SpopValue.Ipv6 address) {
			writeByte(WireFormat.IPV6);
			reserve(2 * Long.BYTES);
			PayloadReader.LONG.set(this.array, this.position, address.high());
			PayloadReader.LONG.set(this.array, this.position + Long.BYTES, address.low());
			this.position += 2 * Long.BYTES;
		}
		else if (value instanceof SpopValue.Binary binary) {
			writeLength(WireFormat.BINARY, binary.length());
			binary.copyTo(this.array, this.position);
			this.position += binary.length();
		}
		else if (value instanceof SpopValue.Null) {
			writeByte(WireFormat.NULL);
		}
		else if (value instanceof SpopValue.Int32 number) {
			// Sign-extended, because HAProxy reads all integers as 64 bits
			writeNumber(WireFormat.INT32, number.value());
		}
		else if (value instanceof SpopValue.Uint32 number) {
			writeNumber(WireFormat.UINT32, number.value());
		}
		else if (value instanceof SpopValue.Uint64 number) {
			writeNumber(WireFormat.UINT64, number.value());
		}
		else {
			throw new IllegalStateException("No value can be written: " + value);
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
	 * Make room for at most the given number of bytes. The caller may write fewer.
	 */
	private void reserve(int length) {
		if (length > this.end - this.position) {
			require(Math.max(0, length - MAX_FIXED_LENGTH));
			int written = this.position - this.start;
			int writerIndex = this.heap.writerIndex();
			// The buffer copies only the bytes before this index when it grows
			this.heap.writerIndex(writerIndex + written);
			try {
				this.heap.ensureWritable(length);
			}
			finally {
				this.heap.writerIndex(writerIndex);
			}
			useArray();
			this.position = this.start + written;
		}
	}

	private void useArray() {
		ByteBuf heap = this.heap;
		this.array = heap.array();
		this.start = heap.arrayOffset() + heap.writerIndex();
		this.end = heap.arrayOffset() + heap.capacity();
	}

	/**
	 * Check that the frame is within its limit with the given number of further bytes.
	 */
	private void require(int length) {
		long size = (long) this.position - this.start - Integer.BYTES + length;
		if (size > this.limit) {
			throw new SpopProtocolException(StatusCode.FRAME_TOO_BIG,
					"A frame of " + size + " bytes or more does not fit into the limit of " + this.limit);
		}
	}

}
