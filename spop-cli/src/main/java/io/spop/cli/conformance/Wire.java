package io.spop.cli.conformance;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.spop.cli.wire.FrameBytes;

/**
 * Makes what HAProxy sends, and what it never sends.
 */
final class Wire {

	static final int UNSET = 0;

	static final int HAPROXY_HELLO = 1;

	static final int HAPROXY_DISCONNECT = 2;

	static final int NOTIFY = 3;

	static final int AGENT_HELLO = 101;

	static final int AGENT_DISCONNECT = 102;

	static final int ACK = 103;

	static final int FIN = 1;

	static final int ABORT = 2;

	/** What HAProxy offers with its default {@code tune.bufsize}. */
	static final int OFFERED = 16380;

	/** The length of what is in a frame before its payload, with ids of one byte. */
	static final int HEADER = 7;

	private Wire() {
	}

	// Numbers and texts

	static Bytes varint(String meaning, long value) {
		return Bytes.of(meaning + " " + Long.toUnsignedString(value), FrameBytes.varint(value));
	}

	static Bytes string(String meaning, String text) {
		return string(meaning, text.getBytes(StandardCharsets.ISO_8859_1));
	}

	static Bytes string(String meaning, byte[] bytes) {
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		out.writeBytes(FrameBytes.varint(bytes.length));
		out.writeBytes(bytes);
		String shown = (bytes.length > 60) ? "of " + bytes.length + " bytes" : AgentFrame.quoted(bytes);
		return Bytes.of(meaning + " " + shown, out.toByteArray());
	}

	// Typed values

	static Bytes nullValue() {
		return Bytes.ofInts("NULL", 0);
	}

	static Bytes bool(boolean value) {
		return Bytes.ofInts("BOOL " + value, value ? 0x11 : 0x01);
	}

	static Bytes str(String text) {
		return Bytes.join(Bytes.ofInts("STRING", 8), string("text", text));
	}

	static Bytes binary(byte[] bytes) {
		return Bytes.join(Bytes.ofInts("BINARY", 9), string("bytes", bytes));
	}

	/** A number of type 2 (INT32), 3 (UINT32), 4 (INT64) or 5 (UINT64). */
	static Bytes number(int type, long value) {
		String name = AgentFrame.TYPES.get(type);
		return Bytes.join(Bytes.ofInts(name, type), Bytes
			.of((type % 2 == 0) ? Long.toString(value) : Long.toUnsignedString(value), FrameBytes.varint(value)));
	}

	static Bytes ipv4(int a, int b, int c, int d) {
		return Bytes.join(Bytes.ofInts("IPV4", 6), Bytes.ofInts(a + "." + b + "." + c + "." + d, a, b, c, d));
	}

	static Bytes ipv6(String meaning, String hex) {
		return Bytes.join(Bytes.ofInts("IPV6", 7), Bytes.hex(meaning, hex));
	}

	// Frames

	static Bytes frame(int type, int flags, Bytes streamId, Bytes frameId, Bytes... payload) {
		Bytes body = Bytes.join(Bytes.ofInts(type + ", " + AgentFrame.name(type), type),
				Bytes.int32(AgentFrame.flags(flags), flags), streamId, frameId, Bytes.join(payload));
		return Bytes.join(Bytes.int32("length " + body.length(), body.length()), body);
	}

	static Bytes frame(int type, int flags, long streamId, long frameId, Bytes... payload) {
		return frame(type, flags, varint("stream id", streamId), varint("frame id", frameId), payload);
	}

	/** A frame whose length field says something else than its length. */
	static Bytes frameWithLength(long length, Bytes... rest) {
		return Bytes.join(Bytes.int32("length " + length, length), Bytes.join(rest));
	}

	static Bytes item(String key, Bytes value) {
		return Bytes.join(string("item", key), value);
	}

	// HAPROXY-HELLO

	static Bytes versions(String versions) {
		return item("supported-versions", str(versions));
	}

	static Bytes size(long size) {
		return item("max-frame-size", number(3, size));
	}

	static Bytes capabilities(String capabilities) {
		return item("capabilities", str(capabilities));
	}

	static Bytes engineId() {
		return item("engine-id", str("6c4d9a52-0d53-4e3c-9f0e-2b8f5c1a7e10"));
	}

	static Bytes helloOf(Bytes... items) {
		return frame(HAPROXY_HELLO, FIN, 0, 0, items);
	}

	/** The HELLO of HAProxy since 3.1. */
	static Bytes hello() {
		return hello(OFFERED);
	}

	static Bytes hello(int offered) {
		return helloOf(versions("2.0"), size(offered), capabilities("pipelining"), engineId());
	}

	/** The HELLO of HAProxy up to 3.0. */
	static Bytes oldHello() {
		return helloOf(versions("2.0"), size(OFFERED), capabilities("pipelining,async"), engineId());
	}

	/** The HELLO of HAProxy's health check, the same in all versions. */
	static Bytes healthCheck() {
		return helloOf(versions("2.0"), size(OFFERED), capabilities(""), item("healthcheck", bool(true)));
	}

	// HAPROXY-DISCONNECT

	static Bytes disconnect(int status, String message) {
		return frame(HAPROXY_DISCONNECT, FIN, 0, 0, item("status-code", number(3, status)),
				item("message", str(message)));
	}

	// NOTIFY

	static Bytes argument(String name, Bytes value) {
		return Bytes.join(string("argument", name), value);
	}

	static Bytes message(String name, Bytes... arguments) {
		return Bytes.join(string("message", name), Bytes.ofInts("arguments: " + arguments.length, arguments.length),
				Bytes.join(arguments));
	}

	static Bytes notifyOf(long streamId, long frameId, Bytes... messages) {
		return frame(NOTIFY, FIN, streamId, frameId, messages);
	}

	/** A NOTIFY as any agent can answer it. */
	static Bytes notifyOf(long streamId, long frameId) {
		return notifyOf(streamId, frameId, message("conformance", argument("ip", ipv4(192, 0, 2, 1))));
	}

	/** A NOTIFY whose length field is the given number, for ids of one byte. */
	static Bytes notifyOfLength(int length, long streamId, long frameId) {
		// The message without the text and its length
		int fixed = HEADER + message("conformance", argument("text", Bytes.ofInts("STRING", 8))).length();
		int text = length - fixed - 1;
		while (fixed + FrameBytes.varint(text).length + text > length) {
			text--;
		}
		byte[] bytes = new byte[text];
		Arrays.fill(bytes, (byte) 'x');
		Bytes frame = notifyOf(streamId, frameId,
				message("conformance", argument("text", str(new String(bytes, StandardCharsets.ISO_8859_1)))));
		if (frame.length() != length + 4) {
			throw new IllegalArgumentException("No NOTIFY has the length " + length);
		}
		return frame;
	}

	/** A NOTIFY in fragments: the payload is cut at these offsets. */
	static List<Bytes> fragments(long streamId, long frameId, Bytes payload, int... cuts) {
		byte[] bytes = payload.toArray();
		List<Bytes> frames = new ArrayList<>();
		int start = 0;
		for (int i = 0; i <= cuts.length; i++) {
			int end = (i == cuts.length) ? bytes.length : cuts[i];
			Bytes piece = Bytes.of("payload, bytes " + start + " to " + end, Arrays.copyOfRange(bytes, start, end));
			frames.add(frame((i == 0) ? NOTIFY : UNSET, (i == cuts.length) ? FIN : 0, streamId, frameId, piece));
			start = end;
		}
		return frames;
	}

}
