package io.spop.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.spop.codec.SpopCodec;
import io.spop.fuzzing.Wire;
import io.spop.protocol.SpopProtocolException;

/**
 * Shows any bytes as a frame, as {@code spop send} and {@code spop dump} do with what an
 * agent or HAProxy sends, valid or not.
 */
class ShownFrameFuzz {

	private static final FrameText TEXT = new FrameText("my", true);

	private static final FrameText SHORT = new FrameText("", false);

	private static final FrameJson JSON = new FrameJson("my");

	@FuzzTest
	void frame(byte[] input) {
		byte[] bytes = input;
		if (input.length > 4 && input[0] == 0) {
			// With the right length, which most inputs lack
			bytes = ByteBuffer.wrap(input.clone()).putInt(input.length - 4).array();
		}
		WireFrame frame = WireFrame.of(bytes);
		Wire.requirePrintable(() -> SHORT.title(frame));
		SHORT.lines(frame).forEach((line) -> Wire.requirePrintable(() -> line));
		TEXT.lines(frame).forEach((line) -> Wire.requirePrintable(() -> line));
		StringWriter out = new StringWriter();
		new JsonLines(new PrintWriter(out)).write((json) -> JSON.write(frame, json));
		String line = out.toString();
		Wire.requirePrintable(() -> line.strip());
		if (!line.startsWith("{") || !line.endsWith("}\n")) {
			throw new AssertionError(line);
		}
		boolean valid = isValid(bytes);
		if (valid && frame.problem() != null && frame.typeCode() != 2 && frame.typeCode() != 102) {
			throw new AssertionError("The codec reads it, but: " + frame.problem());
		}
	}

	private static boolean isValid(byte[] bytes) {
		SpopCodec codec = new SpopCodec(1 << 24);
		try {
			if (codec.size(bytes, 0, bytes.length) != bytes.length) {
				return false;
			}
			codec.decode(bytes, 0, bytes.length);
			return true;
		}
		catch (SpopProtocolException ex) {
			return false;
		}
	}

}
