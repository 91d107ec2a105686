package io.spop.agent;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.util.internal.PlatformDependent;
import io.spop.client.SpopClient;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Sends an agent bytes that HAProxy never sends, over many connections at once.
 */
@Timeout(120)
class SpopAgentHostileBytesTests {

	private static final int CONNECTIONS = 1000;

	private static final int AT_ONCE = 50;

	private final long seed = System.nanoTime();

	private final Random random = new Random(this.seed);

	@TempDir
	private Path folder;

	private final List<String> lines = new ArrayList<>();

	@Test
	void whenBytesAreRandomOrFramesAreDamagedThenTheAgentServesOnAndKeepsNothing() throws Exception {
		AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {

			@Override
			protected synchronized void append(ILoggingEvent event) {
				SpopAgentHostileBytesTests.this.lines.add(event.getFormattedMessage());
			}

		};
		Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
		Logger logger = (Logger) LoggerFactory.getLogger("io.spop");
		Level level = logger.getLevel();
		logger.setLevel(Level.INFO);
		appender.start();
		root.addAppender(appender);
		try (BoundSpopAgent agent = SpopAgent.create()
			.listener(SpopListener.tcp("tcp", new InetSocketAddress("127.0.0.1", 0)))
			.listener(SpopListener.unix("unix", this.folder.resolve("s")))
			.handshakeTimeout(Duration.ofSeconds(2))
			.frameTimeout(Duration.ofSeconds(2))
			.handler((exchange) -> Mono.just(Actions.set(VarScope.TRANSACTION, "n", exchange.messages().size())))
			.bind()) {
			SocketAddress[] addresses = { agent.address("tcp"), agent.address("unix") };
			SpopClient witness = Objects.requireNonNull(SpopClient.connect(addresses[0]).block());
			// So that what the first connections make the JVM keep does not count
			attack(addresses, 100, this::damagedFrame);
			long direct = usedDirectMemory();
			long heap = usedHeap();
			attack(addresses, CONNECTIONS, this::randomBytes);
			attack(addresses, CONNECTIONS, this::damagedFrame);
			assertThat(witness.notify(NotifyMessage.of("m")).block(Duration.ofSeconds(5)))
				.as("the answer after seed %s", this.seed)
				.isEqualTo(Actions.set(VarScope.TRANSACTION, "n", 1));
			witness.close();
			assertThat(usedDirectMemory() - direct).as("direct memory").isLessThan(8 << 20);
			assertThat(usedHeap() - heap).as("heap").isLessThan(8 << 20);
		}
		finally {
			root.detachAppender(appender);
			logger.setLevel(level);
		}
		assertThat(this.lines).hasSizeLessThan(100).noneMatch((line) -> line.contains("LEAK"));
	}

	private void attack(SocketAddress[] addresses, int connections, IntFunction<byte[]> bytes) throws IOException {
		for (int done = 0; done < connections; done += AT_ONCE) {
			List<SocketChannel> channels = new ArrayList<>();
			for (int i = done; i < Math.min(connections, done + AT_ONCE); i++) {
				SocketChannel channel = SocketChannel.open(addresses[i % addresses.length]);
				channels.add(channel);
				write(channel, bytes.apply(i));
			}
			for (SocketChannel channel : channels) {
				// Half of them go without waiting for an answer
				if (this.random.nextBoolean() && !(channel.getRemoteAddress() instanceof UnixDomainSocketAddress)) {
					channel.shutdownOutput();
					drain(channel);
				}
				channel.close();
			}
		}
	}

	private static void write(SocketChannel channel, byte[] bytes) {
		ByteBuffer buffer = ByteBuffer.wrap(bytes);
		try {
			while (buffer.hasRemaining()) {
				channel.write(buffer);
			}
		}
		catch (IOException ex) {
			// Closed by the agent before all was sent
		}
	}

	private static void drain(SocketChannel channel) {
		ByteBuffer buffer = ByteBuffer.allocate(4096);
		try {
			while (channel.read(buffer.clear()) >= 0) {
				// Nobody reads it
			}
		}
		catch (IOException ex) {
			// Reset by the agent, which had unread bytes
		}
	}

	private byte[] randomBytes(int i) {
		byte[] bytes = new byte[1 + this.random.nextInt(2000)];
		this.random.nextBytes(bytes);
		return bytes;
	}

	private byte[] damagedFrame(int i) {
		ByteBuf out = Unpooled.buffer();
		SpopCodec codec = new SpopCodec(16380);
		codec.encode(RawPeer.HELLO, out);
		int hello = out.readableBytes();
		NotifyMessage message = NotifyMessage.of("check", new Argument("ip", new SpopValue.Ipv4(0x7F000001)),
				new Argument("text", SpopValue.of("some text")), new Argument("", SpopValue.of(-1)),
				new Argument("binary", SpopValue.of(new byte[300])));
		codec.encode(new Frame.Notify(i, 1, message, message), out);
		codec.encode(new Frame.Notify(i, 2, message), out);
		byte[] bytes = ByteBufUtil.getBytes(out);
		// Now and then the handshake, else what follows it
		int from = (i % 4 == 0) ? 0 : hello;
		IntStream.rangeClosed(0, this.random.nextInt(6))
			.forEach((n) -> bytes[from + this.random.nextInt(bytes.length - from)] = (byte) this.random.nextInt());
		return bytes;
	}

	private static long usedDirectMemory() {
		return PlatformDependent.usedDirectMemory();
	}

	private static long usedHeap() {
		System.gc();
		Runtime runtime = Runtime.getRuntime();
		return runtime.totalMemory() - runtime.freeMemory();
	}

}
