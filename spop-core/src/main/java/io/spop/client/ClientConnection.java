package io.spop.client;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopProtocolException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;

/**
 * The client's end of a connection. All of it belongs to the event loop of the channel.
 */
final class ClientConnection extends ByteToMessageDecoder {

	private static final int MAX_HELLO_SIZE = 16380;

	private final Frame.HaproxyHello hello;

	private final MonoSink<SpopClient> handshake;

	private final SpopCodec codec;

	private final Map<Long, MonoSink<Actions>> waiting = new HashMap<>();

	private final Sinks.One<Frame.AgentDisconnect> disconnected = Sinks.one();

	private volatile @Nullable ChannelHandlerContext context;

	/** HAProxy since 3.1 counts 1, 3, 5. */
	private long nextStreamId = 1;

	private @Nullable RuntimeException end;

	ClientConnection(Frame.HaproxyHello hello, MonoSink<SpopClient> handshake) {
		this.hello = hello;
		this.handshake = handshake;
		this.codec = new SpopCodec((int) Math.max(MAX_HELLO_SIZE, hello.maxFrameSize()));
	}

	@Override
	public void handlerAdded(ChannelHandlerContext context) {
		this.context = context;
	}

	@Override
	public void channelActive(ChannelHandlerContext context) throws Exception {
		write(this.hello);
		super.channelActive(context);
	}

	@Override
	protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> unused) {
		try {
			Frame frame = this.codec.decode(in);
			if (frame instanceof Frame.AgentHello agentHello) {
				this.codec.maxFrameSize(agentHello.maxFrameSize());
				this.handshake.success(new SpopClient(this, agentHello));
			}
			else if (frame instanceof Frame.Ack ack) {
				MonoSink<Actions> sink = (ack.frameId() == 1) ? this.waiting.remove(ack.streamId()) : null;
				if (sink != null) {
					sink.success(ack.actions());
				}
			}
			else if (frame instanceof Frame.AgentDisconnect disconnect) {
				this.end = new SpopDisconnectException(disconnect.statusCode(),
						"AGENT-DISCONNECT " + disconnect.statusCode() + ": " + disconnect.message());
				this.disconnected.tryEmitValue(disconnect);
				context.close();
			}
		}
		catch (SpopProtocolException ex) {
			in.skipBytes(in.readableBytes());
			this.end = ex;
			context.close();
		}
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) throws Exception {
		super.channelInactive(context);
		RuntimeException end = this.end;
		if (end == null) {
			end = new SpopDisconnectException(-1, "The connection was closed");
			this.end = end;
		}
		this.handshake.error(end);
		this.disconnected.tryEmitError(end);
		List<MonoSink<Actions>> sinks = List.copyOf(this.waiting.values());
		this.waiting.clear();
		for (MonoSink<Actions> sink : sinks) {
			sink.error(end);
		}
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		if (this.end == null) {
			this.end = new SpopDisconnectException(-1, "The connection was closed: " + cause);
		}
		context.close();
	}

	void notify(List<NotifyMessage> messages, MonoSink<Actions> sink) {
		execute(() -> {
			if (this.end != null) {
				sink.error(this.end);
				return;
			}
			long streamId = this.nextStreamId;
			this.nextStreamId += 2;
			this.waiting.put(streamId, sink);
			try {
				write(new Frame.Notify(streamId, 1, messages));
			}
			catch (SpopProtocolException ex) {
				this.waiting.remove(streamId);
				sink.error(ex);
			}
		});
	}

	void send(Frame frame) {
		execute(() -> write(frame));
	}

	Mono<Frame.AgentDisconnect> onDisconnect() {
		return this.disconnected.asMono();
	}

	void close() {
		ChannelHandlerContext context = this.context;
		if (context != null) {
			context.close();
		}
	}

	private void execute(Runnable task) {
		ChannelHandlerContext context = this.context;
		if (context != null) {
			context.executor().execute(task);
		}
	}

	private void write(Frame frame) {
		ChannelHandlerContext context = this.context;
		if (context == null) {
			return;
		}
		ByteBuf out = context.alloc().ioBuffer();
		try {
			this.codec.encode(frame, out);
		}
		catch (RuntimeException ex) {
			out.release();
			throw ex;
		}
		context.writeAndFlush(out).addListener((ChannelFuture future) -> {
			if (!future.isSuccess()) {
				exceptionCaught(context, future.cause());
			}
		});
	}

}
