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
 * Properties of the SPOP agent. The application fails to start if its configuration has a
 * property below {@code spop} that does not exist.
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
	 * Listeners by name. If not set, the agent has one listener, 'default' on
	 * 127.0.0.1:12345.
	 */
	private final Map<String, Listener> listeners = new LinkedHashMap<>();

	/**
	 * Name of the argument that identifies a request, for example 'id' with 'args
	 * id=unique-id' in HAProxy. Its value is in the MDC of handlers as 'spop.request-id',
	 * and in the log lines and Observations of messages.
	 */
	private @Nullable String correlationArgument;

	private final Frame frame = new Frame();

	private final Connection connection = new Connection();

	private final Handler handler = new Handler();

	private final Observations observations = new Observations();

	private final WarmUp warmUp = new WarmUp();

	private final Shutdown shutdown = new Shutdown();

	private final Haproxy haproxy = new Haproxy();

	private final Recording record = new Recording();

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
	 * Return the properties of the recording of frames.
	 * @return the properties
	 */
	public Recording getRecord() {
		return this.record;
	}

	/**
	 * Properties of a listener. A TCP listener has a port, a listener on a UNIX socket
	 * has a path.
	 */
	public static final class Listener {

		/**
		 * Address to bind to, loopback if not set. SPOP has no authentication, so do not
		 * bind to a public address.
		 */
		private @Nullable InetAddress address;

		/**
		 * TCP port. With 0, the system chooses a free port.
		 */
		private @Nullable Integer port;

		/**
		 * Path of the UNIX socket, at most 107 bytes. Its folder must exist.
		 */
		private @Nullable String path;

		/**
		 * Permissions of the UNIX socket, as 'rw-rw----' or as a quoted octal number such
		 * as '0660'. HAProxy needs to read and write. If not set, the umask decides.
		 */
		private @Nullable String permissions;

		/**
		 * Name or number of the user that owns the UNIX socket. Only a privileged process
		 * can give the socket to another user.
		 */
		private @Nullable String owner;

		/**
		 * Name or number of the group of the UNIX socket. The permissions must let the
		 * group read and write.
		 */
		private @Nullable String group;

		/**
		 * Addresses that may connect to a TCP listener, such as '192.0.2.1' and
		 * '10.0.0.0/8'. If not set, all may connect.
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
		 * clients' certificates if clients need one. If not set, the listener has no TLS.
		 */
		private @Nullable String bundle;

		/**
		 * Whether clients need a certificate. If not set, they need none.
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
		 * The agent asks for no certificate.
		 */
		NONE,

		/**
		 * The agent asks for a certificate. A client without a certificate may connect, a
		 * client with an invalid one may not.
		 */
		WANT,

		/**
		 * Clients need a valid certificate.
		 */
		NEED

	}

	/**
	 * Properties of frames.
	 */
	public static final class Frame {

		/**
		 * Largest frame that the agent takes. The agent agrees to the size that HAProxy
		 * offers, by default 16380 bytes, up to this limit. Without a unit, in bytes.
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
		 * Whether HAProxy up to 3.0 may split a NOTIFY over several frames. If false, set
		 * 'no option send-frag-payload' in HAProxy's spoe-agent section.
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
	 * Properties of HAProxy's connections.
	 */
	public static final class Connection {

		/**
		 * How long the handshake may take. Without a unit, in milliseconds.
		 */
		private Duration handshakeTimeout = Duration.ofSeconds(10);

		/**
		 * How long a connection may carry no frame before the agent closes it. If not
		 * set, only HAProxy closes idle connections. Set it to well above HAProxy's
		 * 'timeout idle'. Without a unit, in milliseconds.
		 */
		private @Nullable Duration idleTimeout;

		/**
		 * How long HAProxy may leave ACKs unread once the high-water mark is reached,
		 * before the agent closes the connection. Without a unit, in milliseconds.
		 */
		private Duration writeTimeout = Duration.ofSeconds(10);

		/**
		 * Longest time that a connection is used. A limit lets agents that were added get
		 * their share of the requests. If not set, there is no limit. Without a unit, in
		 * milliseconds.
		 */
		private @Nullable Duration maxAge;

		/**
		 * How many bytes of ACKs may wait for HAProxy to read them before the agent stops
		 * reading from the connection. Without a unit, in bytes.
		 */
		private DataSize highWaterMark = DataSize.ofKilobytes(64);

		/**
		 * How many bytes of incomplete frames the agent holds for all connections
		 * together. At the limit, the agent closes the connection that needs more. If not
		 * set, an eighth of the largest heap. Without a unit, in bytes.
		 */
		private @Nullable DataSize maxBufferedSize;

		/**
		 * How many NOTIFY frames may wait for their ACK before the agent stops reading
		 * from the connection. It also stops if these frames have 8 times as many
		 * messages.
		 */
		private int maxInFlight = 128;

		/**
		 * Whether HAProxy may send several NOTIFY frames before the first is answered.
		 * With HAProxy 3.1 and later, set it to false if ACKs have more than 819 bytes:
		 * HAProxy may hang otherwise.
		 */
		private boolean pipelining = true;

		/**
		 * Whether the agent adds an action to an ACK without actions, which unsets an
		 * unused variable. Only HAProxy 3.1.0 and some releases after it need this.
		 */
		private boolean fillEmptyAck = false;

		/**
		 * How many connections the kernel holds for a listener until the agent accepts
		 * them.
		 */
		private int backlog = 1024;

		/**
		 * How many connections of a listener may carry frames at a time. At the limit,
		 * the handshake of a further connection waits until another connection closes.
		 * Health checks are still answered. If not set, there is no limit.
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
	 * Properties of the handling of messages.
	 */
	public static final class Handler {

		/**
		 * How long the handlers of a NOTIFY may take before the agent answers with the
		 * fallback. Must be shorter than 'timeout processing' of HAProxy. Without a unit,
		 * in milliseconds.
		 */
		private Duration timeout = Duration.ofSeconds(1);

		/**
		 * Charset of text in arguments. Malformed bytes are replaced as the charset does.
		 */
		private Charset charset = StandardCharsets.UTF_8;

		/**
		 * Which threads call the methods that have neither @Blocking nor @NonBlocking.
		 */
		private Execution execution = Execution.AUTO;

		/**
		 * Name of the java.util.concurrent.Executor bean that calls the methods that may
		 * block. The default is the agent's own bean, a pool or virtual threads.
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
	 * Properties of the pool of threads for methods that may block. Without effect if
	 * virtual threads are enabled or if 'spop.handler.executor' names another executor.
	 */
	public static final class Pool {

		/**
		 * Largest number of threads. If all are busy and the queue is full, the agent
		 * answers with the fallback at once. The default is 8 for each processor, at
		 * least 64.
		 */
		private int maxSize = Math.max(64, 8 * Runtime.getRuntime().availableProcessors());

		/**
		 * How many calls may wait for a thread. With 0 none may wait: HAProxy has often
		 * stopped waiting before such a call gets a thread.
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
	 * Properties of the variable that tells HAProxy's rules that a handler failed or was
	 * late.
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
		 * The Observation replaces the timer "spop.message", and costs much more than the
		 * timer.
		 */
		private boolean enabled = false;

		/**
		 * Name of the argument with the value of the header "traceparent" or "b3", which
		 * continues the trace of the caller.
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
	 * Properties of the end of the agent.
	 */
	public static final class Shutdown {

		/**
		 * How long HAProxy's health checks and readiness fail before the agent closes
		 * connections. Should be longer than the 'inter' of HAProxy's checks times their
		 * 'fall'. Without a unit, in milliseconds.
		 */
		private Duration preDrainDelay = Duration.ZERO;

		/**
		 * How long connections and listeners may take to close after the pre-drain delay.
		 * The agent then closes the rest by force. Without a unit, in milliseconds.
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
		 * the application starts. Files that these files name are read, too.
		 */
		private List<String> check = List.of();

		/**
		 * What to do if the check finds an error or a warning.
		 */
		private OnFinding onFinding = OnFinding.WARN;

		/**
		 * Version of HAProxy that reads the configuration: 2.6 to 3.4, but not 3.1.
		 */
		private String version = "3.4";

		/**
		 * Folder to write HAProxy's configuration to. The application ends after that,
		 * and opens no listener. Meant for the command line.
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
		 * Log the findings, and start.
		 */
		WARN,

		/**
		 * Fail to start.
		 */
		FAIL

	}

	/**
	 * Properties of the recording of frames.
	 *
	 * @since 0.1.0
	 */
	public static final class Recording {

		/**
		 * File to record the frames of HAProxy and of the agent to, which have what
		 * clients send. If not set, nothing is recorded. Its folder must exist, and only
		 * one application may write it.
		 */
		private @Nullable String file;

		/**
		 * Part of the NOTIFY frames to record, each with its ACK, from 0 to 1.
		 */
		private double sampleRate = 1;

		/**
		 * Messages to record. A NOTIFY with one of them is recorded with its other
		 * messages. If not set, all.
		 */
		private List<String> messages = List.of();

		/**
		 * Arguments, in any message, whose values are left out. The recording has NULL in
		 * their place.
		 */
		private List<String> redactedArguments = List.of();

		/**
		 * Size at which the file is renamed, from 'day.spop' to 'day.spop.1', and a new
		 * one begins. Without a unit, in bytes.
		 */
		private DataSize maxFileSize = DataSize.ofMegabytes(100);

		/**
		 * How many files are kept, with the one that is written.
		 */
		private int maxFiles = 5;

		public @Nullable String getFile() {
			return this.file;
		}

		public void setFile(@Nullable String file) {
			this.file = file;
		}

		public double getSampleRate() {
			return this.sampleRate;
		}

		public void setSampleRate(double sampleRate) {
			this.sampleRate = sampleRate;
		}

		public List<String> getMessages() {
			return this.messages;
		}

		public void setMessages(List<String> messages) {
			this.messages = messages;
		}

		public List<String> getRedactedArguments() {
			return this.redactedArguments;
		}

		public void setRedactedArguments(List<String> redactedArguments) {
			this.redactedArguments = redactedArguments;
		}

		public DataSize getMaxFileSize() {
			return this.maxFileSize;
		}

		public void setMaxFileSize(DataSize maxFileSize) {
			this.maxFileSize = maxFileSize;
		}

		public int getMaxFiles() {
			return this.maxFiles;
		}

		public void setMaxFiles(int maxFiles) {
			this.maxFiles = maxFiles;
		}

	}

}
