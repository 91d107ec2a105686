package io.spop.agent;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.spop.client.SpopClient;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests for the files of UNIX sockets, those of several agents at one path included.
 */
@Timeout(60)
class UnixSocketTests {

	private static final int AGENTS = 4;

	@TempDir
	private Path folder;

	@Test
	void whenFileIsRemovedThenListenerDoesNotListen() throws IOException {
		Path path = this.folder.resolve("s");
		try (BoundSpopAgent agent = bind(path, null)) {
			assertThat(agent.isListening("unix")).isTrue();
			Files.delete(path);
			assertThat(agent.isListening("unix")).isFalse();
		}
		assertThat(this.folder).isEmptyDirectory();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "rw-rw-rw-" })
	void whenSuccessorHasThePathThenAgentThatStopsLeavesItsFile(String permissions) throws IOException {
		Path path = this.folder.resolve("s");
		BoundSpopAgent old = bind(path, permissions);
		Files.delete(path);
		try (BoundSpopAgent successor = bind(path, permissions)) {
			assertThat(old.isListening("unix")).isFalse();
			old.close();
			assertThat(successor.isListening("unix")).isTrue();
			Objects.requireNonNull(SpopClient.connect(successor.address("unix")).block()).close();
		}
		assertThat(this.folder).isEmptyDirectory();
	}

	@Test
	void whenAnotherFileIsMovedToThePathThenAgentThatStopsLeavesIt() throws IOException {
		Path path = this.folder.resolve("s");
		try (BoundSpopAgent agent = bind(path, null)) {
			Files.move(Files.writeString(this.folder.resolve("f"), "precious"), path,
					StandardCopyOption.REPLACE_EXISTING);
			assertThat(agent.isListening("unix")).isFalse();
		}
		assertThat(path).hasContent("precious");
	}

	@ParameterizedTest
	@CsvSource({ "'', false", "'', true", "rw-rw-rw-, false", "rw-rw-rw-, true" })
	void whenAgentsStartAtOnceThenOneDoes(String permissions, boolean stale) throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(AGENTS);
		try {
			for (int i = 0; i < 15; i++) {
				Path path = this.folder.resolve("s" + i);
				if (stale) {
					listen(path, 1).close();
				}
				List<BoundSpopAgent> bound = bindAtOnce(threads, path, permissions);
				assertThat(bound).hasSize(1);
				try (BoundSpopAgent agent = bound.get(0)) {
					assertThat(agent.isListening("unix")).isTrue();
					Objects.requireNonNull(SpopClient.connect(agent.address("unix")).block()).close();
					try (Stream<Path> files = Files.list(this.folder)) {
						assertThat(files).containsExactly(path);
					}
				}
				assertThat(this.folder).isEmptyDirectory();
			}
		}
		finally {
			threads.shutdownNow();
		}
	}

	private static List<BoundSpopAgent> bindAtOnce(ExecutorService threads, Path path, String permissions)
			throws Exception {
		CyclicBarrier barrier = new CyclicBarrier(AGENTS);
		Callable<BoundSpopAgent> start = () -> {
			barrier.await(10, TimeUnit.SECONDS);
			return bind(path, permissions);
		};
		List<BoundSpopAgent> bound = new ArrayList<>();
		for (Future<BoundSpopAgent> agent : threads.invokeAll(List.of(start, start, start, start))) {
			try {
				bound.add(agent.get());
			}
			catch (ExecutionException ex) {
				assertThat(ex.getCause()).isInstanceOf(SpopBindException.class)
					.hasMessageContaining("Another process listens on the socket '" + path + "'.");
			}
		}
		return bound;
	}

	@Test
	void whenSuccessorStartsWhileAgentStopsThenItsFileStays() throws Exception {
		Path path = this.folder.resolve("s");
		BoundSpopAgent agent = bind(path, null);
		ExecutorService threads = Executors.newSingleThreadExecutor();
		try {
			for (int i = 0; i < 15; i++) {
				BoundSpopAgent old = agent;
				Future<BoundSpopAgent> successor = threads.submit(() -> bindAsSoonAsPossible(path));
				old.close();
				agent = successor.get(20, TimeUnit.SECONDS);
				assertThat(agent.isListening("unix")).isTrue();
			}
		}
		finally {
			agent.close();
			threads.shutdownNow();
		}
		assertThat(this.folder).isEmptyDirectory();
	}

	private static BoundSpopAgent bindAsSoonAsPossible(Path path) {
		while (true) {
			try {
				return bind(path, null);
			}
			catch (SpopBindException ex) {
				assertThat(ex.reason()).contains("Another process listens");
			}
		}
	}

	@ParameterizedTest
	@CsvSource({ "1, ''", "1, rw-rw-rw-", "2, rw-rw-rw-", "7, ''", "8, rw-rw-rw-", "40, rw-rw-rw-" })
	void whenPathHas107BytesThenAgentListens(int name, String permissions) throws IOException {
		int rest = 107 - this.folder.toString().getBytes(StandardCharsets.UTF_8).length - 2 - name;
		assumeThat(rest).as("bytes left below the folder for temporary files").isPositive();
		Path path = Files.createDirectory(this.folder.resolve("d".repeat(rest))).resolve("s".repeat(name));
		assertThat(path.toString()).hasSize(107);
		listen(shortcut(path), 1).close();
		try (BoundSpopAgent agent = bind(path, permissions)) {
			assertThat(agent.isListening("unix")).isTrue();
			Objects.requireNonNull(SpopClient.connect(UnixDomainSocketAddress.of(shortcut(path))).block()).close();
			assertFailure(path, "Another process listens on the socket '" + path + "'.", "Stop that process");
			try (Stream<Path> files = Files.list(path.getParent())) {
				assertThat(files).containsExactly(path);
			}
		}
		assertThat(path.getParent()).isEmptyDirectory();
	}

	/**
	 * The JDK does not connect to more than 106 bytes.
	 */
	private Path shortcut(Path path) throws IOException {
		Path link = this.folder.resolve("l");
		if (!Files.exists(link)) {
			Files.createSymbolicLink(link, path.getParent());
		}
		return link.resolve(path.getFileName());
	}

	@Test
	void whenPathIsRelativeThenAgentListens() throws IOException {
		Path path = Path.of("target", "r" + ProcessHandle.current().pid());
		try (BoundSpopAgent agent = bind(path, "rw-rw-rw-")) {
			assertThat(agent.isListening("unix")).isTrue();
		}
		assertThat(path).doesNotExist();
	}

	@Test
	void whenBacklogOfTheOtherProcessIsFullThenItIsAlive() throws IOException {
		Path path = this.folder.resolve("s");
		List<SocketChannel> waiting = new ArrayList<>();
		try (ServerSocketChannel busy = listen(path, 1)) {
			// One more waits than the backlog says
			for (int i = 0; busy.isOpen() && i < 2; i++) {
				waiting.add(SocketChannel.open(UnixDomainSocketAddress.of(path)));
			}
			assertFailure(path, "Another process listens on the socket '" + path + "'.", "Stop that process");
		}
		finally {
			for (SocketChannel channel : waiting) {
				channel.close();
			}
		}
	}

	@Test
	void whenAnAgentDiedAtTheMomentOfItsStartThenFailureSaysWhatToRemove() throws IOException {
		Path path = this.folder.resolve("s");
		Path lock = Files.createDirectory(this.folder.resolve(".s.lock"));
		listen(lock.resolve("s"), 1).close();
		assertFailure(path, "Another agent is starting on the socket '" + path + "': it has created '" + lock + "'.",
				"remove '" + lock + "'.");
		assertThat(lock.resolve("s")).exists();
	}

	@Test
	void whenFolderIsAFileThenFailureSaysSo() throws IOException {
		Path file = Files.createFile(this.folder.resolve("f"));
		assertFailure(file.resolve("s"), "'" + file + "', where the socket is to be, is not a folder.",
				"Set another path.");
		assertFailure(file.resolve("g/s"), "The folder '" + file.resolve("g") + "' of the socket cannot be used: ",
				"Make it accessible");
	}

	@Test
	void whenFolderCannotBeWrittenThenFailureSaysSo() throws IOException {
		Path path = this.folder.resolve("s");
		Files.setPosixFilePermissions(this.folder, PosixFilePermissions.fromString("r-x------"));
		assumeThat(Files.isWritable(this.folder)).as("root writes to any folder").isFalse();
		assertFailure(path, "This process has no permission to listen on " + path + ".", "writable for this process");
	}

	@Test
	void whenFolderCannotBeEnteredThenFailureSaysSo() throws IOException {
		Path closed = Files.createDirectory(this.folder.resolve("closed"));
		Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
		assumeThat(Files.isExecutable(closed)).as("root enters any folder").isFalse();
		assertFailure(closed.resolve("d/s"),
				"'" + closed.resolve("d") + "' of the socket cannot be used: this process" + " has no permission.",
				"Make it accessible");
	}

	@ParameterizedTest
	@CsvSource({ "ro, Read-only file system", "'nr_inodes=1', No space left on device" })
	void whenFileSystemCannotTakeTheSocketThenFailureSaysWhy(String options, String reason) throws Exception {
		Path path = this.folder.resolve("s");
		assumeThat(run("mount", "-t", "tmpfs", "-o", options, "none", this.folder.toString()))
			.as("exit code of mount, which only root may call")
			.isZero();
		try {
			// In the language of the system
			String text = "en".equals(System.getProperty("user.language")) ? reason : "";
			assertFailure(path, "The socket '" + path + "' cannot be created: " + text, "Make it possible to create");
		}
		finally {
			assertThat(run("umount", this.folder.toString())).isZero();
		}
	}

	private static int run(String... command) throws Exception {
		try {
			return new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.start()
				.waitFor();
		}
		catch (IOException ex) {
			return -1;
		}
	}

	private static ServerSocketChannel listen(Path path, int backlog) throws IOException {
		return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path), backlog);
	}

	private static BoundSpopAgent bind(Path path, @Nullable String permissions) {
		UnixListener listener = SpopListener.unix("unix", path);
		if (permissions != null && !permissions.isEmpty()) {
			listener = listener.permissions(PosixFilePermissions.fromString(permissions));
		}
		return SpopAgent.create().eventLoops(1).listener(listener).bind();
	}

	private static void assertFailure(Path path, String reason, String remedy) {
		assertThatExceptionOfType(SpopBindException.class).isThrownBy(() -> bind(path, null).close())
			.satisfies((ex) -> {
				assertThat(ex.reason()).contains(reason);
				assertThat(ex.remedy()).contains(remedy);
			});
	}

}
