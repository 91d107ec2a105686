package io.spop.agent;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import io.spop.client.SpopClient;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for opening and closing the listeners of a {@link SpopAgent}.
 */
@Timeout(20)
class SpopBindTests {

	private static final InetSocketAddress ANY_PORT = new InetSocketAddress("127.0.0.1", 0);

	@TempDir
	private Path folder;

	private final SpopAgent agent = SpopAgent.create().eventLoops(1);

	@Test
	void whenThereIsNoListenerThenBindFails() {
		assertThatIllegalStateException().isThrownBy(this.agent::bind).withMessageContaining("listener(...)");
	}

	@Test
	void whenTcpAndUnixThenBothServe() {
		Path path = this.folder.resolve("s");
		try (BoundSpopAgent bound = this.agent.listener(SpopListener.tcp("tcp", ANY_PORT))
			.listener(SpopListener.unix("unix", path).permissions(PosixFilePermissions.fromString("rw-rw-rw-")))
			.bind()) {
			assertThat(bound.port()).isPositive();
			assertThat(bound.address("unix")).isEqualTo(UnixDomainSocketAddress.of(path));
			for (String name : new String[] { "tcp", "unix" }) {
				SpopClient client = Objects.requireNonNull(SpopClient.connect(bound.address(name)).block());
				assertThat(client.notify(List.of()).block()).isEmpty();
				client.close();
			}
			assertThat(path).satisfies((file) -> assertThat(Files.getPosixFilePermissions(file))
				.isEqualTo(PosixFilePermissions.fromString("rw-rw-rw-")));
		}
		assertThat(path).doesNotExist();
	}

	@Test
	void whenInMemoryThenServesWithoutPort() {
		SpopAgent agent = this.agent.handler(
				(exchange) -> Mono.just(Actions.set(VarScope.SESSION, "loop", Schedulers.isInNonBlockingThread())));
		SocketAddress address;
		try (BoundSpopAgent bound = agent.listener(SpopListener.inMemory("one"))
			.listener(SpopListener.inMemory("other"))
			.bind()) {
			assertThatIllegalStateException().isThrownBy(bound::port);
			assertThat(bound.address("one")).isNotEqualTo(bound.address("other"));
			for (String name : bound.listeners()) {
				try (SpopClient client = Objects.requireNonNull(SpopClient.connect(bound.address(name)).block())) {
					assertThat(client.notify(List.of()).block()).isEqualTo(Actions.set(VarScope.SESSION, "loop", true));
					assertThat(bound.connections()).extracting(SpopConnection::listener).contains(name);
				}
			}
			address = bound.address("one");
		}
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> SpopClient.connect(address).block())
			.withRootCauseInstanceOf(ConnectException.class);
	}

	@Test
	void whenSomeListenersAreInMemoryThenBindFails() {
		assertThatIllegalStateException()
			.isThrownBy(() -> this.agent.listener(SpopListener.inMemory("one"))
				.listener(SpopListener.tcp("tcp", ANY_PORT))
				.bind())
			.withMessageContaining("in memory with all of its listeners or with none");
	}

	@Test
	void whenPortIsTakenThenFailureSaysSoAndOthersAreClosed() throws IOException {
		Path path = this.folder.resolve("s");
		try (ServerSocket taken = new ServerSocket(0)) {
			assertFailure(
					this.agent.listener(SpopListener.unix("unix", path))
						.listener(SpopListener.tcp("tcp", new InetSocketAddress("127.0.0.1", taken.getLocalPort()))),
					"tcp", "127.0.0.1:" + taken.getLocalPort() + " is already in use.", "set another port");
		}
		assertThat(path).doesNotExist();
	}

	@Test
	void whenAddressIsNotOfThisMachineThenFailureSaysSo() {
		assertFailure(this.agent.listener(SpopListener.tcp("tcp", new InetSocketAddress("192.0.2.1", 0))), "tcp",
				"192.0.2.1:0 cannot be bound: no network interface of this machine has this address.", "0.0.0.0");
	}

	@Test
	void whenAddressIsUnknownThenFailureSaysSo() {
		assertFailure(
				this.agent
					.listener(SpopListener.tcp("tcp", InetSocketAddress.createUnresolved("no-such-host.invalid", 0))),
				"tcp", "The address of no-such-host.invalid:0 cannot be resolved.", "address of this machine");
	}

	@Test
	void whenSocketPathIsTooLongThenFailureSaysSo() {
		Path path = Path.of("x".repeat(108));
		assertFailure(this.agent.listener(SpopListener.unix("unix", path)), "unix", "has 108 bytes", "shorter path");
	}

	@Test
	void whenFolderIsMissingThenFailureSaysSo() {
		assertFailure(this.agent.listener(SpopListener.unix("unix", this.folder.resolve("no/s"))), "unix",
				"The folder '" + this.folder.resolve("no") + "' of the socket does not exist.", "Create it");
	}

	@Test
	void whenSocketHasOwnerGroupAndPermissionsThenItsFileHas() throws IOException {
		Path path = this.folder.resolve("s");
		PosixFileAttributes own = Files.readAttributes(this.folder, PosixFileAttributes.class);
		UnixListener listener = SpopListener.unix("unix", path)
			.owner(own.owner().getName())
			.group(Files.getAttribute(this.folder, "unix:gid").toString())
			.permissions(PosixFilePermissions.fromString("rw-rw----"));
		try (BoundSpopAgent bound = this.agent.listener(listener).bind()) {
			PosixFileAttributes attributes = Files.readAttributes(path, PosixFileAttributes.class);
			assertThat(attributes.owner()).isEqualTo(own.owner());
			assertThat(attributes.group()).isEqualTo(own.group());
			assertThat(attributes.permissions()).isEqualTo(PosixFilePermissions.fromString("rw-rw----"));
			// Nothing of how it came there
			try (Stream<Path> files = Files.list(this.folder)) {
				assertThat(files).containsExactly(path);
			}
			Objects.requireNonNull(SpopClient.connect(bound.address("unix")).block()).close();
		}
		assertThat(this.folder).isEmptyDirectory();
	}

	@Test
	void whenOwnerIsAnotherUserThenOnlyRootMayDoSo() throws IOException {
		Path path = this.folder.resolve("s");
		SpopAgent agent = this.agent.listener(SpopListener.unix("unix", path).owner("54321"));
		if (Files.getAttribute(this.folder, "unix:uid").equals(0)) {
			try (BoundSpopAgent bound = agent.bind()) {
				assertThat(bound.isListening("unix")).isTrue();
				assertThat(Files.getAttribute(path, "unix:uid")).isEqualTo(54321);
			}
		}
		else {
			assertFailure(agent, "unix", "This process may not give the socket to user '54321': ", "CAP_CHOWN");
		}
		assertThat(this.folder).isEmptyDirectory();
	}

	@Test
	void whenUserOrGroupDoesNotExistThenFailureSaysSo() {
		UnixListener listener = SpopListener.unix("unix", this.folder.resolve("s"));
		assertFailure(this.agent.listener(listener.owner("no-such-user")), "unix",
				"There is no user 'no-such-user' on this machine.", "Create it");
		assertFailure(this.agent.listener(listener.group("no-such-group")), "unix",
				"There is no group 'no-such-group' on this machine.", "Create it");
		assertThat(this.folder).isEmptyDirectory();
	}

	@Test
	void whenSocketIsStaleThenReplaced() throws IOException {
		Path path = this.folder.resolve("s");
		try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
			dead.bind(UnixDomainSocketAddress.of(path));
		}
		assertThat(path).exists();
		try (BoundSpopAgent bound = this.agent.listener(SpopListener.unix("unix", path)).bind()) {
			Objects.requireNonNull(SpopClient.connect(bound.address("unix")).block()).close();
		}
	}

	@Test
	void whenSocketIsAliveThenItIsLeftAlone() {
		Path path = this.folder.resolve("s");
		SpopAgent agent = this.agent.listener(SpopListener.unix("unix", path));
		try (BoundSpopAgent alive = agent.bind()) {
			assertFailure(agent, "unix", "Another process listens on the socket '" + path + "'.", "set another path");
			Objects.requireNonNull(SpopClient.connect(alive.address("unix")).block()).close();
		}
	}

	@Test
	void whenPathIsAnotherFileThenItIsLeftAlone() throws IOException {
		Path path = Files.writeString(this.folder.resolve("s"), "precious");
		assertFailure(this.agent.listener(SpopListener.unix("unix", path)), "unix",
				"'" + path + "' exists and is not a socket.", "set another path");
		assertThat(path).hasContent("precious");
	}

	@Test
	void whenWarmedUpThenNoHandlerIsCalled() {
		List<SpopExchange> handled = new CopyOnWriteArrayList<>();
		SpopAgent agent = this.agent.listener(SpopListener.tcp("tcp", ANY_PORT)).handler((exchange) -> {
			handled.add(exchange);
			return Mono.empty();
		});
		agent.warmUp();
		agent.warmUp();
		try (BoundSpopAgent bound = agent.bind()) {
			assertThat(bound.connections()).isEmpty();
			assertThat(handled).isEmpty();
		}
	}

	@Test
	void whenThereIsNoPortToWarmUpOnThenAUnixSocketDoes() throws IOException {
		AgentWarmUp.sendFrames(SpopListener.unix("warm-up", this.folder.resolve("s")));
		assertThat(this.folder).isEmptyDirectory();
	}

	@Test
	void whenStoppedThenItCanBeBoundAgainAndStoppedTwice() {
		SpopAgent agent = this.agent.listener(SpopListener.tcp("tcp", ANY_PORT));
		for (int i = 0; i < 2; i++) {
			BoundSpopAgent bound = agent.bind();
			Objects.requireNonNull(SpopClient.connect(bound.address("tcp")).block()).close();
			bound.stop(Duration.ofSeconds(1));
			bound.stop(Duration.ofSeconds(1));
		}
	}

	private static void assertFailure(SpopAgent agent, String listener, String reason, String remedy) {
		assertThatExceptionOfType(SpopBindException.class).isThrownBy(() -> agent.bind().close()).satisfies((ex) -> {
			assertThat(ex.listener()).isEqualTo(listener);
			assertThat(ex.reason()).contains(reason);
			assertThat(ex.remedy()).contains(remedy);
		});
	}

}
