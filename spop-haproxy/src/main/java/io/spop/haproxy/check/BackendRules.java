package io.spop.haproxy.check;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

import io.spop.haproxy.config.HaproxyConfiguration;
import io.spop.haproxy.config.Line;
import io.spop.haproxy.config.Proxy;
import io.spop.haproxy.config.Section;
import io.spop.haproxy.config.Server;
import io.spop.haproxy.config.SpoeAgent;
import io.spop.haproxy.config.Word;

/**
 * Checks the backends with the servers of agents.
 *
 * @param configuration the configuration
 * @param engines its engines
 * @param findings collects the findings
 */
record BackendRules(HaproxyConfiguration configuration, List<Engine> engines, Findings findings) {

	private static final Pattern WITHOUT_PORT = Pattern
		.compile("(\\d+(\\.\\d+){3}|\\[[0-9a-fA-F:.]+\\])(:(\\+\\d+|0)?)?");

	private static final Set<String> VERIFIES = Set.of("ca-file", "none");

	void check() {
		Set<Proxy> backends = new HashSet<>();
		for (Engine engine : this.engines) {
			Word name = engine.agent().backend();
			Proxy backend = engine.backend();
			if (name == null || engine.filters().isEmpty()) {
				continue;
			}
			if (backend == null) {
				List<String> names = this.configuration.proxies()
					.stream()
					.filter(Proxy::isBackend)
					.map(Proxy::name)
					.toList();
				this.findings.add(Rule.BACKEND_UNKNOWN, name.location(),
						"There is no backend '" + name + "'." + Spelling.didYouMean(name.text(), names));
				continue;
			}
			timeouts(engine.agent(), backend);
			if (backends.add(backend)) {
				backend(engine.agent(), backend);
			}
		}
		names();
		modes();
		clients(backends);
	}

	private void backend(SpoeAgent agent, Proxy backend) {
		String mode = backend.mode();
		if (!mode.equals("tcp") && !mode.equals("spop")) {
			Line line = backend.setting("mode");
			this.findings.add(Rule.BACKEND_MODE, backend.section().location(),
					"The backend '" + backend.name() + "' of the agent '" + agent.name() + "' is in 'mode " + mode + "'"
							+ ((line != null && backend.lines("mode").isEmpty())
									? ", from 'defaults' at " + line.location() + "." : "."),
					this.configuration.version().isAtLeast(3, 1) ? "Add 'mode spop' to the backend."
							: "Add 'mode tcp' to the backend.");
		}
		List<Server> servers = backend.servers();
		if (servers.isEmpty()) {
			this.findings.add(Rule.BACKEND_WITHOUT_SERVER, backend.section().location(),
					"The backend '" + backend.name() + "' of the agent '" + agent.name() + "' has no server.");
		}
		Line check = backend.setting("option", "spop-check");
		if (check != null && !servers.isEmpty() && servers.stream().noneMatch(Server::check)) {
			this.findings.add(Rule.SPOP_CHECK_WITHOUT_CHECK, check.location(),
					"'option spop-check' has no effect: no server of '" + backend.name() + "' has 'check'.");
		}
		Line http = backend.setting("option", "httpchk");
		if (http != null && backend.lines("option", "spop-check").isEmpty()
				&& servers.stream().anyMatch(Server::check)) {
			this.findings.add(Rule.HTTP_CHECK_OF_AGENT, backend.section().location(), "HAProxy checks the servers of '"
					+ backend.name() + "' by HTTP, by 'option httpchk' at " + http.location() + ".");
		}
		for (Line line : backend.lines("http-reuse", "never")) {
			this.findings.add(Rule.REUSE_WITHOUT_EFFECT, line.location(),
					"'http-reuse never' has no effect in '" + backend.name() + "', the backend of an agent.");
		}
		for (Server server : servers) {
			server(backend, server);
			if (server.host() != null && !withoutPort(backend, server) && server.port() == 0
					&& !String.valueOf(server.address()).contains(":")) {
				this.findings.add(Rule.SERVER_WITHOUT_PORT, server.line().location(),
						"The server '" + server.name() + "' has no port.");
			}
			for (String option : List.of("pool-max-conn", "max-reuse")) {
				if ("0".equals(server.option(option))) {
					this.findings.add(Rule.CONNECTION_FOR_EACH_MESSAGE, server.line().location(), "With '" + option
							+ " 0' HAProxy opens a connection to the server '" + server.name() + "' for each message.");
				}
			}
		}
	}

	private void server(Proxy backend, Server server) {
		if (withoutPort(backend, server)) {
			this.findings.add(Rule.CHECK_WITHOUT_PORT, server.line().location(),
					"The server '" + server.name() + "' has 'check', but no port.");
		}
		boolean tls = server.tls() || server.option("check-ssl") != null;
		if (tls && !verifies(server) && backend.lines("disabled").isEmpty() && verifiesByDefault()) {
			this.findings.add(Rule.TLS_NOT_VERIFIABLE, server.line().location(),
					"The server '" + server.name() + "' has 'ssl', but neither 'ca-file' nor 'verify none'.");
		}
		for (String option : List.of("send-proxy", "send-proxy-v2", "send-proxy-v2-ssl", "send-proxy-v2-ssl-cn")) {
			if (server.option(option) != null) {
				this.findings.add(Rule.SEND_PROXY_TO_AGENT, server.line().location(),
						"The server '" + server.name() + "' has '" + option + "', which agents do not expect.");
			}
		}
	}

	/**
	 * Return whether a server is checked at an address that certainly has no port.
	 */
	private static boolean withoutPort(Proxy backend, Server server) {
		Word address = server.address();
		return server.check() && address != null && WITHOUT_PORT.matcher(address.text()).matches()
				&& server.option("port") == null && server.option("addr") == null && server.option("track") == null
				&& backend.lines("disabled").isEmpty() && backend.setting("option", "external-check") == null
				&& backend.setting("tcp-check", "connect") == null && backend.setting("http-check", "connect") == null;
	}

	/**
	 * Return whether a server has something to verify certificates with, or verifies
	 * none. All words of the line count, because an option that the reader does not know
	 * may take a value or not.
	 */
	private static boolean verifies(Server server) {
		return server.option("ca-file") != null || "none".equals(server.option("verify"))
				|| server.line().words().stream().anyMatch((word) -> VERIFIES.contains(word.text()));
	}

	private boolean verifiesByDefault() {
		return this.configuration.sections()
			.stream()
			.flatMap((section) -> section.lines("ssl-server-verify").stream())
			.noneMatch((line) -> line.text(1).equals("none"));
	}

	private void timeouts(SpoeAgent agent, Proxy backend) {
		Duration server = backend.timeout("server");
		if (server == null || server.isZero()) {
			return;
		}
		Line line = Objects.requireNonNullElse(backend.setting("timeout", "server"), backend.section().header());
		Duration processing = agent.timeout("processing");
		Duration idle = agent.timeout("idle");
		if (processing != null && server.compareTo(processing) <= 0) {
			this.findings.add(Rule.SERVER_TIMEOUT_TOO_SHORT, line.location(),
					"'timeout server' of '" + backend.name() + "' is " + text(server)
							+ ", and 'timeout processing' of the agent '" + agent.name() + "' is " + text(processing)
							+ ": HAProxy ends the connection, and other requests on it fail, too.");
		}
		else if (idle != null && server.compareTo(idle) <= 0) {
			this.findings.add(Rule.SERVER_TIMEOUT_BELOW_IDLE, line.location(),
					"'timeout server' of '" + backend.name() + "' is " + text(server)
							+ ", and 'timeout idle' of the agent '" + agent.name() + "' is " + text(idle) + ".");
		}
	}

	static String text(Duration time) {
		return (time.toMillis() % 1000 == 0) ? time.toSeconds() + "s" : time.toMillis() + "ms";
	}

	private void modes() {
		for (Section section : this.configuration.sections()) {
			for (Line line : section.lines("healthcheck")) {
				this.findings.add(Rule.HEALTHCHECK_UNKNOWN, line.location(),
						"HAProxy has no 'healthcheck' sections before 3.4, and takes this for a line of '"
								+ section.type() + "'.");
			}
			for (Line line : section.lines("mode", "spop")) {
				this.findings.add(Rule.MODE_SPOP_UNKNOWN, line.location(), "HAProxy has no 'mode spop' before 3.1.");
				if (section.type().equals("frontend")) {
					this.findings.add(Rule.SPOP_MODE_IN_FRONTEND, line.location(),
							"A frontend cannot be in 'mode spop'.");
				}
			}
		}
		for (Proxy proxy : this.configuration.proxies()) {
			for (Server server : proxy.servers()) {
				if ("spop".equals(server.option("proto"))) {
					this.findings.add(Rule.MODE_SPOP_UNKNOWN, server.line().location(),
							"HAProxy has no 'proto spop' before 3.1.");
				}
			}
		}
	}

	private void names() {
		Map<String, List<Proxy>> names = new HashMap<>();
		for (Proxy proxy : this.configuration.proxies()) {
			List<Proxy> same = names.computeIfAbsent(proxy.name(), (name) -> new ArrayList<>(1));
			Proxy other = same.stream().filter((before) -> clash(proxy, before)).findFirst().orElse(null);
			if (other == null) {
				same.add(proxy);
			}
			else {
				this.findings.add(Rule.PROXY_TWICE, proxy.section().location(), "There is a '" + other.type() + " "
						+ other.name() + "' at " + other.section().location() + " already.");
			}
		}
	}

	private boolean clash(Proxy proxy, Proxy other) {
		boolean both = proxy.type().equals(other.type()) || (proxy.isFrontend() && other.isFrontend());
		return !proxy.name().isEmpty() && (both || this.configuration.version().isAtLeast(3, 3));
	}

	private void clients(Set<Proxy> backends) {
		for (Proxy proxy : this.configuration.proxies()) {
			for (String keyword : List.of("use_backend", "default_backend")) {
				for (Line line : proxy.isFrontend() ? proxy.lines(keyword) : List.<Line>of()) {
					Proxy target = this.configuration.proxy(line.text(1));
					if (target == null || (!backends.contains(target) && !target.mode().equals("spop"))) {
						continue;
					}
					String message = "'" + proxy.name() + "' sends its clients to '" + target.name()
							+ "', the backend of an agent.";
					boolean tcp = proxy.mode().equals("tcp") && !this.configuration.version().isAtLeast(3, 1);
					this.findings.add(tcp ? Rule.CLIENTS_TO_AGENT_TCP : Rule.CLIENTS_TO_AGENT, line.location(),
							message);
				}
			}
		}
	}

}
