package io.spop.boot.autoconfigure;

/**
 * Thrown when the application cannot start with an agent. Its analysis replaces the stack
 * trace.
 */
final class SpopStartException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final String remedy;

	/**
	 * Create an exception.
	 * @param reason what is wrong
	 * @param remedy what to do
	 */
	SpopStartException(String reason, String remedy) {
		super(reason);
		this.remedy = remedy;
	}

	String remedy() {
		return this.remedy;
	}

}
