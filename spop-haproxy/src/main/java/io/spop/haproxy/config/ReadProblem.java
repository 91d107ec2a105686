package io.spop.haproxy.config;

/**
 * Something in a configuration that is wrong, or that the reader could not decide.
 *
 * @param id what kind of problem it is, such as {@code file-missing}
 * @param error whether HAProxy refuses the configuration, or it could not be read;
 * {@code false} if HAProxy may merely read something else than the reader
 * @param location where it is
 * @param message what is wrong, in a sentence
 * @param remedy what to do, in a sentence
 * @since 0.1.0
 */
public record ReadProblem(String id, boolean error, Location location, String message, String remedy) {

	/**
	 * Return the problem in one line.
	 */
	@Override
	public String toString() {
		return this.location + ": " + this.message + " " + this.remedy + " [" + this.id + "]";
	}

}
