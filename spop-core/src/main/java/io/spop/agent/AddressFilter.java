package io.spop.agent;

import java.net.InetSocketAddress;
import java.util.List;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ipfilter.IpFilterRule;
import io.spop.agent.SpopMetricsRecorder.CloseReason;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Filter that closes connections from addresses that a listener does not allow, before
 * anything is set up for them. Only the event loop of the listener's channel uses it.
 */
final class AddressFilter extends ChannelInboundHandlerAdapter {

	private static final Logger logger = LoggerFactory.getLogger(AddressFilter.class);

	private final AgentRuntime agent;

	private final String listener;

	private final List<IpFilterRule> allowed;

	private SpopMetricsRecorder recorder = SpopMetricsRecorder.noop();

	AddressFilter(AgentRuntime agent, String listener, List<IpFilterRule> allowed) {
		this.agent = agent;
		this.listener = listener;
		this.allowed = allowed;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext context) {
		// This runs on the event loop that the recorder is for
		this.recorder = this.agent.recorder(this.listener);
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
		Channel channel = (Channel) message;
		InetSocketAddress address = (InetSocketAddress) channel.remoteAddress();
		if (address != null && this.allowed.stream().anyMatch((rule) -> rule.matches(address))) {
			super.channelRead(context, message);
		}
		else {
			refuse(channel, address);
		}
	}

	private void refuse(Channel channel, @Nullable InetSocketAddress address) {
		// Not close(): the channel is not registered with an event loop yet
		channel.unsafe().closeForcibly();
		this.recorder.connectionOpened();
		this.recorder.connectionClosed(CloseReason.NOT_ALLOWED);
		String more = this.agent.limiter().permit(this);
		if (more != null) {
			LogQueue.write(() -> logger.warn(
					"Listener '{}' closed a connection from {}: the listener does not allow this address{}",
					this.listener, address, more));
		}
	}

}
