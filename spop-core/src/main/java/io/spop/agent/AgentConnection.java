package io.spop.agent;

import java.io.IOException;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;

import javax.net.ssl.SSLException;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.spop.agent.SpopMetricsRecorder.CloseReason;
import io.spop.agent.SpopMetricsRecorder.HandshakeOutcome;
import io.spop.agent.SpopMetricsRecorder.Limit;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.LogText;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * One connection of HAProxy. This class passes each frame to the part that handles it,
 * and ends the connection. Only the event loop of the channel may call the methods,
 * except for {@link #execute} and those of {@link SpopConnection}.
 */
final class AgentConnection implements SpopConnection {

	private final AgentRuntime agent;

	private final AgentSettings settings;

	private final String listener;

	private final SpopMetricsRecorder recorder;

	private final EventLoopIo io;

	private final SpopCodec codec;

	private final ConnectionLog log;

	private final ConnectionInput input;

	private final ConnectionOutput output;

	private final Negotiation negotiation;

	private final Exchanges exchanges;

	private final Backpressure backpressure;

	private final Drain drain;

	private final Instant openedAt = Instant.now();

	private @Nullable ChannelHandlerContext context;

	private State state = State.AWAIT_HELLO;

	private CloseReason closeReason = CloseReason.PEER;

	private boolean reading;

	AgentConnection(AgentRuntime agent, String listener, SpopMetricsRecorder recorder, SessionLimit sessions,
			EventLoopIo io) {
		this.agent = agent;
		this.settings = agent.settings();
		this.listener = listener;
		this.recorder = recorder;
		this.io = io;
		this.log = new ConnectionLog(this, agent.limiter());
		this.codec = new SpopCodec(Math.min(this.settings.maxHelloSize, this.settings.maxFrameSize));
		this.input = new ConnectionInput(this.codec, this.settings, recorder, agent.buffered(), io.eventLoop(),
				this::frameExpired);
		this.output = new ConnectionOutput(this.codec, recorder, io);
		this.negotiation = new Negotiation(io.eventLoop(), this.settings, recorder, agent.findings().history(listener),
				this.log, sessions, this::execute, this::handshakeExpired);
		this.drain = new Drain(io.eventLoop(), System::nanoTime, this::isBusy, this.output,
				(reason) -> disconnect(reason, StatusCode.NORMAL, StatusCode.NORMAL.text()), this::closeQuietly);
		this.exchanges = new Exchanges(agent, this, recorder, this.log, io, this.output, this.drain, this::execute,
				this::answered, this::fail);
		this.backpressure = new Backpressure(io.eventLoop(), this.exchanges.inFlight(), this.settings, recorder,
				() -> execute(this::readBuffered), this::writeExpired);
	}

	private boolean isBusy() {
		return !this.exchanges.inFlight().isEmpty() || this.input.isPartial();
	}

	/**
	 * Set the channel of this connection.
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
		this.negotiation.begin();
		if (this.agent.isDraining()) {
			drain(CloseReason.SHUTDOWN);
		}
	}

	/**
	 * Release everything that the connection holds. Further calls do nothing.
	 */
	void closed() {
		if (this.state == State.CLOSED) {
			return;
		}
		this.negotiation.end((this.closeReason == CloseReason.HANDSHAKE_TIMEOUT) ? HandshakeOutcome.TIMEOUT
				: HandshakeOutcome.CLOSED);
		this.state = State.CLOSED;
		this.log.debug("Closed, engine {}: {}, {} frames in flight", engineId(), this.closeReason, inFlight());
		this.recorder.connectionClosed(this.closeReason);
		this.exchanges.drop(this.closeReason);
		this.input.clear();
		this.output.close();
		this.drain.end();
		this.negotiation.close();
		this.backpressure.cancel();
		this.agent.closed(this);
	}

	void tlsFailed(SSLException ex) {
		if (this.state == State.CLOSING || this.state == State.CLOSED) {
			return;
		}
		this.log.tlsFailed(ex);
		if (!ConnectionLog.isReset(ex)) {
			this.negotiation.end(HandshakeOutcome.REFUSED);
			this.state = State.CLOSING;
			this.closeReason = CloseReason.TLS_ERROR;
		}
	}

	void reset(IOException ex) {
		this.log.debug("{}", LogText.message(ex.toString()));
	}

	/**
	 * Handle bytes that have been read.
	 * @param in the bytes, which the caller releases
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
	 * Handle the complete frames in the input, up to one that ends or suspends reading.
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
		boolean ready = this.state == State.READY;
		FrameType type = frame.type();
		if (type == null) {
			if (ready) {
				return now;
			}
			throw unexpected(frame);
		}
		switch (type) {
			case NOTIFY, UNSET -> {
				if (ready) {
					return notified(frame, now);
				}
			}
			case HAPROXY_HELLO -> {
				if (!ready && !this.negotiation.isWaiting()) {
					greeted((Frame.HaproxyHello) frame);
					return now;
				}
			}
			case HAPROXY_DISCONNECT -> {
				Frame.HaproxyDisconnect disconnect = (Frame.HaproxyDisconnect) frame;
				this.log.debug("{}", disconnect);
				this.recorder.disconnectReceived(disconnect.statusCode());
				disconnect(CloseReason.PEER_DISCONNECT, StatusCode.NORMAL, StatusCode.NORMAL.text());
				return now;
			}
			default -> {
			}
		}
		throw unexpected(frame);
	}

	private static SpopProtocolException unexpected(Frame frame) {
		FrameType type = frame.type();
		return ConnectionInput.unexpected((type != null) ? type.code() : ((Frame.Unknown) frame).typeCode(), type);
	}

	private void greeted(Frame.HaproxyHello hello) {
		this.negotiation.received(hello);
		if (hello.healthcheck() && this.agent.isStopping()) {
			disconnect(CloseReason.SHUTDOWN, StatusCode.NORMAL, "the agent is stopping");
		}
		else if (this.negotiation.agree(hello, this::admitted)) {
			answerHello(hello.healthcheck());
		}
	}

	private void admitted() {
		answerHello(false);
		// Handle the bytes that came behind the HELLO
		readBuffered();
	}

	private void answerHello(boolean healthcheck) {
		Handshake handshake = Objects.requireNonNull(this.negotiation.result());
		this.codec.maxFrameSize(handshake.maxFrameSize());
		if (handshake.capabilities().contains(Capability.FRAGMENTATION)) {
			this.input.allowFragments();
		}
		if (handshake.capabilities().contains(Capability.PIPELINING)) {
			this.exchanges.acks().allowPipelining();
		}
		this.output.write(handshake.answer());
		// Written alone, because HAProxy since 3.2 loses a HELLO that arrives in pieces
		this.output.flush();
		this.log.debug("Handshake, engine {}: {}", handshake.engineId(), handshake.answer());
		this.negotiation.end(HandshakeOutcome.SUCCESS);
		if (healthcheck) {
			this.state = State.HEALTH_CHECKED;
		}
		else {
			this.state = State.READY;
			this.drain.ready(this.settings.idleTimeout, this.settings.maxConnectionAge);
		}
	}

	private long notified(Frame frame, long now) {
		if (frame instanceof Frame.Notify notify) {
			this.recorder.notifyStarted();
			return this.exchanges.start(notify, this.input.arrived(), now);
		}
		Frame.Fragment fragment = (Frame.Fragment) frame;
		if (fragment.type() == FrameType.NOTIFY) {
			this.exchanges.supersede(fragment.streamId(), fragment.frameId(), now);
			if (fragment.last()) {
				// The NOTIFY is aborted, but has come as a whole
				this.input.abort(fragment);
				this.exchanges.answerAborted(fragment, now);
				return now;
			}
		}
		Frame.Notify whole = this.input.join(fragment);
		return (whole != null) ? this.exchanges.start(whole, this.input.arrived(), now) : now;
	}

	/**
	 * Flush a written ACK soon, unless {@link #readComplete} will do so.
	 */
	private void answered() {
		if (!this.reading && !this.drain.hold()) {
			this.output.flushSoon();
			this.backpressure.resume();
		}
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
	 * Close the connection as soon as no frame is lost by it.
	 */
	void drain(CloseReason reason) {
		if (this.drain.begin(reason)) {
			this.log.debug("To be closed when nothing is in flight: {}", reason);
		}
	}

	/**
	 * Send a DISCONNECT as the last frame, and close. Bytes that the peer still sends are
	 * read and dropped. If they remained unread, the kernel would reset the connection,
	 * and the reset would overtake the DISCONNECT.
	 */
	private void disconnect(CloseReason reason, StatusCode status, String message) {
		this.negotiation.end((status == StatusCode.NORMAL) ? HandshakeOutcome.CLOSED : HandshakeOutcome.REFUSED);
		closing(reason);
		this.exchanges.drop(this.closeReason);
		this.output.write(new Frame.AgentDisconnect(status.code(), message));
		this.recorder.disconnectSent(status);
		end(reason);
	}

	/**
	 * Close without a DISCONNECT. HAProxy 3.1.0 does not expect a DISCONNECT on an idle
	 * connection.
	 */
	private void closeQuietly(CloseReason reason) {
		this.log.debug("To be closed, it carries nothing: {}", reason);
		this.negotiation.end(HandshakeOutcome.CLOSED);
		closing(reason);
		end(reason);
	}

	private void closing(CloseReason reason) {
		this.closeReason = reason;
		this.state = State.CLOSING;
		this.negotiation.close();
		this.input.clear();
		this.drain.end();
	}

	private void end(CloseReason reason) {
		this.output.end(() -> close(reason));
		this.backpressure.end();
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

	/**
	 * Close after an unexpected failure.
	 */
	void fail(Throwable cause) {
		this.closeReason = CloseReason.FAILURE;
		context().close();
		this.log.unexpected(cause);
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
		Handshake handshake = this.negotiation.result();
		return (handshake != null) ? handshake.engineId() : null;
	}

	@Override
	public Set<Capability> capabilities() {
		Handshake handshake = this.negotiation.result();
		return (handshake != null) ? handshake.capabilities() : Set.of();
	}

	@Override
	public int maxFrameSize() {
		Handshake handshake = this.negotiation.result();
		return (handshake != null) ? handshake.maxFrameSize() : 0;
	}

	@Override
	public Instant openedAt() {
		return this.openedAt;
	}

	@Override
	public int inFlight() {
		return this.exchanges.inFlight().count();
	}

	@Override
	public long framesReceived() {
		return this.input.frames();
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

		/** A health check has been answered. */
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
