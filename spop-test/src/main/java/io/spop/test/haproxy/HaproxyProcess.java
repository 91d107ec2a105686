package io.spop.test.haproxy;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A HAProxy that runs as a process of this machine, 2.6 or later, in a folder of its own
 * that {@link #close()} deletes.
 *
 * @since 0.1.0
 * @see HaproxySetup#startProcess()
 */
public final class HaproxyProcess extends RunningHaproxy {

	private final Path folder;

	private final ProcessBuilder builder;

	private volatile Process process;

	private final HaproxyBinary binary;

	private HaproxyProcess(Path folder, ProcessBuilder builder, Map<String, Integer> ports, HaproxyBinary binary)
			throws IOException {
		super("127.0.0.1", ports);
		this.folder = folder;
		this.builder = builder;
		this.binary = binary;
		this.process = builder.start();
	}

	/**
	 * Find the HAProxy that tests use by default: the one that the environment variable
	 * {@code HAPROXY} names, otherwise one on the PATH or where packages put it.
	 * @return its path, empty if there is none
	 * @throws IllegalStateException if {@code HAPROXY} names anything else than a HAProxy
	 * program
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
	 * Find a program of each version of HAProxy: the one of {@link #find()}, and those
	 * that the environment variable {@code HAPROXY_BINARIES} names, separated by colons.
	 * @return one program of each version
	 * @throws IllegalStateException if a variable names anything else than a HAProxy
	 * program
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
	 * Return the path of a file in the folder where HAProxy runs.
	 * @param name the name of the file
	 * @return its path
	 */
	public Path path(String name) {
		return this.folder.resolve(name);
	}

	@Override
	public List<String> log() {
		try {
			return Files.readString(path("log")).lines().toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public String command(String command) {
		Objects.requireNonNull(command, "command");
		try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path("admin.sock")))) {
			channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8)));
			return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Let HAProxy stop softly: it takes no more connections, and ends when its
	 * connections have closed.
	 * @return a future that completes when HAProxy has ended
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
	 * Replace the process as a reload does: a new process takes over the addresses and
	 * makes the old one stop softly. Waits until the old process has ended.
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

	@Override
	boolean awaitStart() {
		await("its start", () -> !isRunning() || isListening());
		return isRunning();
	}

	@Override
	boolean isRunning() {
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

	static HaproxyProcess start(HaproxySetup setup, HaproxyBinary binary) {
		try {
			// HAProxy may run as another user, and has to reach sockets in the folder
			Path folder = Files.createTempDirectory("haproxy",
					PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
			try {
				return start(setup, binary, folder);
			}
			catch (IOException | RuntimeException ex) {
				delete(folder);
				throw ex;
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static HaproxyProcess start(HaproxySetup setup, HaproxyBinary binary, Path folder) throws IOException {
		Files.writeString(folder.resolve("test.cfg"), """
				global
					noreuseport
					stats socket unix@admin.sock level admin expose-fd listeners
				""");
		for (Map.Entry<String, String> file : setup.files.entrySet()) {
			Files.writeString(folder.resolve(file.getKey()), file.getValue());
		}
		ProcessBuilder builder = new ProcessBuilder(binary.path().toString(), "-db", "-f", "test.cfg", "-f",
				"haproxy.cfg")
			.directory(folder.toFile())
			.redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()));
		Map<String, String> environment = builder.environment();
		environment.putAll(setup.variables);
		setup.agents.forEach((name, port) -> environment.put(name, "127.0.0.1:" + port));
		setup.sockets.forEach((name, socket) -> environment.put(name, socket.toString()));
		Map<String, Integer> ports = new LinkedHashMap<>();
		for (Map.Entry<String, String> binding : setup.bindings.entrySet()) {
			String host = binding.getValue();
			int port = freePort(host);
			ports.put(binding.getKey(), port);
			environment.put(binding.getKey(), (host.contains(":") ? "[" + host + "]" : host) + ":" + port);
		}
		return new HaproxyProcess(folder, builder, ports, binary);
	}

	/**
	 * A port below those that the system gives to connections, which otherwise may take
	 * the port before HAProxy does.
	 */
	static int freePort(String host) throws IOException {
		for (int tries = 1;; tries++) {
			try (ServerSocket socket = new ServerSocket()) {
				socket.bind(new InetSocketAddress(host, ThreadLocalRandom.current().nextInt(20_000, 32_768)));
				return socket.getLocalPort();
			}
			catch (BindException ex) {
				if (tries == 100) {
					throw ex;
				}
			}
		}
	}

	@Override
	public String toString() {
		return this.binary + " as a process of " + this.binary.path();
	}

}
