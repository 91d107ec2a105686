package io.spop.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.local.LocalAddress;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopListener;
import io.spop.agent.TcpListener;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.test.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Probe} with real agents and with servers that are none.
 */
@Timeout(60)
class ProbeTests {

	/** Longer than any pause of a machine that builds. */
	private static final String LONG = "30s";

	private final SpopAgent settings = SpopAgent.create()
		.eventLoops(1)
		.handler((exchange) -> Mono.just(Actions.none()));

	@SuppressWarnings("NullAway.Init") // not all tests bind
	private BoundSpopAgent agent;

	private String error = "";

	@AfterEach
	void stop() {
		if (this.agent != null) {
			this.agent.close();
		}
	}

	private void start(SpopAgent settings, SpopListener listener) {
		this.agent = settings.listener(listener).bind();
	}

	private static TcpListener listener(String host) {
		return SpopListener.tcp("main", new InetSocketAddress(host, 0));
	}

	private int probe(String... args) {
		ByteArrayOutputStream err = new ByteArrayOutputStream();
		int status = Probe.run(args, new PrintStream(err, true, StandardCharsets.UTF_8));
		this.error = err.toString(StandardCharsets.UTF_8).strip();
		return status;
	}

	private void assertWell(String address) {
		assertThat(probe(address, LONG)).as(() -> this.error).isZero();
		assertThat(this.error).isEmpty();
	}

	private String assertFails(String... args) {
		assertThat(probe(args)).isEqualTo(1);
		assertThat(this.error).hasLineCount(1).startsWith("The agent at " + args[0] + " ");
		return this.error;
	}

	@Test
	void whenItSaysHelloThenThatIsTheHelloOfAHealthCheck() {
		ByteBuf hello = Unpooled.buffer();
		new SpopCodec(16380).encode(new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(), null, true), hello);
		assertThat(Unpooled.wrappedBuffer(Probe.HELLO)).isEqualTo(hello);
	}

	@ParameterizedTest
	@CsvSource({ "127.0.0.1,127.0.0.1", "127.0.0.1,localhost", "::1,[::1]", "::,127.0.0.1" })
	void whenAgentIsWellThenThereIsNoOutput(String host, String name) {
		start(this.settings, listener(host));
		assertWell(name + ":" + this.agent.port());
	}

	@Test
	void whenAgentListensOnUnixSocketThenItIsWell(@TempDir Path folder) {
		Path socket = folder.resolve("agent.sock");
		start(this.settings, SpopListener.unix("unix", socket));
		assertWell("unix:" + socket);
	}

	@Test
	void whenAgentIsWellThenItsConnectionIsGone() throws IOException {
		start(this.settings, listener("127.0.0.1"));
		Probe.check(this.agent.address("main"), Duration.ofSeconds(30));
		Mono.fromSupplier(() -> this.agent.connections().isEmpty())
			.filter((empty) -> empty)
			.repeatWhenEmpty((again) -> again.delayElements(Duration.ofMillis(10)))
			.block(Duration.ofSeconds(30));
	}

	@Test
	void whenAgentHasAllItsConnectionsThenItIsWell() {
		start(this.settings.maxConnections(1), listener("127.0.0.1"));
		try (SpopClient client = Objects
			.requireNonNull(SpopClient.connect(this.agent.address("main")).block(Duration.ofSeconds(30)))) {
			assertThat(client.notify(NotifyMessage.of("message")).block()).isEmpty();
			assertWell("127.0.0.1:" + this.agent.port());
		}
	}

	@Test
	void whenNobodyListensThenItFails(@TempDir Path folder) throws IOException {
		int port;
		try (ServerSocket server = new ServerSocket(0)) {
			port = server.getLocalPort();
		}
		assertThat(assertFails("127.0.0.1:" + port, LONG)).endsWith(" cannot be reached: Connection refused");
		assertThat(assertFails("unix:" + folder.resolve("none"), LONG))
			.endsWith(" cannot be reached: No such file or directory");
	}

	@Test
	void whenHostIsUnknownThenItFails() {
		assertThat(assertFails("agent.invalid:12345", LONG)).endsWith(" cannot be reached: its host name is unknown");
	}

	@Test
	void whenAgentStopsThenItFails() {
		start(this.settings, listener("127.0.0.1"));
		CompletableFuture<Void> stopped = CompletableFuture
			.runAsync(() -> this.agent.stop(Duration.ofSeconds(30), Duration.ofSeconds(1)));
		Mono.fromSupplier(this.agent::isStopping)
			.filter((stopping) -> stopping)
			.repeatWhenEmpty((again) -> again.delayElements(Duration.ofMillis(10)))
			.block(Duration.ofSeconds(30));
		assertThat(assertFails("127.0.0.1:" + this.agent.port(), LONG))
			.endsWith(" refuses: AGENT-DISCONNECT 0, the agent is stopping");
		assertThat(stopped).isNotDone();
	}

	@Test
	void whenAgentDoesNotAllowTheAddressThenItFails() {
		start(this.settings, listener("127.0.0.1").allow(List.of("192.0.2.1")));
		assertThat(assertFails("127.0.0.1:" + this.agent.port(), LONG)).contains("connection without a whole answer: ");
	}

	@Test
	void whenListenerHasTlsThenItFailsAndSaysSo() {
		SslContext context = new TestCertificates("ours").serverContext("agent", ClientAuth.REQUIRE);
		start(this.settings, listener("127.0.0.1").tls(() -> context));
		assertThat(assertFails("127.0.0.1:" + this.agent.port(), LONG)).contains("TLS");
	}

	@Test
	void whenServerAcceptsAndSaysNothingThenItFailsWithinTheTime() throws IOException {
		try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
			long start = System.nanoTime();
			assertThat(assertFails("127.0.0.1:" + server.getLocalPort(), "300ms"))
				.endsWith(" accepts the connection, but has not answered within 300 ms");
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(300),
					Duration.ofSeconds(20));
		}
	}

	@Test
	void whenAnswerComesByteByByteThenTheTimeIsForAll() throws IOException {
		ByteBuf hello = Unpooled.buffer();
		new SpopCodec(16380).encode(new Frame.AgentHello("2.0", 16380, Set.of()), hello);
		hello.writerIndex(hello.writerIndex() - 1);
		try (Server server = new Server((in, out) -> {
			while (hello.isReadable()) {
				out.write(hello.readByte());
				out.flush();
			}
			in.transferTo(OutputStream.nullOutputStream());
		})) {
			assertThat(assertFails(server.address(), "300ms")).endsWith(" has not answered within 300 ms");
		}
	}

	@Test
	void whenServerSpeaksHttpThenItsAnswerIsQuoted() throws IOException {
		try (Server server = answering("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII))) {
			assertThat(assertFails(server.address(), LONG)).contains(" does not answer as an agent does: ")
				.endsWith("'HTTP/1.1 400 Bad Request\\u000d\\u000a\\u000d\\u000a'");
		}
	}

	@Test
	void whenServerClosesThenItFails() throws IOException {
		try (Server server = answering(new byte[] { 0, 0 })) {
			assertThat(assertFails(server.address(), LONG)).contains("connection without a whole answer: ");
		}
	}

	@Test
	void whenAgentHelloIsWrongThenItFails() throws IOException {
		for (Frame frame : List.of(new Frame.AgentHello("3.0", 16380, Set.of()),
				new Frame.AgentHello("2.0", 16381, Set.of(Capability.PIPELINING)))) {
			try (Server server = answering(encoded(frame))) {
				assertThat(assertFails(server.address(), LONG))
					.contains(" sends an AGENT-HELLO that HAProxy refuses: AgentHello[");
			}
		}
	}

	@Test
	void whenAnswerIsAnotherFrameThenItFails() throws IOException {
		try (Server server = answering(encoded(new Frame.Ack(1, 1, Actions.none())))) {
			assertThat(assertFails(server.address(), LONG)).contains(" does not answer as an agent does: Ack[");
		}
	}

	@Test
	void whenAgentDisconnectsThenItsReasonIsShownWithoutControlCharacters() throws IOException {
		try (Server server = answering(encoded(new Frame.AgentDisconnect(99, "no\nmore")))) {
			assertThat(assertFails(server.address(), LONG)).contains(" refuses: AGENT-DISCONNECT 99, no");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "127.0.0.1", "127.0.0.1:", ":12345", "::1:12345", "127.0.0.1:x", "127.0.0.1:0",
			"127.0.0.1:65536", "127.0.0.1:123456", "unix:", "unix:a\0b", "[]:1" })
	void whenAddressIsNoneThenUsageIsShown(String address) {
		assertUsage(address);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "2", "s", "0s", "-1s", "2m", "2h", "1.5s", "99999999s" })
	void whenTimeLimitIsNoneThenUsageIsShown(String timeout) {
		assertUsage("127.0.0.1:1", timeout);
	}

	@Test
	void whenThereAreNoneOrTooManyArgumentsThenUsageIsShown() {
		assertUsage();
		assertUsage("127.0.0.1:1", "2s", "3s");
	}

	private void assertUsage(String... args) {
		assertThat(probe(args)).isEqualTo(64);
		assertThat(this.error).contains("\nUsage: java ").doesNotContain("Exception");
	}

	@ParameterizedTest
	@ValueSource(strings = { "PT0S", "PT-1S", "PT-9223372036854775808S" })
	void whenTimeoutIsNotMoreThanZeroThenItIsRefused(Duration timeout) {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> Probe.check(new InetSocketAddress("127.0.0.1", 1), timeout))
			.withMessageContaining("more than zero");
	}

	@Test
	void whenTimeoutIsTheLongestThenItCounts() throws IOException {
		start(this.settings, listener("127.0.0.1"));
		Probe.check(this.agent.address("main"), Duration.ofSeconds(Long.MAX_VALUE));
	}

	@Test
	void whenHostNameHasControlCharactersThenTheyAreNotPrinted() {
		assertThat(probe("a\nb:1", LONG)).isEqualTo(1);
		assertThat(this.error).hasLineCount(1).startsWith("The agent at a\\u000ab:1 ");
	}

	@Test
	void whenServerDoesNotAcceptThenItFailsWithinTheTime() throws IOException {
		try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
				Socket first = new Socket(server.getInetAddress(), server.getLocalPort());
				Socket second = new Socket(server.getInetAddress(), server.getLocalPort())) {
			assertThat(List.of(first, second)).allMatch(Socket::isConnected);
			assertThat(assertFails("127.0.0.1:" + server.getLocalPort(), "300ms"))
				.endsWith(" cannot be reached within 300 ms");
		}
	}

	@Test
	void whenThreadIsInterruptedThenItFailsAndStaysInterrupted() throws IOException {
		try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
			Thread.currentThread().interrupt();
			assertThatIOException()
				.isThrownBy(() -> Probe.check(server.getLocalSocketAddress(), Duration.ofSeconds(30)))
				.withMessageEndingWith(" was not checked, because the thread was interrupted");
			assertThat(Thread.interrupted()).isTrue();
		}
	}

	@Test
	void whenAddressIsOfAnotherKindThenItFails() {
		assertThatIOException().isThrownBy(() -> Probe.check(new LocalAddress("memory"), Duration.ofSeconds(30)))
			.withMessageContaining(" was not checked: ");
	}

	/**
	 * The program, with no other class path than this module.
	 */
	@Test
	void whenItRunsInItsOwnJvmThenItNeedsThisModuleAlone(@TempDir Path folder) throws Exception {
		Path socket = folder.resolve("agent.sock");
		start(this.settings, SpopListener.unix("unix", socket));
		assertThat(runJvm("unix:" + socket)).isEqualTo("0:");
		assertThat(runJvm("unix:" + folder.resolve("none")))
			.matches("1:The agent at unix:.*none cannot be reached: No such file or directory\\R");
		assertThat(runJvm()).startsWith("64:").contains("Usage: java ");
	}

	private static String runJvm(String... args) throws Exception {
		ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", "target/classes", Probe.class.getName());
		builder.command().addAll(List.of(args));
		builder.environment().keySet().removeAll(Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
		Process process = builder.redirectErrorStream(true).start();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
		return process.exitValue() + ":" + output;
	}

	private static byte[] encoded(Frame frame) {
		ByteBuf bytes = Unpooled.buffer();
		new SpopCodec(65536).encode(frame, bytes);
		return Unpooled.copiedBuffer(bytes).array();
	}

	private static Server answering(byte[] answer) throws IOException {
		return new Server((in, out) -> {
			in.readNBytes(Probe.HELLO.length);
			out.write(answer);
		});
	}

	private interface Conversation {

		void hold(InputStream in, OutputStream out) throws IOException;

	}

	/**
	 * A server for one connection.
	 */
	private static final class Server implements AutoCloseable {

		private final ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));

		private final CompletableFuture<Void> conversation;

		Server(Conversation conversation) throws IOException {
			this.conversation = CompletableFuture.runAsync(() -> {
				try (Socket socket = this.server.accept()) {
					conversation.hold(socket.getInputStream(), socket.getOutputStream());
				}
				catch (IOException ex) {
					throw new UncheckedIOException(ex);
				}
			});
		}

		String address() {
			return "127.0.0.1:" + this.server.getLocalPort();
		}

		@Override
		public void close() throws IOException {
			this.server.close();
			this.conversation.exceptionally((ex) -> null).join();
		}

	}

}
