package io.spop.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * Warms up the JVM before the first agent of a user opens its listeners. The first frame
 * of a cold JVM takes 100 ms, but HAProxy waits for 10 ms. The warm-up sends frames to an
 * agent of its own over a real socket. It calls no handler of a user.
 */
final class AgentWarmUp {

	/**
	 * The number of rounds. After these, the JVM has compiled what each frame runs
	 * through, so that it does not compile while the first requests wait.
	 */
	private static final int ROUNDS = 300;

	/** The number of rounds that a slow machine does, too. */
	private static final int LEAST_ROUNDS = 10;

	/** The time for the rounds, in nanoseconds, unless they are fewer than the least. */
	private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(500);

	private static final int FRAMES = 16;

	private static final int TIMEOUT_MILLIS = 5000;

	/** The largest heap, in bytes, whose garbage is collected in well under 100 ms. */
	private static final long SMALL_HEAP = 256L << 20;

	private static boolean warm;

	private static boolean collected;

	private final SpopCodec codec = new SpopCodec(16380);

	private final ByteBuf buffer = Unpooled.buffer(4096);

	private final SocketChannel channel;

	private AgentWarmUp(SocketChannel channel) {
		this.channel = channel;
	}

	/**
	 * Send the frames, or wait for another thread that sends them. Further calls do
	 * nothing.
	 * @param tcp whether to use a port on loopback; otherwise a UNIX socket is used
	 */
	static synchronized void run(boolean tcp) {
		if (warm) {
			return;
		}
		warm = true;
		long start = System.nanoTime();
		try {
			if (tcp) {
				sendFrames(SpopListener.tcp("warm-up", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
			}
			else {
				Path folder = Files.createTempDirectory("spop");
				try {
					sendFrames(SpopListener.unix("warm-up", folder.resolve("s")));
				}
				finally {
					Files.deleteIfExists(folder);
				}
			}
			ConnectionLog.logger.debug("Warmed up in {} ms", (System.nanoTime() - start) / 1_000_000);
		}
		catch (IOException | RuntimeException ex) {
			ConnectionLog.logger.debug("Not warmed up", ex);
		}
	}

	/**
	 * Collect the garbage of the application's start. Objects that remain leave the young
	 * generation, so the next collection, which delays frames, copies little. In the
	 * sample application the next collection takes 2 ms instead of 20 ms. This collection
	 * takes 60 ms.
	 */
	static synchronized void collectGarbage() {
		Runtime runtime = Runtime.getRuntime();
		if (!collected && runtime.totalMemory() - runtime.freeMemory() < SMALL_HEAP) {
			System.gc();
		}
		collected = true;
	}

	static void sendFrames(SpopListener listener) throws IOException {
		AgentSettings settings = new AgentSettings();
		settings.handler(AgentWarmUp::answer);
		settings.handlerTimeout(Duration.ofMillis(TIMEOUT_MILLIS));
		// Slow calls are expected during the warm-up, so do not log them
		settings.maxBlockedNanos(Long.MAX_VALUE);
		LoopResources loops = LoopResources.create("spop-warm-up", 1, true);
		ListenerTransport transport = null;
		try {
			transport = new ListenerTransport(listener, new AgentRuntime(settings, loops));
			converse(transport.address(), loops.onServer(true).next());
		}
		finally {
			if (transport != null) {
				transport.close();
				// The file of a UNIX socket is removed before the channel closes
				transport.channel().closeFuture().awaitUninterruptibly(TIMEOUT_MILLIS);
			}
			// Without a quiet period, or the thread would stay for two seconds
			loops.disposeLater(Duration.ZERO, Duration.ofMillis(TIMEOUT_MILLIS)).subscribe();
		}
	}

	private static Mono<Actions> answer(SpopExchange exchange) {
		SpopValue address = exchange.messages().get(0).arguments().get("ip");
		Actions actions = Actions.set(VarScope.TRANSACTION, "text", String.valueOf(address))
			.andSet(VarScope.SESSION, "number", exchange.frameId());
		return (exchange.frameId() % FRAMES == 0) ? Mono.fromFuture(CompletableFuture.supplyAsync(() -> actions))
				: Mono.just(actions);
	}

	/**
	 * Send frames and read their answers.
	 * @param address the address of the agent
	 * @param timer closes the connection if this method takes too long
	 */
	@SuppressWarnings("try") // the timer closes it from outside
	private static void converse(SocketAddress address, EventExecutor timer) throws IOException {
		try (SocketChannel channel = SocketChannel.open(address)) {
			Future<?> timeout = timer.schedule(() -> {
				channel.close();
				return null;
			}, TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
			new AgentWarmUp(channel).converse();
			timeout.cancel(false);
		}
	}

	private void converse() throws IOException {
		send(new Frame.HaproxyHello(List.of(Frame.VERSION), 16380, Set.of(Capability.PIPELINING), "warm-up", false));
		receive(1);
		NotifyMessage message = NotifyMessage.of("warm-up", new Argument("ip", new SpopValue.Ipv4(0x7F000001)),
				new Argument("text", SpopValue.of("text")), new Argument("missing", SpopValue.ofNull()));
		long begun = System.nanoTime();
		for (int round = 0; round < ROUNDS; round++) {
			if (round >= LEAST_ROUNDS && System.nanoTime() - begun > PATIENCE) {
				break;
			}
			Frame[] frames = new Frame[FRAMES];
			for (int i = 0; i < FRAMES; i++) {
				frames[i] = new Frame.Notify(1, round * FRAMES + i, message);
			}
			send(frames);
			receive(FRAMES);
		}
		send(new Frame.HaproxyDisconnect(0, "warm"));
		receive(1);
	}

	private void send(Frame... frames) throws IOException {
		this.buffer.clear();
		for (Frame frame : frames) {
			this.codec.encode(frame, this.buffer);
		}
		while (this.buffer.isReadable()) {
			this.buffer.readBytes(this.channel, this.buffer.readableBytes());
		}
	}

	private void receive(int frames) throws IOException {
		this.buffer.clear();
		for (int received = 0; received < frames;) {
			if (this.buffer.writeBytes(this.channel, this.buffer.writableBytes()) < 0) {
				throw new IOException("Closed by the agent");
			}
			while (this.codec.decode(this.buffer) != null) {
				received++;
			}
		}
	}

}
