package io.spop.agent;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import org.jspecify.annotations.Nullable;

/**
 * The file of a UNIX socket. The socket is bound in a private folder that no other user
 * can enter. It is moved to its path once it has its owner, group and permissions. For
 * the move, the private folder gets a name that all agents use for this path. If two
 * agents start at the same time, only one of them can have this folder, so only one
 * checks the path and replaces the file there.
 * <p>
 * This class is also a handler of the listening channel. It removes the file before the
 * socket closes. As long as the socket listens, no other agent takes the path, so the
 * removed file never belongs to another agent.
 */
final class UnixSocketFile extends ChannelOutboundHandlerAdapter {

	/** The size of {@code sun_path} on Linux, without the final zero byte. */
	private static final int MAX_PATH_LENGTH = 107;

	private static final int TYPE_MASK = 0xF000;

	private static final int TYPE_SOCKET = 0xC000;

	private static final FileAttribute<?> PRIVATE = PosixFilePermissions
		.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

	/**
	 * The bound of the random names of private folders, which have at most six
	 * characters.
	 */
	private static final int MAX_FOLDER = 1 << 30;

	/** The longest path that the JDK binds and connects to. */
	private static final int MAX_JDK_LENGTH = 106;

	/**
	 * The length that a private folder and a file in it add to the folder of the path.
	 */
	private static final int BIND_LENGTH = "/123456/s".length();

	/** The time to wait for the lock, which another agent holds for much less. */
	private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(2);

	private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

	private final UnixListener listener;

	private final Path path;

	/** The private folder, once it has been created. */
	private @Nullable Path folder;

	/**
	 * The folder of a short link to the folder of the path, if that path is too long to
	 * bind to.
	 */
	private @Nullable Path shortcut;

	/** The key that identifies the file of the bound socket. */
	private volatile @Nullable Object key;

	UnixSocketFile(UnixListener listener) {
		this.listener = listener;
		this.path = listener.address().getPath();
	}

	/**
	 * Check that the path can be used, and create the private folder.
	 * @return the address to bind the socket to
	 */
	UnixDomainSocketAddress prepare() {
		try {
			checkLength();
			checkFolder();
			checkFree();
			String name = Integer.toString(ThreadLocalRandom.current().nextInt(MAX_FOLDER), Character.MAX_RADIX);
			this.folder = Files.createDirectory(this.path.resolveSibling(name), PRIVATE);
			return address(this.folder.resolve("s"));
		}
		catch (IOException ex) {
			cleanUp();
			throw notWritable(ex);
		}
		catch (RuntimeException ex) {
			cleanUp();
			throw ex;
		}
	}

	/**
	 * Return the address of a file below the folder of the path, through the short link
	 * if needed.
	 */
	private UnixDomainSocketAddress address(Path file) {
		if (length(file) <= MAX_JDK_LENGTH) {
			return UnixDomainSocketAddress.of(file);
		}
		if (this.shortcut == null) {
			this.shortcut = makeShortcut();
		}
		return UnixDomainSocketAddress
			.of(this.shortcut.resolve("s").resolve(parent().relativize(file.toAbsolutePath())));
	}

	private Path makeShortcut() {
		try {
			Path shortcut = Files.createTempDirectory("spop");
			Files.createSymbolicLink(shortcut.resolve("s"), parent());
			return shortcut;
		}
		catch (IOException ex) {
			throw failure("The path '" + this.path
					+ "' is so long that it needs a link in the folder for temporary files: " + reason(ex) + ".",
					"Use a path that is at least " + BIND_LENGTH + " bytes shorter.", ex);
		}
	}

	/**
	 * Move the socket to its path, so that others can connect.
	 * @param channel the channel that listens on the socket
	 */
	void publish(Channel channel) {
		try {
			Path socket = socket();
			if (!this.listener.permissions().isEmpty()) {
				Files.setPosixFilePermissions(socket, this.listener.permissions());
			}
			if (this.listener.group() != null) {
				setGroup(socket, this.listener.group());
			}
			if (this.listener.owner() != null) {
				setOwner(socket, this.listener.owner());
			}
			this.key = key(socket, LinkOption.NOFOLLOW_LINKS);
			lock();
			checkFree();
			Files.move(socket(), this.path, StandardCopyOption.ATOMIC_MOVE);
			channel.pipeline().addFirst(this);
		}
		catch (IOException ex) {
			throw notWritable(ex);
		}
	}

	/**
	 * Rename the private folder to the name that only one agent at a time can use: a
	 * folder cannot be moved to the path of a folder that is not empty.
	 */
	private void lock() throws IOException {
		Path lock = this.path.resolveSibling("." + this.path.getFileName() + ".lock");
		long start = System.nanoTime();
		while (true) {
			try {
				Files.move(folder(), lock, StandardCopyOption.ATOMIC_MOVE);
				this.folder = lock;
				return;
			}
			catch (IOException ex) {
				// The lock may be free again by now
				boolean taken = Files.exists(lock, LinkOption.NOFOLLOW_LINKS);
				if (System.nanoTime() - start > MAX_WAIT_NANOS) {
					if (!taken) {
						throw ex;
					}
					throw failure(
							"Another agent is starting on the socket '" + this.path + "': it has created '" + lock
									+ "'.",
							"If no other agent is starting, one died during its start: remove '" + lock + "'.", ex);
				}
				LockSupport.parkNanos(WAIT_NANOS);
			}
		}
	}

	private Path folder() {
		return Objects.requireNonNull(this.folder, "folder");
	}

	private Path socket() {
		return folder().resolve("s");
	}

	private static Object key(Path path, LinkOption... options) throws IOException {
		return Objects.requireNonNull(Files.readAttributes(path, BasicFileAttributes.class, options).fileKey());
	}

	/**
	 * Return whether a connection to the path reaches this socket, so whether its file
	 * has not been removed or replaced.
	 * @return {@code true} if the file is in place
	 */
	boolean isInPlace() {
		return isAt(this.path);
	}

	private boolean isAt(Path path, LinkOption... options) {
		try {
			return key(path, options).equals(this.key);
		}
		catch (IOException ex) {
			return false;
		}
	}

	@Override
	public void close(ChannelHandlerContext context, ChannelPromise promise) {
		try {
			if (isAt(this.path, LinkOption.NOFOLLOW_LINKS)) {
				Files.delete(this.path);
			}
		}
		catch (IOException ex) {
			ConnectionLog.logger.debug("Not removed: '{}'", this.path, ex);
		}
		context.close(promise);
	}

	/**
	 * Remove the folders that were created to bind the socket.
	 */
	void cleanUp() {
		try {
			if (this.folder != null) {
				Files.deleteIfExists(socket());
				Files.deleteIfExists(this.folder);
			}
			if (this.shortcut != null) {
				Files.deleteIfExists(this.shortcut.resolve("s"));
				Files.deleteIfExists(this.shortcut);
			}
		}
		catch (IOException ex) {
			ConnectionLog.logger.debug("Not removed: '{}'", this.folder, ex);
		}
	}

	private void setGroup(Path socket, String name) throws IOException {
		PosixFileAttributeView view = Files.getFileAttributeView(socket, PosixFileAttributeView.class);
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

	private void setOwner(Path socket, String name) throws IOException {
		try {
			Files.setOwner(socket, users().lookupPrincipalByName(name));
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

	private void checkLength() {
		int length = length(this.path);
		if (length > MAX_PATH_LENGTH) {
			throw failure(
					"The path '" + this.path + "' has " + length + " bytes, but the path of a UNIX socket has at most "
							+ MAX_PATH_LENGTH + ".",
					"Use a shorter path, or one relative to the working directory.", null);
		}
	}

	private static int length(Path path) {
		return path.toString().getBytes(StandardCharsets.UTF_8).length;
	}

	private void checkFolder() {
		Path folder = parent();
		try {
			if (!Files.readAttributes(folder, BasicFileAttributes.class).isDirectory()) {
				throw failure("'" + folder + "', where the socket is to be, is not a folder.", "Set another path.",
						null);
			}
		}
		catch (NoSuchFileException ex) {
			// A newer JDK throws this exception also if a parent folder is a file
			for (Path above = folder.getParent(); above != null; above = above.getParent()) {
				if (Files.isRegularFile(above)) {
					throw failure(
							"The folder '" + folder + "' of the socket cannot be used: '" + above
									+ "' is not a folder.",
							"Make it accessible for this process, or set another path.", ex);
				}
			}
			throw failure("The folder '" + folder + "' of the socket does not exist.",
					"Create it, writable for this process and accessible for HAProxy.", ex);
		}
		catch (IOException ex) {
			throw failure("The folder '" + folder + "' of the socket cannot be used: " + reason(ex) + ".",
					"Make it accessible for this process, or set another path.", ex);
		}
	}

	private Path parent() {
		Path absolute = this.path.toAbsolutePath();
		return (absolute.getParent() != null) ? absolute.getParent() : absolute;
	}

	/**
	 * Check that there is no file at the path, or only the socket of an agent that has
	 * ended.
	 */
	private void checkFree() {
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
			ConnectionLog.logger.debug("Replacing the socket '{}' that nobody listens on", this.path);
		}
		catch (NoSuchFileException ex) {
			// There is no file at the path
		}
		catch (IOException ex) {
			if (Files.exists(this.path, LinkOption.NOFOLLOW_LINKS)) {
				throw failure("The socket '" + this.path
						+ "' exists, and whether a process listens on it cannot be found out: " + reason(ex) + ".",
						"Remove it if it is of no use, or set another path.", ex);
			}
		}
	}

	private boolean isAlive() throws IOException {
		try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
			// A connection to a socket with a full backlog would block
			channel.configureBlocking(false);
			channel.connect(address(this.path));
			return true;
		}
		catch (ConnectException ex) {
			return false;
		}
		catch (SocketException ex) {
			// The backlog of the socket is full, or the socket has another type
			if (Files.isWritable(this.path)) {
				return true;
			}
			throw ex;
		}
	}

	private SpopBindException notWritable(IOException ex) {
		if (ex instanceof AccessDeniedException) {
			return failure("This process has no permission to listen on " + this.path + ".",
					"Make the folder of the socket writable for this process, or set another path.", ex);
		}
		return failure("The socket '" + this.path + "' cannot be created: " + reason(ex) + ".",
				"Make it possible to create files in '" + parent() + "', or set another path.", ex);
	}

	private static String reason(IOException ex) {
		if (ex instanceof AccessDeniedException) {
			return "this process has no permission";
		}
		return (ex instanceof FileSystemException file && file.getReason() != null)
				? file.getReason() + " ('" + file.getFile() + "')" : ex.toString();
	}

	private SpopBindException failure(String reason, String remedy, @Nullable Throwable cause) {
		return new SpopBindException(this.listener.name(), reason, remedy, cause);
	}

}
