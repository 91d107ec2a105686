package io.spop.cli;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;

/**
 * A frame as it is on the wire. Other than a {@link Frame}, it has all keys of a HELLO,
 * and of bytes that break the rules of SPOP, it has what can be read, and where and why
 * reading ended.
 *
 * @param bytes the frame with its length prefix
 * @param typeCode the type, or -1 if the frame ends before it
 * @param flags the flags
 * @param streamId the stream, unsigned
 * @param frameId the frame within the stream, unsigned
 * @param parts what the payload has, up to the problem
 * @param problem why the rest of the frame cannot be read, {@code null} if all was read
 */
record WireFrame(byte[] bytes, int typeCode, int flags, long streamId, long frameId, List<Part> parts,
		@Nullable Problem problem) {

	static final int FIN = 1;

	static final int ABORT = 2;

	/** The names of variables that HAProxy does not ignore. */
	private static final Pattern VARIABLE = Pattern
		.compile("[A-Za-z0-9_.]{1," + io.spop.protocol.Action.MAX_NAME_LENGTH + "}");

	/** The longest frame that a recording can have. */
	private static final int MAX_LENGTH = 16 * 1024 * 1024;

	/**
	 * A frame of a few bytes for each part would take hundreds of times its size in
	 * memory.
	 */
	private static final int MAX_PARTS = 20_000;

	/**
	 * Read a frame.
	 * @param bytes the frame with its length prefix, which is not copied; it need not be
	 * valid
	 */
	static WireFrame of(byte[] bytes) {
		return new Reader(bytes).frame();
	}

	/**
	 * Return what the codec writes for a frame.
	 * @param frame the frame
	 * @throws RuntimeException as {@link SpopCodec#encode}
	 */
	static WireFrame of(Frame frame) {
		ByteBuf buffer = Unpooled.buffer();
		new SpopCodec(MAX_LENGTH).encode(frame, buffer);
		byte[] bytes = new byte[buffer.readableBytes()];
		buffer.readBytes(bytes);
		return of(bytes);
	}

	/**
	 * Read a NOTIFY whose fragments were joined.
	 * @param bytes the first fragment with its length prefix, and the payloads of the
	 * others; the length and the flags are set to what the NOTIFY would have as one frame
	 */
	static WireFrame ofFragments(byte[] bytes) {
		ByteBuffer.wrap(bytes).putInt(bytes.length - Integer.BYTES).put((byte) FrameType.NOTIFY.code()).putInt(FIN);
		return of(bytes);
	}

	@Nullable FrameType type() {
		return FrameType.of(this.typeCode);
	}

	/** Whether this is a part of a NOTIFY. */
	boolean isFragment() {
		return this.typeCode == FrameType.UNSET.code()
				|| (this.typeCode == FrameType.NOTIFY.code() && (this.flags & (FIN | ABORT)) != FIN);
	}

	/** Return the payload of a fragment or of a frame of unknown type. */
	byte[] payload() {
		return this.parts.stream()
			.filter(Payload.class::isInstance)
			.findFirst()
			.map((payload) -> ((Payload) payload).bytes().toByteArray())
			.orElse(new byte[0]);
	}

	/** Return the messages of a NOTIFY, as far as they can be read. */
	List<Message> messages() {
		return this.parts.stream().filter(Message.class::isInstance).map(Message.class::cast).toList();
	}

	/** Return the status code of a DISCONNECT, or {@code null} if there is none. */
	@Nullable Long statusCode() {
		SpopValue value = item("status-code");
		return (value != null && isInteger(value)) ? integer(value) : null;
	}

	private @Nullable SpopValue item(String key) {
		for (Part part : this.parts) {
			if (part instanceof Item item && item.key().toString().equals(key)) {
				return item.value();
			}
		}
		return null;
	}

	private static boolean isInteger(SpopValue value) {
		return value instanceof SpopValue.Int32 || value instanceof SpopValue.Uint32 || value instanceof SpopValue.Int64
				|| value instanceof SpopValue.Uint64;
	}

	private static long integer(SpopValue value) {
		return (value instanceof SpopValue.Uint64 number) ? number.value() : Long.parseLong(value.toString());
	}

	/**
	 * Return what a receiver refuses or ignores, although it can be read.
	 * @return sentences without a full stop, empty if there is nothing
	 */
	Set<String> notes() {
		Set<String> notes = new TreeSet<>();
		FrameType type = type();
		if ((this.flags & ~(FIN | ABORT)) != 0) {
			notes.add("reserved flags are set: 0x" + Integer.toHexString(this.flags));
		}
		if (type == null || this.typeCode == FrameType.NOTIFY.code() || this.typeCode == FrameType.UNSET.code()) {
			return notes;
		}
		if ((this.flags & FIN) == 0) {
			notes.add("the flag FIN is missing");
		}
		if (type == FrameType.ACK) {
			this.parts.forEach((part) -> note((Action) part, notes));
			return notes;
		}
		if (this.streamId != 0 || this.frameId != 0) {
			notes.add("a frame of this type has the stream 0 and the frame 0");
		}
		switch (type) {
			case HAPROXY_HELLO -> {
				require("supported-versions", notes);
				require("max-frame-size", notes);
				require("capabilities", notes);
			}
			case AGENT_HELLO -> {
				require("version", notes);
				require("max-frame-size", notes);
				require("capabilities", notes);
			}
			default -> {
				require("status-code", notes);
				require("message", notes);
			}
		}
		return notes;
	}

	private static void note(Action action, Set<String> notes) {
		if (!VARIABLE.matcher(action.name().toString(StandardCharsets.ISO_8859_1)).matches()) {
			notes.add("HAProxy ignores a variable whose name has more than " + io.spop.protocol.Action.MAX_NAME_LENGTH
					+ " characters or others than A-Z a-z 0-9 _ and .");
		}
	}

	private void require(String key, Set<String> notes) {
		SpopValue value = item(key);
		boolean number = key.equals("max-frame-size") || key.equals("status-code");
		if (value == null) {
			notes.add(key + " is missing");
		}
		else if (number ? !isInteger(value) : !(value instanceof SpopValue.Text)) {
			notes.add(key + " is not " + (number ? "a number" : "a string"));
		}
	}

	/**
	 * A part of the payload.
	 */
	sealed interface Part {

	}

	/**
	 * A key of a HELLO or DISCONNECT, or an argument of a message.
	 *
	 * @param key the key, or the name of the argument
	 * @param value the value
	 */
	record Item(SpopValue.Text key, SpopValue value) implements Part {

	}

	/**
	 * A message of a NOTIFY.
	 *
	 * @param name the name
	 * @param arguments the arguments that can be read
	 */
	record Message(SpopValue.Text name, List<Item> arguments) implements Part {

	}

	/**
	 * An action of an ACK.
	 *
	 * @param scope the scope of the variable
	 * @param name the name of the variable, which HAProxy may refuse
	 * @param value the value, or {@code null} if the action unsets the variable
	 */
	record Action(VarScope scope, SpopValue.Text name, @Nullable SpopValue value) implements Part {

	}

	/**
	 * The payload of a fragment, or of a frame of an unknown type.
	 *
	 * @param bytes the payload
	 */
	record Payload(SpopValue.Binary bytes) implements Part {

	}

	/**
	 * Why the rest of a frame cannot be read.
	 *
	 * @param offset the byte; byte 0 is the first of the prefix
	 * @param reason what is wrong
	 */
	record Problem(int offset, String reason) {

	}

	/** Reads a frame up to the first byte that cannot be read. */
	private static final class Reader {

		private final byte[] bytes;

		private final List<Part> parts = new ArrayList<>();

		private int position;

		private int end;

		private int count;

		Reader(byte[] bytes) {
			this.bytes = bytes;
			this.end = bytes.length;
		}

		WireFrame frame() {
			int typeCode = -1;
			int flags = 0;
			long streamId = 0;
			long frameId = 0;
			Problem problem;
			try {
				long length = number(Integer.BYTES);
				int follow = this.end - this.position;
				problem = (length == follow) ? null
						: new Problem(0, "the length is " + length + ", and " + follow + " bytes follow");
				this.end -= (int) Math.max(0, follow - length);
				typeCode = readByte();
				flags = (int) number(Integer.BYTES);
				streamId = varint();
				frameId = varint();
				payload(typeCode, flags);
			}
			catch (UnreadableException ex) {
				problem = new Problem(ex.offset, ex.reason);
			}
			return new WireFrame(this.bytes, typeCode, flags, streamId, frameId, this.parts, problem);
		}

		private void payload(int typeCode, int flags) {
			FrameType type = FrameType.of(typeCode);
			if (type == FrameType.NOTIFY && (flags & (FIN | ABORT)) == FIN) {
				messages();
			}
			else if (type == null || type == FrameType.NOTIFY || type == FrameType.UNSET) {
				int length = this.end - this.position;
				this.parts.add(new Payload(new SpopValue.Binary(this.bytes, skip(length), length)));
			}
			else if (type == FrameType.ACK) {
				while (this.position < this.end) {
					action();
				}
			}
			else {
				while (this.position < this.end) {
					int start = this.position;
					SpopValue.Text key = string();
					if (key.length() == 0) {
						throw new UnreadableException(start, "a key is empty");
					}
					add(this.parts, new Item(key, value()));
				}
			}
		}

		private <T> void add(List<? super T> list, T part) {
			if (++this.count > MAX_PARTS) {
				throw new UnreadableException(this.position, "only the first " + MAX_PARTS + " parts are decoded");
			}
			list.add(part);
		}

		private void messages() {
			while (this.position < this.end) {
				int start = this.position;
				SpopValue.Text name = string();
				if (name.length() == 0) {
					throw new UnreadableException(start, "the name of a message is empty");
				}
				int size = readByte();
				List<Item> arguments = new ArrayList<>();
				add(this.parts, new Message(name, arguments));
				for (int i = 0; i < size; i++) {
					if (this.position == this.end) {
						throw new UnreadableException(this.position,
								"the message has " + size + " arguments, and the frame ends after " + i);
					}
					add(arguments, new Item(string(), value()));
				}
			}
		}

		private void action() {
			int start = this.position;
			int type = readByte();
			int size = readByte();
			if (type != 1 && type != 2) {
				throw new UnreadableException(start, "an action of the unknown type " + type);
			}
			int right = (type == 1) ? 3 : 2;
			if (size != right) {
				throw new UnreadableException(start + 1,
						"an action of type " + type + " with " + size + " arguments instead of " + right);
			}
			VarScope scope = VarScope.of(readByte());
			if (scope == null) {
				throw new UnreadableException(this.position - 1,
						"an action with the unknown scope " + (this.bytes[this.position - 1] & 0xFF));
			}
			SpopValue.Text name = string();
			add(this.parts, new Action(scope, name, (type == 1) ? value() : null));
		}

		private SpopValue.Text string() {
			int length = length();
			return new SpopValue.Text(this.bytes, skip(length), length);
		}

		private SpopValue value() {
			int start = this.position;
			int type = readByte();
			return switch (type & 0xF) {
				case 0 -> SpopValue.ofNull();
				case 1 -> SpopValue.of((type & 0x10) != 0);
				case 2 -> new SpopValue.Int32((int) varint());
				case 3 -> new SpopValue.Uint32(varint() & 0xFFFF_FFFFL);
				case 4 -> SpopValue.of(varint());
				case 5 -> new SpopValue.Uint64(varint());
				case 6 -> new SpopValue.Ipv4((int) number(Integer.BYTES));
				case 7 -> new SpopValue.Ipv6(number(Long.BYTES), number(Long.BYTES));
				case 8 -> string();
				case 9 -> {
					int length = length();
					yield new SpopValue.Binary(this.bytes, skip(length), length);
				}
				default -> throw new UnreadableException(start, "a value of the reserved type " + (type & 0xF));
			};
		}

		private int length() {
			int start = this.position;
			long length = varint();
			if (Long.compareUnsigned(length, this.end - this.position) > 0) {
				throw new UnreadableException(start, "a length of " + Long.toUnsignedString(length) + ", and "
						+ (this.end - this.position) + " bytes follow");
			}
			return (int) length;
		}

		private long varint() {
			int start = this.position;
			int next = readByte();
			long value = next;
			if (next < 240) {
				return value;
			}
			for (int shift = 4; shift <= 60; shift += 7) {
				next = readByte();
				long sum = value + ((long) next << shift);
				if (shift == 60 && (next > 0xF || Long.compareUnsigned(sum, value) < 0)) {
					break;
				}
				value = sum;
				if (next < 128) {
					return value;
				}
			}
			throw new UnreadableException(start, "a number of more than 64 bits");
		}

		private int readByte() {
			return this.bytes[skip(1)] & 0xFF;
		}

		private long number(int size) {
			long number = 0;
			for (int start = skip(size), i = start; i < start + size; i++) {
				number = (number << Byte.SIZE) | (this.bytes[i] & 0xFF);
			}
			return number;
		}

		private int skip(int size) {
			int start = this.position;
			if (size > this.end - start) {
				throw new UnreadableException(this.end, "the frame ends too early");
			}
			this.position += size;
			return start;
		}

	}

	/** Ends reading. */
	private static final class UnreadableException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		private final int offset;

		private final String reason;

		UnreadableException(int offset, String reason) {
			super(reason, null, false, false);
			this.offset = offset;
			this.reason = reason;
		}

	}

}
