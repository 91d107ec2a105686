package io.spop.boot.autoconfigure;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import io.netty.util.NetUtil;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopListener;
import io.spop.boot.autoconfigure.SpopProperties.ClientAuth;
import io.spop.handler.AnnotatedSpopHandler;
import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.ArgumentDescription;
import io.spop.haproxy.ListenerDescription;
import io.spop.haproxy.MessageDescription;
import io.spop.haproxy.SampleType;
import io.spop.haproxy.SpoeEvent;
import io.spop.haproxy.VariableDescription;
import io.spop.protocol.Action;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

import org.springframework.util.StringUtils;

/**
 * Describes the agent of the application to the check and to the writer of HAProxy's
 * configuration.
 *
 * @param agent the agent
 * @param properties the properties, which have the address of a listener that a test has
 * moved into memory
 * @param handler the handler of annotated methods, or {@code null} if something else
 * handles messages
 * @param intercepted whether there are interceptors, which may set variables
 */
record AgentDescriber(SpopAgent agent, SpopProperties properties, @Nullable AnnotatedSpopHandler handler,
		boolean intercepted) {

	AgentDescription describe() {
		List<ListenerDescription> listeners = this.agent.listeners()
			.stream()
			.map(this::describe)
			.filter(Objects::nonNull)
			.toList();
		if (this.handler == null) {
			return AgentDescription.of(listeners, List.of()).handlesAll(true);
		}
		this.handler.checkListeners(this.agent.listeners().stream().map(SpopListener::name).toList());
		AgentDescription description = this.handler.describe(listeners, this.agent.handlerTimeout());
		return AgentDescription.of(listeners, description.messages().stream().map(this::complete).toList())
			.handlesAll(description.handlesAll());
	}

	private @Nullable ListenerDescription describe(SpopListener listener) {
		String name = listener.name();
		SpopProperties.Listener properties = this.properties.getListeners().get(name);
		SocketAddress address = listener.address();
		ListenerDescription description;
		boolean tls = listener.isTls();
		if (address instanceof InetSocketAddress inet) {
			description = tcp(name, inet.getAddress(), inet.getPort());
		}
		else if (address instanceof UnixDomainSocketAddress unix) {
			description = ListenerDescription.unix(name, unix.getPath().toString());
		}
		else if (properties != null) {
			description = (properties.getPath() != null) ? ListenerDescription.unix(name, properties.getPath())
					: tcp(name, properties.getAddress(), Objects.requireNonNullElse(properties.getPort(), 0));
			tls = properties.getSsl().getBundle() != null;
		}
		else {
			return this.properties.getListeners().isEmpty() ? tcp(name, null, ListenerDefinition.DEFAULT_PORT) : null;
		}
		return tls ? description.tls(properties != null && properties.getSsl().getClientAuth() == ClientAuth.NEED)
				: description;
	}

	private static ListenerDescription tcp(String name, @Nullable InetAddress address, int port) {
		return ListenerDescription.tcp(name,
				NetUtil.toAddressString((address != null) ? address : InetAddress.getLoopbackAddress()), port);
	}

	/**
	 * Add the arguments that the agent itself reads, and the variables that the fallback
	 * sets.
	 */
	private MessageDescription complete(MessageDescription message) {
		MessageDescription complete = message.variablesComplete(message.variablesComplete() && !this.intercepted);
		for (Action action : this.agent.fallback()) {
			if (action instanceof Action.SetVar variable && message.variables()
				.stream()
				.noneMatch((other) -> other.scope().equals(variable.scope().prefix())
						&& other.name().equals(variable.name()))) {
				boolean flag = variable.value() instanceof SpopValue.Bool;
				VariableDescription description = VariableDescription.of(variable.scope().prefix(), variable.name())
					.types(flag ? Set.of(SampleType.BOOLEAN) : Set.of());
				complete = complete.variable(description);
				if (flag && SpopValue.of(true).equals(variable.value())) {
					complete = complete.errorVariable(description);
				}
			}
		}
		complete = with(complete, this.properties.getCorrelationArgument(), "unique-id");
		if (!message.event().isHttp()) {
			return complete;
		}
		SpopProperties.Observations observations = this.properties.getObservations();
		String trace = observations.isEnabled() ? observations.getTraceArgument() : null;
		return (message.event() == SpoeEvent.ON_HTTP_RESPONSE) ? complete : with(complete, trace,
				("traceparent".equals(trace) || "b3".equals(trace)) ? "req.hdr(" + trace + ")" : null);
	}

	/**
	 * Add an argument, unless it has no name or the handler takes it.
	 */
	private static MessageDescription with(MessageDescription message, @Nullable String name, @Nullable String sample) {
		if (!StringUtils.hasLength(name)
				|| message.arguments().stream().anyMatch((argument) -> argument.names().contains(name))) {
			return message;
		}
		return message.argument(ArgumentDescription.named(name).required(false).sample(sample));
	}

}
