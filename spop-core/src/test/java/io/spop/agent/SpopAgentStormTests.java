package io.spop.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

import ch.qos.logback.classic.Level;
import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.spop.client.SpopClient;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import io.spop.test.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an agent does when connections come and go faster than they do in operation. The
 * system property {@code spop.test.storm} is the number of connections of each storm, for
 * longer runs.
 */
@Timeout(600)
class SpopAgentStormTests {

	private static final int CONNECTIONS = Integer.getInteger("spop.test.storm", 500);

	private static final Actions ANSWER = Actions.set(VarScope.TRANSACTION, "n", 1);

	private static final SslContext tls = new TestCertificates("ours").serverContext("agent", ClientAuth.NONE);

	private final Recorder recorder = new Recorder();

	private final AtomicInteger cancelled = new AtomicInteger();

	private final AtomicInteger pending = new AtomicInteger();

	private final BoundSpopAgent agent = SpopAgent.create()
		.listener(SpopListener.tcp("plain", new InetSocketAddress("127.0.0.1", 0)))
		.listener(SpopListener.tcp("tls", new InetSocketAddress("127.0.0.1", 0)).tls(() -> tls))
		.eventLoops(1)
		.handlerTimeout(Duration.ofMinutes(5))
		.metricsRecorder((listener) -> this.recorder)
		.handler(this::handle)
		.bind();

	private Mono<Actions> handle(SpopExchange exchange) {
		if (exchange.messages().get(0).name().equals("now")) {
			return Mono.just(ANSWER);
		}
		this.pending.incrementAndGet();
		return Mono.<Actions>never().doOnCancel(this.cancelled::incrementAndGet);
	}

	@AfterEach
	void stop() {
		this.agent.close();
	}

	@ParameterizedTest
	@EnumSource
	void whenConnectionsComeAndGoThenOthersAreServedAndNothingIsLeft(Storm storm) throws Exception {
		SocketAddress address = this.agent.address((storm == Storm.TLS) ? "tls" : "plain");
		byte[] first = storm.firstBytes();
		try (CapturedLog log = new CapturedLog(Level.INFO);
				SpopClient witness = Objects.requireNonNull(SpopClient.connect(this.agent.address("plain")).block())) {
			// So that what the first connections make the JVM keep does not count
			storm.open(address, first);
			awaitOpen(1);
			long files = openFiles();
			AtomicLong begun = new AtomicLong();
			long start = System.nanoTime();
			CompletableFuture<?>[] peers = { connect(storm, address, first, begun),
					connect(storm, address, first, begun) };
			long[] nanos = new long[1_000_000];
			int answers = 0;
			CompletableFuture<Void> all = CompletableFuture.allOf(peers);
			do {
				long sent = System.nanoTime();
				assertThat(witness.notify(NotifyMessage.of("now")).block()).isEqualTo(ANSWER);
				nanos[answers++ % nanos.length] = System.nanoTime() - sent;
			}
			while (!all.isDone());
			all.join();
			long end = System.nanoTime();
			awaitOpen(1);
			Interop.await(() -> this.recorder.opened.get() == storm.connections + 2);
			Interop.await(() -> openFiles() <= files + 2);
			assertThat(this.agent.bufferedBytes()).isZero();
			assertThat(log.of(Level.INFO)).isEmpty();
			assertThat(log.of(Level.WARN)).hasSizeLessThan(4);
			print(storm, answers, Arrays.copyOf(nanos, Math.min(answers, nanos.length)), end - start);
		}
	}

	private static void print(Storm storm, int answers, long[] nanos, long time) {
		Arrays.sort(nanos);
		System.out.printf("%s: %d connections/s, %d answers to another, p50 %d us, p99 %d us%n", storm,
				storm.connections * 1_000_000_000L / time, answers, nanos[nanos.length / 2] / 1000,
				nanos[nanos.length * 99 / 100] / 1000);
	}

	private static CompletableFuture<?> connect(Storm storm, SocketAddress address, byte[] first, AtomicLong begun) {
		return CompletableFuture.runAsync(() -> {
			while (begun.getAndIncrement() < storm.connections) {
				storm.open(address, first);
			}
		}, Interop.OWN_THREAD);
	}

	private void awaitOpen(int number) {
		Interop.await(() -> this.agent.connections().size() == number
				&& this.recorder.opened.get() - this.recorder.closed.get() == number);
	}

	private static long openFiles() {
		return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whenAConversationEndsAtAnyByteThenNothingIsLeft(boolean reset) throws Exception {
		byte[] sent = bytes(RawPeer.HELLO, new Frame.Notify(1, 1, NotifyMessage.of("now")),
				new Frame.Notify(3, 1, NotifyMessage.of("never")));
		byte[] received = bytes(new Frame.AgentHello("2.0", 16380, Set.of(Capability.PIPELINING)),
				new Frame.Ack(1, 1, ANSWER));
		try (CapturedLog log = new CapturedLog(Level.INFO);
				SpopClient witness = Objects.requireNonNull(SpopClient.connect(this.agent.address("plain")).block())) {
			for (int i = 0; i <= sent.length; i++) {
				converse(sent, i, 0, reset);
			}
			for (int i = 0; i <= received.length; i++) {
				converse(sent, sent.length, i, reset);
			}
			assertThat(witness.notify(NotifyMessage.of("now")).block()).isEqualTo(ANSWER);
			awaitOpen(1);
			assertThat(this.agent.bufferedBytes()).isZero();
			assertThat(this.recorder.ended).hasValue(this.recorder.started.get());
			assertThat(this.pending.get()).isPositive();
			assertThat(this.cancelled).hasValue(this.pending.get());
			assertThat(log.of(Level.INFO)).isEmpty();
			// That HAProxy gave up, and that a cold handler is slow
			assertThat(log.of(Level.WARN)).hasSizeLessThan(4);
		}
	}

	private void converse(byte[] sent, int send, int receive, boolean reset) throws IOException {
		try (SocketChannel channel = SocketChannel.open(this.agent.address("plain"))) {
			channel.write(ByteBuffer.wrap(sent, 0, send));
			ByteBuffer received = ByteBuffer.allocate(receive);
			while (received.hasRemaining()) {
				assertThat(channel.read(received)).isPositive();
			}
			if (reset) {
				channel.setOption(StandardSocketOptions.SO_LINGER, 0);
			}
		}
	}

	private static byte[] bytes(Frame... frames) {
		ByteBuf out = Unpooled.buffer();
		for (Frame frame : frames) {
			new SpopCodec(16380).encode(frame, out);
		}
		return ByteBufUtil.getBytes(out);
	}

	enum Storm {

		/** Connects, and resets. */
		CONNECT(CONNECTIONS),

		/** Says the HELLO of a health check, and resets as HAProxy does. */
		HEALTH_CHECK(CONNECTIONS),

		/** Lets the agent begin a TLS handshake, and goes. */
		TLS(CONNECTIONS / 10);

		private final int connections;

		Storm(int connections) {
			this.connections = connections;
		}

		byte[] firstBytes() throws Exception {
			return switch (this) {
				case CONNECT -> new byte[0];
				case HEALTH_CHECK -> bytes(new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(), null, true));
				case TLS -> clientHello();
			};
		}

		private static byte[] clientHello() throws Exception {
			SSLEngine engine = SSLContext.getDefault().createSSLEngine();
			engine.setUseClientMode(true);
			ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
			engine.wrap(ByteBuffer.allocate(0), out);
			return Arrays.copyOf(out.array(), out.position());
		}

		void open(SocketAddress address, byte[] first) {
			try (SocketChannel channel = SocketChannel.open(address)) {
				channel.write(ByteBuffer.wrap(first));
				if (first.length > 0 && channel.read(ByteBuffer.allocate(4096)) < 5) {
					throw new IOException("No answer");
				}
				channel.setOption(StandardSocketOptions.SO_LINGER, 0);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

	private static final class Recorder implements SpopMetricsRecorder {

		private final AtomicInteger opened = new AtomicInteger();

		private final AtomicInteger closed = new AtomicInteger();

		private final AtomicInteger started = new AtomicInteger();

		private final AtomicInteger ended = new AtomicInteger();

		@Override
		public void connectionOpened() {
			this.opened.incrementAndGet();
		}

		@Override
		public void connectionClosed(CloseReason reason) {
			this.closed.incrementAndGet();
		}

		@Override
		public void notifyStarted() {
			this.started.incrementAndGet();
		}

		@Override
		public void notifyEnded(NotifyOutcome outcome, long nanos) {
			this.ended.incrementAndGet();
		}

	}

}
