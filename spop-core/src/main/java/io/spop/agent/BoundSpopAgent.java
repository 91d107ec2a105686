package io.spop.agent;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Exceptions;
import reactor.netty.DisposableServer;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpServer;

/**
 * An agent whose listeners are open. Safe to use by any thread, but not to be stopped by
 * one of its own event loops.
 *
 * @since 0.1.0
 */
public final class BoundSpopAgent implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(BoundSpopAgent.class);

	private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(5);

	private final AgentRuntime runtime;

	private final Map<String, DisposableServer> servers = new LinkedHashMap<>();

	private final AtomicBoolean stopped = new AtomicBoolean();

	private BoundSpopAgent(AgentRuntime runtime) {
		this.runtime = runtime;
	}

	static BoundSpopAgent bind(SpopAgent.Settings settings) {
		LoopResources loops = LoopResources.create("spop", settings.eventLoops, false);
		BoundSpopAgent agent = new BoundSpopAgent(new AgentRuntime(settings, loops));
		try {
			Warmup.run(settings, loops);
			settings.listeners.values().forEach(agent::open);
			return agent;
		}
		catch (RuntimeException ex) {
			agent.close();
			throw ex;
		}
	}

	private void open(SpopListener listener) {
		TcpServer server = this.runtime.server(listener.name()).bindAddress(listener::address);
		Path path = null;
		if (listener.address() instanceof UnixDomainSocketAddress address) {
			path = address.getPath();
			new UnixSocketFile(listener.name(), path).prepare();
			server = server.runOn(new UnixSocketLoopResources(this.runtime.loops()), false)
				.option(ChannelOption.SO_REUSEADDR, null)
				.childOption(ChannelOption.TCP_NODELAY, null);
		}
		int maxConnections = this.runtime.settings().maxConnections;
		if (maxConnections < Integer.MAX_VALUE) {
			// One by one, to stop at the limit, and none before they are counted
			server = server
				.option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(1).maxMessagesPerRead(1))
				.option(ChannelOption.AUTO_READ, false)
				.doOnBound((bound) -> {
					bound.channel()
						.pipeline()
						.addFirst(new ConnectionLimiter(listener.name(), maxConnections, this.runtime.limiter()));
					bound.channel().config().setAutoRead(true);
				});
		}
		try {
			this.servers.put(listener.name(), server.bindNow());
			if (path != null && !listener.permissions().isEmpty()) {
				Files.setPosixFilePermissions(path, listener.permissions());
			}
		}
		catch (RuntimeException | IOException ex) {
			throw failure(listener, ex);
		}
		logger.info("SPOP listener '{}' on {}", listener.name(), text(address(listener.name())));
	}

	private static SpopBindException failure(SpopListener listener, Exception ex) {
		Throwable cause = Exceptions.unwrap(ex);
		while (cause.getCause() != null && !(cause instanceof BindException)) {
			cause = cause.getCause();
		}
		String name = listener.name();
		String where = text(listener.address());
		String message = String.valueOf(cause.getMessage());
		if (cause instanceof UnknownHostException
				|| (listener.address() instanceof InetSocketAddress address && address.isUnresolved())) {
			return new SpopBindException(name, "The address of " + where + " cannot be resolved.",
					"Set an address of this machine.", ex);
		}
		if (message.contains("already in use")) {
			return new SpopBindException(name, where + " is already in use.",
					"Stop the process that listens there, or set another port.", ex);
		}
		if (message.contains("ermission denied")) {
			return new SpopBindException(name, "This process has no permission to listen on " + where + ".",
					(listener.address() instanceof InetSocketAddress) ? "Use a port above 1023, or allow it."
							: "Make the folder of the socket writable for this process, or set another path.",
					ex);
		}
		if (message.contains("assign requested address")) {
			return new SpopBindException(name, where + " is no address of this machine.",
					"Set an address of this machine, or 0.0.0.0 for all of them.", ex);
		}
		return new SpopBindException(name, where + " cannot be bound: " + cause + ".",
				"Check the address and the permissions.", ex);
	}

	private static String text(SocketAddress address) {
		if (address instanceof InetSocketAddress inet) {
			String host = (inet.isUnresolved()) ? inet.getHostString() : inet.getAddress().getHostAddress();
			return (host.contains(":") ? "[" + host + "]" : host) + ":" + inet.getPort();
		}
		return address.toString();
	}

	/**
	 * Return the port of the first TCP listener.
	 * @return the port
	 * @throws IllegalStateException if there is no TCP listener
	 */
	public int port() {
		for (DisposableServer server : this.servers.values()) {
			if (server.channel().localAddress() instanceof InetSocketAddress address) {
				return address.getPort();
			}
		}
		throw new IllegalStateException("The agent has no TCP listener");
	}

	/**
	 * Return where a listener listens.
	 * @param listener its name
	 * @return its address, with the port that the system chose
	 * @throws IllegalArgumentException if there is no listener of this name
	 */
	public SocketAddress address(String listener) {
		return server(listener).channel().localAddress();
	}

	private DisposableServer server(String listener) {
		DisposableServer server = this.servers.get(listener);
		if (server == null) {
			throw new IllegalArgumentException("No listener '" + listener + "', there are " + this.servers.keySet());
		}
		return server;
	}

	/**
	 * Return the connections that are open now.
	 * @return the connections, in no particular order
	 */
	public List<SpopConnection> connections() {
		return List.copyOf(this.runtime.connections());
	}

	/**
	 * Return the names of the listeners.
	 * @return the names in the order of the listeners
	 */
	public List<String> listeners() {
		return List.copyOf(this.servers.keySet());
	}

	/**
	 * Return what a listener does.
	 * @param listener its name
	 * @return whether it accepts connections
	 * @throws IllegalArgumentException if there is no listener of this name
	 */
	public boolean isListening(String listener) {
		return server(listener).channel().isActive();
	}

	/**
	 * Return whether the agent was told to stop. Its listeners then close, and frames in
	 * flight are answered.
	 * @return whether it stops or has stopped
	 */
	public boolean isStopping() {
		return this.stopped.get();
	}

	/**
	 * Return how many results were dropped because they came after the fallback had been
	 * answered in their place, or after their connection had closed. What stops when it
	 * is cancelled has no result.
	 * @return the number since the agent was bound
	 */
	public long lateResults() {
		return this.runtime.lateResults().sum();
	}

	/**
	 * Stop the agent: close the listeners, then each connection once its frames in flight
	 * are answered, at the latest after the given time. Blocks until all is closed.
	 * Calling it again does nothing.
	 * @param grace how long to wait for frames in flight; zero does not wait
	 */
	public void stop(Duration grace) {
		if (!this.stopped.compareAndSet(false, true)) {
			return;
		}
		long deadline = System.nanoTime() + grace.toNanos();
		this.servers.forEach((name, server) -> {
			server.dispose();
			server.channel().closeFuture().awaitUninterruptibly(SHUTDOWN_TIMEOUT.toMillis());
			logger.info("SPOP listener '{}' closed", name);
		});
		for (AgentConnection connection : this.runtime.connections()) {
			connection.eventLoop().execute(connection::drain);
		}
		for (AgentConnection connection : this.runtime.connections()) {
			connection.channel().closeFuture().awaitUninterruptibly(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
		}
		for (AgentConnection connection : this.runtime.connections()) {
			connection.eventLoop().execute(() -> connection.close(SpopMetricsRecorder.CloseReason.SHUTDOWN));
			connection.channel().closeFuture().awaitUninterruptibly(SHUTDOWN_TIMEOUT.toMillis());
		}
		// Not block(), which Reactor's own threads may not call
		this.runtime.loops().disposeLater(Duration.ZERO, SHUTDOWN_TIMEOUT).toFuture().join();
	}

	/**
	 * Stop the agent without waiting for frames in flight.
	 */
	@Override
	public void close() {
		stop(Duration.ZERO);
	}

}
