package io.spop.cli.wire;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import io.spop.protocol.Argument;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;

/**
 * Writes the frames that HAProxy sends.
 */
public final class FrameBytes {

	private static final int FIN = 1;

	/** The length of what is in front of a payload, with identifiers of one byte. */
	private static final int HEADER = 7;

	private final ByteArrayOutputStream out = new ByteArrayOutputStream();

	private FrameBytes() {
	}

	/**
	 * Return a HAPROXY-HELLO.
	 * @param maxFrameSize the largest frame that is offered
	 * @param capabilities the capabilities, with commas between them
	 * @param engineId the identifier of the engine
	 * @return the frame with its length prefix
	 */
	public static byte[] hello(int maxFrameSize, String capabilities, String engineId) {
		FrameBytes payload = new FrameBytes().hello(maxFrameSize, capabilities);
		payload.item("engine-id", SpopValue.of(engineId));
		return payload.frame(FrameType.HAPROXY_HELLO);
	}

	/**
	 * Return the HAPROXY-HELLO of a health check.
	 * @param maxFrameSize the largest frame that is offered
	 * @return the frame with its length prefix
	 */
	public static byte[] healthCheck(int maxFrameSize) {
		FrameBytes payload = new FrameBytes().hello(maxFrameSize, "");
		payload.item("healthcheck", SpopValue.of(true));
		return payload.frame(FrameType.HAPROXY_HELLO);
	}

	private FrameBytes hello(int maxFrameSize, String capabilities) {
		item("supported-versions", SpopValue.of(Frame.VERSION));
		item("max-frame-size", new SpopValue.Uint32(maxFrameSize));
		item("capabilities", SpopValue.of(capabilities));
		return this;
	}

	/**
	 * Return the NOTIFY of stream 1, frame 1, in as few frames as possible.
	 * @param messages the messages
	 * @param maxFrameSize the largest frame that the agent takes
	 * @return one frame, or fragments
	 */
	public static List<byte[]> notify(List<NotifyMessage> messages, int maxFrameSize) {
		FrameBytes content = new FrameBytes();
		messages.forEach(content::message);
		byte[] payload = content.out.toByteArray();
		List<byte[]> frames = new ArrayList<>();
		int start = 0;
		do {
			int end = Math.min(payload.length, start + maxFrameSize - HEADER);
			FrameType type = (start == 0) ? FrameType.NOTIFY : FrameType.UNSET;
			frames.add(frame(type, (end == payload.length) ? FIN : 0, 1, payload, start, end));
			start = end;
		}
		while (start < payload.length);
		return frames;
	}

	private void message(NotifyMessage message) {
		string(message.name());
		this.out.write(message.arguments().size());
		for (Argument argument : message.arguments()) {
			item(argument.name(), argument.value());
		}
	}

	private void item(String key, SpopValue value) {
		string(key);
		value(value);
	}

	private void string(String text) {
		bytes(text.getBytes(StandardCharsets.UTF_8));
	}

	private void bytes(byte[] bytes) {
		this.out.writeBytes(varint(bytes.length));
		this.out.writeBytes(bytes);
	}

	private void value(SpopValue value) {
		if (value instanceof SpopValue.Null) {
			this.out.write(0);
		}
		else if (value instanceof SpopValue.Bool bool) {
			this.out.write(bool.value() ? 0x11 : 0x01);
		}
		else if (value instanceof SpopValue.Int32 number) {
			number(2, number.value());
		}
		else if (value instanceof SpopValue.Uint32 number) {
			number(3, number.value());
		}
		else if (value instanceof SpopValue.Int64 number) {
			number(4, number.value());
		}
		else if (value instanceof SpopValue.Uint64 number) {
			number(5, number.value());
		}
		else if (value instanceof SpopValue.Ipv4 address) {
			this.out.write(6);
			this.out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(address.bits()).array());
		}
		else if (value instanceof SpopValue.Ipv6 address) {
			this.out.write(7);
			this.out
				.writeBytes(ByteBuffer.allocate(2 * Long.BYTES).putLong(address.high()).putLong(address.low()).array());
		}
		else if (value instanceof SpopValue.Text text) {
			this.out.write(8);
			bytes(text.toByteArray());
		}
		else if (value instanceof SpopValue.Binary binary) {
			this.out.write(9);
			bytes(binary.toByteArray());
		}
		else {
			throw new IllegalArgumentException("No value of SPOP: " + value);
		}
	}

	private void number(int type, long value) {
		this.out.write(type);
		this.out.writeBytes(varint(value));
	}

	/**
	 * Return a number as SPOP writes it.
	 * @param value the number, unsigned
	 * @return one to ten bytes
	 */
	public static byte[] varint(long value) {
		ByteArrayOutputStream out = new ByteArrayOutputStream(10);
		if (Long.compareUnsigned(value, 240) < 0) {
			out.write((int) value);
			return out.toByteArray();
		}
		out.write((int) (value | 0xF0));
		long rest = (value - 240) >>> 4;
		while (Long.compareUnsigned(rest, 128) >= 0) {
			out.write((int) (rest | 0x80));
			rest = (rest - 128) >>> 7;
		}
		out.write((int) rest);
		return out.toByteArray();
	}

	/** Return these bytes as the payload of a frame that belongs to no stream. */
	private byte[] frame(FrameType type) {
		byte[] payload = this.out.toByteArray();
		return frame(type, FIN, 0, payload, 0, payload.length);
	}

	private static byte[] frame(FrameType type, int flags, int id, byte[] payload, int start, int end) {
		int length = HEADER + end - start;
		return ByteBuffer.allocate(Integer.BYTES + length)
			.putInt(length)
			.put((byte) type.code())
			.putInt(flags)
			.put((byte) id)
			.put((byte) id)
			.put(payload, start, end - start)
			.array();
	}

}
