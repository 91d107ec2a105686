package io.spop.test.haproxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Describes a HAProxy and starts it. Not safe to use by several threads.
 *
 * @since 0.1.0
 * @see Haproxy
 */
public final class HaproxySetup {

	/**
	 * The system property that says where HAProxy runs, {@code container} or
	 * {@code process}. Without it, in a container where there is an engine, otherwise as
	 * a process where there is a binary; a test is skipped where there is neither.
	 */
	public static final String PROPERTY = "spop.test.haproxy";

	private static final Logger logger = LoggerFactory.getLogger(HaproxySetup.class);

	/** Why there is no image: once is enough to wait two minutes for it. */
	private static volatile @Nullable String noImage;

	private static final String LOOPBACK = "127.0.0.1";

	final Map<String, String> files = new LinkedHashMap<>();

	final Map<String, String> variables = new LinkedHashMap<>();

	/** By variable, the host to bind to. */
	final Map<String, String> bindings = new LinkedHashMap<>();

	/** By variable, the port of an agent. */
	final Map<String, Integer> agents = new LinkedHashMap<>();

	/** By variable, the UNIX socket of an agent. */
	final Map<String, Path> sockets = new LinkedHashMap<>();

	HaproxySetup(String configuration) {
		file("haproxy.cfg", configuration);
	}

	/**
	 * Add a file to the folder where HAProxy runs. Relative paths of the configuration
	 * are relative to it.
	 * @param name its name
	 * @param content what is in it
	 * @return this
	 */
	public HaproxySetup file(String name, String content) {
		this.files.put(name, content);
		return this;
	}

	/**
	 * Add a copy of a file to the folder where HAProxy runs.
	 * @param file the file, whose name the copy has
	 * @return this
	 * @throws UncheckedIOException if it cannot be read
	 */
	public HaproxySetup file(Path file) {
		try {
			return file(file.getFileName().toString(), Files.readString(file));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Set an environment variable of HAProxy.
	 * @param name its name
	 * @param value its value
	 * @return this
	 */
	public HaproxySetup variable(String name, String value) {
		this.variables.put(name, value);
		return this;
	}

	/**
	 * Set an environment variable of HAProxy to an address of the loopback interface with
	 * a free port, such as {@code 127.0.0.1:40123}, for a {@code bind} line.
	 * @param name its name
	 * @return this
	 * @see Haproxy#uri()
	 * @see Haproxy#port(String)
	 */
	public HaproxySetup bind(String name) {
		return bind(name, LOOPBACK);
	}

	/**
	 * Set an environment variable of HAProxy to an address with a free port, for a
	 * {@code bind} line.
	 * @param name its name
	 * @param host the host of the address, IPv6 without brackets; a container on a
	 * network of its own binds to all of its addresses instead
	 * @return this
	 * @see Haproxy#port(String)
	 */
	public HaproxySetup bind(String name, String host) {
		this.bindings.put(name, host);
		return this;
	}

	/**
	 * Set the environment variable {@code AGENT} of HAProxy to the address of an agent,
	 * for a {@code server} line.
	 * @param port the port on which it listens on this machine, loopback at least
	 * @return this
	 */
	public HaproxySetup agent(int port) {
		return agent("AGENT", port);
	}

	/**
	 * Set the environment variable {@code AGENT} of HAProxy to the address of an agent,
	 * for a {@code server} line.
	 * @param socket the UNIX socket on which it listens
	 * @return this
	 */
	public HaproxySetup agent(Path socket) {
		return agent("AGENT", socket);
	}

	/**
	 * Set an environment variable of HAProxy to the address of an agent, for a
	 * {@code server} line.
	 * @param name the name of the variable
	 * @param port the port on which it listens on this machine, loopback at least
	 * @return this
	 */
	public HaproxySetup agent(String name, int port) {
		this.agents.put(name, port);
		return this;
	}

	/**
	 * Set an environment variable of HAProxy to the address of an agent, for a
	 * {@code server} line.
	 * @param name the name of the variable
	 * @param socket the UNIX socket on which it listens; HAProxy may run as another user
	 * and needs read and write
	 * @return this
	 */
	public HaproxySetup agent(String name, Path socket) {
		this.sockets.put(name, socket.toAbsolutePath());
		return this;
	}

	/**
	 * Start HAProxy in a container or as a process, as {@value #PROPERTY} says or as the
	 * machine can, and wait until it listens. Where it can do neither, the test is
	 * skipped with the reason.
	 * @return the running HAProxy
	 * @throws IllegalStateException if it does not start; the message contains what it
	 * says
	 */
	public Haproxy start() {
		String where = System.getProperty(PROPERTY, "");
		return switch (where) {
			case "container" -> startContainer();
			case "process" -> startProcess();
			case "" -> startAnywhere();
			default -> throw new IllegalStateException(
					"The system property " + PROPERTY + " is 'container' or 'process', not '" + where + "'");
		};
	}

	private Haproxy startAnywhere() {
		String noContainer = (noImage != null) ? noImage : whyNoContainer();
		if (noContainer == null) {
			try {
				return startContainer();
			}
			catch (HaproxyContainer.NoImageException ex) {
				noContainer = String.valueOf(ex.getMessage());
				noImage = noContainer;
			}
		}
		Optional<Path> binary = HaproxyProcess.find();
		if (binary.isEmpty()) {
			return Assumptions.abort("There is no HAProxy for this test. For one in a container: " + noContainer
					+ ". For a process: neither $HAPROXY nor the PATH has a haproxy");
		}
		logger.info("HAProxy runs as a process. For one in a container: {}", noContainer);
		return startProcess();
	}

	private static @Nullable String whyNoContainer() {
		try {
			Class.forName("org.testcontainers.DockerClientFactory", false, HaproxySetup.class.getClassLoader());
		}
		catch (ClassNotFoundException ex) {
			return "org.testcontainers:testcontainers is not on the class path";
		}
		return HaproxyContainer.isEngineAvailable() ? null : "no container engine answers";
	}

	/**
	 * Start HAProxy in a container, and wait until it listens.
	 * @return the running HAProxy
	 * @throws IllegalStateException if it does not start; the message contains what it
	 * says
	 */
	public HaproxyContainer startContainer() {
		String missing = whyNoContainer();
		if (missing != null) {
			throw new IllegalStateException("HAProxy cannot run in a container: " + missing);
		}
		return started(() -> HaproxyContainer.start(this));
	}

	/**
	 * Start the HAProxy of {@link HaproxyProcess#find()}, and wait until it listens.
	 * @return the running HAProxy
	 * @throws IllegalStateException if there is none, or if it does not start; the
	 * message contains what it says
	 */
	public HaproxyProcess startProcess() {
		return startProcess(HaproxyProcess.find()
			.map(HaproxyBinary::of)
			.orElseThrow(() -> new IllegalStateException(
					"There is no HAProxy: neither $HAPROXY nor the PATH has a haproxy")));
	}

	/**
	 * Start a certain HAProxy, and wait until it listens.
	 * @param binary the program
	 * @return the running HAProxy
	 * @throws IllegalStateException if it does not start; the message contains what it
	 * says
	 */
	public HaproxyProcess startProcess(HaproxyBinary binary) {
		return started(() -> HaproxyProcess.start(this, binary));
	}

	private <H extends RunningHaproxy> H started(Supplier<H> launch) {
		for (int attempt = 1;; attempt++) {
			H haproxy = launch.get();
			if (haproxy.awaitStart()) {
				logger.info("Started {}", haproxy);
				return haproxy;
			}
			String log = String.join("\n", haproxy.log());
			haproxy.close();
			// Somebody else may have taken a port since it was found to be free
			if (attempt == 3 || !log.contains("Address already in use")) {
				throw new IllegalStateException("HAProxy did not start\n" + log);
			}
		}
	}

}
