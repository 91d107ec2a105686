package io.spop.boot.autoconfigure.actuate;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

import io.netty.util.NetUtil;
import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopConnection;
import io.spop.agent.SpopFinding;
import io.spop.agent.SpopListener;
import io.spop.boot.autoconfigure.SpopAgentLifecycle;
import io.spop.handler.AnnotatedSpopHandler;
import io.spop.handler.Execution;
import io.spop.handler.HandlerDescription;
import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.write.ConfigurationWriter;
import io.spop.protocol.Capability;
import io.spop.protocol.LogText;
import io.spop.recording.Recorder;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/**
 * {@link Endpoint @Endpoint} that shows where the agent listens, who is connected to it
 * and what handles messages.
 *
 * @since 0.1.0
 */
@Endpoint(id = "spop")
public final class SpopEndpoint {

	private final SpopAgent agent;

	private final SpopAgentLifecycle lifecycle;

	private final ObjectProvider<AnnotatedSpopHandler> handler;

	private final ObjectProvider<SpopMeters> meters;

	private final ObjectProvider<AgentDescription> description;

	private final String haproxyVersion;

	SpopEndpoint(SpopAgent agent, SpopAgentLifecycle lifecycle, ObjectProvider<AnnotatedSpopHandler> handler,
			ObjectProvider<SpopMeters> meters, ObjectProvider<AgentDescription> description, String haproxyVersion) {
		this.agent = agent;
		this.lifecycle = lifecycle;
		this.handler = handler;
		this.meters = meters;
		this.description = description;
		this.haproxyVersion = haproxyVersion;
	}

	/**
	 * Return all parts except HAProxy's configuration.
	 * @return the parts
	 */
	@ReadOperation
	public SpopDescriptor spop() {
		return new SpopDescriptor(listeners(), connections(), handlers(), unhandledMessages(), findings(), null,
				recording());
	}

	/**
	 * Return one part.
	 * @param part {@code listeners}, {@code connections}, {@code handlers},
	 * {@code unhandledMessages}, {@code findings}, {@code haproxy} or {@code recording}
	 * @param version the version of HAProxy that the part {@code haproxy} is for, or
	 * {@code null} for that of {@code spop.haproxy.version}
	 * @return the part alone, or {@code null} if there is no part of this name
	 */
	@ReadOperation
	public @Nullable SpopDescriptor part(@Selector String part, @Nullable String version) {
		return switch (part) {
			case "listeners" -> new SpopDescriptor(listeners(), null, null, null, null, null, null);
			case "connections" -> new SpopDescriptor(null, connections(), null, null, null, null, null);
			case "handlers" -> {
				List<HandlerDescriptor> handlers = handlers();
				yield (handlers != null) ? new SpopDescriptor(null, null, handlers, null, null, null, null) : null;
			}
			case "unhandledMessages" -> new SpopDescriptor(null, null, null, unhandledMessages(), null, null, null);
			case "findings" -> new SpopDescriptor(null, null, null, null, findings(), null, null);
			case "haproxy" -> new SpopDescriptor(null, null, null, null, null,
					haproxy((version != null) ? version : this.haproxyVersion), null);
			case "recording" -> {
				RecordingDescriptor recording = recording();
				yield (recording != null) ? new SpopDescriptor(null, null, null, null, null, null, recording) : null;
			}
			default -> null;
		};
	}

	private List<ListenerDescriptor> listeners() {
		BoundSpopAgent bound = this.lifecycle.agent();
		Map<String, Long> connections = (bound != null) ? bound.connections()
			.stream()
			.collect(Collectors.groupingBy(SpopConnection::listener, Collectors.counting())) : Map.of();
		return this.agent.listeners()
			.stream()
			.map((listener) -> ListenerDescriptor.of(listener, bound,
					Math.toIntExact(connections.getOrDefault(listener.name(), 0L))))
			.toList();
	}

	private List<ConnectionDescriptor> connections() {
		BoundSpopAgent bound = this.lifecycle.agent();
		if (bound == null) {
			return List.of();
		}
		Instant now = Instant.now();
		return bound.connections()
			.stream()
			.map((connection) -> ConnectionDescriptor.of(connection, now))
			.sorted((one, other) -> other.getAge().compareTo(one.getAge()))
			.toList();
	}

	private @Nullable List<HandlerDescriptor> handlers() {
		AnnotatedSpopHandler handler = this.handler.getIfUnique();
		SpopMeters meters = this.meters.getIfAvailable();
		return (handler != null)
				? handler.handlers().stream().map((method) -> HandlerDescriptor.of(method, meters)).toList() : null;
	}

	private List<String> unhandledMessages() {
		BoundSpopAgent bound = this.lifecycle.agent();
		return (bound != null) ? bound.unhandledMessages() : List.of();
	}

	private List<FindingDescriptor> findings() {
		BoundSpopAgent bound = this.lifecycle.agent();
		return (bound != null) ? bound.findings().stream().map(FindingDescriptor::of).toList() : List.of();
	}

	private @Nullable RecordingDescriptor recording() {
		Recorder recorder = this.lifecycle.recorder();
		return (recorder != null) ? RecordingDescriptor.of(recorder) : null;
	}

	private Map<String, String> haproxy(String version) {
		try {
			return ConfigurationWriter.write(this.description.getObject(), HaproxyVersion.of(version)).files();
		}
		catch (IllegalArgumentException ex) {
			String reason = LogText.message(String.valueOf(ex.getMessage()));
			throw new InvalidEndpointRequestException(reason, reason);
		}
	}

	private static @Nullable String text(@Nullable SocketAddress address) {
		if (address instanceof InetSocketAddress inet) {
			return NetUtil.toSocketAddressString(inet);
		}
		String text = (address != null) ? LogText.message(address.toString()) : "";
		return text.isEmpty() ? null : text;
	}

	/**
	 * The parts.
	 */
	public static final class SpopDescriptor implements OperationResponseBody {

		private final @Nullable List<ListenerDescriptor> listeners;

		private final @Nullable List<ConnectionDescriptor> connections;

		private final @Nullable List<HandlerDescriptor> handlers;

		private final @Nullable List<String> unhandledMessages;

		private final @Nullable List<FindingDescriptor> findings;

		private final @Nullable Map<String, String> haproxy;

		private final @Nullable RecordingDescriptor recording;

		SpopDescriptor(@Nullable List<ListenerDescriptor> listeners, @Nullable List<ConnectionDescriptor> connections,
				@Nullable List<HandlerDescriptor> handlers, @Nullable List<String> unhandledMessages,
				@Nullable List<FindingDescriptor> findings, @Nullable Map<String, String> haproxy,
				@Nullable RecordingDescriptor recording) {
			this.listeners = listeners;
			this.connections = connections;
			this.handlers = handlers;
			this.unhandledMessages = unhandledMessages;
			this.findings = findings;
			this.haproxy = haproxy;
			this.recording = recording;
		}

		/**
		 * Return where the agent listens.
		 * @return the listeners, or {@code null} if not asked for
		 */
		public @Nullable List<ListenerDescriptor> getListeners() {
			return this.listeners;
		}

		/**
		 * Return who is connected.
		 * @return the connections, the oldest first, or {@code null} if not asked for
		 */
		public @Nullable List<ConnectionDescriptor> getConnections() {
			return this.connections;
		}

		/**
		 * Return what handles messages.
		 * @return the methods, or {@code null} if not asked for or if there are no
		 * annotated methods
		 */
		public @Nullable List<HandlerDescriptor> getHandlers() {
			return this.handlers;
		}

		/**
		 * Return the names of the last messages that no handler takes.
		 * @return the names, the newest first, or {@code null} if not asked for
		 */
		public @Nullable List<String> getUnhandledMessages() {
			return this.unhandledMessages;
		}

		/**
		 * Return problems that HAProxy's configuration most likely causes.
		 * @return the findings, or {@code null} if not asked for
		 */
		public @Nullable List<FindingDescriptor> getFindings() {
			return this.findings;
		}

		/**
		 * Return HAProxy's configuration for the handlers.
		 * @return a text by the name of each file, or {@code null} if not asked for
		 */
		public @Nullable Map<String, String> getHaproxy() {
			return this.haproxy;
		}

		/**
		 * Return the recording of frames.
		 * @return the recording, or {@code null} if not asked for or if nothing is
		 * recorded
		 */
		public @Nullable RecordingDescriptor getRecording() {
			return this.recording;
		}

	}

	/**
	 * A listener.
	 */
	public static final class ListenerDescriptor {

		private final String name;

		private final @Nullable String address;

		private final boolean tls;

		private final ListenerState state;

		private final int connections;

		private final @Nullable Integer maxConnections;

		private final int waitingConnections;

		ListenerDescriptor(String name, @Nullable String address, boolean tls, ListenerState state, int connections,
				@Nullable Integer maxConnections, int waitingConnections) {
			this.name = name;
			this.address = address;
			this.tls = tls;
			this.state = state;
			this.connections = connections;
			this.maxConnections = maxConnections;
			this.waitingConnections = waitingConnections;
		}

		/**
		 * Return the name of the listener.
		 * @return the name
		 */
		public String getName() {
			return this.name;
		}

		/**
		 * Return where it listens.
		 * @return its address and port, or the path of its UNIX socket
		 */
		public @Nullable String getAddress() {
			return this.address;
		}

		/**
		 * Return whether its connections have TLS.
		 * @return whether they do
		 */
		public boolean isTls() {
			return this.tls;
		}

		/**
		 * Return the state of the listener.
		 * @return the state
		 */
		public ListenerState getState() {
			return this.state;
		}

		/**
		 * Return how many connections are open.
		 * @return the number, including those that wait
		 */
		public int getConnections() {
			return this.connections;
		}

		/**
		 * Return how many connections may carry frames at a time.
		 * @return the number, or {@code null} if there is no limit or if the agent has
		 * not been started
		 */
		public @Nullable Integer getMaxConnections() {
			return this.maxConnections;
		}

		/**
		 * Return how many connections wait for their handshake because the limit is
		 * reached.
		 * @return the number
		 */
		public int getWaitingConnections() {
			return this.waitingConnections;
		}

		static ListenerDescriptor of(SpopListener listener, @Nullable BoundSpopAgent agent, int connections) {
			String name = listener.name();
			ListenerState state = ListenerState.of(name, agent);
			if (agent == null) {
				return new ListenerDescriptor(name, text(listener.address()), listener.isTls(), state, 0, null, 0);
			}
			int max = agent.maxConnections();
			return new ListenerDescriptor(name, text(agent.address(name)), listener.isTls(), state, connections,
					(max < Integer.MAX_VALUE) ? max : null, agent.waitingConnections(name));
		}

	}

	/**
	 * A connection of HAProxy.
	 */
	public static final class ConnectionDescriptor {

		private final String id;

		private final String listener;

		private final @Nullable String remoteAddress;

		private final @Nullable String engineId;

		private final Set<String> capabilities;

		private final @Nullable Integer maxFrameSize;

		private final int inFlight;

		private final long framesReceived;

		private final long framesSent;

		private final Duration age;

		private final @Nullable String lastError;

		ConnectionDescriptor(String id, String listener, @Nullable String remoteAddress, @Nullable String engineId,
				Set<String> capabilities, @Nullable Integer maxFrameSize, int inFlight, long framesReceived,
				long framesSent, Duration age, @Nullable String lastError) {
			this.id = id;
			this.listener = listener;
			this.remoteAddress = remoteAddress;
			this.engineId = engineId;
			this.capabilities = capabilities;
			this.maxFrameSize = maxFrameSize;
			this.inFlight = inFlight;
			this.framesReceived = framesReceived;
			this.framesSent = framesSent;
			this.age = age;
			this.lastError = lastError;
		}

		/**
		 * Return the id that log lines have in brackets.
		 * @return the id
		 */
		public String getId() {
			return this.id;
		}

		/**
		 * Return the listener that accepted the connection.
		 * @return the name
		 */
		public String getListener() {
			return this.listener;
		}

		/**
		 * Return the address of the peer.
		 * @return the address, or {@code null} on a UNIX socket
		 */
		public @Nullable String getRemoteAddress() {
			return this.remoteAddress;
		}

		/**
		 * Return the engine of HAProxy.
		 * @return the id, or {@code null} if the handshake named none
		 */
		public @Nullable String getEngineId() {
			return this.engineId;
		}

		/**
		 * Return what both sides are capable of.
		 * @return the names, as in a HELLO frame
		 */
		public Set<String> getCapabilities() {
			return this.capabilities;
		}

		/**
		 * Return the size of a frame that was agreed on.
		 * @return the size in bytes, or {@code null} before the handshake
		 */
		public @Nullable Integer getMaxFrameSize() {
			return this.maxFrameSize;
		}

		/**
		 * Return how many NOTIFY frames wait for their ACK.
		 * @return the number
		 */
		public int getInFlight() {
			return this.inFlight;
		}

		/**
		 * Return how many frames were received.
		 * @return the number
		 */
		public long getFramesReceived() {
			return this.framesReceived;
		}

		/**
		 * Return how many frames were sent.
		 * @return the number
		 */
		public long getFramesSent() {
			return this.framesSent;
		}

		/**
		 * Return how long the connection has been open, by the clock of the system.
		 * @return the time, not negative
		 */
		public Duration getAge() {
			return this.age;
		}

		/**
		 * Return what went wrong last.
		 * @return a text, or {@code null} if nothing did
		 */
		public @Nullable String getLastError() {
			return this.lastError;
		}

		static ConnectionDescriptor of(SpopConnection connection, Instant now) {
			int maxFrameSize = connection.maxFrameSize();
			return new ConnectionDescriptor(connection.id(), connection.listener(),
					SpopEndpoint.text(connection.remoteAddress()), text(connection.engineId()),
					connection.capabilities()
						.stream()
						.map(Capability::token)
						.collect(Collectors.toCollection(TreeSet::new)),
					(maxFrameSize > 0) ? maxFrameSize : null, connection.inFlight(), connection.framesReceived(),
					connection.framesSent(), age(connection, now), text(connection.lastError()));
		}

		private static Duration age(SpopConnection connection, Instant now) {
			Duration age = Duration.between(connection.openedAt(), now);
			return age.isNegative() ? Duration.ZERO : age; // the clock was set back
		}

		private static @Nullable String text(@Nullable String fromOutside) {
			return (fromOutside != null) ? LogText.message(fromOutside) : null;
		}

	}

	/**
	 * A method that handles messages.
	 */
	public static final class HandlerDescriptor {

		private final @Nullable String message;

		private final String method;

		private final Set<String> listeners;

		private final Execution execution;

		private final @Nullable Duration timeout;

		private final @Nullable Map<String, Long> counts;

		HandlerDescriptor(@Nullable String message, String method, Set<String> listeners, Execution execution,
				@Nullable Duration timeout, @Nullable Map<String, Long> counts) {
			this.message = message;
			this.method = method;
			this.listeners = listeners;
			this.execution = execution;
			this.timeout = timeout;
			this.counts = counts;
		}

		/**
		 * Return the name of the message.
		 * @return the name, or {@code null} for all that no method handles by name
		 */
		public @Nullable String getMessage() {
			return this.message;
		}

		/**
		 * Return the method and its bean.
		 * @return a text
		 */
		public String getMethod() {
			return this.method;
		}

		/**
		 * Return the listeners whose messages the method handles.
		 * @return the names, empty for all of them
		 */
		public Set<String> getListeners() {
			return this.listeners;
		}

		/**
		 * Return whether the method is called on a thread that may block.
		 * @return the kind of execution
		 */
		public Execution getExecution() {
			return this.execution;
		}

		/**
		 * Return how long the method may take.
		 * @return the time, or {@code null} if it does not say
		 */
		public @Nullable Duration getTimeout() {
			return this.timeout;
		}

		/**
		 * Return how often the method ended with each outcome.
		 * @return the numbers, or {@code null} if there are no meters
		 */
		public @Nullable Map<String, Long> getCounts() {
			return this.counts;
		}

		static HandlerDescriptor of(HandlerDescription handler, @Nullable SpopMeters meters) {
			return new HandlerDescriptor(handler.message(), handler.method(), new TreeSet<>(handler.listeners()),
					handler.execution(), handler.timeout(),
					(meters != null) ? meters.counts(handler.message(), handler.listeners()) : null);
		}

	}

	/**
	 * A problem that HAProxy's configuration most likely causes.
	 */
	public static final class FindingDescriptor {

		private final String finding;

		private final String listener;

		private final @Nullable String subject;

		private final long count;

		private final String text;

		FindingDescriptor(String finding, String listener, @Nullable String subject, long count, String text) {
			this.finding = finding;
			this.listener = listener;
			this.subject = subject;
			this.count = count;
			this.text = text;
		}

		/**
		 * Return the kind of problem.
		 * @return the kind, such as {@code message-never-seen}
		 */
		public String getFinding() {
			return this.finding;
		}

		/**
		 * Return the listener where it was seen.
		 * @return the name
		 */
		public String getListener() {
			return this.listener;
		}

		/**
		 * Return the message or argument with the problem.
		 * @return the name, or {@code null} if the problem concerns the listener
		 */
		public @Nullable String getSubject() {
			return this.subject;
		}

		/**
		 * Return how often it was seen.
		 * @return the number
		 */
		public long getCount() {
			return this.count;
		}

		/**
		 * Return what the agent has seen, the likely cause, and where to look.
		 * @return a text
		 */
		public String getText() {
			return this.text;
		}

		static FindingDescriptor of(SpopFinding finding) {
			return new FindingDescriptor(SpopMeters.value(finding.kind()), finding.listener(), finding.subject(),
					finding.count(), finding.text());
		}

	}

	/**
	 * The recording of frames.
	 */
	public static final class RecordingDescriptor {

		private final String file;

		private final long written;

		private final long size;

		private final long dropped;

		private final long unreadable;

		private final @Nullable String failure;

		RecordingDescriptor(String file, long written, long size, long dropped, long unreadable,
				@Nullable String failure) {
			this.file = file;
			this.written = written;
			this.size = size;
			this.dropped = dropped;
			this.unreadable = unreadable;
			this.failure = failure;
		}

		/**
		 * Return the file that is written.
		 * @return the path
		 */
		public String getFile() {
			return this.file;
		}

		/**
		 * Return how many entries were written since the agent started.
		 * @return the number
		 */
		public long getWritten() {
			return this.written;
		}

		/**
		 * Return how many bytes were written since the agent started.
		 * @return the number
		 */
		public long getSize() {
			return this.size;
		}

		/**
		 * Return how many entries were dropped, because the disk was too slow or full.
		 * @return the number
		 */
		public long getDropped() {
			return this.dropped;
		}

		/**
		 * Return how many frames were not recorded because they could not be read to
		 * redact them or to find their messages.
		 * @return the number
		 */
		public long getUnreadable() {
			return this.unreadable;
		}

		/**
		 * Return why nothing is recorded now.
		 * @return a text, or {@code null} if the last write succeeded
		 */
		public @Nullable String getFailure() {
			return this.failure;
		}

		static RecordingDescriptor of(Recorder recorder) {
			IOException failure = recorder.failure();
			return new RecordingDescriptor(recorder.file().toAbsolutePath().toString(), recorder.written(),
					recorder.bytes(), recorder.dropped(), recorder.unreadable(),
					(failure != null) ? LogText.message(failure.toString()) : null);
		}

	}

}
