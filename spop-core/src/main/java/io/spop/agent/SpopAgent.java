package io.spop.agent;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;

import io.spop.protocol.Actions;
import io.spop.recording.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * The settings of an agent: listeners, a handler and limits. {@link #bind()} opens the
 * listeners. Immutable: each setting method returns a new agent and leaves this one
 * unchanged.
 *
 * @since 0.1.0
 */
public final class SpopAgent {

	private final AgentSettings settings;

	private SpopAgent(AgentSettings settings) {
		this.settings = settings;
	}

	/**
	 * Create an agent without listeners. It answers each NOTIFY with no actions.
	 * @return the agent
	 */
	public static SpopAgent create() {
		return new SpopAgent(new AgentSettings());
	}

	/**
	 * Add a listener. It replaces a listener with the same name.
	 * @param listener the listener, from {@link SpopListener#tcp SpopListener.tcp},
	 * {@link SpopListener#unix unix} or {@link SpopListener#inMemory inMemory}
	 * @return a new agent
	 */
	public SpopAgent listener(SpopListener listener) {
		Objects.requireNonNull(listener, "listener");
		return with((settings) -> settings.listener(listener));
	}

	/**
	 * Return the listeners that were added.
	 * @return the listeners in their order
	 */
	public List<SpopListener> listeners() {
		return List.copyOf(this.settings.listeners.values());
	}

	/**
	 * Set the handler of NOTIFY frames.
	 * @param handler the handler
	 * @return a new agent
	 */
	public SpopAgent handler(SpopHandler handler) {
		Objects.requireNonNull(handler, "handler");
		return with((settings) -> settings.handler(handler));
	}

	/**
	 * Add an interceptor of the handler. Interceptors that were added before are called
	 * first.
	 * @param interceptor the interceptor
	 * @return a new agent
	 */
	public SpopAgent interceptor(SpopInterceptor interceptor) {
		Objects.requireNonNull(interceptor, "interceptor");
		return with((settings) -> settings.interceptor(interceptor));
	}

	/**
	 * Set how long a handler may take, from the arrival of the NOTIFY to the result. The
	 * time must be shorter than HAProxy's {@code timeout processing}, which HAProxy does
	 * not send to the agent. At the deadline the agent sends the fallback and drops the
	 * result. A handler may set {@linkplain SpopHandler#timeout(SpopExchange, Duration)
	 * another timeout} for a NOTIFY.
	 * @param timeout the time, more than zero; default 1 s
	 * @return a new agent
	 * @throws IllegalArgumentException if the time is zero or negative
	 */
	public SpopAgent handlerTimeout(Duration timeout) {
		return with((settings) -> settings.handlerTimeout(timeout));
	}

	/**
	 * Return how long a handler may take, unless it sets another timeout.
	 * @return the time
	 */
	public Duration handlerTimeout() {
		return this.settings.handlerTimeout;
	}

	/**
	 * Set the answer for a NOTIFY whose handler fails or misses the deadline.
	 * @param actions the actions; default none
	 * @return a new agent
	 */
	public SpopAgent fallback(Actions actions) {
		Objects.requireNonNull(actions, "actions");
		return with((settings) -> settings.fallback(actions));
	}

	/**
	 * Return the answer for a NOTIFY whose handler fails or misses the deadline.
	 * @return the actions
	 */
	public Actions fallback() {
		return this.settings.fallback;
	}

	/**
	 * Set the largest frame that the agent accepts. In the handshake, the agent answers
	 * with this size or the size that HAProxy offers, whichever is smaller. A longer
	 * frame closes the connection before any memory is allocated for it.
	 * @param maxFrameSize the size in bytes, without the length prefix, 256 to 2^30;
	 * default 65536
	 * @return a new agent
	 * @throws IllegalArgumentException if the size is out of range
	 */
	public SpopAgent maxFrameSize(int maxFrameSize) {
		return with((settings) -> settings.maxFrameSize(maxFrameSize));
	}

	/**
	 * Set the largest frame that the agent accepts before the handshake is done. The size
	 * limits how much memory a peer can occupy without a handshake. HAProxy's HELLO has a
	 * few hundred bytes.
	 * @param maxHelloSize the size in bytes, without the length prefix, at least 256;
	 * default 16384; never more than {@link #maxFrameSize(int)}
	 * @return a new agent
	 * @throws IllegalArgumentException if the size is less than 256
	 */
	public SpopAgent maxHelloSize(int maxHelloSize) {
		return with((settings) -> settings.maxHelloSize(maxHelloSize));
	}

	/**
	 * Set whether HAProxy up to 3.0 may split a NOTIFY over several frames. The agent
	 * joins the fragments. HAProxy since 3.1 never splits a NOTIFY. If the agent does not
	 * announce fragmentation, set {@code no option send-frag-payload} in the
	 * {@code spoe-agent} section of HAProxy up to 3.0. Otherwise a message that does not
	 * fit into a frame makes HAProxy reconnect in a loop.
	 * @param maxFragmentedSize the largest payload of all fragments together, in bytes,
	 * or 0 not to announce fragmentation; default 0
	 * @return a new agent
	 * @throws IllegalArgumentException if the size is negative
	 */
	public SpopAgent maxFragmentedSize(int maxFragmentedSize) {
		return with((settings) -> settings.maxFragmentedSize(maxFragmentedSize));
	}

	/**
	 * Set whether HAProxy may send several NOTIFY frames on a connection before the first
	 * is answered. HAProxy since 3.1 hangs when 16384 bytes of ACKs or more wait on one
	 * connection. Switch pipelining off if ACKs have more than 819 bytes.
	 * @param pipelining whether to announce pipelining; default {@code true}
	 * @return a new agent
	 */
	public SpopAgent pipelining(boolean pipelining) {
		return with((settings) -> settings.pipelining(pipelining));
	}

	/**
	 * Set whether the agent adds a harmless action to an ACK without actions. The action
	 * unsets the variable {@code spop.none} of the transaction, which is never set.
	 * HAProxy 3.1.0 and some later versions ignore an empty ACK, and wait until
	 * {@code timeout processing}.
	 * @param fillEmptyAck whether to add the action; default {@code false}
	 * @return a new agent
	 */
	public SpopAgent fillEmptyAck(boolean fillEmptyAck) {
		return with((settings) -> settings.fillEmptyAck(fillEmptyAck));
	}

	/**
	 * Set the idle time after which the agent closes a connection. HAProxy closes idle
	 * connections itself. If HAProxy sends a NOTIFY at the moment at which the agent
	 * closes, this NOTIFY is lost.
	 * @param timeout the time, well above HAProxy's {@code timeout idle}; zero, the
	 * default, never closes a connection
	 * @return a new agent
	 * @throws IllegalArgumentException if the time is negative
	 */
	public SpopAgent idleTimeout(Duration timeout) {
		return with((settings) -> settings.idleTimeout(timeout));
	}

	/**
	 * Set the age at which the agent closes a connection, so that HAProxy opens another
	 * one and traffic spreads to added agents. The connection closes together with the
	 * ACK after which no frame is in flight, or when no frame has come for a second. A
	 * connection that always has a frame in flight stays open. HAProxy since 3.1 may lose
	 * a NOTIFY when a connection closes, if {@link #pipelining(boolean) pipelining} is
	 * on.
	 * @param age the largest age; each connection has a random age between 80 % and 100 %
	 * of it; zero, the default, never closes a connection
	 * @return a new agent
	 * @throws IllegalArgumentException if the time is negative
	 */
	public SpopAgent maxConnectionAge(Duration age) {
		return with((settings) -> settings.maxConnectionAge(age));
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
		return with((settings) -> settings.highWaterMark(highWaterMark));
	}

	/**
	 * Set how many bytes of incomplete frames and of fragments the agent holds for all
	 * connections together. A peer that sends only a part of a frame occupies up to
	 * {@link #maxFrameSize(int)} bytes, until {@link #frameTimeout(Duration)}. The agent
	 * closes a connection that exceeds the limit, with status 13.
	 * @param maxBufferedBytes the number of bytes, at least 65536; default an eighth of
	 * the largest heap
	 * @return a new agent
	 * @throws IllegalArgumentException if the number is less than 65536
	 */
	public SpopAgent maxBufferedBytes(long maxBufferedBytes) {
		return with((settings) -> settings.maxBufferedBytes(maxBufferedBytes));
	}

	/**
	 * Set how many connections the kernel queues for each listener until the agent
	 * accepts them. HAProxy opens all of its connections at once after a reload.
	 * @param backlog the number, at least 1; default 1024; the kernel may have a lower
	 * limit
	 * @return a new agent
	 * @throws IllegalArgumentException if the number is less than 1
	 */
	public SpopAgent backlog(int backlog) {
		return with((settings) -> settings.backlog(backlog));
	}

	/**
	 * Set how many connections of each listener may carry frames at a time. At the limit,
	 * another connection waits with its handshake until a connection closes. The agent
	 * does not refuse it, because HAProxy up to 3.0 would then open thousands of
	 * connections. Health checks are still answered. When the listener has 1024 more
	 * connections than the limit, it accepts no further connection until one closes.
	 * @param maxConnections the number, at least 1; default unlimited
	 * @return a new agent
	 * @throws IllegalArgumentException if the number is less than 1
	 */
	public SpopAgent maxConnections(int maxConnections) {
		return with((settings) -> settings.maxConnections(maxConnections));
	}

	/**
	 * Set how long the handshake of a connection may take.
	 * @param timeout the time, more than zero; default 10 s
	 * @return a new agent
	 * @throws IllegalArgumentException if the time is zero or negative
	 */
	public SpopAgent handshakeTimeout(Duration timeout) {
		return with((settings) -> settings.handshakeTimeout(timeout));
	}

	/**
	 * Set how long the rest of a frame may take after the first byte.
	 * @param timeout the time, more than zero; default 10 s
	 * @return a new agent
	 * @throws IllegalArgumentException if the time is zero or negative
	 */
	public SpopAgent frameTimeout(Duration timeout) {
		return with((settings) -> settings.frameTimeout(timeout));
	}

	/**
	 * Set how long the peer may leave ACKs unread after {@link #highWaterMark(int)} is
	 * reached. Then the agent closes the connection.
	 * @param timeout the time, more than zero; default 10 s
	 * @return a new agent
	 * @throws IllegalArgumentException if the time is zero or negative
	 */
	public SpopAgent writeTimeout(Duration timeout) {
		return with((settings) -> settings.writeTimeout(timeout));
	}

	/**
	 * Set how many NOTIFY frames of one connection may wait for their ACK before the
	 * agent stops reading from it. By default HAProxy sends at most 20. The agent also
	 * stops if these frames have 8 times as many messages.
	 * @param maxInFlight the number, at least 1; default 128
	 * @return a new agent
	 * @throws IllegalArgumentException if the number is less than 1
	 */
	public SpopAgent maxInFlight(int maxInFlight) {
		return with((settings) -> settings.maxInFlight(maxInFlight));
	}

	/**
	 * Set the number of event loops, each a thread that serves its share of the
	 * connections.
	 * @param eventLoops the number, at least 1; default the number of processors
	 * @return a new agent
	 * @throws IllegalArgumentException if the number is less than 1
	 */
	public SpopAgent eventLoops(int eventLoops) {
		return with((settings) -> settings.eventLoops(eventLoops));
	}

	/**
	 * Set the recorders of metrics.
	 * @param recorder returns a recorder for a listener, by the name of the listener. It
	 * is called on each event loop for the first connection of the listener, and once
	 * more for the findings about the listener. By default there are no recorders.
	 * @return a new agent
	 */
	public SpopAgent metricsRecorder(Function<String, SpopMetricsRecorder> recorder) {
		Objects.requireNonNull(recorder, "recorder");
		return with((settings) -> settings.metricsRecorder(recorder));
	}

	/**
	 * Record each frame that the agent receives and sends, without TLS. The event loops
	 * do not wait for the disk.
	 * @param recorder the recorder, to be closed by the caller once the agent has
	 * stopped, or {@code null}, the default, to record nothing
	 * @return a new agent
	 */
	public SpopAgent recorder(@Nullable Recorder recorder) {
		return with((settings) -> settings.recorder(recorder));
	}

	/**
	 * Set the time after which it is a finding that a connection or a message has not
	 * come, for tests.
	 */
	SpopAgent patience(Duration patience) {
		return with((settings) -> settings.patience(patience));
	}

	/**
	 * Set the argument of messages that identifies the request, for the log and for
	 * handlers.
	 * @param name the name of the argument, which HAProxy fills for example with
	 * {@code unique-id}, or {@code null}, the default, for none
	 * @return a new agent
	 * @throws IllegalArgumentException if an argument cannot have this name
	 * @see SpopExchange#requestId()
	 */
	public SpopAgent correlationArgument(@Nullable String name) {
		return with((settings) -> settings.correlationArgument(name));
	}

	/**
	 * Return the factory of the recorders of metrics.
	 * @return the factory that {@link #metricsRecorder(Function)} has set, or
	 * {@code null} for none
	 */
	public @Nullable Function<String, SpopMetricsRecorder> metricsRecorder() {
		Function<String, SpopMetricsRecorder> recorder = this.settings.metricsRecorder;
		return recorder.equals(AgentSettings.NO_METRICS) ? null : recorder;
	}

	/**
	 * Set whether to warm up before the listeners open, as {@link #warmUp()} does, and to
	 * collect the garbage of the start. Without a warm-up, the first frames take longer
	 * than HAProxy waits by default. The warm-up opens a port on loopback. For an agent
	 * without a TCP listener, it opens a UNIX socket and collects no garbage. An agent in
	 * memory never warms up.
	 * @param warmUp whether to warm up; default {@code true}; use {@code false} in tests
	 * @return a new agent
	 */
	public SpopAgent warmUp(boolean warmUp) {
		return with((settings) -> settings.warmUp(warmUp));
	}

	/**
	 * Open all listeners, after a {@linkplain #warmUp(boolean) warm-up}. Blocks until the
	 * listeners are open, usually less than a second. The JVM runs until the agent is
	 * stopped.
	 * @return the bound agent
	 * @throws SpopBindException if a listener cannot be opened; the listeners that are
	 * already open are closed
	 * @throws IllegalStateException if there is no listener, or if only some of the
	 * listeners are in memory
	 */
	public BoundSpopAgent bind() {
		if (this.settings.listeners.isEmpty()) {
			throw new IllegalStateException("An agent needs a listener: call listener(...) before bind()");
		}
		if (this.settings.isInMemory()
				&& !this.settings.listeners.values().stream().allMatch(MemoryListener.class::isInstance)) {
			throw new IllegalStateException(
					"An agent listens in memory with all of its listeners or with none, not with "
							+ this.settings.listeners.values());
		}
		return BoundSpopAgent.bind(this.settings.intercepted());
	}

	/**
	 * Warm up the JVM, and block until the warm-up is done. The JVM loads and compiles
	 * the code of the agent, which takes about half a second once in a JVM.
	 * {@link #bind()} does the same before it opens the listeners. To save this time in
	 * {@link #bind()}, call this method earlier on another thread, while the application
	 * starts. The warm-up calls no handler of a user. This method does nothing if the JVM
	 * has been warmed up, if the agent listens in memory, or if the warm-up is
	 * {@linkplain #warmUp(boolean) switched off}.
	 */
	public void warmUp() {
		if (this.settings.isWarmedUp()) {
			AgentWarmUp.run(this.settings.hasTcp());
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

	private SpopAgent with(Consumer<AgentSettings> change) {
		AgentSettings settings = this.settings.copy();
		change.accept(settings);
		return new SpopAgent(settings);
	}

}
