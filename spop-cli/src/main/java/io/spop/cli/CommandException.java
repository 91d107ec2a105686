package io.spop.cli;

/**
 * The end of the command with a sentence for the user.
 */
final class CommandException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final int status;

	/**
	 * Create an exception.
	 * @param status the exit status
	 * @param message a sentence that says what is wrong and what to do
	 */
	CommandException(int status, String message) {
		super(message, null, false, false);
		this.status = status;
	}

	int status() {
		return this.status;
	}

}
