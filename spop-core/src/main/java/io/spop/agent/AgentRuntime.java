package io.spop.agent;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import reactor.netty.NettyPipeline;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpServer;

/**
 * What the connections of one agent share. Safe to use by any thread.
 *
 * @param settings the agent's settings
 * @param loops the event loops
 * @param limiter keeps log lines down that peers or handlers can cause
 * @param connections the connections that are open
 * @param warnedOfLargeAck whether the one warning of ACKs that are too large for
 * pipelining has been logged
 * @param lateResults counts results that came after their frames were answered
 * @param stopping set when the agent begins to stop: health checks fail from then on
 * @param eventLoopIos what the connections of each event loop share
 * @param draining set when connections are to be closed, those that open later included
 */
record AgentRuntime(SpopAgent.Settings settings, LoopResources loops, LogLimiter limiter,
		Set<AgentConnection> connections, AtomicBoolean warnedOfLargeAck, LongAdder lateResults, AtomicBoolean stopping,
		AtomicBoolean draining, Map<EventLoop, EventLoopIo> eventLoopIos) {

	AgentRuntime(SpopAgent.Settings settings, LoopResources loops) {
		this(settings, loops, new LogLimiter(), ConcurrentHashMap.newKeySet(), new AtomicBoolean(), new LongAdder(),
				new AtomicBoolean(), new AtomicBoolean(), new ConcurrentHashMap<>());
	}

	boolean isStopping() {
		return this.stopping.get();
	}

	boolean isDraining() {
		return this.draining.get();
	}

	/**
	 * Return a server whose connections speak SPOP, without an address yet.
	 */
	TcpServer server(SpopListener listener) {
		WriteBufferWaterMark waterMark = new WriteBufferWaterMark(Math.max(1, this.settings.highWaterMark / 2),
				this.settings.highWaterMark);
		Map<EventLoop, SpopMetricsRecorder> recorders = new ConcurrentHashMap<>();
		return TcpServer.create()
			.runOn(this.loops)
			.option(ChannelOption.SO_BACKLOG, this.settings.backlog)
			.childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, waterMark)
			.doOnChannelInit((observer, channel, remoteAddress) -> {
				EventLoop loop = channel.eventLoop();
				EventLoopIo io = this.eventLoopIos.computeIfAbsent(loop, EventLoopIo::new);
				if (!listener.isTls()) {
					// TLS keeps what it has read until a record is whole
					channel.config().setRecvByteBufAllocator(io);
				}
				channel.pipeline()
					.addBefore(NettyPipeline.ReactiveBridge, "spop",
							new AgentConnection(this, listener.name(), recorder(listener.name(), loop, recorders), io));
			});
	}

	private SpopMetricsRecorder recorder(String listener, EventLoop loop,
			Map<EventLoop, SpopMetricsRecorder> recorders) {
		return recorders.computeIfAbsent(loop, (key) -> this.settings.metricsRecorder.apply(listener));
	}

	void opened(AgentConnection connection) {
		this.connections.add(connection);
	}

	void closed(AgentConnection connection) {
		this.connections.remove(connection);
	}

}
