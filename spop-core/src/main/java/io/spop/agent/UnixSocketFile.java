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
 * The file of a UNIX socket. The socket is bound in a folder that nobody else can enter,
 * and moved to its path once it has its owner, group and permissions. For the move the
 * folder gets a name that all agents of the path use, so that of two that start at once
 * only one looks at what is at the path and takes its place.
 * <p>
 * As a handler of the channel that listens, it removes the file before the socket closes:
 * as long as somebody listens, no other agent takes the path, so the file that is removed
 * is never another's.
 */
final class UnixSocketFile extends ChannelOutboundHandlerAdapter {

	/** The size of {@code sun_path} on Linux, without the final zero byte. */
	private static final int MAX_PATH_LENGTH = 107;

	private static final int TYPE_MASK = 0xF000;

	private static final int TYPE_SOCKET = 0xC000;

	private static final FileAttribute<?> PRIVATE = PosixFilePermissions
		.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

	/** Names of folders have at most six characters. */
	private static final int MAX_FOLDER = 1 << 30;

	/** What the JDK binds and connects to is shorter. */
	private static final int MAX_JDK_LENGTH = 106;

	/** What a private folder and a file in it add to the folder of the path. */
	private static final int BIND_LENGTH = "/123456/s".length();

	/** Another agent needs the path for much less. */
	private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(2);

	private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

	private final UnixListener listener;

	private final Path path;

	/** The folder that nobody else can enter, once there is one. */
	private @Nullable Path folder;

	/**
	 * The folder of a short way to that folder, if its own path is too long to bind to.
	 */
	private @Nullable Path shortcut;

	/** Identifies the file of the socket, which has been bound. */
	private volatile @Nullable Object key;

	UnixSocketFile(UnixListener listener) {
		this.listener = listener;
		this.path = listener.address().getPath();
	}

	/**
	 * Look whether the path can be used, and make a folder to bind the socket in.
	 * @return where to bind it
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
	 * Return the address of a file below the folder of the path.
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
	 * Let others connect to the socket.
	 * @param channel the channel that listens on it
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
	 * Give the private folder the name that only one agent can have: a folder is not
	 * moved to where there is one that is not empty.
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
				// It may be free again by now
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
	 * Return whether those who connect to the path reach this socket: nobody has removed
	 * or replaced its file.
	 * @return whether it is there
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
	 * Remove what was needed to bind the socket.
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
			// On a newer JDK this is also what a file in the place of a folder above
			// leads to
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
	 * Check that there is nothing at the path, or the socket of an agent that is dead.
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
			// Nobody has it
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
			// One with a full backlog would block
			channel.configureBlocking(false);
			channel.connect(address(this.path));
			return true;
		}
		catch (ConnectException ex) {
			return false;
		}
		catch (SocketException ex) {
			// Its backlog is full, or it is of another type
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
