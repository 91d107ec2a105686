package io.spop.test.haproxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A HAProxy program.
 *
 * @since 0.1.0
 * @see HaproxyProcess#all()
 */
public final class HaproxyBinary {

	private static final Pattern VERSION = Pattern.compile("version ((\\d+)\\.(\\d+)\\S*)");

	private final Path path;

	private final String version;

	HaproxyBinary(Path path, String version) {
		this.path = path;
		this.version = version;
	}

	/**
	 * Ask a program for its version.
	 * @param path the path of HAProxy
	 * @return the program
	 * @throws IllegalStateException if it is not HAProxy
	 * @throws UncheckedIOException if the program cannot be started
	 */
	public static HaproxyBinary of(Path path) {
		try {
			Process process = new ProcessBuilder(path.toString(), "-v").redirectErrorStream(true).start();
			String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			Matcher matcher = VERSION.matcher(output);
			if (!matcher.find()) {
				throw new IllegalStateException("No HAProxy: " + path + "\n" + output);
			}
			return new HaproxyBinary(path, matcher.group(1));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Return where the program is.
	 * @return the path
	 */
	public Path path() {
		return this.path;
	}

	/**
	 * Return the version of the program.
	 * @return the version as the program prints it, such as {@code 3.2.26-1}
	 */
	public String version() {
		return this.version;
	}

	/**
	 * Return whether this is a version or a later one.
	 * @param major the first number of the version
	 * @param minor its second number
	 * @return {@code true} if it is
	 */
	public boolean isAtLeast(int major, int minor) {
		String[] numbers = this.version.split("[^0-9]", 3);
		int actual = Integer.parseInt(numbers[0]);
		return (actual != major) ? actual > major : Integer.parseInt(numbers[1]) >= minor;
	}

	@Override
	public String toString() {
		return "HAProxy " + this.version;
	}

}
