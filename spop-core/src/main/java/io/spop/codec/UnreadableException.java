package io.spop.codec;

import java.util.Objects;

import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.StatusCode;

/**
 * Thrown inside the codec for bytes that cannot be read, with the position in their
 * array. Where the frame begins is known to the codec alone, which turns it into a
 * {@link SpopProtocolException}: a reader that knew it would be larger.
 */
final class UnreadableException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final StatusCode status;

	private final int position;

	/**
	 * Create an exception.
	 * @param status the status code to report to the peer
	 * @param what what is wrong, without bytes of the peer
	 * @param position where that begins in the array
	 */
	UnreadableException(StatusCode status, String what, int position) {
		super(what, null, false, false);
		this.status = Objects.requireNonNull(status, "status");
		this.position = position;
	}

	/**
	 * Return what the users of the codec get.
	 * @param whole what was read
	 * @param start where that begins in the array
	 * @return the exception
	 */
	SpopProtocolException in(String whole, int start) {
		return new SpopProtocolException(this.status,
				getMessage() + " at byte " + (this.position - start) + " of " + whole);
	}

}
