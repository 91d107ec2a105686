package io.spop.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * A Spring Boot application that is processed ahead of time, and runs the generated code
 * in a JVM of its own with the class path of the test.
 */
public final class AotApplication implements AutoCloseable {

	private final Path folder;

	private final String main;

	private ForkedApplication application;

	private AotApplication(Path folder, String main, List<String> buildArgs, List<String> args) throws IOException {
		this.folder = folder;
		this.main = main;
		Path classes = Files.createDirectory(folder.resolve("classes"));
		process(classes, buildArgs);
		compile(classes);
		this.application = run(args);
	}

	private ForkedApplication run(List<String> args) {
		// Development tools load some classes a second time, and the generated classes
		// would not match these
		List<String> arguments = new ArrayList<>(List.of("-Dspring.aot.enabled=true",
				"-Dspring.devtools.restart.enabled=false", "-cp", this.folder.resolve("classes") + ":"
						+ this.folder.resolve("resources") + ":" + System.getProperty("java.class.path"),
				this.main));
		arguments.addAll(args);
		return ForkedApplication.start(logFile(), arguments);
	}

	/**
	 * Process an application ahead of time and start it.
	 * @param main its main class
	 * @param args its arguments, which are not known when it is processed
	 * @return the application
	 */
	public static AotApplication start(Class<?> main, String... args) {
		return start(main, List.of(), args);
	}

	/**
	 * Process an application ahead of time and start it.
	 * @param main its main class
	 * @param buildArgs the arguments with which it is processed
	 * @param args the arguments with which it is started
	 * @return the application
	 */
	public static AotApplication start(Class<?> main, List<String> buildArgs, String... args) {
		try {
			return new AotApplication(Files.createTempDirectory("aot"), main.getName(), buildArgs, List.of(args));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Stop the application, and start it again as it was processed, with an empty log.
	 * @param args the arguments
	 */
	public void restart(String... args) {
		this.application.close();
		try {
			Files.delete(logFile());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.application = run(List.of(args));
	}

	private void process(Path classes, List<String> args) {
		List<String> arguments = new ArrayList<>(List.of("-cp", System.getProperty("java.class.path"),
				"org.springframework.boot.SpringApplicationAotProcessor", this.main, this.folder + "/sources",
				this.folder + "/resources", classes.toString(), "test", "test"));
		arguments.addAll(args);
		try (ForkedApplication processor = ForkedApplication.start(logFile(), arguments)) {
			if (processor.awaitEnd() != 0) {
				throw new IllegalStateException("Not processed ahead of time\n" + processor.log());
			}
		}
	}

	private void compile(Path classes) throws IOException {
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		try (Stream<Path> files = Files.walk(this.folder.resolve("sources"))) {
			List<String> arguments = new ArrayList<>(List.of("-proc:none", "-nowarn", "-d", classes.toString(), "-cp",
					classes + ":" + System.getProperty("java.class.path")));
			files.map(Path::toString).filter((file) -> file.endsWith(".java")).forEach(arguments::add);
			if (compiler.run(null, null, null, arguments.toArray(String[]::new)) != 0) {
				throw new IllegalStateException("The sources do not compile");
			}
		}
	}

	/**
	 * Wait for a line in what the application writes.
	 * @param line the line
	 * @return the groups of the pattern
	 */
	public Matcher awaitLog(Pattern line) {
		return this.application.awaitLog(line);
	}

	/**
	 * Wait until the application has ended by itself.
	 * @return the exit code
	 */
	public int awaitEnd() {
		return this.application.awaitEnd();
	}

	/**
	 * Return what the application has written.
	 * @return the text
	 */
	public String log() {
		return this.application.log();
	}

	/**
	 * Return what processing tells the builder of a native image.
	 * @return the JSON
	 */
	public String metadata() {
		try {
			return Files.readString(
					this.folder.resolve("resources/META-INF/native-image/test/test/reachability-metadata.json"));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private Path logFile() {
		return this.folder.resolve("log");
	}

	@Override
	public void close() {
		this.application.close();
		try (Stream<Path> files = Files.walk(this.folder)) {
			for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
				Files.delete(file);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
