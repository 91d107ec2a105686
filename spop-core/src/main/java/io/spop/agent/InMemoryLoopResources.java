package io.spop.agent;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.util.concurrent.FastThreadLocalThread;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.NonBlocking;
import reactor.netty.resources.LoopResources;

/**
 * Event loops with which Reactor Netty listens in memory. As with sockets, their threads
 * do not allow blocking.
 */
final class InMemoryLoopResources implements LoopResources {

	private final EventLoopGroup loops;

	InMemoryLoopResources(int eventLoops) {
		this.loops = new MultiThreadIoEventLoopGroup(eventLoops, InMemoryThread::new, LocalIoHandler.newFactory());
	}

	@Override
	public EventLoopGroup onServer(boolean useNative) {
		return this.loops;
	}

	@Override
	public <C extends Channel> C onChannel(Class<C> channelType, EventLoopGroup group) {
		if (channelType == ServerSocketChannel.class) {
			@SuppressWarnings("unchecked")
			C channel = (C) new LocalServerChannel();
			return channel;
		}
		throw new IllegalArgumentException("Nothing in memory is a " + channelType);
	}

	@Override
	public Mono<Void> disposeLater(Duration quietPeriod, Duration timeout) {
		return Mono
			.<Void>create((sink) -> this.loops
				.shutdownGracefully(quietPeriod.toNanos(), timeout.toNanos(), TimeUnit.NANOSECONDS)
				.addListener((future) -> sink.success()))
			.timeout(timeout);
	}

	@Override
	public boolean isDisposed() {
		return this.loops.isShuttingDown();
	}

	@Override
	public void dispose() {
		disposeLater().subscribe();
	}

	/**
	 * The thread of an event loop.
	 */
	private static final class InMemoryThread extends FastThreadLocalThread implements NonBlocking {

		InMemoryThread(Runnable task) {
			super(task, "spop-memory");
			setDaemon(true);
		}

	}

}
