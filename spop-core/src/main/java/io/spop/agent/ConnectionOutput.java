package io.spop.agent;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Frame;
import org.jspecify.annotations.Nullable;

/**
 * The output of one connection, which collects frames on the heap until the next flush.
 * Only the event loop of the connection uses it, except for {@link #frames()}.
 */
final class ConnectionOutput {

	/**
	 * The largest write, in bytes. If 16384 bytes or more arrive at once, they fill the
	 * receive buffer of HAProxy since 3.1, which then never reads from the connection
	 * again.
	 */
	private static final int MAX_WRITE = 16383;

	/** How long the peer has for closing its side of the connection. */
	private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(1);

	private static final int INITIAL_SIZE = 256;

	/** The largest buffer, in bytes, that is kept. */
	private static final int MAX_KEPT_SIZE = 1024;

	private final SpopCodec codec;

	private final SpopMetricsRecorder recorder;

	private final EventLoopIo io;

	private @Nullable ChannelHandlerContext context;

	private @Nullable ByteBuf gathered;

	/** Set while this output is in the queue of the event loop. */
	private boolean queued;

	private boolean closed;

	/** Closes the connection if the peer does not close its side. */
	private @Nullable Future<?> closeTimer;

	/** The number of frames. Only the event loop writes it, any thread reads it. */
	private final AtomicLong frames = new AtomicLong();

	ConnectionOutput(SpopCodec codec, SpopMetricsRecorder recorder, EventLoopIo io) {
		this.codec = codec;
		this.recorder = recorder;
		this.io = io;
	}

	/**
	 * Set the channel to write to.
	 */
	void attach(ChannelHandlerContext context) {
		this.context = context;
	}

	private ChannelHandlerContext context() {
		return Objects.requireNonNull(this.context, "Not in a pipeline yet");
	}

	/**
	 * Append a frame to those that wait for the next flush.
	 * @param frame the frame
	 * @return the number of bytes of the frame
	 * @throws io.spop.protocol.SpopProtocolException if the frame is too large
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
	 * Return the number of frames that were written. Any thread may call this.
	 */
	long frames() {
		return this.frames.getOpaque();
	}

	/**
	 * Take the given number of the collected bytes.
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
	 * Write the collected frames.
	 */
	void flush() {
		ByteBuf out = this.gathered;
		if (out != null && out.isReadable() && !this.closed) {
			context().writeAndFlush(take(out.readableBytes()), context().voidPromise());
		}
	}

	/**
	 * Write the collected frames after the other tasks of the event loop.
	 */
	void flushSoon() {
		if (!this.queued) {
			this.queued = true;
			this.io.flushSoon(this);
		}
	}

	/**
	 * Write the collected frames. The event loop calls this when this output is next in
	 * its queue.
	 */
	void flushQueued() {
		this.queued = false;
		try {
			flush();
		}
		catch (Throwable ex) {
			// A failure must not stop the outputs behind this one in the queue
			context().pipeline().fireExceptionCaught(ex);
		}
	}

	/**
	 * Write the collected frames as the last ones, and close this side of the connection.
	 * @param close closes the connection: called if the write fails, or if the peer does
	 * not close its side in time
	 */
	void end(Runnable close) {
		if (this.closed) {
			return;
		}
		ByteBuf out = this.gathered;
		this.closed = true;
		this.closeTimer = this.io.eventLoop().schedule(close, CLOSE_NANOS, TimeUnit.NANOSECONDS);
		ChannelFuture written = (out != null && out.isReadable()) ? context().writeAndFlush(take(out.readableBytes()))
				: context().newSucceededFuture();
		written.addListener((ChannelFuture future) -> {
			if (future.isSuccess() && future.channel() instanceof DuplexChannel channel) {
				shutdownOutput(channel);
			}
			else {
				close.run();
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
	 * Stop writing, because the connection has closed.
	 */
	void close() {
		this.closed = true;
		this.gathered = null;
		if (this.closeTimer != null) {
			this.closeTimer.cancel(false);
		}
	}

}
