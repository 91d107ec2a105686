package io.spop.agent;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.spop.agent.SpopMetricsRecorder.Limit;
import org.jspecify.annotations.Nullable;
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

	private final AgentRuntime agent;

	private @Nullable SpopMetricsRecorder recorder;

	private int connections;

	ConnectionLimiter(String listener, int maxConnections, AgentRuntime agent) {
		this.listener = listener;
		this.maxConnections = maxConnections;
		this.agent = agent;
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
		this.connections++;
		if (this.connections == this.maxConnections) {
			context.channel().config().setAutoRead(false);
			if (this.recorder == null) {
				this.recorder = this.agent.settings().metricsRecorder.apply(this.listener);
			}
			this.recorder.limitReached(Limit.MAX_CONNECTIONS);
			String more = this.agent.limiter().permit(this);
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
