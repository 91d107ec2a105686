package io.spop.cli.conformance;

import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;

import io.spop.cli.wire.Connector;
import org.jspecify.annotations.Nullable;

/**
 * Starts an agent again that died or hangs, by a command of the user.
 */
public final class Restart {

	private final String command;

	private final Duration limit;

	private @Nullable Process process;

	/**
	 * Create an instance.
	 * @param command the command for the shell, which may run as long as the agent does
	 * @param limit how long the agent may take until it can be connected to
	 */
	public Restart(String command, Duration limit) {
		this.command = command;
		this.limit = limit;
	}

	/**
	 * Run the command, and wait until the agent can be connected to.
	 * @param connector connects to the agent
	 * @param stopped whether to wait no longer
	 * @return why the agent is not there, or {@code null} if it is
	 */
	@Nullable String run(Connector connector, BooleanSupplier stopped) throws InterruptedException {
		if (this.process != null) {
			this.process.descendants().forEach(ProcessHandle::destroyForcibly);
			this.process.destroyForcibly().waitFor();
		}
		try {
			Process started = new ProcessBuilder("/bin/sh", "-c", this.command)
				.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.redirectError(ProcessBuilder.Redirect.INHERIT)
				.start();
			this.process = started;
			return await(connector, started, stopped);
		}
		catch (IOException ex) {
			return "the shell cannot be started: " + ex.getMessage();
		}
	}

	private @Nullable String await(Connector connector, Process started, BooleanSupplier stopped)
			throws InterruptedException {
		long end = System.nanoTime() + this.limit.toNanos();
		while (System.nanoTime() < end) {
			if (connector.isListening()) {
				return null;
			}
			if (stopped.getAsBoolean()) {
				return "the run was interrupted";
			}
			if (!started.isAlive() && started.exitValue() != 0) {
				return "the command ended with status " + started.exitValue();
			}
			Thread.sleep(20);
		}
		return "nobody listens " + this.limit.toSeconds() + " s after the command was started";
	}

}
