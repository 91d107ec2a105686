package io.spop.agent;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Objects;

import io.netty.channel.local.LocalAddress;

/**
 * Where an agent listens, and for whom: a name, and a TCP address, the path of a UNIX
 * socket, or memory. Immutable: each method that returns a listener leaves this one as it
 * is.
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
	 * @param name its name, unique within the agent
	 * @param address where it listens; port 0 lets the system choose
	 * @return the listener, which lets everybody connect, without TLS
	 */
	public static TcpListener tcp(String name, InetSocketAddress address) {
		return new TcpListener(name, address);
	}

	/**
	 * Return a listener on a UNIX socket. A socket file that a dead agent left is
	 * replaced; one that somebody listens on, or any other file, never is.
	 * @param name its name, unique within the agent
	 * @param path the path of the socket, at most 107 bytes, in a folder that exists
	 * @return the listener, whose file has the owner, group and permissions that the
	 * system gives to new files
	 */
	public static UnixListener unix(String name, Path path) {
		return new UnixListener(name, path);
	}

	/**
	 * Return a listener that only clients in the same JVM reach, without a port or a
	 * file, for tests: frames pass through the codec as they do on a socket. An agent
	 * listens in memory with all of its listeners or with none.
	 * @param name its name, unique within the agent
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
	 * Return where this listener is to listen.
	 * @return an {@link InetSocketAddress}, a {@link UnixDomainSocketAddress}, or a
	 * {@link LocalAddress} in memory
	 */
	public abstract SocketAddress address();

	/**
	 * Return whether connections have TLS.
	 * @return whether they have, {@code false} for all but TCP listeners
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
