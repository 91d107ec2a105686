package io.spop.agent;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

/**
 * The file of a UNIX socket, before it is bound.
 */
final class UnixSocketFile {

	/** The size of {@code sun_path} on Linux, without the final zero byte. */
	private static final int MAX_PATH_LENGTH = 107;

	private static final int TYPE_MASK = 0xF000;

	private static final int TYPE_SOCKET = 0xC000;

	private final String listener;

	private final Path path;

	UnixSocketFile(String listener, Path path) {
		this.listener = listener;
		this.path = path;
	}

	/**
	 * See to it that a socket can be bound here: remove what a dead agent left, and
	 * nothing else.
	 */
	void prepare() {
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
			AgentConnection.logger.debug("Removing the socket '{}' that nobody listens on", this.path);
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
