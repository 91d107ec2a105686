package io.spop.agent;

import java.util.Arrays;

import io.spop.protocol.LogText;
import org.jspecify.annotations.Nullable;

/**
 * Short copy of an exception for the log. The copy is used if the exception has a long or
 * endless chain of causes, a long text, a text with control characters, or a deep stack.
 */
final class AbridgedException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private static final int MAX_CAUSES = 10;

	private static final int MAX_TEXT = 2000;

	private static final int MAX_STACK = 300;

	private static final int KEPT_STACK = 60;

	private AbridgedException(Throwable original, int depth) {
		super(original.getClass().getName() + ": " + LogText.message(message(original)));
		StackTraceElement[] stack = original.getStackTrace();
		setStackTrace(Arrays.copyOf(stack, Math.min(stack.length, KEPT_STACK)));
		Throwable cause = cause(original);
		if (cause != null && depth < MAX_CAUSES) {
			initCause(new AbridgedException(cause, depth + 1));
		}
	}

	@Override
	public synchronized Throwable fillInStackTrace() {
		return this;
	}

	/**
	 * Return an exception that can be logged.
	 * @param original the exception; its methods may do anything
	 * @return the exception itself if it is small, or else a short copy
	 */
	static Throwable of(Throwable original) {
		return isSmall(original, MAX_CAUSES) ? original : new AbridgedException(original, 1);
	}

	private static boolean isSmall(Throwable original, int causes) {
		String text = message(original);
		if (causes == 0 || (text != null && !text.equals(LogText.of(text, MAX_TEXT)))
				|| original.getStackTrace().length > MAX_STACK) {
			return false;
		}
		Throwable[] suppressed = original.getSuppressed();
		Throwable cause = cause(original);
		return suppressed.length <= causes && Arrays.stream(suppressed).allMatch((other) -> isSmall(other, causes / 2))
				&& (cause == null || isSmall(cause, causes - 1));
	}

	/**
	 * Return the text of an exception, escaped and shortened.
	 * @param original the exception; its methods may do anything
	 */
	static String text(Throwable original) {
		return LogText.message(message(original));
	}

	private static @Nullable String message(Throwable original) {
		try {
			return original.getMessage();
		}
		catch (Throwable ex) {
			return "(no text, since getMessage() failed)";
		}
	}

	private static @Nullable Throwable cause(Throwable original) {
		try {
			return original.getCause();
		}
		catch (Throwable ex) {
			return null;
		}
	}

}
