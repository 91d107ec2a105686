package io.spop.protocol;

import java.util.Objects;

/**
 * Thrown when bytes or values break the rules of SPOP. It carries the status code with
 * which a DISCONNECT frame reports the failure to the peer. If bytes cannot be read, the
 * message says what is wrong with them and at which byte of the frame, counted from 0 at
 * its length prefix, and does not quote them.
 *
 * @since 0.1.0
 */
public class SpopProtocolException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final StatusCode status;

	/**
	 * Create an exception.
	 * @param status the status code to report to the peer
	 * @param message what is wrong, for logs: escaped and shortened by
	 * {@link LogText#message}, since it may quote what the peer sent
	 */
	public SpopProtocolException(StatusCode status, String message) {
		// A peer can provoke this at will, and the place in the decoder says no more than
		// the message does: no stack trace
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
