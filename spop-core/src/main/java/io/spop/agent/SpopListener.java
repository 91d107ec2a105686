package io.spop.agent;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Objects;

import io.netty.channel.local.LocalAddress;

/**
 * The settings of one listener of an agent: a name, and a TCP address, the path of a UNIX
 * socket, or memory. Immutable: each method that returns a listener leaves this one
 * unchanged.
 * <p>
 * A release may add subclasses: a {@code switch} over them needs a default.
 *
 * @since 0.1.0
 * @see SpopAgent#listener(SpopListener)
 */
public abstract sealed class SpopListener permits TcpListener, UnixListener, MemoryListener {

	private final String name;

	SpopListener(String name) {
		this.name = Objects.requireNonNull(name, "name");
	}

	/**
	 * Return a TCP listener.
	 * @param name the name of the listener, unique within the agent
	 * @param address the address to listen on; with port 0 the system chooses a port
	 * @return the listener, without TLS and open to connections from any address
	 */
	public static TcpListener tcp(String name, InetSocketAddress address) {
		return new TcpListener(name, address);
	}

	/**
	 * Return a listener on a UNIX socket. The socket file of an agent that has ended is
	 * replaced. A socket that another process listens on, or any other file, is never
	 * replaced.
	 * @param name the name of the listener, unique within the agent
	 * @param path the path of the socket, at most 107 bytes, in an existing folder
	 * @return the listener, whose file has the owner, group and permissions that the
	 * system gives to new files
	 */
	public static UnixListener unix(String name, Path path) {
		return new UnixListener(name, path);
	}

	/**
	 * Return a listener in memory, without a port or a file, for tests. Only clients in
	 * the same JVM can connect. Frames pass through the codec as on a socket. If one
	 * listener of an agent is in memory, all of them must be.
	 * @param name the name of the listener, unique within the agent
	 * @return the listener
	 * @see BoundSpopAgent#address(String)
	 */
	public static SpopListener inMemory(String name) {
		return new MemoryListener(name);
	}

	/**
	 * Return the name of this listener, for logs and metrics.
	 * @return the name
	 */
	public final String name() {
		return this.name;
	}

	/**
	 * Return the address to listen on.
	 * @return an {@link InetSocketAddress}, a {@link UnixDomainSocketAddress}, or a
	 * {@link LocalAddress} in memory
	 */
	public abstract SocketAddress address();

	/**
	 * Return whether connections use TLS.
	 * @return {@code true} for a TCP listener with TLS
	 * @see TcpListener#tls
	 */
	public boolean isTls() {
		return false;
	}

	@Override
	public String toString() {
		return this.name + " on " + address() + (isTls() ? " with TLS" : "");
	}

}
