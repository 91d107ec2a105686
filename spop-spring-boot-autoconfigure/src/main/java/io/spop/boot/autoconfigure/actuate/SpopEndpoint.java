package io.spop.boot.autoconfigure.actuate;

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
		return new SpopDescriptor(listeners(), connections(), handlers(), unhandledMessages(), findings(), null);
	}

	/**
	 * Return one part.
	 * @param part {@code listeners}, {@code connections}, {@code handlers},
	 * {@code unhandledMessages}, {@code findings} or {@code haproxy}
	 * @param version the version of HAProxy that the part {@code haproxy} is for, or
	 * {@code null} for that of {@code spop.haproxy.version}
	 * @return the part alone, or {@code null} if there is no part of this name
	 */
	@ReadOperation
	public @Nullable SpopDescriptor part(@Selector String part, @Nullable String version) {
		return switch (part) {
			case "listeners" -> new SpopDescriptor(listeners(), null, null, null, null, null);
			case "connections" -> new SpopDescriptor(null, connections(), null, null, null, null);
			case "handlers" -> {
				List<HandlerDescriptor> handlers = handlers();
				yield (handlers != null) ? new SpopDescriptor(null, null, handlers, null, null, null) : null;
			}
			case "unhandledMessages" -> new SpopDescriptor(null, null, null, unhandledMessages(), null, null);
			case "findings" -> new SpopDescriptor(null, null, null, null, findings(), null);
			case "haproxy" -> new SpopDescriptor(null, null, null, null, null,
					haproxy((version != null) ? version : this.haproxyVersion));
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
			.sorted((one, other) -> other.age().compareTo(one.age()))
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
	 *
	 * @param listeners where the agent listens, or {@code null} if not asked for
	 * @param connections who is connected, the oldest first, or {@code null} if not asked
	 * for
	 * @param handlers what handles messages, or {@code null} if not asked for or if there
	 * are no annotated methods
	 * @param unhandledMessages the names of the last messages that no handler takes, the
	 * newest first, or {@code null} if not asked for
	 * @param findings problems that HAProxy's configuration most likely causes, or
	 * {@code null} if not asked for
	 * @param haproxy HAProxy's configuration for the handlers, a text by the name of each
	 * file, or {@code null} if not asked for
	 */
	public record SpopDescriptor(@Nullable List<ListenerDescriptor> listeners,
			@Nullable List<ConnectionDescriptor> connections, @Nullable List<HandlerDescriptor> handlers,
			@Nullable List<String> unhandledMessages, @Nullable List<FindingDescriptor> findings,
			@Nullable Map<String, String> haproxy) implements OperationResponseBody {
	}

	/**
	 * A listener.
	 *
	 * @param name its name
	 * @param address its address and port, or the path of its UNIX socket
	 * @param tls whether its connections have TLS
	 * @param state its state
	 * @param connections how many connections are open, including those that wait
	 * @param maxConnections how many connections may carry frames at a time, or
	 * {@code null} if there is no limit or if the agent has not been started
	 * @param waitingConnections how many connections wait for their handshake because the
	 * limit is reached
	 */
	public record ListenerDescriptor(String name, @Nullable String address, boolean tls, ListenerState state,
			int connections, @Nullable Integer maxConnections, int waitingConnections) {

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
	 *
	 * @param id the id that log lines have in brackets
	 * @param listener the listener that accepted it
	 * @param remoteAddress the address of the peer, or {@code null} on a UNIX socket
	 * @param engineId the engine of HAProxy, or {@code null} if the handshake named none
	 * @param capabilities what both sides are capable of, as in a HELLO frame
	 * @param maxFrameSize the size of a frame that was agreed on, in bytes, or
	 * {@code null} before the handshake
	 * @param inFlight how many NOTIFY frames wait for their ACK
	 * @param framesReceived how many frames were received
	 * @param framesSent how many frames were sent
	 * @param age how long it has been open
	 * @param lastError what went wrong last, or {@code null} if nothing did
	 */
	public record ConnectionDescriptor(String id, String listener, @Nullable String remoteAddress,
			@Nullable String engineId, Set<String> capabilities, @Nullable Integer maxFrameSize, int inFlight,
			long framesReceived, long framesSent, Duration age, @Nullable String lastError) {

		static ConnectionDescriptor of(SpopConnection connection, Instant now) {
			int maxFrameSize = connection.maxFrameSize();
			return new ConnectionDescriptor(connection.id(), connection.listener(),
					SpopEndpoint.text(connection.remoteAddress()), text(connection.engineId()),
					connection.capabilities()
						.stream()
						.map(Capability::token)
						.collect(Collectors.toCollection(TreeSet::new)),
					(maxFrameSize > 0) ? maxFrameSize : null, connection.inFlight(), connection.framesReceived(),
					connection.framesSent(), Duration.between(connection.openedAt(), now),
					text(connection.lastError()));
		}

		private static @Nullable String text(@Nullable String fromOutside) {
			return (fromOutside != null) ? LogText.message(fromOutside) : null;
		}

	}

	/**
	 * A method that handles messages.
	 *
	 * @param message the name of the message, or {@code null} for all that no method
	 * handles by name
	 * @param method the method and its bean
	 * @param listeners the listeners whose messages it handles, empty for all of them
	 * @param execution whether it is called on a thread that may block
	 * @param timeout how long it may take, or {@code null} if it does not say
	 * @param counts how often it ended with each outcome, or {@code null} if there are no
	 * meters
	 */
	public record HandlerDescriptor(@Nullable String message, String method, Set<String> listeners, Execution execution,
			@Nullable Duration timeout, @Nullable Map<String, Long> counts) {

		static HandlerDescriptor of(HandlerDescription handler, @Nullable SpopMeters meters) {
			return new HandlerDescriptor(handler.message(), handler.method(), new TreeSet<>(handler.listeners()),
					handler.execution(), handler.timeout(),
					(meters != null) ? meters.counts(handler.message(), handler.listeners()) : null);
		}

	}

	/**
	 * A problem that HAProxy's configuration most likely causes.
	 *
	 * @param finding the kind of problem, such as {@code message-never-seen}
	 * @param listener the listener where it was seen
	 * @param subject the message or argument with the problem, or {@code null} if the
	 * problem concerns the listener
	 * @param count how often it was seen
	 * @param text what the agent has seen, the likely cause, and where to look
	 */
	public record FindingDescriptor(String finding, String listener, @Nullable String subject, long count,
			String text) {

		static FindingDescriptor of(SpopFinding finding) {
			return new FindingDescriptor(SpopMeters.value(finding.kind()), finding.listener(), finding.subject(),
					finding.count(), finding.text());
		}

	}

}
