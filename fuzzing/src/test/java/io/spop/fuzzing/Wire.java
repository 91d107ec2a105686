package io.spop.fuzzing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

import io.spop.protocol.Action;
import io.spop.protocol.Argument;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

/**
 * A reading of SPOP 2.0 by the text of the specification, which shares no code with the
 * codec: the tests compare the two. It writes down frames as texts.
 */
public final class Wire {

	private final byte[] bytes;

	private final int end;

	private int position;

	private Wire(byte[] bytes, int start, int end) {
		this.bytes = bytes;
		this.position = start;
		this.end = end;
	}

	/**
	 * Read a frame.
	 * @param bytes the array with the frame
	 * @param start the index of its length prefix
	 * @param end the index behind the frame
	 * @return the frame as a text
	 * @throws Refusal if the bytes are not a frame
	 */
	public static String read(byte[] bytes, int start, int end) {
		return new Wire(bytes, start + 4, end).frame();
	}

	/**
	 * Read the messages of a NOTIFY whose fragments were joined.
	 * @param payload the payloads of the fragments
	 * @return the messages as a text, and their number
	 * @throws Refusal if the bytes are not messages
	 */
	public static String readMessages(byte[] payload) {
		return new Wire(payload, 0, payload.length).messages();
	}

	/**
	 * Read strings with their lengths in front.
	 * @param bytes nothing but the strings
	 * @return the bytes of each string
	 * @throws Refusal if the last string is incomplete
	 */
	public static List<byte[]> readStrings(byte[] bytes) {
		Wire wire = new Wire(bytes, 0, bytes.length);
		List<byte[]> strings = new ArrayList<>();
		while (wire.position < wire.end) {
			strings.add(wire.string());
		}
		return strings;
	}

	private String frame() {
		int type = next();
		int flags = (next() << 24) | (next() << 16) | (next() << 8) | next();
		boolean fin = (flags & 1) != 0;
		boolean abort = (flags & 2) != 0;
		long stream = varint();
		long frame = varint();
		String ids = Long.toUnsignedString(stream) + "/" + Long.toUnsignedString(frame);
		return switch (type) {
			case 3 -> (fin && !abort) ? "NOTIFY " + ids + " " + messages()
					: "NOTIFY-FRAGMENT " + ids + " " + fin + " " + abort + " " + hex(rest());
			case 0 -> "UNSET-FRAGMENT " + ids + " " + fin + " " + abort + " " + hex(rest());
			case 2 -> "HAPROXY-DISCONNECT " + disconnect();
			case 102 -> {
				refuseUnlessOfConnection(fin, stream, frame);
				yield "AGENT-DISCONNECT " + disconnect();
			}
			case 1 -> {
				refuseUnlessOfConnection(fin, stream, frame);
				yield haproxyHello();
			}
			case 101 -> {
				refuseUnlessOfConnection(fin, stream, frame);
				yield agentHello();
			}
			case 103 -> {
				refuse(!fin, 10);
				yield "ACK " + ids + " " + actions();
			}
			default -> "UNKNOWN " + type + " " + ids;
		};
	}

	private static void refuseUnlessOfConnection(boolean fin, long stream, long frame) {
		refuse(!fin, 10);
		refuse(stream != 0 || frame != 0, 4);
	}

	private static void refuse(boolean refused, int status) {
		if (refused) {
			throw new Refusal(status);
		}
	}

	private String messages() {
		StringBuilder text = new StringBuilder("[");
		int messages = 0;
		while (this.position < this.end) {
			messages++;
			byte[] name = string();
			refuse(name.length == 0, 4);
			text.append(text(name)).append('(');
			int count = next();
			for (int i = 0; i < count; i++) {
				text.append(text(string())).append('=').append(value()).append(',');
			}
			text.append(')');
		}
		return text.append(']').append(messages).toString();
	}

	private String actions() {
		StringBuilder text = new StringBuilder("[");
		while (this.position < this.end) {
			int type = next();
			int count = next();
			int scope = next();
			refuse(scope > 4 || (type != 1 && type != 2) || count != ((type == 1) ? 3 : 2), 4);
			String name = text(string());
			refuse(!name.matches("[A-Za-z0-9_.]{1,57}"), 4);
			text.append(scope).append('.').append(name).append((type == 1) ? "=" + value() : "").append(',');
		}
		return text.append(']').toString();
	}

	private String haproxyHello() {
		String versions = null;
		String size = null;
		String capabilities = null;
		String engine = null;
		boolean check = false;
		while (this.position < this.end) {
			byte[] key = string();
			refuse(key.length == 0, 4);
			String value = value();
			switch (text(key)) {
				case "supported-versions" -> versions = typed("STRING:", value);
				case "max-frame-size" -> size = integer(value);
				case "capabilities" -> capabilities = typed("STRING:", value);
				case "engine-id" -> engine = typed("STRING:", value);
				case "healthcheck" -> check = typed("BOOL:", value).equals("true");
				default -> {
				}
			}
		}
		refuse(versions == null, 5);
		refuse(size == null, 6);
		refuse(capabilities == null, 7);
		return "HAPROXY-HELLO versions=" + versions(versions) + " size=" + size + " capabilities="
				+ capabilities(capabilities) + " engine=" + ((engine != null) ? hex(unhex(engine)) : "none") + " check="
				+ check;
	}

	private String agentHello() {
		String version = null;
		String size = null;
		String capabilities = null;
		while (this.position < this.end) {
			byte[] key = string();
			refuse(key.length == 0, 4);
			String value = value();
			switch (text(key)) {
				case "version" -> version = typed("STRING:", value);
				case "max-frame-size" -> size = integer(value);
				case "capabilities" -> capabilities = typed("STRING:", value);
				default -> {
				}
			}
		}
		refuse(version == null, 5);
		refuse(size == null, 6);
		refuse(capabilities == null, 7);
		long bytes = Long.parseLong(size);
		refuse(bytes < 256 || bytes > Integer.MAX_VALUE, 9);
		return "AGENT-HELLO version=" + unhex(version).strip() + " size=" + size + " capabilities="
				+ capabilities(capabilities);
	}

	/** Its items do not matter, so what cannot be read is no reason to refuse it. */
	private String disconnect() {
		String status = "99";
		try {
			while (this.position < this.end) {
				byte[] key = string();
				refuse(key.length == 0, 4);
				String value = value();
				if (text(key).equals("status-code")) {
					status = integer(value);
				}
				else if (text(key).equals("message")) {
					typed("STRING:", value);
				}
			}
		}
		catch (Refusal ex) {
			// The values that came before count
		}
		return status;
	}

	private static String typed(String type, String value) {
		refuse(!value.startsWith(type), 4);
		return value.substring(type.length());
	}

	private static String integer(String value) {
		for (String type : new String[] { "INT32:", "UINT32:", "INT64:" }) {
			if (value.startsWith(type)) {
				return value.substring(type.length());
			}
		}
		long number = Long.parseUnsignedLong(typed("UINT64:", value));
		// Larger than all that an agent may choose
		return Long.toString((number < 0) ? Long.MAX_VALUE : number);
	}

	private static String list(@Nullable String hex) {
		StringBuilder list = new StringBuilder();
		for (String element : unhex(hex).split(",")) {
			list.append(element.isBlank() ? "" : element.strip() + ",");
		}
		return list.toString();
	}

	/** In hexadecimal digits, because a peer may send any text. */
	private static String versions(@Nullable String hex) {
		StringBuilder versions = new StringBuilder();
		for (String version : unhex(hex).split(",")) {
			versions.append(version.isBlank() ? "" : hex(version.strip()) + ",");
		}
		return versions.toString();
	}

	private static String capabilities(@Nullable String hex) {
		String list = "," + list(hex);
		StringBuilder known = new StringBuilder();
		for (String capability : new String[] { "pipelining", "async", "fragmentation" }) {
			known.append(list.contains("," + capability + ",") ? capability + "," : "");
		}
		return known.toString();
	}

	private String value() {
		int type = next();
		return switch (type & 0xF) {
			case 0 -> "NULL";
			case 1 -> "BOOL:" + ((type & 0x10) != 0);
			case 2 -> "INT32:" + (int) varint();
			case 3 -> "UINT32:" + (varint() & 0xFFFF_FFFFL);
			case 4 -> "INT64:" + varint();
			case 5 -> "UINT64:" + Long.toUnsignedString(varint());
			case 6 -> "IPV4:" + hex(next(4));
			case 7 -> "IPV6:" + hex(next(16));
			case 8 -> "STRING:" + hex(string());
			case 9 -> "BINARY:" + hex(string());
			default -> throw new Refusal(4);
		};
	}

	private byte[] string() {
		long length = varint();
		refuse(length < 0 || length > this.end - this.position, 4);
		return next((int) length);
	}

	private long varint() {
		int b = next();
		if (b < 240) {
			return b;
		}
		// The high word has what goes beyond 64 bits
		long low = b;
		long high = 0;
		int shift = 4;
		do {
			refuse(shift > 60, 4);
			b = next();
			long part = (long) b << shift;
			high += (shift > 56) ? (long) b >>> (64 - shift) : 0;
			high += (Long.compareUnsigned(low + part, low) < 0) ? 1 : 0;
			low += part;
			shift += 7;
		}
		while (b >= 128);
		refuse(high != 0, 4);
		return low;
	}

	private int next() {
		refuse(this.position == this.end, 4);
		return this.bytes[this.position++] & 0xFF;
	}

	private byte[] next(int length) {
		refuse(length > this.end - this.position, 4);
		byte[] taken = new byte[length];
		System.arraycopy(this.bytes, this.position, taken, 0, length);
		this.position += length;
		return taken;
	}

	private byte[] rest() {
		return next(this.end - this.position);
	}

	/** HAProxy has no charset. The codec takes names and texts for UTF-8. */
	private static String text(byte[] bytes) {
		return new String(bytes, StandardCharsets.UTF_8);
	}

	private static String hex(byte[] bytes) {
		return HexFormat.of().formatHex(bytes);
	}

	private static String hex(String text) {
		return hex(text.getBytes(StandardCharsets.UTF_8));
	}

	private static String unhex(@Nullable String hex) {
		return text(HexFormat.of().parseHex((hex != null) ? hex : ""));
	}

	/**
	 * Describe what the codec has read.
	 * @param frame the frame
	 * @return the frame as a text
	 */
	public static String describe(Frame frame) {
		if (frame instanceof Frame.Notify notify) {
			return "NOTIFY " + ids(notify.streamId(), notify.frameId()) + " " + describe(notify.messages());
		}
		if (frame instanceof Frame.Fragment fragment) {
			return fragment.type() + "-FRAGMENT " + ids(fragment.streamId(), fragment.frameId()) + " " + fragment.last()
					+ " " + fragment.aborted() + " " + hex(fragment.payload());
		}
		if (frame instanceof Frame.Ack ack) {
			StringBuilder text = new StringBuilder("[");
			for (Action action : ack.actions()) {
				text.append(action.scope().ordinal()).append('.').append(action.name());
				text.append((action instanceof Action.SetVar set) ? "=" + describe(set.value()) : "").append(',');
			}
			return "ACK " + ids(ack.streamId(), ack.frameId()) + " " + text + "]";
		}
		if (frame instanceof Frame.HaproxyHello hello) {
			return "HAPROXY-HELLO versions=" + joined(hello.supportedVersions().stream().map(Wire::hex).toList())
					+ " size=" + hello.maxFrameSize() + " capabilities=" + joined(hello.capabilities()) + " engine="
					+ ((hello.engineId() != null) ? hex(hello.engineId()) : "none") + " check=" + hello.healthcheck();
		}
		if (frame instanceof Frame.AgentHello hello) {
			return "AGENT-HELLO version=" + hello.version() + " size=" + hello.maxFrameSize() + " capabilities="
					+ joined(hello.capabilities());
		}
		if (frame instanceof Frame.HaproxyDisconnect disconnect) {
			return "HAPROXY-DISCONNECT " + disconnect.statusCode();
		}
		if (frame instanceof Frame.AgentDisconnect disconnect) {
			return "AGENT-DISCONNECT " + disconnect.statusCode();
		}
		Frame.Unknown unknown = (Frame.Unknown) frame;
		return "UNKNOWN " + unknown.typeCode() + " " + ids(unknown.streamId(), unknown.frameId());
	}

	/**
	 * Describe messages that the codec has read.
	 * @param messages the messages
	 * @return the messages as a text, and their number
	 */
	public static String describe(Collection<NotifyMessage> messages) {
		StringBuilder text = new StringBuilder("[");
		for (NotifyMessage message : messages) {
			text.append(message.name()).append('(');
			for (Argument argument : message.arguments()) {
				text.append(argument.name()).append('=').append(describe(argument.value())).append(',');
			}
			text.append(')');
		}
		return text.append(']').append(messages.size()).toString();
	}

	private static String joined(Iterable<?> elements) {
		StringBuilder list = new StringBuilder();
		elements.forEach((element) -> list.append(element.toString().toLowerCase(Locale.ROOT)).append(','));
		return list.toString();
	}

	private static String ids(long stream, long frame) {
		return Long.toUnsignedString(stream) + "/" + Long.toUnsignedString(frame);
	}

	private static String describe(SpopValue value) {
		if (value instanceof SpopValue.Bool bool) {
			return "BOOL:" + bool.value();
		}
		if (value instanceof SpopValue.Int32 number) {
			return "INT32:" + number.value();
		}
		if (value instanceof SpopValue.Uint32 number) {
			return "UINT32:" + number.value();
		}
		if (value instanceof SpopValue.Int64 number) {
			return "INT64:" + number.value();
		}
		if (value instanceof SpopValue.Uint64 number) {
			return "UINT64:" + Long.toUnsignedString(number.value());
		}
		if (value instanceof SpopValue.Ipv4 address) {
			return "IPV4:" + HexFormat.of().toHexDigits(address.bits());
		}
		if (value instanceof SpopValue.Ipv6 address) {
			return "IPV6:" + HexFormat.of().toHexDigits(address.high()) + HexFormat.of().toHexDigits(address.low());
		}
		if (value instanceof SpopValue.Text text) {
			return "STRING:" + hex(text.toByteArray());
		}
		return (value instanceof SpopValue.Binary binary) ? "BINARY:" + hex(binary.toByteArray()) : "NULL";
	}

	/**
	 * Check that a text for logs has no characters that change what a reader of the log
	 * sees.
	 * @param text makes the text
	 */
	public static void requirePrintable(Supplier<String> text) {
		String line = text.get();
		for (int i = 0; i < line.length(); i++) {
			if (Character.isISOControl(line.charAt(i))) {
				throw new AssertionError("A control character at " + i + " of "
						+ HexFormat.of().formatHex(line.getBytes(StandardCharsets.UTF_8)));
			}
		}
	}

	/**
	 * Thrown for bytes that are not a frame.
	 */
	public static final class Refusal extends RuntimeException {

		private static final long serialVersionUID = 1L;

		private final int status;

		Refusal(int status) {
			super(null, null, false, false);
			this.status = status;
		}

		/**
		 * Return the status code.
		 * @return the code that the agent's DISCONNECT has
		 */
		public int status() {
			return this.status;
		}

	}

}
