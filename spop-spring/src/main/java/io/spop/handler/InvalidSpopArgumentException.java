package io.spop.handler;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when a message has nothing for a parameter of its handler method: an argument is
 * NULL or missing, does not convert, or is not valid. The text names the message, the
 * argument, its type on the wire and the type of the parameter. It does not have the
 * value, which a client may have sent and which does not belong in a log; the cause, if
 * there is one, may have it. There is no stack trace: the text says which parameter it
 * is.
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
	 * @param wireType the type of its value, or {@code null} if it is NULL or missing
	 * @param cause why its value does not convert, if that is known
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
