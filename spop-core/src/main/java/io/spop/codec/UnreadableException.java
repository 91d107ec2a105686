package io.spop.codec;

import java.util.Objects;

import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.StatusCode;

/**
 * Thrown inside the codec for bytes that cannot be read. It has the position of these
 * bytes in their array. {@link SpopCodec} knows where the frame begins in the array, and
 * turns this exception into a {@link SpopProtocolException} with the position in the
 * frame.
 */
final class UnreadableException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final StatusCode status;

	private final int position;

	/**
	 * Create an exception.
	 * @param status the status code to report to the peer
	 * @param what what is wrong, without bytes of the peer
	 * @param position the position of the wrong bytes in the array
	 */
	UnreadableException(StatusCode status, String what, int position) {
		super(what, null, false, false);
		this.status = Objects.requireNonNull(status, "status");
		this.position = position;
	}

	/**
	 * Return the exception for the users of the codec.
	 * @param whole the name of what was read, such as a frame
	 * @param start the index in the array at which this begins
	 * @return the exception
	 */
	SpopProtocolException in(String whole, int start) {
		return new SpopProtocolException(this.status,
				getMessage() + " at byte " + (this.position - start) + " of " + whole);
	}

}
