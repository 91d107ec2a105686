package io.spop.agent;

import java.time.Duration;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * Event loops with which Reactor Netty listens on UNIX sockets of the JDK. Without this
 * class, Reactor Netty needs a native transport for UNIX sockets.
 */
final class UnixSocketLoopResources implements LoopResources {

	private final LoopResources loops;

	UnixSocketLoopResources(LoopResources loops) {
		this.loops = loops;
	}

	@Override
	public EventLoopGroup onServer(boolean useNative) {
		return this.loops.onServer(false);
	}

	@Override
	public EventLoopGroup onServerSelect(boolean useNative) {
		return this.loops.onServerSelect(false);
	}

	@Override
	public <C extends Channel> C onChannel(Class<C> channelType, EventLoopGroup group) {
		if (channelType == ServerSocketChannel.class) {
			@SuppressWarnings("unchecked")
			C channel = (C) new NioServerDomainSocketChannel();
			return channel;
		}
		return this.loops.onChannel(channelType, group);
	}

	@Override
	public Mono<Void> disposeLater(Duration quietPeriod, Duration timeout) {
		return this.loops.disposeLater(quietPeriod, timeout);
	}

	@Override
	public boolean isDisposed() {
		return this.loops.isDisposed();
	}

	@Override
	public void dispose() {
		this.loops.dispose();
	}

}
