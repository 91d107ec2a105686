package io.spop.agent;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;

import io.spop.protocol.Actions;
import org.jspecify.annotations.Nullable;

/**
 * An agent that is not bound yet: listeners, a handler and limits. Immutable: each method
 * leaves this agent as it is and returns a new one, and {@link #bind()} opens the
 * listeners.
 *
 * @since 0.1.0
 */
public final class SpopAgent {

	private final AgentSettings settings;

	private SpopAgent(AgentSettings settings) {
		this.settings = settings;
	}

	/**
	 * Return an agent without listeners that answers each NOTIFY with no actions.
	 * @return the agent
	 */
	public static SpopAgent create() {
		return new SpopAgent(new AgentSettings());
	}

	/**
	 * Add a listener. It replaces one of the same name.
	 * @param listener where to listen, from {@link SpopListener#tcp SpopListener.tcp},
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
	 * Set what handles NOTIFY frames.
	 * @param handler the handler
	 * @return a new agent
	 */
	public SpopAgent handler(SpopHandler handler) {
		Objects.requireNonNull(handler, "handler");
		return with((settings) -> settings.handler(handler));
	}

	/**
	 * Add an interceptor around the handler, within those that were added before.
	 * @param interceptor the interceptor
	 * @return a new agent
	 */
	public SpopAgent interceptor(SpopInterceptor interceptor) {
		Objects.requireNonNull(interceptor, "interceptor");
		return with((settings) -> settings.interceptor(interceptor));
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
		return with((settings) -> settings.handlerTimeout(timeout));
	}

	/**
	 * Return how long a handler may take that has no other time for a frame.
	 * @return the time
	 */
	public Duration handlerTimeout() {
		return this.settings.handlerTimeout;
	}

	/**
	 * Set the answer for a NOTIFY whose handler fails or is late.
	 * @param actions the actions; default none
	 * @return a new agent
	 */
	public SpopAgent fallback(Actions actions) {
		Objects.requireNonNull(actions, "actions");
		return with((settings) -> settings.fallback(actions));
	}

	/**
	 * Return the answer for a NOTIFY whose handler fails or is late.
	 * @return the actions
	 */
	public Actions fallback() {
		return this.settings.fallback;
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
		return with((settings) -> settings.maxFrameSize(maxFrameSize));
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
		return with((settings) -> settings.maxHelloSize(maxHelloSize));
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
		return with((settings) -> settings.maxFragmentedSize(maxSize));
	}

	/**
	 * Set whether HAProxy may send several NOTIFY frames on a connection before the first
	 * is answered. HAProxy since 3.1 hangs when 16384 bytes of ACKs or more wait on one
	 * connection: switch it off if ACKs have more than 819 bytes.
	 * @param pipelining whether to announce pipelining; default {@code true}
	 * @return a new agent
	 */
	public SpopAgent pipelining(boolean pipelining) {
		return with((settings) -> settings.pipelining(pipelining));
	}

	/**
	 * Set whether an ACK without actions gets a harmless one: unset a variable of the
	 * transaction that nobody sets, {@code spop.none}. HAProxy 3.1.0 and some that follow
	 * take an empty ACK for none and wait until {@code timeout processing}.
	 * @param fillEmptyAck whether to fill it; default {@code false}
	 * @return a new agent
	 */
	public SpopAgent fillEmptyAck(boolean fillEmptyAck) {
		return with((settings) -> settings.fillEmptyAck(fillEmptyAck));
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
		return with((settings) -> settings.idleTimeout(timeout));
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
		return with((settings) -> settings.maxBufferedBytes(maxBufferedBytes));
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
		return with((settings) -> settings.backlog(backlog));
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
	 * Set how long the rest of a frame may take after its first byte.
	 * @param timeout the time, more than zero; default 10 s
	 * @return a new agent
	 * @throws IllegalArgumentException if the time is zero or negative
	 */
	public SpopAgent frameTimeout(Duration timeout) {
		return with((settings) -> settings.frameTimeout(timeout));
	}

	/**
	 * Set how long the peer may leave its ACKs unread once they pile up, before the agent
	 * closes the connection.
	 * @param timeout the time, more than zero; default 10 s
	 * @return a new agent
	 * @throws IllegalArgumentException if the time is zero or negative
	 */
	public SpopAgent writeTimeout(Duration timeout) {
		return with((settings) -> settings.writeTimeout(timeout));
	}

	/**
	 * Set how many NOTIFY frames of one connection may wait for their ACK before the
	 * agent stops reading from it. HAProxy sends at most 20 unless told otherwise.
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
	 * Set who is told what happens on the connections.
	 * @param recorder returns a recorder for the connections of the named listener that
	 * one event loop serves; called on each event loop when it gets its first connection
	 * of that listener, and once more for what is found about it. By default nobody is
	 * told.
	 * @return a new agent
	 */
	public SpopAgent metricsRecorder(Function<String, SpopMetricsRecorder> recorder) {
		Objects.requireNonNull(recorder, "recorder");
		return with((settings) -> settings.metricsRecorder(recorder));
	}

	/**
	 * Set how long what has not come is waited for before that is a finding, for tests.
	 */
	SpopAgent patience(Duration patience) {
		return with((settings) -> settings.patience(patience));
	}

	/**
	 * Set which argument of messages tells requests apart, in the log and for handlers.
	 * @param name the name of an argument that HAProxy fills with {@code unique-id}, say,
	 * or {@code null} for none, which is the default
	 * @return a new agent
	 * @throws IllegalArgumentException if HAProxy cannot send such a name
	 * @see SpopExchange#requestId()
	 */
	public SpopAgent correlationArgument(@Nullable String name) {
		return with((settings) -> settings.correlationArgument(name));
	}

	/**
	 * Return who is told what happens on the connections.
	 * @return what {@link #metricsRecorder(Function)} has set, or {@code null} if nobody
	 * is told
	 */
	public @Nullable Function<String, SpopMetricsRecorder> metricsRecorder() {
		Function<String, SpopMetricsRecorder> recorder = this.settings.metricsRecorder;
		return recorder.equals(AgentSettings.NO_METRICS) ? null : recorder;
	}

	/**
	 * Set whether to warm up before the listeners open, as {@link #warmUp()} does, and to
	 * collect the garbage of the start. Without it the first frames take longer than
	 * HAProxy waits by default. An agent without a TCP listener opens no port for it, but
	 * a UNIX socket, and collects no garbage; one that listens in memory never warms up.
	 * @param warmUp whether to warm up; default {@code true}; {@code false} suits tests
	 * @return a new agent
	 */
	public SpopAgent warmUp(boolean warmUp) {
		return with((settings) -> settings.warmUp(warmUp));
	}

	/**
	 * Open all listeners, after the code that serves them has been
	 * {@linkplain #warmUp(boolean) warmed up}: a JVM's first frame must not take longer
	 * than HAProxy waits. Blocks until they are open, well under a second. The JVM stays
	 * up until the agent is stopped.
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
				&& !this.settings.listeners.values().stream().allMatch(MemoryListener.class::isInstance)) {
			throw new IllegalStateException(
					"An agent listens in memory with all of its listeners or with none, not with "
							+ this.settings.listeners.values());
		}
		return BoundSpopAgent.bind(this.settings.intercepted());
	}

	/**
	 * Warm up, and block until that is done: {@link #bind()} has the JVM load and compile
	 * what agents need before it opens the listeners, which takes some 100 ms once in a
	 * JVM. Called earlier by another thread, while the application starts, this takes it
	 * out of {@link #bind()}. No user's handler is called. It does nothing for an agent
	 * that listens in memory or is {@linkplain #warmUp(boolean) not to warm up}, and
	 * nothing that has been done before.
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
