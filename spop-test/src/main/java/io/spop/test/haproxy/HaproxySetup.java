package io.spop.test.haproxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
	 * {@code process}. If the property is not set, HAProxy runs in a container if there
	 * is an engine, otherwise as a process if there is a program. Without either, the
	 * test is skipped.
	 */
	public static final String PROPERTY = "spop.test.haproxy";

	private static final Logger logger = LoggerFactory.getLogger(HaproxySetup.class);

	/** Why the image could not be pulled. Later tests do not wait for it again. */
	private static volatile @Nullable String noImage;

	private static final String LOOPBACK = "127.0.0.1";

	private static final String AGENT = "AGENT";

	private static final String CONFIGURATION = "haproxy.cfg";

	/** The files that this library and HAProxy write into the folder. */
	private static final Set<String> RESERVED = Set.of(CONFIGURATION, "test.cfg", "log", "admin.sock");

	private static final Pattern ADDRESS_LINE = Pattern.compile("^\\s*(server|server-template|bind)\\s.*");

	/**
	 * An environment variable without a default. One such as <code>${NAME-default}</code>
	 * does not match.
	 */
	private static final Pattern VARIABLE = Pattern.compile("(?<!\\\\)\\$(?:\\{(\\w+)}|(\\w+))");

	private static final Pattern SET_VARIABLE = Pattern.compile("^\\s*(?:setenv|presetenv)\\s+(\\w+)\\s",
			Pattern.MULTILINE);

	final Map<String, String> files = new LinkedHashMap<>();

	final Map<String, String> variables = new LinkedHashMap<>();

	/** The hosts to bind to, by variable. */
	final Map<String, String> bindings = new LinkedHashMap<>();

	/** The ports of agents, by variable. */
	final Map<String, Integer> agents = new LinkedHashMap<>();

	/** The UNIX sockets of agents, by variable. */
	final Map<String, Path> sockets = new LinkedHashMap<>();

	HaproxySetup(String configuration) {
		this.files.put(CONFIGURATION, Objects.requireNonNull(configuration, "configuration"));
	}

	/**
	 * Add a file to the folder where HAProxy runs. Relative paths of the configuration
	 * start there.
	 * @param name its name
	 * @param content what is in it
	 * @return this
	 * @throws IllegalArgumentException if the name is reserved: {@code haproxy.cfg},
	 * {@code test.cfg}, {@code log} or {@code admin.sock}
	 */
	public HaproxySetup file(String name, String content) {
		Objects.requireNonNull(name, "name");
		Objects.requireNonNull(content, "content");
		if (RESERVED.contains(name)) {
			throw new IllegalArgumentException(
					"There is another file '" + name + "' in the folder where HAProxy runs: choose another name");
		}
		this.files.put(name, content);
		return this;
	}

	/**
	 * Add a copy of a file to the folder where HAProxy runs.
	 * @param file the file; the copy has its name
	 * @return this
	 * @throws UncheckedIOException if it cannot be read
	 * @throws IllegalArgumentException as for {@link #file(String, String)}
	 */
	public HaproxySetup file(Path file) {
		Objects.requireNonNull(file, "file");
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
		forget(name);
		this.variables.put(name, Objects.requireNonNull(value, "value"));
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
	 * network of its own binds to all addresses instead
	 * @return this
	 * @see Haproxy#port(String)
	 */
	public HaproxySetup bind(String name, String host) {
		forget(name);
		this.bindings.put(name, Objects.requireNonNull(host, "host"));
		return this;
	}

	/**
	 * Set the environment variable {@code AGENT} of HAProxy to the address of an agent,
	 * for a {@code server} line.
	 * @param port the port on which the agent listens, on loopback of this machine or on
	 * all addresses
	 * @return this
	 */
	public HaproxySetup agent(int port) {
		return agent(AGENT, port);
	}

	/**
	 * Set the environment variable {@code AGENT} of HAProxy to the address of an agent,
	 * for a {@code server} line.
	 * @param socket the UNIX socket on which the agent listens
	 * @return this
	 */
	public HaproxySetup agent(Path socket) {
		return agent(AGENT, socket);
	}

	/**
	 * Set an environment variable of HAProxy to the address of an agent, for a
	 * {@code server} line.
	 * @param name the name of the variable
	 * @param port the port on which the agent listens, on loopback of this machine or on
	 * all addresses
	 * @return this
	 */
	public HaproxySetup agent(String name, int port) {
		if (port < 1 || port > 65535) {
			throw new IllegalArgumentException("The port of an agent is 1 to 65535, not " + port
					+ ": start the agent first, and ask for its port");
		}
		forget(name);
		this.agents.put(name, port);
		return this;
	}

	/**
	 * Set an environment variable of HAProxy to the address of an agent, for a
	 * {@code server} line.
	 * @param name the name of the variable
	 * @param socket the UNIX socket on which the agent listens; HAProxy may run as
	 * another user, which needs the permission to read and write
	 * @return this
	 */
	public HaproxySetup agent(String name, Path socket) {
		Objects.requireNonNull(socket, "socket");
		forget(name);
		this.sockets.put(name, socket.toAbsolutePath());
		return this;
	}

	/**
	 * Remove the earlier value of a variable: the last call counts.
	 */
	private void forget(String name) {
		Objects.requireNonNull(name, "name");
		this.variables.remove(name);
		this.bindings.remove(name);
		this.agents.remove(name);
		this.sockets.remove(name);
	}

	/**
	 * Check that the variables of addresses are set. HAProxy would take the next word for
	 * the address, and ask DNS for it.
	 * @param environment the variables that HAProxy inherits
	 */
	private void requireAddresses(Set<String> environment) {
		String configuration = Objects.requireNonNull(this.files.get(CONFIGURATION));
		Set<String> known = new HashSet<>(environment);
		List.of(this.variables, this.bindings, this.agents, this.sockets).forEach((map) -> known.addAll(map.keySet()));
		SET_VARIABLE.matcher(configuration).results().forEach((result) -> known.add(result.group(1)));
		configuration.lines().filter((line) -> ADDRESS_LINE.matcher(line).matches()).forEach((line) -> {
			Matcher matcher = VARIABLE.matcher(line);
			while (matcher.find()) {
				String name = (matcher.group(1) != null) ? matcher.group(1) : matcher.group(2);
				if (!known.contains(name) && !name.startsWith("HAPROXY_")) {
					throw new IllegalStateException("Nothing sets the environment variable " + name + " of the line '"
							+ line.strip() + "': call " + remedy(name, line) + " before HAProxy is started");
				}
			}
		});
		List.of(this.bindings, this.agents, this.sockets).forEach((map) -> map.keySet().forEach(this::requireUse));
	}

	/**
	 * Check that some file has a variable that is set to an address. HAProxy would use
	 * another address otherwise, and the test would wait for it in vain.
	 */
	private void requireUse(String name) {
		Pattern use = Pattern.compile("\\$(" + Pattern.quote(name) + "\\b|\\{" + Pattern.quote(name) + "[}\\[-])");
		if (this.files.values().stream().noneMatch((text) -> use.matcher(text).find())) {
			throw new IllegalStateException("The configuration does not use the environment variable " + name
					+ ", which is set to an address: write \"${" + name + "}\" in place of the address");
		}
	}

	private static String remedy(String name, String line) {
		if (line.strip().startsWith("bind")) {
			return "bind(\"" + name + "\")";
		}
		return name.equals(AGENT) ? "agent(port) or agent(socket)" : "agent(\"" + name + "\", port)";
	}

	/**
	 * Start HAProxy in a container or as a process, and wait until it listens. The
	 * property {@value #PROPERTY} decides between the two, otherwise what the machine
	 * has. If the machine has neither, the test is skipped with the reason.
	 * @return the running HAProxy
	 * @throws IllegalStateException if HAProxy does not start, with its output in the
	 * message; if the address of a {@code server} or {@code bind} line has an environment
	 * variable that is not set; or if no file uses a variable that {@code bind} or
	 * {@code agent} has set
	 */
	public Haproxy start() {
		requireAddresses(System.getenv().keySet());
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
	 * @throws IllegalStateException if there is no container engine; otherwise as for
	 * {@link #start()}
	 */
	public HaproxyContainer startContainer() {
		requireAddresses(Set.of());
		String missing = whyNoContainer();
		if (missing != null) {
			throw new IllegalStateException("HAProxy cannot run in a container: " + missing);
		}
		return started(() -> HaproxyContainer.start(this));
	}

	/**
	 * Start the HAProxy of {@link HaproxyProcess#find()}, and wait until it listens.
	 * @return the running HAProxy
	 * @throws IllegalStateException if there is no HAProxy; otherwise as for
	 * {@link #start()}
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
	 * @throws IllegalStateException as for {@link #start()}
	 */
	public HaproxyProcess startProcess(HaproxyBinary binary) {
		Objects.requireNonNull(binary, "binary");
		requireAddresses(System.getenv().keySet());
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
			// Another program may have taken a port that was free before
			if (attempt == 3 || !log.contains("Address already in use")) {
				throw new IllegalStateException("HAProxy did not start\n" + log);
			}
		}
	}

}
