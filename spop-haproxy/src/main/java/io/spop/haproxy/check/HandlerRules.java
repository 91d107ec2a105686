package io.spop.haproxy.check;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.ArgumentDescription;
import io.spop.haproxy.ListenerDescription;
import io.spop.haproxy.MessageDescription;
import io.spop.haproxy.OnError;
import io.spop.haproxy.SampleType;
import io.spop.haproxy.SpoeEvent;
import io.spop.haproxy.VariableDescription;
import io.spop.haproxy.config.HaproxyConfiguration;
import io.spop.haproxy.config.Location;
import io.spop.haproxy.config.Proxy;
import io.spop.haproxy.config.ReadProblem;
import io.spop.haproxy.config.Server;
import io.spop.haproxy.config.SpoeArgument;
import io.spop.haproxy.config.SpoeMessage;
import io.spop.haproxy.config.Word;

/**
 * Checks the configuration against the handlers of an agent. Skips engines of other
 * agents.
 *
 * @param configuration the configuration
 * @param engines its engines
 * @param variables knows who sets and reads variables
 * @param agent the agent
 * @param findings collects the findings
 */
record HandlerRules(HaproxyConfiguration configuration, List<Engine> engines, VariableRules variables,
		AgentDescription agent, Findings findings) {

	private static final Map<String, Set<SampleType>> CANNOT_BE = Map.of("int",
			Set.of(SampleType.IPV6, SampleType.BINARY), "bool",
			Set.of(SampleType.IPV4, SampleType.IPV6, SampleType.BINARY), "ip",
			Set.of(SampleType.BOOLEAN, SampleType.BINARY));

	void check() {
		if (isNothingRead()) {
			return;
		}
		List<Engine> own = this.engines.stream().filter(this::isOwn).toList();
		own.forEach(this::engine);
		for (MessageDescription handler : this.agent.messages()) {
			if (own.stream().noneMatch((engine) -> engine.scope().message(handler.name()) != null)) {
				withoutMessage(handler, own);
			}
		}
	}

	private void withoutMessage(MessageDescription handler, List<Engine> own) {
		SpoeMessage elsewhere = this.configuration.spoeFiles()
			.stream()
			.flatMap((file) -> file.scopes().stream())
			.map((scope) -> scope.message(handler.name()))
			.filter(Objects::nonNull)
			.findFirst()
			.orElse(null);
		if (elsewhere != null) {
			this.findings.add(Rule.HANDLER_WITHOUT_MESSAGE, elsewhere.section().location(),
					"No filter names the scope of 'spoe-message " + handler.name() + "', which " + name(handler)
							+ " handles, so that HAProxy never sends it.",
					"Add the filter for its engine to a frontend.");
			return;
		}
		List<String> names = own.stream()
			.flatMap((engine) -> engine.scope().messages().stream())
			.map(SpoeMessage::name)
			.toList();
		this.findings.add(Rule.HANDLER_WITHOUT_MESSAGE, place(own), "There is no 'spoe-message " + handler.name()
				+ "', which " + name(handler) + " handles." + Spelling.didYouMean(handler.name(), names));
	}

	/**
	 * Return whether there is nothing to compare, because the files could not be read.
	 */
	private boolean isNothingRead() {
		return this.configuration.sections().isEmpty() && this.configuration.spoeFiles().isEmpty()
				&& this.configuration.problems().stream().anyMatch(ReadProblem::error);
	}

	/**
	 * Return whether the engine may be one of this agent: it is the only one, has a
	 * message that is handled, or talks to one of the listeners.
	 */
	private boolean isOwn(Engine engine) {
		Proxy backend = engine.backend();
		return this.engines.size() == 1
				|| engine.scope().messages().stream().anyMatch((message) -> !named(message.name()).isEmpty())
				|| (backend != null && backend.servers()
					.stream()
					.anyMatch((server) -> isKnown(server) && !listeners(server).isEmpty()
							&& this.agent.listeners()
								.stream()
								.noneMatch((listener) -> listener.port() == 0 && listener.path() == null)));
	}

	private Location place(List<Engine> own) {
		if (!own.isEmpty()) {
			return own.get(0).agent().section().location();
		}
		return this.configuration.sections().isEmpty() ? new Location("HAProxy's configuration", 1, 1)
				: this.configuration.sections().get(0).location();
	}

	private List<MessageDescription> named(String name) {
		return this.agent.messages().stream().filter((handler) -> handler.name().equals(name)).toList();
	}

	private static String name(MessageDescription handler) {
		return handler.handler().isEmpty() ? "the handler" : handler.handler();
	}

	private void engine(Engine engine) {
		backend(engine);
		Proxy backend = engine.backend();
		List<Server> servers = (backend != null) ? backend.servers() : List.of();
		Set<String> listeners = servers.stream()
			.flatMap((server) -> listeners(server).stream())
			.map(ListenerDescription::name)
			.collect(Collectors.toSet());
		for (SpoeMessage message : engine.scope().messages()) {
			if (engine.sendsOnEvent(message) || !engine.groupsWith(message).isEmpty()) {
				message(engine, message, listeners);
			}
		}
		reads(engine);
	}

	private void message(Engine engine, SpoeMessage message, Set<String> listeners) {
		List<MessageDescription> all = named(message.name());
		List<MessageDescription> handlers = all.stream()
			.filter((handler) -> handler.listeners().isEmpty() || listeners.isEmpty()
					|| !Collections.disjoint(handler.listeners(), listeners))
			.toList();
		Location location = message.section().location();
		if (all.isEmpty() && this.agent.handlesAll()) {
			return;
		}
		if (all.isEmpty()) {
			this.findings.add(Rule.MESSAGE_WITHOUT_HANDLER, location,
					"No handler takes the message '" + message.name() + "'." + Spelling.didYouMean(message.name(),
							this.agent.messages().stream().map(MessageDescription::name).toList()));
		}
		else if (handlers.isEmpty()) {
			this.findings.add(Rule.MESSAGE_AT_OTHER_LISTENER, location,
					"The message '" + message.name() + "' goes to " + String.join(", ", listeners) + ", and "
							+ name(all.get(0)) + " takes it from " + String.join(", ", all.get(0).listeners())
							+ " only.");
		}
		for (MessageDescription handler : handlers) {
			handler.arguments().forEach((argument) -> argument(message, handler, argument));
			deadline(engine, handler);
			declared(engine, message, handler);
			handler.variables().forEach((variable) -> variable(engine, message, handler, variable));
		}
	}

	private void argument(SpoeMessage message, MessageDescription handler, ArgumentDescription argument) {
		SpoeArgument sent = null;
		List<SpoeArgument> arguments = message.arguments();
		if (argument.names().isEmpty()) {
			sent = (argument.index() < arguments.size()) ? arguments.get(argument.index()) : null;
		}
		else {
			for (String name : argument.names()) {
				if (sent == null) {
					sent = arguments.stream().filter((one) -> name.equals(one.name())).findFirst().orElse(null);
				}
			}
		}
		String what = argument.names().isEmpty() ? "an argument at place " + (argument.index() + 1)
				: "the argument '" + argument.names().get(0) + "'";
		if (sent == null) {
			if (argument.required()) {
				List<String> names = arguments.stream().map(SpoeArgument::name).filter((name) -> name != null).toList();
				this.findings.add(Rule.ARGUMENT_MISSING, message.section().location(), "The message '" + message.name()
						+ "' does not have " + what + ", which " + name(handler) + " needs."
						+ (argument.names().isEmpty() ? "" : Spelling.didYouMean(argument.names().get(0), names)));
			}
		}
		else if (Collections.disjoint(sent.sample().types(), argument.types())) {
			this.findings.add(Rule.ARGUMENT_TYPE, sent.location(), "'" + sent + "' is " + types(sent.sample().types())
					+ ", and " + name(handler) + " takes " + types(argument.types()) + ".");
		}
	}

	private static String types(Set<SampleType> types) {
		return types.isEmpty() ? "nothing"
				: types.stream()
					.sorted()
					.map((type) -> type.name().toLowerCase(Locale.ROOT))
					.collect(Collectors.joining(" or "));
	}

	private void deadline(Engine engine, MessageDescription handler) {
		Duration deadline = handler.timeout();
		Duration processing = engine.agent().timeout("processing");
		if (deadline != null && processing != null && !processing.isZero() && deadline.compareTo(processing) >= 0) {
			Location location = engine.agent().section().lines("timeout", "processing").get(0).location();
			this.findings.add(Rule.DEADLINE_TOO_LONG, location,
					"HAProxy waits " + BackendRules.text(processing) + ", and " + name(handler) + " may take "
							+ BackendRules.text(deadline) + " for the message '" + handler.name() + "'.");
		}
	}

	private void declared(Engine engine, SpoeMessage message, MessageDescription handler) {
		SpoeEvent event = message.event();
		if (handler.event() != SpoeEvent.NONE && engine.lists(message) && event != null && event != handler.event()) {
			this.findings.add(Rule.EVENT_DIFFERS, message.section().location(),
					"The message '" + message.name() + "' is sent on " + event.keyword() + ", and " + name(handler)
							+ " declares " + handler.event().keyword() + ".");
		}
		String group = handler.group();
		if (group != null && engine.groupsWith(message).stream().noneMatch((one) -> one.name().equals(group))) {
			this.findings.add(Rule.EVENT_DIFFERS, message.section().location(), "The message '" + message.name()
					+ "' is not in the group '" + group + "', which " + name(handler) + " declares.");
		}
		if (handler.onError() == OnError.CLOSED && !engine.filters().isEmpty() && !this.variables.decides(engine)) {
			this.findings.add(Rule.FAIL_CLOSED_MISSING, message.section().location(),
					"Without an answer to the message '" + message.name() + "' requests pass, and " + name(handler)
							+ " declares that they are refused.",
					failClosed(engine, message));
		}
	}

	/**
	 * Return a sentence with the rule that refuses requests without an answer, for the
	 * place where the rule sees the error.
	 */
	private static String failClosed(Engine engine, SpoeMessage message) {
		Word error = engine.agent().setOnError();
		String condition = " if { var(txn." + engine.agent().variablePrefix() + "."
				+ ((error != null) ? error : "error") + ") -m found }`";
		return ((error != null) ? "Add `" : "Add `option set-on-error error` to the agent, and the rule `")
				+ switch (rules(engine, message)) {
					case "tcp-request" -> "tcp-request content reject" + condition;
					case "tcp-response" -> "tcp-response content reject" + condition;
					case "http-response" -> "http-response deny deny_status 503" + condition;
					default -> "http-request deny deny_status 503" + condition;
				} + ".";
	}

	/**
	 * Return the kind of rules that HAProxy runs after the message.
	 */
	private static String rules(Engine engine, SpoeMessage message) {
		SpoeEvent event = message.event();
		if (event == null || !engine.lists(message)) {
			return engine.groupsWith(message)
				.stream()
				.flatMap((group) -> engine.sendings(group).stream())
				.map((sending) -> sending.line().text(0))
				.findFirst()
				.orElse("http-request");
		}
		return switch (event) {
			case ON_CLIENT_SESSION, ON_FRONTEND_TCP_REQUEST, ON_BACKEND_TCP_REQUEST -> "tcp-request";
			case ON_SERVER_SESSION, ON_TCP_RESPONSE -> "tcp-response";
			case ON_HTTP_RESPONSE -> "http-response";
			default -> "http-request";
		};
	}

	private void variable(Engine engine, SpoeMessage message, MessageDescription handler,
			VariableDescription variable) {
		String name = variable.scope() + "." + engine.agent().variablePrefix() + "." + variable.name();
		Location location = message.section().location();
		if (name.length() > VariableRules.LONGEST_NAME) {
			this.findings.add(Rule.VARIABLE_NAME_LONG, location,
					"The variable '" + name + "' of " + name(handler) + " has " + name.length() + " characters.");
		}
		if (engine.filters().isEmpty() || this.variables.isMentioned(name)) {
			return;
		}
		boolean registered = Engine.has(engine.agent().registeredNames(), variable.name())
				|| engine.agent().option("force-set-var", false);
		if (variable.scope().equals("proc") && !registered) {
			this.findings.add(Rule.VARIABLE_NOT_REGISTERED, location,
					"HAProxy drops the variable '" + name + "' of " + name(handler) + ".");
		}
		else if (!this.variables.hasLua()) {
			this.findings.add(Rule.VARIABLE_OF_HANDLER_UNREAD, location,
					"Nothing reads the variable '" + name + "' of " + name(handler) + ".");
		}
	}

	/**
	 * Compare what rules read with what handlers set. Engines with the same prefix set
	 * the same variables.
	 */
	private void reads(Engine engine) {
		List<Engine> sharing = this.engines.stream()
			.filter((other) -> other.agent().variablePrefix().equals(engine.agent().variablePrefix()))
			.toList();
		List<MessageDescription> handlers = sharing.stream()
			.flatMap((other) -> other.scope().messages().stream())
			.flatMap((message) -> named(message.name()).stream())
			.toList();
		Set<String> others = sharing.stream()
			.map(Engine::agent)
			.flatMap((agent) -> Stream.of(Stream.ofNullable(agent.setOnError()),
					Stream.ofNullable(agent.setProcessTime()), Stream.ofNullable(agent.setTotalTime())))
			.flatMap((words) -> words)
			.map(Word::text)
			.collect(Collectors.toSet());
		boolean complete = !handlers.isEmpty() && !this.agent.handlesAll() && sharing.stream().allMatch(this::isOwn)
				&& handlers.stream().allMatch(MessageDescription::variablesComplete);
		String prefix = "." + engine.agent().variablePrefix() + ".";
		for (VariableRules.Read read : this.variables.reads(engine)) {
			String scope = read.scope();
			String name = read.name().substring(scope.length() + prefix.length());
			List<VariableDescription> set = handlers.stream()
				.flatMap((handler) -> handler.variables().stream())
				.filter((variable) -> variable.scope().equals(scope) && variable.name().equals(name))
				.toList();
			if (set.isEmpty() && complete && !others.contains(name)) {
				List<String> names = handlers.stream()
					.flatMap((handler) -> handler.variables().stream())
					.map((variable) -> variable.scope() + prefix + variable.name())
					.toList();
				this.findings.add(Rule.VARIABLE_NOT_OF_HANDLER, read.location(), "No handler sets the variable '"
						+ read.name() + "'." + Spelling.didYouMean(read.name(), names));
			}
			type(read, set);
		}
	}

	private void type(VariableRules.Read read, List<VariableDescription> set) {
		Set<SampleType> types = set.stream()
			.flatMap((variable) -> variable.types().stream())
			.collect(Collectors.toSet());
		boolean open = set.stream().anyMatch((variable) -> variable.types().isEmpty());
		if (!types.isEmpty() && !open && CANNOT_BE.getOrDefault(read.match(), Set.of()).containsAll(types)) {
			this.findings.add(Rule.VARIABLE_TYPE, read.location(), "The variable '" + read.name() + "' is "
					+ types(types) + ", which '-m " + read.match() + "' never matches.");
		}
	}

	private void backend(Engine engine) {
		Proxy backend = engine.backend();
		if (backend == null || this.agent.listeners().isEmpty()) {
			return;
		}
		for (Server server : backend.servers()) {
			if (!isKnown(server)) {
				continue;
			}
			List<ListenerDescription> listeners = listeners(server);
			if (listeners.isEmpty()) {
				this.findings.add(Rule.BACKEND_WITHOUT_LISTENER, server.line().location(), "The server '"
						+ server.name() + "' at '" + server.address()
						+ "' does not lead to a listener of the agent, which has "
						+ this.agent.listeners().stream().map(HandlerRules::address).collect(Collectors.joining(", "))
						+ ".");
			}
			else if (listeners.stream().noneMatch((listener) -> listener.tls() == server.tls())) {
				this.findings.add(Rule.BACKEND_TLS, server.line().location(),
						listeners.get(0).tls()
								? "The listener '" + listeners.get(0).name() + "' takes TLS only, and the server '"
										+ server.name() + "' has no 'ssl'."
								: "The server '" + server.name() + "' has 'ssl', and the listener '"
										+ listeners.get(0).name() + "' has no TLS.");
			}
			else if (server.tls() && server.option("crt") == null
					&& listeners.stream().allMatch(ListenerDescription::clientCertificate)) {
				this.findings.add(Rule.BACKEND_TLS, server.line().location(), "The listener '" + listeners.get(0).name()
						+ "' asks for a certificate, and the server '" + server.name() + "' has no 'crt'.");
			}
		}
	}

	private static String address(ListenerDescription listener) {
		return "'" + listener.name() + "' at "
				+ ((listener.path() != null) ? listener.path() : "port " + listener.port());
	}

	/**
	 * Return whether the port or the path of the server is known.
	 */
	private static boolean isKnown(Server server) {
		return server.unixPath() != null || server.port() > 0;
	}

	/**
	 * Return the listeners that the server may lead to. Compares ports and paths, but no
	 * hosts: HAProxy may know the agent's host by another name.
	 */
	private List<ListenerDescription> listeners(Server server) {
		return this.agent.listeners().stream().filter((listener) -> isAt(server, listener)).toList();
	}

	private static boolean isAt(Server server, ListenerDescription listener) {
		String socket = server.unixPath();
		String path = listener.path();
		if (socket == null || path == null) {
			return socket == null && path == null
					&& (listener.port() == 0 || listener.port() == server.port() || server.port() == 0);
		}
		return (socket.startsWith("/") && path.startsWith("/")) ? socket.equals(path)
				: fileName(socket).equals(fileName(path));
	}

	private static String fileName(String path) {
		return path.substring(path.lastIndexOf('/') + 1);
	}

}
