package io.spop.benchmarks.chaos;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * An agent, which is a process of its own, again and again.
 */
final class AgentProcess {

	private final Path folder;

	private final String name;

	private final List<String> properties;

	private final SocketAddress address;

	private final List<Run> runs = new ArrayList<>();

	private @Nullable Process process;

	private AgentProcess(Path folder, String name, SocketAddress address, List<String> properties) {
		this.folder = folder;
		this.name = name;
		this.address = address;
		this.properties = properties;
	}

	static AgentProcess tcp(Path folder, String name, List<String> properties) throws IOException {
		int port;
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			port = socket.getLocalPort();
		}
		List<String> all = new ArrayList<>(properties);
		all.add("--spop.listeners.main.port=" + port);
		return new AgentProcess(folder, name, new InetSocketAddress(InetAddress.getLoopbackAddress(), port), all);
	}

	static AgentProcess unix(Path folder, String name, List<String> properties) {
		Path socket = folder.resolve(name + ".sock");
		List<String> all = new ArrayList<>(properties);
		all.add("--spop.listeners.main.path=" + socket);
		return new AgentProcess(folder, name, UnixDomainSocketAddress.of(socket), all);
	}

	String name() {
		return this.name;
	}

	SocketAddress address() {
		return this.address;
	}

	List<Run> runs() {
		return this.runs;
	}

	/** Start the agent, and wait until it listens. */
	void start() throws IOException, InterruptedException {
		launch();
		awaitStarted();
	}

	/** Start the agent. */
	void launch() throws IOException, InterruptedException {
		Path file = this.folder.resolve(this.name + "-" + this.runs.size() + ".counts");
		Run run = new Run(AgentCounts.map(file));
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m",
						"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-cp",
						System.getProperty("java.class.path"), ChaosAgent.class.getName(), "--chaos.counts=" + file));
		command.addAll(this.properties);
		this.process = new ProcessBuilder(command).redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
			.start();
		this.runs.add(run);
	}

	/** Wait until the agent listens. */
	void awaitStarted() throws IOException, InterruptedException {
		Process process = Objects.requireNonNull(this.process);
		Run run = this.runs.get(this.runs.size() - 1);
		long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
		while (!run.counts.hasStarted()) {
			if (process.waitFor(50, TimeUnit.MILLISECONDS) || System.nanoTime() - end > 0) {
				throw new IllegalStateException(
						"The agent " + this.name + " did not start: " + Files.readString(log()));
			}
		}
	}

	private Path log() {
		return this.folder.resolve(this.name + ".log");
	}

	void signal(String signal) throws IOException, InterruptedException {
		if (this.process != null) {
			new ProcessBuilder("kill", "-" + signal, String.valueOf(this.process.pid())).start().waitFor();
		}
	}

	void kill() throws InterruptedException {
		if (this.process != null) {
			this.runs.get(this.runs.size() - 1).killed = true;
			this.process.destroyForcibly().waitFor();
		}
	}

	/**
	 * Stop the agent in order.
	 * @return whether it has stopped in time
	 */
	boolean stop() throws InterruptedException {
		if (this.process != null) {
			this.process.destroy();
			return this.process.waitFor(40, TimeUnit.SECONDS);
		}
		return true;
	}

	/** Kill the process without any accounting, because the program ends. */
	void destroy() {
		if (this.process != null) {
			this.process.destroyForcibly();
		}
	}

	/**
	 * One process of the agent.
	 */
	static final class Run {

		private final AgentCounts counts;

		private volatile boolean killed;

		Run(AgentCounts counts) {
			this.counts = counts;
		}

		AgentCounts counts() {
			return this.counts;
		}

		/**
		 * Return whether it was killed, rather than stopped.
		 * @return whether it was killed
		 */
		boolean isKilled() {
			return this.killed;
		}

	}

}
