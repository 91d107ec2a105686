package io.spop.codec;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.netty.buffer.ByteBuf;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.LogText;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.StatusCode;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;

/**
 * Decodes bytes into frames and encodes frames into bytes, for both sides of a
 * connection. An agent decodes the frames in a buffer {@code in} and encodes its answers
 * into a buffer {@code out}, from the handshake on:
 *
 * <pre class="code">
 * SpopCodec codec = new SpopCodec(65536);
 * for (Frame frame = codec.decode(in); frame != null; frame = codec.decode(in)) {
 *     if (frame instanceof Frame.HaproxyHello hello) {
 *         codec.maxFrameSize(hello.negotiateMaxFrameSize(65536));
 *         codec.encode(new Frame.AgentHello(hello.negotiateVersion(), codec.maxFrameSize(), Set.of()), out);
 *     }
 *     else if (frame instanceof Frame.Notify notify) {
 *         codec.encode(new Frame.Ack(notify.streamId(), notify.frameId(), Actions.none()), out);
 *     }
 * }
 * </pre>
 *
 * Bytes that are not a valid frame lead to a {@link SpopProtocolException}. Its message
 * names the byte of the frame that is wrong. Byte 0 is the first byte of the length
 * prefix, byte 4 is the type.
 *
 * <p>
 * Frames do not refer to the buffers. Each connection needs a codec of its own. A codec
 * is not safe for use by several threads at once.
 *
 * @since 0.1.0
 */
public final class SpopCodec {

	private static final int PREFIX_LENGTH = Integer.BYTES;

	private static final int FLAGS_OFFSET = PREFIX_LENGTH + 1;

	private static final int STREAM_ID_OFFSET = FLAGS_OFFSET + Integer.BYTES;

	/** The length of the shortest frame: type, flags and two identifiers of one byte. */
	private static final int MIN_LENGTH = 7;

	// The first frame to encode creates it, so that decoding alone needs no class of
	// Netty
	private @Nullable FrameWriter writer;

	private int maxFrameSize;

	/**
	 * Create a codec.
	 * @param maxFrameSize the largest frame, in bytes without the length prefix, at least
	 * 256
	 * @throws IllegalArgumentException if the size is less than 256
	 */
	public SpopCodec(int maxFrameSize) {
		maxFrameSize(maxFrameSize);
	}

	/**
	 * Return the size of the largest frame that this codec decodes or encodes.
	 * @return the size in bytes, without the length prefix
	 */
	public int maxFrameSize() {
		return this.maxFrameSize;
	}

	/**
	 * Set the size of the largest frame that this codec decodes or encodes. After the
	 * handshake this is the size that the two sides agreed on.
	 * @param maxFrameSize the size in bytes, without the length prefix, at least 256
	 * @throws IllegalArgumentException if the size is less than 256
	 */
	public void maxFrameSize(int maxFrameSize) {
		if (maxFrameSize < Frame.MIN_MAX_FRAME_SIZE) {
			throw new IllegalArgumentException(
					"A max-frame-size is at least " + Frame.MIN_MAX_FRAME_SIZE + ", not " + maxFrameSize);
		}
		this.maxFrameSize = maxFrameSize;
	}

	/**
	 * Decode the next frame. The whole frame is checked, so no method of the returned
	 * frame fails because of malformed bytes.
	 * @param in the buffer; the bytes of the frame are consumed, even if its content is
	 * wrong
	 * @return the frame, or {@code null} if the buffer does not hold a whole frame; then
	 * no byte is consumed
	 * @throws SpopProtocolException if the bytes are not a frame of SPOP 2.0, with the
	 * status code to report: {@link StatusCode#FRAME_TOO_BIG} as soon as the buffer holds
	 * the length, other codes once the buffer holds the whole frame
	 */
	public @Nullable Frame decode(ByteBuf in) {
		if (Objects.requireNonNull(in, "in").readableBytes() < PREFIX_LENGTH) {
			return null;
		}
		int size;
		try {
			size = size(in.getUnsignedInt(in.readerIndex()));
		}
		catch (SpopProtocolException ex) {
			if (ex.status() == StatusCode.INVALID_FRAME) {
				in.skipBytes(PREFIX_LENGTH);
			}
			throw ex;
		}
		if (in.readableBytes() < size) {
			return null;
		}
		byte[] bytes = new byte[size];
		in.readBytes(bytes);
		return decode(bytes, 0, size);
	}

	/**
	 * Return how many bytes a frame has. The array may hold only the beginning of the
	 * frame.
	 * @param bytes the array with the beginning of the frame
	 * @param start the index at which the length prefix of the frame begins
	 * @param end the index behind the last byte that has been read into the array
	 * @return the number of bytes, including the length prefix, or -1 if the length
	 * prefix is incomplete
	 * @throws SpopProtocolException with {@link StatusCode#FRAME_TOO_BIG} if the frame is
	 * longer than {@link #maxFrameSize()}, or with {@link StatusCode#INVALID_FRAME} if it
	 * is shorter than any frame
	 * @throws IndexOutOfBoundsException if {@code start} or {@code end} is out of the
	 * bounds of the array
	 */
	public int size(byte[] bytes, int start, int end) {
		Objects.checkFromToIndex(start, end, Objects.requireNonNull(bytes, "bytes").length);
		return (end - start < PREFIX_LENGTH) ? -1
				: size(Integer.toUnsignedLong((int) PayloadReader.INT.get(bytes, start)));
	}

	private int size(long length) {
		if (length > this.maxFrameSize) {
			throw new SpopProtocolException(StatusCode.FRAME_TOO_BIG, "A frame with a length of " + length
					+ ", more than " + this.maxFrameSize + ", at byte 0 of the frame");
		}
		if (length < MIN_LENGTH) {
			throw new SpopProtocolException(StatusCode.INVALID_FRAME,
					"Invalid frame: a length of " + length + ", less than " + MIN_LENGTH + ", at byte 0 of the frame");
		}
		return (int) Math.min(PREFIX_LENGTH + length, Integer.MAX_VALUE);
	}

	/**
	 * Decode a frame without copying its bytes. The whole frame is checked, as by
	 * {@link #decode(ByteBuf)}.
	 * @param bytes the array with the frame; it must not change any more, since the
	 * messages and values of the frame refer to it
	 * @param start the index at which the length prefix of the frame begins
	 * @param size the number of bytes of the frame, including the length prefix
	 * @return the frame
	 * @throws SpopProtocolException if the bytes are not a frame of SPOP 2.0, with the
	 * status code to report
	 * @throws IndexOutOfBoundsException if the frame ends behind the end of the array
	 * @see #size(byte[], int, int)
	 */
	public Frame decode(byte[] bytes, int start, int size) {
		Objects.checkFromIndexSize(start, size, Objects.requireNonNull(bytes, "bytes").length);
		PayloadReader reader = new PayloadReader(bytes, start + PREFIX_LENGTH, start + size);
		try {
			int typeCode = reader.readByte();
			int flags = reader.readInt();
			long streamId = Varint.read(reader);
			int startOfFrameId = reader.position();
			long frameId = Varint.read(reader);
			FrameType type = FrameType.of(typeCode);
			if (type == FrameType.NOTIFY && (flags & (WireFormat.FIN | WireFormat.ABORT)) == WireFormat.FIN) {
				return new Frame.Notify(streamId, frameId, readMessages(reader));
			}
			if (type == null) {
				return new Frame.Unknown(typeCode, streamId, frameId);
			}
			return switch (type) {
				case NOTIFY, UNSET -> readFragment(type, flags, streamId, frameId, reader);
				case HAPROXY_DISCONNECT -> ControlFrames.read(type, reader, start);
				case ACK -> {
					requireFin(flags, start);
					yield new Frame.Ack(streamId, frameId, readActions(reader));
				}
				default -> {
					requireFin(flags, start);
					if (streamId != 0 || frameId != 0) {
						throw PayloadReader.invalid(type + " with a stream-id or frame-id",
								(streamId != 0) ? start + STREAM_ID_OFFSET : startOfFrameId);
					}
					yield ControlFrames.read(type, reader, start);
				}
			};
		}
		catch (UnreadableException ex) {
			throw ex.in("the frame", start);
		}
	}

	private static void requireFin(int flags, int start) {
		if ((flags & WireFormat.FIN) == 0) {
			throw new UnreadableException(StatusCode.FRAGMENTATION_NOT_SUPPORTED, "A frame without the flag FIN",
					start + FLAGS_OFFSET);
		}
	}

	private static Frame readFragment(FrameType type, int flags, long streamId, long frameId, PayloadReader reader) {
		return new Frame.Fragment(type, streamId, frameId, (flags & WireFormat.FIN) != 0,
				(flags & WireFormat.ABORT) != 0, reader.readRemaining());
	}

	/**
	 * Decode the messages of a NOTIFY whose fragments have been joined.
	 * @param payload the payloads of all fragments, one after the other; the array must
	 * not change any more
	 * @return the messages
	 * @throws SpopProtocolException with {@link StatusCode#INVALID_FRAME} if the payload
	 * is not a valid list of messages
	 * @see io.spop.protocol.Frame.Fragment
	 */
	public static List<NotifyMessage> decodeMessages(byte[] payload) {
		try {
			return readMessages(new PayloadReader(payload, 0, Objects.requireNonNull(payload, "payload").length));
		}
		catch (UnreadableException ex) {
			throw ex.in("the payload of all fragments", 0);
		}
	}

	private static List<NotifyMessage> readMessages(PayloadReader reader) {
		if (!reader.hasRemaining()) {
			return List.of();
		}
		NotifyMessage first = reader.readMessage();
		if (!reader.hasRemaining()) {
			return List.of(first);
		}
		List<NotifyMessage> messages = new ArrayList<>();
		messages.add(first);
		do {
			messages.add(reader.readMessage());
		}
		while (reader.hasRemaining());
		return messages;
	}

	private static Actions readActions(PayloadReader reader) {
		List<Action> actions = new ArrayList<>();
		while (reader.hasRemaining()) {
			int start = reader.position();
			int type = reader.readByte();
			int arguments = reader.readByte();
			VarScope scope = VarScope.of(reader.readByte());
			boolean set = type == WireFormat.SET_VAR;
			if (scope == null || (!set && type != WireFormat.UNSET_VAR) || arguments != (set ? 3 : 2)) {
				throw PayloadReader.invalid("an action of type " + type + " with " + arguments + " arguments"
						+ ((scope != null) ? "" : " in no scope"), start);
			}
			int startOfName = reader.position();
			String name = reader.readString();
			try {
				actions
					.add(set ? new Action.SetVar(scope, name, reader.readValue()) : new Action.UnsetVar(scope, name));
			}
			catch (IllegalArgumentException ex) {
				throw PayloadReader.invalid(
						"a variable with the name '" + LogText.name(name)
								+ "', which is empty, too long, or has other characters than A-Z a-z 0-9 _ and .",
						startOfName);
			}
		}
		return Actions.of(actions);
	}

	/**
	 * Encode a frame. The buffer stays unchanged if this method throws an exception. In
	 * the text of a DISCONNECT frame, control characters are escaped, and the text is cut
	 * to the length that HAProxy accepts.
	 * @param frame the frame
	 * @param out the buffer that the frame is appended to
	 * @throws SpopProtocolException with {@link StatusCode#FRAME_TOO_BIG} if the frame is
	 * longer than {@link #maxFrameSize()}. An ACK must even be shorter than that: HAProxy
	 * since 3.1 never reads an ACK that fills its receive buffer
	 * @throws IllegalArgumentException if a number of the frame is out of the range of
	 * its field, such as a status code of more than 32 bits
	 */
	public void encode(Frame frame, ByteBuf out) {
		Objects.requireNonNull(frame, "frame");
		Objects.requireNonNull(out, "out");
		FrameWriter writer = writer();
		try {
			if (frame instanceof Frame.Ack ack) {
				writer.begin(out, this.maxFrameSize - 1, FrameType.ACK.code(), ack.streamId(), ack.frameId());
				writer.writeActions(ack.actions());
			}
			else {
				write(frame, writer, out);
			}
			writer.finish(out);
		}
		finally {
			writer.release();
		}
	}

	private FrameWriter writer() {
		FrameWriter writer = this.writer;
		if (writer == null) {
			writer = new FrameWriter();
			this.writer = writer;
		}
		return writer;
	}

	private void write(Frame frame, FrameWriter writer, ByteBuf out) {
		int limit = this.maxFrameSize;
		if (frame instanceof Frame.Notify notify) {
			writer.begin(out, limit, FrameType.NOTIFY.code(), notify.streamId(), notify.frameId());
			notify.messages().forEach(writer::writeMessage);
		}
		else if (frame instanceof Frame.Fragment fragment) {
			int flags = (fragment.last() ? WireFormat.FIN : 0) | (fragment.aborted() ? WireFormat.ABORT : 0);
			writer.begin(out, limit, fragment.type().code(), flags, fragment.streamId(), fragment.frameId());
			writer.writeBytes(fragment.payload());
		}
		else if (frame instanceof Frame.Unknown unknown) {
			writer.begin(out, limit, unknown.typeCode(), unknown.streamId(), unknown.frameId());
		}
		else {
			ControlFrames.write(frame, writer, out, limit);
		}
	}

}
