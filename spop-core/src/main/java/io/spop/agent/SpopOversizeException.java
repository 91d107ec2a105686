package io.spop.agent;

import java.util.Objects;

/**
 * The failure of a NOTIFY whose result does not fit into an ACK that HAProxy accepts. The
 * exception has no stack trace, since it is not thrown.
 *
 * @since 0.1.0
 * @see SpopConnection#maxFrameSize()
 */
public final class SpopOversizeException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	/**
	 * Create an exception.
	 * @param message a text with the size of the ACK and the largest size
	 */
	public SpopOversizeException(String message) {
		super(Objects.requireNonNull(message, "message"), null, false, false);
	}

}
