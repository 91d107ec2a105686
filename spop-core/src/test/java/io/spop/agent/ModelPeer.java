package io.spop.agent;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import org.jspecify.annotations.Nullable;

/**
 * The end of HAProxy of one connection: what it has sent, what it has received, and what
 * was done to the connection. One thread sends, the event loop receives.
 */
final class ModelPeer extends ChannelInboundHandlerAdapter {

	static final int MAX_FRAME_SIZE = 16_380;

	/** Not frames that HAProxy sends to an agent after the handshake. */
	private static final int[][] INVALID = { { 0xFF, 0xFF, 0xFF, 0xFF }, { 0, 0, 0, 2, 3, 0 },
			// AGENT-HELLO
			{ 0, 0, 0, 7, 101, 0, 0, 0, 1, 0, 0 },
			// NOTIFY with a message whose name is longer than the frame
			{ 0, 0, 0, 10, 3, 0, 0, 0, 1, 1, 1, 200, 'a', 'b' },
			// ACK
			{ 0, 0, 0, 7, 103, 0, 0, 0, 1, 1, 1 } };

	private final Runnable changed;

	private final SpopCodec codec = new SpopCodec(1 << 20);

	private final ByteBuf in = Unpooled.buffer();

	final List<Frame> received = new CopyOnWriteArrayList<>();

	/** The answers to what was sent, by the ids of the NOTIFY. */
	final Map<Ids, List<ModelAnswer>> sent = new LinkedHashMap<>();

	/** NOTIFYs that were aborted in their first frame, which have an empty ACK. */
	final Set<Ids> aborted = new HashSet<>();

	volatile boolean inactive;

	private volatile @Nullable Throwable unreadable;

	boolean closed;

	boolean invalid;

	boolean drained;

	boolean ended;

	@Nullable AgentConnection connection;

	private @Nullable ByteBuf rest;

	private final Channel channel;

	private ModelPeer(Bootstrap bootstrap, SocketAddress address, Runnable changed) throws InterruptedException {
		this.changed = changed;
		this.channel = bootstrap.clone().handler(this).connect(address).sync().channel();
	}

	/**
	 * Connect, and send a HELLO.
	 */
	static ModelPeer open(Bootstrap bootstrap, SocketAddress address, boolean healthcheck, Runnable changed)
			throws InterruptedException {
		ModelPeer peer = new ModelPeer(bootstrap, address, changed);
		peer.send(new Frame.HaproxyHello(List.of("2.0"), MAX_FRAME_SIZE, Set.of(Capability.PIPELINING), "engine",
				healthcheck));
		return peer;
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		ByteBuf bytes = (ByteBuf) message;
		try {
			this.in.writeBytes(bytes);
			for (Frame frame = this.codec.decode(this.in); frame != null; frame = this.codec.decode(this.in)) {
				this.received.add(frame);
			}
			this.in.discardSomeReadBytes();
		}
		catch (RuntimeException ex) {
			this.unreadable = ex;
		}
		finally {
			bytes.release();
		}
		this.changed.run();
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) {
		this.inactive = true;
		this.changed.run();
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		// A reset
		context.close();
	}

	SocketAddress address() {
		return this.channel.localAddress();
	}

	/**
	 * Return whether the handshake is done, and neither side has ended the connection.
	 */
	boolean isReady() {
		return !this.received.isEmpty() && !this.closed && !this.inactive;
	}

	/**
	 * Return whether nothing was done that ends the connection.
	 */
	boolean isUntouched() {
		return !this.closed && !this.invalid && !this.drained && !this.ended;
	}

	boolean isDisconnected() {
		return !this.received.isEmpty() && this.received.get(this.received.size() - 1) instanceof Frame.AgentDisconnect;
	}

	/**
	 * Return the failure if the bytes that came are not whole frames.
	 */
	@Nullable String unreadable() {
		Throwable unreadable = this.unreadable;
		return (unreadable != null) ? unreadable.toString() : null;
	}

	int acks(Ids ids) {
		int acks = 0;
		for (Frame frame : this.received) {
			if (frame instanceof Frame.Ack ack && ids.equals(new Ids(ack.streamId(), ack.frameId()))) {
				acks++;
			}
		}
		return acks;
	}

	void send(Frame frame) {
		write(encode(frame));
	}

	private ByteBuf encode(Frame frame) {
		ByteBuf out = this.channel.alloc().buffer();
		new SpopCodec(1 << 20).encode(frame, out);
		return out;
	}

	private void write(ByteBuf bytes) {
		ByteBuf rest = this.rest;
		if (rest != null) {
			this.rest = null;
			this.channel.writeAndFlush(rest);
		}
		this.channel.writeAndFlush(bytes);
	}

	/**
	 * Send the first part of a frame. The rest is sent before the next bytes.
	 */
	void sendHalf(Frame frame) {
		ByteBuf bytes = encode(frame);
		write(bytes.readRetainedSlice(bytes.readableBytes() / 2));
		this.rest = bytes;
	}

	void sendRest() {
		write(Unpooled.EMPTY_BUFFER);
	}

	void send(List<Frame> frames) {
		ByteBuf all = this.channel.alloc().buffer();
		frames.forEach((frame) -> {
			ByteBuf bytes = encode(frame);
			all.writeBytes(bytes);
			bytes.release();
		});
		write(all);
	}

	void sendPieces(Frame frame, Random random) {
		ByteBuf bytes = encode(frame);
		while (bytes.isReadable()) {
			write(bytes.readRetainedSlice(Math.min(bytes.readableBytes(), 1 + random.nextInt(500))));
		}
		bytes.release();
	}

	/**
	 * Send a NOTIFY in fragments.
	 * @param last whether to send the last fragment, or to abort the NOTIFY instead
	 */
	void sendFragments(Frame.Notify notify, int size, boolean last) {
		byte[] whole = ByteBufUtil.getBytes(payload(notify));
		List<Frame> frames = new ArrayList<>();
		FrameType type = FrameType.NOTIFY;
		for (int from = 0; from < whole.length; from += size) {
			byte[] part = Arrays.copyOfRange(whole, from, Math.min(whole.length, from + size));
			boolean end = from + size >= whole.length;
			frames.add(new Frame.Fragment(type, notify.streamId(), notify.frameId(), end, end && !last, part));
			type = FrameType.UNSET;
		}
		if (frames.size() > 1) {
			frames.forEach(this::send);
		}
		else if (last) {
			send(notify);
		}
		else {
			sendAborted(notify);
		}
	}

	private static ByteBuf payload(Frame.Notify notify) {
		ByteBuf header = Unpooled.buffer();
		SpopCodec codec = new SpopCodec(1 << 20);
		codec.encode(new Frame.Notify(notify.streamId(), notify.frameId()), header);
		ByteBuf whole = Unpooled.buffer();
		codec.encode(notify, whole);
		return whole.skipBytes(header.readableBytes());
	}

	/**
	 * Send a NOTIFY that is aborted in its first and only frame.
	 */
	void sendAborted(Frame.Notify notify) {
		this.aborted.add(new Ids(notify.streamId(), notify.frameId()));
		send(new Frame.Fragment(FrameType.NOTIFY, notify.streamId(), notify.frameId(), true, true, new byte[0]));
	}

	void sendInvalid(int pick) {
		this.invalid = true;
		int[] bytes = INVALID[pick % INVALID.length];
		ByteBuf out = this.channel.alloc().buffer();
		for (int each : bytes) {
			out.writeByte(each);
		}
		write(out);
	}

	void reading(boolean reading) {
		this.channel.config().setAutoRead(reading);
	}

	/**
	 * Close with an end, a reset or a DISCONNECT.
	 */
	void close(int how) throws InterruptedException {
		this.closed = true;
		reading(true);
		if (how % 3 == 0 && !this.inactive) {
			send(new Frame.HaproxyDisconnect(0, "normal"));
			return;
		}
		if (how % 3 == 1 && this.channel instanceof SocketChannel) {
			this.channel.config().setOption(ChannelOption.SO_LINGER, 0);
		}
		close();
	}

	void close() throws InterruptedException {
		ByteBuf rest = this.rest;
		if (rest != null) {
			this.rest = null;
			rest.release();
		}
		// In memory, this fails if the event loops of the agent have ended, and the
		// channel closes all the same
		this.channel.close().await();
	}

	@Override
	public String toString() {
		return this.channel + ((this.connection != null) ? ", " + this.connection : "") + ", received " + this.received
				+ (this.inactive ? ", closed" : "");
	}

	/**
	 * The identifiers of a NOTIFY.
	 */
	record Ids(long stream, long frame) {
	}

}
