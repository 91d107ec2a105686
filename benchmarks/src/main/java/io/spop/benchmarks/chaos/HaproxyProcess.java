package io.spop.benchmarks.chaos;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * HAProxy, which can be reloaded: a new process takes the sockets of the old one, which
 * ends when its connections have ended.
 */
final class HaproxyProcess {

	private final String binary;

	private final Path folder;

	private final Path configuration;

	/** All processes, the one that takes connections last. */
	private final List<Process> processes = new CopyOnWriteArrayList<>();

	private final int port;

	HaproxyProcess(String binary, boolean mux, Path folder, List<Link> links) throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			this.port = socket.getLocalPort();
		}
		Path spoe = Files.writeString(folder.resolve("spoe.cfg"),
				IntStream.range(0, Scenario.ENGINES)
					.mapToObj((engine) -> engine(engine, mux))
					.collect(Collectors.joining()));
		this.binary = binary;
		this.folder = folder;
		this.configuration = Files.writeString(folder.resolve("haproxy.cfg"), configuration(spoe, mux, links));
		start(List.of());
	}

	private void start(List<String> options) throws IOException {
		List<String> command = new ArrayList<>(List.of(this.binary, "-db", "-f", this.configuration.toString()));
		command.addAll(options);
		this.processes.add(new ProcessBuilder(command).redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
			.start());
	}

	private Path log() {
		return this.folder.resolve("haproxy.log");
	}

	private Path socket() {
		return this.folder.resolve("admin.sock");
	}

	private Process current() {
		return this.processes.get(this.processes.size() - 1);
	}

	private static String engine(int engine, boolean mux) {
		boolean byRule = engine % 2 == 1;
		String message = Scenario.message(engine);
		return """
				[e%1$d]
				spoe-agent e%1$d
				    %2$s
				    option var-prefix e%1$d
				    option set-on-error error
				    timeout processing %3$dms
				%4$s    use-backend agents
				spoe-message %5$s
				    args id=req.hdr(x-id) engine=int(%1$d)
				%6$s
				""".formatted(engine, byRule ? "groups request" : "messages " + message, Scenario.PROCESSING.toMillis(),
				mux ? "" : """
						    timeout hello 2s
						    timeout idle 30s
						    no option send-frag-payload
						""", message, byRule ? """
						spoe-group request
						    messages %s
						""".formatted(message) : "    event on-frontend-http-request");
	}

	private String configuration(Path spoe, boolean mux, List<Link> links) {
		StringBuilder filters = new StringBuilder();
		StringBuilder rules = new StringBuilder();
		StringBuilder body = new StringBuilder("%[req.hdr(x-id)]");
		for (int engine = 0; engine < Scenario.ENGINES; engine++) {
			filters.append("    filter spoe engine e%d config %s%n".formatted(engine, spoe));
			if (engine % 2 == 1) {
				rules.append("    http-request send-spoe-group e%d request%n".formatted(engine));
			}
			body.append(";%%[var(txn.e%1$d.%2$s)],%%[var(txn.e%1$d.%3$s)],%%[var(txn.e%1$d.error)]".formatted(engine,
					Scenario.VALUE, Scenario.FALLBACK));
		}
		String servers = links.stream()
			.map((link) -> "    server %s 127.0.0.1:%d check inter 500ms fall 2 rise 1%n".formatted(link.name(),
					link.port()))
			.collect(Collectors.joining());
		return """
				global
				    nbthread 2
				    noreuseport
				    stats socket unix@%s level admin expose-fd listeners
				defaults
				    timeout connect 2s
				    timeout client 60s
				    timeout server 3m
				    timeout check 3s
				frontend clients
				    mode http
				    bind 127.0.0.1:%d
				    option idle-close-on-response
				%s%s    http-request return status 200 content-type text/plain lf-string "%s"
				backend agents
				    mode %s
				    balance roundrobin
				    option spop-check
				%s""".formatted(socket(), this.port, filters, rules, body, mux ? "spop" : "tcp", servers);
	}

	/** Wait until HAProxy takes connections. */
	void awaitListening() throws IOException, InterruptedException {
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
		while (true) {
			try {
				new Socket(InetAddress.getLoopbackAddress(), this.port).close();
				return;
			}
			catch (ConnectException ex) {
				if (current().waitFor(50, TimeUnit.MILLISECONDS) || System.nanoTime() - end > 0) {
					throw new IllegalStateException("HAProxy did not start: " + Files.readString(log()), ex);
				}
			}
		}
	}

	int port() {
		return this.port;
	}

	/**
	 * Start a new process in place of the current one, and wait until it has taken over.
	 */
	synchronized void reload() throws IOException, InterruptedException {
		Process old = current();
		start(List.of("-x", socket().toString(), "-sf", String.valueOf(old.pid())));
		String stopped = "(" + old.pid() + ") : Proxy clients stopped";
		long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
		while (old.isAlive() && !Files.readString(log()).contains(stopped)) {
			if (current().waitFor(50, TimeUnit.MILLISECONDS) || System.nanoTime() - end > 0) {
				throw new IllegalStateException("HAProxy did not reload: see " + log());
			}
		}
	}

	/**
	 * Look for processes that ended with an error.
	 * @param account the account to note them in
	 */
	void findCrashes(Account account) {
		for (Process process : this.processes) {
			if (!process.isAlive() && (process.exitValue() != 0 || process.equals(current()))) {
				account.fail("HAProxy ended with the status " + process.exitValue());
			}
		}
	}

	/** End all processes. */
	void destroy() {
		this.processes.forEach(Process::destroyForcibly);
	}

}
