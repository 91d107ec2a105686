package io.spop.cli;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

import io.spop.protocol.Action;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.LogText;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;

/**
 * Frames and values as text for people. The text has no characters that change what a
 * terminal shows.
 */
final class FrameText {

	/** The number of bytes that are shown of a string or a name. */
	private static final int MAX_STRING = 200;

	/** The number of bytes that are shown of a binary value. */
	private static final int MAX_BINARY = 64;

	private final String prefix;

	private final boolean whole;

	/**
	 * Create an instance.
	 * @param prefix the var-prefix of HAProxy's configuration, or an empty text to name
	 * variables without it
	 * @param whole whether long values are shown whole
	 */
	FrameText(String prefix, boolean whole) {
		this.prefix = prefix;
		this.whole = whole;
	}

	/** Return the names of the arguments whose values a recording leaves out. */
	static String redacted(Collection<String> arguments) {
		return LogText
			.message(String.join(", ", arguments.stream().map((name) -> name.isEmpty() ? "(unnamed)" : name).toList()));
	}

	/**
	 * Return the type of a frame and its identifiers, such as
	 * {@code NOTIFY stream 1, frame 1}.
	 */
	String title(WireFrame frame) {
		StringBuilder title = new StringBuilder(typeName(frame.typeCode()));
		FrameType type = frame.type();
		boolean ids = type == null || type == FrameType.NOTIFY || type == FrameType.ACK || type == FrameType.UNSET;
		if (frame.typeCode() >= 0 && (ids || frame.streamId() != 0 || frame.frameId() != 0)) {
			title.append(" stream ")
				.append(Long.toUnsignedString(frame.streamId()))
				.append(", frame ")
				.append(Long.toUnsignedString(frame.frameId()));
		}
		int flags = frame.flags();
		if (frame.isFragment() && (flags & ~WireFrame.FIN) == 0) {
			title.append((type == FrameType.NOTIFY) ? ", first fragment"
					: (flags == WireFrame.FIN) ? ", last fragment" : ", fragment");
		}
		else if (flags != WireFrame.FIN && frame.typeCode() >= 0) {
			title.append(", flags ").append(flags(flags));
		}
		return title.toString();
	}

	/** Return the name of a type as SPOE.txt has it, such as {@code HAPROXY-HELLO}. */
	static String typeName(int typeCode) {
		FrameType type = FrameType.of(typeCode);
		if (type != null) {
			return type.name().replace('_', '-');
		}
		return (typeCode < 0) ? "frame without a type" : "frame of the unknown type " + typeCode;
	}

	static String flags(int flags) {
		List<String> names = new ArrayList<>();
		if ((flags & WireFrame.FIN) != 0) {
			names.add("FIN");
		}
		if ((flags & WireFrame.ABORT) != 0) {
			names.add("ABORT");
		}
		if ((flags & ~(WireFrame.FIN | WireFrame.ABORT)) != 0) {
			names.add("0x" + Integer.toHexString(flags & ~(WireFrame.FIN | WireFrame.ABORT)));
		}
		return names.isEmpty() ? "none" : String.join(" ", names);
	}

	/** As {@link #lines(WireFrame)}. */
	List<String> lines(Frame frame) {
		return lines(WireFrame.of(frame));
	}

	/**
	 * Return the content of a frame, a line for each message, argument, action or key,
	 * and for what is wrong.
	 */
	List<String> lines(WireFrame frame) {
		List<String> lines = new ArrayList<>();
		for (WireFrame.Part part : frame.parts()) {
			if (part instanceof WireFrame.Message message) {
				lines.add("message " + name(message.name()));
				for (WireFrame.Item argument : message.arguments()) {
					lines.add("    " + ((argument.key().length() == 0) ? "(unnamed)" : name(argument.key())) + " = "
							+ value(argument.value()));
				}
			}
			else if (part instanceof WireFrame.Action action) {
				lines.add(action(action.scope(), action.name(), action.value()));
			}
			else if (part instanceof WireFrame.Item item) {
				lines.add(name(item.key()) + " = " + value(item.value()) + meaning(item));
			}
			else if (part instanceof WireFrame.Payload payload) {
				lines.add("payload = " + value(payload.bytes()));
			}
		}
		frame.notes().forEach((note) -> lines.add("note: " + note));
		WireFrame.Problem problem = frame.problem();
		if (problem != null) {
			lines.add("cannot be decoded from byte " + problem.offset() + " of the frame on: " + problem.reason());
			lines.add("bytes from there: " + rest(frame.bytes(), problem.offset()));
		}
		return lines;
	}

	private String rest(byte[] bytes, int offset) {
		return (offset >= bytes.length) ? "none" : value(new SpopValue.Binary(bytes, offset, bytes.length - offset));
	}

	/**
	 * Return an action, its variable named as HAProxy names it, such as
	 * {@code set sess.my.score = 80 (int64)}.
	 */
	String action(Action action) {
		return action(action.scope(), new SpopValue.Text(action.name()),
				(action instanceof Action.SetVar set) ? set.value() : null);
	}

	private String action(VarScope scope, SpopValue.Text name, @Nullable SpopValue value) {
		String variable = variable(scope, this.prefix, name(name));
		if (value == null) {
			return "unset " + variable;
		}
		return "set " + variable + " = " + value(value)
				+ ((value instanceof SpopValue.Null) ? " (HAProxy unsets the variable)" : "");
	}

	static String variable(VarScope scope, String prefix, String name) {
		return scope.prefix() + "." + (prefix.isEmpty() ? "" : prefix + ".") + name;
	}

	private static String meaning(WireFrame.Item item) {
		return item.key().toString().equals("status-code") ? ": " + meaning(item.value().toString()) : "";
	}

	/** Say what the status code of a DISCONNECT means. */
	static String meaning(String statusCode) {
		for (StatusCode status : StatusCode.values()) {
			if (Integer.toString(status.code()).equals(statusCode)) {
				return status.text();
			}
		}
		return "not a code of the protocol, which leaves those from 100 on to agents";
	}

	/**
	 * Return a value with its type, such as {@code 80 (int64)} or {@code "text"}.
	 */
	String value(SpopValue value) {
		if (value instanceof SpopValue.Text text) {
			int shown = shown(text, MAX_STRING);
			return '"' + escaped(text, shown, true) + '"'
					+ ((shown < text.length()) ? "... (" + text.length() + " bytes)" : "");
		}
		if (value instanceof SpopValue.Binary binary) {
			int length = binary.length();
			int shown = this.whole ? length : Math.min(length, MAX_BINARY);
			byte[] bytes = new byte[shown];
			binary.bytes().get(bytes);
			return HexFormat.of().formatHex(bytes) + ((shown < length) ? "..." : "") + ((shown == 0) ? "" : " ")
					+ "(binary, " + count(length, "byte") + ")";
		}
		return (value instanceof SpopValue.Null) ? "null" : value + " (" + typeName(value) + ")";
	}

	/** Return the name of a value's type, such as {@code int64}. */
	static String typeName(SpopValue value) {
		return (value instanceof SpopValue.Text) ? "string" : value.getClass().getSimpleName().toLowerCase(Locale.ROOT);
	}

	/** Return a number and a noun in its singular or plural. */
	static String count(long number, String noun) {
		return number + " " + noun + ((number == 1) ? "" : "s");
	}

	private String name(SpopValue.Text name) {
		int shown = shown(name, MAX_STRING);
		String text = escaped(name, shown, false);
		return (shown < name.length()) ? text + "... (" + name.length() + " bytes)" : text;
	}

	private int shown(SpopValue.Text text, int limit) {
		if (this.whole || text.length() <= limit) {
			return text.length();
		}
		ByteBuffer bytes = text.bytes();
		int shown = limit;
		while (shown > limit - 4 && (bytes.get(shown) & 0xC0) == 0x80) {
			// Not in the middle of a character
			shown--;
		}
		return shown;
	}

	/**
	 * Return the beginning of a text, with escapes in place of characters that could
	 * change what a terminal shows, and of bytes that are not UTF-8.
	 */
	private static String escaped(SpopValue.Text text, int length, boolean quoted) {
		ByteBuffer bytes = text.bytes().limit(length);
		StringBuilder result = new StringBuilder(length + 16);
		while (bytes.hasRemaining() && isPlain(bytes.get(bytes.position()), quoted)) {
			result.append((char) bytes.get());
		}
		if (!bytes.hasRemaining()) {
			return result.toString();
		}
		CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
		CharBuffer chars = CharBuffer.allocate(Math.min(length, 1024));
		while (true) {
			CoderResult decoded = decoder.decode(bytes, chars, true);
			escape(chars.flip(), quoted, result);
			chars.clear();
			if (decoded.isUnderflow()) {
				return result.toString();
			}
			for (int i = 0; decoded.isError() && i < decoded.length(); i++) {
				result.append("\\x").append(HexFormat.of().toHexDigits(bytes.get()));
			}
		}
	}

	private static boolean isPlain(int c, boolean quoted) {
		return (c > ' ' && c < 0x7F && c != '"' && c != '\\') || (quoted && c == ' ');
	}

	private static void escape(CharBuffer chars, boolean quoted, StringBuilder result) {
		String text = chars.toString();
		for (int i = 0; i < text.length();) {
			int c = text.codePointAt(i);
			int next = i + Character.charCount(c);
			if (c < 0x7F && isPlain(c, quoted)) {
				result.append((char) c);
			}
			else {
				switch (c) {
					case '\n' -> result.append("\\n");
					case '\r' -> result.append("\\r");
					case '\t' -> result.append("\\t");
					case '"' -> result.append("\\\"");
					case '\\' -> result.append("\\\\");
					case ' ' -> result.append("\\x20");
					default -> result.append(LogText.of(text.substring(i, next), 2));
				}
			}
			i = next;
		}
	}

}
