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
	 * How much of the time to stop is left for closing by force, which takes none unless
	 * a handler blocks an event loop.
	 */
	private static final long FORCE_NANOS = TimeUnit.SECONDS.toNanos(2);

	/** How long the log may take for the last lines. */
	private static final long LOG_MILLIS = 1000;

	/** How often is looked for findings in the time that makes one of what is missing. */
	private static final int LOOKS = 10;

	private final AgentRuntime runtime;

	private final Map<String, ListenerTransport> transports = new LinkedHashMap<>();

	private BoundSpopAgent(AgentRuntime runtime) {
		this.runtime = runtime;
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
				// Tests let happen what is worth a finding, and do not use every handler
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
		this.transports.put(listener.name(), transport);
		this.runtime.watch(transport.channel().eventLoop().parent(), this::eventLoopEnded);
		this.runtime.findings().history(listener.name());
		logger.info("{}", transport);
	}

	/**
	 * Look for findings again and again, until the event loops end.
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
	 * Return where a listener listens.
	 * @param listener its name
	 * @return its address, with the port that the system chose
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
		return List.copyOf(this.transports.keySet());
	}

	/**
	 * Return what a listener does. One on a UNIX socket does not listen once its file has
	 * been removed or replaced: it stays open for the connections that it has, but no
	 * other can reach it.
	 * @param listener its name
	 * @return whether it accepts connections
	 * @throws IllegalArgumentException if there is no listener of this name
	 */
	public boolean isListening(String listener) {
		return transport(listener).isListening() && !this.runtime.isFailed();
	}

	/**
	 * Return whether the agent was told to stop. NOTIFY frames are answered all the same,
	 * until their connections close.
	 * @return whether it stops or has stopped
	 */
	public boolean isStopping() {
		return this.runtime.isStopping();
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
	 * Return whether the current thread is one of the agent's event loops: it must not
	 * wait for the agent.
	 * @return whether it is
	 */
	public boolean isEventLoop() {
		return this.runtime.isEventLoop();
	}

	/**
	 * Return the names of messages that came and that no handler was registered for.
	 * @return the last names, at most 20, the newest first, with control characters
	 * escaped
	 */
	public List<String> unhandledMessages() {
		return this.runtime.unhandled().names();
	}

	/**
	 * Return what was found that most likely has its cause in HAProxy's configuration, or
	 * what keeps messages from coming. It is looked for every five seconds; what should
	 * come and has not is found after 50 seconds.
	 * @return the findings, at most 21 of a kind for each listener besides those of the
	 * handler
	 */
	public List<SpopFinding> findings() {
		return this.runtime.findings().list();
	}

	/**
	 * Return how many connections of a listener wait for their handshake, because it has
	 * as many as it may.
	 * @param listener its name
	 * @return the number, 0 unless {@link SpopAgent#maxConnections} is reached
	 * @throws IllegalArgumentException if there is no listener of this name
	 */
	public int waitingConnections(String listener) {
		transport(listener);
		return this.runtime.sessions(listener).waiting();
	}

	/**
	 * Return how many connections of each listener carry frames at a time.
	 * @return the number, or {@link Integer#MAX_VALUE} if there is no limit
	 * @see SpopAgent#maxConnections
	 */
	public int maxConnections() {
		return this.runtime.settings().maxConnections;
	}

	/**
	 * Stop the agent in the way that loses least, and block until all is closed. Each
	 * step begins when the one before has ended:
	 * <ol>
	 * <li>HAProxy's health checks fail, so that it takes this agent out, while all else
	 * goes on as before.</li>
	 * <li>Each connection closes together with the ACK that leaves nothing in flight, or
	 * when it has carried nothing for a second.</li>
	 * <li>The listeners close, and the connections that have been opened meanwhile.</li>
	 * <li>What is left is closed by force when the time is over.</li>
	 * </ol>
	 * Calling it again does nothing. Called on one of the agent's own event loops, for
	 * example by a handler, it returns at once and stops the agent on another thread.
	 * @param preDrainDelay how long the first step takes: more than the {@code inter} of
	 * HAProxy's checks times their {@code fall}; zero if there are no checks
	 * @param grace how long the steps that follow may take; zero does not wait for frames
	 * in flight
	 */
	public void stop(Duration preDrainDelay, Duration grace) {
		Objects.requireNonNull(preDrainDelay, "preDrainDelay");
		Objects.requireNonNull(grace, "grace");
		if (!this.runtime.stop()) {
			return;
		}
		if (this.runtime.isEventLoop()) {
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
		// What was accepted last is known once its event loop has come to it
		this.runtime.awaitEventLoops(deadline);
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
	 * Close all that is still open, so that HAProxy takes this agent out: nobody serves
	 * the connections of an event loop that ends, and it leaves its sockets open.
	 */
	private void eventLoopEnded(boolean first) {
		if (first) {
			LogQueue.write(() -> logger.error("An event loop of the agent has ended, see what was logged before: the"
					+ " listeners close, and health is DOWN. Restart the application. With"
					+ " -XX:+ExitOnOutOfMemoryError the JVM ends by itself where memory runs out"));
		}
		this.transports.values().forEach(ListenerTransport::close);
		for (AgentConnection connection : this.runtime.connections()) {
			if (connection.eventLoop().inEventLoop()) {
				connection.close(CloseReason.FAILURE);
			}
			else {
				execute(connection, () -> connection.close(CloseReason.FAILURE));
			}
		}
	}

	/**
	 * Stop the agent as {@link #stop(Duration, Duration)} does, without its first step.
	 * @param grace how long to wait for frames in flight; zero does not wait
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
	 * Wait for the connections that there are now, not for those that open meanwhile.
	 */
	private void awaitClosed(long deadline) {
		for (AgentConnection connection : this.runtime.connections()) {
			awaitClosed(connection.channel(), deadline);
		}
	}

	private static void awaitClosed(Channel channel, long deadline) {
		// Nobody is there to say so once the event loop has ended
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
