package io.spop.benchmarks.chaos;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * A proxy between HAProxy and one agent, which counts NOTIFYs and ACKs and is a bad
 * network if it has to. All methods are called on the event loop.
 */
final class Link {

	/**
	 * How long a NOTIFY may be without an ACK while nothing is wrong. A handler has much
	 * less, but the machine may be busy.
	 */
	private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(15);

	/** How many of the last ACKs of a connection may not have reached HAProxy. */
	private static final int LAST_ACKS = 256;

	private static final int MAX_PIECE = 64;

	private static final long PIECE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

	private final String name;

	private final EventLoop loop;

	private final Account account;

	private final SocketAddress agent;

	private final @Nullable SslContext tls;

	private final Random random;

	private final Set<Connection> connections = new LinkedHashSet<>();

	/** The handshakes by the subject of the agent's certificate. */
	private final Map<String, Integer> handshakes = new HashMap<>();

	private final int port;

	/** The fault that ends connections now. */
	private @Nullable String fault;

	private boolean blackhole;

	private long maxDelayNanos;

	private boolean slow;

	/** Whether the agent stops in order, or is not there after that. */
	private boolean stopping;

	/** How many faults last. */
	private int faults;

	private long healthySince = System.nanoTime();

	private boolean swallowing;

	Link(String name, EventLoop loop, Account account, SocketAddress agent, @Nullable SslContext tls, long seed) {
		this.name = name;
		this.loop = loop;
		this.account = account;
		this.agent = agent;
		this.tls = tls;
		this.random = new Random(seed);
		Channel server = new ServerBootstrap().group(loop)
			.channel(NioServerSocketChannel.class)
			.option(ChannelOption.SO_BACKLOG, 1024)
			.childOption(ChannelOption.TCP_NODELAY, true)
			.childOption(ChannelOption.AUTO_READ, false)
			.childHandler(new ChannelInitializer<>() {

				@Override
				protected void initChannel(Channel channel) {
					Connection connection = new Connection(channel);
					channel.pipeline().addLast(connection.front);
				}

			})
			.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
			.syncUninterruptibly()
			.channel();
		this.port = ((InetSocketAddress) server.localAddress()).getPort();
	}

	String name() {
		return this.name;
	}

	int port() {
		return this.port;
	}

	Map<String, Integer> handshakes() {
		return this.handshakes;
	}

	/** A fault begins, after which ACKs may be late or missing. */
	void faultBegins() {
		this.connections.forEach(Connection::checkAges);
		this.faults++;
	}

	void faultEnds() {
		this.faults--;
		this.healthySince = System.nanoTime();
	}

	/**
	 * Blame a fault for the end of all connections, of those that are there and those to
	 * come.
	 * @param fault the fault, or {@code null} if it is over
	 */
	void blame(@Nullable String fault) {
		this.fault = fault;
		if (fault != null) {
			this.connections.forEach((connection) -> connection.blame(fault));
		}
	}

	/**
	 * Expect the agent to close connections in order. A NOTIFY may be on its way to it
	 * just then.
	 * @param stopping whether the agent stops
	 */
	void stopping(boolean stopping) {
		this.stopping = stopping;
	}

	/** Close all connections with RST. */
	void reset() {
		for (Connection connection : new ArrayList<>(this.connections)) {
			connection.blame((this.fault != null) ? this.fault : "reset");
			connection.reset();
		}
	}

	/**
	 * Let no byte through any more, or again.
	 * @param blackhole whether the bytes stay here
	 */
	void blackhole(boolean blackhole) {
		this.blackhole = blackhole;
		this.connections.forEach(Connection::readOrNot);
	}

	void delay(long maxDelayMillis) {
		this.maxDelayNanos = TimeUnit.MILLISECONDS.toNanos(maxDelayMillis);
	}

	void slow(boolean slow) {
		this.slow = slow;
	}

	/** Keep the next ACK, which the account has to notice. */
	void swallowAck() {
		this.swallowing = true;
	}

	void checkAges() {
		this.connections.forEach(Connection::checkAges);
	}

	int pending() {
		return this.connections.stream().mapToInt((connection) -> connection.pending.size()).sum();
	}

	/** Everything that still waits for an ACK is without one. */
	void finish() {
		if (this.swallowing) {
			this.account.fail("There was no ACK to lose");
		}
		for (Connection connection : this.connections) {
			connection.pending.values().forEach((notify) -> connection.unanswered(notify, "at the end"));
			connection.pending.clear();
		}
	}

	private static boolean isNormal(Frame frame) {
		return frame instanceof Frame.AgentDisconnect disconnect && disconnect.statusCode() == StatusCode.NORMAL.code();
	}

	/**
	 * The ids of a NOTIFY.
	 *
	 * @param streamId the stream
	 * @param frameId the frame
	 */
	private record Ids(long streamId, long frameId) {
	}

	/**
	 * A NOTIFY without an ACK.
	 *
	 * @param index its place in the ledger
	 * @param nanos when it came
	 */
	private record Pending(long index, long nanos) {
	}

	/**
	 * Frames to be written.
	 *
	 * @param bytes the frames
	 * @param dueNanos when to write them
	 */
	private record Delayed(ByteBuf bytes, long dueNanos) {
	}

	/**
	 * A connection of HAProxy and the one to the agent that belongs to it.
	 */
	private final class Connection {

		private final Side front;

		private final Side back;

		private final Map<Ids, Pending> pending = new HashMap<>();

		private final long[] lastAcks = new long[LAST_ACKS];

		private int acks;

		private @Nullable String fault;

		/** Whether the agent takes frames. */
		private boolean ready;

		/** The first DISCONNECT of either side. */
		private @Nullable Frame disconnect;

		private boolean ended;

		Connection(Channel channel) {
			this.front = new Side(this, true);
			this.back = new Side(this, false);
			this.front.channel = channel;
			if (Link.this.fault != null) {
				this.fault = Link.this.fault;
			}
		}

		void connect() {
			Link.this.connections.add(this);
			boolean unix = Link.this.agent instanceof UnixDomainSocketAddress;
			Bootstrap bootstrap = new Bootstrap().group(Link.this.loop)
				.channel(unix ? NioDomainSocketChannel.class : NioSocketChannel.class)
				.option(ChannelOption.AUTO_READ, false)
				.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 2000)
				.handler(new ChannelInitializer<>() {

					@Override
					protected void initChannel(Channel channel) {
						initBack(channel);
					}

				});
			this.back.channel = bootstrap.connect(Link.this.agent).addListener((future) -> {
				if (!future.isSuccess()) {
					reset();
				}
				else if (Link.this.tls == null) {
					ready();
				}
			}).channel();
		}

		private void initBack(Channel channel) {
			if (Link.this.tls != null) {
				InetSocketAddress address = (InetSocketAddress) Link.this.agent;
				SslHandler handler = Link.this.tls.newHandler(channel.alloc(), address.getHostString(),
						address.getPort());
				handler.handshakeFuture().addListener((future) -> {
					if (future.isSuccess()) {
						Link.this.handshakes.merge(Certificates.subject(handler.engine().getSession()), 1,
								Integer::sum);
						ready();
					}
					else {
						reset();
					}
				});
				channel.pipeline().addLast(handler);
				channel.config().setAutoRead(true);
			}
			channel.pipeline().addLast(this.back);
		}

		private void ready() {
			this.ready = true;
			readOrNot();
		}

		void readOrNot() {
			if (this.ready) {
				for (Side side : List.of(this.front, this.back)) {
					Objects.requireNonNull(side.channel).config().setAutoRead(!Link.this.blackhole);
				}
			}
		}

		void blame(String fault) {
			checkAges();
			if (this.fault == null) {
				this.fault = fault;
			}
			for (int i = Math.max(0, this.acks - LAST_ACKS); i < this.acks; i++) {
				Link.this.account.ledger.mark(this.lastAcks[i % LAST_ACKS], Ledger.CUT);
			}
		}

		void reset() {
			end(false);
			this.front.reset();
			this.back.reset();
		}

		void notified(Frame.Notify notify) {
			Account account = Link.this.account;
			long id = Long.parseLong(String.valueOf(notify.messages().get(0).arguments().get("id")));
			SpopValue engine = notify.messages().get(0).arguments().get("engine");
			long index = id * Scenario.ENGINES + Long.parseLong(String.valueOf(engine));
			account.notifies++;
			if (account.ledger.mark(index, Ledger.SENT)) {
				account.repeated++;
			}
			Pending before = this.pending.put(new Ids(notify.streamId(), notify.frameId()),
					new Pending(index, System.nanoTime()));
			if (before != null) {
				account.fail("HAProxy sent a NOTIFY with the ids of one without an ACK, on one connection to "
						+ Link.this.name + ": the engines use each id once");
			}
		}

		void acknowledged(Frame.Ack ack) {
			Account account = Link.this.account;
			Pending notify = this.pending.remove(new Ids(ack.streamId(), ack.frameId()));
			if (notify == null) {
				account.fail("The agent " + Link.this.name + " sent an ACK for which there is no NOTIFY: " + ack);
				return;
			}
			account.acks++;
			account.ledger.mark(notify.index, Ledger.ANSWERED);
			this.lastAcks[this.acks++ % LAST_ACKS] = notify.index;
			if (this.fault != null) {
				account.ledger.mark(notify.index, Ledger.CUT);
			}
		}

		void checkAges() {
			if (Link.this.faults > 0) {
				return;
			}
			long latest = System.nanoTime() - MAX_NANOS;
			if (Link.this.healthySince - latest > 0) {
				return;
			}
			this.pending.values().removeIf((notify) -> {
				boolean old = notify.nanos - latest < 0;
				if (old) {
					unanswered(notify, "for 15 s, on a connection that was there");
				}
				return old;
			});
		}

		void unanswered(Pending notify, String where) {
			Link.this.account.unanswered++;
			Link.this.account.fail("No ACK for the NOTIFY of request " + notify.index / Scenario.ENGINES + ", engine "
					+ notify.index % Scenario.ENGINES + ", to " + Link.this.name + " " + where);
		}

		/**
		 * The connection has ended.
		 * @param byHaproxy whether HAProxy has closed it, rather than the agent
		 */
		void end(boolean byHaproxy) {
			if (this.ended) {
				return;
			}
			this.ended = true;
			Link.this.connections.remove(this);
			checkAges();
			Account account = Link.this.account;
			for (Pending notify : this.pending.values()) {
				if (this.fault != null) {
					account.killed(this.fault);
					account.ledger.mark(notify.index, Ledger.KILLED);
				}
				else if ((this.disconnect != null) ? this.disconnect instanceof Frame.HaproxyDisconnect : byHaproxy) {
					account.givenUp++;
					account.ledger.mark(notify.index, Ledger.GIVEN_UP);
				}
				else if (Link.this.stopping && (this.disconnect == null || isNormal(this.disconnect))) {
					account.crossed++;
					account.ledger.mark(notify.index, Ledger.KILLED);
				}
				else {
					unanswered(notify, "because the agent closed the connection: " + this.disconnect);
				}
			}
			this.pending.clear();
		}

	}

	/**
	 * One side of a connection: cuts what it reads into frames, which go to the other
	 * side.
	 */
	private final class Side extends ChannelInboundHandlerAdapter {

		private final Connection connection;

		private final boolean isFront;

		private final SpopCodec codec = new SpopCodec(1 << 16);

		private final Deque<Delayed> delayed = new ArrayDeque<>();

		private @Nullable Channel channel;

		private ByteBuf read = Unpooled.EMPTY_BUFFER;

		private boolean writing;

		Side(Connection connection, boolean isFront) {
			this.connection = connection;
			this.isFront = isFront;
		}

		private Side other() {
			return this.isFront ? this.connection.back : this.connection.front;
		}

		@Override
		public void channelActive(ChannelHandlerContext context) {
			if (this.isFront) {
				this.connection.connect();
			}
		}

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			ByteBuf bytes = (ByteBuf) message;
			if (this.connection.ended) {
				bytes.release();
				return;
			}
			this.read = this.read.isReadable() ? append(context, bytes) : bytes;
			int end = this.read.readerIndex();
			while (this.read.writerIndex() - end >= Integer.BYTES
					&& this.read.writerIndex() - end - Integer.BYTES >= this.read.getInt(end)) {
				int size = Integer.BYTES + this.read.getInt(end);
				if (this.isFront) {
					inspect(this.read.slice(end, size));
				}
				end += size;
			}
			if (end > this.read.readerIndex()) {
				other().send(this.read.readRetainedSlice(end - this.read.readerIndex()));
			}
			if (!this.read.isReadable()) {
				this.read.release();
				this.read = Unpooled.EMPTY_BUFFER;
			}
		}

		private ByteBuf append(ChannelHandlerContext context, ByteBuf bytes) {
			ByteBuf both = context.alloc().buffer(this.read.readableBytes() + bytes.readableBytes());
			both.writeBytes(this.read).writeBytes(bytes);
			this.read.release();
			bytes.release();
			return both;
		}

		private void inspect(ByteBuf frame) {
			int type = frame.getByte(frame.readerIndex() + Integer.BYTES);
			if (type != FrameType.HAPROXY_HELLO.code() && type != FrameType.AGENT_HELLO.code()) {
				byte[] bytes = ByteBufUtil.getBytes(frame);
				Frame decoded = this.codec.decode(bytes, 0, bytes.length);
				if (decoded instanceof Frame.Notify notify) {
					this.connection.notified(notify);
				}
				else if (decoded instanceof Frame.Ack ack) {
					this.connection.acknowledged(ack);
				}
				else if (this.connection.disconnect == null) {
					this.connection.disconnect = decoded;
				}
			}
		}

		/**
		 * Write frames now, or when the network lets them through.
		 */
		private void send(ByteBuf frames) {
			long now = System.nanoTime();
			long delay = (Link.this.maxDelayNanos > 0)
					? (long) (Link.this.random.nextDouble() * Link.this.maxDelayNanos) : 0;
			this.delayed.add(new Delayed(frames, now + delay));
			if (!this.writing) {
				writeDue();
			}
		}

		private void writeDue() {
			this.writing = false;
			Delayed next;
			while ((next = this.delayed.peek()) != null) {
				long wait = next.dueNanos - System.nanoTime();
				if (wait > 0 || Link.this.blackhole) {
					later(Math.max(wait, PIECE_NANOS));
					return;
				}
				ByteBuf bytes = next.bytes;
				if (Link.this.slow && bytes.readableBytes() > MAX_PIECE) {
					write(bytes.readRetainedSlice(1 + Link.this.random.nextInt(MAX_PIECE)));
					later(PIECE_NANOS);
					return;
				}
				this.delayed.remove();
				finish(bytes);
			}
		}

		private void later(long nanos) {
			this.writing = true;
			Link.this.loop.schedule(this::writeDue, nanos, TimeUnit.NANOSECONDS);
		}

		/**
		 * Write the last piece of frames. What goes to HAProxy counts from here.
		 */
		private void finish(ByteBuf bytes) {
			if (this.isFront && !this.connection.ended) {
				ByteBuf all = bytes.duplicate().readerIndex(0);
				while (all.isReadable()) {
					int size = Integer.BYTES + all.getInt(all.readerIndex());
					ByteBuf frame = all.readSlice(size);
					boolean ack = frame.getByte(frame.readerIndex() + Integer.BYTES) == FrameType.ACK.code();
					if (ack && Link.this.swallowing && bytes.readableBytes() >= all.readableBytes() + size) {
						Link.this.swallowing = false;
						ByteBuf before = bytes.readRetainedSlice(bytes.readableBytes() - all.readableBytes() - size);
						bytes.skipBytes(size);
						write(before);
					}
					else {
						inspect(frame);
					}
				}
			}
			write(bytes);
		}

		private void write(ByteBuf bytes) {
			if (this.channel != null) {
				this.channel.writeAndFlush(bytes, this.channel.voidPromise());
			}
			else {
				bytes.release();
			}
		}

		@Override
		public void channelInactive(ChannelHandlerContext context) {
			Side other = other();
			if (this.connection.fault == null && !this.connection.ended) {
				// What this side has sent before arrives
				for (Delayed frames : other.delayed) {
					other.finish(frames.bytes);
				}
			}
			else {
				other.delayed.forEach((frames) -> frames.bytes.release());
			}
			other.delayed.clear();
			this.delayed.forEach((frames) -> frames.bytes.release());
			this.delayed.clear();
			this.read.release();
			this.read = Unpooled.EMPTY_BUFFER;
			this.connection.end(this.isFront);
			if (other.channel != null) {
				other.channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
			}
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
			if (!(cause instanceof IOException)) {
				Link.this.account.fail("The proxy of " + Link.this.name + " failed: " + cause);
			}
			context.close();
		}

		void reset() {
			if (this.channel != null) {
				if (this.channel instanceof NioSocketChannel && this.channel.isOpen()) {
					this.channel.config().setOption(ChannelOption.SO_LINGER, 0);
				}
				this.channel.close();
			}
		}

	}

}
