package io.spop.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Argument;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.HdrHistogram.Histogram;

/**
 * Sends NOTIFYs to an agent and prints the figures that {@code benchmarks/README.md}
 * explains. Implements only the part of SPOP that it needs, so that it is faster than the
 * agent.
 */
public final class LoadGenerator {

	private static final int CONNECTIONS = Integer.getInteger("connections", 16);

	/** How many NOTIFYs a connection has in flight if there is no rate. */
	private static final int WINDOW = Integer.getInteger("window", 16);

	/** How many NOTIFYs are sent in a second, whether or not they are answered. */
	private static final int RATE = Integer.getInteger("rate", 0);

	private static final long WARM_UP_MILLIS = Long.getLong("warm-up", 500);

	private static final long MILLIS = Long.getLong("millis", 3000);

	/** The length, the type and the flags of a frame. */
	private static final int HEADER = 9;

	/** How many NOTIFYs of a connection have different ids, a power of two. */
	private static final int IDS = 4096;

	private static final byte[] HELLO = encode(
			new Frame.HaproxyHello(List.of(Frame.VERSION), 16380, Set.of(Capability.PIPELINING), "load", false), 0);

	/** The messages of a NOTIFY, which follow the header and two ids of a byte each. */
	private static final byte[] MESSAGES = encode(
			new Frame.Notify(0, 0,
					NotifyMessage.of("log-request", new Argument("ip", new SpopValue.Ipv4(0xC0000201)),
							new Argument("country", SpopValue.of("xx")),
							new Argument("user_agent", SpopValue.of("Mozilla/5.0 (X11; Linux x86_64) curl/8.0.1")))),
			HEADER + 2);

	private final EventLoop loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()).next();

	private final List<Connection> connections = new ArrayList<>();

	private final CompletableFuture<Void> failure = new CompletableFuture<>();

	private final Histogram latencies = new Histogram(3);

	private int withoutActions;

	private long start;

	private long sent;

	/**
	 * Send NOTIFYs.
	 * @param args the agent's port on loopback and the id of its process
	 * @throws Exception if the agent's answers are wrong
	 */
	public static void main(String[] args) throws Exception {
		new LoadGenerator().run(Integer.parseInt(args[0]), Path.of("/proc", args[1], "stat"));
		System.exit(0);
	}

	private static byte[] encode(Frame frame, int skipped) {
		ByteBuf buffer = Unpooled.buffer();
		new SpopCodec(16380).encode(frame, buffer);
		return ByteBufUtil.getBytes(buffer.skipBytes(skipped));
	}

	private void run(int port, Path stat) throws Exception {
		Bootstrap bootstrap = new Bootstrap().group(this.loop)
			.channel(NioSocketChannel.class)
			.option(ChannelOption.TCP_NODELAY, true);
		for (int i = 0; i < CONNECTIONS; i++) {
			Connection connection = new Connection();
			bootstrap.clone().handler(connection).connect(InetAddress.getLoopbackAddress(), port).sync();
			connection.ready.get(10, TimeUnit.SECONDS);
			this.connections.add(connection);
		}
		this.loop.submit(this::start).sync();
		await(WARM_UP_MILLIS);
		this.loop.submit(this::reset).sync();
		long cpu = cpuMicros(stat);
		long begin = System.nanoTime();
		await(MILLIS);
		double seconds = (System.nanoTime() - begin) / 1e9;
		Histogram result = this.loop.submit(this.latencies::copy).get();
		System.out.printf(Locale.ROOT, "%.0f %.2f %.0f %.0f %.0f %d%n", result.getTotalCount() / seconds,
				(double) (cpuMicros(stat) - cpu) / result.getTotalCount(), result.getValueAtPercentile(50) / 1e3,
				result.getValueAtPercentile(99) / 1e3, result.getValueAtPercentile(99.9) / 1e3, this.withoutActions);
	}

	private void start() {
		this.start = System.nanoTime();
		if (RATE > 0) {
			sendDue();
		}
		else {
			this.connections.forEach((connection) -> connection.send(WINDOW, this.start));
		}
	}

	/**
	 * Send the NOTIFYs that are due, again and again, because a timer would be late. Each
	 * round is a scheduled task: between scheduled tasks the event loop reads.
	 */
	private void sendDue() {
		long due = (System.nanoTime() - this.start) * RATE / TimeUnit.SECONDS.toNanos(1);
		for (; this.sent < due; this.sent++) {
			this.connections.get((int) (this.sent % CONNECTIONS))
				.send(1, this.start + this.sent * TimeUnit.SECONDS.toNanos(1) / RATE);
		}
		this.loop.schedule(this::sendDue, 1, TimeUnit.NANOSECONDS);
	}

	private void reset() {
		this.latencies.reset();
		this.withoutActions = 0;
	}

	private void await(long millis) throws Exception {
		try {
			this.failure.get(millis, TimeUnit.MILLISECONDS);
		}
		catch (TimeoutException ex) {
			// Nothing has failed
		}
	}

	/**
	 * Return the CPU time of a process. The kernel counts it in hundredths of a second.
	 */
	private static long cpuMicros(Path stat) throws IOException {
		String text = Files.readString(stat);
		String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ");
		return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * 10_000;
	}

	/**
	 * A connection to the agent.
	 */
	private final class Connection extends ByteToMessageDecoder {

		private final CompletableFuture<Void> ready = new CompletableFuture<>();

		/** When each NOTIFY in flight was due, or 0. */
		private final long[] due = new long[IDS];

		private int next;

		private int answered;

		/** Set before anything is sent. */
		@SuppressWarnings("NullAway.Init")
		private ChannelHandlerContext context;

		@Override
		public void channelActive(ChannelHandlerContext context) {
			this.context = context;
			context.writeAndFlush(Unpooled.wrappedBuffer(HELLO));
		}

		/**
		 * Send NOTIFYs. The stream id takes three bytes with 18 free bits.
		 */
		void send(int count, long due) {
			ByteBuf out = this.context.alloc().ioBuffer(count * (HEADER + 4 + MESSAGES.length));
			for (int i = 0; i < count; i++) {
				int id = this.next++ & (IDS - 1);
				if (this.due[id] != 0) {
					throw new IllegalStateException("More than " + IDS + " NOTIFYs are in flight");
				}
				this.due[id] = due;
				out.writeInt(HEADER - Integer.BYTES + 4 + MESSAGES.length);
				out.writeByte(FrameType.NOTIFY.code()).writeInt(1);
				out.writeMedium(0xF08000 | (id & 0x0F) << 16 | (id & 0x7F0) << 4 | id >> 11).writeByte(1);
				out.writeBytes(MESSAGES);
			}
			this.context.writeAndFlush(out, this.context.voidPromise());
		}

		@Override
		protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> unused) {
			int start = in.readerIndex();
			if (in.readableBytes() < Integer.BYTES || in.readableBytes() < Integer.BYTES + in.getInt(start)) {
				return;
			}
			int length = in.getInt(start);
			int type = in.getByte(start + Integer.BYTES);
			if (type == FrameType.AGENT_HELLO.code()) {
				this.ready.complete(null);
			}
			else if (type == FrameType.ACK.code()) {
				int bytes = in.getMedium(start + HEADER);
				answered(((bytes >> 16) & 0x0F) | ((bytes >> 4) & 0x7F0) | ((bytes & 0x7F) << 11));
				if (length <= HEADER - Integer.BYTES + 4) {
					LoadGenerator.this.withoutActions++;
				}
			}
			else {
				throw new IllegalStateException("The agent sent a frame of the type " + type);
			}
			in.skipBytes(Integer.BYTES + length);
		}

		private void answered(int id) {
			if (id >= IDS || this.due[id] == 0) {
				throw new IllegalStateException("No NOTIFY with the id " + id + " is in flight");
			}
			LoadGenerator.this.latencies.recordValue(System.nanoTime() - this.due[id]);
			this.due[id] = 0;
			this.answered++;
		}

		@Override
		public void channelReadComplete(ChannelHandlerContext context) throws Exception {
			if (RATE == 0 && this.answered > 0) {
				send(this.answered, System.nanoTime());
			}
			this.answered = 0;
			super.channelReadComplete(context);
		}

		@Override
		public void channelInactive(ChannelHandlerContext context) {
			LoadGenerator.this.failure.completeExceptionally(new IOException("The agent closed a connection"));
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
			LoadGenerator.this.failure.completeExceptionally(cause);
		}

	}

}
