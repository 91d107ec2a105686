package io.spop.protocol;

/**
 * The status codes of DISCONNECT frames that the protocol defines (SPOE.txt, section
 * 3.5). When an agent sends the code {@code n}, HAProxy sets the variable of
 * {@code option set-on-error} to {@code 256 + n}.
 *
 * @since 0.1.0
 */
public enum StatusCode {

	/** Nothing is wrong. */
	NORMAL(0, "normal"),

	/** An I/O error occurred. */
	IO_ERROR(1, "I/O error"),

	/** A timeout expired. HAProxy up to 3.0 also ends idle connections with this code. */
	TIMEOUT(2, "a timeout occurred"),

	/** A frame is longer than the negotiated size. */
	FRAME_TOO_BIG(3, "frame is too big"),

	/** A frame cannot be understood. */
	INVALID_FRAME(4, "invalid frame received"),

	/** A HELLO lacks its version item. */
	NO_VERSION(5, "version value not found"),

	/** A HELLO lacks {@code max-frame-size}. */
	NO_MAX_FRAME_SIZE(6, "max-frame-size value not found"),

	/** A HELLO lacks {@code capabilities}. */
	NO_CAPABILITIES(7, "capabilities value not found"),

	/** The two sides share no version. */
	UNSUPPORTED_VERSION(8, "unsupported version"),

	/** {@code max-frame-size} is too small, or larger than HAProxy offered. */
	BAD_MAX_FRAME_SIZE(9, "max-frame-size too big or too small"),

	/** A fragment arrived, but the two sides did not agree on fragmentation. */
	FRAGMENTATION_NOT_SUPPORTED(10, "payload fragmentation is not supported"),

	/** The fragments of several frames are mixed. */
	INTERLACED_FRAMES(11, "invalid interlaced frames"),

	/** An ACK has the ids of a frame that does not wait for an ACK. */
	FRAME_ID_NOT_FOUND(12, "frame-id not found"),

	/** Resources are exhausted. */
	RESOURCE_ERROR(13, "resource allocation error"),

	/** Another error occurred. */
	UNKNOWN(99, "an unknown error occurred");

	private final int code;

	private final String text;

	StatusCode(int code, String text) {
		this.code = code;
		this.text = text;
	}

	/**
	 * Return the code on the wire.
	 * @return the code
	 */
	public int code() {
		return this.code;
	}

	/**
	 * Return the meaning of this code in words, as HAProxy prints it.
	 * @return a short English text
	 */
	public String text() {
		return this.text;
	}

}
