package io.spop.agent;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.recording.Recorder;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The checked settings of an agent. {@link SpopAgent} changes only a copy that no other
 * object has yet, so any thread may read the settings.
 */
final class AgentSettings implements Cloneable {

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

	boolean warmUp = true;

	Duration idleTimeout = Duration.ZERO;

	Duration maxConnectionAge = Duration.ZERO;

	int highWaterMark = 65536;

	int maxConnections = Integer.MAX_VALUE;

	int backlog = 1024;

	/** The longest time of a call on an event loop that is not logged. */
	long maxBlockedNanos = TimeUnit.MILLISECONDS.toNanos(10);

	/**
	 * The time after which it is a finding that a connection or a message has not come.
	 */
	Duration patience = Duration.ofSeconds(50);

	@Nullable String correlationArgument;

	long maxBufferedBytes = Math.max(65536, Runtime.getRuntime().maxMemory() / 8);

	Function<String, SpopMetricsRecorder> metricsRecorder = NO_METRICS;

	@Nullable Recorder recorder;

	/**
	 * Return a copy of the settings.
	 */
	AgentSettings copy() {
		try {
			return (AgentSettings) clone();
		}
		catch (CloneNotSupportedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Return a copy whose handler is called through the interceptors.
	 */
	AgentSettings intercepted() {
		AgentSettings copy = copy();
		for (int i = this.interceptors.size() - 1; i >= 0; i--) {
			copy.handler = new InterceptedHandler(this.interceptors.get(i), copy.handler);
		}
		return copy;
	}

	void listener(SpopListener listener) {
		this.listeners = new LinkedHashMap<>(this.listeners);
		this.listeners.put(listener.name(), listener);
	}

	void interceptor(SpopInterceptor interceptor) {
		this.interceptors = new ArrayList<>(this.interceptors);
		this.interceptors.add(interceptor);
	}

	void handler(SpopHandler handler) {
		this.handler = handler;
	}

	void fallback(Actions fallback) {
		this.fallback = fallback;
	}

	void handlerTimeout(Duration timeout) {
		this.handlerTimeout = requirePositive(timeout, "handler timeout");
	}

	void handshakeTimeout(Duration timeout) {
		this.handshakeTimeout = requirePositive(timeout, "handshake timeout");
	}

	void frameTimeout(Duration timeout) {
		this.frameTimeout = requirePositive(timeout, "frame timeout");
	}

	void writeTimeout(Duration timeout) {
		this.writeTimeout = requirePositive(timeout, "write timeout");
	}

	private static Duration requirePositive(Duration duration, String name) {
		Objects.requireNonNull(duration, name);
		require(!duration.isZero() && !duration.isNegative(), "The " + name + " must be more than zero, not ",
				duration);
		return duration;
	}

	private static void require(boolean valid, String text, Object value) {
		if (!valid) {
			throw new IllegalArgumentException(text + value);
		}
	}

	void idleTimeout(Duration timeout) {
		Objects.requireNonNull(timeout, "idle timeout");
		require(!timeout.isNegative(), "The idle timeout must not be negative: ", timeout);
		this.idleTimeout = timeout;
	}

	void maxConnectionAge(Duration age) {
		Objects.requireNonNull(age, "age");
		require(!age.isNegative(), "The age of a connection must not be negative: ", age);
		this.maxConnectionAge = age;
	}

	void maxFrameSize(int maxFrameSize) {
		require(maxFrameSize >= Frame.MIN_MAX_FRAME_SIZE && maxFrameSize <= 1 << 30,
				"A max-frame-size is " + Frame.MIN_MAX_FRAME_SIZE + " to " + (1 << 30) + ", not ", maxFrameSize);
		this.maxFrameSize = maxFrameSize;
	}

	void maxHelloSize(int maxHelloSize) {
		require(maxHelloSize >= Frame.MIN_MAX_FRAME_SIZE,
				"A HELLO needs " + Frame.MIN_MAX_FRAME_SIZE + " bytes or more, not ", maxHelloSize);
		this.maxHelloSize = maxHelloSize;
	}

	void maxFragmentedSize(int maxFragmentedSize) {
		require(maxFragmentedSize >= 0, "The size of a payload must not be negative: ", maxFragmentedSize);
		this.maxFragmentedSize = maxFragmentedSize;
	}

	void pipelining(boolean pipelining) {
		this.pipelining = pipelining;
	}

	void fillEmptyAck(boolean fillEmptyAck) {
		this.fillEmptyAck = fillEmptyAck;
	}

	void warmUp(boolean warmUp) {
		this.warmUp = warmUp;
	}

	void highWaterMark(int highWaterMark) {
		require(highWaterMark >= 1, "The high-water mark is at least 1 byte, not ", highWaterMark);
		this.highWaterMark = highWaterMark;
	}

	void maxBufferedBytes(long maxBufferedBytes) {
		require(maxBufferedBytes >= 65536, "Incomplete frames need 65536 bytes or more, not ", maxBufferedBytes);
		this.maxBufferedBytes = maxBufferedBytes;
	}

	void backlog(int backlog) {
		require(backlog >= 1, "The backlog is at least 1, not ", backlog);
		this.backlog = backlog;
	}

	void maxConnections(int maxConnections) {
		require(maxConnections >= 1, "A listener needs at least 1 connection, not ", maxConnections);
		this.maxConnections = maxConnections;
	}

	void maxInFlight(int maxInFlight) {
		require(maxInFlight >= 1, "At least 1 frame must be in flight, not ", maxInFlight);
		this.maxInFlight = maxInFlight;
	}

	void eventLoops(int eventLoops) {
		require(eventLoops >= 1, "At least 1 event loop, not ", eventLoops);
		this.eventLoops = eventLoops;
	}

	void maxBlockedNanos(long maxBlockedNanos) {
		this.maxBlockedNanos = maxBlockedNanos;
	}

	void patience(Duration patience) {
		this.patience = requirePositive(patience, "patience");
	}

	void correlationArgument(@Nullable String name) {
		require(name == null || (!name.isEmpty() && name.indexOf('=') < 0),
				"An argument has the name before '=' on the args line of HAProxy's configuration, not ",
				"'" + name + "'");
		this.correlationArgument = name;
	}

	void metricsRecorder(Function<String, SpopMetricsRecorder> metricsRecorder) {
		this.metricsRecorder = metricsRecorder;
	}

	void recorder(@Nullable Recorder recorder) {
		this.recorder = recorder;
	}

	boolean isInMemory() {
		return this.listeners.values().stream().anyMatch(MemoryListener.class::isInstance);
	}

	boolean hasTcp() {
		return this.listeners.values().stream().anyMatch(TcpListener.class::isInstance);
	}

	boolean isWarmedUp() {
		return this.warmUp && !isInMemory();
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
			.add("warmUp=" + this.warmUp)
			.add("idleTimeout=" + this.idleTimeout)
			.add("maxConnectionAge=" + this.maxConnectionAge)
			.add("highWaterMark=" + this.highWaterMark)
			.add("maxConnections=" + this.maxConnections)
			.add("backlog=" + this.backlog)
			.add("maxBufferedBytes=" + this.maxBufferedBytes)
			.add("correlationArgument=" + this.correlationArgument)
			.toString();
	}

}
