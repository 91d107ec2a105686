package io.spop.agent;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

import io.netty.channel.local.LocalAddress;
import io.netty.handler.ipfilter.IpFilterRule;
import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.handler.ssl.SslContext;
import io.netty.util.NetUtil;
import org.jspecify.annotations.Nullable;

/**
 * Where an agent listens, and for whom: a name, and a TCP address, the path of a UNIX
 * socket, or memory. Immutable.
 * <p>
 * SPOP has no authentication: let it listen on loopback or a private network, or use
 * {@linkplain #tls(Supplier) TLS} with certificates of the clients.
 *
 * @since 0.1.0
 */
public final class SpopListener {

	private final String name;

	private final SocketAddress address;

	private final Access access;

	private SpopListener(String name, SocketAddress address, Access access) {
		this.name = Objects.requireNonNull(name, "name");
		this.address = Objects.requireNonNull(address, "address");
		this.access = access;
	}

	/**
	 * Return a TCP listener.
	 * @param name its name, unique within the agent
	 * @param address where it listens; port 0 lets the system choose
	 * @return the listener
	 */
	public static SpopListener tcp(String name, InetSocketAddress address) {
		return new SpopListener(name, address, new Tcp(List.of(), null));
	}

	/**
	 * Return a listener on a UNIX socket. A socket file that a dead agent left is
	 * replaced; one that somebody listens on, or any other file, never is.
	 * @param name its name, unique within the agent
	 * @param path the path of the socket, at most 107 bytes, in a folder that exists
	 * @return the listener
	 */
	public static SpopListener unix(String name, Path path) {
		return new SpopListener(name, UnixDomainSocketAddress.of(Objects.requireNonNull(path, "path")),
				new Unix(Set.of(), null, null));
	}

	/**
	 * Return this listener with TLS. Only the JDK's provider is tested. The context says
	 * which protocols and cipher suites there are; one that is built without a list has
	 * all that Netty has by default, those with RSA key exchange or CBC included. With
	 * TLS 1.2, a connection whose peer asks for another handshake is closed. What takes
	 * long of a handshake, such as the managers of keys and of trust, is called on
	 * threads of the agent that may block, a few for all of its connections.
	 * @param context returns a context for servers, which says who has to have which
	 * certificate. Each new connection asks for it, so that another one can take its
	 * place while the agent runs; on an event loop, so it must not block or throw.
	 * @return a new listener
	 * @throws IllegalStateException if this is a UNIX socket
	 */
	public SpopListener tls(Supplier<SslContext> context) {
		Objects.requireNonNull(context, "context");
		return new SpopListener(this.name, this.address, new Tcp(tcp("TLS").allowed(), context));
	}

	/**
	 * Return this listener for some addresses only. A connection from elsewhere is closed
	 * at once.
	 * @param addresses addresses, IPv4 and IPv6, such as {@code 192.0.2.1}, and networks
	 * in CIDR notation, such as {@code 10.0.0.0/8} and {@code 2001:db8::/32}
	 * @return a new listener
	 * @throws IllegalArgumentException if there is no address, or one that is none
	 * @throws IllegalStateException if this is a UNIX socket
	 */
	public SpopListener allow(Collection<String> addresses) {
		if (Objects.requireNonNull(addresses, "addresses").isEmpty()) {
			throw new IllegalArgumentException("Without an address, nobody could connect");
		}
		List<IpFilterRule> allowed = addresses.stream().map(SpopListener::rule).toList();
		Tcp tcp = tcp("addresses that it allows");
		return new SpopListener(this.name, this.address, new Tcp(allowed, tcp.tls()));
	}

	private static IpFilterRule rule(String text) {
		int slash = Objects.requireNonNull(text, "an element of addresses").indexOf('/');
		String address = (slash < 0) ? text : text.substring(0, slash);
		// Not InetAddress.getByName(), which would ask DNS for what is no address
		byte[] bytes = NetUtil.createByteArrayFromIpAddressString(address);
		if (bytes == null) {
			throw new IllegalArgumentException("'" + text
					+ "' is no IP address or network, which are written as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32");
		}
		try {
			InetAddress inet = InetAddress.getByAddress(bytes);
			int bits = 8 * inet.getAddress().length;
			int prefix = (slash < 0) ? bits : Integer.parseInt(text.substring(slash + 1));
			if (prefix < 0 || prefix > bits) {
				throw new IllegalArgumentException("The number behind the '/' of '" + text + "' is 0 to " + bits);
			}
			return new IpSubnetFilterRule(inet, prefix, IpFilterRuleType.ACCEPT);
		}
		catch (NumberFormatException ex) {
			throw new IllegalArgumentException("There is no number behind the '/' of '" + text + "'", ex);
		}
		catch (UnknownHostException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private Tcp tcp(String what) {
		if (this.access instanceof Tcp tcp) {
			return tcp;
		}
		throw new IllegalStateException("Listener '" + this.name + "' is " + (isInMemory()
				? "in memory: it has no " + what : "a UNIX socket: it has no " + what + ", but permissions"));
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
		return new SpopListener(name, LocalAddress.ANY, new Memory());
	}

	/**
	 * Return this listener with permissions for its socket file. HAProxy needs read and
	 * write; without this method the process's umask decides.
	 * @param permissions the permissions of the file
	 * @return a new listener
	 * @throws IllegalStateException if this is a TCP listener
	 */
	public SpopListener permissions(Set<PosixFilePermission> permissions) {
		for (PosixFilePermission permission : Objects.requireNonNull(permissions, "permissions")) {
			Objects.requireNonNull(permission, "an element of permissions");
		}
		Unix unix = unix("permissions");
		return new SpopListener(this.name, this.address, new Unix(Set.copyOf(permissions), unix.owner(), unix.group()));
	}

	/**
	 * Return this listener with an owner for its socket file. Only a privileged process
	 * can give it to another user than its own.
	 * @param owner the name or number of the user
	 * @return a new listener
	 * @throws IllegalStateException if this is a TCP listener
	 */
	public SpopListener owner(String owner) {
		Objects.requireNonNull(owner, "owner");
		Unix unix = unix("owner");
		return new SpopListener(this.name, this.address, new Unix(unix.permissions(), owner, unix.group()));
	}

	/**
	 * Return this listener with a group for its socket file, which its
	 * {@linkplain #permissions(Set) permissions} must let write. A process without
	 * privileges can give it to groups that it belongs to.
	 * @param group the name or number of the group
	 * @return a new listener
	 * @throws IllegalStateException if this is a TCP listener
	 */
	public SpopListener group(String group) {
		Objects.requireNonNull(group, "group");
		Unix unix = unix("group");
		return new SpopListener(this.name, this.address, new Unix(unix.permissions(), unix.owner(), group));
	}

	private Unix unix(String what) {
		if (this.access instanceof Unix unix) {
			return unix;
		}
		throw new IllegalStateException("Listener '" + this.name + "' is no UNIX socket: it has no " + what);
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
	 * @return an {@link InetSocketAddress}, a {@link UnixDomainSocketAddress}, or a
	 * {@link LocalAddress} in memory
	 */
	public SocketAddress address() {
		return this.address;
	}

	boolean isInMemory() {
		return this.access instanceof Memory;
	}

	/**
	 * Return whether connections have TLS.
	 * @return whether they have
	 */
	public boolean isTls() {
		return this.access instanceof Tcp tcp && tcp.tls() != null;
	}

	/**
	 * Return the permissions for the socket file.
	 * @return the permissions, empty to leave them to the umask
	 */
	public Set<PosixFilePermission> permissions() {
		return (this.access instanceof Unix unix) ? unix.permissions() : Set.of();
	}

	Access access() {
		return this.access;
	}

	@Override
	public String toString() {
		return this.name + " on " + this.address + (isTls() ? " with TLS" : "");
	}

	/**
	 * Who may connect.
	 */
	sealed interface Access {

	}

	/**
	 * Who may connect over TCP.
	 *
	 * @param allowed match the addresses that may, empty for all
	 * @param tls returns the context of a new connection, or {@code null} without TLS
	 */
	record Tcp(List<IpFilterRule> allowed, @Nullable Supplier<SslContext> tls) implements Access {
	}

	/**
	 * Who may connect to a UNIX socket.
	 *
	 * @param permissions the permissions of its file, empty to leave them to the umask
	 * @param owner the owner of its file, or {@code null} to leave it
	 * @param group the group of its file, or {@code null} to leave it
	 */
	record Unix(Set<PosixFilePermission> permissions, @Nullable String owner,
			@Nullable String group) implements Access {
	}

	/**
	 * Memory needs nothing.
	 */
	record Memory() implements Access {
	}

}
