package io.spop.agent;

import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * A listener on a UNIX socket. A process may connect if it may write to the socket file.
 * Immutable.
 *
 * @since 0.1.0
 * @see SpopListener#unix(String, Path)
 */
public final class UnixListener extends SpopListener {

	private final UnixDomainSocketAddress address;

	private final Set<PosixFilePermission> permissions;

	private final @Nullable String owner;

	private final @Nullable String group;

	UnixListener(String name, Path path) {
		this(name, UnixDomainSocketAddress.of(Objects.requireNonNull(path, "path")), Set.of(), null, null);
	}

	private UnixListener(String name, UnixDomainSocketAddress address, Set<PosixFilePermission> permissions,
			@Nullable String owner, @Nullable String group) {
		super(name);
		this.address = address;
		this.permissions = permissions;
		this.owner = owner;
		this.group = group;
	}

	/**
	 * Return this listener with permissions for its socket file. HAProxy needs the
	 * permissions to read and to write. By default the umask of the process decides.
	 * @param permissions the permissions of the file
	 * @return a new listener
	 */
	public UnixListener permissions(Set<PosixFilePermission> permissions) {
		for (PosixFilePermission permission : Objects.requireNonNull(permissions, "permissions")) {
			Objects.requireNonNull(permission, "an element of permissions");
		}
		return new UnixListener(name(), this.address, Set.copyOf(permissions), this.owner, this.group);
	}

	/**
	 * Return this listener with an owner for its socket file. Only a privileged process
	 * can give a file to another user.
	 * @param owner the name or number of the user
	 * @return a new listener
	 */
	public UnixListener owner(String owner) {
		return new UnixListener(name(), this.address, this.permissions, Objects.requireNonNull(owner, "owner"),
				this.group);
	}

	/**
	 * Return this listener with a group for its socket file. The
	 * {@linkplain #permissions(Set) permissions} must allow the group to write. A process
	 * without privileges can give a file only to groups that the process belongs to.
	 * @param group the name or number of the group
	 * @return a new listener
	 */
	public UnixListener group(String group) {
		return new UnixListener(name(), this.address, this.permissions, this.owner,
				Objects.requireNonNull(group, "group"));
	}

	@Override
	public UnixDomainSocketAddress address() {
		return this.address;
	}

	/**
	 * Return the permissions for the socket file.
	 * @return the permissions, empty if the umask decides
	 */
	public Set<PosixFilePermission> permissions() {
		return this.permissions;
	}

	/**
	 * Return the owner for the socket file, or {@code null} for the user of the process.
	 */
	@Nullable String owner() {
		return this.owner;
	}

	/**
	 * Return the group for the socket file, or {@code null} for the default group.
	 */
	@Nullable String group() {
		return this.group;
	}

}
