package io.spop.haproxy.write;

import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.ListenerDescription;
import org.jspecify.annotations.Nullable;

/**
 * Writes the backends through which HAProxy reaches the agent.
 */
final class BackendWriter {

	private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

	private static final Pattern WILDCARD = Pattern.compile("\\*||0|0\\.0\\.0\\.0|\\[?[0:]*:[0:]*\\]?");

	private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]+");

	private static final String RESOLVERS = "spop-names";

	private static final int ADDRESSES = 4;

	private final StringBuilder text = new StringBuilder();

	private final HaproxyVersion version;

	private boolean resolves;

	private BackendWriter(HaproxyVersion version) {
		this.version = version;
	}

	static String write(List<WrittenEngine> engines, List<ListenerDescription> listeners, HaproxyVersion version) {
		Map<String, Duration> processing = new LinkedHashMap<>();
		Map<String, WrittenEngine> byBackend = new LinkedHashMap<>();
		for (WrittenEngine engine : engines) {
			byBackend.putIfAbsent(engine.backend(), engine);
			processing.merge(engine.backend(), engine.processing(), (a, b) -> (a.compareTo(b) > 0) ? a : b);
		}
		BackendWriter writer = new BackendWriter(version);
		byBackend.forEach((name, engine) -> writer.backend(name, engine.listeners(), listeners,
				processing.getOrDefault(name, Duration.ZERO)));
		if (writer.resolves) {
			writer.text.append('\n').append("""
					# Names are looked up at the name servers of /etc/resolv.conf, not in the hosts file. While none of
					# them answers, what is known stays.
					resolvers %s
					    parse-resolv-conf
					    hold nx 24h
					    hold other 24h
					    hold refused 24h
					    hold timeout 24h
					""".formatted(RESOLVERS));
		}
		return writer.text.toString();
	}

	private void backend(String name, Set<String> names, List<ListenerDescription> listeners, Duration processing) {
		this.text.append("\nbackend " + name + "\n");
		line("mode " + (this.version.isAtLeast(3, 1) ? "spop" : "tcp"));
		line("option spop-check");
		line("timeout connect 5s");
		// Up to 3.0 it must be longer than "timeout idle" of the SPOE file, 2 minutes
		Duration least = this.version.isAtLeast(3, 1) ? Duration.ofSeconds(30) : Duration.ofMinutes(3);
		Duration twice = processing.multipliedBy(2);
		line("timeout server " + WrittenEngine.text((twice.compareTo(least) > 0) ? twice : least));
		Set<String> known = new HashSet<>();
		Set<String> servers = new HashSet<>();
		for (ListenerDescription listener : listeners) {
			known.add(listener.name());
			if (names.isEmpty() || names.contains(listener.name())) {
				String server = Words.part(listener.name());
				server = server.isEmpty() ? "agent" : server;
				for (int i = 2; !servers.add(server); i++) {
					server = Words.part(listener.name()) + "-" + i;
				}
				server(server, listener);
			}
		}
		names.stream()
			.filter((missing) -> !known.contains(missing))
			.sorted()
			.forEach((missing) -> line("# TODO server: messages name the listener '" + Words.printable(missing)
					+ "', which the agent does not have"));
		if (names.isEmpty() && listeners.isEmpty()) {
			line("# TODO server: the agent has no listener");
		}
	}

	private void server(String name, ListenerDescription listener) {
		String who = "Listener '" + Words.printable(listener.name()) + "'";
		String path = listener.path();
		if (path != null) {
			line("server " + name + " " + Words.quote(who, "the path", "unix@" + path) + " check");
			return;
		}
		String host = (listener.host() != null) ? listener.host().strip() : "";
		Words.refuseControl(who, "the address", host);
		String address = address(who, host);
		boolean template = isName(address) && !address.equalsIgnoreCase("localhost");
		if (address.equals("127.0.0.1") && WILDCARD.matcher(host).matches()) {
			line("# TODO: the agent listens on all addresses of its machine" + (host.isEmpty() ? "" : " (" + host + ")")
					+ ". 127.0.0.1 suits a HAProxy");
			line("# on the same machine; elsewhere put the agent's address here");
		}
		String line;
		if (template) {
			this.resolves = true;
			line("# Up to " + ADDRESSES + " addresses of the name");
			line = "server-template " + name + " " + ADDRESSES + " " + address + ":" + port(listener)
					+ " check resolvers " + RESOLVERS + " init-addr none";
		}
		else {
			line = "server " + name + " " + address + ":" + port(listener) + " check";
		}
		if (listener.port() == 0) {
			line("# TODO: the system chooses the port of " + Words.printable(listener.name())
					+ "; give it one, here too");
		}
		if (listener.tls()) {
			tls(listener, template ? address : null);
			line += " ssl verify required ca-file <file>" + (template ? " verifyhost " + address : "")
					+ (listener.clientCertificate() ? " crt <file>" : "");
		}
		line((listener.port() == 0 || listener.tls()) ? "# " + line : line);
	}

	private void tls(ListenerDescription listener, @Nullable String name) {
		line("# TODO: name the file with the CA of the agent's certificate");
		if (listener.clientCertificate()) {
			line("# TODO: name the file with HAProxy's certificate and its key, which the agent asks for");
		}
		if (name == null) {
			line("# TODO: say with verifyhost which name the agent's certificate has; else any of this CA will do");
		}
	}

	private static String port(ListenerDescription listener) {
		return (listener.port() == 0) ? "<port>" : Integer.toString(listener.port());
	}

	private static String address(String who, String host) {
		if (WILDCARD.matcher(host).matches()) {
			return "127.0.0.1";
		}
		if (host.indexOf(':') >= 0) {
			String plain = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
			if (!plain.matches("[0-9A-Fa-f:.]+")) {
				throw new IllegalArgumentException(who + ": HAProxy does not take the address '" + host
						+ "', at most an IPv6 address without a zone");
			}
			return "[" + plain + "]";
		}
		if (!HOST.matcher(host).matches()) {
			throw new IllegalArgumentException(who + ": '" + host + "' is not an address, nor a name of a machine");
		}
		return host;
	}

	private static boolean isName(String address) {
		return !address.startsWith("[") && !IPV4.matcher(address).matches();
	}

	private void line(String line) {
		this.text.append("    ").append(line).append('\n');
	}

}
