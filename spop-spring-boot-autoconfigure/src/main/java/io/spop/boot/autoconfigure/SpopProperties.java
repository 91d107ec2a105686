package io.spop.boot.autoconfigure;

import java.net.InetAddress;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.spop.handler.Execution;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * Properties of the SPOP agent. One that does not exist stops the start: it is a typo.
 *
 * @since 0.1.0
 */
@ConfigurationProperties(prefix = "spop", ignoreUnknownFields = false)
public final class SpopProperties {

	/**
	 * Whether to run an agent.
	 */
	private boolean enabled = true;

	/**
	 * Listeners by name. Without any there is one named 'default' on 127.0.0.1:12345.
	 */
	private final Map<String, Listener> listeners = new LinkedHashMap<>();

	/**
	 * Name of the argument that tells requests apart, for which HAProxy sends
	 * 'unique-id', say. Its value goes into the MDC of handlers as 'spop.request-id', and
	 * into the log lines and Observations of messages.
	 */
	private @Nullable String correlationArgument;

	private final Frame frame = new Frame();

	private final Connection connection = new Connection();

	private final Handler handler = new Handler();

	private final Observations observations = new Observations();

	private final WarmUp warmUp = new WarmUp();

	private final Shutdown shutdown = new Shutdown();

	private final Haproxy haproxy = new Haproxy();

	public boolean isEnabled() {
		return this.enabled;
	}

	public void setEnabled(boolean enabled) {
		this.enabled = enabled;
	}

	public Map<String, Listener> getListeners() {
		return this.listeners;
	}

	public @Nullable String getCorrelationArgument() {
		return this.correlationArgument;
	}

	public void setCorrelationArgument(@Nullable String correlationArgument) {
		this.correlationArgument = correlationArgument;
	}

	public Frame getFrame() {
		return this.frame;
	}

	public Connection getConnection() {
		return this.connection;
	}

	public Handler getHandler() {
		return this.handler;
	}

	/**
	 * Return the properties of observations.
	 * @return the properties
	 */
	public Observations getObservations() {
		return this.observations;
	}

	/**
	 * Return the properties of the warm-up.
	 * @return the properties
	 */
	public WarmUp getWarmUp() {
		return this.warmUp;
	}

	public Shutdown getShutdown() {
		return this.shutdown;
	}

	/**
	 * Return the properties of HAProxy's configuration.
	 * @return the properties
	 */
	public Haproxy getHaproxy() {
		return this.haproxy;
	}

	/**
	 * A TCP listener has a port, one on a UNIX socket has a path.
	 */
	public static final class Listener {

		/**
		 * Address to bind to, loopback if not set. SPOP has no authentication: do not
		 * listen on a public address.
		 */
		private @Nullable InetAddress address;

		/**
		 * TCP port. Use 0 for any that is free.
		 */
		private @Nullable Integer port;

		/**
		 * Path of the UNIX socket, at most 107 bytes. Its folder must exist.
		 */
		private @Nullable String path;

		/**
		 * Permissions of the UNIX socket, as 'rw-rw----' or as a quoted octal number such
		 * as '0660'. HAProxy needs to read and write. Left to the umask if not set.
		 */
		private @Nullable String permissions;

		/**
		 * Name or number of the user that owns the UNIX socket. Only a privileged process
		 * can give it to another user than its own.
		 */
		private @Nullable String owner;

		/**
		 * Name or number of the group of the UNIX socket. Its permissions must let the
		 * group write.
		 */
		private @Nullable String group;

		/**
		 * Addresses that may connect, such as '192.0.2.1' and '10.0.0.0/8', for a TCP
		 * listener. All if not set.
		 */
		private @Nullable List<String> allow;

		private final Ssl ssl = new Ssl();

		public @Nullable InetAddress getAddress() {
			return this.address;
		}

		public void setAddress(@Nullable InetAddress address) {
			this.address = address;
		}

		public @Nullable Integer getPort() {
			return this.port;
		}

		public void setPort(@Nullable Integer port) {
			this.port = port;
		}

		public @Nullable String getPath() {
			return this.path;
		}

		public void setPath(@Nullable String path) {
			this.path = path;
		}

		public @Nullable String getPermissions() {
			return this.permissions;
		}

		public void setPermissions(@Nullable String permissions) {
			this.permissions = permissions;
		}

		public @Nullable String getOwner() {
			return this.owner;
		}

		public void setOwner(@Nullable String owner) {
			this.owner = owner;
		}

		public @Nullable String getGroup() {
			return this.group;
		}

		public void setGroup(@Nullable String group) {
			this.group = group;
		}

		public @Nullable List<String> getAllow() {
			return this.allow;
		}

		public void setAllow(@Nullable List<String> allow) {
			this.allow = allow;
		}

		public Ssl getSsl() {
			return this.ssl;
		}

	}

	/**
	 * TLS of a TCP listener.
	 */
	public static final class Ssl {

		/**
		 * SSL bundle with the certificate of the agent, and with the authorities of the
		 * clients' certificates if it asks for them. Without a bundle there is no TLS.
		 */
		private @Nullable String bundle;

		/**
		 * Whether clients need a certificate. They do not if not set.
		 */
		private @Nullable ClientAuth clientAuth;

		public @Nullable String getBundle() {
			return this.bundle;
		}

		public void setBundle(@Nullable String bundle) {
			this.bundle = bundle;
		}

		public @Nullable ClientAuth getClientAuth() {
			return this.clientAuth;
		}

		public void setClientAuth(@Nullable ClientAuth clientAuth) {
			this.clientAuth = clientAuth;
		}

	}

	/**
	 * Whether clients need a certificate.
	 */
	public enum ClientAuth {

		/**
		 * They are not asked for one.
		 */
		NONE,

		/**
		 * They are asked for one. Without it they may connect, with a wrong one they may
		 * not.
		 */
		WANT,

		/**
		 * They need one.
		 */
		NEED

	}

	/**
	 * What concerns single frames.
	 */
	public static final class Frame {

		/**
		 * Largest frame that the agent takes. HAProxy's offer, by default 16380 bytes, is
		 * echoed if it is not larger. Without a unit, in bytes.
		 */
		private DataSize maxSize = DataSize.ofKilobytes(64);

		/**
		 * Largest frame that the agent takes before the handshake is done. Without a
		 * unit, in bytes.
		 */
		private DataSize maxHelloSize = DataSize.ofKilobytes(16);

		/**
		 * How long the rest of a frame may take after its first byte. Without a unit, in
		 * milliseconds.
		 */
		private Duration timeout = Duration.ofSeconds(10);

		/**
		 * Whether HAProxy up to 3.0 may split a NOTIFY over several frames. If not, set
		 * 'no option send-frag-payload' in its spoe-agent section.
		 */
		private boolean fragmentation = false;

		/**
		 * Largest payload of all fragments of a NOTIFY together. Without a unit, in
		 * bytes.
		 */
		private DataSize maxFragmentedSize = DataSize.ofMegabytes(1);

		public DataSize getMaxSize() {
			return this.maxSize;
		}

		public void setMaxSize(DataSize maxSize) {
			this.maxSize = maxSize;
		}

		public DataSize getMaxHelloSize() {
			return this.maxHelloSize;
		}

		public void setMaxHelloSize(DataSize maxHelloSize) {
			this.maxHelloSize = maxHelloSize;
		}

		public Duration getTimeout() {
			return this.timeout;
		}

		public void setTimeout(Duration timeout) {
			this.timeout = timeout;
		}

		public boolean isFragmentation() {
			return this.fragmentation;
		}

		public void setFragmentation(boolean fragmentation) {
			this.fragmentation = fragmentation;
		}

		public DataSize getMaxFragmentedSize() {
			return this.maxFragmentedSize;
		}

		public void setMaxFragmentedSize(DataSize maxFragmentedSize) {
			this.maxFragmentedSize = maxFragmentedSize;
		}

	}

	/**
	 * What concerns each connection of HAProxy.
	 */
	public static final class Connection {

		/**
		 * How long the handshake may take. Without a unit, in milliseconds.
		 */
		private Duration handshakeTimeout = Duration.ofSeconds(10);

		/**
		 * How long a connection may carry nothing before the agent closes it. Off if not
		 * set, since HAProxy closes idle connections itself; must be well above its
		 * 'timeout idle'. Without a unit, in milliseconds.
		 */
		private @Nullable Duration idleTimeout;

		/**
		 * How long HAProxy may leave ACKs unread once the high-water mark is reached,
		 * before the agent closes the connection. Without a unit, in milliseconds.
		 */
		private Duration writeTimeout = Duration.ofSeconds(10);

		/**
		 * How long a connection is used at most, in milliseconds without a unit, so that
		 * traffic spreads to agents that were added. Unlimited if not set.
		 */
		private @Nullable Duration maxAge;

		/**
		 * How many bytes of ACKs may wait for HAProxy to read them before the agent stops
		 * reading from the connection. Without a unit, in bytes.
		 */
		private DataSize highWaterMark = DataSize.ofKilobytes(64);

		/**
		 * How many bytes of incomplete frames the agent holds for all connections
		 * together. At the limit the connection that wants more is closed. An eighth of
		 * the largest heap if not set. Without a unit, in bytes.
		 */
		private @Nullable DataSize maxBufferedSize;

		/**
		 * How many NOTIFY frames may wait for their ACK before the agent stops reading
		 * from the connection.
		 */
		private int maxInFlight = 128;

		/**
		 * Whether HAProxy may send several NOTIFY frames before the first is answered.
		 * Switch it off if ACKs have more than 819 bytes: HAProxy 3.1 and later may hang
		 * otherwise.
		 */
		private boolean pipelining = true;

		/**
		 * Whether an ACK without actions unsets a variable that nobody sets. Only HAProxy
		 * 3.1.0 and some releases that follow need it.
		 */
		private boolean fillEmptyAck = false;

		/**
		 * How many connections the kernel holds for a listener until the agent accepts
		 * them.
		 */
		private int backlog = 1024;

		/**
		 * How many connections of a listener carry frames at a time. At the limit the
		 * handshake of another waits until one closes, while health checks are answered.
		 * Unlimited if not set.
		 */
		private @Nullable Integer maxConnections;

		public Duration getHandshakeTimeout() {
			return this.handshakeTimeout;
		}

		public void setHandshakeTimeout(Duration handshakeTimeout) {
			this.handshakeTimeout = handshakeTimeout;
		}

		public @Nullable Duration getIdleTimeout() {
			return this.idleTimeout;
		}

		public void setIdleTimeout(@Nullable Duration idleTimeout) {
			this.idleTimeout = idleTimeout;
		}

		public Duration getWriteTimeout() {
			return this.writeTimeout;
		}

		public void setWriteTimeout(Duration writeTimeout) {
			this.writeTimeout = writeTimeout;
		}

		public @Nullable Duration getMaxAge() {
			return this.maxAge;
		}

		public void setMaxAge(@Nullable Duration maxAge) {
			this.maxAge = maxAge;
		}

		public DataSize getHighWaterMark() {
			return this.highWaterMark;
		}

		public void setHighWaterMark(DataSize highWaterMark) {
			this.highWaterMark = highWaterMark;
		}

		public @Nullable DataSize getMaxBufferedSize() {
			return this.maxBufferedSize;
		}

		public void setMaxBufferedSize(@Nullable DataSize maxBufferedSize) {
			this.maxBufferedSize = maxBufferedSize;
		}

		public int getMaxInFlight() {
			return this.maxInFlight;
		}

		public void setMaxInFlight(int maxInFlight) {
			this.maxInFlight = maxInFlight;
		}

		public boolean isPipelining() {
			return this.pipelining;
		}

		public void setPipelining(boolean pipelining) {
			this.pipelining = pipelining;
		}

		public boolean isFillEmptyAck() {
			return this.fillEmptyAck;
		}

		public void setFillEmptyAck(boolean fillEmptyAck) {
			this.fillEmptyAck = fillEmptyAck;
		}

		public int getBacklog() {
			return this.backlog;
		}

		public void setBacklog(int backlog) {
			this.backlog = backlog;
		}

		public @Nullable Integer getMaxConnections() {
			return this.maxConnections;
		}

		public void setMaxConnections(@Nullable Integer maxConnections) {
			this.maxConnections = maxConnections;
		}

	}

	/**
	 * What concerns the handling of messages.
	 */
	public static final class Handler {

		/**
		 * How long the handling of a NOTIFY may take before the fallback is answered.
		 * Must be shorter than 'timeout processing' of HAProxy. Without a unit, in
		 * milliseconds.
		 */
		private Duration timeout = Duration.ofSeconds(1);

		/**
		 * Charset in which text of arguments is read. Malformed bytes become its
		 * replacement.
		 */
		private Charset charset = StandardCharsets.UTF_8;

		/**
		 * Where methods are called that are marked neither with @Blocking nor
		 * with @NonBlocking.
		 */
		private Execution execution = Execution.AUTO;

		/**
		 * Name of the bean that has the threads of methods that may block, a
		 * java.util.concurrent.Executor. By default the agent has its own, a pool or
		 * virtual threads.
		 */
		private String executor = "spopHandlerTaskExecutor";

		private final Pool pool = new Pool();

		private final ErrorVariable errorVariable = new ErrorVariable();

		public Duration getTimeout() {
			return this.timeout;
		}

		public void setTimeout(Duration timeout) {
			this.timeout = timeout;
		}

		public Charset getCharset() {
			return this.charset;
		}

		public void setCharset(Charset charset) {
			this.charset = charset;
		}

		public Execution getExecution() {
			return this.execution;
		}

		public void setExecution(Execution execution) {
			this.execution = execution;
		}

		public String getExecutor() {
			return this.executor;
		}

		public void setExecutor(String executor) {
			this.executor = executor;
		}

		public Pool getPool() {
			return this.pool;
		}

		public ErrorVariable getErrorVariable() {
			return this.errorVariable;
		}

	}

	/**
	 * The pool of threads of methods that may block. Without effect while virtual threads
	 * are enabled or 'spop.handler.executor' names another executor.
	 */
	public static final class Pool {

		/**
		 * How many threads there are at most. When all are busy and the queue is full,
		 * the fallback is answered at once. By default 8 for each processor, at least 64.
		 */
		private int maxSize = Math.max(64, 8 * Runtime.getRuntime().availableProcessors());

		/**
		 * How many calls may wait for a thread. None by default: HAProxy has often
		 * stopped waiting before the turn of such a call comes.
		 */
		private int queueCapacity = 0;

		/**
		 * How long a thread may be idle before it ends, in full seconds. Without a unit,
		 * in milliseconds.
		 */
		private Duration keepAlive = Duration.ofSeconds(60);

		public int getMaxSize() {
			return this.maxSize;
		}

		public void setMaxSize(int maxSize) {
			this.maxSize = maxSize;
		}

		public int getQueueCapacity() {
			return this.queueCapacity;
		}

		public void setQueueCapacity(int queueCapacity) {
			this.queueCapacity = queueCapacity;
		}

		public Duration getKeepAlive() {
			return this.keepAlive;
		}

		public void setKeepAlive(Duration keepAlive) {
			this.keepAlive = keepAlive;
		}

	}

	/**
	 * The variable that tells HAProxy's rules that a handler failed or was late.
	 */
	public static final class ErrorVariable {

		/**
		 * Name of the variable that the fallback sets to true, without scope and prefix.
		 * If not set, the fallback has no action.
		 */
		private @Nullable String name;

		/**
		 * Scope of the variable.
		 */
		private VarScope scope = VarScope.TRANSACTION;

		public @Nullable String getName() {
			return this.name;
		}

		public void setName(@Nullable String name) {
			this.name = name;
		}

		public VarScope getScope() {
			return this.scope;
		}

		public void setScope(VarScope scope) {
			this.scope = scope;
		}

	}

	/**
	 * Properties of observations.
	 *
	 * @since 0.1.0
	 */
	public static final class Observations {

		/**
		 * Whether to make an Observation for each message, for traces and for histograms.
		 * It takes the place of the timer "spop.message", and costs much more than it.
		 */
		private boolean enabled = false;

		/**
		 * Name of the argument that has the trace of the caller, as the header
		 * "traceparent" or "b3" has it.
		 */
		private @Nullable String traceArgument;

		public boolean isEnabled() {
			return this.enabled;
		}

		public void setEnabled(boolean enabled) {
			this.enabled = enabled;
		}

		public @Nullable String getTraceArgument() {
			return this.traceArgument;
		}

		public void setTraceArgument(@Nullable String traceArgument) {
			this.traceArgument = traceArgument;
		}

	}

	/**
	 * Properties of the warm-up.
	 *
	 * @since 0.1.0
	 */
	public static final class WarmUp {

		/**
		 * Whether the agent sends frames to itself while the application starts, so that
		 * its first ACKs are as fast as later ones. The agent opens a port on loopback
		 * for a moment, and collects garbage before its listeners open. If it has no TCP
		 * listener, the agent opens a UNIX socket instead, and collects no garbage.
		 */
		private boolean enabled = true;

		public boolean isEnabled() {
			return this.enabled;
		}

		public void setEnabled(boolean enabled) {
			this.enabled = enabled;
		}

	}

	/**
	 * How the agent stops.
	 */
	public static final class Shutdown {

		/**
		 * How long HAProxy's health checks, and readiness, fail before connections close,
		 * in milliseconds without a unit. Should be more than the 'inter' of the checks
		 * times their 'fall'.
		 */
		private Duration preDrainDelay = Duration.ZERO;

		/**
		 * How long connections and listeners may take to close after the pre-drain delay,
		 * in milliseconds without a unit. What is left then is closed by force.
		 */
		private Duration gracePeriod = Duration.ofSeconds(20);

		public Duration getPreDrainDelay() {
			return this.preDrainDelay;
		}

		public void setPreDrainDelay(Duration preDrainDelay) {
			this.preDrainDelay = preDrainDelay;
		}

		public Duration getGracePeriod() {
			return this.gracePeriod;
		}

		public void setGracePeriod(Duration gracePeriod) {
			this.gracePeriod = gracePeriod;
		}

	}

	/**
	 * Properties of HAProxy's configuration.
	 *
	 * @since 0.1.0
	 */
	public static final class Haproxy {

		/**
		 * Files and folders of HAProxy's configuration to check against the handlers when
		 * the application starts. Files that they name are read, too.
		 */
		private List<String> check = List.of();

		/**
		 * What to do if the check finds an error or a warning.
		 */
		private OnFinding onFinding = OnFinding.WARN;

		/**
		 * Version of HAProxy that reads the configuration.
		 */
		private String version = "3.4";

		/**
		 * Folder to write HAProxy's configuration to. The application then ends, without
		 * having opened a listener. Meant for the command line.
		 */
		private @Nullable String write;

		public List<String> getCheck() {
			return this.check;
		}

		public void setCheck(List<String> check) {
			this.check = check;
		}

		public OnFinding getOnFinding() {
			return this.onFinding;
		}

		public void setOnFinding(OnFinding onFinding) {
			this.onFinding = onFinding;
		}

		public String getVersion() {
			return this.version;
		}

		public void setVersion(String version) {
			this.version = version;
		}

		public @Nullable String getWrite() {
			return this.write;
		}

		public void setWrite(@Nullable String write) {
			this.write = write;
		}

	}

	/**
	 * What to do if HAProxy's configuration has errors or warnings.
	 */
	public enum OnFinding {

		/**
		 * Log them, and start.
		 */
		WARN,

		/**
		 * Fail to start.
		 */
		FAIL

	}

}
