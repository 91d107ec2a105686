package io.spop.agent;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import reactor.core.publisher.Mono;

/**
 * An agent to be: listeners, a handler and limits. Immutable: each method leaves this
 * agent as it is and returns a new one, and {@link #bind()} opens the listeners.
 *
 * @since 0.1.0
 */
public final class SpopAgent {

	private final Settings settings;

	private SpopAgent(Settings settings) {
		this.settings = settings;
	}

	/**
	 * Return an agent without listeners that answers each NOTIFY with no actions.
	 * @return the agent
	 */
	public static SpopAgent create() {
		return new SpopAgent(new Settings());
	}

	/**
	 * Add a listener. It replaces one of the same name.
	 * @param listener where to listen
	 * @return a new agent
	 */
	public SpopAgent listener(SpopListener listener) {
		Objects.requireNonNull(listener, "listener");
		return with((settings) -> {
			settings.listeners = new LinkedHashMap<>(settings.listeners);
			settings.listeners.put(listener.name(), listener);
		});
	}

	/**
	 * Return the listeners that were added.
	 * @return the listeners in their order
	 */
	public List<SpopListener> listeners() {
		return List.copyOf(this.settings.listeners.values());
	}

	/**
	 * Set what handles NOTIFY frames.
	 * @param handler the handler
	 * @return a new agent
	 */
	public SpopAgent handler(SpopHandler handler) {
		Objects.requireNonNull(handler, "handler");
		return with((settings) -> settings.handler = handler);
	}

	/**
	 * Add an interceptor around the handler, within those that were added before.
	 * @param interceptor the interceptor
	 * @return a new agent
	 */
	public SpopAgent interceptor(SpopInterceptor interceptor) {
		Objects.requireNonNull(interceptor, "interceptor");
		return with((settings) -> {
			settings.interceptors = new ArrayList<>(settings.interceptors);
			settings.interceptors.add(interceptor);
		});
	}

	/**
	 * Set how long a handler may take, from the NOTIFY to its result. It must be shorter
	 * than HAProxy's {@code timeout processing}, which the protocol does not tell. At the
	 * deadline the fallback goes out and the result is dropped. A handler may have
	 * {@linkplain SpopHandler#timeout(SpopExchange, Duration) another time} for a frame.
	 * @param timeout the time, more than zero; default 1 s
	 * @return a new agent
	 * @throws IllegalArgumentException if the time is zero or negative
	 */
	public SpopAgent handlerTimeout(Duration timeout) {
		requirePositive(timeout, "handler timeout");
		return with((settings) -> settings.handlerTimeout = timeout);
	}

	/**
	 * Set the answer for a NOTIFY whose handler fails or is late.
	 * @param actions the actions; default none
	 * @return a new agent
	 */
	public SpopAgent fallback(Actions actions) {
		Objects.requireNonNull(actions, "actions");
		return with((settings) -> settings.fallback = actions);
	}

	/**
	 * Set the largest frame that the agent takes. HAProxy's offer is echoed if it is not
	 * larger; a longer frame closes the connection before anything is allocated for it.
	 * @param maxFrameSize the size in bytes, without the length prefix, 256 to 2^30;
	 * default 65536
	 * @return a new agent
	 * @throws IllegalArgumentException if the size is out of range
	 */
	public SpopAgent maxFrameSize(int maxFrameSize) {
		if (maxFrameSize < Frame.MIN_MAX_FRAME_SIZE || maxFrameSize > 1 << 30) {
			throw new IllegalArgumentException(
					"A max-frame-size is " + Frame.MIN_MAX_FRAME_SIZE + " to " + (1 << 30) + ", not " + maxFrameSize);
		}
		return with((settings) -> settings.maxFrameSize = maxFrameSize);
	}

	/**
	 * Set the largest frame that the agent takes before the handshake is done: what
	 * anybody can make it hold. HAProxy's HELLO has some hundred bytes.
	 * @param maxHelloSize the size in bytes, without the length prefix, at least 256;
	 * default 16384; never more than {@link #maxFrameSize(int)}
	 * @return a new agent
	 * @throws IllegalArgumentException if the size is less than 256
	 */
	public SpopAgent maxHelloSize(int maxHelloSize) {
		if (maxHelloSize < Frame.MIN_MAX_FRAME_SIZE) {
			throw new IllegalArgumentException(
					"A HELLO needs " + Frame.MIN_MAX_FRAME_SIZE + " bytes or more, not " + maxHelloSize);
		}
		return with((settings) -> settings.maxHelloSize = maxHelloSize);
	}

	/**
	 * Announce that HAProxy up to 3.0 may split a NOTIFY over several frames, and put the
	 * fragments together. HAProxy since 3.1 never does. Without it, set
	 * {@code no option send-frag-payload} in the {@code spoe-agent} section of HAProxy up
	 * to 3.0: a message that does not fit makes it reconnect in a loop otherwise.
	 * @param maxSize the largest payload of all fragments together, in bytes, or 0 not to
	 * announce it; default 0
	 * @return a new agent
	 * @throws IllegalArgumentException if the size is negative
	 */
	public SpopAgent fragmentation(int maxSize) {
		if (maxSize < 0) {
			throw new IllegalArgumentException("The size of a payload is not negative: " + maxSize);
		}
		return with((settings) -> settings.maxFragmentedSize = maxSize);
	}

	/**
	 * Set whether HAProxy may send several NOTIFY frames on a connection before the first
	 * is answered. HAProxy since 3.1 hangs when 16384 bytes of ACKs or more wait on one
	 * connection: switch it off if ACKs have more than 819 bytes.
	 * @param pipelining whether to announce pipelining; default {@code true}
	 * @return a new agent
	 */
	public SpopAgent pipelining(boolean pipelining) {
		return with((settings) -> settings.pipelining = pipelining);
	}

	/**
	 * Set whether an ACK without actions gets a harmless one: unset a variable of the
	 * transaction that nobody sets, {@code spop.none}. HAProxy 3.1.0 and some that follow
	 * take an empty ACK for none and wait until {@code timeout processing}.
	 * @param fillEmptyAck whether to fill it; default {@code false}
	 * @return a new agent
	 */
	public SpopAgent fillEmptyAck(boolean fillEmptyAck) {
		return with((settings) -> settings.fillEmptyAck = fillEmptyAck);
	}

	/**
	 * Close a connection that carried nothing for some time. HAProxy closes idle
	 * connections itself; a NOTIFY that it sends at the same moment is lost.
	 * @param timeout the time, well above HAProxy's {@code timeout idle}; zero, the
	 * default, never closes one
	 * @return a new agent
	 * @throws IllegalArgumentException if the time is negative
	 */
	public SpopAgent idleTimeout(Duration timeout) {
		Objects.requireNonNull(timeout, "idle timeout");
		if (timeout.isNegative()) {
			throw new IllegalArgumentException("The idle timeout must not be negative: " + timeout);
		}
		return with((settings) -> settings.idleTimeout = timeout);
	}

	/**
	 * Set how long a connection is used before the agent closes it, so that HAProxy opens
	 * another and traffic spreads to agents that were added. It closes together with the
	 * ACK that leaves nothing in flight, or once it carried nothing for a second; one
	 * that always has something in flight stays open. HAProxy since 3.1 may lose a NOTIFY
	 * by it while {@link #pipelining(boolean) pipelining} is on.
	 * @param age the longest time; each connection takes a random one between 80 % of it
	 * and all of it; zero, the default, never closes one
	 * @return a new agent
	 * @throws IllegalArgumentException if the time is negative
	 */
	public SpopAgent maxConnectionAge(Duration age) {
		Objects.requireNonNull(age, "age");
		if (age.isNegative()) {
			throw new IllegalArgumentException("The age of a connection is not negative: " + age);
		}
		return with((settings) -> settings.maxConnectionAge = age);
	}

	/**
	 * Set how many bytes of ACKs may wait for a peer that does not read them before the
	 * agent stops reading from it.
	 * @param highWaterMark the number of bytes, at least 1; default 65536
	 * @return a new agent
	 * @throws IllegalArgumentException if the number is less than 1
	 * @see #writeTimeout(Duration)
	 */
	public SpopAgent highWaterMark(int highWaterMark) {
		if (highWaterMark < 1) {
			throw new IllegalArgumentException("The high-water mark is at least 1 byte, not " + highWaterMark);
		}
		return with((settings) -> settings.highWaterMark = highWaterMark);
	}

	/**
	 * Set how many bytes of incomplete frames, and of fragments, the agent holds for all
	 * connections together. A peer that sends a part of a frame and then nothing makes it
	 * hold up to {@link #maxFrameSize(int)}, until {@link #frameTimeout(Duration)}. At
	 * the limit the connection that wants more is closed with status 13.
	 * @param maxBufferedBytes the number of bytes, at least 65536; default an eighth of
	 * the largest heap
	 * @return a new agent
	 * @throws IllegalArgumentException if the number is less than 65536
	 */
	public SpopAgent maxBufferedBytes(long maxBufferedBytes) {
		if (maxBufferedBytes < 65536) {
			throw new IllegalArgumentException("Incomplete frames need 65536 bytes or more, not " + maxBufferedBytes);
		}
		return with((settings) -> settings.maxBufferedBytes = maxBufferedBytes);
	}

	/**
	 * Set how many connections the kernel holds for each listener until the agent accepts
	 * them. HAProxy opens all of its connections at once after a reload.
	 * @param backlog the number, at least 1; default 1024; the kernel may have a lower
	 * limit
	 * @return a new agent
	 * @throws IllegalArgumentException if the number is less than 1
	 */
	public SpopAgent backlog(int backlog) {
		if (backlog < 1) {
			throw new IllegalArgumentException("The backlog is at least 1, not " + backlog);
		}
		return with((settings) -> settings.backlog = backlog);
	}

	/**
	 * Set how many connections of each listener carry frames at a time. At the limit the
	 * handshake of another waits until one closes: to refuse it would make HAProxy up to
	 * 3.0 open thousands. Health checks are answered all the same. With 1024 connections
	 * more than that the listener accepts none until one closes.
	 * @param maxConnections the number, at least 1; default unlimited
	 * @return a new agent
	 * @throws IllegalArgumentException if the number is less than 1
	 */
	public SpopAgent maxConnections(int maxConnections) {
		if (maxConnections < 1) {
			throw new IllegalArgumentException("A listener needs at least 1 connection, not " + maxConnections);
		}
		return with((settings) -> settings.maxConnections = maxConnections);
	}

	/**
	 * Set how long the handshake of a connection may take.
	 * @param timeout the time, more than zero; default 10 s
	 * @return a new agent
	 * @throws IllegalArgumentException if the time is zero or negative
	 */
	public SpopAgent handshakeTimeout(Duration timeout) {
		requirePositive(timeout, "handshake timeout");
		return with((settings) -> settings.handshakeTimeout = timeout);
	}

	/**
	 * Set how long the rest of a frame may take after its first byte.
	 * @param timeout the time, more than zero; default 10 s
	 * @return a new agent
	 * @throws IllegalArgumentException if the time is zero or negative
	 */
	public SpopAgent frameTimeout(Duration timeout) {
		requirePositive(timeout, "frame timeout");
		return with((settings) -> settings.frameTimeout = timeout);
	}

	/**
	 * Set how long the peer may leave its ACKs unread once they pile up, before the agent
	 * closes the connection.
	 * @param timeout the time, more than zero; default 10 s
	 * @return a new agent
	 * @throws IllegalArgumentException if the time is zero or negative
	 */
	public SpopAgent writeTimeout(Duration timeout) {
		requirePositive(timeout, "write timeout");
		return with((settings) -> settings.writeTimeout = timeout);
	}

	/**
	 * Set how many NOTIFY frames of one connection may wait for their ACK before the
	 * agent stops reading from it. HAProxy sends at most 20 unless told otherwise.
	 * @param maxInFlight the number, at least 1; default 128
	 * @return a new agent
	 * @throws IllegalArgumentException if the number is less than 1
	 */
	public SpopAgent maxInFlight(int maxInFlight) {
		if (maxInFlight < 1) {
			throw new IllegalArgumentException("At least 1 frame must be in flight, not " + maxInFlight);
		}
		return with((settings) -> settings.maxInFlight = maxInFlight);
	}

	/**
	 * Set the number of event loops, each a thread that serves its share of the
	 * connections.
	 * @param eventLoops the number, at least 1; default the number of processors
	 * @return a new agent
	 * @throws IllegalArgumentException if the number is less than 1
	 */
	public SpopAgent eventLoops(int eventLoops) {
		if (eventLoops < 1) {
			throw new IllegalArgumentException("At least 1 event loop, not " + eventLoops);
		}
		return with((settings) -> settings.eventLoops = eventLoops);
	}

	/**
	 * Set who is told what happens on the connections.
	 * @param recorder returns a recorder for the connections of the named listener that
	 * one event loop serves; called on each event loop when it gets its first connection
	 * of that listener. By default nobody is told.
	 * @return a new agent
	 */
	public SpopAgent metricsRecorder(Function<String, SpopMetricsRecorder> recorder) {
		Objects.requireNonNull(recorder, "recorder");
		return with((settings) -> settings.metricsRecorder = recorder);
	}

	/**
	 * Set who is told what happens on the connections, unless that has been set.
	 * @param recorder as for {@link #metricsRecorder(Function)}
	 * @return a new agent, or this one if it has a recorder
	 */
	public SpopAgent defaultMetricsRecorder(Function<String, SpopMetricsRecorder> recorder) {
		Objects.requireNonNull(recorder, "recorder");
		return this.settings.metricsRecorder.equals(Settings.NO_METRICS) ? metricsRecorder(recorder) : this;
	}

	/**
	 * Open all listeners, after the code that serves them has been warmed up: a JVM's
	 * first frame must not take longer than HAProxy waits. Blocks until they are open,
	 * well under a second. The JVM stays up until the agent is stopped.
	 * @return the bound agent
	 * @throws SpopBindException if a listener cannot be opened; those already open are
	 * closed
	 * @throws IllegalStateException if there is no listener, or if some listen in memory
	 * and others do not
	 */
	public BoundSpopAgent bind() {
		if (this.settings.listeners.isEmpty()) {
			throw new IllegalStateException("An agent needs a listener: call listener(...) before bind()");
		}
		if (this.settings.isInMemory()
				&& !this.settings.listeners.values().stream().allMatch(SpopListener::isInMemory)) {
			throw new IllegalStateException(
					"An agent listens in memory with all of its listeners or with none, not with "
							+ this.settings.listeners.values());
		}
		Settings settings = new Settings(this.settings);
		for (int i = settings.interceptors.size() - 1; i >= 0; i--) {
			settings.handler = new InterceptedHandler(settings.interceptors.get(i), settings.handler);
		}
		return BoundSpopAgent.bind(settings);
	}

	/**
	 * Warm up, and block until that is done: {@link #bind()} has the JVM load and compile
	 * what agents need before it opens the listeners, which takes some 100 ms once in a
	 * JVM. Called earlier by another thread, while the application starts, this takes it
	 * out of {@link #bind()}. No user's handler is called. It does nothing for an agent
	 * that listens in memory, and nothing that has been done before.
	 */
	public void warmUp() {
		if (!this.settings.isInMemory()) {
			Warmup.run();
		}
	}

	/**
	 * Return this agent's listeners and limits, for logs and tests.
	 * @return a text
	 */
	@Override
	public String toString() {
		return "SpopAgent" + this.settings;
	}

	private SpopAgent with(Consumer<Settings> change) {
		Settings settings = new Settings(this.settings);
		change.accept(settings);
		return new SpopAgent(settings);
	}

	private static void requirePositive(Duration duration, String name) {
		Objects.requireNonNull(duration, name);
		if (duration.isZero() || duration.isNegative()) {
			throw new IllegalArgumentException("The " + name + " must be more than zero, not " + duration);
		}
	}

	/**
	 * The settings of an agent; not changed once {@link SpopAgent} holds them.
	 */
	static final class Settings {

		static final Function<String, SpopMetricsRecorder> NO_METRICS = (listener) -> SpopMetricsRecorder.noop();

		Map<String, SpopListener> listeners = Map.of();

		SpopHandler handler = (exchange) -> Mono.empty();

		List<SpopInterceptor> interceptors = List.of();

		Actions fallback = Actions.none();

		Duration handlerTimeout = Duration.ofSeconds(1);

		Duration handshakeTimeout = Duration.ofSeconds(10);

		Duration frameTimeout = Duration.ofSeconds(10);

		Duration writeTimeout = Duration.ofSeconds(10);

		int maxFrameSize = 65536;

		int maxInFlight = 128;

		int eventLoops = Runtime.getRuntime().availableProcessors();

		int maxHelloSize = 16384;

		int maxFragmentedSize = 0;

		boolean pipelining = true;

		boolean fillEmptyAck = false;

		Duration idleTimeout = Duration.ZERO;

		Duration maxConnectionAge = Duration.ZERO;

		int highWaterMark = 65536;

		int maxConnections = Integer.MAX_VALUE;

		int backlog = 1024;

		/** A call that takes longer than this on an event loop is told. */
		long maxBlockedNanos = TimeUnit.MILLISECONDS.toNanos(10);

		long maxBufferedBytes = Math.max(65536, Runtime.getRuntime().maxMemory() / 8);

		Function<String, SpopMetricsRecorder> metricsRecorder = NO_METRICS;

		Settings() {
		}

		Settings(Settings other) {
			this.listeners = other.listeners;
			this.handler = other.handler;
			this.interceptors = other.interceptors;
			this.fallback = other.fallback;
			this.handlerTimeout = other.handlerTimeout;
			this.handshakeTimeout = other.handshakeTimeout;
			this.frameTimeout = other.frameTimeout;
			this.writeTimeout = other.writeTimeout;
			this.maxFrameSize = other.maxFrameSize;
			this.maxInFlight = other.maxInFlight;
			this.eventLoops = other.eventLoops;
			this.maxHelloSize = other.maxHelloSize;
			this.maxFragmentedSize = other.maxFragmentedSize;
			this.pipelining = other.pipelining;
			this.fillEmptyAck = other.fillEmptyAck;
			this.idleTimeout = other.idleTimeout;
			this.maxConnectionAge = other.maxConnectionAge;
			this.highWaterMark = other.highWaterMark;
			this.maxConnections = other.maxConnections;
			this.backlog = other.backlog;
			this.maxBufferedBytes = other.maxBufferedBytes;
			this.maxBlockedNanos = other.maxBlockedNanos;
			this.metricsRecorder = other.metricsRecorder;
		}

		boolean isInMemory() {
			return this.listeners.values().stream().anyMatch(SpopListener::isInMemory);
		}

		@Override
		public String toString() {
			return new StringJoiner(", ", "[", "]").add("listeners=" + this.listeners.values())
				.add("fallback=" + this.fallback)
				.add("handlerTimeout=" + this.handlerTimeout)
				.add("handshakeTimeout=" + this.handshakeTimeout)
				.add("frameTimeout=" + this.frameTimeout)
				.add("writeTimeout=" + this.writeTimeout)
				.add("maxFrameSize=" + this.maxFrameSize)
				.add("maxInFlight=" + this.maxInFlight)
				.add("eventLoops=" + this.eventLoops)
				.add("maxHelloSize=" + this.maxHelloSize)
				.add("maxFragmentedSize=" + this.maxFragmentedSize)
				.add("pipelining=" + this.pipelining)
				.add("fillEmptyAck=" + this.fillEmptyAck)
				.add("idleTimeout=" + this.idleTimeout)
				.add("maxConnectionAge=" + this.maxConnectionAge)
				.add("highWaterMark=" + this.highWaterMark)
				.add("maxConnections=" + this.maxConnections)
				.add("backlog=" + this.backlog)
				.add("maxBufferedBytes=" + this.maxBufferedBytes)
				.toString();
		}

	}

}
