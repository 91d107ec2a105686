package io.spop.test.haproxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A HAProxy program.
 *
 * @param path where it is
 * @param version its version as the program prints it, such as {@code 3.2.26-1}
 * @since 0.1.0
 * @see HaproxyProcess#all()
 */
public record HaproxyBinary(Path path, String version) {

	private static final Pattern VERSION = Pattern.compile("version ((\\d+)\\.(\\d+)\\S*)");

	/**
	 * Create a description.
	 */
	public HaproxyBinary {
		Objects.requireNonNull(path, "path");
		Objects.requireNonNull(version, "version");
	}

	static HaproxyBinary of(Path path) {
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
