package io.spop.agent;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.X509Bundle;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import io.spop.test.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for listeners of a {@link SpopAgent} with TLS.
 */
@Timeout(60)
class SpopAgentTlsTests {

	private static final TestCertificates ours = new TestCertificates("ours");

	private static final TestCertificates others = new TestCertificates("others");

	private static final X509Bundle client = ours.issue("client");

	private static final String CLIENT_HELLO_OF_TLS_1_1 = "16030100310100002d0302" + "00".repeat(32)
			+ "000006c00ac009c0130100";

	private final Queue<String> events = new ConcurrentLinkedQueue<>();

	private final AtomicInteger closed = new AtomicInteger();

	private final AtomicReference<SslContext> context = new AtomicReference<>(
			ours.serverContext("agent", ClientAuth.REQUIRE));

	@SuppressWarnings("NullAway.Init") // each test binds
	private BoundSpopAgent agent;

	private SocketAddress start() {
		return start(SpopAgent.create());
	}

	private SocketAddress start(SpopAgent agent) {
		this.agent = agent.eventLoops(1)
			.listener(SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0)).tls(this.context::get))
			.handler((exchange) -> Mono.just(Actions.set(VarScope.TRANSACTION, "tls", true)))
			.metricsRecorder((listener) -> new Recorder())
			.bind();
		return this.agent.address("main");
	}

	@AfterEach
	void stop() {
		if (this.agent != null) {
			this.agent.close();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "TLSv1.2", "TLSv1.3" })
	void whenPeerHasACertificateThenItIsServed(String protocol) throws Exception {
		try (TlsPeer peer = new TlsPeer(start(), client)) {
			peer.socket().setEnabledProtocols(new String[] { protocol });
			peer.send(RawPeer.HELLO);
			assertThat(peer.receive()).isInstanceOf(Frame.AgentHello.class);
			for (int i = 0; i < 100; i++) {
				assertServed(peer, i);
			}
			assertThat(peer.socket().getSession().getProtocol()).isEqualTo(protocol);
			peer.send(new Frame.HaproxyDisconnect(0, "bye"));
			assertThat(peer.receive()).isInstanceOf(Frame.AgentDisconnect.class);
			// A truncated end would be an SSLException
			assertThatExceptionOfType(EOFException.class).isThrownBy(peer::receive);
		}
		awaitClosed();
		assertThat(this.events).containsExactly("opened", "SUCCESS", "PEER_DISCONNECT");
	}

	@ParameterizedTest
	@ValueSource(strings = { "TLSv1.2", "TLSv1.3" })
	void whenPeerHasNoCertificateThenItIsRefused(String protocol) throws Exception {
		try (TlsPeer peer = new TlsPeer(start(), null)) {
			peer.socket().setEnabledProtocols(new String[] { protocol });
			assertRefused(peer);
		}
		assertCountedAsTlsError();
	}

	@Test
	void whenPeerHasACertificateOfAnotherAuthorityThenItIsRefused() throws Exception {
		try (TlsPeer peer = new TlsPeer(start(), others.issue("client"))) {
			assertRefused(peer);
		}
		assertCountedAsTlsError();
	}

	@Test
	void whenPeerDoesNotTrustTheAgentThenItIsCounted() throws Exception {
		TrustManagerFactory trust = others.issue("agent").toTrustManagerFactory();
		try (TlsPeer peer = new TlsPeer(start(), client, trust)) {
			assertThatExceptionOfType(SSLException.class).isThrownBy(() -> peer.socket().startHandshake())
				.withCauseInstanceOf(CertificateException.class);
		}
		assertCountedAsTlsError();
	}

	@Test
	void whenPeerHasTls11ThenItIsRefused() throws Exception {
		byte[] answer = exchange(HexFormat.of().parseHex(CLIENT_HELLO_OF_TLS_1_1));
		// A fatal alert: protocol_version
		assertThat(HexFormat.of().formatHex(answer)).matches("15030.00020246");
		assertCountedAsTlsError();
	}

	@ParameterizedTest
	@ValueSource(strings = { "GET / HTTP/1.1\r\n\r\n", "\0\0\0s\1\0\0\0\1\0\0" })
	void whenPeerSpeaksNoTlsThenItIsRefused(String bytes) throws Exception {
		assertThat(exchange(bytes.getBytes(StandardCharsets.ISO_8859_1))).hasSizeLessThan(16);
		assertCountedAsTlsError();
	}

	private byte[] exchange(byte[] bytes) throws IOException {
		InetSocketAddress address = (InetSocketAddress) start();
		try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
			socket.getOutputStream().write(bytes);
			return socket.getInputStream().readAllBytes();
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 40 })
	void whenPeerStaysSilentThenHandshakeTimeoutClosesIt(int bytes) throws IOException {
		InetSocketAddress address = (InetSocketAddress) start(
				SpopAgent.create().handshakeTimeout(Duration.ofMillis(200)));
		try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
			socket.getOutputStream().write(HexFormat.of().parseHex(CLIENT_HELLO_OF_TLS_1_1), 0, bytes);
			socket.getInputStream().readAllBytes();
		}
		awaitClosed();
		assertThat(this.events).containsExactly("opened", "TIMEOUT", "HANDSHAKE_TIMEOUT");
	}

	@Test
	void whenPeerSaysNoHelloThenHandshakeTimeoutClosesIt() throws Exception {
		start(SpopAgent.create().handshakeTimeout(Duration.ofMillis(500)));
		try (TlsPeer peer = new TlsPeer(this.agent.address("main"), client)) {
			peer.socket().startHandshake();
			assertThatExceptionOfType(EOFException.class).isThrownBy(peer::receive);
		}
		awaitClosed();
		assertThat(this.events).containsExactly("opened", "TIMEOUT", "HANDSHAKE_TIMEOUT");
	}

	@Test
	void whenPeerLeavesDuringTheHandshakeThenItIsNoTlsError() throws IOException {
		InetSocketAddress address = (InetSocketAddress) start();
		try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
			socket.getOutputStream().write(HexFormat.of().parseHex(CLIENT_HELLO_OF_TLS_1_1), 0, 40);
		}
		awaitClosed();
		assertThat(this.events).containsExactly("opened", "CLOSED", "PEER");
	}

	@Test
	void whenPeerBreaksTlsLaterThenOnlyItsConnectionCloses() throws Exception {
		SocketAddress address = start();
		try (TlsPeer peer = connected(address, client); TlsPeer broken = connected(address, client)) {
			broken.transport().getOutputStream().write(HexFormat.of().parseHex("1703030020" + "00".repeat(32)));
			Interop.await(() -> this.events.contains("TLS_ERROR"));
			assertServed(peer, 1);
		}
		awaitClosed();
		assertThat(this.events).containsExactlyInAnyOrder("opened", "opened", "SUCCESS", "SUCCESS", "TLS_ERROR",
				"PEER");
	}

	@Test
	void whenPeerWithTls12AsksForAnotherHandshakeThenItsConnectionCloses() throws Exception {
		SocketAddress address = start();
		try (TlsPeer peer = new TlsPeer(address, client); TlsPeer other = connected(address, client)) {
			peer.socket().setEnabledProtocols(new String[] { "TLSv1.2" });
			peer.send(RawPeer.HELLO);
			assertThat(peer.receive()).isInstanceOf(Frame.AgentHello.class);
			assertServed(peer, 1);
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
				peer.socket().startHandshake();
				peer.receive();
			});
			Interop.await(() -> this.agent.connections().size() == 1);
			assertThat(this.events).containsExactlyInAnyOrder("opened", "opened", "SUCCESS", "SUCCESS", "TLS_ERROR");
			assertServed(other, 1);
		}
	}

	@Test
	void whenPeerWithTls13ChangesItsKeysThenItIsServed() throws Exception {
		try (TlsPeer peer = connected(start(), client)) {
			for (int i = 0; i < 10; i++) {
				peer.socket().startHandshake();
				assertServed(peer, i);
			}
			assertThat(peer.socket().getSession().getProtocol()).isEqualTo("TLSv1.3");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "TLSv1.2", "TLSv1.3" })
	void whenHandshakesTakeLongThenOtherConnectionsAreServed(String protocol) throws Exception {
		SocketAddress address = start();
		ExecutorService threads = Executors.newCachedThreadPool();
		try (TlsPeer other = connected(address, client); SlowTrust trust = new SlowTrust()) {
			this.context.set(trust.serverContext());
			Future<?> handshake = threads.submit(() -> {
				try (TlsPeer peer = new TlsPeer(address, client)) {
					peer.socket().setEnabledProtocols(new String[] { protocol });
					peer.send(RawPeer.HELLO);
					assertThat(peer.receive()).isInstanceOf(Frame.AgentHello.class);
					assertServed(peer, 1);
				}
				return null;
			});
			trust.awaitAsked(1);
			for (int i = 0; i < 100; i++) {
				assertServed(other, i);
			}
			trust.decide();
			handshake.get(30, TimeUnit.SECONDS);
		}
		finally {
			threads.shutdownNow();
		}
	}

	@Test
	void whenPeerLeavesWhileItsHandshakeIsWorkedOnThenNothingIsLogged() throws Exception {
		SocketAddress address = start();
		Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
		ListAppender<ILoggingEvent> log = new ListAppender<>();
		log.start();
		root.addAppender(log);
		try (SlowTrust trust = new SlowTrust()) {
			this.context.set(trust.serverContext());
			trust.block(address, 1);
			trust.closePeers();
			awaitClosed();
			assertThat(this.events).containsExactly("opened", "CLOSED", "PEER");
			trust.refuse();
			this.context.set(ours.serverContext("agent", ClientAuth.REQUIRE));
			// Behind the other one, on the only event loop
			connected(address, client).close();
		}
		finally {
			root.detachAppender(log);
		}
		assertThat(log.list).noneMatch((event) -> event.getLevel().isGreaterOrEqual(Level.WARN));
	}

	@Test
	void whenPeerSendsTooMuchWhileItsHandshakeIsWorkedOnThenItIsRefused() throws Exception {
		SocketAddress address = start();
		try (SlowTrust trust = new SlowTrust()) {
			this.context.set(trust.serverContext());
			Socket peer = trust.block(address, 1).get(0).transport();
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
				while (true) {
					peer.getOutputStream().write(new byte[16384]);
				}
			});
			assertCountedAsTlsError();
		}
	}

	@Test
	void whenTooManyHandshakesWaitThenMoreAreRefused() throws Exception {
		InetSocketAddress address = (InetSocketAddress) start();
		List<Socket> sockets = new ArrayList<>();
		try (SlowTrust trust = new SlowTrust()) {
			this.context.set(trust.serverContext());
			trust.block(address, TlsHandshakes.THREADS);
			for (int i = 0; i < TlsHandshakes.MAX_WAITING + 10; i++) {
				Socket socket = new Socket(address.getAddress(), address.getPort());
				sockets.add(socket);
				socket.getOutputStream().write(HexFormat.of().parseHex(CLIENT_HELLO_OF_TLS_1_1));
			}
			Interop.await(() -> this.closed.get() == 10);
			assertThat(this.events).filteredOn("TLS_ERROR"::equals).hasSize(10);
		}
		finally {
			for (Socket socket : sockets) {
				socket.close();
			}
		}
		Interop.await(() -> this.agent.connections().isEmpty());
	}

	@Test
	void whenContextIsReplacedThenNewConnectionsHaveItAndOldOnesStay() throws Exception {
		SocketAddress address = start();
		try (TlsPeer old = connected(address, client)) {
			assertThat(old.agent()).isEqualTo("CN=agent");
			this.context.set(others.serverContext("new", ClientAuth.REQUIRE));
			try (TlsPeer peer = connected(address, others.issue("client"))) {
				assertThat(peer.agent()).isEqualTo("CN=new");
				assertServed(peer, 1);
			}
			assertServed(old, 1);
		}
	}

	@Test
	void whenAgentStopsThenTlsEndsInOrder() throws Exception {
		try (TlsPeer peer = connected(start(), client)) {
			this.agent.close();
			assertThatExceptionOfType(EOFException.class).isThrownBy(peer::receive);
		}
	}

	@Test
	void whenAgentStopsDuringAHandshakeThenItIsNoTlsError() throws Exception {
		InetSocketAddress address = (InetSocketAddress) start();
		try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
			socket.getOutputStream().write(HexFormat.of().parseHex(CLIENT_HELLO_OF_TLS_1_1), 0, 40);
			Interop.await(() -> !this.agent.connections().isEmpty());
			this.agent.stop(Duration.ofSeconds(10));
		}
		assertThat(this.events).contains("opened", "SHUTDOWN").doesNotContain("TLS_ERROR");
	}

	@Test
	void whenListenerHasNoTlsThenItsPipelineHasNone() throws IOException {
		this.agent = SpopAgent.create()
			.listener(SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0)))
			.bind();
		try (RawPeer peer = RawPeer.connected(this.agent.address("main"))) {
			AgentConnection connection = (AgentConnection) this.agent.connections().get(0);
			assertThat(connection.channel().pipeline().first()).isInstanceOf(ConnectionHandler.class);
			peer.channel().shutdownOutput();
		}
	}

	@Test
	void whenAnswersAreGatheredThenAllArrive() throws Exception {
		try (TlsPeer peer = connected(
				start(SpopAgent.create().maxInFlight(2000).handlerTimeout(Duration.ofSeconds(20))), client)) {
			for (int i = 0; i < 2000; i++) {
				peer.send(notify(i));
			}
			for (int i = 0; i < 2000; i++) {
				assertThat(peer.receive()).isInstanceOfSatisfying(Frame.Ack.class,
						(ack) -> assertThat(ack.actions()).isNotEmpty());
			}
		}
	}

	@Test
	void whenContextIsOneForClientsThenBindFails() throws Exception {
		SslContext context = SslContextBuilder.forClient().build();
		assertThatExceptionOfType(SpopBindException.class)
			.isThrownBy(() -> SpopAgent.create()
				.listener(SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0)).tls(() -> context))
				.bind())
			.withMessageContaining("is one for clients");
	}

	private static TlsPeer connected(SocketAddress address, X509Bundle certificate) throws Exception {
		TlsPeer peer = new TlsPeer(address, certificate);
		peer.send(RawPeer.HELLO);
		assertThat(peer.receive()).isInstanceOf(Frame.AgentHello.class);
		return peer;
	}

	private static Frame notify(long id) {
		return new Frame.Notify(id, 1, List.of(NotifyMessage.of("test")));
	}

	private static void assertServed(TlsPeer peer, long id) throws IOException {
		peer.send(notify(id));
		assertThat(peer.receive()).isEqualTo(new Frame.Ack(id, 1, Actions.set(VarScope.TRANSACTION, "tls", true)));
	}

	private static void assertRefused(TlsPeer peer) {
		// With TLS 1.3 the client only hears of it when it reads
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
			peer.socket().startHandshake();
			peer.socket().getInputStream().read();
		}).isNotInstanceOf(EOFException.class);
	}

	private void assertCountedAsTlsError() {
		awaitClosed();
		assertThat(this.events).containsExactly("opened", "REFUSED", "TLS_ERROR");
	}

	private void awaitClosed() {
		Interop.await(() -> this.closed.get() > 0 && this.agent.connections().isEmpty());
	}

	/**
	 * A trust manager that takes long to check a client.
	 */
	private static final class SlowTrust extends X509ExtendedTrustManager implements AutoCloseable {

		private final CountDownLatch trusted = new CountDownLatch(1);

		private final Semaphore asked = new Semaphore(0);

		private final List<TlsPeer> peers = new ArrayList<>();

		private volatile boolean refuse;

		SslContext serverContext() throws Exception {
			return SslContextBuilder.forServer(ours.issue("agent").toKeyManagerFactory())
				.sslProvider(SslProvider.JDK)
				.trustManager(this)
				.clientAuth(ClientAuth.REQUIRE)
				.build();
		}

		/**
		 * Begin handshakes that do not end.
		 */
		List<TlsPeer> block(SocketAddress address, int number) throws Exception {
			for (int i = 0; i < number; i++) {
				TlsPeer peer = new TlsPeer(address, client);
				this.peers.add(peer);
				// It thinks it is done when it has sent its certificate
				peer.socket().startHandshake();
			}
			awaitAsked(number);
			return this.peers;
		}

		void awaitAsked(int number) throws InterruptedException {
			assertThat(this.asked.tryAcquire(number, 20, TimeUnit.SECONDS)).isTrue();
		}

		void closePeers() throws IOException {
			for (TlsPeer peer : this.peers) {
				peer.transport().close();
			}
		}

		void refuse() {
			this.refuse = true;
			decide();
		}

		void decide() {
			this.trusted.countDown();
		}

		@Override
		public void close() throws IOException {
			decide();
			closePeers();
		}

		private void checkTrusted() throws CertificateException {
			this.asked.release();
			try {
				this.trusted.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			if (this.refuse) {
				throw new CertificateException("refused");
			}
		}

		@Override
		public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
				throws CertificateException {
			checkTrusted();
		}

		@Override
		public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
				throws CertificateException {
			checkTrusted();
		}

		@Override
		public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
			checkTrusted();
		}

		@Override
		public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
		}

		@Override
		public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
		}

		@Override
		public void checkServerTrusted(X509Certificate[] chain, String type) {
		}

		@Override
		public X509Certificate[] getAcceptedIssuers() {
			return new X509Certificate[0];
		}

	}

	private final class Recorder implements SpopMetricsRecorder {

		@Override
		public void connectionOpened() {
			SpopAgentTlsTests.this.events.add("opened");
		}

		@Override
		public void connectionClosed(CloseReason reason) {
			SpopAgentTlsTests.this.events.add(reason.name());
			SpopAgentTlsTests.this.closed.incrementAndGet();
		}

		@Override
		public void handshakeEnded(boolean healthcheck, HandshakeOutcome outcome) {
			SpopAgentTlsTests.this.events.add(outcome.name());
		}

	}

}
