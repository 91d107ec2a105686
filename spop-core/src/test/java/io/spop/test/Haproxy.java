package io.spop.test;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * A real HAProxy, 2.6 or later, that a test starts in a folder of its own, and that
 * {@link #close()} stops and deletes.
 *
 * <pre class="code">
 * try (Haproxy haproxy = Haproxy.configuredWith("""
 *                 global
 *                     log stdout format raw local0
 *                 defaults
 *                     ...
 *                 frontend test
 *                     mode http
 *                     bind "${FRONTEND}"
 *                     filter spoe engine test config spoe.conf
 *                 backend agents
 *                     mode tcp
 *                     option spop-check
 *                     server agent "${AGENT}" check inter 100ms
 *                 """)
 *         .file("spoe.conf", "...")
 *         .bind("FRONTEND")
 *         .variable("AGENT", "127.0.0.1:" + agent.port())
 *         .start()) {
 *     haproxy.awaitUp();
 *     URI uri = URI.create("http://127.0.0.1:" + haproxy.port("FRONTEND"));
 *     ...
 * }
 * </pre>
 *
 * Placeholders are environment variables, which HAProxy itself replaces within double
 * quotes. It also tells versions apart: {@code mode spop} exists since 3.1, which a
 * configuration asks with {@code .if version_atleast(3.1)}. The {@code mode tcp} above
 * suits all versions. Relative paths are relative to the {@linkplain #path folder}.
 */
public final class Haproxy implements AutoCloseable {

	private static final long TIMEOUT_SECONDS = 30;

	private final Path folder;

	private final ProcessBuilder builder;

	private final Map<String, Integer> ports;

	private Process process;

	private Haproxy(Path folder, ProcessBuilder builder, Map<String, Integer> ports) throws IOException {
		this.folder = folder;
		this.builder = builder;
		this.ports = ports;
		this.process = builder.start();
	}

	/**
	 * Find the HAProxy that tests use: the one that the environment variable
	 * {@code HAPROXY} names, otherwise one on the PATH or where packages put it.
	 * @return its path, empty if there is none
	 * @throws IllegalStateException if {@code HAPROXY} names something else
	 */
	public static Optional<Path> find() {
		String named = System.getenv("HAPROXY");
		if (named != null && !named.isEmpty()) {
			Path path = Path.of(named).toAbsolutePath();
			if (!Files.isExecutable(path)) {
				throw new IllegalStateException("HAPROXY names no executable file: " + path);
			}
			return Optional.of(path);
		}
		return Stream
			.of(System.getenv("PATH").split(File.pathSeparator), new String[] { "/usr/local/sbin", "/usr/sbin" })
			.flatMap(Arrays::stream)
			.map((directory) -> Path.of(directory, "haproxy"))
			.filter(Files::isExecutable)
			.findFirst();
	}

	/**
	 * Find each version of HAProxy that is at hand: that of {@link #find()}, and those
	 * that the environment variable {@code HAPROXY_BINARIES} names, separated by colons.
	 * @return one program of each version
	 * @throws IllegalStateException if a variable names something else
	 */
	public static List<HaproxyBinary> all() {
		String named = System.getenv("HAPROXY_BINARIES");
		Stream<Path> more = (named != null)
				? Stream.of(named.split(":")).filter((path) -> !path.isEmpty()).map(Path::of) : Stream.empty();
		Map<String, HaproxyBinary> binaries = new LinkedHashMap<>();
		Stream.concat(find().stream(), more)
			.map(HaproxyBinary::of)
			.forEach((binary) -> binaries.putIfAbsent(binary.version(), binary));
		return List.copyOf(binaries.values());
	}

	/**
	 * Begin with the text of a configuration.
	 * @param configuration the text
	 * @return what to start
	 */
	public static Setup configuredWith(String configuration) {
		return new Setup("haproxy.cfg").file("haproxy.cfg", configuration);
	}

	/**
	 * Begin with the file of a configuration.
	 * @param configuration the file
	 * @return what to start
	 */
	public static Setup configuredWith(Path configuration) {
		return new Setup(configuration.toAbsolutePath().toString());
	}

	/**
	 * Return the port of an address that was bound.
	 * @param variable the name given to {@link Setup#bind(String)}
	 * @return the port
	 */
	public int port(String variable) {
		return this.ports.get(variable);
	}

	/**
	 * Return the path of a file in the folder where HAProxy runs.
	 * @param name the name of the file
	 * @return its path
	 */
	public Path path(String name) {
		return this.folder.resolve(name);
	}

	/**
	 * Return all that HAProxy wrote to its standard output and error, which includes its
	 * log if the configuration has {@code log stdout format raw local0}.
	 * @return the lines
	 */
	public List<String> log() {
		try {
			return Files.readString(path("log")).lines().toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Run a command of HAProxy's runtime API, such as {@code show stat}.
	 * @param command the command
	 * @return the answer
	 */
	public String command(String command) {
		try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path("admin.sock")))) {
			channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8)));
			return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Wait until all servers that HAProxy checks have passed a check and are UP.
	 */
	public void awaitUp() {
		awaitAnswer("show stat -1 4 -1", Haproxy::allUp);
	}

	/**
	 * Wait for a line in the {@linkplain #log() log}.
	 * @param part a part of the line
	 * @return the first such line
	 */
	public String awaitLog(String part) {
		await("a line with '" + part + "'", () -> log().stream().anyMatch((line) -> line.contains(part)));
		return log().stream().filter((line) -> line.contains(part)).findFirst().orElseThrow();
	}

	/**
	 * Wait until a {@linkplain #command(String) command} has a certain answer.
	 * @param command the command
	 * @param condition tells the answer waited for
	 */
	public void awaitAnswer(String command, Predicate<String> condition) {
		await("an answer to '" + command + "'", () -> condition.test(command(command)));
	}

	/**
	 * Let HAProxy end as {@code systemctl stop} does: it takes no more connections and
	 * ends when those it has are closed.
	 * @return what completes when it has ended
	 */
	public CompletableFuture<?> softStop() {
		try {
			new ProcessBuilder("sh", "-c", "kill -USR1 " + this.process.pid()).start();
			return this.process.onExit();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Replace the process as a reload does: a new one takes over the addresses and makes
	 * the old one stop softly. Waits until it has ended.
	 */
	public void reload() {
		Process old = this.process;
		List<String> command = this.builder.command();
		try {
			List<String> takeover = List.of("-x", "admin.sock", "-sf", Long.toString(old.pid()));
			this.process = this.builder.command(Stream.of(command, takeover).flatMap(List::stream).toList()).start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		finally {
			this.builder.command(command);
		}
		try {
			await("the end of the old process", () -> !old.isAlive());
		}
		finally {
			old.destroyForcibly();
		}
	}

	/**
	 * Stop HAProxy at once and delete its folder.
	 */
	@Override
	public void close() {
		this.process.destroy();
		try {
			if (!this.process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
				this.process.destroyForcibly();
			}
		}
		catch (InterruptedException ex) {
			this.process.destroyForcibly();
			Thread.currentThread().interrupt();
		}
		delete(this.folder);
	}

	private boolean awaitStart() {
		await("its start", () -> !this.process.isAlive() || isListening());
		return this.process.isAlive();
	}

	private boolean isListening() {
		try {
			return !command("show info").isEmpty();
		}
		catch (UncheckedIOException ex) {
			return false;
		}
	}

	private void await(String what, BooleanSupplier condition) {
		long start = System.nanoTime();
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS)) {
				throw new IllegalStateException(
						"HAProxy: waited for " + what + " in vain\n" + String.join("\n", log()));
			}
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
		}
	}

	private static boolean allUp(String stat) {
		List<String[]> rows = stat.lines().filter((line) -> !line.isEmpty()).map((line) -> line.split(",")).toList();
		List<String> columns = List.of(rows.get(0));
		int status = columns.indexOf("status");
		int checkStatus = columns.indexOf("check_status");
		// A server is UP from the start, before its first check
		return rows.stream()
			.skip(1)
			.allMatch((row) -> row[status].equals("no check")
					|| (row[status].startsWith("UP") && row[checkStatus].endsWith("OK")));
	}

	private static void delete(Path folder) {
		try (Stream<Path> files = Files.walk(folder)) {
			for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
				Files.delete(file);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * What to start. Not safe to use by several threads.
	 */
	public static final class Setup {

		private final String configuration;

		private final Map<String, String> files = new HashMap<>();

		private final Map<String, String> variables = new HashMap<>();

		private final Map<String, String> bindings = new LinkedHashMap<>();

		private @Nullable HaproxyBinary binary;

		private Setup(String configuration) {
			this.configuration = configuration;
			file("test.cfg", """
					global
						noreuseport
						stats socket unix@admin.sock level admin expose-fd listeners
					""");
		}

		/**
		 * Add a file to the folder where HAProxy runs.
		 * @param name its name
		 * @param content what is in it
		 * @return this
		 */
		public Setup file(String name, String content) {
			this.files.put(name, content);
			return this;
		}

		/**
		 * Set an environment variable of HAProxy.
		 * @param name its name
		 * @param value its value
		 * @return this
		 */
		public Setup variable(String name, String value) {
			this.variables.put(name, value);
			return this;
		}

		/**
		 * Set an environment variable of HAProxy to an address of the loopback interface
		 * with a free port, such as {@code 127.0.0.1:40123}, for a {@code bind} line.
		 * @param name its name
		 * @return this
		 * @see Haproxy#port(String)
		 */
		public Setup bind(String name) {
			return bind(name, "127.0.0.1");
		}

		/**
		 * Set an environment variable of HAProxy to an address with a free port, for a
		 * {@code bind} line.
		 * @param name its name
		 * @param host the host of the address, IPv6 without brackets
		 * @return this
		 * @see Haproxy#port(String)
		 */
		public Setup bind(String name, String host) {
			this.bindings.put(name, host);
			return this;
		}

		/**
		 * Take a certain HAProxy instead of that of {@link Haproxy#find()}.
		 * @param binary the program
		 * @return this
		 */
		public Setup binary(HaproxyBinary binary) {
			this.binary = binary;
			return this;
		}

		/**
		 * Start HAProxy and wait until it listens.
		 * @return the running HAProxy
		 * @throws IllegalStateException if there is none, or if it does not start; the
		 * message contains what it says
		 */
		public Haproxy start() {
			try {
				Haproxy haproxy = launch();
				// Somebody else may have taken a port since it was found to be free
				for (int attempt = 1; !haproxy.awaitStart(); attempt++) {
					String log = String.join("\n", haproxy.log());
					haproxy.close();
					if (attempt == 3 || !log.contains("Address already in use")) {
						throw new IllegalStateException("HAProxy did not start\n" + log);
					}
					haproxy = launch();
				}
				return haproxy;
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		private Haproxy launch() throws IOException {
			Path haproxy = (this.binary != null) ? this.binary.path()
					: find().orElseThrow(() -> new IllegalStateException("There is no HAProxy"));
			// HAProxy may run as another user and still has to reach sockets in it
			Path folder = Files.createTempDirectory("haproxy",
					PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
			for (Map.Entry<String, String> file : this.files.entrySet()) {
				Files.writeString(folder.resolve(file.getKey()), file.getValue());
			}
			ProcessBuilder builder = new ProcessBuilder(haproxy.toString(), "-db", "-f", "test.cfg", "-f",
					this.configuration)
				.directory(folder.toFile())
				.redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()));
			builder.environment().putAll(this.variables);
			Map<String, Integer> ports = new HashMap<>();
			for (Map.Entry<String, String> binding : this.bindings.entrySet()) {
				String host = binding.getValue();
				int port = freePort(host);
				ports.put(binding.getKey(), port);
				builder.environment()
					.put(binding.getKey(), (host.contains(":") ? "[" + host + "]" : host) + ":" + port);
			}
			return new Haproxy(folder, builder, ports);
		}

		private static int freePort(String host) throws IOException {
			try (ServerSocket socket = new ServerSocket()) {
				socket.bind(new InetSocketAddress(host, 0));
				return socket.getLocalPort();
			}
		}

	}

}
