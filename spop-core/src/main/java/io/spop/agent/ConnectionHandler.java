package io.spop.agent;

import java.io.IOException;

import javax.net.ssl.SSLException;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;

/**
 * Netty's handler of one connection. It passes the events of the channel to the
 * connection, and distinguishes three kinds of failures: TLS failed, the peer has closed
 * the connection, or the agent has a fault.
 */
final class ConnectionHandler extends ChannelInboundHandlerAdapter {

	private final AgentConnection connection;

	ConnectionHandler(AgentConnection connection) {
		this.connection = connection;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext context) {
		this.connection.attach(context);
	}

	@Override
	public void channelActive(ChannelHandlerContext context) throws Exception {
		this.connection.opened();
		super.channelActive(context);
		// Reactor Netty reads on demand only
		context.channel().config().setAutoRead(true);
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) throws Exception {
		this.connection.closed();
		super.channelInactive(context);
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		ByteBuf in = (ByteBuf) message;
		try {
			this.connection.read(in);
		}
		finally {
			in.release();
		}
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext context) {
		this.connection.readComplete();
		context.fireChannelReadComplete();
	}

	@Override
	public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
		this.connection.writabilityChanged();
		super.channelWritabilityChanged(context);
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
		if (event instanceof SslHandshakeCompletionEvent handshake && handshake.cause() instanceof SSLException ex) {
			this.connection.tlsFailed(ex);
		}
		super.userEventTriggered(context, event);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		if (cause instanceof DecoderException && cause.getCause() instanceof SSLException ex) {
			this.connection.tlsFailed(ex);
		}
		else if (cause instanceof IOException ex) {
			// HAProxy ends health checks and idle connections by a reset
			this.connection.reset(ex);
		}
		else {
			this.connection.fail(cause);
		}
		context.close();
	}

}
