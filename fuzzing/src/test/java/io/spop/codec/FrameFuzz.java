package io.spop.codec;

import java.util.Objects;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.spop.fuzzing.Wire;
import io.spop.protocol.Frame;
import io.spop.protocol.SpopProtocolException;
import org.jspecify.annotations.Nullable;

/**
 * Decodes any bytes as frames, as the specification says and in the same way from both
 * kinds of sources, and encodes what was read.
 */
class FrameFuzz {

	private static final int[] SIZES = { 256, 300, 16380, 65536 };

	@FuzzTest
	void frames(byte[] input) {
		if (input.length == 0) {
			return;
		}
		int limit = SIZES[input[0] & 3];
		ByteBuf in = Unpooled.wrappedBuffer(input, 1, input.length - 1);
		SpopCodec codec = new SpopCodec(limit);
		boolean more = true;
		while (more) {
			int start = 1 + in.readerIndex();
			String expected = expected(input, start, limit);
			Frame frame = null;
			String read;
			try {
				frame = codec.decode(in);
				read = (frame != null) ? Wire.describe(frame) : null;
			}
			catch (SpopProtocolException ex) {
				read = "D(" + ex.status().code() + ")";
				Wire.requirePrintable(ex::getMessage);
			}
			if (!Objects.equals(expected, read)) {
				throw new AssertionError("Expected " + expected + ", not " + read);
			}
			int consumed = 1 + in.readerIndex() - start;
			if (consumed != consumed(input, start, limit)) {
				throw new AssertionError(read + " has consumed " + consumed);
			}
			if (frame != null) {
				decodedFromArray(codec, input, start, frame);
				encoded(frame, limit);
			}
			more = consumed > 0;
		}
	}

	/** What the text of the specification says about the next frame. */
	private static @Nullable String expected(byte[] input, int start, int limit) {
		if (input.length - start < 4) {
			return null;
		}
		long length = length(input, start);
		if (length > limit) {
			return "D(3)";
		}
		if (length < 7) {
			return "D(4)";
		}
		if (input.length - start - 4 < length) {
			return null;
		}
		try {
			return Wire.read(input, start, start + 4 + (int) length);
		}
		catch (Wire.Refusal ex) {
			return "D(" + ex.status() + ")";
		}
	}

	private static int consumed(byte[] input, int start, int limit) {
		if (input.length - start < 4 || length(input, start) > limit) {
			return 0;
		}
		int length = (int) length(input, start);
		if (length < 7) {
			return 4;
		}
		return (input.length - start - 4 < length) ? 0 : 4 + length;
	}

	private static long length(byte[] input, int start) {
		return (input[start] & 0xFFL) << 24 | (input[start + 1] & 0xFF) << 16 | (input[start + 2] & 0xFF) << 8
				| (input[start + 3] & 0xFF);
	}

	private static void decodedFromArray(SpopCodec codec, byte[] input, int start, Frame frame) {
		int size = codec.size(input, start, input.length);
		Frame same = codec.decode(input, start, size);
		if (!same.equals(frame) || same.hashCode() != frame.hashCode()) {
			throw new AssertionError(same + " is not " + frame);
		}
		if (size < 512) {
			Wire.requirePrintable(frame::toString);
		}
	}

	/** Encode and decode: after one time nothing changes any more. */
	private static void encoded(Frame frame, int limit) {
		// Names whose bytes are not UTF-8 become longer
		SpopCodec codec = new SpopCodec(3 * limit);
		ByteBuf first = Unpooled.buffer(256);
		try {
			codec.encode(frame, first);
		}
		catch (IllegalArgumentException ex) {
			boolean beyond = (frame instanceof Frame.HaproxyHello hello && hello.maxFrameSize() >>> 32 != 0)
					|| (frame instanceof Frame.HaproxyDisconnect gone && gone.statusCode() >>> 32 != 0)
					|| (frame instanceof Frame.AgentDisconnect left && left.statusCode() >>> 32 != 0);
			if (!beyond || first.isReadable()) {
				throw new AssertionError(frame.toString(), ex);
			}
			return;
		}
		byte[] bytes = new byte[first.readableBytes()];
		first.getBytes(0, bytes);
		Frame second = Objects.requireNonNull(codec.decode(first));
		if (first.isReadable() || !Wire.describe(second).equals(Wire.describe(frame))) {
			throw new AssertionError(second + " is not " + frame);
		}
		if (!Wire.read(bytes, 0, bytes.length).equals(Wire.describe(second))) {
			throw new AssertionError(second + " is not what the specification says");
		}
		ByteBuf third = Unpooled.buffer(256);
		codec.encode(second, third);
		if (!third.equals(Unpooled.wrappedBuffer(bytes))) {
			throw new AssertionError(second + " is encoded in two ways");
		}
	}

}
