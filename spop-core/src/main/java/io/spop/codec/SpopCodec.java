package io.spop.codec;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

import io.netty.buffer.ByteBuf;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.LogText;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;

/**
 * Turns bytes into frames and frames into bytes, for both sides of a connection. This is
 * how an agent answers what it has read into a buffer {@code in}, with all it needs of
 * the handshake:
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
 * Frames hold no reference to the buffers. An instance belongs to one connection and is
 * not safe for use by several threads at once.
 *
 * @since 0.1.0
 */
public final class SpopCodec {

	private static final int PREFIX_LENGTH = Integer.BYTES;

	/** A type, flags, and two identifiers of one byte. */
	private static final int MIN_LENGTH = 7;

	private static final int FLAG_FIN = 1;

	private static final int FLAG_ABORT = 2;

	private static final String SUPPORTED_VERSIONS = "supported-versions";

	private static final String VERSION = "version";

	private static final String MAX_FRAME_SIZE = "max-frame-size";

	private static final String CAPABILITIES = "capabilities";

	private static final String ENGINE_ID = "engine-id";

	private static final String HEALTHCHECK = "healthcheck";

	private static final String STATUS_CODE = "status-code";

	private static final String MESSAGE = "message";

	private static final int MAX_DISCONNECT_MESSAGE = 255;

	private final FrameWriter writer = new FrameWriter();

	private int maxFrameSize;

	/**
	 * Create a codec.
	 * @param maxFrameSize the largest frame, in bytes after the length prefix, at least
	 * 256
	 */
	public SpopCodec(int maxFrameSize) {
		maxFrameSize(maxFrameSize);
	}

	/**
	 * Return the largest frame that is read or written.
	 * @return the size in bytes, without the length prefix
	 */
	public int maxFrameSize() {
		return this.maxFrameSize;
	}

	/**
	 * Set the largest frame that is read or written: after the handshake, the size that
	 * the two sides agreed on.
	 * @param maxFrameSize the size in bytes, without the length prefix, at least 256
	 * @throws IllegalArgumentException if it is less than 256
	 */
	public void maxFrameSize(int maxFrameSize) {
		if (maxFrameSize < Frame.MIN_MAX_FRAME_SIZE) {
			throw new IllegalArgumentException(
					"A max-frame-size is at least " + Frame.MIN_MAX_FRAME_SIZE + ", not " + maxFrameSize);
		}
		this.maxFrameSize = maxFrameSize;
	}

	/**
	 * Read the next frame. A frame is checked whole: what this method returns can be read
	 * without a failure.
	 * @param in the buffer; the frame is consumed, even if its content is wrong
	 * @return the frame, or {@code null} if the buffer does not hold a whole one; then
	 * nothing is consumed
	 * @throws SpopProtocolException if the bytes are not a frame of SPOP 2.0, with the
	 * status code to report: {@link StatusCode#FRAME_TOO_BIG} as soon as the length is
	 * known, others once the frame is there
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
	 * Return how many bytes a frame has, whether or not all of them are there.
	 * @param bytes holds the beginning of the frame, possibly among others
	 * @param start where the length prefix of the frame begins
	 * @param end where that which is there ends
	 * @return the number of bytes, with the length prefix, or -1 if not even that is
	 * there
	 * @throws SpopProtocolException with {@link StatusCode#FRAME_TOO_BIG} if the frame is
	 * longer than {@link #maxFrameSize()}, or with {@link StatusCode#INVALID_FRAME} if it
	 * is shorter than any frame
	 * @throws IndexOutOfBoundsException if the array has not all bytes from start to end
	 */
	public int size(byte[] bytes, int start, int end) {
		Objects.checkFromToIndex(start, end, Objects.requireNonNull(bytes, "bytes").length);
		return (end - start < PREFIX_LENGTH) ? -1
				: size(Integer.toUnsignedLong((int) PayloadReader.INT.get(bytes, start)));
	}

	private int size(long length) {
		if (length > this.maxFrameSize) {
			throw new SpopProtocolException(StatusCode.FRAME_TOO_BIG,
					"A frame of " + length + " bytes, more than " + this.maxFrameSize);
		}
		if (length < MIN_LENGTH) {
			throw PayloadReader.invalid("a length of " + length + ", less than " + MIN_LENGTH);
		}
		return (int) Math.min(PREFIX_LENGTH + length, Integer.MAX_VALUE);
	}

	/**
	 * Read a frame without a copy. It is checked whole, as by {@link #decode(ByteBuf)}.
	 * @param bytes holds the frame, possibly among others; nobody writes to it any more,
	 * since messages and values refer to it for as long as they are used
	 * @param start where the length prefix of the frame begins
	 * @param size its number of bytes, with the prefix
	 * @return the frame
	 * @throws SpopProtocolException if the bytes are not a frame of SPOP 2.0, with the
	 * status code to report
	 * @throws IndexOutOfBoundsException if the array ends before the frame
	 * @see #size(byte[], int, int)
	 */
	public Frame decode(byte[] bytes, int start, int size) {
		Objects.checkFromIndexSize(start, size, Objects.requireNonNull(bytes, "bytes").length);
		PayloadReader reader = new PayloadReader(bytes, start + PREFIX_LENGTH, start + size);
		int typeCode = reader.readByte();
		int flags = reader.readInt();
		long streamId = reader.readVarint();
		long frameId = reader.readVarint();
		FrameType type = FrameType.of(typeCode);
		if (type == FrameType.NOTIFY && (flags & (FLAG_FIN | FLAG_ABORT)) == FLAG_FIN) {
			return new Frame.Notify(streamId, frameId, readMessages(reader));
		}
		if (type == null) {
			return new Frame.Unknown(typeCode, streamId, frameId);
		}
		return switch (type) {
			case NOTIFY, UNSET -> readFragment(type, flags, streamId, frameId, reader);
			case HAPROXY_DISCONNECT -> readDisconnect(reader);
			case ACK -> {
				requireFin(flags);
				yield new Frame.Ack(streamId, frameId, readActions(reader));
			}
			default -> {
				requireFin(flags);
				if (streamId != 0 || frameId != 0) {
					throw PayloadReader.invalid(type + " with a stream-id or frame-id");
				}
				yield switch (type) {
					case HAPROXY_HELLO -> readHaproxyHello(reader);
					case AGENT_HELLO -> readAgentHello(reader);
					default -> readAgentDisconnect(reader);
				};
			}
		};
	}

	private static void requireFin(int flags) {
		if ((flags & FLAG_FIN) == 0) {
			throw new SpopProtocolException(StatusCode.FRAGMENTATION_NOT_SUPPORTED, "A frame without the flag FIN");
		}
	}

	private static Frame readFragment(FrameType type, int flags, long streamId, long frameId, PayloadReader reader) {
		return new Frame.Fragment(type, streamId, frameId, (flags & FLAG_FIN) != 0, (flags & FLAG_ABORT) != 0,
				reader.readRemaining());
	}

	/**
	 * Read the messages of a NOTIFY whose fragments have been put together.
	 * @param payload the payloads of all fragments, one after the other; the caller
	 * leaves it as it is
	 * @return the messages
	 * @throws SpopProtocolException with {@link StatusCode#INVALID_FRAME} if this is no
	 * list of messages
	 * @see io.spop.protocol.Frame.Fragment
	 */
	public static List<NotifyMessage> decodeMessages(byte[] payload) {
		return readMessages(new PayloadReader(payload, 0, Objects.requireNonNull(payload, "payload").length));
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
			int type = reader.readByte();
			int arguments = reader.readByte();
			VarScope scope = VarScope.of(reader.readByte());
			if (scope == null || type < 1 || type > 2 || arguments != 4 - type) {
				throw PayloadReader.invalid("an action of type " + type + " with " + arguments + " arguments");
			}
			String name = reader.readString();
			try {
				actions.add((type == 1) ? new Action.SetVar(scope, name, reader.readValue())
						: new Action.UnsetVar(scope, name));
			}
			catch (IllegalArgumentException ex) {
				throw PayloadReader.invalid("a variable named '" + LogText.name(name) + "'");
			}
		}
		return Actions.of(actions);
	}

	private static Frame readHaproxyHello(PayloadReader reader) {
		String versions = null;
		Long maxFrameSize = null;
		String capabilities = null;
		String engineId = null;
		boolean healthcheck = false;
		while (reader.hasRemaining()) {
			String key = readKey(reader);
			SpopValue value = reader.readValue();
			switch (key) {
				case SUPPORTED_VERSIONS -> versions = text(key, value);
				case MAX_FRAME_SIZE -> maxFrameSize = number(key, value);
				case CAPABILITIES -> capabilities = text(key, value);
				case ENGINE_ID -> engineId = text(key, value);
				case HEALTHCHECK -> healthcheck = bool(key, value);
				default -> {
				}
			}
		}
		if (versions == null) {
			throw missing(StatusCode.NO_VERSION, SUPPORTED_VERSIONS);
		}
		if (maxFrameSize == null) {
			throw missing(StatusCode.NO_MAX_FRAME_SIZE, MAX_FRAME_SIZE);
		}
		if (capabilities == null) {
			throw missing(StatusCode.NO_CAPABILITIES, CAPABILITIES);
		}
		return new Frame.HaproxyHello(split(versions), maxFrameSize, capabilities(capabilities), engineId, healthcheck);
	}

	private static Frame readAgentHello(PayloadReader reader) {
		String version = null;
		Long maxFrameSize = null;
		String capabilities = null;
		while (reader.hasRemaining()) {
			String key = readKey(reader);
			SpopValue value = reader.readValue();
			switch (key) {
				case VERSION -> version = text(key, value);
				case MAX_FRAME_SIZE -> maxFrameSize = number(key, value);
				case CAPABILITIES -> capabilities = text(key, value);
				default -> {
				}
			}
		}
		if (version == null) {
			throw missing(StatusCode.NO_VERSION, VERSION);
		}
		if (maxFrameSize == null) {
			throw missing(StatusCode.NO_MAX_FRAME_SIZE, MAX_FRAME_SIZE);
		}
		if (capabilities == null) {
			throw missing(StatusCode.NO_CAPABILITIES, CAPABILITIES);
		}
		if (maxFrameSize < Frame.MIN_MAX_FRAME_SIZE || maxFrameSize > Integer.MAX_VALUE) {
			throw new SpopProtocolException(StatusCode.BAD_MAX_FRAME_SIZE,
					"AGENT-HELLO with a max-frame-size of " + maxFrameSize);
		}
		return new Frame.AgentHello(version.strip(), maxFrameSize.intValue(), capabilities(capabilities));
	}

	/**
	 * HAProxy goes, whatever the frame says: what cannot be read does not matter.
	 */
	private static Frame readDisconnect(PayloadReader reader) {
		long statusCode = StatusCode.UNKNOWN.code();
		String message = "";
		try {
			while (reader.hasRemaining()) {
				String key = readKey(reader);
				SpopValue value = reader.readValue();
				if (key.equals(STATUS_CODE)) {
					statusCode = number(key, value);
				}
				else if (key.equals(MESSAGE)) {
					message = text(key, value);
				}
			}
		}
		catch (SpopProtocolException ex) {
			message = ex.getMessage();
		}
		return new Frame.HaproxyDisconnect(statusCode, message);
	}

	private static Frame readAgentDisconnect(PayloadReader reader) {
		Frame.HaproxyDisconnect read = (Frame.HaproxyDisconnect) readDisconnect(reader);
		return new Frame.AgentDisconnect(read.statusCode(), read.message());
	}

	private static String readKey(PayloadReader reader) {
		String key = reader.readString();
		if (key.isEmpty()) {
			throw PayloadReader.invalid("an item without a name");
		}
		return key;
	}

	private static String text(String key, SpopValue value) {
		if (value instanceof SpopValue.Text text) {
			return text.toString();
		}
		throw wrongType(key, value);
	}

	private static boolean bool(String key, SpopValue value) {
		if (value instanceof SpopValue.Bool bool) {
			return bool.value();
		}
		throw wrongType(key, value);
	}

	private static long number(String key, SpopValue value) {
		if (value instanceof SpopValue.Uint32 number) {
			return number.value();
		}
		if (value instanceof SpopValue.Int32 number) {
			return number.value();
		}
		if (value instanceof SpopValue.Int64 number) {
			return number.value();
		}
		if (value instanceof SpopValue.Uint64 number) {
			return (number.value() >= 0) ? number.value() : Long.MAX_VALUE;
		}
		throw wrongType(key, value);
	}

	private static SpopProtocolException wrongType(String key, SpopValue value) {
		return PayloadReader.invalid(key + " with a value of type " + value.getClass().getSimpleName());
	}

	private static SpopProtocolException missing(StatusCode status, String key) {
		return new SpopProtocolException(status, "A HELLO frame without " + key);
	}

	private static List<String> split(String list) {
		return Arrays.stream(list.split(",")).map(String::strip).filter((token) -> !token.isEmpty()).toList();
	}

	private static Set<Capability> capabilities(String list) {
		List<String> tokens = split(list);
		Set<Capability> capabilities = EnumSet.noneOf(Capability.class);
		for (Capability capability : Capability.values()) {
			if (tokens.contains(capability.token())) {
				capabilities.add(capability);
			}
		}
		return capabilities;
	}

	/**
	 * Write a frame as one piece. If that fails, the buffer is as it was. Of the text of
	 * a DISCONNECT, control characters are escaped, and what HAProxy does not take is
	 * left out.
	 * @param frame the frame
	 * @param out the buffer, behind whose content the frame is put
	 * @throws SpopProtocolException with {@link StatusCode#FRAME_TOO_BIG} if the frame is
	 * longer than {@link #maxFrameSize()}, or if an ACK is as long: HAProxy since 3.1
	 * never reads such an ACK if it fills its receive buffer
	 * @throws IllegalArgumentException if the frame has a number that the wire has no
	 * room for, such as a status code of more than 32 bits
	 */
	public void encode(Frame frame, ByteBuf out) {
		Objects.requireNonNull(frame, "frame");
		Objects.requireNonNull(out, "out");
		try {
			if (frame instanceof Frame.Ack ack) {
				this.writer.begin(out, this.maxFrameSize - 1, FrameType.ACK.code(), ack.streamId(), ack.frameId());
				this.writer.writeActions(ack.actions());
			}
			else {
				write(frame, out);
			}
			this.writer.finish(out);
		}
		finally {
			this.writer.release();
		}
	}

	private void write(Frame frame, ByteBuf out) {
		FrameWriter writer = this.writer;
		int limit = this.maxFrameSize;
		if (frame instanceof Frame.Notify notify) {
			writer.begin(out, limit, FrameType.NOTIFY.code(), notify.streamId(), notify.frameId());
			notify.messages().forEach(writer::writeMessage);
		}
		else if (frame instanceof Frame.Fragment fragment) {
			int flags = (fragment.last() ? FLAG_FIN : 0) | (fragment.aborted() ? FLAG_ABORT : 0);
			writer.begin(out, limit, fragment.type().code(), flags, fragment.streamId(), fragment.frameId());
			writer.writeBytes(fragment.payload());
		}
		else if (frame instanceof Frame.HaproxyHello hello) {
			writer.begin(out, limit, FrameType.HAPROXY_HELLO.code(), 0, 0);
			writer.writeItem(SUPPORTED_VERSIONS, SpopValue.of(String.join(",", hello.supportedVersions())));
			writer.writeItem(MAX_FRAME_SIZE, new SpopValue.Uint32(hello.maxFrameSize()));
			writer.writeItem(CAPABILITIES, SpopValue.of(join(hello.capabilities())));
			if (hello.engineId() != null) {
				writer.writeItem(ENGINE_ID, SpopValue.of(hello.engineId()));
			}
			if (hello.healthcheck()) {
				writer.writeItem(HEALTHCHECK, SpopValue.of(true));
			}
		}
		else if (frame instanceof Frame.AgentHello hello) {
			writer.begin(out, limit, FrameType.AGENT_HELLO.code(), 0, 0);
			writer.writeItem(VERSION, SpopValue.of(hello.version()));
			writer.writeItem(MAX_FRAME_SIZE, new SpopValue.Uint32(hello.maxFrameSize()));
			writer.writeItem(CAPABILITIES, SpopValue.of(join(hello.capabilities())));
		}
		else if (frame instanceof Frame.HaproxyDisconnect disconnect) {
			writeDisconnect(out, FrameType.HAPROXY_DISCONNECT, disconnect.statusCode(), disconnect.message());
		}
		else if (frame instanceof Frame.AgentDisconnect disconnect) {
			writeDisconnect(out, FrameType.AGENT_DISCONNECT, disconnect.statusCode(), disconnect.message());
		}
		else if (frame instanceof Frame.Unknown unknown) {
			writer.begin(out, limit, unknown.typeCode(), unknown.streamId(), unknown.frameId());
		}
		else {
			throw new IllegalStateException("No frame can be written: " + frame);
		}
	}

	private void writeDisconnect(ByteBuf out, FrameType type, long statusCode, String message) {
		this.writer.begin(out, this.maxFrameSize, type.code(), 0, 0);
		this.writer.writeItem(STATUS_CODE, new SpopValue.Uint32(statusCode));
		byte[] text = LogText.of(message, MAX_DISCONNECT_MESSAGE).getBytes(StandardCharsets.UTF_8);
		// HAProxy takes a longer text for an invalid frame
		int length = Math.min(text.length, Math.min(MAX_DISCONNECT_MESSAGE, this.writer.room(MESSAGE)));
		while (length < text.length && (text[length] & 0xC0) == 0x80) {
			// Not in the middle of a character
			length--;
		}
		this.writer.writeItem(MESSAGE, new SpopValue.Text(text, 0, length));
	}

	private static String join(Set<Capability> capabilities) {
		return capabilities.stream().map(Capability::token).collect(Collectors.joining(","));
	}

}
