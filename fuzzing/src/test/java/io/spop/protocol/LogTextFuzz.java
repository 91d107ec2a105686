package io.spop.protocol;

import java.nio.charset.StandardCharsets;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.spop.fuzzing.Input;
import io.spop.fuzzing.Wire;

/**
 * Escapes any text for the log.
 */
class LogTextFuzz {

	/** The length of an escaped character. */
	private static final int ESCAPED = 6;

	@FuzzTest
	void text(byte[] bytes) {
		Input input = new Input(bytes);
		int choice = input.next();
		int limit = 1 + input.next();
		String text = new String(input.rest(),
				((choice & 1) == 0) ? StandardCharsets.UTF_8 : StandardCharsets.UTF_16BE);
		String line = LogText.of(text, limit);
		Wire.requirePrintable(() -> line);
		if (line.length() > ESCAPED * limit + 3) {
			throw new AssertionError(line.length() + " characters instead of " + limit);
		}
		for (int i = 0; i < line.length(); i++) {
			int type = Character.getType(line.codePointAt(i));
			if (type == Character.FORMAT || type == Character.LINE_SEPARATOR || type == Character.PARAGRAPH_SEPARATOR) {
				throw new AssertionError("Of type " + type + " at " + i);
			}
		}
		if (!LogText.of(line, ESCAPED * limit + 3).equals(line)) {
			throw new AssertionError("Escaped again: " + LogText.of(line, ESCAPED * limit + 3));
		}
	}

}
