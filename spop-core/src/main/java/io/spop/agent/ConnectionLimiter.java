package io.spop.agent;

import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.spop.agent.SpopMetricsRecorder.Limit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Guard that stops a listener from accepting while the limit of connections is reached.
 * Connections that wait for their handshake count, too. The guard logs when the process
 * cannot accept connections. Only the event loop of the listener's channel uses it.
 */
final class ConnectionLimiter extends ChannelInboundHandlerAdapter {

	/** The number of connections beyond the limit: health checks and waiting ones. */
	private static final int MAX_WAITING = 1024;

	private static final Logger logger = LoggerFactory.getLogger(ConnectionLimiter.class);

	private final String listener;

	private final AgentRuntime agent;

	private final long max;

	private SpopMetricsRecorder recorder = SpopMetricsRecorder.noop();

	private long connections;

	ConnectionLimiter(String listener, AgentRuntime agent) {
		this.listener = listener;
		this.agent = agent;
		this.max = (long) agent.settings().maxConnections + MAX_WAITING;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext context) {
		// This runs on the event loop that the recorder is for
		this.recorder = this.agent.recorder(this.listener);
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
		this.connections++;
		if (this.connections >= this.max) {
			context.channel().config().setAutoRead(false);
			this.recorder.limitReached(Limit.MAX_CONNECTIONS);
			warn("Listener '{}' has {} connections, most of which wait for their handshake, and accepts no more until"
					+ " one closes{}", this.connections);
		}
		((Channel) message).closeFuture().addListener((closed) -> onEventLoop(context));
		super.channelRead(context, message);
	}

	private void onEventLoop(ChannelHandlerContext context) {
		try {
			context.executor().execute(() -> closed(context));
		}
		catch (RejectedExecutionException ex) {
			// The agent has stopped and accepts no more connections
		}
	}

	private void closed(ChannelHandlerContext context) {
		this.connections--;
		context.channel().config().setAutoRead(true);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) throws Exception {
		try {
			if (cause instanceof IOException) {
				this.recorder.limitReached(Limit.OPEN_FILES);
				warn("Listener '{}' cannot accept connections: {}. It tries again each second. If no file descriptors are"
						+ " left, raise the limit of the process (ulimit -n, LimitNOFILE){}",
						String.valueOf(cause.getMessage()));
			}
		}
		finally {
			// The next handler waits a second. Without file descriptors, a class may be
			// impossible to load
			super.exceptionCaught(context, cause);
		}
	}

	private void warn(String text, Object what) {
		String more = this.agent.limiter().permit(text + this.listener);
		if (more != null) {
			LogQueue.write(() -> logger.warn(text, this.listener, what, more));
		}
	}

}
