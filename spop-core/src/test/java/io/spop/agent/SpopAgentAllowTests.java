package io.spop.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.spop.client.SpopClient;
import io.spop.test.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for listeners of a {@link SpopAgent} with a list of allowed addresses.
 */
@Timeout(20)
class SpopAgentAllowTests {

	private final Queue<String> events = new ConcurrentLinkedQueue<>();

	@SuppressWarnings("NullAway.Init") // each test binds
	private BoundSpopAgent agent;

	private void start(SpopAgent agent, SpopListener listener) {
		this.agent = agent.eventLoops(1).listener(listener).metricsRecorder((name) -> new Recorder()).bind();
	}

	private static TcpListener listener(String host) {
		return SpopListener.tcp("main", new InetSocketAddress(host, 0));
	}

	@AfterEach
	void stop() {
		if (this.agent != null) {
			this.agent.close();
		}
	}

	@ParameterizedTest
	@CsvSource({ "0.0.0.0,127.0.0.1,127.0.0.1", "0.0.0.0,127.9.9.9,127.0.0.0/8", "::,127.0.0.1,127.0.0.1/32",
			"::,127.0.0.1,::ffff:127.0.0.1", "::,127.0.0.1,0.0.0.0/0", "::1,::1,::1", "::1,::1,::/0",
			"::,::1,0:0:0:0:0:0:0:0/120", "::1,::1,::0.0.0.1", "::1,::1,::0.0.0.9/124" })
	void whenAddressIsAllowedThenItIsServed(String host, String address, String allowed) {
		start(SpopAgent.create(), listener(host).allow(List.of("192.0.2.1", allowed)));
		try (SpopClient client = Objects
			.requireNonNull(SpopClient.connect(new InetSocketAddress(address, this.agent.port())).block())) {
			assertThat(client.notify(List.of()).block()).isEmpty();
		}
	}

	@ParameterizedTest
	@CsvSource({ "0.0.0.0,127.0.0.1,127.0.0.2", "0.0.0.0,127.0.0.1,127.0.0.128/25", "::,127.0.0.1,::1",
			"::,127.0.0.1,::/0", "::1,::1,127.0.0.1", "::1,::1,::/128", "::1,::1,0.0.0.0/0", "::,127.0.0.1,::127.0.0.1",
			"::,127.0.0.1,::127.0.0.1/1" })
	void whenAddressIsNotAllowedThenItIsClosedAtOnce(String host, String address, String allowed) throws IOException {
		start(SpopAgent.create(), listener(host).allow(List.of(allowed)));
		assertClosed(address);
		Interop.await(() -> this.events.size() == 2);
		assertThat(this.events).containsExactly("opened", "NOT_ALLOWED");
	}

	@Test
	void whenAddressIsNotAllowedThenItIsNoneOfTheMaximum() throws IOException {
		start(SpopAgent.create().maxConnections(1), listener("0.0.0.0").allow(List.of("127.0.0.2")));
		for (int i = 0; i < 20; i++) {
			assertClosed("127.0.0.1");
		}
		try (Socket allowed = new Socket(InetAddress.getByName("127.0.0.1"), this.agent.port(),
				InetAddress.getByName("127.0.0.2"), 0)) {
			Interop.await(() -> this.agent.connections()
				.stream()
				.anyMatch((connection) -> allowed.getLocalSocketAddress().equals(connection.remoteAddress())));
		}
		Interop.await(() -> this.agent.connections().isEmpty());
		assertClosed("127.0.0.1");
	}

	@Test
	void whenListenerHasTlsThenAddressComesFirst() throws IOException {
		SslContext context = new TestCertificates("ours").serverContext("agent", ClientAuth.REQUIRE);
		start(SpopAgent.create(), listener("0.0.0.0").allow(List.of("127.0.0.2")).tls(() -> context));
		assertClosed("127.0.0.1");
		Interop.await(() -> this.events.size() == 2);
		assertThat(this.events).containsExactly("opened", "NOT_ALLOWED");
	}

	private void assertClosed(String address) throws IOException {
		try (Socket socket = new Socket(address, this.agent.port())) {
			assertThat(socket.getInputStream().read()).isNegative();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "localhost", "10.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/a",
			"2001:db8::/129", "::ffff:10.0.0.0/104", "10.0.0.0/8/8", "10.0.0.256", "::%", "fe80::1%eth0",
			"fe80::%1/64" })
	void whenAddressIsNoneThenSaysSo(String address) {
		assertThatIllegalArgumentException().isThrownBy(() -> listener("127.0.0.1").allow(List.of(address)))
			.withMessageContaining("'" + address + "'");
	}

	private final class Recorder implements SpopMetricsRecorder {

		@Override
		public void connectionOpened() {
			SpopAgentAllowTests.this.events.add("opened");
		}

		@Override
		public void connectionClosed(CloseReason reason) {
			SpopAgentAllowTests.this.events.add(reason.name());
		}

	}

}
