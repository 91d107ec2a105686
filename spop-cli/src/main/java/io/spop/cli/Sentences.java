package io.spop.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/**
 * Says in plain words what an exception means.
 */
final class Sentences {

	private Sentences() {
	}

	static String of(IOException exception) {
		if (exception instanceof NoSuchFileException) {
			return "there is no file '" + exception.getMessage() + "'";
		}
		if (exception instanceof AccessDeniedException) {
			return "the permissions of '" + exception.getMessage() + "' forbid it";
		}
		String message = exception.getMessage();
		return (message != null) ? message : exception.toString();
	}

}
