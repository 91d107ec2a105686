package io.spop.agent;

import java.net.InetSocketAddress;
import java.net.SocketAddress;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.spop.recording.ConnectionRecorder;
import io.spop.recording.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * Records what one connection receives and sends, behind TLS. The pipeline has this
 * handler only if the agent records.
 */
final class RecordingHandler extends ChannelDuplexHandler {

	private static final int PREFIX_LENGTH = Integer.BYTES;

	/** The largest buffer, in bytes, that is kept. */
	private static final int MAX_KEPT_SIZE = 1024;

	private final Recorder recorder;

	private final String listener;

	private final int maxFrameSize;

	private @Nullable ConnectionRecorder connection;

	/** The beginning of a frame. */
	private ByteBuf partial = Unpooled.buffer(0);

	/** Whether the peer has sent what is not a frame, behind which no frame is found. */
	private boolean lost;

	/**
	 * Create a handler.
	 * @param recorder records the frames
	 * @param listener the name of the listener
	 * @param maxFrameSize the largest frame that the agent accepts
	 */
	RecordingHandler(Recorder recorder, String listener, int maxFrameSize) {
		this.recorder = recorder;
		this.listener = listener;
		this.maxFrameSize = maxFrameSize;
	}

	@Override
	public void channelActive(ChannelHandlerContext context) throws Exception {
		SocketAddress peer = context.channel().remoteAddress();
		this.connection = this.recorder.connection(this.listener,
				(peer instanceof InetSocketAddress) ? ListenerTransport.text(peer) : "");
		super.channelActive(context);
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
		if (this.connection != null && !this.lost) {
			received(this.connection, ((ByteBuf) message).duplicate());
		}
		super.channelRead(context, message);
	}

	private void received(ConnectionRecorder connection, ByteBuf in) {
		boolean continued = this.partial.isReadable();
		ByteBuf source = continued ? this.partial.writeBytes(in) : in;
		while (source.readableBytes() >= PREFIX_LENGTH) {
			long length = source.getUnsignedInt(source.readerIndex());
			if (length == 0 || length > this.maxFrameSize) {
				this.lost = true;
				connection.haproxySent(source);
				source.skipBytes(source.readableBytes());
			}
			else if (length > source.readableBytes() - PREFIX_LENGTH) {
				break;
			}
			else {
				connection.haproxySent(source.readSlice(PREFIX_LENGTH + (int) length));
			}
		}
		if (!source.isReadable()) {
			if (this.partial.capacity() > MAX_KEPT_SIZE) {
				this.partial = Unpooled.buffer(0);
			}
			this.partial.clear();
		}
		else if (continued) {
			this.partial.discardReadBytes();
		}
		else {
			this.partial.writeBytes(source);
		}
	}

	@Override
	public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) throws Exception {
		if (this.connection != null) {
			sent(this.connection, ((ByteBuf) message).duplicate());
		}
		super.write(context, message, promise);
	}

	/** Record what the agent writes, which are always whole frames. */
	private static void sent(ConnectionRecorder connection, ByteBuf out) {
		while (out.isReadable()) {
			connection.agentSent(out.readSlice(PREFIX_LENGTH + out.getInt(out.readerIndex())));
		}
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) throws Exception {
		if (this.connection != null) {
			if (this.partial.isReadable()) {
				this.connection.haproxySent(this.partial);
			}
			this.connection.closed();
			this.connection = null;
		}
		super.channelInactive(context);
	}

}
