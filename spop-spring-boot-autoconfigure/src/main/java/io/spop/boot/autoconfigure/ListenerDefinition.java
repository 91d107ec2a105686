package io.spop.boot.autoconfigure;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.spop.agent.SpopListener;
import io.spop.agent.TcpListener;
import io.spop.agent.UnixListener;
import io.spop.boot.autoconfigure.SpopProperties.ClientAuth;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.context.properties.source.MutuallyExclusiveConfigurationPropertiesException;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundles;

/**
 * The properties of one listener, and the {@link SpopListener} that they describe.
 *
 * @param name the name of the listener
 * @param address the address to bind to
 * @param port the TCP port
 * @param path the path of the UNIX socket
 * @param permissions the permissions of the UNIX socket
 * @param owner the owner of the UNIX socket
 * @param group the group of the UNIX socket
 * @param allow the addresses that may connect
 * @param bundle the SSL bundle
 * @param clientAuth whether clients need a certificate
 */
record ListenerDefinition(String name, @Nullable InetAddress address, @Nullable Integer port, @Nullable String path,
		@Nullable String permissions, @Nullable String owner, @Nullable String group, @Nullable List<String> allow,
		@Nullable String bundle, @Nullable ClientAuth clientAuth) {

	static final int DEFAULT_PORT = 12345;

	private static final int MAX_PORT = 65535;

	private static final Pattern SYMBOLIC = Pattern.compile("([r-][w-][x-]){3}");

	private static final Pattern OCTAL = Pattern.compile("0?[67][0-7]{2}");

	/**
	 * Return what the properties describe.
	 * @param properties the properties
	 * @param bundles the SSL bundles
	 * @return the listeners, at least one
	 */
	static List<SpopListener> listeners(SpopProperties properties, SslBundles bundles) {
		if (properties.getListeners().isEmpty()) {
			InetAddress address = InetAddress.getLoopbackAddress();
			return List.of(SpopListener.tcp("default", new InetSocketAddress(address, DEFAULT_PORT)));
		}
		List<SpopListener> listeners = new ArrayList<>();
		properties.getListeners().forEach((name, listener) -> {
			ListenerDefinition definition = of(name, listener);
			SpopListener added = definition.toListener(bundles);
			listeners.stream()
				.filter((other) -> overlap(added.address(), other.address()))
				.findFirst()
				.ifPresent((other) -> {
					throw definition.sameAs(other);
				});
			listeners.add(added);
		});
		return listeners;
	}

	private static boolean overlap(SocketAddress one, SocketAddress other) {
		if (one instanceof InetSocketAddress tcp && other instanceof InetSocketAddress otherTcp) {
			boolean all = tcp.getAddress().isAnyLocalAddress() || otherTcp.getAddress().isAnyLocalAddress();
			return tcp.getPort() == otherTcp.getPort() && tcp.getPort() != 0
					&& (all ? tcp.getAddress().getClass() == otherTcp.getAddress().getClass() : one.equals(other));
		}
		return one.equals(other);
	}

	private InvalidConfigurationPropertyValueException sameAs(SpopListener other) {
		String reason = "Listener '" + other.name()
				+ "' listens there, too. Set another one, or remove one of the two.";
		return (this.path != null) ? invalid("path", this.path, reason) : invalid("port", this.port, reason);
	}

	private static ListenerDefinition of(String name, SpopProperties.Listener properties) {
		return new ListenerDefinition(name, properties.getAddress(), properties.getPort(), properties.getPath(),
				properties.getPermissions(), properties.getOwner(), properties.getGroup(), properties.getAllow(),
				properties.getSsl().getBundle(), properties.getSsl().getClientAuth());
	}

	private SpopListener toListener(SslBundles bundles) {
		MutuallyExclusiveConfigurationPropertiesException.throwIfMultipleNonNullValuesIn((entries) -> {
			entries.put(property("path"), this.path);
			entries.put(property("port"), this.port);
		});
		MutuallyExclusiveConfigurationPropertiesException.throwIfMultipleNonNullValuesIn((entries) -> {
			entries.put(property("path"), this.path);
			entries.put(property("address"), this.address);
		});
		return (this.path != null) ? unix(this.path) : tcp(bundles);
	}

	private TcpListener tcp(SslBundles bundles) {
		if (this.port == null) {
			throw invalid("port", null,
					"A listener has a port or a path. Set it to the port to listen on, or to 0 for any that is free; "
							+ "for a UNIX socket set '" + property("path") + "' instead.");
		}
		if (this.port < 0 || this.port > MAX_PORT) {
			throw invalid("port", this.port, "A port is 0 to " + MAX_PORT + ".");
		}
		String reason = "This property is for UNIX sockets only. Remove it, or set '" + property("path")
				+ "' instead of the port.";
		refuse("permissions", this.permissions, reason);
		refuse("owner", this.owner, reason);
		refuse("group", this.group, reason);
		InetAddress address = (this.address != null) ? this.address : InetAddress.getLoopbackAddress();
		TcpListener listener = SpopListener.tcp(this.name, new InetSocketAddress(address, this.port));
		return secure(allow(listener), bundles);
	}

	private TcpListener allow(TcpListener listener) {
		if (this.allow == null) {
			return listener;
		}
		try {
			return listener.allow(this.allow);
		}
		catch (IllegalArgumentException ex) {
			throw invalid("allow", String.join(",", this.allow), ex.getMessage() + ".");
		}
	}

	private TcpListener secure(TcpListener listener, SslBundles bundles) {
		if (this.bundle == null) {
			if (this.clientAuth != null) {
				throw invalid("ssl.client-auth", this.clientAuth, "Without TLS, clients have no certificate. Set '"
						+ property("ssl.bundle") + "', or remove this property.");
			}
			return listener;
		}
		try {
			ClientAuth clientAuth = (this.clientAuth != null) ? this.clientAuth : ClientAuth.NONE;
			return listener.tls(new BundleSslContext(this.name, bundles, this.bundle, clientAuth));
		}
		catch (NoSuchSslBundleException ex) {
			throw invalid("ssl.bundle", this.bundle, "There is no SSL bundle of this name. There are "
					+ bundles.getBundleNames() + ". Correct it, or add one below 'spring.ssl.bundle.pem'.");
		}
		catch (IllegalArgumentException ex) {
			throw invalid("ssl.bundle", this.bundle, String.valueOf(ex.getMessage()));
		}
	}

	private void refuse(String property, @Nullable Object value, String reason) {
		if (value != null) {
			throw invalid(property, value, reason);
		}
	}

	private UnixListener unix(String path) {
		String reason = "This property is for TCP listeners only. Remove it, and let '" + property("permissions")
				+ "', with an owner or a group, say who may connect to the UNIX socket.";
		refuse("allow", this.allow, reason);
		refuse("ssl.bundle", this.bundle, reason);
		refuse("ssl.client-auth", this.clientAuth, reason);
		UnixListener listener;
		try {
			if (path.isBlank()) {
				throw new InvalidPathException(path, "The path is empty");
			}
			listener = SpopListener.unix(this.name, Path.of(path));
		}
		catch (InvalidPathException ex) {
			throw invalid("path", path, ex.getReason() + ".");
		}
		if (this.permissions != null) {
			listener = listener.permissions(parse(this.permissions));
		}
		if (this.owner != null) {
			listener = listener.owner(this.owner);
		}
		return (this.group != null) ? listener.group(this.group) : listener;
	}

	private Set<PosixFilePermission> parse(String permissions) {
		if (SYMBOLIC.matcher(permissions).matches()) {
			return PosixFilePermissions.fromString(permissions);
		}
		// YAML takes 0660 for an octal number, which arrives as 432 and would not let the
		// owner in
		if (!OCTAL.matcher(permissions).matches()) {
			throw invalid("permissions", permissions, "Permissions are written as 'rw-rw----', or as an octal number "
					+ "such as \"0660\" that lets the owner read and write; in YAML, put the number in quotes.");
		}
		int bits = Integer.parseInt(permissions, 8);
		PosixFilePermission[] all = PosixFilePermission.values();
		return IntStream.range(0, all.length)
			.filter((i) -> (bits & (1 << (all.length - 1 - i))) != 0)
			.mapToObj((i) -> all[i])
			.collect(Collectors.toUnmodifiableSet());
	}

	private String property(String name) {
		return "spop.listeners." + this.name + "." + name;
	}

	private InvalidConfigurationPropertyValueException invalid(String property, @Nullable Object value, String reason) {
		return new InvalidConfigurationPropertyValueException(property(property), value, reason);
	}

}
