package io.spop.cli;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a connection through a tap: passes on what it reads, as it is, and
 * then has it recorded. The end of the input, a reset and back pressure pass, too. Both
 * directions of a connection belong to the same event loop.
 */
final class TapDirection extends ChannelInboundHandlerAdapter {

	private final FrameCutter cutter;

	private @Nullable TapDirection opposite;

	private @Nullable Channel channel;

	private boolean inputEnded;

	private boolean failed;

	/** Whether the input has ended, and the other side has all of it. */
	private boolean passed;

	TapDirection(FrameCutter cutter) {
		this.cutter = cutter;
	}

	/**
	 * Make two directions a connection, and let both read.
	 * @param first a direction whose channel is open
	 * @param second a direction whose channel is open
	 */
	static void join(TapDirection first, TapDirection second) {
		first.opposite = second;
		second.opposite = first;
		first.channel().config().setAutoRead(true);
		second.channel().config().setAutoRead(true);
	}

	@Override
	public void handlerAdded(ChannelHandlerContext context) {
		this.channel = context.channel();
	}

	/**
	 * Record the beginning of a frame whose rest does not come, and nothing that comes
	 * later.
	 */
	void endRecording() {
		this.cutter.end();
	}

	private Channel channel() {
		Channel channel = this.channel;
		if (channel == null) {
			throw new IllegalStateException("Not in a pipeline");
		}
		return channel;
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		ByteBuf bytes = (ByteBuf) message;
		TapDirection opposite = this.opposite;
		try {
			if (opposite == null || this.inputEnded) {
				return;
			}
			int start = bytes.readerIndex();
			int length = bytes.readableBytes();
			Channel target = opposite.channel();
			// The bytes go on first, so that recording them does not make them later
			target.writeAndFlush(bytes.retain());
			if (!target.isWritable()) {
				context.channel().config().setAutoRead(false);
			}
			this.cutter.add(bytes, start, length);
		}
		finally {
			bytes.release();
		}
	}

	@Override
	public void channelWritabilityChanged(ChannelHandlerContext context) {
		if (this.opposite != null) {
			this.opposite.channel().config().setAutoRead(context.channel().isWritable());
		}
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext context, Object event) {
		if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
			endInput();
		}
	}

	/** Close the output of the other side once it has all bytes. */
	private void endInput() {
		TapDirection opposite = this.opposite;
		if (opposite == null || this.inputEnded) {
			return;
		}
		this.inputEnded = true;
		Channel target = opposite.channel();
		target.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener((written) -> {
			SslHandler tls = target.pipeline().get(SslHandler.class);
			if (tls != null) {
				tls.closeOutbound().addListener((closed) -> endOutput(target));
			}
			else {
				endOutput(target);
			}
		});
	}

	private void endOutput(Channel target) {
		this.passed = true;
		if (this.opposite != null && this.opposite.passed) {
			target.close();
			channel().close();
		}
		else if (target instanceof DuplexChannel duplex && target.isActive()) {
			duplex.shutdownOutput();
		}
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		// A reset, mostly, which the other side gets, too
		this.failed = true;
		context.close();
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) {
		this.cutter.end();
		TapDirection opposite = this.opposite;
		if (opposite != null && opposite.channel().isActive()) {
			if (this.failed || (context.channel() instanceof SocketChannel && !(this.passed && opposite.passed))) {
				reset(opposite.channel());
			}
			else {
				// Netty has no half-closed UNIX sockets: the end of their input is their
				// end
				opposite.channel().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
			}
		}
	}

	/**
	 * Close a connection at once. A TCP peer gets a reset, as from an agent that does not
	 * listen.
	 * @param channel the channel
	 */
	static void reset(Channel channel) {
		if (channel instanceof SocketChannel tcp) {
			try {
				tcp.config().setSoLinger(0);
			}
			catch (ChannelException ex) {
				// Closed already
			}
		}
		channel.close();
	}

}
