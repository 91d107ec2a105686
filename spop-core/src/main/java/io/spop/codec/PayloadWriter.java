package io.spop.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;

/**
 * Writes a frame into a buffer, behind what it holds already. Each variable part is
 * measured before it is written, so that the buffer never grows beyond the limit.
 */
final class PayloadWriter {

	private static final int FLAG_FIN = 1;

	private static final int SET_VAR = 1;

	private static final int UNSET_VAR = 2;

	private final ByteBuf out;

	private final int start;

	private final int limit;

	/**
	 * Begin a frame.
	 * @param out the buffer
	 * @param limit the largest length of the frame, without its prefix
	 */
	PayloadWriter(ByteBuf out, int limit) {
		this.out = out;
		this.start = out.writerIndex();
		this.limit = limit;
	}

	void writeHeader(int type, long streamId, long frameId) {
		writeHeader(type, FLAG_FIN, streamId, frameId);
	}

	void writeHeader(int type, int flags, long streamId, long frameId) {
		this.out.writeInt(0);
		this.out.writeByte(type);
		this.out.writeInt(flags);
		Varint.write(this.out, streamId);
		Varint.write(this.out, frameId);
	}

	/**
	 * End the frame: now its length is known.
	 */
	void finish() {
		require(0);
		this.out.setInt(this.start, this.out.writerIndex() - this.start - Integer.BYTES);
	}

	void writeBytes(byte[] bytes) {
		require(bytes.length);
		this.out.writeBytes(bytes);
	}

	void writeItem(String key, SpopValue value) {
		writeString(key);
		writeValue(value);
	}

	void writeMessage(NotifyMessage message) {
		writeString(message.name());
		this.out.writeByte(message.arguments().size());
		for (Argument argument : message.arguments()) {
			writeString(argument.name());
			writeValue(argument.value());
		}
	}

	void writeActions(Actions actions) {
		for (int i = 0; i < actions.size(); i++) {
			Action action = actions.get(i);
			if (action instanceof Action.SetVar setVar) {
				this.out.writeByte(SET_VAR).writeByte(3).writeByte(setVar.scope().code());
				writeString(setVar.name());
				writeValue(setVar.value());
			}
			else {
				this.out.writeByte(UNSET_VAR).writeByte(2).writeByte(action.scope().code());
				writeString(action.name());
			}
		}
	}

	private void writeString(String string) {
		int length = ByteBufUtil.utf8Bytes(string);
		require(length);
		Varint.write(this.out, length);
		ByteBufUtil.reserveAndWriteUtf8(this.out, string, length);
	}

	private void writeBytes(int type, byte[] bytes) {
		require(bytes.length);
		this.out.writeByte(type);
		Varint.write(this.out, bytes.length);
		this.out.writeBytes(bytes);
	}

	private void writeNumber(int type, long value) {
		this.out.writeByte(type);
		Varint.write(this.out, value);
	}

	private void writeValue(SpopValue value) {
		if (value instanceof SpopValue.Text text) {
			String string = text.unencoded();
			if (string != null) {
				this.out.writeByte(ValueType.STRING);
				writeString(string);
			}
			else {
				writeBytes(ValueType.STRING, text.toByteArray());
			}
		}
		else if (value instanceof SpopValue.Int64 number) {
			writeNumber(ValueType.INT64, number.value());
		}
		else if (value instanceof SpopValue.Bool bool) {
			this.out.writeByte(bool.value() ? ValueType.BOOL | 0x10 : ValueType.BOOL);
		}
		else if (value instanceof SpopValue.Ipv4 address) {
			this.out.writeByte(ValueType.IPV4).writeInt(address.bits());
		}
		else if (value instanceof SpopValue.Ipv6 address) {
			this.out.writeByte(ValueType.IPV6).writeLong(address.high()).writeLong(address.low());
		}
		else if (value instanceof SpopValue.Binary binary) {
			writeBytes(ValueType.BINARY, binary.toByteArray());
		}
		else if (value instanceof SpopValue.Null) {
			this.out.writeByte(ValueType.NULL);
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

	/**
	 * See to it that so many more bytes are within the limit.
	 */
	private void require(int length) {
		long size = (long) this.out.writerIndex() - this.start - Integer.BYTES + length;
		if (size > this.limit) {
			this.out.writerIndex(this.start);
			throw new SpopProtocolException(StatusCode.FRAME_TOO_BIG,
					"A frame of " + size + " bytes or more does not fit into the limit of " + this.limit);
		}
	}

}
