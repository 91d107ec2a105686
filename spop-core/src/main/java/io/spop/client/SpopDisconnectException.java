package io.spop.client;

import java.util.Objects;

import io.spop.protocol.LogText;

/**
 * Thrown when a handshake or a NOTIFY gets no answer because the agent ended the
 * connection.
 *
 * @since 0.1.0
 */
public class SpopDisconnectException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final long statusCode;

	/**
	 * Create an exception.
	 * @param statusCode the status code of the AGENT-DISCONNECT, or -1 if there was none
	 * @param message why the connection ended, escaped and shortened by
	 * {@link LogText#message}, since it may quote the agent
	 */
	public SpopDisconnectException(long statusCode, String message) {
		super(LogText.message(Objects.requireNonNull(message, "message")));
		this.statusCode = statusCode;
	}

	/**
	 * Return the status code that the agent sent.
	 * @return the status code, or -1 if the connection ended without an AGENT-DISCONNECT
	 */
	public long statusCode() {
		return this.statusCode;
	}

}
