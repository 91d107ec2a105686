package io.spop.agent;

import java.util.Objects;

/**
 * Stands for a result whose ACK would be longer than HAProxy takes. It has no stack:
 * nothing was thrown where it is created.
 *
 * @since 0.1.0
 * @see SpopConnection#maxFrameSize()
 */
public final class SpopOversizeException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	/**
	 * Create an exception.
	 * @param message how large the ACK is, and how large it may be
	 */
	public SpopOversizeException(String message) {
		super(Objects.requireNonNull(message, "message"), null, false, false);
	}

}
