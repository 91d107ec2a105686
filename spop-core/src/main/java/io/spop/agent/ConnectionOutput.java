package io.spop.agent;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Frame;
import org.jspecify.annotations.Nullable;

/**
 * The frames of one connection that are to be written, gathered on the heap until the
 * next flush. Belongs to the event loop of the connection, but for {@link #frames()}.
 */
final class ConnectionOutput {

	/**
	 * The largest write. HAProxy since 3.1 never again reads from a connection on which
	 * 16,384 bytes or more arrive at once, since they fill its receive buffer.
	 */
	private static final int MAX_WRITE = 16383;

	private static final int INITIAL_SIZE = 256;

	/** A larger buffer is not kept. */
	private static final int MAX_KEPT_SIZE = 1024;

	private final SpopCodec codec;

	private final SpopMetricsRecorder recorder;

	private final EventLoopIo io;

	private @Nullable ChannelHandlerContext context;

	private @Nullable ByteBuf gathered;

	/** Set while it waits for the event loop to have it written. */
	private boolean queued;

	private boolean closed;

	/** Written by the event loop alone, read by any thread. */
	private final AtomicLong frames = new AtomicLong();

	ConnectionOutput(SpopCodec codec, SpopMetricsRecorder recorder, EventLoopIo io) {
		this.codec = codec;
		this.recorder = recorder;
		this.io = io;
	}

	/**
	 * Begin to write to a channel.
	 */
	void attach(ChannelHandlerContext context) {
		this.context = context;
	}

	private ChannelHandlerContext context() {
		return Objects.requireNonNull(this.context, "Not in a pipeline yet");
	}

	/**
	 * Put a frame behind those that wait for the next flush.
	 * @param frame the frame
	 * @return its number of bytes
	 * @throws io.spop.protocol.SpopProtocolException if it is too large
	 */
	int write(Frame frame) {
		ByteBuf out = this.gathered;
		if (out == null) {
			out = Unpooled.buffer(INITIAL_SIZE);
			this.gathered = out;
		}
		int before = out.readableBytes();
		this.codec.encode(frame, out);
		int size = out.readableBytes() - before;
		this.frames.lazySet(this.frames.getPlain() + 1);
		this.recorder.frameSent(Objects.requireNonNull(frame.type(), "type"), size);
		if (before > 0 && before + size > MAX_WRITE) {
			context().writeAndFlush(take(before), context().voidPromise());
		}
		return size;
	}

	boolean isEmpty() {
		return this.gathered == null || !this.gathered.isReadable();
	}

	/**
	 * Return how many frames were written. Any thread may call this.
	 */
	long frames() {
		return this.frames.getOpaque();
	}

	/**
	 * Take so many of the bytes that wait for a flush.
	 */
	private ByteBuf take(int size) {
		ByteBuf out = Objects.requireNonNull(this.gathered);
		ByteBuf taken = this.io.writeBuffer(size, context().alloc());
		taken.writeBytes(out, size);
		out.discardReadBytes();
		if (!out.isReadable() && out.capacity() > MAX_KEPT_SIZE) {
			this.gathered = null;
		}
		return taken;
	}

	/**
	 * Write what has been gathered.
	 */
	void flush() {
		ByteBuf out = this.gathered;
		if (out != null && out.isReadable() && !this.closed) {
			context().writeAndFlush(take(out.readableBytes()), context().voidPromise());
		}
	}

	/**
	 * Write what has been gathered once the event loop has done what it has to do.
	 */
	void flushSoon() {
		if (!this.queued) {
			this.queued = true;
			this.io.flushSoon(this);
		}
	}

	/**
	 * Write what has been gathered, since its turn has come.
	 */
	void flushQueued() {
		this.queued = false;
		try {
			flush();
		}
		catch (Throwable ex) {
			// Others wait behind this one
			context().pipeline().fireExceptionCaught(ex);
		}
	}

	/**
	 * Write what has been gathered as the last thing, and close this side of the
	 * connection.
	 * @param failed called if that is not possible
	 */
	void end(Runnable failed) {
		ByteBuf out = this.gathered;
		this.closed = true;
		ChannelFuture written = (out != null && out.isReadable()) ? context().writeAndFlush(take(out.readableBytes()))
				: context().newSucceededFuture();
		written.addListener((ChannelFuture future) -> {
			if (future.isSuccess() && future.channel() instanceof DuplexChannel channel) {
				shutdownOutput(channel);
			}
			else {
				failed.run();
			}
		});
	}

	private static void shutdownOutput(DuplexChannel channel) {
		SslHandler tls = channel.pipeline().get(SslHandler.class);
		if (tls != null) {
			tls.closeOutbound().addListener((closed) -> channel.shutdownOutput());
		}
		else {
			channel.shutdownOutput();
		}
	}

	/**
	 * Write nothing more.
	 */
	void close() {
		this.closed = true;
		this.gathered = null;
	}

}
