package io.spop.cli;

import java.nio.ByteBuffer;

import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

/**
 * Writes two values of a variable.
 */
final class ValueText {

	private static final FrameText TEXT = new FrameText("", false);

	private ValueText() {
	}

	/**
	 * Write two values that differ.
	 * @param recorded the recorded value, NULL if the variable was unset, {@code null} if
	 * there was no action on it
	 * @param now the value of the replay
	 * @return the two values with an arrow between them; of long values only the
	 * beginnings, and where they begin to differ
	 */
	static String difference(@Nullable SpopValue recorded, @Nullable SpopValue now) {
		String first = text(recorded);
		String second = text(now);
		return first + " -> " + second
				+ (first.equals(second) ? " (they differ from byte " + mismatch(recorded, now) + " on)" : "");
	}

	private static String text(@Nullable SpopValue value) {
		if (value == null) {
			return "no action";
		}
		if (value instanceof SpopValue.Null) {
			return "unset";
		}
		return (value instanceof SpopValue.Text || value instanceof SpopValue.Binary) ? TEXT.value(value)
				: value.toString();
	}

	private static int mismatch(@Nullable SpopValue first, @Nullable SpopValue second) {
		return bytes(first).mismatch(bytes(second));
	}

	private static ByteBuffer bytes(@Nullable SpopValue value) {
		if (value instanceof SpopValue.Text text) {
			return text.bytes();
		}
		return (value instanceof SpopValue.Binary binary) ? binary.bytes() : ByteBuffer.allocate(0);
	}

}
