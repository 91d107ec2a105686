package io.spop.test;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

import io.spop.test.haproxy.HaproxyBinary;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Writes what the tests with {@link EveryHaproxy} saw to
 * {@code target/haproxy-versions/VERSION.txt}. {@code etc/HaproxyVersions.java} makes the
 * table of {@code docs/haproxy-versions.md} from these files. Each line has the test's
 * class and method, the run, the result, and a name if a test sees several things. The
 * default result says that all is well.
 */
public final class VersionResults implements BeforeTestExecutionCallback, AfterTestExecutionCallback {

	private static final String ALL_IS_WELL = "yes";

	private static final ThreadLocal<@Nullable Map<String, String>> seen = new ThreadLocal<>();

	/**
	 * Record what the running test has seen.
	 * @param result what the table is to show
	 */
	public static void saw(String result) {
		saw("", result);
	}

	/**
	 * Record what the running test has seen of one thing among several.
	 * @param thing its name in the table
	 * @param result what the table is to show
	 */
	public static void saw(String thing, String result) {
		Objects.requireNonNull(seen.get()).put(thing, result);
	}

	/**
	 * Record the error that the running test has seen.
	 * @param value the value of the variable of {@code option set-on-error}, empty for
	 * none
	 */
	public static void sawError(String value) {
		saw(error(value));
	}

	/**
	 * Return how the table shows an error.
	 * @param value the value of the variable of {@code option set-on-error}, empty for
	 * none
	 * @return the text
	 */
	public static String error(String value) {
		return "error " + (value.isEmpty() ? "none" : value);
	}

	@Override
	public void beforeTestExecution(ExtensionContext context) {
		seen.set(new LinkedHashMap<>(Map.of("", ALL_IS_WELL)));
	}

	@Override
	public void afterTestExecution(ExtensionContext context) throws Exception {
		Map<String, String> results = Objects.requireNonNull(seen.get());
		seen.remove();
		String test = context.getRequiredTestClass().getSimpleName() + "." + context.getRequiredTestMethod().getName();
		StringBuilder lines = new StringBuilder();
		boolean failed = context.getExecutionException().isPresent();
		results.forEach((thing, result) -> lines
			.append(String.join("\t", test, context.getUniqueId(), failed ? "fails" : result, thing))
			.append('\n'));
		write(binary(context).version(), lines.toString());
	}

	private static HaproxyBinary binary(ExtensionContext context) throws ReflectiveOperationException {
		for (Field field : context.getRequiredTestClass().getDeclaredFields()) {
			if (field.getType() == HaproxyBinary.class) {
				field.setAccessible(true);
				return (HaproxyBinary) field.get(context.getRequiredTestInstance());
			}
		}
		throw new IllegalStateException(context.getRequiredTestClass() + " has no field of the type HaproxyBinary");
	}

	private static synchronized void write(String version, String lines) throws IOException {
		Path file = Path.of("target", "haproxy-versions", version + ".txt");
		Files.createDirectories(file.getParent());
		// Of a test that ran before, or in an earlier run, the last result counts.
		// Several JVMs write at the same time
		Files.writeString(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
	}

}
