package io.spop.agent;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

import io.netty.channel.EventLoop;
import reactor.netty.resources.LoopResources;

/**
 * The state that all connections of one agent share. Safe to use by any thread.
 */
final class AgentRuntime {

	private final AgentSettings settings;

	private final LoopResources loops;

	private final TlsHandshakes handshakes = new TlsHandshakes();

	private final LogLimiter limiter = new LogLimiter();

	private final Set<AgentConnection> connections = ConcurrentHashMap.newKeySet();

	private final AtomicBoolean warnedOfLargeAck = new AtomicBoolean();

	private final LongAdder lateResults = new LongAdder();

	private final AtomicLong buffered = new AtomicLong();

	private final UnhandledMessages unhandled = new UnhandledMessages();

	private final Findings findings;

	private final Map<EventLoop, EventLoopIo> eventLoopIos = new ConcurrentHashMap<>();

	private final Map<String, SessionLimit> sessions = new ConcurrentHashMap<>();

	private final AtomicBoolean stopping = new AtomicBoolean();

	private volatile boolean draining;

	AgentRuntime(AgentSettings settings, LoopResources loops) {
		this.settings = settings;
		this.loops = loops;
		this.findings = new Findings(settings, this.connections, this::recorder);
	}

	AgentSettings settings() {
		return this.settings;
	}

	LoopResources loops() {
		return this.loops;
	}

	TlsHandshakes handshakes() {
		return this.handshakes;
	}

	LogLimiter limiter() {
		return this.limiter;
	}

	/**
	 * Return the connections that are open.
	 */
	Set<AgentConnection> connections() {
		return this.connections;
	}

	/**
	 * Return whether the warning about ACKs that are too large for pipelining has been
	 * logged. It is logged once.
	 */
	AtomicBoolean warnedOfLargeAck() {
		return this.warnedOfLargeAck;
	}

	/**
	 * Return the number of results that came after their frames were answered.
	 */
	LongAdder lateResults() {
		return this.lateResults;
	}

	/**
	 * Return the number of bytes of incomplete frames that all connections hold.
	 */
	AtomicLong buffered() {
		return this.buffered;
	}

	UnhandledMessages unhandled() {
		return this.unhandled;
	}

	Findings findings() {
		return this.findings;
	}

	SessionLimit sessions(String listener) {
		return this.sessions.computeIfAbsent(listener, (name) -> new SessionLimit(this.settings.maxConnections));
	}

	/**
	 * Begin to stop: health checks fail from now on.
	 * @return {@code false} if this method was called before
	 */
	boolean stop() {
		return this.stopping.compareAndSet(false, true);
	}

	boolean isStopping() {
		return this.stopping.get();
	}

	/**
	 * Close all connections without losing a frame, also those that open later.
	 */
	void drain() {
		this.draining = true;
	}

	boolean isDraining() {
		return this.draining;
	}

	/**
	 * Return the state that the connections of an event loop share.
	 */
	EventLoopIo io(EventLoop loop) {
		return this.eventLoopIos.computeIfAbsent(loop, EventLoopIo::new);
	}

	/**
	 * Create a recorder for a listener's connections on the current event loop.
	 */
	SpopMetricsRecorder recorder(String listener) {
		return GuardedRecorder.of(this.settings.metricsRecorder, listener, this.limiter);
	}

	void opened(AgentConnection connection) {
		this.connections.add(connection);
		this.findings.history(connection.listener()).connected();
	}

	void closed(AgentConnection connection) {
		this.findings.history(connection.listener()).closed(connection.framesReceived());
		this.connections.remove(connection);
	}

	/**
	 * The last names of messages that have no handler.
	 */
	static final class UnhandledMessages {

		private static final int MAX = 20;

		private final Deque<String> names = new ArrayDeque<>();

		synchronized void add(String name) {
			if (!name.equals(this.names.peekFirst())) {
				this.names.remove(name);
				this.names.addFirst(name);
				if (this.names.size() > MAX) {
					this.names.removeLast();
				}
			}
		}

		synchronized List<String> names() {
			return List.copyOf(this.names);
		}

	}

}
