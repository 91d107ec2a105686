package io.spop.agent;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when a listener cannot be opened. The message says why and what to do.
 *
 * @since 0.1.0
 */
public class SpopBindException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final String listener;

	private final String reason;

	private final String remedy;

	/**
	 * Create an exception.
	 * @param listener the name of the listener
	 * @param reason what is wrong, as a sentence
	 * @param remedy what to do about it, as a sentence
	 * @param cause the cause, or {@code null}
	 */
	public SpopBindException(String listener, String reason, String remedy, @Nullable Throwable cause) {
		super("Listener '" + listener + "' cannot be opened: " + reason + " " + remedy, cause);
		this.listener = Objects.requireNonNull(listener, "listener");
		this.reason = Objects.requireNonNull(reason, "reason");
		this.remedy = Objects.requireNonNull(remedy, "remedy");
	}

	/**
	 * Return the name of the listener.
	 * @return the name
	 */
	public String listener() {
		return this.listener;
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
