package io.spop.agent;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.concurrent.ThreadLocalRandom;

import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * The file of a UNIX socket. One that is to have an owner, a group or permissions is
 * bound in a folder that nobody else can enter, and moved from there once it has them.
 */
final class UnixSocketFile {

	/** The size of {@code sun_path} on Linux, without the final zero byte. */
	private static final int MAX_PATH_LENGTH = 107;

	private static final int TYPE_MASK = 0xF000;

	private static final int TYPE_SOCKET = 0xC000;

	private static final FileAttribute<?> PRIVATE = PosixFilePermissions
		.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

	/** Names of folders have at most six characters. */
	private static final int MAX_FOLDER = 1 << 30;

	private final String listener;

	private final Path path;

	private final SpopListener.Unix access;

	/** Where the socket is bound. */
	private Path bindPath;

	UnixSocketFile(SpopListener listener) {
		this.listener = listener.name();
		this.path = ((UnixDomainSocketAddress) listener.address()).getPath();
		this.access = (SpopListener.Unix) listener.access();
		this.bindPath = this.path;
	}

	/**
	 * See to it that a socket can be bound: remove what a dead agent left, and nothing
	 * else.
	 * @return where to bind it
	 */
	UnixDomainSocketAddress prepare() {
		removeStale();
		if (!this.access.permissions().isEmpty() || this.access.owner() != null || this.access.group() != null) {
			// Short, since the path of a socket is
			String folder = Integer.toString(ThreadLocalRandom.current().nextInt(MAX_FOLDER), Character.MAX_RADIX);
			try {
				this.bindPath = Files.createDirectory(this.path.resolveSibling(folder), PRIVATE).resolve("s");
			}
			catch (IOException ex) {
				throw failure("This process has no permission to listen on " + this.path + ".",
						"Make the folder of the socket writable for this process, or set another path.", ex);
			}
		}
		return UnixDomainSocketAddress.of(this.bindPath);
	}

	/**
	 * Let others connect to the socket, which has been bound.
	 * @param channel the channel that listens on it
	 */
	void publish(Channel channel) {
		if (this.bindPath.equals(this.path)) {
			return;
		}
		try {
			if (!this.access.permissions().isEmpty()) {
				Files.setPosixFilePermissions(this.bindPath, this.access.permissions());
			}
			if (this.access.group() != null) {
				setGroup(this.access.group());
			}
			if (this.access.owner() != null) {
				setOwner(this.access.owner());
			}
			Files.move(this.bindPath, this.path, StandardCopyOption.ATOMIC_MOVE);
			channel.closeFuture().addListener((closed) -> Files.deleteIfExists(this.path));
		}
		catch (IOException ex) {
			throw failure("The socket '" + this.path + "' cannot be moved to its place: " + ex + ".",
					"Check the permissions of its folder, or set another path.", ex);
		}
	}

	private void setGroup(String name) throws IOException {
		PosixFileAttributeView view = Files.getFileAttributeView(this.bindPath, PosixFileAttributeView.class);
		try {
			view.setGroup(users().lookupPrincipalByGroupName(name));
		}
		catch (UserPrincipalNotFoundException ex) {
			throw failure("There is no group '" + name + "' on this machine.",
					"Create it, or set the name or number of another one.", ex);
		}
		catch (FileSystemException ex) {
			throw failure("This process may not give the socket to group '" + name + "': " + ex.getReason() + ".",
					"Make the user of this process a member of the group, or let it have the capability CAP_CHOWN.",
					ex);
		}
		if (!view.readAttributes().permissions().contains(PosixFilePermission.GROUP_WRITE)) {
			throw failure("Its group '" + name + "' has no permission to write to the socket, and could not connect.",
					"Set permissions that let the group write, such as rw-rw----.", null);
		}
	}

	private void setOwner(String name) throws IOException {
		try {
			Files.setOwner(this.bindPath, users().lookupPrincipalByName(name));
		}
		catch (UserPrincipalNotFoundException ex) {
			throw failure("There is no user '" + name + "' on this machine.",
					"Create it, or set the name or number of another one.", ex);
		}
		catch (FileSystemException ex) {
			throw failure("This process may not give the socket to user '" + name + "': " + ex.getReason() + ".",
					"Set a group that the user of this process belongs to instead, or let it have the capability"
							+ " CAP_CHOWN.",
					ex);
		}
	}

	private UserPrincipalLookupService users() {
		return this.path.getFileSystem().getUserPrincipalLookupService();
	}

	/**
	 * Remove what was needed to bind the socket.
	 */
	void cleanUp() {
		if (this.bindPath.equals(this.path)) {
			return;
		}
		try {
			Files.deleteIfExists(this.bindPath);
			Files.deleteIfExists(this.bindPath.getParent());
		}
		catch (IOException ex) {
			ConnectionLog.logger.debug("Not removed: '{}'", this.bindPath, ex);
		}
	}

	private void removeStale() {
		int length = this.path.toString().getBytes(StandardCharsets.UTF_8).length;
		if (length > MAX_PATH_LENGTH) {
			throw failure(
					"The path '" + this.path + "' has " + length + " bytes, but the path of a UNIX socket has at most "
							+ MAX_PATH_LENGTH + ".",
					"Use a shorter path, or one relative to the working directory.", null);
		}
		Path folder = this.path.toAbsolutePath().getParent();
		if (folder != null && !Files.isDirectory(folder)) {
			throw failure("The folder '" + folder + "' of the socket does not exist.",
					"Create it, writable for this process and accessible for HAProxy.", null);
		}
		if (!Files.exists(this.path, LinkOption.NOFOLLOW_LINKS)) {
			return;
		}
		try {
			int mode = (int) Files.getAttribute(this.path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
			if ((mode & TYPE_MASK) != TYPE_SOCKET) {
				throw failure("'" + this.path + "' exists and is not a socket.",
						"Remove it if it is of no use, or set another path.", null);
			}
			if (isAlive()) {
				throw failure("Another process listens on the socket '" + this.path + "'.",
						"Stop that process, or set another path.", null);
			}
			ConnectionLog.logger.debug("Removing the socket '{}' that nobody listens on", this.path);
			Files.deleteIfExists(this.path);
		}
		catch (IOException ex) {
			throw failure("The socket '" + this.path + "' exists and cannot be replaced: " + ex + ".",
					"Remove it, or set another path.", ex);
		}
	}

	private boolean isAlive() throws IOException {
		try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(this.path))) {
			return channel.isConnected();
		}
		catch (ConnectException ex) {
			return false;
		}
	}

	private SpopBindException failure(String reason, String remedy, @Nullable Throwable cause) {
		return new SpopBindException(this.listener, reason, remedy, cause);
	}

}
