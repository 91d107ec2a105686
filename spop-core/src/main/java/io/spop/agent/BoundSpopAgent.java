package io.spop.agent;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import io.netty.channel.Channel;
import io.spop.agent.SpopMetricsRecorder.CloseReason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.resources.LoopResources;

/**
 * An agent whose listeners are open. Safe to use by any thread.
 *
 * @since 0.1.0
 */
public final class BoundSpopAgent implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(BoundSpopAgent.class);

	/**
	 * The part of the time to stop that is reserved for closing by force. It is needed
	 * only if a handler blocks an event loop.
	 */
	private static final long FORCE_NANOS = TimeUnit.SECONDS.toNanos(2);

	/** The time that the log may take for the last lines. */
	private static final long LOG_MILLIS = 1000;

	/** The number of checks for findings within {@link AgentSettings#patience}. */
	private static final int LOOKS = 10;

	private final AgentRuntime runtime;

	private final Map<String, ListenerTransport> transports = new LinkedHashMap<>();

	private final EventLoopWatch loops;

	/** Only the thread of the watch uses it. */
	private boolean toldOfFailure;

	private BoundSpopAgent(AgentRuntime runtime) {
		this.runtime = runtime;
		this.loops = new EventLoopWatch(runtime::isStopping, this::eventLoopEnded);
	}

	static BoundSpopAgent bind(AgentSettings settings) {
		LoopResources loops = settings.isInMemory() ? new InMemoryLoopResources(settings.eventLoops)
				: LoopResources.create("spop", settings.eventLoops, false);
		BoundSpopAgent agent = new BoundSpopAgent(new AgentRuntime(settings, loops));
		try {
			if (settings.isWarmedUp()) {
				AgentWarmUp.run(settings.hasTcp());
				if (settings.hasTcp()) {
					AgentWarmUp.collectGarbage();
				}
			}
			settings.listeners.values().forEach(agent::open);
			if (!settings.isInMemory()) {
				// Agents in memory are for tests, which cause findings on purpose
				agent.examine(settings.patience.toNanos() / LOOKS);
			}
			return agent;
		}
		catch (RuntimeException ex) {
			agent.close();
			throw ex;
		}
	}

	private void open(SpopListener listener) {
		ListenerTransport transport = new ListenerTransport(listener, this.runtime);
		if (transport.isTcp() && this.transports.values().stream().noneMatch(ListenerTransport::isTcp)) {
			logger.info(TransportDescription.of(transport.channel()));
		}
		this.transports.put(listener.name(), transport);
		this.loops.add(transport.channel().eventLoop().parent());
		this.runtime.findings().history(listener.name());
		logger.info("{}", transport);
		if (transport.isOpenToAll()) {
			logger.warn("{}: everybody who can reach this address can send messages and read the answers. "
					+ "Set 'allow' to the addresses of your HAProxys, or ask for certificates with TLS and "
					+ "'client-auth: need'. If everybody may, set 'allow' to 0.0.0.0/0 and ::/0.", transport);
		}
	}

	/**
	 * Check for findings periodically, until the event loops end.
	 */
	private void examine(long period) {
		this.transports.values()
			.stream()
			.findFirst()
			.ifPresent((transport) -> transport.channel().eventLoop().scheduleWithFixedDelay(() -> {
				if (!this.runtime.isStopping()) {
					this.runtime.findings().examine(System.nanoTime());
				}
			}, period, period, TimeUnit.NANOSECONDS));
	}

	/**
	 * Return the port of the first TCP listener.
	 * @return the port
	 * @throws IllegalStateException if there is no TCP listener
	 */
	public int port() {
		for (ListenerTransport transport : this.transports.values()) {
			if (transport.address() instanceof InetSocketAddress address) {
				return address.getPort();
			}
		}
		throw new IllegalStateException("The agent has no TCP listener");
	}

	/**
	 * Return the address of a listener.
	 * @param listener the name of the listener
	 * @return the address, with the port that the system has chosen
	 * @throws IllegalArgumentException if there is no listener of this name
	 */
	public SocketAddress address(String listener) {
		return transport(listener).address();
	}

	private ListenerTransport transport(String listener) {
		ListenerTransport transport = this.transports.get(listener);
		if (transport == null) {
			throw new IllegalArgumentException("No listener '" + listener + "', there are " + this.transports.keySet());
		}
		return transport;
	}

	Channel channel(String listener) {
		return transport(listener).channel();
	}

	long bufferedBytes() {
		return this.runtime.buffered().get();
	}

	/**
	 * Return the open connections.
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
		return List.copyOf(this.transports.keySet());
	}

	/**
	 * Return whether a listener accepts connections. A UNIX socket does not accept
	 * connections any more once its file has been removed or replaced. Its open
	 * connections continue.
	 * @param listener the name of the listener
	 * @return {@code true} if it accepts connections
	 * @throws IllegalArgumentException if there is no listener of this name
	 */
	public boolean isListening(String listener) {
		return transport(listener).isListening() && !this.loops.isFailed();
	}

	/**
	 * Return whether a stop of the agent has begun. The agent still answers NOTIFY frames
	 * until their connections close.
	 * @return {@code true} if the agent is stopping or has stopped
	 */
	public boolean isStopping() {
		return this.runtime.isStopping();
	}

	/**
	 * Return the number of results that the agent dropped because they came after the
	 * fallback had been sent, or after their connection had closed. A handler that ends
	 * when it is cancelled has no result, so it is not counted.
	 * @return the number since the agent was bound
	 */
	public long lateResults() {
		return this.runtime.lateResults().sum();
	}

	/**
	 * Return whether the current thread is one of the agent's event loops. An event loop
	 * must not wait for the agent.
	 * @return {@code true} if it is an event loop
	 */
	public boolean isEventLoop() {
		return this.loops.isEventLoop();
	}

	/**
	 * Return the names of received messages without a handler.
	 * @return the last names, at most 20, the newest first, with control characters
	 * escaped
	 */
	public List<String> unhandledMessages() {
		return this.runtime.unhandled().names();
	}

	/**
	 * Return the findings: problems that most likely have their cause in HAProxy's
	 * configuration, or that keep messages from coming. The agent checks for findings
	 * every five seconds. A missing connection or message is a finding after 50 seconds.
	 * @return the findings, at most 21 of each kind and listener, and those of the
	 * handler
	 */
	public List<SpopFinding> findings() {
		return this.runtime.findings().list();
	}

	/**
	 * Return how many connections of a listener wait for their handshake because the
	 * limit of connections is reached.
	 * @param listener the name of the listener
	 * @return the number, 0 unless {@link SpopAgent#maxConnections} is reached
	 * @throws IllegalArgumentException if there is no listener of this name
	 */
	public int waitingConnections(String listener) {
		transport(listener);
		return this.runtime.sessions(listener).waiting();
	}

	/**
	 * Return how many connections of each listener may carry frames at a time.
	 * @return the number, or {@link Integer#MAX_VALUE} if there is no limit
	 * @see SpopAgent#maxConnections
	 */
	public int maxConnections() {
		return this.runtime.settings().maxConnections;
	}

	/**
	 * Stop the agent so that as few frames as possible are lost, and block until all
	 * connections are closed. Each step begins when the previous one has ended:
	 * <ol>
	 * <li>HAProxy's health checks fail, so that HAProxy takes this agent out of its
	 * backend. The agent still answers NOTIFY frames.</li>
	 * <li>Each connection closes together with the ACK after which no frame is in flight,
	 * or when no frame has come for a second.</li>
	 * <li>The listeners close, and the connections that have been opened in the
	 * meantime.</li>
	 * <li>When the time is over, the remaining connections are closed by force.</li>
	 * </ol>
	 * Further calls do nothing. When an event loop of the agent calls this method, for
	 * example in a handler, the method returns at once and another thread stops the
	 * agent.
	 * @param preDrainDelay the time of the first step: more than the {@code inter} of
	 * HAProxy's health checks times their {@code fall}; zero without health checks
	 * @param grace the time that the following steps may take; zero does not wait for
	 * frames in flight
	 */
	public void stop(Duration preDrainDelay, Duration grace) {
		Objects.requireNonNull(preDrainDelay, "preDrainDelay");
		Objects.requireNonNull(grace, "grace");
		if (!this.runtime.stop()) {
			return;
		}
		this.loops.end();
		if (this.loops.isEventLoop()) {
			new Thread(() -> doStop(preDrainDelay, grace), "spop-stop").start();
		}
		else {
			doStop(preDrainDelay, grace);
		}
	}

	private void doStop(Duration preDrainDelay, Duration grace) {
		if (!preDrainDelay.isZero()) {
			LogQueue.write(() -> logger.info("SPOP health checks fail from now on, for {} ms before connections close",
					preDrainDelay.toMillis()));
			sleep(preDrainDelay);
		}
		long now = System.nanoTime();
		long force = Math.min(grace.toNanos() / 4, FORCE_NANOS);
		long deadline = now + grace.toNanos() - force;
		this.runtime.drain();
		if (!grace.isZero()) {
			for (AgentConnection connection : this.runtime.connections()) {
				execute(connection, () -> connection.drain(CloseReason.SHUTDOWN));
			}
			awaitClosed(deadline);
		}
		this.transports.values().forEach(ListenerTransport::close);
		this.transports.values().forEach((transport) -> awaitClosed(transport.channel(), deadline));
		// A connection that was accepted last is known once its event loop has run its
		// tasks
		this.loops.await(deadline);
		awaitClosed(deadline);
		for (AgentConnection connection : this.runtime.connections()) {
			execute(connection, () -> connection.close(CloseReason.SHUTDOWN));
		}
		long rest = grace.isZero() ? 2 * FORCE_NANOS : Math.max(force, FORCE_NANOS / 2);
		long end = System.nanoTime() + rest / 2;
		this.transports.forEach((name, transport) -> {
			awaitClosed(transport.channel(), end);
			LogQueue.write(() -> logger.info("SPOP listener '{}' closed", name));
		});
		awaitClosed(end);
		this.runtime.handshakes().close();
		// Not block(), which Reactor's own threads may not call
		this.runtime.loops()
			.disposeLater(Duration.ZERO, Duration.ofNanos(rest / 2))
			.doOnError((ex) -> LogQueue.write(() -> logger.warn("An event loop does not end: a handler blocks it", ex)))
			.onErrorComplete()
			.toFuture()
			.join();
		LogQueue.flush(LOG_MILLIS);
	}

	/**
	 * Close all listeners and connections, so that HAProxy takes this agent out of its
	 * backend. An event loop that has ended leaves its sockets open, and nothing serves
	 * them. Further calls close what is still open.
	 */
	private void eventLoopEnded() {
		this.transports.values().forEach((transport) -> {
			transport.close();
			closeIfEnded(transport.channel());
		});
		for (AgentConnection connection : this.runtime.connections()) {
			if (connection.eventLoop().inEventLoop() || this.loops.hasEnded(connection.eventLoop())) {
				connection.close(CloseReason.FAILURE);
				closeIfEnded(connection.channel());
			}
			else {
				execute(connection, () -> connection.close(CloseReason.FAILURE));
			}
		}
		if (!this.toldOfFailure && !this.loops.isEventLoop()) {
			// Not with the LogQueue, which would lose the line if there is no memory
			logger.error("An event loop of the agent has ended, see what was logged before: the listeners close, and"
					+ " health is DOWN. Restart the application. With -XX:+ExitOnOutOfMemoryError the JVM ends by itself"
					+ " where memory runs out");
			this.toldOfFailure = true;
		}
	}

	/**
	 * Close a channel whose event loop does nothing any more.
	 */
	private void closeIfEnded(Channel channel) {
		if (channel.isOpen() && this.loops.hasEnded(channel.eventLoop())) {
			channel.unsafe().closeForcibly();
		}
	}

	/**
	 * Stop the agent as {@link #stop(Duration, Duration)} does, without the first step.
	 * @param grace the time to wait for frames in flight; zero does not wait
	 */
	public void stop(Duration grace) {
		stop(Duration.ZERO, grace);
	}

	private static void execute(AgentConnection connection, Runnable task) {
		try {
			connection.execute(task);
		}
		catch (RejectedExecutionException ex) {
			logger.debug("The event loop of {} has ended", connection);
		}
	}

	private static void sleep(Duration time) {
		try {
			TimeUnit.NANOSECONDS.sleep(time.toNanos());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Wait until all connections that are open now have closed. Connections that open
	 * later are not waited for.
	 */
	private void awaitClosed(long deadline) {
		for (AgentConnection connection : this.runtime.connections()) {
			awaitClosed(connection.channel(), deadline);
		}
	}

	private static void awaitClosed(Channel channel, long deadline) {
		// The future of a channel does not complete once its event loop has ended
		if (!channel.eventLoop().isShutdown()) {
			channel.closeFuture().awaitUninterruptibly(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
		}
	}

	/**
	 * Stop the agent without waiting for frames in flight.
	 */
	@Override
	public void close() {
		stop(Duration.ZERO);
	}

}
