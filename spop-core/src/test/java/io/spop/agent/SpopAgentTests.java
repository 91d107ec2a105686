package io.spop.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.spop.client.SpopClient;
import io.spop.client.SpopDisconnectException;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link SpopAgent} over real sockets.
 */
@ParameterizedClass
@ValueSource(strings = { "tcp", "unix" })
@Timeout(20)
class SpopAgentTests {

	private static final Frame.HaproxyHello HELLO = RawPeer.HELLO;

	private static final NotifyMessage MESSAGE = NotifyMessage.of("message", new Argument("n", SpopValue.of(1)));

	private static final Actions FALLBACK = Actions.set(VarScope.TRANSACTION, "fallback", true);

	private final String transport;

	@TempDir
	private Path folder;

	/** What the handler does; a test sets it before it sends. */
	private volatile SpopHandler handler = (exchange) -> Mono.just(answer(exchange));

	private final List<AutoCloseable> opened = new ArrayList<>();

	private SpopAgent agent = SpopAgent.create();

	private SocketAddress address = new InetSocketAddress(0);

	SpopAgentTests(String transport) {
		this.transport = transport;
	}

	@BeforeEach
	void prepare() {
		SpopListener listener = this.transport.equals("tcp")
				? SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0))
				: SpopListener.unix("main", this.folder.resolve("s"));
		this.agent = SpopAgent.create()
			.listener(listener)
			.eventLoops(1)
			.fallback(FALLBACK)
			.handlerTimeout(Duration.ofSeconds(10))
			.handler((exchange) -> this.handler.handle(exchange));
	}

	@AfterEach
	void close() throws Exception {
		for (AutoCloseable closeable : this.opened) {
			closeable.close();
		}
	}

	private static Actions answer(SpopExchange exchange) {
		return Actions.set(VarScope.TRANSACTION, "id", Long.toUnsignedString(exchange.streamId()));
	}

	private BoundSpopAgent bind() {
		BoundSpopAgent bound = this.agent.bind();
		this.opened.add(0, bound);
		this.address = bound.address("main");
		return bound;
	}

	private RawPeer open() throws IOException {
		RawPeer peer = new RawPeer(this.address);
		this.opened.add(0, peer);
		return peer;
	}

	private RawPeer connect() throws IOException {
		RawPeer peer = RawPeer.connected(this.address);
		this.opened.add(0, peer);
		return peer;
	}

	private SpopClient client() {
		SpopClient client = Objects.requireNonNull(SpopClient.connect(this.address).block());
		this.opened.add(0, client);
		return client;
	}

	private static Frame.Ack ack(long streamId, long frameId) {
		return new Frame.Ack(streamId, frameId,
				Actions.set(VarScope.TRANSACTION, "id", Long.toUnsignedString(streamId)));
	}

	private void assertServes() throws IOException {
		try (RawPeer peer = RawPeer.connected(this.address)) {
			peer.send(new Frame.Notify(77, 1, MESSAGE));
			assertThat(peer.receive()).isInstanceOf(Frame.Ack.class);
		}
	}

	@Test
	void whenHelloThenSizeIsEchoedAndSharedCapabilitiesAreAnnounced() throws Exception {
		bind();
		RawPeer peer = open();
		peer.send(new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(Capability.values()), null, false));
		assertThat(peer.receive()).isEqualTo(new Frame.AgentHello("2.0", 16380, Set.of(Capability.PIPELINING)));
		peer = open();
		peer.send(new Frame.HaproxyHello(List.of("2.0"), 1_000_000, Set.of(), null, false));
		assertThat(peer.receive()).isEqualTo(new Frame.AgentHello("2.0", 65536, Set.of()));
	}

	@Test
	void whenHealthCheckThenHelloAndNothingElse() throws Exception {
		AtomicInteger handled = new AtomicInteger();
		this.handler = (exchange) -> {
			handled.incrementAndGet();
			return Mono.empty();
		};
		this.agent = this.agent.handshakeTimeout(Duration.ofMillis(300));
		bind();
		RawPeer peer = open();
		peer.send(new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(), null, true), new Frame.Notify(1, 1, MESSAGE),
				new Frame.HaproxyDisconnect(0, ""));
		assertThat(peer.receive()).isEqualTo(new Frame.AgentHello("2.0", 16380, Set.of()));
		assertThat(peer.receive()).isNull();
		assertThat(handled).hasValue(0);
	}

	@ParameterizedTest
	@CsvSource({
			// NOTIFY, AGENT-HELLO, ACK, an unknown type, UNSET
			"00000007 03 00000001 0101, 4", "00000007 65 00000001 0000, 4", "00000007 67 00000001 0101, 4",
			"00000007 4d 00000001 0101, 4", "00000007 00 00000001 0101, 4",
			// HELLO without items, without FIN, with an id, too short
			"00000007 01 00000001 0000, 5", "00000007 01 00000000 0000, 10", "00000007 01 00000001 0100, 4",
			"00000006 01 00000001 00, 4", "00000000, 4",
			// HTTP, TLS, PROXY
			"474554202f20485454502f312e31, 3", "1603010200010001fc, 3", "50524f585920544350, 3",
			"0d0a0d0a000d0a515549540a, 3" })
	void whenFirstBytesAreWrongThenDisconnectWithStatus(String hex, int status) throws Exception {
		bind();
		RawPeer peer = open();
		String bytes = hex.replace(" ", "");
		peer.send(bytes);
		peer.assertDisconnectedWith(status);
		assertServes();
	}

	@Test
	void whenDisconnectComesFirstThenAnswered() throws Exception {
		bind();
		RawPeer peer = open();
		peer.send(new Frame.HaproxyDisconnect(0, ""));
		peer.assertDisconnectedWith(0);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "000000", "0000004e0100000001000012" })
	void whenHandshakeTakesTooLongThenClosed(String hex) throws Exception {
		this.agent = this.agent.handshakeTimeout(Duration.ofMillis(100));
		bind();
		RawPeer peer = open();
		peer.send(hex);
		assertThat(peer.receive()).isNull();
	}

	@ParameterizedTest
	@CsvSource({ "0,0", "1,1", "0,1", "18446744073709551615,18446744073709551615", "9223372036854775808,2288" })
	void whenNotifyThenAckWithTheSameIds(String streamId, String frameId) throws Exception {
		bind();
		RawPeer peer = connect();
		long stream = Long.parseUnsignedLong(streamId);
		long frame = Long.parseUnsignedLong(frameId);
		peer.send(new Frame.Notify(stream, frame, MESSAGE));
		assertThat(peer.receive()).isEqualTo(ack(stream, frame));
	}

	@Test
	void whenNotifyHasNoMessagesThenAck() throws Exception {
		this.handler = (exchange) -> Mono.empty();
		bind();
		RawPeer peer = connect();
		peer.send("00000007" + "03" + "00000001" + "0101");
		assertThat(peer.receive()).isEqualTo(new Frame.Ack(1, 1, Actions.none()));
	}

	@Test
	void whenFramesComeByteForByteThenEachIsAnswered() throws Exception {
		bind();
		RawPeer peer = open();
		ByteBuf bytes = Unpooled.buffer();
		SpopCodec codec = new SpopCodec(16380);
		codec.encode(HELLO, bytes);
		codec.encode(new Frame.Notify(1, 1, MESSAGE), bytes);
		while (bytes.isReadable()) {
			peer.send(ByteBuffer.wrap(new byte[] { bytes.readByte() }));
		}
		assertThat(peer.receive()).isInstanceOf(Frame.AgentHello.class);
		assertThat(peer.receive()).isEqualTo(ack(1, 1));
	}

	@Test
	void whenFramesComeAtOnceThenEachIsAnsweredInOrder() throws Exception {
		bind();
		RawPeer peer = connect();
		Frame[] frames = new Frame[2000];
		for (int i = 0; i < frames.length; i++) {
			frames[i] = new Frame.Notify(i, 1, MESSAGE);
		}
		peer.send(frames);
		for (int i = 0; i < frames.length; i++) {
			assertThat(peer.receive()).isEqualTo(ack(i, 1));
		}
	}

	@Test
	void whenResultsComeInAnotherOrderThenAcksDoToo() throws Exception {
		Map<Long, CompletableFuture<Actions>> results = new ConcurrentHashMap<>();
		CountDownLatch started = new CountDownLatch(3);
		this.handler = (exchange) -> {
			CompletableFuture<Actions> result = new CompletableFuture<>();
			results.put(exchange.streamId(), result);
			started.countDown();
			return Mono.fromFuture(result);
		};
		bind();
		RawPeer peer = connect();
		peer.send(new Frame.Notify(1, 1, MESSAGE), new Frame.Notify(2, 1, MESSAGE), new Frame.Notify(3, 1, MESSAGE));
		started.await();
		for (long streamId : new long[] { 3, 1, 2 }) {
			Objects.requireNonNull(results.get(streamId)).complete(ack(streamId, 1).actions());
			assertThat(peer.receive()).isEqualTo(ack(streamId, 1));
		}
	}

	@Test
	void whenManyClientsSendAtOnceThenEachGetsItsOwnAnswers() {
		this.agent = this.agent.eventLoops(2);
		this.handler = (exchange) -> {
			Actions actions = Actions.set(VarScope.TRANSACTION, "n", exchange.messages().get(0).arguments().value(0));
			return (exchange.streamId() % 4 == 1) ? Mono.just(actions)
					: Mono.fromFuture(CompletableFuture.supplyAsync(() -> actions));
		};
		bind();
		List<Mono<Long>> runs = new ArrayList<>();
		for (int c = 0; c < 8; c++) {
			SpopClient client = client();
			long base = c * 1000L;
			runs.add(Flux.range(0, 500)
				.flatMap((i) -> client.notify(NotifyMessage.of("message", new Argument("n", SpopValue.of(base + i))))
					.filter(Actions.set(VarScope.TRANSACTION, "n", base + i)::equals), 50)
				.count());
		}
		assertThat(Flux.merge(runs).collectList().block()).hasSize(8).containsOnly(500L);
	}

	@Test
	@SuppressWarnings("NullAway") // null on purpose
	void whenHandlerThrowsThenFallback() throws Exception {
		bind();
		RawPeer peer = connect();
		List<SpopHandler> failing = List.of((exchange) -> {
			throw new IllegalStateException("thrown for a test");
		}, (exchange) -> {
			throw new StackOverflowError("thrown for a test");
		}, (exchange) -> Mono.error(new IllegalStateException("signalled for a test")),
				(exchange) -> Mono.fromFuture(CompletableFuture.failedFuture(new IOException("for a test"))),
				(exchange) -> Mono.just(1).map((i) -> {
					throw new IllegalStateException("mapped for a test");
				}), (exchange) -> null);
		for (SpopHandler handler : failing) {
			this.handler = handler;
			peer.send(new Frame.Notify(1, 1, MESSAGE));
			assertThat(peer.receive()).isEqualTo(new Frame.Ack(1, 1, FALLBACK));
		}
	}

	@Test
	void whenHandlerMissesTheDeadlineThenFallbackAndItIsCancelled() throws Exception {
		CountDownLatch cancelled = new CountDownLatch(2);
		CompletableFuture<Actions> late = new CompletableFuture<>();
		LinkedBlockingQueue<Instant> deadlines = new LinkedBlockingQueue<>();
		this.handler = (exchange) -> {
			deadlines.add(exchange.deadline());
			return ((exchange.streamId() == 1) ? Mono.<Actions>never() : Mono.fromFuture(late, true))
				.doOnCancel(cancelled::countDown);
		};
		this.agent = this.agent.handlerTimeout(Duration.ofMillis(50));
		bind();
		RawPeer peer = connect();
		Instant sent = Instant.now();
		peer.send(new Frame.Notify(1, 1, MESSAGE), new Frame.Notify(3, 1, MESSAGE));
		assertThat(peer.receive()).isEqualTo(new Frame.Ack(1, 1, FALLBACK));
		assertThat(Duration.between(sent, Instant.now())).isGreaterThanOrEqualTo(Duration.ofMillis(49));
		assertThat(peer.receive()).isEqualTo(new Frame.Ack(3, 1, FALLBACK));
		cancelled.await();
		assertThat(deadlines.take()).isBetween(sent, sent.plusSeconds(5));
		late.complete(Actions.none());
		this.handler = (exchange) -> Mono.just(answer(exchange));
		peer.send(new Frame.Notify(5, 1, MESSAGE));
		assertThat(peer.receive()).isEqualTo(ack(5, 1));
	}

	@Test
	void whenHandlerBlocksTheEventLoopBeyondTheDeadlineThenFallback() throws Exception {
		this.agent = this.agent.handlerTimeout(Duration.ofMillis(10));
		this.handler = (exchange) -> {
			long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20);
			while (System.nanoTime() < end) {
				Thread.onSpinWait();
			}
			return Mono.just(answer(exchange));
		};
		bind();
		RawPeer peer = connect();
		peer.send(new Frame.Notify(1, 1, MESSAGE));
		assertThat(peer.receive()).isEqualTo(new Frame.Ack(1, 1, FALLBACK));
	}

	@Test
	void whenTheSameIdsComeAgainThenTheOlderResultIsDropped() throws Exception {
		List<CompletableFuture<Actions>> results = new ArrayList<>();
		CountDownLatch started = new CountDownLatch(2);
		CountDownLatch cancelled = new CountDownLatch(1);
		this.handler = (exchange) -> {
			CompletableFuture<Actions> result = new CompletableFuture<>();
			results.add(result);
			started.countDown();
			return Mono.fromFuture(result, true).doOnCancel(cancelled::countDown);
		};
		bind();
		RawPeer peer = connect();
		peer.send(new Frame.Notify(1, 1, MESSAGE), new Frame.Notify(1, 1, MESSAGE));
		started.await();
		cancelled.await();
		results.get(0).complete(Actions.set(VarScope.TRANSACTION, "first", 1));
		results.get(1).complete(Actions.set(VarScope.TRANSACTION, "second", 2));
		assertThat(peer.receive()).isEqualTo(new Frame.Ack(1, 1, Actions.set(VarScope.TRANSACTION, "second", 2)));
		peer.send(new Frame.HaproxyDisconnect(0, ""));
		peer.assertDisconnectedWith(0);
	}

	@Test
	void whenActionsDoNotFitThenFallback() throws Exception {
		this.handler = (exchange) -> Mono
			.just(Actions.set(VarScope.TRANSACTION, "big", "x".repeat((int) exchange.streamId())));
		bind();
		RawPeer peer = connect();
		// 5 bytes of type and flags, 3 + 1 of ids, 3 + 4 of action, 1 + 3 of value
		int largest = 16379 - 20;
		peer.send(new Frame.Notify(largest, 1, MESSAGE), new Frame.Notify(largest + 1, 1, MESSAGE));
		assertThat(peer.receive())
			.isEqualTo(new Frame.Ack(largest, 1, Actions.set(VarScope.TRANSACTION, "big", "x".repeat(largest))));
		assertThat(peer.receive()).isEqualTo(new Frame.Ack(largest + 1, 1, FALLBACK));
	}

	@ParameterizedTest
	@CsvSource({
			// Too long, too short, cut, without FIN, a fragment, a second HELLO, frames
			// of an
			// agent
			"00003ffd, 3", "00010001, 3", "ffffffff, 3", "00000006 03 00000001 01, 4", "00000000, 4",
			"00000009 03 00000001 0101 026d, 4", "00000007 03 00000000 0101, 10", "00000007 00 00000001 0101, 10",
			"00000007 00 00000003 0101, 10",
			"00000041 01 00000001 0000 12737570706f727465642d76657273696f6e73"
					+ " 0803322e30 0e6d61782d6672616d652d73697a65 03fcf006 0c6361706162696c6974696573 0800, 4",
			"00000007 67 00000001 0101, 4", "00000007 66 00000001 0000, 4" })
	void whenFrameIsWrongThenDisconnectWithStatusAndNothingIsDispatched(String hex, int status) throws Exception {
		AtomicInteger handled = new AtomicInteger();
		SpopHandler answering = this.handler;
		this.handler = (exchange) -> {
			handled.incrementAndGet();
			return answering.handle(exchange);
		};
		bind();
		RawPeer peer = connect();
		peer.send(hex.replace(" ", ""));
		peer.assertDisconnectedWith(status);
		assertThat(handled).hasValue(0);
		assertServes();
	}

	@Test
	void whenFrameTypeIsUnknownThenSkipped() throws Exception {
		bind();
		RawPeer peer = connect();
		peer.send(new Frame.Unknown(77, 1, 1), new Frame.Unknown(255, 0, 0), new Frame.Notify(1, 1, MESSAGE));
		assertThat(peer.receive()).isEqualTo(ack(1, 1));
	}

	@Test
	void whenFrameIsAbortedThenAckWithoutActions() throws Exception {
		bind();
		RawPeer peer = connect();
		peer.send(new Frame.Fragment(FrameType.NOTIFY, 5, 1, true, true, new byte[] { 1, 2, 3 }));
		assertThat(peer.receive()).isEqualTo(new Frame.Ack(5, 1, Actions.none()));
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "00000007 02 00000001 0000", "0000000a 02 00000001 0000 ffffff", "00000007 02 00000000 0705" })
	void whenHaproxyDisconnectsThenResultsAreDroppedAndDisconnectIsLast(String hex) throws Exception {
		CountDownLatch cancelled = new CountDownLatch(1);
		this.handler = (exchange) -> Mono.<Actions>never().doOnCancel(cancelled::countDown);
		bind();
		RawPeer peer = connect();
		peer.send(new Frame.Notify(1, 1, MESSAGE));
		peer.send(hex.replace(" ", ""));
		peer.assertDisconnectedWith(0);
		cancelled.await();
	}

	@Test
	void whenPeerGoesAwayThenHandlersAreCancelledAndOthersServed() throws Exception {
		CountDownLatch started = new CountDownLatch(2);
		CountDownLatch cancelled = new CountDownLatch(2);
		SpopHandler answering = this.handler;
		this.handler = (exchange) -> {
			started.countDown();
			return Mono.<Actions>never().doOnCancel(cancelled::countDown);
		};
		bind();
		RawPeer closed = connect();
		RawPeer reset = connect();
		closed.send(new Frame.Notify(1, 1, MESSAGE));
		reset.send(new Frame.Notify(1, 1, MESSAGE));
		started.await();
		closed.close();
		if (this.transport.equals("tcp")) {
			reset.channel().setOption(StandardSocketOptions.SO_LINGER, 0);
		}
		reset.close();
		cancelled.await();
		this.handler = answering;
		assertServes();
	}

	@Test
	void whenRestOfFrameDoesNotComeThenClosedAndOthersServed() throws Exception {
		this.agent = this.agent.frameTimeout(Duration.ofMillis(200));
		bind();
		RawPeer slow = connect();
		slow.send("0000000703");
		RawPeer quick = connect();
		quick.send(new Frame.Notify(1, 1, MESSAGE));
		assertThat(quick.receive()).isEqualTo(ack(1, 1));
		slow.assertDisconnectedWith(2);
		quick.send(new Frame.Notify(3, 1, MESSAGE));
		assertThat(quick.receive()).isEqualTo(ack(3, 1));
	}

	@Test
	void whenTooManyFramesAreInFlightThenReadingStopsUntilOneIsAnswered() throws Exception {
		LinkedBlockingQueue<CompletableFuture<Actions>> results = new LinkedBlockingQueue<>();
		AtomicInteger handled = new AtomicInteger();
		this.handler = (exchange) -> {
			handled.incrementAndGet();
			CompletableFuture<Actions> result = new CompletableFuture<>();
			results.add(result);
			return Mono.fromFuture(result);
		};
		this.agent = this.agent.maxInFlight(2);
		bind();
		RawPeer peer = connect();
		Frame[] frames = new Frame[10];
		for (int i = 0; i < frames.length; i++) {
			frames[i] = new Frame.Notify(i, 1, MESSAGE);
		}
		peer.send(frames);
		for (int i = 0; i < frames.length; i++) {
			CompletableFuture<Actions> result = results.take();
			assertThat(handled.get()).isLessThanOrEqualTo(i + 2);
			result.complete(Actions.none());
			assertThat(peer.receive()).isEqualTo(new Frame.Ack(i, 1, Actions.none()));
		}
	}

	@Test
	void whenConnectionIsIdleThenClosedUnlessAFrameIsInFlight() throws Exception {
		CompletableFuture<Actions> result = new CompletableFuture<>();
		this.handler = (exchange) -> Mono.fromFuture(result);
		this.agent = this.agent.idleTimeout(Duration.ofMillis(200));
		bind();
		RawPeer busy = connect();
		busy.send(new Frame.Notify(1, 1, MESSAGE));
		RawPeer idle = connect();
		assertThat(idle.receive()).isNull();
		result.complete(Actions.none());
		assertThat(busy.receive()).isEqualTo(new Frame.Ack(1, 1, Actions.none()));
		// Idle since that answer, not since the frame that it answers
		busy.send(new Frame.Notify(3, 1, MESSAGE));
		assertThat(busy.receive()).isEqualTo(new Frame.Ack(3, 1, Actions.none()));
		assertThat(busy.receive()).isNull();
	}

	@Test
	void whenListenerHasAllItsConnectionsThenTheNextWaitsUntilOneCloses() throws Exception {
		this.agent = this.agent.maxConnections(2);
		bind();
		RawPeer first = connect();
		RawPeer second = connect();
		RawPeer third = open();
		third.send(HELLO);
		for (RawPeer peer : new RawPeer[] { first, second }) {
			peer.send(new Frame.Notify(1, 1, MESSAGE));
			assertThat(peer.receive()).isEqualTo(ack(1, 1));
		}
		CompletableFuture<Frame> hello = CompletableFuture.supplyAsync(() -> {
			try {
				return third.receive();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		});
		first.send(new Frame.Notify(3, 1, MESSAGE));
		assertThat(first.receive()).isEqualTo(ack(3, 1));
		assertThat(hello).isNotDone();
		first.close();
		assertThat(hello.get(5, TimeUnit.SECONDS)).isInstanceOf(Frame.AgentHello.class);
	}

	@Test
	void whenPipeliningIsOffThenItIsNotAnnounced() throws Exception {
		this.agent = this.agent.pipelining(false);
		bind();
		RawPeer peer = open();
		peer.send(HELLO);
		assertThat(peer.receive()).isEqualTo(new Frame.AgentHello("2.0", 16380, Set.of()));
		peer.send(new Frame.Notify(1, 1, MESSAGE), new Frame.Notify(3, 1, MESSAGE));
		assertThat(peer.receive()).isEqualTo(ack(1, 1));
		assertThat(peer.receive()).isEqualTo(ack(3, 1));
	}

	@Test
	void whenEmptyAcksAreFilledThenTheyUnsetWhatNobodySets() throws Exception {
		this.handler = (exchange) -> Mono.empty();
		this.agent = this.agent.fillEmptyAck(true);
		bind();
		RawPeer peer = connect();
		peer.send(new Frame.Notify(1, 1, MESSAGE));
		assertThat(peer.receive()).isEqualTo(new Frame.Ack(1, 1, Actions.unset(VarScope.TRANSACTION, "spop.none")));
	}

	@Test
	void whenHelloIsLargerThanAllowedThenFrameTooBig() throws Exception {
		this.agent = this.agent.maxHelloSize(256);
		bind();
		RawPeer peer = open();
		peer.send("00000101");
		peer.assertDisconnectedWith(3);
	}

	private RawPeer connectWithFragments(int maxSize) throws Exception {
		this.agent = this.agent.maxFragmentedSize(maxSize);
		bind();
		RawPeer peer = open();
		peer.send(new Frame.HaproxyHello(List.of("2.0"), 256, Set.of(), null, false));
		assertThat(peer.receive()).isEqualTo(new Frame.AgentHello("2.0", 256, Set.of(Capability.FRAGMENTATION)));
		return peer;
	}

	@Test
	void whenNotifyComesInFragmentsThenPutTogether() throws Exception {
		this.handler = (exchange) -> Mono.just(Actions.set(VarScope.TRANSACTION, "length",
				String.valueOf(exchange.messages().get(1).arguments().get("body")).length()));
		RawPeer peer = connectWithFragments(2000);
		ByteBuf whole = Unpooled.buffer();
		new SpopCodec(16380).encode(new Frame.Notify(1, 1, MESSAGE,
				NotifyMessage.of("body", new Argument("body", SpopValue.of("x".repeat(1000))))), whole);
		whole.skipBytes(11);
		boolean first = true;
		for (int size = 1; whole.isReadable(); size += 10) {
			byte[] piece = new byte[Math.min(size, whole.readableBytes())];
			whole.readBytes(piece);
			peer.send(new Frame.Fragment(first ? FrameType.NOTIFY : FrameType.UNSET, 1, 1, !whole.isReadable(), false,
					piece));
			first = false;
		}
		assertThat(peer.receive()).isEqualTo(new Frame.Ack(1, 1, Actions.set(VarScope.TRANSACTION, "length", 1000)));
	}

	@Test
	void whenFragmentsAreAbortedThenDropped() throws Exception {
		RawPeer peer = connectWithFragments(2000);
		peer.send(new Frame.Fragment(FrameType.NOTIFY, 1, 1, false, false, new byte[100]),
				new Frame.Fragment(FrameType.UNSET, 1, 1, true, true, new byte[0]), new Frame.Notify(3, 1, MESSAGE));
		assertThat(peer.receive()).isEqualTo(ack(3, 1));
	}

	@Test
	void whenFragmentsAreTooLargeTogetherThenFrameTooBig() throws Exception {
		RawPeer peer = connectWithFragments(150);
		peer.send(new Frame.Fragment(FrameType.NOTIFY, 1, 1, false, false, new byte[100]),
				new Frame.Fragment(FrameType.UNSET, 1, 1, false, false, new byte[51]));
		peer.assertDisconnectedWith(3);
	}

	@Test
	void whenFragmentsAreMixedThenInterlacedFrames() throws Exception {
		Frame begin = new Frame.Fragment(FrameType.NOTIFY, 1, 1, false, false, new byte[10]);
		List<Frame> wrong = List.of(begin, new Frame.Fragment(FrameType.UNSET, 1, 2, false, false, new byte[10]),
				new Frame.Notify(3, 1, MESSAGE));
		connectWithFragments(150).close();
		for (Frame frame : wrong) {
			RawPeer peer = open();
			peer.send(new Frame.HaproxyHello(List.of("2.0"), 256, Set.of(), null, false));
			assertThat(peer.receive()).isInstanceOf(Frame.AgentHello.class);
			peer.send(begin, frame);
			peer.assertDisconnectedWith(11);
		}
	}

	@Test
	void whenRestOfFragmentsDoesNotComeThenClosed() throws Exception {
		this.agent = this.agent.frameTimeout(Duration.ofMillis(200));
		RawPeer peer = connectWithFragments(150);
		peer.send(new Frame.Fragment(FrameType.NOTIFY, 1, 1, false, false, new byte[10]));
		peer.assertDisconnectedWith(2);
	}

	@Test
	void whenPeerDoesNotReadThenReadingStopsAndItIsClosed() throws Exception {
		AtomicInteger handled = new AtomicInteger();
		this.handler = (exchange) -> {
			handled.incrementAndGet();
			return Mono.just(Actions.set(VarScope.TRANSACTION, "big", "x".repeat(10_000)));
		};
		this.agent = this.agent.writeTimeout(Duration.ofMillis(300));
		bind();
		RawPeer peer = connect();
		ByteBuf notify = Unpooled.buffer();
		new SpopCodec(16380).encode(new Frame.Notify(1, 1, MESSAGE), notify);
		byte[] bytes = new byte[notify.readableBytes() * 1000];
		for (int i = 0; i < 1000; i++) {
			notify.getBytes(0, bytes, i * notify.readableBytes(), notify.readableBytes());
		}
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
			while (true) {
				peer.send(ByteBuffer.wrap(bytes));
			}
		});
		// What the sockets' buffers hold, not what was sent
		assertThat(handled.get()).isLessThan(5000);
		this.handler = (exchange) -> Mono.just(answer(exchange));
		assertServes();
	}

	@Test
	void whenClientDisconnectsThenItGetsTheAgentsDisconnect() {
		bind();
		SpopClient client = client();
		assertThat(client.agentHello()).isEqualTo(new Frame.AgentHello("2.0", 16380, Set.of(Capability.PIPELINING)));
		assertThat(client.disconnect(StatusCode.NORMAL).block())
			.isEqualTo(new Frame.AgentDisconnect(StatusCode.NORMAL));
		assertThatExceptionOfType(SpopDisconnectException.class)
			.isThrownBy(() -> client.notify(MESSAGE).block(Duration.ofSeconds(5)));
	}

	@Test
	void whenConnectionIsSeenByHandlerThenItTellsOfTheHandshake() {
		LinkedBlockingQueue<SpopConnection> connections = new LinkedBlockingQueue<>();
		this.handler = (exchange) -> {
			connections.add(exchange.connection());
			return Mono.empty();
		};
		bind();
		SpopClient client = Objects
			.requireNonNull(SpopClient.builder(this.address).engineId("engine-1").maxFrameSize(1024).connect().block());
		this.opened.add(0, client);
		assertThat(client.notify(MESSAGE).block()).isEqualTo(Actions.none());
		SpopConnection connection = connections.remove();
		assertThat(connection.listener()).isEqualTo("main");
		assertThat(connection.engineId()).isEqualTo("engine-1");
		assertThat(connection.maxFrameSize()).isEqualTo(1024);
		assertThat(connection.capabilities()).containsExactly(Capability.PIPELINING);
		assertThat(connection.id()).isNotEmpty();
		assertThat(HexFormat.isHexDigit(connection.id().charAt(0))).isTrue();
	}

}
