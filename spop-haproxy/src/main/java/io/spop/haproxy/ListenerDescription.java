package io.spop.haproxy;

import org.jspecify.annotations.Nullable;

/**
 * A place where an agent listens. Immutable.
 *
 * @since 0.1.0
 */
public final class ListenerDescription {

	private final String name;

	private final @Nullable String host;

	private final int port;

	private final @Nullable String path;

	private final boolean tls;

	private final boolean clientCertificate;

	private ListenerDescription(String name, @Nullable String host, int port, @Nullable String path, boolean tls,
			boolean clientCertificate) {
		this.name = name;
		this.host = host;
		this.port = port;
		this.path = path;
		this.tls = tls;
		this.clientCertificate = clientCertificate;
	}

	/**
	 * Describe a listener on a TCP port.
	 * @param name its name, such as {@code tcp}
	 * @param host the address that it binds: a name, an IPv4 or IPv6 address, or a
	 * wildcard such as {@code 0.0.0.0}
	 * @param port the port, 1 to 65535, or 0 if the system chooses it
	 * @return the description
	 */
	public static ListenerDescription tcp(String name, String host, int port) {
		return new ListenerDescription(name, host, port, null, false, false);
	}

	/**
	 * Describe a listener on a UNIX socket.
	 * @param name its name, such as {@code unix}
	 * @param path the socket's file
	 * @return the description
	 */
	public static ListenerDescription unix(String name, String path) {
		return new ListenerDescription(name, null, 0, path, false, false);
	}

	/**
	 * Return this listener with TLS.
	 * @param clientCertificate whether HAProxy must show a certificate
	 * @return another description
	 * @throws IllegalStateException if it is a UNIX socket
	 */
	public ListenerDescription tls(boolean clientCertificate) {
		if (this.path != null) {
			throw new IllegalStateException("A UNIX socket has no TLS");
		}
		return new ListenerDescription(this.name, this.host, this.port, null, true, clientCertificate);
	}

	/**
	 * Return the name of the listener.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Return the address that a TCP listener binds.
	 * @return the address, or {@code null} for a UNIX socket
	 */
	public @Nullable String host() {
		return this.host;
	}

	/**
	 * Return the port of a TCP listener.
	 * @return the port, or 0 for a UNIX socket and where the system chooses it
	 */
	public int port() {
		return this.port;
	}

	/**
	 * Return the file of a UNIX socket.
	 * @return the path, or {@code null} for TCP
	 */
	public @Nullable String path() {
		return this.path;
	}

	/**
	 * Return whether the listener takes TLS only.
	 * @return whether it does
	 */
	public boolean tls() {
		return this.tls;
	}

	/**
	 * Return whether HAProxy must show a certificate.
	 * @return whether it must
	 */
	public boolean clientCertificate() {
		return this.clientCertificate;
	}

	/**
	 * Return name and address.
	 */
	@Override
	public String toString() {
		return this.name + " (" + ((this.path != null) ? this.path : this.host + ":" + this.port) + ")";
	}

}
