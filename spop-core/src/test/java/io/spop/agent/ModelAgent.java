package io.spop.agent;

import java.lang.reflect.Field;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.AbstractScheduledEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.FrameType;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * An agent of a model test, its clients, and what both hold: timers, buffers and counts.
 */
final class ModelAgent implements SpopHandler, SpopMetricsRecorder, AutoCloseable {

	static final List<Settings> SETTINGS = List.of(new Settings("TCP", false), new Settings("in memory", true),
			new Settings("TCP, 3 in flight, fragments, a low high-water mark, empty ACKs are filled", false)
				.fewInFlight()
				.with((agent) -> agent.maxInFlight(3)
					.maxFragmentedSize(40_000)
					.highWaterMark(2000)
					.pipelining(false)
					.fillEmptyAck(true)),
			new Settings("in memory, 1 in flight, fragments, small frames", true).fewInFlight()
				.with((agent) -> agent.maxInFlight(1).maxFragmentedSize(40_000).maxFrameSize(1024)),
			new Settings("TCP, a short time for the rest of a frame", false).cutsFrames()
				.with((agent) -> agent.frameTimeout(Duration.ofMillis(10))),
			new Settings("TCP, a short time for idle connections and a short life", false).ends()
				.with((agent) -> agent.idleTimeout(Duration.ofMillis(20)).maxConnectionAge(Duration.ofMillis(15))),
			new Settings("TCP, 2 connections", false).limited().with((agent) -> agent.maxConnections(2)));

	private static final EventLoopGroup SOCKETS = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

	private static final EventLoopGroup MEMORY = new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());

	/** Netty does not tell how many timers there are. */
	private static final Field TIMERS = timers();

	private static final String ID = "id";

	private final Settings settings;

	final BoundSpopAgent bound;

	final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);

	private final Map<Long, ModelAnswer> answers = new ConcurrentHashMap<>();

	/** The number of timers of each event loop before the first connection. */
	private final Map<EventExecutor, Integer> timers = new ConcurrentHashMap<>();

	final AtomicInteger opened = new AtomicInteger();

	final AtomicInteger closed = new AtomicInteger();

	final AtomicInteger failed = new AtomicInteger();

	final AtomicInteger started = new AtomicInteger();

	final AtomicInteger acks = new AtomicInteger();

	final AtomicInteger handshakes = new AtomicInteger();

	final Map<NotifyOutcome, AtomicInteger> ended = new EnumMap<>(NotifyOutcome.class);

	ModelAgent(Settings settings) throws Exception {
		this.settings = settings;
		for (NotifyOutcome outcome : NotifyOutcome.values()) {
			this.ended.put(outcome, new AtomicInteger());
		}
		SpopListener listener = settings.memory ? SpopListener.inMemory("main")
				: SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0));
		this.bound = settings.change
			.apply(SpopAgent.create()
				.listener(listener)
				.eventLoops(2)
				.warmUp(false)
				.handlerTimeout(Duration.ofSeconds(20))
				.handshakeTimeout(Duration.ofSeconds(20))
				.fallback(ModelAnswer.FALLBACK)
				.metricsRecorder((name) -> this)
				.handler(this))
			.bind();
		for (EventExecutor loop : loops()) {
			this.timers.put(loop, timers(loop).size());
		}
	}

	private static Field timers() {
		try {
			Field timers = AbstractScheduledEventExecutor.class.getDeclaredField("scheduledTaskQueue");
			timers.setAccessible(true);
			return timers;
		}
		catch (NoSuchFieldException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private List<EventExecutor> loops() {
		List<EventExecutor> loops = new ArrayList<>();
		Objects.requireNonNull(this.bound.channel("main").eventLoop().parent()).forEach(loops::add);
		return loops;
	}

	/**
	 * Return the timers of an event loop, after it has run what is in its queue.
	 */
	private static List<String> timers(EventExecutor loop) throws Exception {
		return loop.submit(() -> {
			Collection<?> queue = (Collection<?>) TIMERS.get(loop);
			return (queue != null) ? queue.stream().map(String::valueOf).toList() : List.<String>of();
		}).get();
	}

	/**
	 * Return the timers that were not there before the first connection.
	 */
	List<String> moreTimers() throws Exception {
		List<String> more = new ArrayList<>();
		for (Map.Entry<EventExecutor, Integer> each : this.timers.entrySet()) {
			List<String> timers = timers(each.getKey());
			if (timers.size() > each.getValue()) {
				more.addAll(timers);
			}
		}
		return more;
	}

	/**
	 * Return whether the buffers that the connections of each event loop share are free.
	 */
	boolean hasFreeBuffers(Collection<EventLoopIo> ios) throws Exception {
		for (EventLoopIo io : ios) {
			boolean free = io.eventLoop().submit(() -> {
				long before = usedMemory();
				io.newHandle().allocate(this.allocator).release();
				io.writeBuffer(1, this.allocator).release();
				return usedMemory() == before;
			}).get();
			if (!free) {
				return false;
			}
		}
		return true;
	}

	long usedMemory() {
		return this.allocator.metric().usedDirectMemory() + this.allocator.metric().usedHeapMemory();
	}

	Settings settings() {
		return this.settings;
	}

	Bootstrap bootstrap() {
		return new Bootstrap().group(this.settings.memory ? MEMORY : SOCKETS)
			.channel(this.settings.memory ? LocalChannel.class : NioSocketChannel.class)
			.option(ChannelOption.ALLOCATOR, this.allocator);
	}

	SocketAddress address() {
		return this.bound.address("main");
	}

	/**
	 * Find the agent's end of a connection, and let it allocate from the allocator that
	 * counts.
	 * @return the connection, or {@code null} before it is open or after its end
	 */
	@Nullable AgentConnection find(ModelPeer peer) {
		for (SpopConnection each : this.bound.connections()) {
			if (peer.address().equals(each.remoteAddress())) {
				AgentConnection connection = (AgentConnection) each;
				connection.channel().config().setAllocator(this.allocator);
				return connection;
			}
		}
		return null;
	}

	NotifyMessage message(ModelAnswer answer) {
		this.answers.put(answer.id(), answer);
		return NotifyMessage.of("known", new Argument(ID, SpopValue.of(answer.id())));
	}

	private ModelAnswer answer(SpopExchange exchange) {
		SpopValue.Int64 id = (SpopValue.Int64) Objects.requireNonNull(exchange.messages().get(0).arguments().get(ID));
		return Objects.requireNonNull(this.answers.get(id.value()));
	}

	@Override
	public Duration timeout(SpopExchange exchange, Duration timeout) {
		return answer(exchange).timeout(timeout);
	}

	@Override
	public Mono<Actions> handle(SpopExchange exchange) {
		exchange.messages().stream().skip(1).forEach((message) -> {
			if (message.name().startsWith("unknown")) {
				exchange.reporter().unhandled(message, List.of("known"));
			}
		});
		return answer(exchange).handle(exchange);
	}

	@Override
	public Actions fallback(SpopExchange exchange, Throwable failure) {
		return answer(exchange).fallback();
	}

	@Override
	public void connectionOpened() {
		this.opened.incrementAndGet();
	}

	@Override
	public void connectionClosed(CloseReason reason) {
		this.closed.incrementAndGet();
		if (reason == CloseReason.FAILURE) {
			this.failed.incrementAndGet();
		}
	}

	@Override
	public void handshakeEnded(boolean healthcheck, HandshakeOutcome outcome) {
		this.handshakes.incrementAndGet();
	}

	@Override
	public void notifyStarted() {
		this.started.incrementAndGet();
	}

	@Override
	public void notifyEnded(NotifyOutcome outcome, long nanos) {
		Objects.requireNonNull(this.ended.get(outcome)).incrementAndGet();
	}

	@Override
	public void frameSent(FrameType type, int size) {
		if (type == FrameType.ACK) {
			this.acks.incrementAndGet();
		}
	}

	int ended(NotifyOutcome outcome) {
		return Objects.requireNonNull(this.ended.get(outcome)).get();
	}

	/**
	 * Forget what was counted.
	 */
	void reset() {
		this.answers.clear();
		for (AtomicInteger count : List.of(this.opened, this.closed, this.failed, this.started, this.acks,
				this.handshakes)) {
			count.set(0);
		}
		this.ended.values().forEach((count) -> count.set(0));
	}

	boolean isInMemory() {
		return address() instanceof LocalAddress;
	}

	@Override
	public void close() {
		this.bound.close();
	}

	/**
	 * The settings of an agent, and what they mean for its connections.
	 */
	static final class Settings {

		private final String text;

		private final boolean memory;

		private UnaryOperator<SpopAgent> change = UnaryOperator.identity();

		/** Whether a NOTIFY may come in fragments. */
		boolean fragments;

		/** Whether an answer may have to wait for another result. */
		boolean waits;

		/** Whether the agent closes a connection whose frame is incomplete. */
		boolean cutsFrames;

		/** Whether the agent ends connections on its own, without losing a frame. */
		boolean ends;

		/** Whether a connection may have to wait for its handshake. */
		boolean limited;

		Settings(String text, boolean memory) {
			this.text = text;
			this.memory = memory;
		}

		private Settings with(UnaryOperator<SpopAgent> change) {
			this.change = change;
			return this;
		}

		private Settings fewInFlight() {
			this.fragments = true;
			this.waits = true;
			return this;
		}

		private Settings cutsFrames() {
			this.cutsFrames = true;
			return this;
		}

		private Settings ends() {
			this.ends = true;
			return this;
		}

		private Settings limited() {
			this.limited = true;
			return this;
		}

		@Override
		public String toString() {
			return this.text;
		}

	}

}
