package io.spop.haproxy.config;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Something in a configuration that is wrong, or that the reader could not decide.
 *
 * @since 0.1.0
 */
public final class ReadProblem {

	private final String id;

	private final boolean error;

	private final Location location;

	private final String message;

	private final String remedy;

	ReadProblem(String id, boolean error, Location location, String message, String remedy) {
		this.id = id;
		this.error = error;
		this.location = location;
		this.message = message;
		this.remedy = remedy;
	}

	/**
	 * Return what kind of problem it is.
	 * @return the id, such as {@code file-missing}
	 */
	public String id() {
		return this.id;
	}

	/**
	 * Return whether HAProxy refuses the configuration, or it could not be read.
	 * @return {@code false} if HAProxy may merely read something else than the reader
	 */
	public boolean error() {
		return this.error;
	}

	/**
	 * Return where it is.
	 * @return the place
	 */
	public Location location() {
		return this.location;
	}

	/**
	 * Return what is wrong.
	 * @return a sentence
	 */
	public String message() {
		return this.message;
	}

	/**
	 * Return what to do.
	 * @return a sentence
	 */
	public String remedy() {
		return this.remedy;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof ReadProblem that && this.id.equals(that.id) && this.error == that.error
				&& this.location.equals(that.location) && this.message.equals(that.message)
				&& this.remedy.equals(that.remedy);
	}

	@Override
	public int hashCode() {
		return Objects.hash(this.id, this.error, this.location, this.message, this.remedy);
	}

	/**
	 * Return the problem in one line.
	 */
	@Override
	public String toString() {
		return this.location + ": " + this.message + " " + this.remedy + " [" + this.id + "]";
	}

}
