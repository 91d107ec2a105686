package io.spop.agent;

import java.io.IOException;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import javax.net.ssl.SSLException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
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
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.StatusCode;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/**
 * One connection of HAProxy: its handshake, its frames in flight, its end. All of it
 * belongs to the event loop of the channel, but for {@link SpopConnection}'s methods.
 */
final class AgentConnection extends ChannelInboundHandlerAdapter implements SpopConnection {

	/** A call that takes longer than this on an event loop is told. */
	static final long MAX_BLOCKED_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

	/**
	 * HAProxy since 3.1 never again reads from a connection on which so many bytes arrive
	 * at once: they fill its receive buffer.
	 */
	private static final int MAX_WRITE = 16383;

	/**
	 * With at most so many bytes each, the ACKs of the 20 frames that HAProxy has in
	 * flight stay below that.
	 */
	private static final int MAX_PIPELINED_ACK = 819;

	private static final Actions HARMLESS = Actions.unset(VarScope.TRANSACTION, "spop.none");

	/** Reactor's key for who is told of errors that come after a cancellation. */
	private static final String ON_ERROR_DROPPED = "reactor.onErrorDropped.local";

	private static final int INITIAL_OUT = 256;

	/** A larger buffer for frames to be written is not kept. */
	private static final int MAX_KEPT_OUT = 1024;

	/** Where the type of a frame is, behind its length. */
	private static final int TYPE_OFFSET = 4;

	/** How long the peer has to close its side after a DISCONNECT. */
	private static final long CLOSE_TIMEOUT_MILLIS = 1000;

	/**
	 * How long a connection to be closed has carried nothing when it is closed without an
	 * answer: HAProxy up to 3.0 may send a NOTIFY at that very moment, which is lost. One
	 * that is used sooner closes with that answer and loses nothing.
	 */
	private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

	/** How long the ACKs before a DISCONNECT wait for a NOTIFY that is on its way. */
	private static final long HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

	/** How often they wait again because one came. */
	private static final int MAX_HOLDS = 3;

	/** Connections of one age do not all close at once: by up to this part earlier. */
	private static final double AGE_JITTER = 0.2;

	private final AgentRuntime agent;

	private final SpopAgent.Settings settings;

	private final String listener;

	private final SpopMetricsRecorder recorder;

	private final SessionLimit sessions;

	private final ConnectionLog log;

	private final EventLoopIo io;

	private final SpopCodec codec;

	private final Context reactorContext;

	private final Instant openedAt = Instant.now();

	private CloseReason closeReason = CloseReason.PEER;

	/** Why the connection closes as soon as nothing is lost by it. */
	private @Nullable CloseReason drainReason;

	/** Written by the event loop alone, read by any thread. */
	private final AtomicLong framesReceived = new AtomicLong();

	private final AtomicLong framesSent = new AtomicLong();

	private State state = State.AWAIT_HELLO;

	private boolean healthcheck;

	private @Nullable ChannelHandlerContext context;

	private volatile @Nullable String engineId;

	private volatile Set<Capability> capabilities = Set.of();

	private volatile int maxFrameSize;

	/** What has been read and not been taken. */
	private ByteBuf in = Unpooled.EMPTY_BUFFER;

	/** How much of what all connections have read and not taken is here. */
	private long buffered;

	/** A HELLO that waits for a place among the sessions of the listener. */
	private Frame.@Nullable HaproxyHello waitingHello;

	private boolean hasSession;

	/** Frames to be written, gathered on the heap until the next flush. */
	private @Nullable ByteBuf out;

	private boolean reading;

	/** Set when reading is suspended, until something has been read again. */
	private boolean suspended;

	private boolean flushScheduled;

	/** The frames in flight, oldest first. */
	private @Nullable Exchange first;

	private @Nullable Exchange last;

	private final AtomicInteger inFlight = new AtomicInteger();

	/** The time, as far as the event loop has looked at the clock. */
	private long now;

	/** When what has been read last is taken to have arrived. */
	private long arrived;

	/** When something was read last. */
	private long readAt;

	/** The same, but only if there was nothing more to read. */
	private long lastRead;

	private @Nullable Future<?> handshakeTimer;

	/** Set while a timer runs for the earliest deadline, which it may be late for. */
	private @Nullable Future<?> deadlineTimer;

	private long deadlineTimerDue;

	/** When the first byte of an incomplete frame was seen, or 0. */
	private long partialSince;

	private @Nullable Future<?> partialTimer;

	/** What has come of a NOTIFY that is not whole. */
	private @Nullable Fragments fragments;

	/** When something was read, or a frame answered, last. */
	private long lastActive;

	/** Set while the peer does not read. */
	private @Nullable Future<?> writeTimer;

	private @Nullable Future<?> idleTimer;

	private @Nullable Future<?> ageTimer;

	private @Nullable Future<?> quietTimer;

	private @Nullable Future<?> holdTimer;

	private int holds;

	AgentConnection(AgentRuntime agent, String listener, SpopMetricsRecorder recorder, SessionLimit sessions,
			EventLoopIo io) {
		this.agent = agent;
		this.settings = agent.settings();
		this.listener = listener;
		this.recorder = recorder;
		this.sessions = sessions;
		this.io = io;
		this.log = new ConnectionLog(this, agent.limiter());
		this.reactorContext = Context.of(ON_ERROR_DROPPED, (Consumer<Throwable>) this.log::dropped);
		this.codec = new SpopCodec(Math.min(this.settings.maxHelloSize, this.settings.maxFrameSize));
	}

	@Override
	public void handlerAdded(ChannelHandlerContext context) {
		this.context = context;
	}

	private ChannelHandlerContext context() {
		ChannelHandlerContext context = this.context;
		if (context == null) {
			throw new IllegalStateException("Not in a pipeline yet");
		}
		return context;
	}

	Channel channel() {
		return context().channel();
	}

	EventLoop eventLoop() {
		return channel().eventLoop();
	}

	@Override
	public void channelActive(ChannelHandlerContext context) throws Exception {
		this.lastActive = System.nanoTime();
		this.readAt = this.lastActive;
		this.lastRead = this.lastActive;
		this.agent.opened(this);
		this.recorder.connectionOpened();
		this.log.debug("Opened by {} on listener '{}'", LogText.name(String.valueOf(remoteAddress())), this.listener);
		this.handshakeTimer = schedule(this::handshakeExpired, this.settings.handshakeTimeout.toNanos());
		if (this.agent.isDraining()) {
			drain(CloseReason.SHUTDOWN);
		}
		super.channelActive(context);
		// Reactor Netty reads on demand only
		context.channel().config().setAutoRead(true);
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) throws Exception {
		closed();
		super.channelInactive(context);
	}

	private void closed() {
		if (this.state == State.CLOSED) {
			return;
		}
		if (this.state == State.AWAIT_HELLO) {
			this.recorder.handshakeEnded(this.healthcheck, (this.closeReason == CloseReason.HANDSHAKE_TIMEOUT)
					? HandshakeOutcome.TIMEOUT : HandshakeOutcome.CLOSED);
		}
		this.state = State.CLOSED;
		this.log.debug("Closed, engine {}: {}, {} frames in flight", this.engineId, this.closeReason, inFlight());
		this.recorder.connectionClosed(this.closeReason);
		dropInFlight();
		cancel(this.handshakeTimer);
		cancel(this.deadlineTimer);
		cancel(this.partialTimer);
		cancel(this.writeTimer);
		cancel(this.idleTimer);
		cancel(this.ageTimer);
		cancel(this.quietTimer);
		cancel(this.holdTimer);
		dropFragments();
		this.in = Unpooled.EMPTY_BUFFER;
		this.out = null;
		countBuffered();
		leaveSessions();
		this.agent.closed(this);
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
		if (event instanceof SslHandshakeCompletionEvent handshake && handshake.cause() instanceof SSLException ex) {
			tlsFailed(ex);
		}
		super.userEventTriggered(context, event);
	}

	private void tlsFailed(SSLException ex) {
		if (this.state == State.CLOSING || this.state == State.CLOSED) {
			return;
		}
		this.log.tlsFailed(ex);
		if (ConnectionLog.isReset(ex)) {
			return;
		}
		if (this.state == State.AWAIT_HELLO) {
			this.recorder.handshakeEnded(false, HandshakeOutcome.REFUSED);
		}
		this.state = State.CLOSING;
		this.closeReason = CloseReason.TLS_ERROR;
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		if (cause instanceof DecoderException && cause.getCause() instanceof SSLException ex) {
			tlsFailed(ex);
		}
		else if (cause instanceof IOException) {
			// Resets are how HAProxy ends health checks and idle connections
			this.log.debug("{}", LogText.message(cause.toString()));
		}
		else {
			this.log.unexpected(cause);
			this.closeReason = CloseReason.FAILURE;
		}
		context.close();
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		ByteBuf in = (ByteBuf) message;
		this.reading = true;
		this.now = System.nanoTime();
		this.lastActive = this.now;
		if (in.isReadable()) {
			this.readAt = this.now;
			long notBefore = this.io.beginRead(this.now);
			if (!isSuspended()) {
				// What was there before has been read
				this.arrived = (this.lastRead - notBefore > 0 || this.suspended) ? this.lastRead : notBefore;
				this.suspended = false;
			}
		}
		try {
			if (this.state.discardsInput) {
				discard(in);
			}
			else {
				append(in);
				decode();
				if (!this.in.isReadable()) {
					// Its bytes live no longer than the frames that refer to them
					this.in = Unpooled.EMPTY_BUFFER;
				}
			}
		}
		finally {
			in.release();
		}
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext context) {
		this.reading = false;
		this.lastRead = this.readAt;
		countBuffered();
		if (!disconnectIfDrained()) {
			watchPartialFrame();
			if (hasOutput()) {
				scheduleFlush();
				this.io.limitWaiting();
			}
		}
		context.fireChannelReadComplete();
	}

	private void discard(ByteBuf in) {
		if (in.readableBytes() > TYPE_OFFSET
				&& in.getUnsignedByte(in.readerIndex() + TYPE_OFFSET) == FrameType.NOTIFY.code()) {
			this.log.debug("A NOTIFY came too late to be answered: {}", this.closeReason);
		}
	}

	/**
	 * Copy what has been read: messages and values refer to these bytes, and may live
	 * longer than the buffer. What frames refer to is never written to again, since room
	 * is made in another array.
	 */
	private void append(ByteBuf in) {
		int size = in.readableBytes();
		if (!this.in.isReadable()) {
			byte[] bytes = new byte[size];
			in.readBytes(bytes);
			this.in = Unpooled.wrappedBuffer(bytes);
		}
		else if (size > this.in.writableBytes()) {
			this.in = Unpooled.buffer(2 * (this.in.readableBytes() + size)).writeBytes(this.in).writeBytes(in);
		}
		else {
			this.in.writeBytes(in);
		}
	}

	/**
	 * Take the frames that are there, but none behind one that ends or suspends reading.
	 */
	private void decode() {
		ByteBuf in = this.in;
		if (isSuspended()) {
			suspendReading();
			return;
		}
		byte[] array = in.array();
		int type = -1;
		try {
			int start = in.arrayOffset() + in.readerIndex();
			int end = in.arrayOffset() + in.writerIndex();
			int size = this.codec.size(array, start, end);
			while (size > 0 && size <= end - start) {
				type = array[start + TYPE_OFFSET] & 0xFF;
				in.readerIndex(in.readerIndex() + size);
				received(this.codec.decode(array, start, size), type, size);
				start += size;
				if (this.state.discardsInput) {
					return;
				}
				if (start < end && isSuspended()) {
					suspendReading();
					return;
				}
				type = -1;
				size = this.codec.size(array, start, end);
			}
		}
		catch (SpopProtocolException ex) {
			// What else is wrong with a frame that only an agent sends does not matter
			refuse((type >= FrameType.AGENT_HELLO.code()) ? StatusCode.INVALID_FRAME : ex.status(), ex.getMessage(),
					in);
		}
	}

	private void received(Frame frame, int typeCode, int size) {
		FrameType type = (frame instanceof Frame.Notify) ? FrameType.NOTIFY : FrameType.of(typeCode);
		this.framesReceived.lazySet(this.framesReceived.getPlain() + 1);
		this.recorder.frameReceived(type, size);
		if (this.fragments == null) {
			this.partialSince = 0;
		}
		handle(frame);
	}

	private void handle(Frame frame) {
		if (this.state == State.AWAIT_HELLO) {
			if (frame instanceof Frame.HaproxyHello hello) {
				handshake(hello);
			}
			else if (frame instanceof Frame.HaproxyDisconnect disconnect) {
				disconnectedByPeer(disconnect);
			}
			else {
				throw unexpected(frame);
			}
		}
		else if (frame instanceof Frame.Notify notify) {
			if (this.fragments != null) {
				throw new SpopProtocolException(StatusCode.INTERLACED_FRAMES,
						"A NOTIFY between the fragments of another");
			}
			handle(notify);
		}
		else if (frame instanceof Frame.HaproxyDisconnect disconnect) {
			disconnectedByPeer(disconnect);
		}
		else if (frame instanceof Frame.Fragment fragment) {
			handle(fragment);
		}
		else if (!(frame instanceof Frame.Unknown)) {
			throw unexpected(frame);
		}
	}

	private void disconnectedByPeer(Frame.HaproxyDisconnect disconnect) {
		this.log.debug("{}", disconnect);
		this.recorder.disconnectReceived(disconnect.statusCode());
		disconnect(CloseReason.PEER_DISCONNECT, StatusCode.NORMAL, StatusCode.NORMAL.text());
	}

	private static SpopProtocolException unexpected(Frame frame) {
		return new SpopProtocolException(StatusCode.INVALID_FRAME,
				"Unexpected " + frame.getClass().getSimpleName() + " frame");
	}

	private void handshake(Frame.HaproxyHello hello) {
		if (this.waitingHello != null) {
			throw unexpected(hello);
		}
		this.healthcheck = hello.healthcheck();
		if (this.healthcheck && this.agent.isStopping()) {
			disconnect(CloseReason.SHUTDOWN, StatusCode.NORMAL, "the agent is stopping");
			return;
		}
		if (!this.healthcheck && !this.hasSession) {
			// What cannot be agreed on is refused, whether there is a place or not
			hello.negotiateVersion();
			hello.negotiateMaxFrameSize(this.settings.maxFrameSize);
			if (!this.sessions.acquire()) {
				this.waitingHello = hello;
				this.recorder.limitReached(Limit.MAX_CONNECTIONS);
				this.log.waits(this.settings.maxConnections);
				this.sessions.await(this);
				return;
			}
			this.hasSession = true;
		}
		String version = hello.negotiateVersion();
		int size = hello.negotiateMaxFrameSize(this.settings.maxFrameSize);
		Set<Capability> shared = EnumSet.noneOf(Capability.class);
		if (this.settings.pipelining) {
			shared.add(Capability.PIPELINING);
		}
		shared.retainAll(hello.capabilities());
		if (this.settings.maxFragmentedSize > 0) {
			// HAProxy does not announce it, since it only sends fragments
			shared.add(Capability.FRAGMENTATION);
		}
		this.engineId = (hello.engineId() != null) ? LogText.name(hello.engineId()) : null;
		this.capabilities = Set.copyOf(shared);
		this.maxFrameSize = size;
		this.codec.maxFrameSize(size);
		write(FrameType.AGENT_HELLO, new Frame.AgentHello(version, size, shared));
		// Alone in its write: HAProxy from 3.2 on loses a HELLO that arrives in pieces
		flush();
		this.log.debug("Handshake, engine {}: {}", this.engineId, hello);
		this.recorder.handshakeEnded(this.healthcheck, HandshakeOutcome.SUCCESS);
		if (this.healthcheck) {
			// The handshake's timer stays: the peer closes at once
			this.state = State.HEALTH_CHECKED;
		}
		else {
			this.state = State.READY;
			cancel(this.handshakeTimer);
			this.handshakeTimer = null;
			if (!this.settings.idleTimeout.isZero()) {
				this.idleTimer = schedule(this::idleExpired, this.settings.idleTimeout.toNanos());
			}
			if (!this.settings.maxConnectionAge.isZero()) {
				double part = 1 - AGE_JITTER * ThreadLocalRandom.current().nextDouble();
				this.ageTimer = schedule(() -> drain(CloseReason.MAX_AGE),
						(long) (part * this.settings.maxConnectionAge.toNanos()));
			}
		}
	}

	/**
	 * Take the place that another connection has left, and answer the HELLO that waited.
	 * Any thread may call this.
	 * @return {@code false} if the connection's event loop has ended
	 */
	boolean admit() {
		return execute(() -> {
			Frame.HaproxyHello hello = this.waitingHello;
			if (hello == null || this.state != State.AWAIT_HELLO) {
				this.sessions.release();
				return;
			}
			this.waitingHello = null;
			this.hasSession = true;
			handshake(hello);
			// What came behind the HELLO
			readBuffered();
		});
	}

	private void leaveSessions() {
		if (this.hasSession) {
			this.hasSession = false;
			this.sessions.release();
		}
		else if (this.waitingHello != null) {
			this.waitingHello = null;
			this.sessions.leave(this);
		}
	}

	/**
	 * Run a task on the event loop, or on none if that has ended.
	 * @return whether it runs
	 */
	boolean execute(Runnable task) {
		try {
			eventLoop().execute(() -> {
				try {
					task.run();
				}
				catch (Throwable ex) {
					exceptionCaught(context(), ex);
				}
			});
			return true;
		}
		catch (RejectedExecutionException ex) {
			return false;
		}
	}

	private void handle(Frame.Notify notify) {
		supersede(notify.streamId(), notify.frameId());
		this.recorder.notifyStarted();
		handleStarted(notify);
	}

	private void handleStarted(Frame.Notify notify) {
		EventLoopIo.Pace pace = pace(notify);
		this.io.flushBefore(this, pace, this.now);
		long begun = this.now;
		Exchange exchange = new Exchange(this, notify);
		exchange.start(this.settings.handler, this.arrived, begun, this.settings.handlerTimeout);
		if (!exchange.isDone()) {
			addInFlight(exchange);
			watchDeadline(exchange.deadline);
			this.now = System.nanoTime();
		}
		long took = this.now - begun;
		pace.took(took);
		if (took > MAX_BLOCKED_NANOS) {
			exchange.reportHandlerBlocked(took);
		}
	}

	/**
	 * Return how long the handler takes for these messages: that of the first one, unless
	 * another one is slower.
	 */
	private EventLoopIo.Pace pace(Frame.Notify notify) {
		List<NotifyMessage> messages = notify.messages();
		if (messages.isEmpty()) {
			return this.io.pace("");
		}
		EventLoopIo.Pace pace = this.io.pace(messages.get(0).name());
		for (int i = 1; i < messages.size() && pace.isQuick(); i++) {
			pace = this.io.pace(messages.get(i).name());
		}
		return pace;
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

	private void handle(Frame.Fragment fragment) {
		if (fragment.type() == FrameType.NOTIFY && fragment.last()) {
			// Aborted, but whole
			supersede(fragment.streamId(), fragment.frameId());
			this.recorder.notifyStarted();
			write(FrameType.ACK, new Frame.Ack(fragment.streamId(), fragment.frameId(), Actions.none()));
			this.recorder.notifyEnded(NotifyOutcome.SUCCESS, 0);
			return;
		}
		if (!this.capabilities.contains(Capability.FRAGMENTATION)) {
			throw new SpopProtocolException(StatusCode.FRAGMENTATION_NOT_SUPPORTED,
					"A fragment, though fragmentation was not announced: set 'no option send-frag-payload'"
							+ " in the spoe-agent section of HAProxy up to 3.0");
		}
		Fragments fragments = this.fragments;
		if (fragment.type() == FrameType.NOTIFY && fragments == null) {
			fragments = new Fragments(fragment.streamId(), fragment.frameId(), this.settings.maxFragmentedSize);
			this.fragments = fragments;
			this.recorder.notifyStarted();
		}
		else if (fragment.type() == FrameType.NOTIFY || fragments == null || !fragments.includes(fragment)) {
			throw new SpopProtocolException(StatusCode.INTERLACED_FRAMES,
					"A fragment of " + Long.toUnsignedString(fragment.streamId()) + "/"
							+ Long.toUnsignedString(fragment.frameId()) + " that continues none");
		}
		if (fragment.aborted()) {
			dropFragments();
			return;
		}
		fragments.add(fragment.payload());
		if (fragment.last()) {
			Frame.Notify notify = new Frame.Notify(fragment.streamId(), fragment.frameId(),
					SpopCodec.decodeMessages(fragments.toByteArray()));
			this.fragments = null;
			supersede(notify.streamId(), notify.frameId());
			handleStarted(notify);
		}
	}

	/**
	 * End the NOTIFY whose fragments have not all come, if there is one.
	 */
	private void dropFragments() {
		if (this.fragments != null) {
			this.fragments = null;
			this.recorder.notifyEnded(NotifyOutcome.CLOSED, 0);
		}
	}

	/**
	 * Drop the older of two frames with the same ids: HAProxy up to 3.0 gave up on it and
	 * takes its ACK for that of the newer one.
	 */
	private void supersede(long streamId, long frameId) {
		for (Exchange other = this.first; other != null; other = other.next) {
			if (other.streamId() == streamId && other.frameId() == frameId) {
				other.cancel();
				removeInFlight(other);
				ended(other, NotifyOutcome.SUPERSEDED);
				this.log.debug("{} came again before its result", other);
				return;
			}
		}
	}

	/**
	 * Answer a NOTIFY. All ways to do so pass here, and whatever fails on them, an ACK
	 * goes out.
	 * @param exchange the NOTIFY
	 * @param actions what to answer, or {@code null} for nothing
	 * @param error why that is not the result of the handler, or {@code null} if it is
	 */
	void complete(Exchange exchange, @Nullable Actions actions, @Nullable Throwable error) {
		if (exchange.inFlight) {
			removeInFlight(exchange);
		}
		this.now = exchange.now();
		this.lastActive = this.now;
		try {
			ended(exchange, answer(exchange, actions, error));
		}
		catch (Throwable ex) {
			// Not even an ACK without actions could be made
			ended(exchange, NotifyOutcome.CLOSED);
			exceptionCaught(context(), ex);
			return;
		}
		this.io.waits(this.now);
		if (!this.reading && !disconnectIfDrained()) {
			scheduleFlush();
			resumeReading();
		}
	}

	private NotifyOutcome answer(Exchange exchange, @Nullable Actions actions, @Nullable Throwable error) {
		Throwable failure = error;
		if (failure == null && this.now - exchange.deadline > 0) {
			failure = new SpopTimeoutException(exchange.timeout(), true);
			if (!(exchange.reported() instanceof SpopTimeoutException)) {
				lateResult(exchange);
				return answerFallback(exchange, failure);
			}
			// A message was late, not those that are answered
		}
		if (failure == null || actions != null) {
			try {
				int size = writeAck(exchange, (actions != null) ? actions : Actions.none());
				if (size > MAX_PIPELINED_ACK && this.capabilities.contains(Capability.PIPELINING)) {
					warnOfLargeAck(exchange, size);
				}
				Throwable reported = (failure != null) ? failure : exchange.reported();
				return (reported != null) ? outcome(reported) : NotifyOutcome.SUCCESS;
			}
			catch (SpopProtocolException ex) {
				failure = new SpopOversizeException("Its ACK is too large: " + ex.getMessage());
			}
			catch (Throwable ex) {
				failure = ex;
			}
		}
		return answerFallback(exchange, failure);
	}

	private static NotifyOutcome outcome(Throwable error) {
		if (error instanceof SpopTimeoutException) {
			return NotifyOutcome.TIMEOUT;
		}
		if (error instanceof SpopOversizeException) {
			return NotifyOutcome.OVERSIZE;
		}
		return (error instanceof RejectedExecutionException) ? NotifyOutcome.REJECTED : NotifyOutcome.ERROR;
	}

	private NotifyOutcome answerFallback(Exchange exchange, Throwable error) {
		Actions fallback = this.settings.fallback;
		if (error instanceof SpopTimeoutException || error instanceof SpopOversizeException) {
			try {
				fallback = Objects.requireNonNull(this.settings.handler.fallback(exchange, error), "fallback");
			}
			catch (Throwable ex) {
				this.log.failed(exchange.names(), ex);
			}
		}
		if (!writeFallback(exchange, fallback) && !writeFallback(exchange, this.settings.fallback)) {
			writeAck(exchange, Actions.none());
		}
		if (error != exchange.reported()) {
			this.log.failed(exchange.names(), error);
		}
		return outcome(error);
	}

	private boolean writeFallback(Exchange exchange, Actions fallback) {
		try {
			writeAck(exchange, fallback);
			return true;
		}
		catch (RuntimeException ex) {
			this.log.debug("A fallback could not be sent: {}", LogText.message(ex.toString()));
			return false;
		}
	}

	/**
	 * Disconnect after the last ACK, in the same write. HAProxy may have sent another
	 * NOTIFY by then, which would be lost: the ACKs are held back for a moment, in which
	 * it comes, and as long as HAProxy waits for them less comes after it.
	 * @return whether the ACKs are not to be flushed
	 */
	private boolean disconnectIfDrained() {
		if (this.drainReason == null || !canDisconnect()) {
			return false;
		}
		if (this.holdTimer == null) {
			this.holds = 0;
			hold();
		}
		return true;
	}

	private boolean canDisconnect() {
		return this.state == State.READY && !isBusy() && hasOutput();
	}

	private void hold() {
		long since = this.lastActive;
		this.holds++;
		this.holdTimer = schedule(() -> {
			this.holdTimer = null;
			if (canDisconnect()) {
				if (this.lastActive != since && this.holds < MAX_HOLDS) {
					hold();
				}
				else {
					disconnect(Objects.requireNonNull(this.drainReason), StatusCode.NORMAL, StatusCode.NORMAL.text());
				}
			}
		}, HOLD_NANOS);
	}

	/**
	 * Whether a NOTIFY is in flight, or a part of one has come.
	 */
	private boolean isBusy() {
		return inFlight() > 0 || this.fragments != null || this.in.isReadable();
	}

	private void ended(Exchange exchange, NotifyOutcome outcome) {
		this.recorder.notifyEnded(outcome, this.now - exchange.arrived);
	}

	Context reactorContext() {
		return this.reactorContext;
	}

	Actions fallback() {
		return this.settings.fallback;
	}

	/**
	 * Count a result that is dropped. Any thread may call this.
	 */
	void lateResult(Exchange exchange) {
		this.agent.lateResults().increment();
		this.recorder.resultDropped();
		this.log.debug("The result of {} came late", exchange);
	}

	private int writeAck(Exchange exchange, Actions actions) {
		Actions filled = (actions.isEmpty() && this.settings.fillEmptyAck) ? HARMLESS : actions;
		int size = write(FrameType.ACK, new Frame.Ack(exchange.streamId(), exchange.frameId(), filled));
		this.recorder.actionsSent(filled);
		return size;
	}

	private void warnOfLargeAck(Exchange exchange, int size) {
		if (this.agent.warnedOfLargeAck().compareAndSet(false, true)) {
			this.log.largeAck(exchange.names(), size, MAX_PIPELINED_ACK);
		}
	}

	private void addInFlight(Exchange exchange) {
		exchange.inFlight = true;
		exchange.previous = this.last;
		if (this.last != null) {
			this.last.next = exchange;
		}
		else {
			this.first = exchange;
		}
		this.last = exchange;
		this.inFlight.lazySet(inFlight() + 1);
	}

	private void removeInFlight(Exchange exchange) {
		Exchange previous = exchange.previous;
		Exchange next = exchange.next;
		if (previous != null) {
			previous.next = next;
		}
		else {
			this.first = next;
		}
		if (next != null) {
			next.previous = previous;
		}
		else {
			this.last = previous;
		}
		exchange.inFlight = false;
		this.inFlight.lazySet(inFlight() - 1);
	}

	private void dropInFlight() {
		this.now = System.nanoTime();
		for (Exchange exchange = this.first; exchange != null; exchange = exchange.next) {
			exchange.cancel();
			ended(exchange, NotifyOutcome.CLOSED);
		}
		this.first = null;
		this.last = null;
		this.inFlight.lazySet(0);
	}

	/**
	 * See to it that a timer runs for a deadline. There is one for all frames in flight,
	 * not one for each.
	 */
	private void watchDeadline(long deadline) {
		if (this.deadlineTimer != null) {
			if (this.deadlineTimerDue - deadline <= 0) {
				return;
			}
			this.deadlineTimer.cancel(false);
		}
		this.deadlineTimerDue = deadline;
		this.deadlineTimer = schedule(this::deadlineExpired, Math.max(0, deadline - System.nanoTime()));
	}

	private void deadlineExpired() {
		this.deadlineTimer = null;
		long now = System.nanoTime();
		Exchange next;
		for (Exchange exchange = this.first; exchange != null; exchange = next) {
			next = exchange.next;
			if (exchange.deadline - now > 0) {
				watchDeadline(exchange.deadline);
			}
			else {
				exchange.expire();
			}
		}
	}

	/**
	 * Whether nothing is read for now: too many frames are in flight, or the peer does
	 * not read its ACKs.
	 */
	private boolean isSuspended() {
		return inFlight() >= this.settings.maxInFlight || !channel().isWritable();
	}

	private void suspendReading() {
		this.suspended = true;
		if (channel().config().isAutoRead()) {
			channel().config().setAutoRead(false);
			this.recorder.limitReached(channel().isWritable() ? Limit.MAX_IN_FLIGHT : Limit.HIGH_WATER_MARK);
		}
	}

	@Override
	public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
		if (channel().isWritable()) {
			cancel(this.writeTimer);
			this.writeTimer = null;
			resumeReading();
		}
		else if (this.writeTimer == null) {
			suspendReading();
			this.writeTimer = schedule(this::writeExpired, this.settings.writeTimeout.toNanos());
		}
		super.channelWritabilityChanged(context);
	}

	private void writeExpired() {
		this.log.debug("To be closed: the peer has not read its ACKs for {}", this.settings.writeTimeout);
		close(CloseReason.WRITE_TIMEOUT);
	}

	private void resumeReading() {
		if (!channel().config().isAutoRead() && !isSuspended() && !this.state.discardsInput) {
			channel().config().setAutoRead(true);
			// What was read before comes first
			execute(this::readBuffered);
		}
	}

	private void readBuffered() {
		channelRead(context(), Unpooled.EMPTY_BUFFER);
		channelReadComplete(context());
	}

	/**
	 * Count what has been read and waits for more, so that all peers together cannot make
	 * the agent hold more than it may.
	 */
	private void countBuffered() {
		long buffered = this.in.isReadable() ? this.in.capacity() : 0;
		if (this.fragments != null) {
			buffered += this.fragments.size();
		}
		long more = buffered - this.buffered;
		if (more == 0) {
			return;
		}
		this.buffered = buffered;
		if (this.agent.buffered().addAndGet(more) > this.settings.maxBufferedBytes && more > 0
				&& !this.state.discardsInput) {
			this.recorder.limitReached(Limit.MAX_BUFFERED);
			refuse(StatusCode.RESOURCE_ERROR, "The incomplete frames of all connections have more than "
					+ this.settings.maxBufferedBytes + " bytes", this.in);
			this.in = Unpooled.EMPTY_BUFFER;
			countBuffered();
		}
	}

	private void handshakeExpired() {
		if (this.state == State.AWAIT_HELLO) {
			this.log.debug("To be closed: no handshake within {}", this.settings.handshakeTimeout);
		}
		close(CloseReason.HANDSHAKE_TIMEOUT);
	}

	private void watchPartialFrame() {
		boolean partial = this.state != State.AWAIT_HELLO && !this.state.discardsInput
				&& (this.in.isReadable() || this.fragments != null) && !isSuspended();
		if (!partial) {
			this.partialSince = 0;
		}
		else if (this.partialSince == 0) {
			this.partialSince = this.now;
			if (this.partialTimer == null) {
				this.partialTimer = schedule(this::partialFrameExpired, this.settings.frameTimeout.toNanos());
			}
		}
	}

	private void partialFrameExpired() {
		this.partialTimer = null;
		if (this.partialSince == 0) {
			return;
		}
		long left = this.partialSince + this.settings.frameTimeout.toNanos() - System.nanoTime();
		if (left > 0) {
			this.partialTimer = schedule(this::partialFrameExpired, left);
		}
		else {
			this.log.debug("To be closed: the rest of a frame did not come within {}", this.settings.frameTimeout);
			disconnect(CloseReason.FRAME_TIMEOUT, StatusCode.TIMEOUT, "the rest of a frame did not come in time");
		}
	}

	private void idleExpired() {
		long left = this.lastActive + this.settings.idleTimeout.toNanos() - System.nanoTime();
		if (left > 0 || inFlight() > 0) {
			this.idleTimer = schedule(this::idleExpired, Math.max(left, TimeUnit.MILLISECONDS.toNanos(1)));
		}
		else {
			this.log.debug("To be closed: idle for {}", this.settings.idleTimeout);
			closeQuietly(CloseReason.IDLE_TIMEOUT);
		}
	}

	private void refuse(StatusCode status, String message, ByteBuf in) {
		String guess = (this.state == State.AWAIT_HELLO) ? StrayBytes.describe(in) : "";
		this.recorder.protocolError(status);
		this.log.refused(status, message, guess);
		disconnect(CloseReason.PROTOCOL_ERROR, status, LogText.message(message));
	}

	/**
	 * Begin to close: together with the next ACK that leaves nothing in flight, or when
	 * nothing has come for some time.
	 */
	void drain(CloseReason reason) {
		if (this.drainReason == null && this.state != State.CLOSED) {
			this.log.debug("To be closed when nothing is in flight: {}", reason);
			this.drainReason = reason;
			closeIfQuiet();
		}
	}

	private void closeIfQuiet() {
		if (this.state == State.CLOSING || this.state == State.CLOSED) {
			return;
		}
		long left = isBusy() ? QUIET_NANOS : this.lastActive + QUIET_NANOS - System.nanoTime();
		if (left > 0) {
			this.quietTimer = schedule(this::closeIfQuiet, left);
		}
		else {
			closeQuietly(Objects.requireNonNull(this.drainReason));
		}
	}

	/**
	 * Send a DISCONNECT as the last frame, and close. What the peer still sends is
	 * drained meanwhile: unread, it would make the kernel reset the connection, and the
	 * reset would overtake the DISCONNECT.
	 */
	private void disconnect(CloseReason reason, StatusCode status, String message) {
		if (this.state == State.AWAIT_HELLO) {
			this.recorder.handshakeEnded(this.healthcheck,
					(status == StatusCode.NORMAL) ? HandshakeOutcome.CLOSED : HandshakeOutcome.REFUSED);
		}
		this.closeReason = reason;
		this.state = State.CLOSING;
		dropInFlight();
		dropFragments();
		write(FrameType.AGENT_DISCONNECT, new Frame.AgentDisconnect(status.code(), message));
		this.recorder.disconnectSent(status);
		shutdownOutput(context().writeAndFlush(takeAll()), reason);
	}

	/**
	 * Close without a DISCONNECT, which HAProxy 3.1.0 does not expect on a connection
	 * that is idle.
	 */
	private void closeQuietly(CloseReason reason) {
		if (this.state == State.AWAIT_HELLO) {
			this.recorder.handshakeEnded(this.healthcheck, HandshakeOutcome.CLOSED);
		}
		this.closeReason = reason;
		this.state = State.CLOSING;
		shutdownOutput(channel().newSucceededFuture(), reason);
	}

	private void shutdownOutput(ChannelFuture future, CloseReason reason) {
		future.addListener((ChannelFuture written) -> {
			if (written.isSuccess() && written.channel() instanceof DuplexChannel channel) {
				shutdownOutput(channel);
			}
			else {
				close(reason);
			}
		});
		channel().config().setAutoRead(true);
		schedule(() -> close(reason), TimeUnit.MILLISECONDS.toNanos(CLOSE_TIMEOUT_MILLIS));
	}

	private static void shutdownOutput(DuplexChannel channel) {
		SslHandler tls = channel.pipeline().get(SslHandler.class);
		if (tls != null) {
			tls.closeOutbound().addListener((closed) -> channel.shutdownOutput());
		}
		else {
			channel.shutdownOutput();
		}
	}

	void close(CloseReason reason) {
		if (this.state != State.CLOSED) {
			this.closeReason = reason;
			closed();
			context().close();
		}
	}

	/**
	 * Put a frame behind those that wait for the next flush.
	 * @param type its type
	 * @param frame the frame
	 * @return its number of bytes
	 */
	private int write(FrameType type, Frame frame) {
		ByteBuf out = this.out;
		if (out == null) {
			out = Unpooled.buffer(INITIAL_OUT);
			this.out = out;
		}
		int gathered = out.readableBytes();
		this.codec.encode(frame, out);
		int size = out.readableBytes() - gathered;
		this.framesSent.lazySet(this.framesSent.getPlain() + 1);
		this.recorder.frameSent(type, size);
		if (gathered > 0 && gathered + size > MAX_WRITE) {
			context().writeAndFlush(take(gathered), context().voidPromise());
		}
		return size;
	}

	private boolean hasOutput() {
		return this.out != null && this.out.isReadable();
	}

	/**
	 * Take so many of the bytes that wait for a flush.
	 */
	private ByteBuf take(int size) {
		ByteBuf out = Objects.requireNonNull(this.out);
		ByteBuf taken = this.io.writeBuffer(size, context().alloc());
		taken.writeBytes(out, size);
		out.discardReadBytes();
		if (!out.isReadable() && out.capacity() > MAX_KEPT_OUT) {
			this.out = null;
		}
		return taken;
	}

	private ByteBuf takeAll() {
		ByteBuf out = this.out;
		return (out != null && out.isReadable()) ? take(out.readableBytes()) : Unpooled.EMPTY_BUFFER;
	}

	private void flush() {
		if (hasOutput() && this.state != State.CLOSING) {
			context().writeAndFlush(takeAll(), context().voidPromise());
		}
	}

	private void scheduleFlush() {
		if (!this.flushScheduled) {
			this.flushScheduled = true;
			this.io.flushSoon(this);
		}
	}

	/**
	 * Write what has been gathered while the connection is being read from, unless its
	 * end waits for it.
	 */
	void flushGathered() {
		if (this.holdTimer == null) {
			flush();
		}
	}

	void flushScheduled() {
		this.flushScheduled = false;
		try {
			flush();
		}
		catch (Throwable ex) {
			// Others wait behind this one
			exceptionCaught(context(), ex);
		}
	}

	private Future<?> schedule(Runnable task, long nanos) {
		return eventLoop().schedule(task, nanos, TimeUnit.NANOSECONDS);
	}

	private static void cancel(@Nullable Future<?> timer) {
		if (timer != null) {
			timer.cancel(false);
		}
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
		return this.engineId;
	}

	@Override
	public Set<Capability> capabilities() {
		return this.capabilities;
	}

	@Override
	public int maxFrameSize() {
		return this.maxFrameSize;
	}

	SpopMetricsRecorder recorder() {
		return this.recorder;
	}

	ConnectionLog log() {
		return this.log;
	}

	@Override
	public Instant openedAt() {
		return this.openedAt;
	}

	@Override
	public int inFlight() {
		return this.inFlight.getOpaque();
	}

	@Override
	public long framesReceived() {
		return this.framesReceived.getOpaque();
	}

	@Override
	public long framesSent() {
		return this.framesSent.getOpaque();
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
