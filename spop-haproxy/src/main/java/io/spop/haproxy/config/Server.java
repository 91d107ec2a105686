package io.spop.haproxy.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * A server of a proxy: a {@code server} or {@code server-template} line, with the
 * settings of the {@code default-server} lines before it.
 *
 * @since 0.1.0
 */
public final class Server {

	/** Settings without a value. */
	private static final Set<String> FLAGS = Set.of("agent-check", "allow-0rtt", "backup", "check", "check-reuse-pool",
			"check-send-proxy", "check-sni-auto", "check-ssl", "check-via-socks4", "disabled", "enabled", "force-sslv3",
			"force-tlsv10", "force-tlsv11", "force-tlsv12", "force-tlsv13", "non-stick", "renegotiate", "send-proxy",
			"send-proxy-v2", "send-proxy-v2-ssl", "send-proxy-v2-ssl-cn", "sni-auto", "ssl", "ssl-reuse", "stick",
			"strict-maxconn", "tfo", "tls-tickets");

	private static final Pattern PREFIX = Pattern.compile("[a-z0-9]+(?:\\+[a-z0-9]+)?@.*", Pattern.DOTALL);

	private static final Pattern PORT = Pattern.compile("\\d{1,5}");

	private final Line line;

	private final Map<String, String> options;

	private final @Nullable Word address;

	private final @Nullable String host;

	private final int port;

	private final @Nullable String unixPath;

	private Server(Line line, @Nullable Word address, Map<String, String> options) {
		this.line = line;
		this.address = address;
		this.options = Map.copyOf(options);
		String text = (address != null) ? address.text() : "";
		String prefix = "";
		if (PREFIX.matcher(text).matches()) {
			prefix = text.substring(0, text.indexOf('@'));
			text = text.substring(prefix.length() + 1);
		}
		boolean unix = prefix.equals("unix") || (prefix.isEmpty() && text.startsWith("/"));
		boolean network = !unix && !prefix.startsWith("abns") && !prefix.equals("fd") && !prefix.equals("sockpair")
				&& !text.isEmpty();
		int colon = text.lastIndexOf(':');
		String number = (network && colon >= 0) ? text.substring(colon + 1) : "";
		String name = (colon >= 0) ? text.substring(0, colon) : text;
		if (name.startsWith("[") && name.endsWith("]")) {
			name = name.substring(1, name.length() - 1);
		}
		this.unixPath = unix ? text : null;
		this.host = network ? name : null;
		this.port = PORT.matcher(number).matches() ? Integer.parseInt(number) : 0;
	}

	/**
	 * Return the servers of a section.
	 * @param inherited its {@code defaults}, the nearest first
	 */
	static List<Server> of(Section section, List<Section> inherited) {
		Map<String, String> defaults = new HashMap<>();
		for (int i = inherited.size() - 1; i >= 0; i--) {
			inherited.get(i).lines("default-server").forEach((line) -> read(line, 1, defaults));
		}
		List<Server> servers = new ArrayList<>();
		for (Line line : section.lines()) {
			switch (line.text(0)) {
				case "default-server" -> read(line, 1, defaults);
				case "server" -> servers.add(of(line, 2, defaults));
				case "server-template" -> servers.add(of(line, 3, defaults));
				default -> {
				}
			}
		}
		return List.copyOf(servers);
	}

	private static Server of(Line line, int address, Map<String, String> defaults) {
		Map<String, String> options = new HashMap<>(defaults);
		read(line, address + 1, options);
		return new Server(line, (line.words().size() > address) ? line.words().get(address) : null, options);
	}

	private static void read(Line line, int start, Map<String, String> options) {
		for (int i = start; i < line.words().size(); i++) {
			String option = line.text(i);
			if (option.equals("enabled")) {
				options.remove("disabled");
			}
			else if (FLAGS.contains(option)) {
				options.put(option, "");
			}
			else if (option.startsWith("no-")) {
				options.remove(option.substring(3));
			}
			else {
				options.put(option, line.text(++i));
			}
		}
	}

	/**
	 * Return the name of the server, or the prefix of a {@code server-template}.
	 * @return the name, empty if there is none
	 */
	public String name() {
		return this.line.text(1);
	}

	/**
	 * Return the line.
	 * @return the line
	 */
	public Line line() {
		return this.line;
	}

	/**
	 * Return the address.
	 * @return the word, or {@code null} if there is none
	 */
	public @Nullable Word address() {
		return this.address;
	}

	/**
	 * Return the host of the address.
	 * @return a name or an IP address without brackets; {@code null} for a UNIX socket
	 * and other kinds of addresses
	 */
	public @Nullable String host() {
		return this.host;
	}

	/**
	 * Return the port of the address.
	 * @return the port, 0 if there is none or it is relative, as in {@code :+8000}
	 */
	public int port() {
		return this.port;
	}

	/**
	 * Return the file of a UNIX socket.
	 * @return the path, or {@code null} for other addresses
	 */
	public @Nullable String unixPath() {
		return this.unixPath;
	}

	/**
	 * Return whether HAProxy checks the server.
	 * @return whether {@code check} is on
	 */
	public boolean check() {
		return option("check") != null;
	}

	/**
	 * Return whether HAProxy talks TLS to the server.
	 * @return whether {@code ssl} is on
	 */
	public boolean tls() {
		return option("ssl") != null;
	}

	/**
	 * Return a setting of the server.
	 * @param name its name, such as {@code maxconn} or {@code check}
	 * @return its value, empty for a setting without one; {@code null} if it is not
	 * there, or off
	 */
	public @Nullable String option(String name) {
		return this.options.get(name);
	}

	/**
	 * Return the line.
	 */
	@Override
	public String toString() {
		return this.line.toString();
	}

}
