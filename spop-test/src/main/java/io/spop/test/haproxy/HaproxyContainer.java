package io.spop.test.haproxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Info;
import com.github.dockerjava.api.model.Volume;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.Testcontainers;
import org.testcontainers.containers.ContainerFetchException;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.startupcheck.StartupCheckStrategy;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;

/**
 * A HAProxy that Testcontainers runs in a container. If the container engine runs on this
 * machine as root, the container uses the machine's network, and HAProxy reaches an agent
 * on loopback or on a UNIX socket. Otherwise, as with Docker Desktop, the container has a
 * network of its own: HAProxy reaches ports of this machine through Testcontainers'
 * tunnel, and cannot reach UNIX sockets.
 *
 * @since 0.1.0
 * @see HaproxySetup#startContainer()
 */
public final class HaproxyContainer extends RunningHaproxy {

	/**
	 * The system property that names the image, by default {@value #DEFAULT_IMAGE}.
	 */
	public static final String IMAGE_PROPERTY = "spop.test.haproxy.image";

	private static final String DEFAULT_IMAGE = "haproxy:3.2";

	private static final String FOLDER = "/usr/local/etc/haproxy";

	private static final String LOOPBACK = "127.0.0.1";

	private final GenericContainer<?> container;

	private final String host;

	private final int adminPort;

	private HaproxyContainer(GenericContainer<?> container, String host, Map<String, Integer> ports, int adminPort) {
		super(host, ports);
		this.container = container;
		this.host = host;
		this.adminPort = adminPort;
	}

	static boolean isEngineAvailable() {
		return DockerClientFactory.instance().isDockerAvailable();
	}

	@SuppressWarnings("resource") // close() closes it
	static HaproxyContainer start(HaproxySetup setup) {
		boolean hostNetwork = isOfThisMachine();
		GenericContainer<?> container = new GenericContainer<>(
				DockerImageName.parse(System.getProperty(IMAGE_PROPERTY, DEFAULT_IMAGE)))
			.withWorkingDirectory(FOLDER)
			.withCommand("haproxy", "-db", "-f", "test.cfg", "-f", "haproxy.cfg")
			.withEnv(setup.variables)
			.withStartupCheckStrategy(new NoStartupCheckStrategy())
			.waitingFor(new NoWaitStrategy());
		setup.files.forEach((name, content) -> container
			.withCopyToContainer(Transferable.of(content.getBytes(StandardCharsets.UTF_8), 0644), FOLDER + "/" + name));
		return hostNetwork ? onHostNetwork(container, setup) : onOwnNetwork(container, setup);
	}

	/**
	 * Return whether containers can use the network and the files of this machine. They
	 * cannot if the engine runs on another machine, in a virtual machine, or without
	 * root.
	 */
	private static boolean isOfThisMachine() {
		Info info = DockerClientFactory.instance().getInfo();
		List<String> security = info.getSecurityOptions();
		String host = DockerClientFactory.instance().dockerHostIpAddress();
		return (host.equals("localhost") || host.equals(LOOPBACK))
				&& System.getProperty("os.version").equals(info.getKernelVersion())
				&& !String.valueOf(info.getOperatingSystem()).contains("Docker Desktop")
				&& (security == null || security.stream().noneMatch((option) -> option.contains("rootless")));
	}

	private static HaproxyContainer onHostNetwork(GenericContainer<?> container, HaproxySetup setup) {
		container.withNetworkMode("host");
		setup.agents.forEach((name, port) -> container.addEnv(name, LOOPBACK + ":" + port));
		setup.sockets.forEach((name, socket) -> container.addEnv(name, socket.toString()));
		// Not withFileSystemBind, which needs another image to check the path
		List<Bind> binds = setup.sockets.values()
			.stream()
			.map((socket) -> String.valueOf(socket.getParent()))
			.distinct()
			.map((folder) -> new Bind(folder, new Volume(folder)))
			.toList();
		container.withCreateContainerCmdModifier(
				(command) -> Objects.requireNonNull(command.getHostConfig()).withBinds(binds));
		try {
			Map<String, Integer> ports = new LinkedHashMap<>();
			for (Map.Entry<String, String> binding : setup.bindings.entrySet()) {
				String host = binding.getValue();
				int port = HaproxyProcess.freePort(host);
				ports.put(binding.getKey(), port);
				container.addEnv(binding.getKey(), (host.contains(":") ? "[" + host + "]" : host) + ":" + port);
			}
			int adminPort = HaproxyProcess.freePort(LOOPBACK);
			run(container, LOOPBACK, adminPort);
			return new HaproxyContainer(container, LOOPBACK, ports, adminPort);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static HaproxyContainer onOwnNetwork(GenericContainer<?> container, HaproxySetup setup) {
		if (!setup.sockets.isEmpty()) {
			throw new IllegalStateException("A container of this engine cannot reach the UNIX sockets of this machine "
					+ setup.sockets.values() + ": let the agent listen on a port, or run HAProxy as a process with -D"
					+ HaproxySetup.PROPERTY + "=process");
		}
		setup.agents.forEach((name, port) -> {
			Testcontainers.exposeHostPorts(port);
			container.addEnv(name, GenericContainer.INTERNAL_HOST_HOSTNAME + ":" + port);
		});
		int port = 10000;
		container.addExposedPort(port);
		Map<String, Integer> inside = new LinkedHashMap<>();
		for (String name : setup.bindings.keySet()) {
			port++;
			inside.put(name, port);
			container.addExposedPort(port);
			container.addEnv(name, "0.0.0.0:" + port);
		}
		run(container, "0.0.0.0", 10000);
		Map<String, Integer> ports = new LinkedHashMap<>();
		inside.forEach((name, exposed) -> ports.put(name, container.getMappedPort(exposed)));
		return new HaproxyContainer(container, container.getHost(), ports, container.getMappedPort(10000));
	}

	private static void run(GenericContainer<?> container, String adminHost, int adminPort) {
		container.withCopyToContainer(Transferable.of("""
				global
					noreuseport
					stats socket ipv4@%s:%d level admin
				""".formatted(adminHost, adminPort)), FOLDER + "/test.cfg");
		try {
			container.start();
		}
		catch (ContainerFetchException ex) {
			throw new NoImageException("the image " + container.getDockerImageName() + " is neither there nor pulled",
					ex);
		}
	}

	@Override
	boolean awaitStart() {
		await("its start", () -> !isRunning() || isListening());
		return isRunning();
	}

	@Override
	boolean isRunning() {
		return this.container.isRunning();
	}

	private boolean isListening() {
		try {
			return !command("show info").isEmpty();
		}
		catch (UncheckedIOException ex) {
			return false;
		}
	}

	@Override
	public List<String> log() {
		return this.container.getLogs().lines().toList();
	}

	@Override
	public String command(String command) {
		Objects.requireNonNull(command, "command");
		try (Socket socket = new Socket(this.host, this.adminPort)) {
			socket.getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
			return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public void close() {
		this.container.stop();
	}

	@Override
	public String toString() {
		return "HAProxy in a container of the image " + this.container.getDockerImageName();
	}

	/**
	 * Does not check the container. {@link HaproxyContainer#awaitStart()} finds out that
	 * HAProxy has ended, and can still read the log then.
	 */
	private static final class NoStartupCheckStrategy extends StartupCheckStrategy {

		@Override
		public StartupStatus checkStartupState(DockerClient client, String containerId) {
			return StartupStatus.SUCCESSFUL;
		}

	}

	/**
	 * Does not wait. {@link HaproxyContainer#awaitStart()} waits, without a shell in the
	 * image.
	 */
	private static final class NoWaitStrategy extends AbstractWaitStrategy {

		@Override
		protected void waitUntilReady() {
		}

	}

	/**
	 * Thrown when the engine does not have the image and cannot pull it.
	 */
	static final class NoImageException extends IllegalStateException {

		private static final long serialVersionUID = 1L;

		NoImageException(String message, Throwable cause) {
			super(message, cause);
		}

	}

}
