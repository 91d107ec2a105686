package io.spop.protocol;

import java.util.Objects;

/**
 * Thrown when bytes or values break the rules of SPOP. The exception has the status code
 * for the DISCONNECT frame that reports the failure to the peer. For bytes that cannot be
 * read, the message says what is wrong and at which byte of the frame, without quoting
 * the bytes. Byte 0 is the first byte of the frame's length prefix.
 *
 * @since 0.1.0
 */
public class SpopProtocolException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final StatusCode status;

	/**
	 * Create an exception.
	 * @param status the status code to report to the peer
	 * @param message what is wrong, for logs; it may quote the peer, and is escaped and
	 * shortened by {@link LogText#message}
	 */
	public SpopProtocolException(StatusCode status, String message) {
		// No stack trace: peers can cause this exception at any rate, and the message
		// says what the stack trace would say
		super(LogText.message(Objects.requireNonNull(message, "message")), null, false, false);
		this.status = Objects.requireNonNull(status, "status");
	}

	@Override
	public String getMessage() {
		return Objects.requireNonNull(super.getMessage());
	}

	/**
	 * Return the status code to report to the peer.
	 * @return the status code
	 */
	public StatusCode status() {
		return this.status;
	}

}
