package io.spop.agent;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Objects;
import java.util.Set;

/**
 * Where an agent listens: a name, and a TCP address or the path of a UNIX socket.
 * Immutable.
 * <p>
 * SPOP has no authentication: let it listen on loopback or a private network only.
 *
 * @since 0.1.0
 */
public final class SpopListener {

	private final String name;

	private final SocketAddress address;

	private final Set<PosixFilePermission> permissions;

	private SpopListener(String name, SocketAddress address, Set<PosixFilePermission> permissions) {
		this.name = Objects.requireNonNull(name, "name");
		this.address = Objects.requireNonNull(address, "address");
		this.permissions = Set.copyOf(permissions);
	}

	/**
	 * Return a TCP listener.
	 * @param name its name, unique within the agent
	 * @param address where it listens; port 0 lets the system choose
	 * @return the listener
	 */
	public static SpopListener tcp(String name, InetSocketAddress address) {
		return new SpopListener(name, address, Set.of());
	}

	/**
	 * Return a listener on a UNIX socket. A socket file that a dead agent left is
	 * replaced; one that somebody listens on, or any other file, never is.
	 * @param name its name, unique within the agent
	 * @param path the path of the socket, at most 107 bytes, in a folder that exists
	 * @return the listener
	 */
	public static SpopListener unix(String name, Path path) {
		return new SpopListener(name, UnixDomainSocketAddress.of(path), Set.of());
	}

	/**
	 * Return this listener with permissions for its socket file. HAProxy needs read and
	 * write; without this method the process's umask decides.
	 * @param permissions the permissions of the file
	 * @return a new listener
	 * @throws IllegalStateException if this is a TCP listener
	 */
	public SpopListener permissions(Set<PosixFilePermission> permissions) {
		if (!(this.address instanceof UnixDomainSocketAddress)) {
			throw new IllegalStateException("Listener '" + this.name + "' is no UNIX socket: it has no permissions");
		}
		return new SpopListener(this.name, this.address, permissions);
	}

	/**
	 * Return the name of this listener, for logs and metrics.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Return where this listener is to listen.
	 * @return an {@link InetSocketAddress} or a {@link UnixDomainSocketAddress}
	 */
	public SocketAddress address() {
		return this.address;
	}

	/**
	 * Return the permissions for the socket file.
	 * @return the permissions, empty to leave them to the umask
	 */
	public Set<PosixFilePermission> permissions() {
		return this.permissions;
	}

	@Override
	public String toString() {
		return this.name + " on " + this.address;
	}

}
