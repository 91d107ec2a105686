package io.spop.cli.conformance;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A frame of the agent, read as HAProxy reads it, and as a text for people.
 */
final class AgentFrame {

	static final List<String> TYPES = List.of("NULL", "BOOL", "INT32", "UINT32", "INT64", "UINT64", "IPV4", "IPV6",
			"STRING", "BINARY");

	private static final List<String> SCOPES = List.of("proc", "sess", "txn", "req", "res");

	private final byte[] bytes;

	private final int type;

	private final int flags;

	private final long streamId;

	private final long frameId;

	private final int payload;

	private int position;

	private AgentFrame(byte[] bytes) {
		this.bytes = bytes;
		this.type = bytes[0] & 0xFF;
		this.flags = ByteBuffer.wrap(bytes).getInt(1);
		this.position = 5;
		this.streamId = readVarint("the stream id");
		this.frameId = readVarint("the frame id");
		this.payload = this.position;
	}

	/**
	 * Read a frame.
	 * @param bytes the bytes after the length
	 * @return the frame
	 * @throws WrongAnswer if these bytes are not a frame
	 */
	static AgentFrame of(byte[] bytes) {
		if (bytes.length < Wire.HEADER) {
			throw new WrongAnswer("a frame with length " + bytes.length + ", and a frame has at least " + Wire.HEADER
					+ " bytes: " + hex(bytes));
		}
		return new AgentFrame(bytes);
	}

	int type() {
		return this.type;
	}

	int flags() {
		return this.flags;
	}

	long streamId() {
		return this.streamId;
	}

	long frameId() {
		return this.frameId;
	}

	int length() {
		return this.bytes.length;
	}

	boolean is(int type) {
		return this.type == type;
	}

	boolean isFinal() {
		return (this.flags & Wire.FIN) != 0;
	}

	/**
	 * Return the items of a HELLO or a DISCONNECT.
	 * @throws WrongAnswer if HAProxy cannot read them
	 */
	Map<String, Value> items() {
		this.position = this.payload;
		Map<String, Value> items = new LinkedHashMap<>();
		while (this.position < this.bytes.length) {
			byte[] key = readString("the key of an item");
			if (key.length == 0) {
				throw new WrongAnswer("an item without a key in " + name(this.type));
			}
			items.put(text(key), readValue());
		}
		return items;
	}

	/**
	 * Return the actions of an ACK, as HAProxy names the variables without a prefix.
	 * @throws WrongAnswer if HAProxy stops reading within them
	 */
	List<Action> actions() {
		this.position = this.payload;
		List<Action> actions = new ArrayList<>();
		while (this.position < this.bytes.length) {
			int start = this.position;
			int action = this.bytes[this.position++] & 0xFF;
			if (action != 1 && action != 2) {
				throw new WrongAnswer("an ACK with an action of type " + action + " at byte " + start
						+ "; there are 1 (SET-VAR) and 2 (UNSET-VAR)");
			}
			String name = (action == 1) ? "SET-VAR" : "UNSET-VAR";
			int wanted = (action == 1) ? 3 : 2;
			int count = readByte("the number of arguments of " + name);
			if (count != wanted) {
				throw new WrongAnswer(
						"an ACK with " + name + " that announces " + count + " arguments; it has " + wanted);
			}
			int scope = readByte("the scope of " + name);
			if (scope >= SCOPES.size()) {
				throw new WrongAnswer("an ACK with " + name + " in scope " + scope + "; the scopes are 0 to 4");
			}
			String variable = text(readString("the name of a variable"));
			if (!variable.matches("[A-Za-z0-9_.]+")) {
				throw new WrongAnswer("an ACK that sets a variable '" + variable
						+ "'; a name has letters, digits, '_' and '.', and at least one of them");
			}
			actions.add(new Action(SCOPES.get(scope) + "." + variable, (action == 1) ? readValue() : null));
		}
		return actions;
	}

	/**
	 * Return the frame as a text of a line.
	 */
	String describe() {
		StringBuilder text = new StringBuilder(name(this.type));
		text.append(" (stream ").append(Long.toUnsignedString(this.streamId));
		text.append(", frame ").append(Long.toUnsignedString(this.frameId));
		text.append(", ").append(flags(this.flags)).append(", length ").append(length()).append(')');
		try {
			if (this.type == Wire.ACK) {
				List<Action> actions = actions();
				text.append(actions.isEmpty() ? " without actions" : " " + actions);
			}
			else if (this.type == Wire.AGENT_HELLO || this.type == Wire.AGENT_DISCONNECT) {
				text.append(' ').append(items());
			}
			else {
				text.append(' ').append(hex(Arrays.copyOfRange(this.bytes, this.payload, this.bytes.length)));
			}
		}
		catch (WrongAnswer ex) {
			text.append(" that cannot be read: ").append(ex.came());
		}
		return text.toString();
	}

	private Value readValue() {
		int first = readByte("the type of a value");
		return switch (first & 0xF) {
			case 1 -> new Value(first, Boolean.toString((first & 0x10) != 0));
			case 2, 4 -> new Value(first, Long.toString(readVarint("a number")));
			case 3, 5 -> new Value(first, Long.toUnsignedString(readVarint("a number")));
			case 6 -> new Value(first, address(read(4, "an IPv4 address")));
			case 7 -> new Value(first, address(read(16, "an IPv6 address")));
			case 8 -> new Value(first, text(readString("a STRING")));
			case 9 -> new Value(first, hex(readString("a BINARY")));
			default -> new Value(first, "");
		};
	}

	private int readByte(String what) {
		return read(1, what)[0] & 0xFF;
	}

	private byte[] readString(String what) {
		long length = readVarint("the length of " + what);
		if (Long.compareUnsigned(length, this.bytes.length - this.position) > 0) {
			throw new WrongAnswer(what + " of " + Long.toUnsignedString(length) + " bytes in " + name(this.type)
					+ ", of which " + (this.bytes.length - this.position) + " are there");
		}
		return read((int) length, what);
	}

	private byte[] read(int length, String what) {
		if (length > this.bytes.length - this.position) {
			throw new WrongAnswer(name(this.type) + " that ends within " + what);
		}
		this.position += length;
		return Arrays.copyOfRange(this.bytes, this.position - length, this.position);
	}

	private long readVarint(String what) {
		int start = this.position;
		long value = 0;
		for (int shift = 0; this.position < this.bytes.length; shift += (shift == 0) ? 4 : 7) {
			int next = this.bytes[this.position++] & 0xFF;
			value += (long) next << shift;
			if (next < ((shift == 0) ? 240 : 128)) {
				return value;
			}
			if (this.position - start == 10) {
				break;
			}
		}
		throw new WrongAnswer(name(this.type) + " with a varint that does not end for " + what + ": "
				+ hex(Arrays.copyOfRange(this.bytes, start, this.position)));
	}

	static String name(int type) {
		return switch (type) {
			case Wire.UNSET -> "UNSET";
			case Wire.HAPROXY_HELLO -> "HAPROXY-HELLO";
			case Wire.HAPROXY_DISCONNECT -> "HAPROXY-DISCONNECT";
			case Wire.NOTIFY -> "NOTIFY";
			case Wire.AGENT_HELLO -> "AGENT-HELLO";
			case Wire.AGENT_DISCONNECT -> "AGENT-DISCONNECT";
			case Wire.ACK -> "ACK";
			default -> "a frame of the unknown type " + type;
		};
	}

	static String flags(int flags) {
		String text = switch (flags & 3) {
			case 0 -> "no FIN";
			case 1 -> "FIN";
			case 2 -> "ABORT without FIN";
			default -> "FIN and ABORT";
		};
		return ((flags & ~3) == 0) ? text : String.format("%s and reserved flags %08x", text, flags & ~3);
	}

	/**
	 * Return the bytes as printable ASCII; the others are escaped.
	 */
	static String text(byte[] bytes) {
		StringBuilder text = new StringBuilder();
		for (byte next : bytes) {
			if (text.length() > 200) {
				return text.append("... (").append(bytes.length).append(" bytes)").toString();
			}
			if (next >= 0x20 && next < 0x7F && next != '\\') {
				text.append((char) next);
			}
			else {
				text.append(String.format("\\x%02x", next));
			}
		}
		return text.toString();
	}

	static String quoted(byte[] bytes) {
		return "'" + text(bytes) + "'";
	}

	static String hex(byte[] bytes) {
		int shown = Math.min(bytes.length, 32);
		return HexFormat.ofDelimiter(" ").formatHex(bytes, 0, shown)
				+ ((shown < bytes.length) ? " and " + (bytes.length - shown) + " more bytes" : "");
	}

	private static String address(byte[] bytes) {
		try {
			return InetAddress.getByAddress(bytes).getHostAddress();
		}
		catch (UnknownHostException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * A typed value.
	 *
	 * @param firstByte the byte with the type
	 * @param text the value for people
	 */
	record Value(int firstByte, String text) {

		int type() {
			return this.firstByte & 0xF;
		}

		boolean isInteger() {
			return type() >= 2 && type() <= 5;
		}

		@Override
		public String toString() {
			String name = (type() < TYPES.size()) ? TYPES.get(type()) : "reserved type " + type();
			return (this.text.isEmpty() && type() != 8) ? name : name + " '" + this.text + "'";
		}

	}

	/**
	 * An action.
	 *
	 * @param variable scope and name
	 * @param value the value, or {@code null} for UNSET-VAR
	 */
	record Action(String variable, @Nullable Value value) {

		@Override
		public String toString() {
			return (this.value != null) ? this.variable + " = " + this.value : this.variable + " is unset";
		}

	}

}
