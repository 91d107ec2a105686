package io.spop.agent;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

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
 */
record AgentRuntime(SpopAgent.Settings settings, LoopResources loops, LogLimiter limiter,
		Set<AgentConnection> connections) {

	AgentRuntime(SpopAgent.Settings settings, LoopResources loops) {
		this(settings, loops, new LogLimiter(), ConcurrentHashMap.newKeySet());
	}

	/**
	 * Return a server whose connections speak SPOP, without an address yet.
	 */
	TcpServer server(String listener) {
		return TcpServer.create()
			.runOn(this.loops)
			.doOnChannelInit((observer, channel, remoteAddress) -> channel.pipeline()
				.addBefore(NettyPipeline.ReactiveBridge, "spop", new AgentConnection(this, listener)));
	}

	void opened(AgentConnection connection) {
		this.connections.add(connection);
	}

	void closed(AgentConnection connection) {
		this.connections.remove(connection);
	}

}
