package io.spop.agent;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAccumulator;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.util.internal.PlatformDependent;
import io.spop.agent.SpopMetricsRecorder.CloseReason;
import io.spop.client.SpopClient;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import io.spop.test.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What an agent does with peers that send byte for byte, or do not read.
 */
@Timeout(60)
class SpopAgentSlowPeersTests {

	private static final TestCertificates certificates = new TestCertificates("ours");

	private static final SslContext tls = certificates.serverContext("agent", ClientAuth.NONE);

	private static final Actions ANSWER = Actions.set(VarScope.TRANSACTION, "n", 1);

	private static final String CLIENT_HELLO = "16030100310100002d0302" + "00".repeat(32) + "000006c00ac009c0130100";

	private static final Actions LARGE = Actions.set(VarScope.TRANSACTION, "large", new byte[10_000]);

	/** How many connections were closed for each reason. */
	private final Map<CloseReason, Integer> closed = new ConcurrentHashMap<>(new EnumMap<>(CloseReason.class));

	@TempDir
	private Path folder;

	@SuppressWarnings("NullAway.Init") // each test binds
	private BoundSpopAgent agent;

	private SpopAgent agent() {
		return SpopAgent.create()
			.listener(SpopListener.tcp("tcp", new InetSocketAddress("127.0.0.1", 0)))
			.listener(SpopListener.tcp("tls", new InetSocketAddress("127.0.0.1", 0)).tls(() -> tls))
			.listener(SpopListener.unix("unix", this.folder.resolve("s")))
			.eventLoops(1)
			.handlerTimeout(Duration.ofSeconds(30))
			.metricsRecorder((listener) -> new Recorder())
			.handler((exchange) -> Mono.just(ANSWER));
	}

	@AfterEach
	void stop() {
		this.agent.close();
	}

	@Test
	void whenPeersSendByteForByteThenEachIsClosedWithinItsLimitAndOthersAreServed() throws Exception {
		this.agent = agent().handshakeTimeout(Duration.ofMillis(700)).frameTimeout(Duration.ofMillis(900)).bind();
		byte[] hello = bytes(RawPeer.HELLO);
		byte[] notify = bytes(
				new Frame.Notify(1, 1, NotifyMessage.of("message", new Argument("text", SpopValue.of("some text")))));
		byte[] check = bytes(new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(), null, true));
		byte[] clientHello = HexFormat.of().parseHex(CLIENT_HELLO);
		List<SlowPeer> peers = new ArrayList<>();
		try (SpopClient witness = Objects.requireNonNull(SpopClient.connect(this.agent.address("tcp")).block())) {
			for (String listener : List.of("tcp", "unix")) {
				SocketAddress address = this.agent.address(listener);
				// Before the length, in it, in the frame
				peers.add(new SlowPeer(address, new byte[0], new byte[0], CloseReason.HANDSHAKE_TIMEOUT));
				peers.add(new SlowPeer(address, new byte[0], slice(hello, 0, 4), CloseReason.HANDSHAKE_TIMEOUT));
				peers.add(new SlowPeer(address, slice(hello, 0, 4), slice(hello, 4, hello.length - 1),
						CloseReason.HANDSHAKE_TIMEOUT));
				// After the HELLO of a health check
				peers.add(new SlowPeer(address, check, new byte[0], CloseReason.HANDSHAKE_TIMEOUT));
				peers.add(new SlowPeer(address, check, notify, CloseReason.HANDSHAKE_TIMEOUT));
				// In the length, the header and the payload of a NOTIFY
				peers.add(new SlowPeer(address, hello, slice(notify, 0, 4), CloseReason.FRAME_TIMEOUT));
				peers.add(new SlowPeer(address, concat(hello, slice(notify, 0, 4)), slice(notify, 4, 11),
						CloseReason.FRAME_TIMEOUT));
				peers.add(new SlowPeer(address, concat(hello, slice(notify, 0, 11)),
						slice(notify, 11, notify.length - 1), CloseReason.FRAME_TIMEOUT));
			}
			peers.add(new SlowPeer(this.agent.address("tls"), new byte[0], slice(clientHello, 0, 40),
					CloseReason.HANDSHAKE_TIMEOUT));
			Map<CloseReason, Integer> expected = new EnumMap<>(CloseReason.class);
			peers.forEach((peer) -> expected.merge(peer.reason, 1, Integer::sum));
			while (!this.closed.equals(expected)) {
				peers.forEach(SlowPeer::sendNext);
				assertThat(witness.notify(NotifyMessage.of("m")).block(Duration.ofSeconds(10))).isEqualTo(ANSWER);
			}
		}
		finally {
			for (SlowPeer peer : peers) {
				peer.channel.close();
			}
		}
		Interop.await(() -> this.agent.connections().isEmpty());
		assertThat(this.agent.bufferedBytes()).isZero();
	}

	@ParameterizedTest
	@ValueSource(strings = { "tcp", "unix", "tls" })
	void whenAPeerDoesNotReadThenItsAnswersAreBoundedAndItIsClosed(String listener) throws Exception {
		LongAccumulator memory = new LongAccumulator(Math::max, 0);
		this.agent = agent().writeTimeout(Duration.ofMillis(300)).handler((exchange) -> {
			memory.accumulate(PlatformDependent.usedDirectMemory());
			return Mono.just(LARGE);
		}).bind();
		long before = PlatformDependent.usedDirectMemory();
		Frame[] frames = new Frame[2000];
		Arrays.fill(frames, new Frame.Notify(1, 1));
		byte[] notifys = bytes(frames);
		try (SpopClient witness = Objects.requireNonNull(SpopClient.connect(this.agent.address("tcp")).block());
				OutputStream peer = connected(this.agent.address(listener), listener.equals("tls"))) {
			witness.notify(NotifyMessage.of("m")).block();
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
				while (true) {
					peer.write(notifys);
				}
			});
			assertThat(witness.notify(NotifyMessage.of("m")).block()).isEqualTo(LARGE);
			assertThat(this.closed).isEqualTo(Map.of(CloseReason.WRITE_TIMEOUT, 1));
			// Netty allocates by chunks of 4 MB
			assertThat(memory.get() - before).isLessThan(9 << 20);
		}
	}

	private static OutputStream connected(SocketAddress address, boolean tls) throws Exception {
		if (!tls) {
			return Channels.newOutputStream(RawPeer.connected(address).channel());
		}
		TlsPeer peer = new TlsPeer(address, null);
		peer.send(RawPeer.HELLO);
		assertThat(peer.receive()).isInstanceOf(Frame.AgentHello.class);
		// Closing a socket with TLS would wait for the agent
		peer.socket().setSoLinger(true, 0);
		return peer.socket().getOutputStream();
	}

	private static byte[] bytes(Frame... frames) {
		ByteBuf out = Unpooled.buffer();
		for (Frame frame : frames) {
			new SpopCodec(16380).encode(frame, out);
		}
		return ByteBufUtil.getBytes(out);
	}

	private static byte[] slice(byte[] bytes, int from, int to) {
		return Arrays.copyOfRange(bytes, from, to);
	}

	private static byte[] concat(byte[] first, byte[] second) {
		return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
	}

	private final class Recorder implements SpopMetricsRecorder {

		@Override
		public void connectionClosed(CloseReason reason) {
			SpopAgentSlowPeersTests.this.closed.merge(reason, 1, Integer::sum);
		}

	}

	/**
	 * A peer that sends a byte now and then.
	 */
	private static final class SlowPeer {

		/** The time between two bytes, so that the last one comes after all limits. */
		private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

		private final SocketChannel channel;

		private final ByteBuffer rest;

		private final CloseReason reason;

		private long sentAt = System.nanoTime();

		SlowPeer(SocketAddress address, byte[] first, byte[] rest, CloseReason reason) throws IOException {
			this.channel = SocketChannel.open(address);
			this.channel.write(ByteBuffer.wrap(first));
			this.rest = ByteBuffer.wrap(rest);
			this.reason = reason;
		}

		void sendNext() {
			long now = System.nanoTime();
			if (this.rest.hasRemaining() && now - this.sentAt > PAUSE_NANOS) {
				this.sentAt = now;
				try {
					this.channel.write(this.rest.slice().limit(1));
					this.rest.get();
				}
				catch (IOException ex) {
					// Closed by the agent
					this.rest.position(this.rest.limit());
				}
			}
		}

	}

}
