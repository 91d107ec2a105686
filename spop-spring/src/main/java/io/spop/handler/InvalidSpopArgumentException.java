package io.spop.handler;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when a message has no valid value for a parameter of its handler method: an
 * argument is NULL or missing, cannot be converted, or is not valid. The exception's
 * message names the message, the argument, its type on the wire and the type of the
 * parameter. It does not contain the value, since a client may have sent the value and it
 * does not belong in a log. The cause, if there is one, may contain the value. The
 * exception has no stack trace, since its message names the parameter.
 *
 * @since 0.1.0
 */
public class InvalidSpopArgumentException extends IllegalArgumentException {

	private static final long serialVersionUID = 1L;

	private final transient @Nullable NamedArgument argument;

	private final @Nullable String wireType;

	InvalidSpopArgumentException(String text, @Nullable Throwable cause) {
		this(text, null, null, cause);
	}

	/**
	 * Create an exception for an argument.
	 * @param text what is wrong
	 * @param argument the argument
	 * @param wireType the type of the argument's value, or {@code null} if the argument
	 * is NULL or missing
	 * @param cause the reason why the value cannot be converted, or {@code null}
	 */
	InvalidSpopArgumentException(String text, @Nullable NamedArgument argument, @Nullable String wireType,
			@Nullable Throwable cause) {
		super(text, cause);
		this.argument = argument;
		this.wireType = wireType;
	}

	@Nullable NamedArgument argument() {
		return this.argument;
	}

	@Nullable String wireType() {
		return this.wireType;
	}

	@Override
	public synchronized Throwable fillInStackTrace() {
		return this;
	}

}
