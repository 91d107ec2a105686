package io.spop.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

import ch.qos.logback.classic.Level;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.spop.client.SpopClient;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import io.spop.test.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the lines in the log of an agent and their limits.
 */
@Timeout(60)
class SpopAgentLogTests {

	private final CapturedLog lines = new CapturedLog(Level.DEBUG);

	@AfterEach
	void stopListening() {
		this.lines.close();
	}

	@Test
	void whenListenersOpenAndCloseThenThereIsALineForEachAndOneForTheTransport() {
		BoundSpopAgent agent = SpopAgent.create().listener(listener("one")).listener(listener("other")).bind();
		agent.close();
		assertThat(this.lines.of(Level.INFO)).satisfiesExactly(
				(line) -> assertThat(line)
					.isEqualTo("SPOP over TCP uses Java NIO, since no native transport is on the class path"),
				(line) -> assertThat(line).startsWith("SPOP listener 'one' on 127.0.0.1:"),
				(line) -> assertThat(line).startsWith("SPOP listener 'other' on 127.0.0.1:"),
				(line) -> assertThat(line).isEqualTo("SPOP listener 'one' closed"),
				(line) -> assertThat(line).isEqualTo("SPOP listener 'other' closed"));
	}

	@Test
	void whenHaproxyConnectsAndLeavesThenItsEngineIsNamed() {
		try (BoundSpopAgent agent = SpopAgent.create().listener(listener("main")).bind()) {
			try (SpopClient client = Objects
				.requireNonNull(SpopClient.builder(agent.address("main")).engineId("my-engine").connect().block())) {
				client.notify(NotifyMessage.of("test")).block();
			}
			awaitNoConnections(agent);
		}
		assertThat(this.lines.of(Level.DEBUG)).anyMatch((line) -> line.contains("Handshake, engine my-engine"))
			.anyMatch((line) -> line.contains("Closed, engine my-engine: PEER"));
		assertThat(this.lines.of(Level.WARN)).isEmpty();
	}

	@Test
	void whenPeersSendRubbishThenOneLineIsLoggedForAll() throws Exception {
		try (BoundSpopAgent agent = SpopAgent.create().listener(listener("main")).bind()) {
			for (int i = 0; i < 20; i++) {
				try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), agent.port())) {
					socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
					socket.getInputStream().readAllBytes();
				}
			}
			awaitNoConnections(agent);
		}
		assertThat(this.lines.of(Level.WARN)).singleElement()
			.asString()
			.contains("Closed by the agent, on listener 'main'");
		assertThat(this.lines.of(Level.ERROR)).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					00000005 0000000000       | Invalid frame: a length of 5, less than 7, at byte 0 of the frame
					00000007 00000000010101   | An unexpected frame of type 0 (UNSET) at byte 4 of the frame
					00000007 ff000000010101   | An unexpected frame of type 255 at byte 4 of the frame
					00000007 03000000010101   | An unexpected frame of type 3 (NOTIFY) at byte 4 of the frame
					00000007 65000000010000   | An unexpected frame of type 101 (AGENT_HELLO) at byte 4 of the frame
					00000007 01000000010101   | Invalid frame: HAPROXY_HELLO with a stream-id or frame-id at byte 9 of the frame
					00000007 01000000000000   | A frame without the flag FIN at byte 5 of the frame
					00000007 01000000010000   | A HELLO without supported-versions, whose last item ends at byte 11 of the frame
					00000009 010000000100000041 | Invalid frame: an item without a name at byte 11 of the frame
					47455420 2f736563726574   | A frame with a length of 1195725856, more than 16384, at byte 0 of the frame; it looks like an HTTP request
					16030102 000100           | A frame with a length of 369295618, more than 16384, at byte 0 of the frame; it looks like a TLS handshake: remove ssl from HAProxy's server line, or give the listener TLS
					50524f58 5920             | A frame with a length of 1347571544, more than 16384, at byte 0 of the frame; it looks like a PROXY protocol header: remove send-proxy from HAProxy's server line
					""")
	void whenFirstFrameCannotBeReadThenTheLineSaysWhatIsWrongAndAtWhichByte(String hex, String expected)
			throws Exception {
		try (BoundSpopAgent agent = SpopAgent.create().listener(listener("main")).bind();
				RawPeer peer = new RawPeer(agent.address("main"))) {
			assertRefused(peer, hex, expected);
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					00000005 0300000001                       | Invalid frame: a length of 5, less than 7, at byte 0 of the frame
					00003ffd                                  | A frame with a length of 16381, more than 16380, at byte 0 of the frame
					00000007 67000000010101                   | An unexpected frame of type 103 (ACK) at byte 4 of the frame
					00000010 030000000101010673656372657400fe | Invalid frame: its end comes too early at byte 20 of the frame
					0000000f 03000000010101027365010163fa0000 | Invalid frame: a value of the reserved type 10 at byte 17 of the frame
					0000000a 0300000001010109 7365            | Invalid frame: a length of more bytes than follow at byte 11 of the frame
					00000010 0300000001fff0fefefefefefefefe10 | Invalid frame: a number beyond 64 bits at byte 9 of the frame
					00000007 01000000010001                   | Invalid frame: HAPROXY_HELLO with a stream-id or frame-id at byte 10 of the frame
					00000009 650000000100000561               | An unexpected frame of type 101 (AGENT_HELLO) at byte 4 of the frame
					00000009 000000000001017365               | A fragment at byte 4 of the frame, though fragmentation was not announced: set 'no option send-frag-payload' in the spoe-agent section of HAProxy up to 3.0
					00000009 030000000001017365               | A fragment at byte 5 of the frame, though fragmentation was not announced: set 'no option send-frag-payload' in the spoe-agent section of HAProxy up to 3.0
					""")
	void whenLaterFrameCannotBeReadThenTheLineSaysWhatIsWrongAndAtWhichByte(String hex, String expected)
			throws Exception {
		try (BoundSpopAgent agent = SpopAgent.create().listener(listener("main")).bind();
				RawPeer peer = RawPeer.connected(agent.address("main"))) {
			assertRefused(peer, hex, expected);
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					00000009 000000000001017365 | A fragment that continues no NOTIFY at byte 4 of the frame
					00000009 030000000001017365 00000009 030000000001017365 | A NOTIFY in fragments that begins between those of another at byte 4 of the frame
					00000009 030000000001017365 00000009 000000000002017365 | A fragment of 2/1 between those of another NOTIFY at byte 9 of the frame
					00000009 030000000001017365 00000009 000000000001027365 | A fragment of 1/2 between those of another NOTIFY at byte 9 of the frame
					0000000a 0300000000ff03017365 0000000a 0000000000ff03027365 | A fragment of 303/2 between those of another NOTIFY at byte 9 of the frame
					00000009 030000000001017365 00000007 03000000010201 | A NOTIFY between the fragments of another at byte 4 of the frame
					00000009 030000000001017365 00000007 03000000030201 | An aborted NOTIFY between the fragments of another at byte 4 of the frame
					00000009 030000000001010173 00000008 0000000001010101 | Invalid frame: its end comes too early at byte 3 of the payload of all fragments
					00000010 03000000000101736563726574736563 | Fragments of more than 8 bytes, at byte 8 of the payload of all fragments
					""")
	void whenFragmentsCannotBeReadThenTheLineSaysWhatIsWrongAndAtWhichByte(String hex, String expected)
			throws Exception {
		try (BoundSpopAgent agent = SpopAgent.create().listener(listener("main")).maxFragmentedSize(8).bind();
				RawPeer peer = RawPeer.connected(agent.address("main"))) {
			assertRefused(peer, hex, expected);
		}
	}

	private void assertRefused(RawPeer peer, String hex, String expected) throws Exception {
		peer.send(hex.replace(" ", ""));
		assertThat(peer.receive()).isInstanceOf(Frame.AgentDisconnect.class);
		this.lines.await(Level.WARN, "Closed by the agent");
		assertThat(this.lines.of(Level.WARN)).singleElement()
			.asString()
			.endsWith("Closed by the agent, on listener 'main': " + expected);
	}

	@Test
	void whenAcksAreTooLargeForPipeliningThenOneLineSaysSo() throws Exception {
		SpopHandler handler = (exchange) -> Mono
			.just(Actions.set(VarScope.TRANSACTION, "a", new byte[(int) exchange.frameId()]));
		Frame.HaproxyHello withoutPipelining = new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(), "engine", false);
		try (BoundSpopAgent agent = SpopAgent.create()
			.listener(listener("main"))
			.handlerTimeout(Duration.ofSeconds(20))
			.handler(handler)
			.bind();
				RawPeer one = new RawPeer(agent.address("main"));
				RawPeer many = RawPeer.connected(agent.address("main"))) {
			one.send(withoutPipelining);
			assertThat(one.receive()).isInstanceOf(Frame.AgentHello.class);
			notify(one, 5000);
			// The ACK has 20 bytes more, which makes 819
			notify(many, 799);
			assertThat(this.lines.of(Level.WARN)).isEmpty();
			notify(many, 800);
			notify(many, 5000);
			assertThat(this.lines.of(Level.WARN)).singleElement()
				.asString()
				.contains("The ACK of [test] has 820 bytes. With more than 819 bytes each");
		}
	}

	private static void notify(RawPeer peer, int size) throws IOException {
		peer.send(new Frame.Notify(1, size, NotifyMessage.of("test")));
		assertThat(peer.receive())
			.isEqualTo(new Frame.Ack(1, size, Actions.set(VarScope.TRANSACTION, "a", new byte[size])));
	}

	@Test
	void whenPeersSpeakNoTlsThenOneLineIsLoggedForAll() throws Exception {
		SslContext context = new TestCertificates("ours").serverContext("agent", ClientAuth.REQUIRE);
		try (BoundSpopAgent agent = SpopAgent.create().listener(listener("main").tls(() -> context)).bind()) {
			for (int i = 0; i < 20; i++) {
				try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), agent.port())) {
					socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
					socket.getInputStream().readAllBytes();
				}
			}
			awaitNoConnections(agent);
		}
		assertThat(this.lines.of(Level.WARN)).singleElement()
			.asString()
			.contains("Closed because TLS failed, by /127.0.0.1:", "on listener 'main': The peer does not speak TLS");
		assertThat(this.lines.of(Level.ERROR)).isEmpty();
	}

	@Test
	void whenPeersAreNotAllowedThenOneLineIsLoggedForAll() throws Exception {
		try (BoundSpopAgent agent = SpopAgent.create().listener(listener("main").allow(List.of("192.0.2.1"))).bind()) {
			for (int i = 0; i < 20; i++) {
				try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), agent.port())) {
					socket.getInputStream().readAllBytes();
				}
			}
		}
		assertThat(this.lines.of(Level.WARN)).singleElement()
			.asString()
			.contains("Listener 'main' closed a connection from /127.0.0.1:",
					"the listener does not allow this address");
	}

	@ParameterizedTest
	@ValueSource(strings = { "0.0.0.0", "::" })
	void whenEverybodyMayConnectThenALineSaysSo(String host) throws Exception {
		TestCertificates authority = new TestCertificates("ours");
		SslContext encrypts = authority.serverContext("agent", ClientAuth.OPTIONAL);
		SslContext knows = authority.serverContext("agent", ClientAuth.REQUIRE);
		InetSocketAddress all = new InetSocketAddress(host, 0);
		SpopAgent.create()
			.listener(SpopListener.tcp("open", all))
			.listener(SpopListener.tcp("encrypted", all).tls(() -> encrypts))
			.listener(SpopListener.tcp("listed", all).allow(List.of("0.0.0.0/0", "::/0")))
			.listener(SpopListener.tcp("certified", all).tls(() -> knows))
			.listener(listener("loopback"))
			.listener(SpopListener.tcp("loopback6", new InetSocketAddress("::1", 0)))
			.bind()
			.close();
		assertThat(this.lines.of(Level.WARN)).satisfiesExactly(
				(line) -> assertThat(line).startsWith("SPOP listener 'open' on ")
					.contains(": everybody who can reach this address can send messages"),
				(line) -> assertThat(line).startsWith("SPOP listener 'encrypted' on ")
					.contains(" with TLS: everybody"));
	}

	@Test
	void whenHandlerFailsOftenThenOneLineIsLogged() {
		SpopHandler handler = (exchange) -> Mono.error(new IllegalStateException("out of order"));
		try (BoundSpopAgent agent = SpopAgent.create().listener(listener("main")).handler(handler).bind();
				SpopClient client = Objects.requireNonNull(SpopClient.connect(agent.address("main")).block())) {
			for (int i = 0; i < 20; i++) {
				client.notify(NotifyMessage.of("test")).block();
			}
		}
		assertThat(this.lines.of(Level.WARN)).singleElement().asString().contains("The handler failed");
	}

	@Test
	void whenHandlersFailAfterTheirDeadlineThenOneLineIsLogged() {
		CompletableFuture<Actions> result = new CompletableFuture<>();
		SpopHandler handler = (exchange) -> Mono.fromFuture(result, true);
		try (BoundSpopAgent agent = SpopAgent.create()
			.listener(listener("main"))
			.handlerTimeout(Duration.ofMillis(5))
			.handler(handler)
			.bind(); SpopClient client = Objects.requireNonNull(SpopClient.connect(agent.address("main")).block())) {
			for (int i = 0; i < 20; i++) {
				client.notify(NotifyMessage.of("test")).block();
			}
			result.completeExceptionally(new IllegalStateException("late"));
		}
		assertThat(this.lines.of(Level.WARN)).hasSize(2)
			.anyMatch((line) -> line.contains("A handler failed after its NOTIFY had ended"))
			.anyMatch((line) -> line.contains("is answered with the fallback"));
	}

	private static TcpListener listener(String name) {
		return SpopListener.tcp(name, new InetSocketAddress("127.0.0.1", 0));
	}

	private static void awaitNoConnections(BoundSpopAgent agent) {
		while (!agent.connections().isEmpty()) {
			Thread.onSpinWait();
		}
	}

}
