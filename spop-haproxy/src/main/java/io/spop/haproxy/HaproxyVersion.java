package io.spop.haproxy;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A branch of HAProxy, such as 3.2. Versions are compared by their numbers.
 *
 * @param major the first number, 0 or more
 * @param minor the second number, 0 or more
 * @since 0.1.0
 */
public record HaproxyVersion(int major, int minor) implements Comparable<HaproxyVersion> {

	/**
	 * The versions for which configurations are checked and written, from the oldest to
	 * the newest.
	 */
	public static final List<HaproxyVersion> SUPPORTED = List.of(new HaproxyVersion(2, 6), new HaproxyVersion(2, 8),
			new HaproxyVersion(3, 0), new HaproxyVersion(3, 2), new HaproxyVersion(3, 4));

	private static final HaproxyVersion ENDED = new HaproxyVersion(3, 1);

	private static final Pattern SYNTAX = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})([.-].*)?");

	/**
	 * Create a version.
	 * @throws IllegalArgumentException if a number is negative
	 */
	public HaproxyVersion {
		if (major < 0 || minor < 0) {
			throw new IllegalArgumentException("The numbers of a version must not be negative");
		}
	}

	/**
	 * Read a version.
	 * @param text for example {@code 3.2}, or {@code 3.2.26-1} as {@code haproxy -v} says
	 * it
	 * @return the version
	 * @throws IllegalArgumentException if the text is no version
	 */
	public static HaproxyVersion of(String text) {
		Matcher matcher = SYNTAX.matcher(text);
		if (!matcher.matches()) {
			throw new IllegalArgumentException("A version of HAProxy looks like 3.2, not like '" + text + "'");
		}
		return new HaproxyVersion(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
	}

	/**
	 * Return the newest of the {@link #SUPPORTED} versions.
	 * @return the version
	 */
	public static HaproxyVersion newest() {
		return SUPPORTED.get(SUPPORTED.size() - 1);
	}

	/**
	 * Return whether configurations are checked and written for this version: one of
	 * {@link #SUPPORTED}, or a version between two of them, which counts as the older of
	 * the two. HAProxy 3.1 is not supported, because HAProxy no longer maintains it.
	 * @return whether it is 2.6 to 3.4, but not 3.1
	 */
	public boolean isSupported() {
		return compareTo(SUPPORTED.get(0)) >= 0 && compareTo(newest()) <= 0 && !equals(ENDED);
	}

	/**
	 * Refuse a version that is not supported.
	 * @return this version
	 * @throws IllegalArgumentException if it is not {@linkplain #isSupported()
	 * supported}; the message names the versions that are
	 */
	public HaproxyVersion requireSupported() {
		if (isSupported()) {
			return this;
		}
		if (equals(ENDED)) {
			throw new IllegalArgumentException(
					"HAProxy " + this + " is not supported, because HAProxy no longer maintains it. Take 3.2");
		}
		throw new IllegalArgumentException("HAProxy " + this + " is not supported. Take " + SUPPORTED.get(0) + " to "
				+ newest() + ", but not " + ENDED);
	}

	/**
	 * Return whether this is the given version or a later one.
	 * @param major the first number
	 * @param minor the second number
	 * @return whether it is
	 */
	public boolean isAtLeast(int major, int minor) {
		return compareTo(new HaproxyVersion(major, minor)) >= 0;
	}

	/**
	 * Compare by the numbers.
	 */
	@Override
	public int compareTo(HaproxyVersion other) {
		int byMajor = Integer.compare(this.major, other.major);
		return (byMajor != 0) ? byMajor : Integer.compare(this.minor, other.minor);
	}

	/**
	 * Return the version as HAProxy writes it, such as {@code 3.2}.
	 */
	@Override
	public String toString() {
		return this.major + "." + this.minor;
	}

}
