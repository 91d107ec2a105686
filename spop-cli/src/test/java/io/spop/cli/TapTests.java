package io.spop.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopListener;
import io.spop.client.Probe;
import io.spop.client.SpopClient;
import io.spop.client.SpopDisconnectException;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;
import io.spop.protocol.VarScope;
import io.spop.recording.Recorder;
import io.spop.recording.RecordingEntry;
import io.spop.recording.RecordingEntry.RecordedFrame;
import io.spop.recording.RecordingEntry.Sender;
import io.spop.recording.RecordingFilter;
import io.spop.recording.RecordingReader;
import io.spop.test.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(30)
@SuppressWarnings("NullAway") // a test fails where there is nothing
class TapTests {

	private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

	@TempDir
	private Path folder;

	private final List<AutoCloseable> resources = new ArrayList<>();

	private Recorder recorder;

	@AfterEach
	void close() throws Exception {
		for (int i = this.resources.size() - 1; i >= 0; i--) {
			this.resources.get(i).close();
		}
	}

	@Test
	void whenClientTalksToAgentThenFramesAreRecorded() throws IOException {
		SocketAddress tap = tap(agent().address("tcp"));
		try (SpopClient client = SpopClient.connect(tap).block()) {
			for (int i = 0; i < 3; i++) {
				assertThat(client.notify(message("203.0.113." + i)).block()).isEqualTo(score());
			}
		}
		Probe.check(tap, Duration.ofSeconds(10));
		List<RecordingEntry> entries = entriesUntilClosed(2);
		assertThat(entries).first()
			.isInstanceOfSatisfying(RecordingEntry.Opened.class,
					(opened) -> assertThat(opened.peer()).startsWith("127.0.0.1:"));
		assertThat(types(entries, 1)).containsExactly("HAPROXY-HELLO", "AGENT-HELLO", "NOTIFY", "ACK", "NOTIFY", "ACK",
				"NOTIFY", "ACK");
		assertThat(types(entries, 2)).containsExactly("HAPROXY-HELLO", "AGENT-HELLO");
		assertThat(entries).filteredOn(RecordingEntry.Closed.class::isInstance).hasSize(2);
	}

	@Test
	void whenBytesAreRandomThenTheyPassUnchanged() throws Exception {
		Random random = new Random(1);
		try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
			SocketAddress tap = tap(server.getLocalSocketAddress());
			for (int round = 0; round < 20; round++) {
				byte[] there = bytes(random, random.nextInt(1, 300_000));
				byte[] back = bytes(random, random.nextInt(1, 300_000));
				try (Socket client = connect(tap)) {
					CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> exchange(server, back));
					CompletableFuture<byte[]> answer = CompletableFuture.supplyAsync(() -> readAll(client));
					client.getOutputStream().write(there);
					client.shutdownOutput();
					assertThat(received.get()).isEqualTo(there);
					assertThat(answer.get()).isEqualTo(back);
				}
			}
		}
	}

	/** Read all, and answer only then, when the other direction has ended. */
	private static byte[] exchange(ServerSocket server, byte[] answer) {
		try (Socket socket = server.accept()) {
			byte[] received = readAll(socket);
			socket.getOutputStream().write(answer);
			return received;
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void whenBytesAreNoFramesThenTheirBeginningIsRecorded() throws Exception {
		try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
			SocketAddress tap = tap(server.getLocalSocketAddress());
			try (Socket client = connect(tap)) {
				CompletableFuture<byte[]> received = CompletableFuture
					.supplyAsync(() -> exchange(server, new byte[] { 0, 0 }));
				client.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8));
				client.shutdownOutput();
				assertThat(received.get()).asString().startsWith("GET / ");
				assertThat(readAll(client)).containsExactly(0, 0);
			}
		}
		assertThat(entriesUntilClosed(1)).filteredOn(RecordedFrame.class::isInstance)
			.map((entry) -> new String(((RecordedFrame) entry).bytes(), StandardCharsets.UTF_8))
			.containsExactlyInAnyOrder("GET / HTTP/1.1\r\n\r\n", "\0\0");
	}

	@Test
	void whenEitherSideResetsThenTheOtherIsReset() throws Exception {
		try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
			SocketAddress tap = tap(server.getLocalSocketAddress());
			Socket client = connect(tap);
			try (Socket agent = server.accept()) {
				client.setSoLinger(true, 0);
				client.close();
				assertThatExceptionOfType(SocketException.class).isThrownBy(() -> agent.getInputStream().read())
					.withMessageContaining("reset");
			}
			try (Socket second = connect(tap)) {
				Socket agent = server.accept();
				agent.setSoLinger(true, 0);
				agent.close();
				assertThatExceptionOfType(SocketException.class).isThrownBy(() -> second.getInputStream().read())
					.withMessageContaining("reset");
			}
		}
	}

	@Test
	void whenAgentDoesNotReadThenClientCannotWriteOn() throws Exception {
		try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
				SocketChannel client = SocketChannel.open(tap(server.getLocalSocketAddress()))) {
			Socket agent = server.accept();
			this.resources.add(agent);
			client.configureBlocking(false);
			long sent = 0;
			int blocked = 0;
			ByteBuffer bytes = ByteBuffer.allocate(1024 * 1024);
			while (blocked < 20 && sent < 1L << 30) {
				int written = client.write(bytes.clear());
				sent += written;
				blocked = (written == 0) ? blocked + 1 : 0;
				if (written == 0) {
					TimeUnit.MILLISECONDS.sleep(10);
				}
			}
			assertThat(sent).isLessThan(1L << 28);
			client.configureBlocking(true);
			client.shutdownOutput();
			assertThat(count(agent.getInputStream())).isEqualTo(sent);
		}
	}

	@Test
	void whenAgentIsNotReachableThenConnectionIsReset() throws Exception {
		int port;
		try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
			port = server.getLocalPort();
		}
		SocketAddress tap = tap(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
		try (Socket client = connect(tap)) {
			assertThatExceptionOfType(SocketException.class).isThrownBy(() -> client.getInputStream().read())
				.withMessageContaining("reset");
		}
		agent(port);
		try (SpopClient client = SpopClient.connect(tap).block()) {
			assertThat(client.notify(message("203.0.113.1")).block()).isEqualTo(score());
		}
	}

	@Test
	void whenSocketsAreUnixThenTapHasThePermissionsOfTheAgent() throws Exception {
		UnixDomainSocketAddress agent = UnixDomainSocketAddress.of(this.folder.resolve("agent.sock"));
		UnixDomainSocketAddress tap = UnixDomainSocketAddress.of(this.folder.resolve("tap.sock"));
		this.resources.add(SpopAgent.create()
			.listener(SpopListener.unix("unix", agent.getPath())
				.permissions(PosixFilePermissions.fromString("rw-rw-rw-")))
			.handler((exchange) -> Mono.just(score()))
			.bind());
		try (ServerSocketChannel stale = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
			stale.bind(tap);
		}
		tap(agent, tap, RecordingFilter.everything());
		assertThat(Files.getPosixFilePermissions(tap.getPath()))
			.isEqualTo(PosixFilePermissions.fromString("rw-rw-rw-"));
		try (SpopClient client = SpopClient.connect(tap).block()) {
			assertThat(client.notify(message("203.0.113.1")).block()).isEqualTo(score());
		}
		try (Tap second = new Tap(AgentAddress.of("unix:" + agent), null, null, this.recorder)) {
			assertThatThrownBy(() -> second.listen(tap)).isInstanceOf(IOException.class)
				.hasMessage("somebody listens on it already");
		}
		close();
		this.resources.clear();
		assertThat(tap.getPath()).doesNotExist();
	}

	@Test
	void whenFileIsNoSocketThenTapLeavesItAlone() throws Exception {
		Path file = Files.writeString(this.folder.resolve("notes.txt"), "A line\n");
		try (Tap tap = new Tap(AgentAddress.ofLater("127.0.0.1:1"), null, null, this.recorder)) {
			assertThatThrownBy(() -> tap.listen(UnixDomainSocketAddress.of(file))).isInstanceOf(IOException.class)
				.hasMessage("a file that is not a socket has this name");
		}
		assertThat(file).hasContent("A line\n");
	}

	@Test
	void whenTapWouldConnectToItselfThenStatusSaysSo() {
		Path file = this.folder.resolve("self.spop");
		CommandRun run = CommandRun.of("tap", "--listen", ":12345", "--to", "127.0.0.1:12345", "--out",
				file.toString());
		assertThat(run.err())
			.isEqualTo("--listen and --to are the same address, so the tap would connect to itself.\n");
		assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
		assertThat(file).doesNotExist();
	}

	@Test
	void whenUnixPeerClosesThenItsLastBytesPass() throws Exception {
		UnixDomainSocketAddress agent = UnixDomainSocketAddress.of(this.folder.resolve("agent.sock"));
		UnixDomainSocketAddress tap = UnixDomainSocketAddress.of(this.folder.resolve("tap.sock"));
		byte[] bytes = bytes(new Random(1), 3_000_000);
		try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
			server.bind(agent);
			tap(agent, tap, RecordingFilter.everything());
			try (SocketChannel client = SocketChannel.open(tap)) {
				SocketChannel accepted = server.accept();
				CompletableFuture<Void> written = CompletableFuture.runAsync(() -> writeAndClose(accepted, bytes));
				assertThat(Channels.newInputStream(client).readAllBytes()).isEqualTo(bytes);
				written.get();
			}
		}
	}

	private static void writeAndClose(SocketChannel channel, byte[] bytes) {
		try (channel) {
			channel.write(ByteBuffer.wrap(bytes));
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void whenAgentHasTlsThenTapSpeaksIt() throws Exception {
		SslContext certificates = new TestCertificates("ours").serverContext("agent", ClientAuth.NONE);
		BoundSpopAgent agent = bind(SpopListener.tcp("tls", ANY_PORT).tls(() -> certificates));
		Recorder recorder = recorder(RecordingFilter.everything());
		Tap tap = new Tap(AgentAddress.of("tls:127.0.0.1:" + agent.port()),
				SslContextBuilder.forClient()
					.trustManager(InsecureTrustManagerFactory.INSTANCE)
					.endpointIdentificationAlgorithm(null)
					.build(),
				null, recorder);
		this.resources.add(tap);
		try (SpopClient client = SpopClient.connect(tap.listen(ANY_PORT)).block()) {
			assertThat(client.notify(message("203.0.113.1")).block()).isEqualTo(score());
		}
		assertThat(types(entriesUntilClosed(1), 1)).containsExactly("HAPROXY-HELLO", "AGENT-HELLO", "NOTIFY", "ACK");
	}

	@Test
	void whenConnectionEndsWithDisconnectsThenTheyPass() throws Exception {
		SocketAddress tap = tap(agent().address("tcp"));
		try (SpopClient client = SpopClient.connect(tap).block()) {
			assertThat(client.disconnect(StatusCode.NORMAL).block().statusCode()).isZero();
		}
		assertThat(types(entriesUntilClosed(1), 1)).endsWith("HAPROXY-DISCONNECT", "AGENT-DISCONNECT");
	}

	@Test
	void whenAgentDiesThenItsConnectionsEnd() throws Exception {
		BoundSpopAgent agent = agent();
		try (SpopClient client = SpopClient.connect(tap(agent.address("tcp"))).block()) {
			client.notify(message("203.0.113.1")).block();
			agent.close();
			assertThatExceptionOfType(SpopDisconnectException.class).isThrownBy(() -> client.onDisconnect().block());
		}
	}

	@Test
	void whenFilterIsSetThenRecordingHasLess() throws Exception {
		SocketAddress tap = tap(agent().address("tcp"), ANY_PORT,
				RecordingFilter.everything().messages(List.of("check-client-ip")).redact(List.of("ip")));
		try (SpopClient client = SpopClient.connect(tap).block()) {
			client.notify(message("secret")).block();
			client.notify(NotifyMessage.of("other")).block();
		}
		List<RecordingEntry> entries = entriesUntilClosed(1);
		assertThat(types(entries, 1)).containsExactly("HAPROXY-HELLO", "AGENT-HELLO", "NOTIFY", "ACK");
		assertThat(Files.readString(this.folder.resolve("tap.spop"), StandardCharsets.ISO_8859_1))
			.doesNotContain("secret")
			.contains("check-client-ip");
	}

	@Test
	void whenManyNotifiesAreInFlightThenAllAreRecorded() throws Exception {
		SocketAddress tap = tap(agent().address("tcp"));
		try (SpopClient client = SpopClient.connect(tap).block()) {
			List<Actions> answers = Flux.range(0, 5000)
				.flatMap((i) -> client.notify(message("203.0.113.1")), 20)
				.collectList()
				.block();
			assertThat(answers).hasSize(5000).containsOnly(score());
		}
		List<String> types = types(entriesUntilClosed(1), 1);
		assertThat(types).filteredOn("NOTIFY"::equals).hasSize(5000);
		assertThat(types).filteredOn("ACK"::equals).hasSize(5000);
	}

	private SocketAddress tap(SocketAddress agent) throws IOException {
		return tap(agent, ANY_PORT, RecordingFilter.everything());
	}

	private SocketAddress tap(SocketAddress agent, SocketAddress listener, RecordingFilter filter) throws IOException {
		Tap tap = new Tap(new AgentAddress("the agent", agent, false), null, null, recorder(filter));
		this.resources.add(tap);
		return tap.listen(listener);
	}

	private Recorder recorder(RecordingFilter filter) throws IOException {
		this.recorder = Recorder.builder(this.folder.resolve("tap.spop")).filter(filter).open();
		this.resources.add(this.recorder);
		return this.recorder;
	}

	/** Wait until the connections are closed, and read the recording. */
	private List<RecordingEntry> entriesUntilClosed(int connections) throws IOException {
		while (true) {
			List<RecordingEntry> entries = new ArrayList<>();
			try (RecordingReader reader = RecordingReader.open(this.folder.resolve("tap.spop"))) {
				for (RecordingEntry entry = reader.next(); entry != null; entry = reader.next()) {
					entries.add(entry);
				}
			}
			if (entries.stream().filter(RecordingEntry.Closed.class::isInstance).count() >= connections) {
				return entries;
			}
			Thread.onSpinWait();
		}
	}

	private static List<String> types(List<RecordingEntry> entries, long connection) {
		return entries.stream()
			.flatMap((entry) -> (entry instanceof RecordedFrame frame && frame.connection() == connection)
					? Stream.of(type(frame)) : Stream.empty())
			.toList();
	}

	private static String type(RecordedFrame frame) {
		WireFrame wire = WireFrame.of(frame.bytes());
		assertThat(wire.problem()).isNull();
		assertThat(frame.sender()).isEqualTo((wire.typeCode() > 100) ? Sender.AGENT : Sender.HAPROXY);
		return FrameText.typeName(wire.typeCode());
	}

	private BoundSpopAgent agent() {
		return agent(0);
	}

	private BoundSpopAgent agent(int port) {
		return bind(SpopListener.tcp("tcp", new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
	}

	private BoundSpopAgent bind(SpopListener listener) {
		BoundSpopAgent agent = SpopAgent.create().listener(listener).handler((exchange) -> Mono.just(score())).bind();
		this.resources.add(agent);
		return agent;
	}

	private static NotifyMessage message(String ip) {
		return NotifyMessage.of("check-client-ip", new Argument("ip", SpopValue.of(ip)));
	}

	private static Actions score() {
		return Actions.set(VarScope.SESSION, "ip_score", 10);
	}

	private static Socket connect(SocketAddress address) throws IOException {
		Socket socket = new Socket();
		socket.connect(address);
		return socket;
	}

	private static byte[] bytes(Random random, int length) {
		byte[] bytes = new byte[length];
		random.nextBytes(bytes);
		if (random.nextBoolean()) {
			// The beginning of a frame, whose rest is not one
			Arrays.fill(bytes, 0, Math.min(3, length), (byte) 0);
		}
		return bytes;
	}

	private static byte[] readAll(Socket socket) {
		try {
			return socket.getInputStream().readAllBytes();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static long count(InputStream in) throws IOException {
		long count = 0;
		byte[] buffer = new byte[1024 * 1024];
		for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
			count += read;
		}
		return count;
	}

}
