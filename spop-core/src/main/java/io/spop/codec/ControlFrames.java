package io.spop.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import io.netty.buffer.ByteBuf;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.LogText;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;

/**
 * Reader and writer of the HELLO and DISCONNECT frames of both sides. The payload of
 * these frames is a list of items, each with a key and a value. The reader skips unknown
 * items.
 */
final class ControlFrames {

	private static final String SUPPORTED_VERSIONS = "supported-versions";

	private static final String VERSION = "version";

	private static final String MAX_FRAME_SIZE = "max-frame-size";

	private static final String CAPABILITIES = "capabilities";

	private static final String ENGINE_ID = "engine-id";

	private static final String HEALTHCHECK = "healthcheck";

	private static final String STATUS_CODE = "status-code";

	private static final String MESSAGE = "message";

	private static final int MAX_DISCONNECT_MESSAGE = 255;

	private ControlFrames() {
	}

	/**
	 * Read the payload of a frame.
	 * @param type the type of the frame, HELLO or DISCONNECT
	 * @param reader the payload
	 * @param start where the frame begins
	 * @return the frame
	 * @throws UnreadableException if the payload breaks the rules of that frame type
	 */
	static Frame read(FrameType type, PayloadReader reader, int start) {
		return switch (type) {
			case HAPROXY_HELLO -> readHaproxyHello(reader);
			case AGENT_HELLO -> readAgentHello(reader);
			case HAPROXY_DISCONNECT -> readDisconnect(reader, start);
			case AGENT_DISCONNECT -> readAgentDisconnect(reader, start);
			default -> throw new IllegalStateException(type + " is not a control frame");
		};
	}

	private static Frame readHaproxyHello(PayloadReader reader) {
		String versions = null;
		Long maxFrameSize = null;
		String capabilities = null;
		String engineId = null;
		boolean healthcheck = false;
		while (reader.hasRemaining()) {
			String key = readKey(reader);
			int position = reader.position();
			SpopValue value = reader.readValue();
			switch (key) {
				case SUPPORTED_VERSIONS -> versions = text(key, value, position);
				case MAX_FRAME_SIZE -> maxFrameSize = number(key, value, position);
				case CAPABILITIES -> capabilities = text(key, value, position);
				case ENGINE_ID -> engineId = text(key, value, position);
				case HEALTHCHECK -> healthcheck = bool(key, value, position);
				default -> {
				}
			}
		}
		if (versions == null) {
			throw missing(StatusCode.NO_VERSION, SUPPORTED_VERSIONS, reader);
		}
		if (maxFrameSize == null) {
			throw missing(StatusCode.NO_MAX_FRAME_SIZE, MAX_FRAME_SIZE, reader);
		}
		if (capabilities == null) {
			throw missing(StatusCode.NO_CAPABILITIES, CAPABILITIES, reader);
		}
		return new Frame.HaproxyHello(split(versions), maxFrameSize, capabilities(capabilities), engineId, healthcheck);
	}

	private static Frame readAgentHello(PayloadReader reader) {
		String version = null;
		Long maxFrameSize = null;
		int sizePosition = 0;
		String capabilities = null;
		while (reader.hasRemaining()) {
			String key = readKey(reader);
			int position = reader.position();
			SpopValue value = reader.readValue();
			switch (key) {
				case VERSION -> version = text(key, value, position);
				case MAX_FRAME_SIZE -> {
					maxFrameSize = number(key, value, position);
					sizePosition = position;
				}
				case CAPABILITIES -> capabilities = text(key, value, position);
				default -> {
				}
			}
		}
		if (version == null) {
			throw missing(StatusCode.NO_VERSION, VERSION, reader);
		}
		if (maxFrameSize == null) {
			throw missing(StatusCode.NO_MAX_FRAME_SIZE, MAX_FRAME_SIZE, reader);
		}
		if (capabilities == null) {
			throw missing(StatusCode.NO_CAPABILITIES, CAPABILITIES, reader);
		}
		if (maxFrameSize < Frame.MIN_MAX_FRAME_SIZE || maxFrameSize > Integer.MAX_VALUE) {
			throw new UnreadableException(StatusCode.BAD_MAX_FRAME_SIZE,
					"AGENT-HELLO with a max-frame-size of " + maxFrameSize, sizePosition);
		}
		return new Frame.AgentHello(version.strip(), maxFrameSize.intValue(), capabilities(capabilities));
	}

	/**
	 * Read a HAPROXY-DISCONNECT. HAProxy closes the connection in any case, so an
	 * unreadable item is no error.
	 */
	private static Frame.HaproxyDisconnect readDisconnect(PayloadReader reader, int start) {
		long statusCode = StatusCode.UNKNOWN.code();
		String message = "";
		try {
			while (reader.hasRemaining()) {
				String key = readKey(reader);
				int position = reader.position();
				SpopValue value = reader.readValue();
				if (key.equals(STATUS_CODE)) {
					statusCode = number(key, value, position);
				}
				else if (key.equals(MESSAGE)) {
					message = text(key, value, position);
				}
			}
		}
		catch (UnreadableException ex) {
			message = ex.in("the frame", start).getMessage();
		}
		return new Frame.HaproxyDisconnect(statusCode, message);
	}

	private static Frame readAgentDisconnect(PayloadReader reader, int start) {
		Frame.HaproxyDisconnect read = readDisconnect(reader, start);
		return new Frame.AgentDisconnect(read.statusCode(), read.message());
	}

	private static String readKey(PayloadReader reader) {
		int start = reader.position();
		String key = reader.readString();
		if (key.isEmpty()) {
			throw PayloadReader.invalid("an item without a name", start);
		}
		return key;
	}

	private static String text(String key, SpopValue value, int position) {
		if (value instanceof SpopValue.Text text) {
			return text.toString();
		}
		throw wrongType(key, value, position);
	}

	private static boolean bool(String key, SpopValue value, int position) {
		if (value instanceof SpopValue.Bool bool) {
			return bool.value();
		}
		throw wrongType(key, value, position);
	}

	private static long number(String key, SpopValue value, int position) {
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
		throw wrongType(key, value, position);
	}

	private static UnreadableException wrongType(String key, SpopValue value, int position) {
		return PayloadReader.invalid(key + " with a value of type " + value.getClass().getSimpleName(), position);
	}

	private static UnreadableException missing(StatusCode status, String key, PayloadReader reader) {
		return new UnreadableException(status, "A HELLO without " + key + ", whose last item ends", reader.position());
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
	 * Write a frame. {@link FrameWriter#finish} still has to be called.
	 * @param frame the frame, HELLO or DISCONNECT
	 * @param writer the writer
	 * @param out the buffer that the frame is appended to
	 * @param limit the largest length of the frame, without its prefix
	 */
	static void write(Frame frame, FrameWriter writer, ByteBuf out, int limit) {
		if (frame instanceof Frame.HaproxyHello hello) {
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
			writer.begin(out, limit, FrameType.HAPROXY_DISCONNECT.code(), 0, 0);
			writeDisconnect(writer, disconnect.statusCode(), disconnect.message());
		}
		else if (frame instanceof Frame.AgentDisconnect disconnect) {
			writer.begin(out, limit, FrameType.AGENT_DISCONNECT.code(), 0, 0);
			writeDisconnect(writer, disconnect.statusCode(), disconnect.message());
		}
		else {
			throw new IllegalStateException("No frame can be written: " + frame);
		}
	}

	private static void writeDisconnect(FrameWriter writer, long statusCode, String message) {
		writer.writeItem(STATUS_CODE, new SpopValue.Uint32(statusCode));
		byte[] text = LogText.of(message, MAX_DISCONNECT_MESSAGE).getBytes(StandardCharsets.UTF_8);
		// HAProxy rejects a frame with a longer text as invalid
		int length = Math.min(text.length, Math.min(MAX_DISCONNECT_MESSAGE, writer.room(MESSAGE)));
		while (length < text.length && (text[length] & 0xC0) == 0x80) {
			// Do not cut in the middle of a character
			length--;
		}
		writer.writeItem(MESSAGE, new SpopValue.Text(text, 0, length));
	}

	private static String join(Set<Capability> capabilities) {
		return capabilities.stream().map(Capability::token).collect(Collectors.joining(","));
	}

}
