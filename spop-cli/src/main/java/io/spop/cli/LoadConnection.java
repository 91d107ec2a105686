package io.spop.cli;

import java.io.IOException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLException;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a {@link LoadWorker}. It decodes no more of an ACK than its
 * identifiers, and allocates no objects for a NOTIFY, so that it is faster than the
 * agent.
 */
final class LoadConnection extends ChannelInboundHandlerAdapter {

	private static final int PREFIX_LENGTH = Integer.BYTES;

	private static final int FIN = 1;

	/** The largest stream identifier of HAProxy, which has 31 bits. */
	private static final long MAX_STREAM_ID = 0x7FFF_FFFF;

	private static final int MAX_BUFFER = 64 * 1024;

	private final LoadWorker worker;

	private final LoadSettings settings;

	private final SpopCodec codec;

	private final InFlightTable inFlight;

	/** Set before anything is sent. */
	@SuppressWarnings("NullAway.Init")
	private ChannelHandlerContext context;

	private @Nullable Future<?> helloTimeout;

	/** The beginning of a frame whose end has not come yet. */
	private @Nullable ByteBuf incomplete;

	private @Nullable ByteBuf out;

	/** How many NOTIFYs may be without an ACK. */
	private int limit;

	private boolean opened;

	/** Whether the reason of the end is counted. */
	private boolean ended;

	/** Whether the worker has this connection among those that can send. */
	private boolean offered;

	private long nextStreamId = 1;

	/** The stream identifiers have begun again at 1. */
	private boolean wrapped;

	LoadConnection(LoadWorker worker, LoadSettings settings) {
		this.worker = worker;
		this.settings = settings;
		this.codec = new SpopCodec((int) settings.hello().maxFrameSize());
		this.inFlight = new InFlightTable(settings.inFlight());
	}

	InFlightTable inFlight() {
		return this.inFlight;
	}

	/** Return how many further NOTIFYs can be sent. */
	int free() {
		return this.ended ? 0 : this.limit - this.inFlight.size();
	}

	/** Return whether the worker has to add the connection to those that can send. */
	boolean offer() {
		boolean result = !this.offered;
		this.offered = true;
		return result;
	}

	/** Return whether the connection, the first of those that can send, still can. */
	boolean take() {
		this.offered = false;
		return free() > 0;
	}

	/**
	 * Write a NOTIFY, which {@link #flush} sends.
	 * @param payload the bytes behind the identifiers
	 * @param due when the NOTIFY is due
	 * @param now the current time
	 * @return whether the connection had nothing to flush before
	 */
	boolean append(byte[] payload, long due, long now) {
		long id = this.nextStreamId;
		if (id == MAX_STREAM_ID) {
			this.nextStreamId = 1;
			this.wrapped = true;
		}
		else {
			this.nextStreamId = id + 2;
		}
		this.inFlight.put(id, due, now);
		ByteBuf out = this.out;
		boolean first = out == null;
		if (out == null) {
			long expected = (free() + 1L) * (PREFIX_LENGTH + this.settings.messages().longestFrame());
			out = this.context.alloc().ioBuffer((int) Math.min(expected, MAX_BUFFER));
			this.out = out;
		}
		int start = out.writerIndex();
		out.writeInt(0).writeByte(FrameType.NOTIFY.code()).writeInt(FIN);
		writeVarint(out, id);
		out.writeByte(1).writeBytes(payload);
		out.setInt(start, out.writerIndex() - start - PREFIX_LENGTH);
		return first;
	}

	private static void writeVarint(ByteBuf out, long value) {
		if (value < 240) {
			out.writeByte((int) value);
			return;
		}
		out.writeByte((int) (value | 0xF0));
		long rest = (value - 240) >>> 4;
		while (rest >= 128) {
			out.writeByte((int) (rest | 0x80));
			rest = (rest - 128) >>> 7;
		}
		out.writeByte((int) rest);
	}

	/**
	 * Send what was written.
	 * @param now the current time
	 */
	void flush(long now) {
		ByteBuf out = this.out;
		if (out != null) {
			this.out = null;
			this.worker.bytesSent(out.readableBytes(), now);
			this.context.writeAndFlush(out, this.context.voidPromise());
		}
	}

	@Override
	public void handlerAdded(ChannelHandlerContext context) {
		this.context = context;
	}

	@Override
	public void channelActive(ChannelHandlerContext context) {
		this.helloTimeout = context.executor()
			.schedule(this::noHello, this.settings.timeout().toNanos(), TimeUnit.NANOSECONDS);
		if (context.pipeline().get(SslHandler.class) == null) {
			sendHello();
		}
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext context, Object event) {
		if (event instanceof SslHandshakeCompletionEvent tls) {
			if (tls.isSuccess()) {
				sendHello();
			}
			else {
				end(LoadProblem.FAILED, String.valueOf(tls.cause().getMessage()));
			}
		}
	}

	private void sendHello() {
		ByteBuf out = this.context.alloc().ioBuffer();
		this.codec.encode(this.settings.hello(), out);
		this.context.writeAndFlush(out, this.context.voidPromise());
	}

	private void noHello() {
		end(LoadProblem.NO_HELLO);
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		ByteBuf in = (ByteBuf) message;
		long now = System.nanoTime();
		this.worker.bytesReceived(in.readableBytes(), now);
		ByteBuf incomplete = this.incomplete;
		if (incomplete != null) {
			this.incomplete = null;
			incomplete.writeBytes(in);
			in.release();
			in = incomplete;
		}
		try {
			readFrames(in, now);
			if (in.isReadable() && !this.ended) {
				this.incomplete = context.alloc().buffer(2 * in.readableBytes()).writeBytes(in);
			}
		}
		catch (SpopProtocolException ex) {
			end(LoadProblem.INVALID, String.valueOf(ex.getMessage()));
		}
		finally {
			in.release();
		}
	}

	private void readFrames(ByteBuf in, long now) {
		while (in.readableBytes() >= PREFIX_LENGTH && !this.ended) {
			int start = in.readerIndex();
			long length = in.getUnsignedInt(start);
			if (length > this.codec.maxFrameSize() || length < LoadMessages.HEADER_LENGTH + 2 - PREFIX_LENGTH) {
				throw invalid("a frame with a length of " + length);
			}
			int end = start + PREFIX_LENGTH + (int) length;
			if (in.writerIndex() < end) {
				return;
			}
			if (this.opened && in.getByte(start + PREFIX_LENGTH) == FrameType.ACK.code()) {
				if ((in.getInt(start + PREFIX_LENGTH + 1) & FIN) == 0) {
					throw invalid("an ACK without the flag FIN");
				}
				in.skipBytes(LoadMessages.HEADER_LENGTH);
				long streamId = readVarint(in, end);
				long frameId = readVarint(in, end);
				ack(streamId, frameId, in.readerIndex() < end, now);
			}
			else {
				byte[] bytes = new byte[end - start];
				in.getBytes(start, bytes);
				received(this.codec.decode(bytes, 0, bytes.length));
			}
			in.readerIndex(end);
		}
	}

	private static long readVarint(ByteBuf in, int end) {
		int first = (in.readerIndex() < end) ? in.readUnsignedByte() : 0xFF;
		if (first < 240) {
			return first;
		}
		long value = first;
		for (int shift = 4; shift < Long.SIZE && in.readerIndex() < end; shift += 7) {
			int next = in.readUnsignedByte();
			value += (long) next << shift;
			if (next < 128) {
				return value;
			}
		}
		throw invalid("an ACK with an identifier that is cut off");
	}

	private static SpopProtocolException invalid(String what) {
		return new SpopProtocolException(StatusCode.INVALID_FRAME, "Invalid frame: " + what);
	}

	private void ack(long streamId, long frameId, boolean actions, long now) {
		long due = (frameId == 1) ? this.inFlight.remove(streamId) : InFlightTable.MISSING;
		if (due != InFlightTable.MISSING) {
			this.worker.answered(due, actions, now);
		}
		else {
			boolean sent = frameId == 1 && streamId > 0 && (streamId & 1) == 1
					&& (this.wrapped || streamId < this.nextStreamId);
			this.worker.counts()
				.problem(sent ? LoadProblem.LATE : LoadProblem.UNKNOWN, "stream-id " + Long.toUnsignedString(streamId)
						+ ", frame-id " + Long.toUnsignedString(frameId));
		}
	}

	private void received(Frame frame) {
		if (frame instanceof Frame.AgentDisconnect disconnect) {
			this.worker.counts().disconnects.merge(disconnect.statusCode(), 1L, Long::sum);
			end(LoadProblem.DISCONNECTED, disconnect.message());
		}
		else if (!this.opened) {
			if (!(frame instanceof Frame.AgentHello hello)) {
				throw invalid("not an AGENT-HELLO");
			}
			open(hello);
		}
	}

	private void open(Frame.AgentHello hello) {
		int size = (int) Math.min(hello.maxFrameSize(), this.settings.hello().maxFrameSize());
		int needed = this.settings.messages().longestFrame();
		if (needed > size) {
			end(LoadProblem.FAILED, "A NOTIFY of " + needed + " bytes does not fit into the max-frame-size of " + size
					+ " that the agent answered");
			return;
		}
		this.codec.maxFrameSize(size);
		boolean pipelining = hello.capabilities().contains(Capability.PIPELINING)
				&& this.settings.hello().capabilities().contains(Capability.PIPELINING);
		this.limit = pipelining ? this.settings.inFlight() : 1;
		this.opened = true;
		cancelHelloTimeout();
		this.worker.opened(this);
	}

	private void cancelHelloTimeout() {
		if (this.helloTimeout != null) {
			this.helloTimeout.cancel(false);
		}
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext context) {
		if (this.opened && !this.ended) {
			this.worker.allRead(this, System.nanoTime());
		}
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		if (cause instanceof IOException
				|| (cause instanceof DecoderException && cause.getCause() instanceof SSLException)) {
			end(LoadProblem.CLOSED, String.valueOf(cause.getMessage()));
		}
		else {
			this.worker.failed(cause);
			context.close();
		}
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) {
		end(LoadProblem.CLOSED);
		cancelHelloTimeout();
		release();
		this.inFlight.removeAll(this.worker::lost);
		this.worker.closed(this, this.opened);
	}

	private void release() {
		if (this.incomplete != null) {
			this.incomplete.release();
			this.incomplete = null;
		}
		if (this.out != null) {
			this.out.release();
			this.out = null;
		}
	}

	private void end(LoadProblem problem) {
		if (!this.ended) {
			this.ended = true;
			this.worker.counts().problem(problem);
			this.context.close();
		}
	}

	private void end(LoadProblem problem, String detail) {
		if (!this.ended) {
			this.worker.counts().details.putIfAbsent(problem, detail);
			end(problem);
		}
	}

	/** Close the connection at the end of the load. */
	void close() {
		this.ended = true;
		this.context.close();
	}

}
