package io.spop.agent;

import java.io.IOException;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.Collection;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import javax.net.ssl.SSLException;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.spop.agent.SpopMetricsRecorder.CloseReason;
import io.spop.agent.SpopMetricsRecorder.HandshakeOutcome;
import io.spop.agent.SpopMetricsRecorder.Limit;
import io.spop.agent.SpopMetricsRecorder.NotifyOutcome;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.LogText;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.StatusCode;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/**
 * One connection of HAProxy: its handshake, its frames in flight, its end. All of it
 * belongs to the event loop of the channel, but for {@link SpopConnection}'s methods.
 */
final class AgentConnection implements SpopConnection {

	/** Reactor's key for who is told of errors that come after a cancellation. */
	private static final String ON_ERROR_DROPPED = "reactor.onErrorDropped.local";

	/** How long the peer has to close its side after a DISCONNECT. */
	private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(1);

	private final AgentRuntime agent;

	private final AgentSettings settings;

	private final String listener;

	private final SpopMetricsRecorder recorder;

	private final SessionLimit.Place session;

	private final EventLoopIo io;

	private final SpopCodec codec;

	private final ConnectionLog log;

	private final ConnectionInput input;

	private final ConnectionOutput output;

	private final AckWriter acks;

	private final InFlight inFlight;

	private final Backpressure backpressure;

	private final Drain drain;

	private final Context reactorContext;

	private final Instant openedAt = Instant.now();

	private @Nullable ChannelHandlerContext context;

	private State state = State.AWAIT_HELLO;

	private CloseReason closeReason = CloseReason.PEER;

	private boolean healthcheck;

	private volatile @Nullable Handshake handshake;

	/** Written by the event loop alone, read by any thread. */
	private final AtomicLong framesReceived = new AtomicLong();

	private boolean reading;

	private @Nullable Future<?> handshakeTimer;

	AgentConnection(AgentRuntime agent, String listener, SpopMetricsRecorder recorder, SessionLimit sessions,
			EventLoopIo io) {
		this.agent = agent;
		this.settings = agent.settings();
		this.listener = listener;
		this.recorder = recorder;
		this.session = sessions.place(this::execute);
		this.io = io;
		this.log = new ConnectionLog(this, agent.limiter());
		this.codec = new SpopCodec(Math.min(this.settings.maxHelloSize, this.settings.maxFrameSize));
		this.input = new ConnectionInput(this.codec, this.settings, recorder, agent.buffered(), io.eventLoop(),
				this::frameExpired);
		this.output = new ConnectionOutput(this.codec, recorder, io);
		this.acks = new AckWriter(agent, this.output, recorder, this.log);
		this.inFlight = new InFlight(io.eventLoop(), this::expired);
		this.backpressure = new Backpressure(io.eventLoop(), this.inFlight, this.settings, recorder,
				() -> execute(this::readBuffered), this::writeExpired);
		this.drain = new Drain(io.eventLoop(), () -> !this.inFlight.isEmpty() || this.input.isPartial(), this.output,
				(reason) -> disconnect(reason, StatusCode.NORMAL, StatusCode.NORMAL.text()), this::closeQuietly);
		this.reactorContext = Context.of(ON_ERROR_DROPPED, (Consumer<Throwable>) this.log::dropped);
	}

	/**
	 * Belong to a channel from now on.
	 */
	void attach(ChannelHandlerContext context) {
		this.context = context;
		this.output.attach(context);
		this.backpressure.attach(context.channel());
	}

	private ChannelHandlerContext context() {
		return Objects.requireNonNull(this.context, "Not in a pipeline yet");
	}

	Channel channel() {
		return context().channel();
	}

	EventLoop eventLoop() {
		return this.io.eventLoop();
	}

	void opened() {
		this.agent.opened(this);
		this.recorder.connectionOpened();
		this.log.debug("Opened by {} on listener '{}'", LogText.name(String.valueOf(remoteAddress())), this.listener);
		this.handshakeTimer = schedule(this::handshakeExpired, this.settings.handshakeTimeout.toNanos());
		if (this.agent.isDraining()) {
			drain(CloseReason.SHUTDOWN);
		}
	}

	/**
	 * Let go of all that belongs to the connection. Calling it again does nothing.
	 */
	void closed() {
		if (this.state == State.CLOSED) {
			return;
		}
		handshakeEnded((this.closeReason == CloseReason.HANDSHAKE_TIMEOUT) ? HandshakeOutcome.TIMEOUT
				: HandshakeOutcome.CLOSED);
		this.state = State.CLOSED;
		this.log.debug("Closed, engine {}: {}, {} frames in flight", engineId(), this.closeReason, inFlight());
		this.recorder.connectionClosed(this.closeReason);
		dropInFlight();
		this.input.clear();
		this.output.close();
		this.drain.end();
		cancel(this.handshakeTimer);
		this.backpressure.cancel();
		this.session.leave();
		this.agent.closed(this);
	}

	void tlsFailed(SSLException ex) {
		if (this.state == State.CLOSING || this.state == State.CLOSED) {
			return;
		}
		this.log.tlsFailed(ex);
		if (!ConnectionLog.isReset(ex)) {
			handshakeEnded(HandshakeOutcome.REFUSED);
			this.state = State.CLOSING;
			this.closeReason = CloseReason.TLS_ERROR;
		}
	}

	void reset(IOException ex) {
		this.log.debug("{}", LogText.message(ex.toString()));
	}

	/**
	 * Note a failure that nobody expects, after which the channel closes.
	 */
	void failed(Throwable cause) {
		this.log.unexpected(cause);
		this.closeReason = CloseReason.FAILURE;
	}

	/**
	 * Handle what has been read.
	 * @param in the bytes, which are the caller's
	 */
	void read(ByteBuf in) {
		long now = System.nanoTime();
		this.drain.active(now);
		this.reading = true;
		if (this.state.discardsInput) {
			this.log.debug("{} bytes came too late to be answered: {}", in.readableBytes(), this.closeReason);
		}
		else {
			this.input.append(in, now, this.io.beginRound(now), this.backpressure.isSuspended());
			takeFrames(now);
		}
	}

	/**
	 * Note that there is nothing more to read for now.
	 */
	void readComplete() {
		this.reading = false;
		boolean waits = this.state != State.AWAIT_HELLO && !this.state.discardsInput
				&& !this.backpressure.isSuspended();
		if (!this.input.drained(waits) && !this.state.discardsInput) {
			this.recorder.limitReached(Limit.MAX_BUFFERED);
			refuse(StatusCode.RESOURCE_ERROR, "The incomplete frames of all connections have more than "
					+ this.settings.maxBufferedBytes + " bytes");
		}
		if (!this.drain.hold() && !this.output.isEmpty()) {
			this.output.flushSoon();
			this.io.limitWaiting();
		}
	}

	/**
	 * Take the frames that are there, but none behind one that ends or suspends reading.
	 */
	private void takeFrames(long readAt) {
		long now = readAt;
		try {
			while (!this.state.discardsInput) {
				if (this.backpressure.isSuspended()) {
					if (this.input.hasBytes()) {
						this.input.suspend();
						this.backpressure.suspend();
					}
					return;
				}
				Frame frame = this.input.next();
				if (frame == null) {
					return;
				}
				now = received(frame, now);
			}
		}
		catch (SpopProtocolException ex) {
			refuse(ex.status(), ex.getMessage());
		}
	}

	/**
	 * Handle a frame.
	 * @param now the time
	 * @return the time afterwards
	 */
	private long received(Frame frame, long now) {
		FrameType type = frame.type();
		this.framesReceived.lazySet(this.framesReceived.getPlain() + 1);
		this.recorder.frameReceived(type, this.input.frameSize());
		this.input.progressed();
		boolean ready = this.state == State.READY;
		if (type == null) {
			if (ready) {
				return now;
			}
			throw unexpected(frame);
		}
		switch (type) {
			case NOTIFY, UNSET -> {
				if (ready) {
					return (frame instanceof Frame.Notify notify) ? notified(notify, now)
							: notified((Frame.Fragment) frame, now);
				}
			}
			case HAPROXY_HELLO -> {
				if (!ready && !this.session.isWaiting()) {
					handshake((Frame.HaproxyHello) frame);
					return now;
				}
			}
			case HAPROXY_DISCONNECT -> {
				disconnected((Frame.HaproxyDisconnect) frame);
				return now;
			}
			default -> {
			}
		}
		throw unexpected(frame);
	}

	private static SpopProtocolException unexpected(Frame frame) {
		return new SpopProtocolException(StatusCode.INVALID_FRAME,
				"Unexpected " + frame.getClass().getSimpleName() + " frame");
	}

	private void disconnected(Frame.HaproxyDisconnect disconnect) {
		this.log.debug("{}", disconnect);
		this.recorder.disconnectReceived(disconnect.statusCode());
		disconnect(CloseReason.PEER_DISCONNECT, StatusCode.NORMAL, StatusCode.NORMAL.text());
	}

	private void handshake(Frame.HaproxyHello hello) {
		this.healthcheck = hello.healthcheck();
		if (this.healthcheck && this.agent.isStopping()) {
			disconnect(CloseReason.SHUTDOWN, StatusCode.NORMAL, "the agent is stopping");
			return;
		}
		// What cannot be agreed on is refused, whether there is a place or not
		Handshake handshake = Handshake.of(hello, this.settings);
		if (this.healthcheck || this.session.take(() -> admitted(handshake))) {
			agree(handshake);
		}
		else {
			this.recorder.limitReached(Limit.MAX_CONNECTIONS);
			this.log.waits(this.settings.maxConnections);
		}
	}

	private void admitted(Handshake handshake) {
		agree(handshake);
		// What came behind the HELLO
		readBuffered();
	}

	private void agree(Handshake handshake) {
		this.handshake = handshake;
		this.codec.maxFrameSize(handshake.maxFrameSize());
		if (handshake.capabilities().contains(Capability.FRAGMENTATION)) {
			this.input.allowFragments();
		}
		if (handshake.capabilities().contains(Capability.PIPELINING)) {
			this.acks.allowPipelining();
		}
		this.output.write(handshake.answer());
		// Alone in its write: HAProxy from 3.2 on loses a HELLO that arrives in pieces
		this.output.flush();
		this.log.debug("Handshake, engine {}: {}", handshake.engineId(), handshake.answer());
		handshakeEnded(HandshakeOutcome.SUCCESS);
		if (this.healthcheck) {
			// The handshake's timer stays: the peer closes at once
			this.state = State.HEALTH_CHECKED;
		}
		else {
			this.state = State.READY;
			cancel(this.handshakeTimer);
			this.drain.ready(this.settings.idleTimeout, this.settings.maxConnectionAge);
		}
	}

	private void handshakeEnded(HandshakeOutcome outcome) {
		if (this.state == State.AWAIT_HELLO) {
			this.recorder.handshakeEnded(this.healthcheck, outcome);
		}
	}

	private long notified(Frame.Notify notify, long now) {
		if (this.input.hasFragments()) {
			throw new SpopProtocolException(StatusCode.INTERLACED_FRAMES, "A NOTIFY between the fragments of another");
		}
		this.recorder.notifyStarted();
		return call(notify, now);
	}

	/**
	 * Call the handler for a NOTIFY, of which the recorder knows.
	 */
	private long call(Frame.Notify notify, long now) {
		supersede(notify.streamId(), notify.frameId(), now);
		EventLoopIo.Pace pace = this.io.pace(notify.messages());
		this.io.flushBefore(this.drain.isHolding() ? null : this.output, pace, now);
		Exchange exchange = new Exchange(this, notify);
		exchange.start(this.settings.handler, this.input.arrived(), now, this.settings.handlerTimeout);
		long end;
		if (exchange.isDone()) {
			end = exchange.endedAt();
		}
		else {
			this.inFlight.add(exchange);
			end = System.nanoTime();
		}
		this.io.took(pace, end - now);
		if (end - now > this.settings.maxBlockedNanos) {
			exchange.reportHandlerBlocked(end - now);
		}
		return end;
	}

	private long notified(Frame.Fragment fragment, long now) {
		if (fragment.type() == FrameType.NOTIFY) {
			supersede(fragment.streamId(), fragment.frameId(), now);
		}
		if (fragment.type() == FrameType.NOTIFY && fragment.last()) {
			// Aborted, but whole
			this.input.abort(fragment);
			this.recorder.notifyStarted();
			this.acks.write(fragment.streamId(), fragment.frameId(), Actions.none());
			this.recorder.notifyEnded(NotifyOutcome.SUCCESS, 0);
			this.io.waits(now);
			return now;
		}
		Frame.Notify notify = this.input.join(fragment);
		return (notify != null) ? call(notify, now) : now;
	}

	/**
	 * Drop the older of two frames with the same ids: HAProxy up to 3.0 gave up on it and
	 * takes its ACK for that of the newer one.
	 */
	private void supersede(long streamId, long frameId, long now) {
		Exchange other = this.inFlight.cancel(streamId, frameId);
		if (other != null) {
			ended(other, NotifyOutcome.SUPERSEDED, now);
			this.log.debug("{} came again before its result", other);
		}
	}

	/**
	 * Answer a NOTIFY whose deadline has come, and cancel what it waits for when the ACK
	 * has left.
	 */
	private void expired(Exchange exchange) {
		long begun = System.nanoTime();
		this.io.beginRound(begun);
		this.io.flushBefore(begun);
		exchange.expire();
		took(exchange, begun);
		execute(() -> {
			long start = System.nanoTime();
			this.io.beginRound(start);
			this.io.flushBefore(start);
			exchange.terminate();
			took(exchange, start);
		});
	}

	private void took(Exchange exchange, long begun) {
		long nanos = System.nanoTime() - begun;
		this.io.took(nanos);
		if (nanos > this.settings.maxBlockedNanos) {
			exchange.reportHandlerBlocked(nanos);
		}
	}

	void blocked(Object handler, long nanos) {
		this.recorder.eventLoopBlocked(nanos);
		this.log.blocked(handler, TimeUnit.NANOSECONDS.toMillis(nanos));
	}

	void unhandled(String name, Collection<String> handled) {
		String text = LogText.name(name);
		this.agent.unhandled().add(text);
		this.log.unhandled(text, handled);
	}

	/**
	 * Answer a NOTIFY. All ways to do so pass here, and whatever fails on them, an ACK
	 * goes out.
	 * @param exchange the NOTIFY, which has just ended
	 * @param actions what to answer, or {@code null} for nothing
	 * @param error why that is not the result of the handler, or {@code null} if it is
	 */
	void complete(Exchange exchange, @Nullable Actions actions, @Nullable Throwable error) {
		this.inFlight.remove(exchange);
		long now = exchange.endedAt();
		this.drain.active(now);
		try {
			ended(exchange, this.acks.answer(exchange, actions, error), now);
		}
		catch (Throwable ex) {
			// Not even an ACK without actions could be made
			ended(exchange, NotifyOutcome.CLOSED, now);
			fail(ex);
			return;
		}
		this.io.waits(now);
		if (!this.reading && !this.drain.hold()) {
			this.output.flushSoon();
			this.backpressure.resume();
		}
	}

	private void ended(Exchange exchange, NotifyOutcome outcome, long now) {
		this.recorder.notifyEnded(outcome, now - exchange.arrivedAt());
	}

	private void dropInFlight() {
		long now = System.nanoTime();
		this.inFlight.cancelAll((exchange) -> ended(exchange, NotifyOutcome.CLOSED, now));
	}

	void writabilityChanged() {
		if (!channel().isWritable()) {
			this.input.suspend();
		}
		this.backpressure.writabilityChanged();
	}

	private void writeExpired() {
		this.log.debug("To be closed: the peer has not read its ACKs for {}", this.settings.writeTimeout);
		close(CloseReason.WRITE_TIMEOUT);
	}

	private void readBuffered() {
		long now = System.nanoTime();
		this.io.beginRound(now);
		this.reading = true;
		takeFrames(now);
		readComplete();
	}

	private void handshakeExpired() {
		this.log.debug("To be closed: no handshake within {}", this.settings.handshakeTimeout);
		close(CloseReason.HANDSHAKE_TIMEOUT);
	}

	private void frameExpired() {
		this.log.debug("To be closed: the rest of a frame did not come within {}", this.settings.frameTimeout);
		disconnect(CloseReason.FRAME_TIMEOUT, StatusCode.TIMEOUT, "the rest of a frame did not come in time");
	}

	private void refuse(StatusCode status, String message) {
		this.recorder.protocolError(status);
		this.log.refused(status, message, (this.state == State.AWAIT_HELLO) ? this.input.describe() : "");
		disconnect(CloseReason.PROTOCOL_ERROR, status, LogText.message(message));
	}

	/**
	 * Close the connection as soon as nothing is lost by it.
	 */
	void drain(CloseReason reason) {
		if (this.drain.begin(reason)) {
			this.log.debug("To be closed when nothing is in flight: {}", reason);
		}
	}

	/**
	 * Send a DISCONNECT as the last frame, and close. What the peer still sends is
	 * drained meanwhile: unread, it would make the kernel reset the connection, and the
	 * reset would overtake the DISCONNECT.
	 */
	private void disconnect(CloseReason reason, StatusCode status, String message) {
		handshakeEnded((status == StatusCode.NORMAL) ? HandshakeOutcome.CLOSED : HandshakeOutcome.REFUSED);
		closing(reason);
		dropInFlight();
		this.output.write(new Frame.AgentDisconnect(status.code(), message));
		this.recorder.disconnectSent(status);
		end(reason);
	}

	/**
	 * Close without a DISCONNECT, which HAProxy 3.1.0 does not expect on a connection
	 * that is idle.
	 */
	private void closeQuietly(CloseReason reason) {
		this.log.debug("To be closed, it carries nothing: {}", reason);
		handshakeEnded(HandshakeOutcome.CLOSED);
		closing(reason);
		end(reason);
	}

	private void closing(CloseReason reason) {
		this.closeReason = reason;
		this.state = State.CLOSING;
		this.session.leave();
		this.input.clear();
		this.drain.end();
	}

	private void end(CloseReason reason) {
		this.output.end(() -> close(reason));
		this.backpressure.end();
		schedule(() -> close(reason), CLOSE_NANOS);
	}

	/**
	 * Close at once.
	 */
	void close(CloseReason reason) {
		if (this.state != State.CLOSED) {
			this.closeReason = reason;
			closed();
			context().close();
		}
	}

	/**
	 * Run a task on the event loop. Any thread may call this.
	 * @throws RejectedExecutionException if the event loop has ended
	 */
	void execute(Runnable task) {
		eventLoop().execute(() -> {
			try {
				task.run();
			}
			catch (Throwable ex) {
				fail(ex);
			}
		});
	}

	private void fail(Throwable ex) {
		failed(ex);
		context().close();
	}

	private Future<?> schedule(Runnable task, long nanos) {
		return eventLoop().schedule(task, nanos, TimeUnit.NANOSECONDS);
	}

	private static void cancel(@Nullable Future<?> timer) {
		if (timer != null) {
			timer.cancel(false);
		}
	}

	AgentSettings settings() {
		return this.settings;
	}

	Context reactorContext() {
		return this.reactorContext;
	}

	SpopMetricsRecorder recorder() {
		return this.recorder;
	}

	ConnectionLog log() {
		return this.log;
	}

	AckWriter acks() {
		return this.acks;
	}

	@Override
	public String id() {
		return channel().id().asShortText();
	}

	@Override
	public String listener() {
		return this.listener;
	}

	@Override
	public @Nullable SocketAddress remoteAddress() {
		return channel().remoteAddress();
	}

	@Override
	public @Nullable String engineId() {
		Handshake handshake = this.handshake;
		return (handshake != null) ? handshake.engineId() : null;
	}

	@Override
	public Set<Capability> capabilities() {
		Handshake handshake = this.handshake;
		return (handshake != null) ? handshake.capabilities() : Set.of();
	}

	@Override
	public int maxFrameSize() {
		Handshake handshake = this.handshake;
		return (handshake != null) ? handshake.maxFrameSize() : 0;
	}

	@Override
	public Instant openedAt() {
		return this.openedAt;
	}

	@Override
	public int inFlight() {
		return this.inFlight.count();
	}

	@Override
	public long framesReceived() {
		return this.framesReceived.getOpaque();
	}

	@Override
	public long framesSent() {
		return this.output.frames();
	}

	@Override
	public @Nullable String lastError() {
		return this.log.lastError();
	}

	@Override
	public String toString() {
		return "connection " + id() + " on listener '" + this.listener + "'";
	}

	private enum State {

		AWAIT_HELLO(false),

		/** A health check has its answer. */
		HEALTH_CHECKED(true),

		READY(false),

		/** A DISCONNECT has been sent, or TLS has failed. */
		CLOSING(true),

		CLOSED(true);

		private final boolean discardsInput;

		State(boolean discardsInput) {
			this.discardsInput = discardsInput;
		}

	}

}
