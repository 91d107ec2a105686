package io.spop.benchmarks.chaos;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * HAProxy with a master and workers, which can be reloaded.
 */
final class HaproxyProcess {

	private static final Pattern EXIT = Pattern.compile("exited with code (\\d+) \\((.*)\\)");

	private final Process process;

	private final Path log;

	private final int port;

	HaproxyProcess(String binary, boolean mux, Path folder, List<Link> links) throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			this.port = socket.getLocalPort();
		}
		Path spoe = Files.writeString(folder.resolve("spoe.cfg"),
				IntStream.range(0, Scenario.ENGINES)
					.mapToObj((engine) -> engine(engine, mux))
					.collect(Collectors.joining()));
		Path configuration = Files.writeString(folder.resolve("haproxy.cfg"), configuration(folder, spoe, mux, links));
		this.log = folder.resolve("haproxy.log");
		this.process = new ProcessBuilder(binary, "-W", "-db", "-f", configuration.toString()).redirectErrorStream(true)
			.redirectOutput(this.log.toFile())
			.start();
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

	private String configuration(Path folder, Path spoe, boolean mux, List<Link> links) {
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
				    stats socket unix@%s level admin expose-fd listeners
				defaults
				    timeout connect 500ms
				    timeout client 60s
				    timeout server 3m
				frontend clients
				    mode http
				    bind 127.0.0.1:%d
				    option idle-close-on-response
				%s%s    http-request return status 200 content-type text/plain lf-string "%s"
				backend agents
				    mode %s
				    balance roundrobin
				    option spop-check
				%s""".formatted(folder.resolve("admin.sock"), this.port, filters, rules, body, mux ? "spop" : "tcp",
				servers);
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
				if (this.process.waitFor(50, TimeUnit.MILLISECONDS) || System.nanoTime() - end > 0) {
					throw new IllegalStateException("HAProxy did not start: " + Files.readString(this.log), ex);
				}
			}
		}
	}

	int port() {
		return this.port;
	}

	void reload() throws IOException, InterruptedException {
		new ProcessBuilder("kill", "-USR2", String.valueOf(this.process.pid())).start().waitFor();
	}

	boolean isAlive() {
		return this.process.isAlive();
	}

	/**
	 * Look for workers that ended with an error.
	 * @param account the account to note them in
	 */
	void findCrashes(Account account) throws IOException {
		Matcher matcher = EXIT.matcher(Files.readString(this.log));
		while (matcher.find()) {
			if (Integer.parseInt(matcher.group(1)) != 0) {
				account.fail("HAProxy " + matcher.group());
			}
		}
	}

	void stop() throws InterruptedException {
		this.process.destroy();
		if (!this.process.waitFor(5, TimeUnit.SECONDS)) {
			this.process.destroyForcibly();
		}
	}

}
