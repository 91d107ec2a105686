package io.spop.agent;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

import ch.qos.logback.classic.Level;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.spop.client.SpopClient;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import io.spop.test.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the log of an agent says, and how often.
 */
@Timeout(60)
class SpopAgentLogTests {

	private final CapturedLog lines = new CapturedLog(Level.DEBUG);

	@AfterEach
	void stopListening() {
		this.lines.close();
	}

	@Test
	void whenListenersOpenAndCloseThenThereIsALineForEach() {
		BoundSpopAgent agent = SpopAgent.create().listener(listener("one")).listener(listener("other")).bind();
		agent.close();
		assertThat(this.lines.of(Level.INFO)).satisfiesExactly(
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
			.contains("Listener 'main' closed a connection from /127.0.0.1:", "none of the addresses that it allows");
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
			.anyMatch((line) -> line.contains("A handler failed after its NOTIFY had ended without it"))
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
