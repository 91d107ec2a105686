package io.spop.haproxy.config;

import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A server of a proxy: a {@code server} or {@code server-template} line, with what the
 * {@code default-server} lines before it say.
 *
 * @since 0.1.0
 */
public final class Server {

	private final Line line;

	private final Map<String, String> options;

	private final int addressIndex;

	Server(Line line, Map<String, String> options) {
		this.line = line;
		this.options = Map.copyOf(options);
		this.addressIndex = line.text(0).equals("server-template") ? 3 : 2;
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
		return (this.line.words().size() > this.addressIndex) ? this.line.words().get(this.addressIndex) : null;
	}

	/**
	 * Return the host of the address.
	 * @return a name or an IP address without brackets; {@code null} for a UNIX socket
	 * and other kinds of addresses
	 */
	public @Nullable String host() {
		return null;
	}

	/**
	 * Return the port of the address.
	 * @return the port, 0 if there is none or it is relative, as in {@code :+8000}
	 */
	public int port() {
		return 0;
	}

	/**
	 * Return the file of a UNIX socket.
	 * @return the path, or {@code null} for other addresses
	 */
	public @Nullable String unixPath() {
		return null;
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

}
