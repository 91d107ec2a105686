package io.spop.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.spop.agent.HttpConnection.HttpResponse;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import io.spop.test.TestCertificates;
import io.spop.test.haproxy.Haproxy;
import io.spop.test.haproxy.HaproxyBinary;
import io.spop.test.haproxy.HaproxyProcess;
import io.spop.test.haproxy.HaproxySetup;
import reactor.core.publisher.Mono;

/**
 * An agent and a HAProxy that calls it, for tests of what the two do together. HAProxy's
 * engine {@code e} has the prefix {@code e}, and all responses have the header
 * {@code x-error} with the value of {@code set-on-error}.
 */
final class Interop implements AutoCloseable {

	/** For what waits: the common pool may have a single thread. */
	static final Executor OWN_THREAD = (task) -> new Thread(task).start();

	private static final String CONFIGURATION = """
			global
				log stdout format raw local0
				%s
			defaults
				mode http
				log global
				timeout connect 5s
				timeout check 10s
				timeout client 30s
				timeout server 1m
			frontend front
				bind "${FRONT}"
				filter spoe engine e config spoe.conf
				%s
				http-after-response set-header x-error %%[var(txn.e.error)]
				default_backend back
			backend back
				server end "${END}"
			frontend end
				bind "${END}"
				http-request return status 200 content-type text/plain string "Hello"
			backend agents
				mode %s
				option spop-check
				server agent "${AGENT}" %s
			""";

	private static final String ENGINE = """
			[e]
			spoe-agent e
				option var-prefix e
				option set-on-error error
				timeout hello 10s
				timeout idle 30s
				timeout processing 10s
				use-backend agents
				log global
				%s
			%s
			""";

	private final Path folder;

	private final SpopAgent unbound;

	private BoundSpopAgent agent;

	private final HaproxyProcess haproxy;

	private Interop(Setup setup) throws IOException {
		// HAProxy may run as another user
		this.folder = Files.createTempDirectory("agent",
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
		Path socket = this.folder.resolve("s");
		SpopAgent agent = setup.agent.apply(SpopAgent.create().handlerTimeout(Duration.ofSeconds(8)))
			.handler(setup.handler);
		if (setup.transport == Transport.UNIX) {
			this.unbound = agent
				.listener(SpopListener.unix("main", socket).permissions(PosixFilePermissions.fromString("rw-rw-rw-")));
			this.agent = this.unbound.bind();
		}
		else {
			this.agent = agent.listener(tcp(setup.transport, 0)).bind();
			this.unbound = agent.listener(tcp(setup.transport, this.agent.port()));
		}
		try {
			this.haproxy = setup.haproxy()
				.variable("AGENT",
						(setup.transport == Transport.UNIX) ? "unix@" + socket : "127.0.0.1:" + this.agent.port())
				.startProcess(setup.binary);
		}
		catch (RuntimeException ex) {
			this.agent.close();
			throw ex;
		}
		try {
			this.haproxy.awaitUp();
		}
		catch (RuntimeException ex) {
			close();
			throw ex;
		}
	}

	private static SpopListener tcp(Transport transport, int port) {
		TcpListener listener = SpopListener.tcp("main", new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
		return (transport == Transport.TLS) ? listener.tls(() -> Tls.CONTEXT) : listener;
	}

	static Setup with(HaproxyBinary binary) {
		return new Setup(binary);
	}

	HaproxyProcess haproxy() {
		return this.haproxy;
	}

	BoundSpopAgent agent() {
		return this.agent;
	}

	/**
	 * Answer with a variable of the transaction for each argument, of its name and value.
	 */
	static Mono<Actions> echo(SpopExchange exchange) {
		Actions actions = Actions.none();
		for (NotifyMessage message : exchange.messages()) {
			for (Argument argument : message.arguments()) {
				actions = actions.andSet(VarScope.TRANSACTION, argument.name(), argument.value());
			}
		}
		return Mono.just(actions);
	}

	/**
	 * Start the agent again where it was.
	 */
	void restartAgent() {
		this.agent = this.unbound.bind();
	}

	HttpConnection connect() {
		return connect("127.0.0.1");
	}

	HttpConnection connect(String host) {
		try {
			int port = this.haproxy.port(host.contains(":") ? "FRONT6" : "FRONT");
			return new HttpConnection(InetAddress.getByName(host), port);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Send a request on a connection of its own.
	 */
	HttpResponse get(String path, String... headers) {
		return send("GET", path, new byte[0], headers);
	}

	HttpResponse send(String method, String path, byte[] body, String... headers) {
		List<String> all = new ArrayList<>(List.of(headers));
		all.add("connection: close");
		try (HttpConnection connection = connect()) {
			return connection.send(method, path, body, all.toArray(String[]::new));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Send requests at the same time, each on a connection of its own.
	 * @return the responses, in the order of the paths
	 */
	List<HttpResponse> getAtOnce(List<String> paths) {
		ExecutorService executor = Executors.newCachedThreadPool();
		try {
			return paths.stream()
				.map((path) -> CompletableFuture.supplyAsync(() -> get(path), executor))
				.toList()
				.stream()
				.map(CompletableFuture::join)
				.toList();
		}
		finally {
			executor.shutdown();
		}
	}

	/**
	 * Wait for a condition.
	 */
	static void await(BooleanSupplier condition) {
		long start = System.nanoTime();
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(30)) {
				throw new IllegalStateException("Waited in vain");
			}
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
		}
	}

	/**
	 * Return the statistics of HAProxy about the agent.
	 */
	String statistic(String name) {
		List<String[]> rows = this.haproxy.command("show stat").lines().map((line) -> line.split(",")).toList();
		int column = List.of(rows.get(0)).indexOf(name);
		return rows.stream()
			.filter((row) -> row[0].equals("agents") && row[1].equals("agent"))
			.findFirst()
			.orElseThrow()[column];
	}

	/**
	 * Return HAProxy's log lines of the engine's calls.
	 */
	List<String> calls() {
		return this.haproxy.log().stream().filter((line) -> line.startsWith("SPOE: [e] ")).toList();
	}

	@Override
	public void close() {
		this.haproxy.close();
		this.agent.close();
		try {
			Files.delete(this.folder);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	enum Transport {

		TCP, UNIX,

		/** Over TCP, with certificates of both sides. */
		TLS

	}

	private static final class Tls {

		static final TestCertificates CERTIFICATES = new TestCertificates("authority");

		static final SslContext CONTEXT = CERTIFICATES.serverContext("agent", ClientAuth.REQUIRE);

	}

	/**
	 * What to start.
	 */
	static final class Setup {

		private final HaproxyBinary binary;

		private Transport transport = Transport.TCP;

		private UnaryOperator<SpopAgent> agent = UnaryOperator.identity();

		private SpopHandler handler = Interop::echo;

		private final List<String> global = new ArrayList<>();

		private final List<String> frontend = new ArrayList<>();

		private final List<String> engine = new ArrayList<>();

		private final List<String> messages = new ArrayList<>();

		private final List<String> groups = new ArrayList<>();

		private final StringBuilder sections = new StringBuilder();

		private boolean ipv6;

		private String mode = "tcp";

		// A check has no longer than "inter" to connect, which a busy machine needs for
		// TLS
		private String server = "check inter 1s fastinter 100ms downinter 100ms";

		private Setup(HaproxyBinary binary) {
			this.binary = binary;
		}

		Setup transport(Transport transport) {
			this.transport = transport;
			return this;
		}

		/**
		 * Let HAProxy listen on the loopback interface's IPv6 address, too.
		 */
		Setup ipv6() {
			this.ipv6 = true;
			return frontend("bind \"${FRONT6}\"");
		}

		Setup agent(UnaryOperator<SpopAgent> agent) {
			this.agent = agent;
			return this;
		}

		Setup handler(SpopHandler handler) {
			this.handler = handler;
			return this;
		}

		/**
		 * Add lines to the section {@code global}.
		 */
		Setup global(String... lines) {
			this.global.addAll(List.of(lines));
			return this;
		}

		/**
		 * Add lines to the frontend that clients connect to.
		 */
		Setup frontend(String... lines) {
			this.frontend.addAll(List.of(lines));
			return this;
		}

		/**
		 * Add a header with an expression to all responses.
		 */
		Setup header(String name, String expression) {
			return frontend("http-after-response set-header " + name + " %[" + expression + "]");
		}

		/**
		 * Add lines to the section {@code spoe-agent}.
		 */
		Setup engine(String... lines) {
			this.engine.addAll(List.of(lines));
			return this;
		}

		/**
		 * Add a message.
		 */
		Setup message(String name, String args, String event) {
			this.messages.add(name);
			section("spoe-message " + name, "event " + event, args.isEmpty() ? "" : "args " + args);
			return this;
		}

		/**
		 * Add a group with a message of the same name.
		 */
		Setup group(String name, String args) {
			this.groups.add(name);
			section("spoe-group " + name, "messages " + name);
			section("spoe-message " + name, args.isEmpty() ? "" : "args " + args);
			return this;
		}

		private void section(String title, String... lines) {
			this.sections.append(title).append("\n\t").append(String.join("\n\t", lines)).append('\n');
		}

		/**
		 * Set the mode of the backend that has the agent.
		 */
		Setup mode(String mode) {
			this.mode = mode;
			return this;
		}

		/**
		 * Set the options of the agent's line {@code server}.
		 */
		Setup server(String options) {
			this.server = options;
			return this;
		}

		private HaproxySetup haproxy() {
			String tls = (this.transport == Transport.TLS) ? " ssl verify required ca-file ca.pem crt haproxy.pem" : "";
			String configuration = CONFIGURATION.formatted(lines(this.global), lines(this.frontend), this.mode,
					this.server + tls);
			List<String> engine = new ArrayList<>(this.engine);
			if (!this.messages.isEmpty()) {
				engine.add("messages " + String.join(" ", this.messages));
			}
			if (!this.groups.isEmpty()) {
				engine.add("groups " + String.join(" ", this.groups));
			}
			HaproxySetup setup = Haproxy.configuredWith(configuration);
			if (this.ipv6) {
				setup.bind("FRONT6", "::1");
			}
			if (this.transport == Transport.TLS) {
				setup.file("ca.pem", Tls.CERTIFICATES.authority())
					.file("haproxy.pem", TestCertificates.pem(Tls.CERTIFICATES.issue("haproxy")));
			}
			return setup.file("spoe.conf", ENGINE.formatted(lines(engine), this.sections)).bind("FRONT").bind("END");
		}

		private static String lines(List<String> lines) {
			return String.join("\n\t", lines);
		}

		Interop start() {
			try {
				return new Interop(this);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
