package io.spop.handler;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when the application starts and has a handler method that is not valid. The
 * message names the method and says what to do.
 *
 * @since 0.1.0
 */
public class InvalidSpopHandlerException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final String reason;

	private final String remedy;

	InvalidSpopHandlerException(String reason, String remedy) {
		this(reason, remedy, null);
	}

	InvalidSpopHandlerException(String reason, String remedy, @Nullable Throwable cause) {
		super(reason + " " + remedy, cause);
		this.reason = reason;
		this.remedy = remedy;
	}

	/**
	 * Return what is wrong.
	 * @return a sentence
	 */
	public String reason() {
		return this.reason;
	}

	/**
	 * Return what to do about it.
	 * @return a sentence
	 */
	public String remedy() {
		return this.remedy;
	}

}
