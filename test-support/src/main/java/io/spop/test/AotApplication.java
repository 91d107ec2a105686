package io.spop.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
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

	private static final long TIMEOUT_SECONDS = 60;

	private final Path folder;

	private final String main;

	private Process process;

	private AotApplication(Path folder, String main, List<String> buildArgs, List<String> args) throws IOException {
		this.folder = folder;
		this.main = main;
		Path classes = Files.createDirectory(folder.resolve("classes"));
		run(List.of("org.springframework.boot.SpringApplicationAotProcessor", main, folder + "/sources",
				folder + "/resources", classes.toString(), "test", "test"), buildArgs);
		compile(classes);
		this.process = run(args);
	}

	private Process run(List<String> args) throws IOException {
		// Development tools load some classes a second time, and the generated classes
		// would not match these
		List<String> command = command("-Dspring.aot.enabled=true", "-Dspring.devtools.restart.enabled=false", "-cp",
				this.folder.resolve("classes") + ":" + this.folder.resolve("resources") + ":"
						+ System.getProperty("java.class.path"),
				this.main);
		command.addAll(args);
		return start(command);
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
		stop();
		try {
			Files.delete(this.folder.resolve("log"));
			this.process = run(List.of(args));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void run(List<String> main, List<String> args) throws IOException {
		List<String> command = command("-cp", System.getProperty("java.class.path"));
		command.addAll(main);
		command.addAll(args);
		Process process = start(command);
		try {
			if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
				process.destroyForcibly();
				throw new IllegalStateException("Not processed ahead of time\n" + log());
			}
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static List<String> command(String... arguments) {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		// Half the processor time for a JVM that soon ends
		command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
		command.addAll(Arrays.asList(arguments));
		return command;
	}

	private Process start(List<String> command) throws IOException {
		return new ProcessBuilder(command).redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.appendTo(this.folder.resolve("log").toFile()))
			.start();
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
		long start = System.nanoTime();
		while (true) {
			boolean alive = this.process.isAlive();
			Matcher matcher = line.matcher(log());
			if (matcher.find()) {
				return matcher;
			}
			if (!alive || System.nanoTime() - start > TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS)) {
				throw new IllegalStateException("Waited for '" + line + "' in vain\n" + log());
			}
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
		}
	}

	/**
	 * Wait until the application has ended by itself.
	 * @return the exit code
	 */
	public int awaitEnd() {
		try {
			if (!this.process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
				throw new IllegalStateException("The application does not end\n" + log());
			}
			return this.process.exitValue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Return what the application has written.
	 * @return the text
	 */
	public String log() {
		try {
			return Files.readString(this.folder.resolve("log"));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
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

	private void stop() {
		this.process.destroy();
		this.process.onExit().join();
	}

	@Override
	public void close() {
		stop();
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
