package io.spop.agent;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.spop.fuzzing.Input;

/**
 * Greets an agent with a frame of any type, flags, ids and items.
 */
class HandshakeFuzz {

	private static final String[] KEYS = { "supported-versions", "max-frame-size", "capabilities", "engine-id",
			"healthcheck", "status-code", "message" };

	private static final String[] TEXTS = { "2.0", "2.", "1.0,2.1", " 2.0 ,", "pipelining", "async, pipelining", "" };

	private static final int[] NO_PIECES = {};

	@FuzzTest
	void handshake(byte[] bytes) {
		Input input = new Input(bytes);
		int choice = input.next();
		ByteArrayOutputStream frame = new ByteArrayOutputStream();
		frame.write(((choice & 1) == 0) ? 1 : input.next());
		frame.writeBytes(((choice & 2) == 0) ? new byte[] { 0, 0, 0, 1 } : bytes(input, 4));
		frame.writeBytes(((choice & 4) == 0) ? new byte[2] : bytes(input, 2));
		while (input.hasMore()) {
			item(input, frame);
		}
		byte[] content = frame.toByteArray();
		byte[] sent = ByteBuffer.allocate(4 + content.length).putInt(content.length).put(content).array();
		new Conversation(false).feed(sent, ((choice & 8) == 0) ? NO_PIECES : new int[] { choice >> 4 });
	}

	private static byte[] bytes(Input input, int length) {
		byte[] bytes = new byte[length];
		for (int i = 0; i < length; i++) {
			bytes[i] = (byte) input.next();
		}
		return bytes;
	}

	private static void item(Input input, ByteArrayOutputStream frame) {
		int kind = input.next();
		int key = kind & 15;
		if (key == 15) {
			frame.writeBytes(input.next(1 + (kind >> 4)));
			return;
		}
		string((key < KEYS.length) ? KEYS[key].getBytes(StandardCharsets.UTF_8) : input.next(key), frame);
		int type = input.next();
		frame.write(type);
		switch (type & 15) {
			case 2, 3, 4, 5 -> frame.writeBytes(input.next(1 + (kind >> 4)));
			case 6 -> frame.writeBytes(bytes(input, 4));
			case 7 -> frame.writeBytes(bytes(input, 16));
			case 8, 9 -> {
				int text = kind >> 4;
				string((text < TEXTS.length) ? TEXTS[text].getBytes(StandardCharsets.UTF_8) : input.next(text), frame);
			}
			default -> {
			}
		}
	}

	private static void string(byte[] bytes, ByteArrayOutputStream frame) {
		frame.write(bytes.length);
		frame.writeBytes(bytes);
	}

}
