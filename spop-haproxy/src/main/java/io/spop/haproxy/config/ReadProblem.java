package io.spop.haproxy.config;

/**
 * Something that was wrong, or open, when a configuration was read.
 *
 * @param id what kind of problem it is, such as {@code file-missing}
 * @param error whether HAProxy refuses the configuration, or it could not be read;
 * {@code false} for what only may differ from what HAProxy reads
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
