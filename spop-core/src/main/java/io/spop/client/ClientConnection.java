package io.spop.client;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import javax.net.ssl.SSLException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopProtocolException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;

/**
 * The client's end of a connection. Only the event loop of the channel uses it.
 */
final class ClientConnection extends ByteToMessageDecoder {

	private static final int MAX_HELLO_SIZE = 16380;

	private static final int MAX_RECEIVED = 256;

	/** The length of the type, the flags and the longest identifiers. */
	private static final int MAX_HEADER_LENGTH = 25;

	/** The first bytes of an alert of TLS 1.2 or 1.3. */
	private static final int TLS_ALERT = 0x150303;

	private static final int HTTP = 0x48545450;

	private final Frame.@Nullable HaproxyHello hello;

	private final Sinks.One<SpopClient> handshake = Sinks.one();

	private final SpopCodec codec;

	private final Map<Long, MonoSink<Actions>> waiting = new HashMap<>();

	private final Sinks.One<Frame.AgentDisconnect> disconnected = Sinks.one();

	private final Sinks.Many<Frame> received = Sinks.many().replay().limit(MAX_RECEIVED);

	private volatile @Nullable ChannelHandlerContext context;

	private volatile String awaited = "connection";

	private boolean fragmentation;

	/** The next stream identifier: 1, 3, 5 and so on, as HAProxy since 3.1 counts. */
	private long nextStreamId = 1;

	private @Nullable RuntimeException end;

	/**
	 * Create a connection.
	 * @param hello the HELLO to send, or {@code null} if the user sends one
	 * @param maxFrameSize the largest frame to receive before the agent's HELLO, in bytes
	 */
	ClientConnection(Frame.@Nullable HaproxyHello hello, int maxFrameSize) {
		this.hello = hello;
		this.codec = new SpopCodec(Math.max(MAX_HELLO_SIZE, maxFrameSize));
	}

	@Override
	public void handlerAdded(ChannelHandlerContext context) {
		this.context = context;
	}

	@Override
	public void channelActive(ChannelHandlerContext context) throws Exception {
		if (context.pipeline().get(SslHandler.class) == null) {
			begin();
		}
		else {
			this.awaited = "TLS handshake";
		}
		super.channelActive(context);
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
		if (event instanceof SslHandshakeCompletionEvent tls) {
			if (tls.isSuccess()) {
				begin();
			}
			else {
				tlsFailed(tls.cause());
			}
		}
		super.userEventTriggered(context, event);
	}

	/**
	 * Return the client once the handshakes are done.
	 */
	Mono<SpopClient> handshake() {
		return this.handshake.asMono();
	}

	/**
	 * End the handshake with an error.
	 */
	void fail(Throwable error) {
		this.handshake.tryEmitError(error);
	}

	/**
	 * Return what the client waits for, in words.
	 */
	String awaited() {
		return this.awaited;
	}

	private void begin() {
		if (this.hello != null) {
			this.awaited = "AGENT-HELLO";
			write(this.hello);
		}
		else {
			this.handshake.tryEmitValue(new SpopClient(this, null));
		}
	}

	private void tlsFailed(Throwable cause) {
		if (this.end == null) {
			this.end = new SpopDisconnectException(-1, "TLS failed: " + cause.getMessage());
			fail(cause);
		}
	}

	@Override
	protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> unused) {
		try {
			Frame frame = this.codec.decode(in);
			if (frame == null) {
				return;
			}
			if (frame instanceof Frame.Ack ack && ack.frameId() == 1) {
				MonoSink<Actions> sink = this.waiting.remove(ack.streamId());
				if (sink != null) {
					sink.success(ack.actions());
					return;
				}
			}
			this.received.tryEmitNext(frame);
			if (frame instanceof Frame.AgentHello agentHello) {
				this.codec.maxFrameSize(agentHello.maxFrameSize());
				this.fragmentation = agentHello.capabilities().contains(Capability.FRAGMENTATION);
				this.handshake.tryEmitValue(new SpopClient(this, agentHello));
			}
			else if (frame instanceof Frame.AgentDisconnect disconnect) {
				this.end = new SpopDisconnectException(disconnect.statusCode(),
						"AGENT-DISCONNECT " + disconnect.statusCode() + ": " + disconnect.message());
				this.disconnected.tryEmitValue(disconnect);
				context.close();
			}
		}
		catch (SpopProtocolException ex) {
			String answer = strayAnswer(in);
			in.skipBytes(in.readableBytes());
			this.end = answer.isEmpty() ? ex : new SpopProtocolException(ex.status(), ex.getMessage() + answer);
			context.close();
		}
	}

	/**
	 * Guess the protocol of an answer that is not a frame. The bytes of a frame that is
	 * one are consumed before.
	 */
	private static String strayAnswer(ByteBuf in) {
		if (in.readerIndex() > 0 || in.readableBytes() < Integer.BYTES) {
			return "";
		}
		int first = in.getInt(0);
		if (first >>> 8 == TLS_ALERT) {
			return "; it looks like TLS: the agent expects a connection with TLS";
		}
		return (first == HTTP) ? "; it looks like an HTTP response" : "";
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) throws Exception {
		super.channelInactive(context);
		RuntimeException end = this.end;
		if (end == null) {
			end = new SpopDisconnectException(-1, "The connection was closed");
			this.end = end;
		}
		this.handshake.tryEmitError(end);
		this.disconnected.tryEmitError(end);
		this.received.tryEmitComplete();
		List<MonoSink<Actions>> sinks = List.copyOf(this.waiting.values());
		this.waiting.clear();
		for (MonoSink<Actions> sink : sinks) {
			sink.error(end);
		}
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		if (cause instanceof DecoderException && cause.getCause() instanceof SSLException tls) {
			// Such as an alert, after the handshake of TLS 1.3, about the certificate of
			// the client
			tlsFailed(tls);
		}
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
			catch (RuntimeException ex) {
				this.waiting.remove(streamId);
				sink.error(ex);
			}
		});
	}

	private void write(Frame.Notify notify) {
		try {
			write((Frame) notify);
		}
		catch (SpopProtocolException ex) {
			if (!this.fragmentation) {
				throw ex;
			}
			writeFragments(notify);
		}
	}

	private void writeFragments(Frame.Notify notify) {
		SpopCodec unlimited = new SpopCodec(Integer.MAX_VALUE);
		ByteBuf whole = Unpooled.buffer();
		unlimited.encode(new Frame.Notify(notify.streamId(), notify.frameId()), whole);
		int header = whole.readableBytes();
		unlimited.encode(notify, whole.clear());
		whole.skipBytes(header);
		FrameType type = FrameType.NOTIFY;
		while (whole.isReadable()) {
			byte[] piece = new byte[Math.min(whole.readableBytes(), this.codec.maxFrameSize() - MAX_HEADER_LENGTH)];
			whole.readBytes(piece);
			write(new Frame.Fragment(type, notify.streamId(), notify.frameId(), !whole.isReadable(), false, piece));
			type = FrameType.UNSET;
		}
	}

	void send(Frame frame, MonoSink<Void> sink) {
		execute(() -> {
			try {
				complete(write(frame), sink);
			}
			catch (RuntimeException ex) {
				sink.error(ex);
			}
		});
	}

	void send(byte[] bytes, MonoSink<Void> sink) {
		execute(() -> complete(context().writeAndFlush(Unpooled.copiedBuffer(bytes)), sink));
	}

	private static void complete(ChannelFuture written, MonoSink<Void> sink) {
		written.addListener((future) -> {
			if (future.isSuccess()) {
				sink.success();
			}
			else {
				sink.error(future.cause());
			}
		});
	}

	Flux<Frame> received() {
		return this.received.asFlux();
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
		context().executor().execute(task);
	}

	private ChannelHandlerContext context() {
		ChannelHandlerContext context = this.context;
		if (context == null) {
			throw new IllegalStateException("Not connected");
		}
		return context;
	}

	private ChannelFuture write(Frame frame) {
		ChannelHandlerContext context = context();
		ByteBuf out = context.alloc().ioBuffer();
		try {
			this.codec.encode(frame, out);
		}
		catch (RuntimeException ex) {
			out.release();
			throw ex;
		}
		return context.writeAndFlush(out).addListener((ChannelFuture future) -> {
			if (!future.isSuccess()) {
				exceptionCaught(context, future.cause());
			}
		});
	}

}
