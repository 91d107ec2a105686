package io.spop.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import javax.net.ssl.SSLException;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopListener;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Arguments;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;
import io.spop.protocol.VarScope;
import io.spop.test.TestCertificates;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link SpopClient} with a real agent.
 */
@Timeout(30)
class SpopClientTests {

	private static final Duration LIMIT = Duration.ofSeconds(10);

	private static final TestCertificates ours = new TestCertificates("ours");

	private BoundSpopAgent agent = bind(0);

	private static BoundSpopAgent bind(int fragmentation) {
		return agent(fragmentation).listener(SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0))).bind();
	}

	private static SpopAgent agent(int fragmentation) {
		return SpopAgent.create()
			.eventLoops(1)
			.maxFragmentedSize(fragmentation)
			.handler((exchange) -> Mono.just(Actions.set(VarScope.TRANSACTION, "length",
					String.valueOf(exchange.messages().get(0).arguments().get("body")).length())));
	}

	@AfterEach
	void close() {
		this.agent.close();
	}

	private SpopClient.Builder builder() {
		return SpopClient.builder(this.agent.address("main"));
	}

	private static NotifyMessage body(int length) {
		return NotifyMessage.of("message", new Argument("body", SpopValue.of("x".repeat(length))));
	}

	@Test
	void whenHealthCheckThenHelloAndNoMore() {
		try (SpopClient client = Objects.requireNonNull(builder().healthcheck().capabilities().connect().block())) {
			assertThat(client.agentHello()).isEqualTo(new Frame.AgentHello("2.0", 16380, Set.of()));
			client.send(new Frame.HaproxyDisconnect(0, "")).block(LIMIT);
			assertThat(client.received().take(Duration.ofMillis(200)).collectList().block())
				.containsExactly(client.agentHello());
		}
	}

	@Test
	void whenTheAgentsFrameCannotBeReadThenTheErrorSaysAtWhichByte() throws Exception {
		try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			Mono<SpopClient> client = SpopClient.connect(server.getLocalSocketAddress());
			CompletableFuture<?> connected = client.toFuture();
			try (Socket socket = server.accept()) {
				socket.getOutputStream().write(HexFormat.of().parseHex("00000009" + "65000000010000" + "0561"));
				assertThatExceptionOfType(ExecutionException.class)
					.isThrownBy(() -> connected.get(LIMIT.toSeconds(), TimeUnit.SECONDS))
					.withCauseInstanceOf(SpopProtocolException.class)
					.withMessageEndingWith("Invalid frame: a length of more bytes than follow at byte 11 of the frame");
			}
		}
	}

	@Test
	void whenMessageDoesNotFitThenErrorUnlessTheAgentTakesFragments() {
		try (SpopClient client = Objects.requireNonNull(builder().maxFrameSize(256).connect().block())) {
			assertThatExceptionOfType(SpopProtocolException.class)
				.isThrownBy(() -> client.notify(body(1000)).block(LIMIT))
				.extracting(SpopProtocolException::status)
				.isEqualTo(StatusCode.FRAME_TOO_BIG);
			assertThat(client.notify(body(100)).block(LIMIT)).isEqualTo(length(100));
		}
		this.agent.close();
		this.agent = bind(100_000);
		try (SpopClient client = Objects.requireNonNull(builder().maxFrameSize(256).connect().block())) {
			assertThat(client.agentHello().capabilities()).contains(Capability.FRAGMENTATION);
			assertThat(client.notify(body(50_000)).block(LIMIT)).isEqualTo(length(50_000));
			assertThat(client.notify(body(100)).block(LIMIT)).isEqualTo(length(100));
		}
	}

	private static Actions length(int length) {
		return Actions.set(VarScope.TRANSACTION, "length", length);
	}

	@Test
	void whenThereIsNoHandshakeThenAnyBytesCanBeSent() {
		try (SpopClient client = Objects.requireNonNull(builder().connectWithoutHandshake().block())) {
			assertThatIllegalStateException().isThrownBy(client::agentHello);
			client.sendBytes(HexFormat.of().parseHex("00000007030000000101")).block(LIMIT);
			client.sendBytes(new byte[] { 1 }).block(LIMIT);
			assertThat(Objects.requireNonNull(client.onDisconnect().block(LIMIT)).statusCode())
				.isEqualTo(StatusCode.INVALID_FRAME.code());
			assertThat(client.received().collectList().block(LIMIT)).hasSize(1);
		}
	}

	@Test
	void whenFramesAreSentByHandThenTheirAnswersAreReceived() {
		try (SpopClient client = Objects.requireNonNull(builder().connect().block())) {
			client.send(new Frame.Notify(0, 7, body(3))).block(LIMIT);
			List<Frame> received = client.received().take(2).collectList().block(LIMIT);
			assertThat(received).containsExactly(client.agentHello(), new Frame.Ack(0, 7, length(3)));
		}
	}

	@Test
	void whenAgentGoesAwayThenWhatWaitsFails() {
		try (SpopClient client = Objects.requireNonNull(builder().connect().block())) {
			Mono<Actions> answer = client.notify(body(1)).repeat(1_000_000).last();
			CompletableFuture.runAsync(this.agent::close);
			assertThatExceptionOfType(SpopDisconnectException.class).isThrownBy(() -> answer.block(LIMIT));
		}
	}

	@Test
	void whenMessageCannotBeWrittenThenErrorAndTheConnectionGoesOn() {
		Arguments tooMany = new TooMany();
		try (SpopClient client = Objects.requireNonNull(builder().connect().block())) {
			assertThatIllegalArgumentException()
				.isThrownBy(() -> client.notify(new NotifyMessage("message", tooMany)).block(LIMIT))
				.withMessage("A message has at most 255 arguments, not 256");
			assertThat(client.notify(body(100)).block(LIMIT)).isEqualTo(length(100));
		}
	}

	@Test
	void whenCapabilityIsNamedTwiceThenItIsAnnouncedOnce() {
		try (SpopClient client = Objects
			.requireNonNull(builder().capabilities(Capability.PIPELINING, Capability.PIPELINING).connect().block())) {
			assertThat(client.agentHello().capabilities()).containsExactly(Capability.PIPELINING);
		}
	}

	@Test
	void whenAgentEndsTheConnectionWithAForgedLineThenItStaysInItsOwn() throws Exception {
		try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			CompletableFuture<Void> agent = CompletableFuture.runAsync(() -> refuse(server));
			assertThatExceptionOfType(SpopDisconnectException.class)
				.isThrownBy(() -> SpopClient.connect(server.getLocalSocketAddress()).block(LIMIT))
				.withMessage("AGENT-DISCONNECT 4: a\\u000ab");
			agent.join();
		}
		assertThat(new SpopDisconnectException(1, "x".repeat(100_000)).getMessage()).hasSizeLessThan(1_000);
	}

	private static void refuse(ServerSocket server) {
		try (Socket socket = server.accept()) {
			socket.getInputStream().read();
			// The codec would not send such a text
			socket.getOutputStream()
				.write(HexFormat.of()
					.parseHex("00000022" + "66" + "00000001" + "0000" + "0b7374617475732d636f6465" + "0304"
							+ "076d657373616765" + "0803610a62"));
			socket.getInputStream().readAllBytes();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Test
	void whenAgentDoesNotAnswerThenTheErrorSaysWhatIsMissing() throws Exception {
		SslContext context = SslContextBuilder.forClient().trustManager(ours.trust()).build();
		try (ServerSocket silent = new ServerSocket(0, 2, InetAddress.getLoopbackAddress())) {
			SpopClient.Builder builder = SpopClient.builder(silent.getLocalSocketAddress())
				.timeout(Duration.ofMillis(200));
			assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> builder.connect().block(LIMIT))
				.havingCause()
				.isInstanceOf(TimeoutException.class)
				.withMessage("No AGENT-HELLO within 200 ms");
			assertThatExceptionOfType(RuntimeException.class)
				.isThrownBy(() -> builder.tls(context).timeout(Duration.ofSeconds(2)).connect().block(LIMIT))
				.havingCause()
				.isInstanceOf(TimeoutException.class)
				.withMessage("No TLS handshake within 2000 ms");
		}
	}

	@ParameterizedTest
	@CsvSource({ "485454502f312e3120343030, it looks like an HTTP response",
			"15030300020232, it looks like TLS: the agent expects a connection with TLS" })
	void whenServerSpeaksAnotherProtocolThenTheErrorNamesIt(String answer, String guess) throws Exception {
		try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			CompletableFuture<?> connected = SpopClient.connect(server.getLocalSocketAddress()).toFuture();
			try (Socket socket = server.accept()) {
				socket.getOutputStream().write(HexFormat.of().parseHex(answer));
				assertThatExceptionOfType(ExecutionException.class)
					.isThrownBy(() -> connected.get(LIMIT.toSeconds(), TimeUnit.SECONDS))
					.withMessageEndingWith("; " + guess);
			}
		}
	}

	@Test
	void whenAgentHasTlsThenItsNameIsChecked() throws Exception {
		this.agent.close();
		this.agent = bindTls(ClientAuth.NONE);
		SslContext context = SslContextBuilder.forClient().trustManager(ours.trust()).build();
		try (SpopClient client = Objects
			.requireNonNull(builder().tls(context, "agent.internal").connect().block(LIMIT))) {
			assertThat(client.notify(body(50)).block(LIMIT)).isEqualTo(length(50));
		}
		try (SpopClient client = Objects
			.requireNonNull(builder().tls(context, "agent.internal").connectWithoutHandshake().block(LIMIT))) {
			client.sendBytes(HexFormat.of().parseHex("00000007030000000101" + "01")).block(LIMIT);
			assertThat(Objects.requireNonNull(client.onDisconnect().block(LIMIT)).statusCode())
				.isEqualTo(StatusCode.INVALID_FRAME.code());
		}
		assertTlsFails(builder().tls(context)).hasMessageContaining("127.0.0.1");
		assertTlsFails(builder().tls(context, "another.internal")).hasMessageContaining("another.internal");
		assertTlsFails(builder().tls(SslContextBuilder.forClient().build(), "agent.internal"));
	}

	@Test
	void whenAgentWantsACertificateThatTheClientDoesNotHaveThenTlsFails() throws Exception {
		this.agent.close();
		this.agent = bindTls(ClientAuth.REQUIRE);
		SslContextBuilder context = SslContextBuilder.forClient().trustManager(ours.trust());
		assertTlsFails(builder().tls(context.build(), "agent.internal"));
		context.keyManager(ours.issue("client").toKeyManagerFactory());
		try (SpopClient client = Objects
			.requireNonNull(builder().tls(context.build(), "agent.internal").connect().block(LIMIT))) {
			assertThat(client.notify(body(50)).block(LIMIT)).isEqualTo(length(50));
		}
	}

	@Test
	void whenContextIsForServersThenItIsRefused() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> builder().tls(ours.serverContext("agent", ClientAuth.NONE)))
			.withMessageContaining("forClient()");
	}

	private static BoundSpopAgent bindTls(ClientAuth clientAuth) {
		SslContext context = ours.serverContext("agent", clientAuth);
		return agent(0).listener(SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0)).tls(() -> context))
			.bind();
	}

	private static AbstractThrowableAssert<?, ? extends Throwable> assertTlsFails(SpopClient.Builder builder) {
		Throwable error = assertThatExceptionOfType(RuntimeException.class)
			.isThrownBy(() -> builder.connect().block(LIMIT))
			.actual();
		return assertThat(Exceptions.unwrap(error)).isInstanceOf(SSLException.class);
	}

	@Test
	void whenNobodyListensThenConnectFails() {
		this.agent.close();
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> builder().connect().block(LIMIT))
			.satisfies((ex) -> assertThat(Exceptions.unwrap(ex)).isInstanceOf(ConnectException.class));
	}

	/**
	 * Arguments that somebody else implements.
	 */
	private record TooMany() implements Arguments {

		@Override
		public int size() {
			return 256;
		}

		@Override
		public String name(int index) {
			return "";
		}

		@Override
		public SpopValue value(int index) {
			return SpopValue.ofNull();
		}

		@Override
		public int indexOf(String name, int from) {
			return -1;
		}

	}

}
