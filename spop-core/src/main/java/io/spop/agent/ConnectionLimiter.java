package io.spop.agent;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops a listener from accepting while it has as many connections as it may have.
 * Belongs to the event loop of the listener's channel.
 */
final class ConnectionLimiter extends ChannelInboundHandlerAdapter {

	private static final Logger logger = LoggerFactory.getLogger(ConnectionLimiter.class);

	private final String listener;

	private final int maxConnections;

	private final LogLimiter limiter;

	private int connections;

	ConnectionLimiter(String listener, int maxConnections, LogLimiter limiter) {
		this.listener = listener;
		this.maxConnections = maxConnections;
		this.limiter = limiter;
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
		this.connections++;
		if (this.connections == this.maxConnections) {
			context.channel().config().setAutoRead(false);
			String more = this.limiter.permit(this);
			if (more != null) {
				logger.warn("Listener '{}' has {} connections and accepts no more until one closes{}", this.listener,
						this.maxConnections, more);
			}
		}
		((Channel) message).closeFuture().addListener((closed) -> context.executor().execute(() -> closed(context)));
		super.channelRead(context, message);
	}

	private void closed(ChannelHandlerContext context) {
		this.connections--;
		context.channel().config().setAutoRead(true);
	}

}
