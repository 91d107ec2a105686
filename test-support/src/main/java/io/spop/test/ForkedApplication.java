package io.spop.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An application in a JVM of its own, with the class path of the test.
 */
public final class ForkedApplication implements AutoCloseable {

	private static final long TIMEOUT_SECONDS = 120;

	private final Path log;

	private final Process process;

	private ForkedApplication(Path log, Process process) {
		this.log = log;
		this.process = process;
	}

	/**
	 * Start an application.
	 * @param log the file for what it writes; it stays
	 * @param main its main class
	 * @param args its arguments
	 * @return the application
	 */
	public static ForkedApplication start(Path log, Class<?> main, String... args) {
		List<String> arguments = new ArrayList<>(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
		arguments.addAll(List.of(args));
		return start(log, arguments);
	}

	/**
	 * Start a JVM.
	 * @param log the file for what it writes, behind what is in it
	 * @param arguments the arguments of the JVM, the main class and its arguments
	 * @return the application
	 */
	static ForkedApplication start(Path log, List<String> arguments) {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		// Half the processor time for a JVM that soon ends
		command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
		command.addAll(arguments);
		try {
			return new ForkedApplication(log,
					new ProcessBuilder(command).redirectErrorStream(true)
						.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
						.start());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Wait for a line in what the application writes, for two minutes at most.
	 * @param line the line
	 * @return the groups of the pattern
	 * @throws IllegalStateException if the application ends without it, or if it does not
	 * come in time; the message has what the application has written
	 */
	public Matcher awaitLog(Pattern line) {
		long start = System.nanoTime();
		while (true) {
			boolean alive = isAlive();
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
	 * Wait until the application has ended by itself, for two minutes at most.
	 * @return the exit code
	 * @throws IllegalStateException if the application does not end in time
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
			return Files.readString(this.log);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Return whether the application runs.
	 * @return {@code true} if it does
	 */
	public boolean isAlive() {
		return this.process.isAlive();
	}

	/**
	 * End the application at once, as SIGKILL does.
	 */
	public void kill() {
		this.process.destroyForcibly().onExit().join();
	}

	/**
	 * Let the application end.
	 */
	@Override
	public void close() {
		this.process.destroy();
		this.process.onExit().join();
	}

}
