package io.spop.codec;

import java.util.HexFormat;
import java.util.Objects;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.spop.protocol.Frame;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.StatusCode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Frames as the hexadecimal digits of their bytes.
 */
final class Hex {

	private Hex() {
	}

	static String frame(String type, String flags, String rest) {
		String frame = type + flags + rest;
		return "%08x".formatted(frame.length() / 2) + frame;
	}

	static void assertInvalid(String hex) {
		assertStatus(hex, StatusCode.INVALID_FRAME);
	}

	static void assertStatus(String hex, StatusCode status) {
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(() -> decode(hex))
			.extracting(SpopProtocolException::status)
			.isEqualTo(status);
	}

	static Frame decode(String hex) {
		ByteBuf in = Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex));
		Frame frame = new SpopCodec(65536).decode(in);
		assertThat(in.isReadable()).isFalse();
		return Objects.requireNonNull(frame);
	}

	static String encode(Frame frame) {
		ByteBuf out = Unpooled.buffer();
		new SpopCodec(65536).encode(frame, out);
		return ByteBufUtil.hexDump(out);
	}

}
