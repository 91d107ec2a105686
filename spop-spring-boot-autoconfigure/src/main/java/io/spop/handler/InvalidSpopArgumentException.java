package io.spop.handler;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when a message has nothing for a parameter of its handler method: an argument is
 * NULL or missing, does not convert, or is not valid. The text names the argument, its
 * type on the wire and the type of the parameter. The other messages of the NOTIFY are
 * handled nevertheless.
 *
 * @since 0.1.0
 */
public class InvalidSpopArgumentException extends IllegalArgumentException {

	private static final long serialVersionUID = 1L;

	InvalidSpopArgumentException(String text, @Nullable Throwable cause) {
		super(text, cause);
	}

}
