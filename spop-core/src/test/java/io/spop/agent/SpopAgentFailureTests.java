package io.spop.agent;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.read.ListAppender;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoOps;
import io.netty.channel.nio.NioSelectableChannelIoHandle;
import io.spop.agent.SpopMetricsRecorder.NotifyOutcome;
import io.spop.client.SpopClient;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that each NOTIFY is answered if anything fails between the handler and the wire.
 */
@Timeout(60)
class SpopAgentFailureTests extends RecordedAgent {

	private static final Actions FALLBACK = Actions.set(VarScope.TRANSACTION, "fallback", true);

	@Test
	void whenARecorderFailsThenEachNotifyIsAnswered() {
		SpopMetricsRecorder failing = (SpopMetricsRecorder) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { SpopMetricsRecorder.class }, (proxy, method, arguments) -> {
					throw new IllegalStateException("on purpose");
				});
		try (CapturedLog log = new CapturedLog(Level.WARN)) {
			this.agent = agent().metricsRecorder((listener) -> failing).handler(this::handle).bind();
			assertServes();
			assertThat(log.of(Level.WARN)).filteredOn((line) -> line.contains("SpopMetricsRecorder failed")).hasSize(1);
		}
	}

	@Test
	void whenRecordersGetAMethodThenItsFailureIsKeptFromTheConnection() {
		this.agent = agent().bind();
		assertThat(SpopMetricsRecorder.class.getMethods()).filteredOn(Method::isDefault)
			.extracting(Method::getName)
			.containsExactlyInAnyOrderElementsOf(Stream.of(GuardedRecorder.class.getDeclaredMethods())
				.filter((method) -> Modifier.isPublic(method.getModifiers()) && method.getReturnType() == void.class)
				.map(Method::getName)
				.toList());
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	@SuppressWarnings("NullAway") // null on purpose
	void whenThereIsNoRecorderThenEachNotifyIsAnswered(boolean exception) {
		this.agent = agent().metricsRecorder((listener) -> {
			if (exception) {
				throw new IllegalStateException("on purpose");
			}
			return null;
		}).handler(this::handle).bind();
		assertServes();
	}

	@Test
	void whenAResultIsNoActionsThenFallback() {
		@SuppressWarnings({ "unchecked", "rawtypes" })
		SpopHandler handler = (exchange) -> (Mono) (name(exchange).equals("now") ? Mono.just("text")
				: Mono.fromFuture(CompletableFuture.supplyAsync(() -> "text")));
		this.agent = agent().handler(handler).bind();
		try (SpopClient client = client()) {
			for (String name : List.of("now", "later", "now", "later")) {
				assertThat(client.notify(NotifyMessage.of(name)).block()).isEqualTo(FALLBACK);
			}
		}
		assertThat(this.recorder.inFlight()).isZero();
		assertThat(this.recorder.ended).isEqualTo(Map.of(NotifyOutcome.ERROR, 4));
	}

	@Test
	void whenTheFallbackOfTheHandlerFailsThenThatOfTheAgent() {
		this.agent = agent().handlerTimeout(Duration.ofMillis(20)).handler(new SpopHandler() {

			@Override
			public Mono<Actions> handle(SpopExchange exchange) {
				return Mono.never();
			}

			@Override
			@SuppressWarnings("NullAway") // null on purpose
			public Actions fallback(SpopExchange exchange, Throwable failure) {
				if (name(exchange).equals("null")) {
					return null;
				}
				throw new StackOverflowError("on purpose");
			}

		}).bind();
		try (SpopClient client = client()) {
			assertThat(client.notify(NotifyMessage.of("null")).block()).isEqualTo(FALLBACK);
			assertThat(client.notify(NotifyMessage.of("error")).block()).isEqualTo(FALLBACK);
		}
	}

	@Test
	void whenAnAckIsTooLargeThenTheHandlersFallback() {
		Actions small = Actions.set(VarScope.TRANSACTION, "small", 1);
		this.agent = agent().handler(new SpopHandler() {

			@Override
			public Mono<Actions> handle(SpopExchange exchange) {
				return Mono.just(Actions.set(VarScope.TRANSACTION, "large", new byte[20000]));
			}

			@Override
			public Actions fallback(SpopExchange exchange, Throwable failure) {
				assertThat(failure).isInstanceOf(SpopOversizeException.class);
				return name(exchange).equals("small") ? small
						: Actions.set(VarScope.TRANSACTION, "large", new byte[20000]);
			}

		}).bind();
		try (SpopClient client = client()) {
			assertThat(client.notify(NotifyMessage.of("small")).block()).isEqualTo(small);
			assertThat(client.notify(NotifyMessage.of("large")).block()).isEqualTo(FALLBACK);
		}
		assertThat(this.recorder.ended).isEqualTo(Map.of(NotifyOutcome.OVERSIZE, 2));
	}

	@Test
	void whenTheLogIsSlowThenTheAckDoesNotWaitForIt() throws Exception {
		CountDownLatch answered = new CountDownLatch(1);
		AtomicBoolean waited = new AtomicBoolean();
		this.agent = agent().handlerTimeout(Duration.ofMillis(50)).handler((exchange) -> {
			if (name(exchange).equals("late")) {
				return Mono.never();
			}
			throw new IllegalStateException("on purpose");
		}).bind();
		try (CapturedLog log = new CapturedLog(Level.DEBUG, (event) -> {
			try {
				if (!answered.await(20, TimeUnit.SECONDS)) {
					waited.set(true);
				}
			}
			catch (InterruptedException ex) {
				waited.set(true);
			}
		}); SpopClient client = client(); RawPeer refused = new RawPeer(this.agent.address("main"))) {
			assertThat(client.notify(NotifyMessage.of("failing")).block()).isEqualTo(FALLBACK);
			assertThat(client.notify(NotifyMessage.of("late")).block()).isEqualTo(FALLBACK);
			refused.send("00000007" + "00000000000000");
			refused.assertDisconnectedWith(4);
			answered.countDown();
			log.await(Level.WARN, "Closed by the agent");
			assertThat(log.of(Level.WARN)).hasSize(3);
			assertThat(waited).isFalse();
		}
	}

	@Test
	void whenTextsOfExceptionsFailOrTakeLongThenTheAckDoesNotWait() {
		CountDownLatch answered = new CountDownLatch(1);
		this.agent = agent().handler((exchange) -> Mono.error(new RejectedExecutionException() {

			private static final long serialVersionUID = 1L;

			@Override
			public String getMessage() {
				if (name(exchange).equals("failing")) {
					throw new IllegalStateException("on purpose");
				}
				await(answered);
				return "refused";
			}

		})).bind();
		try (CapturedLog log = new CapturedLog(Level.WARN); SpopClient client = client()) {
			assertThat(client.notify(NotifyMessage.of("failing")).block()).isEqualTo(FALLBACK);
			assertThat(client.notify(NotifyMessage.of("waiting")).block()).isEqualTo(FALLBACK);
			answered.countDown();
			log.await(Level.WARN, "refused");
			log.await(Level.WARN, "getMessage() failed");
		}
	}

	@Test
	void whenCancellationTakesLongThenTheAckHasLeft() {
		CountDownLatch answered = new CountDownLatch(1);
		this.agent = agent().handlerTimeout(Duration.ofMillis(50))
			.handler((exchange) -> Mono.<Actions>never().doOnCancel(() -> await(answered)))
			.bind();
		try (SpopClient client = client()) {
			assertThat(client.notify(NotifyMessage.of("m")).block()).isEqualTo(FALLBACK);
			answered.countDown();
			assertThat(client.notify(NotifyMessage.of("m")).block()).isEqualTo(FALLBACK);
		}
	}

	@Test
	void whenAnInterceptorIsThereThenErrorsDoNotFloodTheLog() {
		this.agent = agent().interceptor((exchange, next) -> next.handle(exchange)).handler((exchange) -> {
			throw new StackOverflowError("on purpose");
		}).bind();
		ch.qos.logback.classic.Logger reactor = (ch.qos.logback.classic.Logger) LoggerFactory.getLogger("reactor");
		ListAppender<ILoggingEvent> lines = new ListAppender<>();
		lines.start();
		reactor.addAppender(lines);
		try (CapturedLog log = new CapturedLog(Level.WARN); SpopClient client = client()) {
			for (int i = 0; i < 20; i++) {
				assertThat(client.notify(NotifyMessage.of("m")).block()).isEqualTo(FALLBACK);
			}
			assertThat(log.of(Level.WARN)).hasSize(1);
			assertThat(lines.list).isEmpty();
		}
		finally {
			reactor.detachAppender(lines);
		}
	}

	@Test
	void whenNobodyReadsTheLogThenTheAgentStopsInTime() {
		CountDownLatch stopped = new CountDownLatch(1);
		this.agent = agent().handler(this::handle).bind();
		try (CapturedLog log = new CapturedLog(Level.INFO, (event) -> await(stopped))) {
			this.agent.stop(Duration.ofMillis(10), Duration.ofSeconds(2));
			assertThat(this.agent.isListening("main")).isFalse();
			stopped.countDown();
			assertThat(log.of(Level.INFO)).anyMatch((line) -> line.contains("closed"));
		}
	}

	@Test
	void whenLinesDoNotFitThenTheyAreCounted() {
		CountDownLatch go = new CountDownLatch(1);
		this.agent = agent().handler(this::handle).bind();
		try (CapturedLog log = new CapturedLog(Level.DEBUG, (event) -> {
			try {
				go.await(20, TimeUnit.SECONDS);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		})) {
			for (int i = 0; i < 600; i++) {
				client().close();
			}
			go.countDown();
			assertThat(log.of(Level.WARN)).last().asString().contains("log lines were dropped");
		}
	}

	@Test
	void whenAnExceptionHasCausesWithoutEndThenItIsAnsweredAndLoggedInShort() {
		this.agent = agent().handler((exchange) -> {
			throw new Endless(0);
		}).bind();
		try (CapturedLog log = new CapturedLog(Level.WARN); SpopClient client = client()) {
			assertThat(client.notify(NotifyMessage.of("m")).block()).isEqualTo(FALLBACK);
			assertThat(log.events(Level.WARN)).singleElement().satisfies((event) -> {
				assertThat(event.getThrowableProxy().getMessage()).startsWith(Endless.class.getName() + ": level 0")
					.hasSizeLessThan(700);
				assertThat(event.getThrowableProxy().getMessage()).doesNotContain("\n");
			});
			assertThat(this.agent.connections()).singleElement()
				.satisfies((connection) -> assertThat(connection.lastError()).hasSizeLessThan(200)
					.doesNotContain("level 0"));
		}
	}

	@Test
	void whenTextsOfExceptionsHaveLinesThenTheyDoNotGetIntoTheLog() {
		String forged = "bad\n2026-01-01 ERROR forged\u001b[2J";
		this.agent = agent().handler((exchange) -> {
			throw new IllegalStateException(forged, new IllegalArgumentException(forged));
		}).bind();
		try (CapturedLog log = new CapturedLog(Level.WARN); SpopClient client = client()) {
			client.notify(NotifyMessage.of("m")).block();
			assertThat(log.events(Level.WARN)).singleElement().satisfies((event) -> {
				IThrowableProxy thrown = event.getThrowableProxy();
				assertThat(List.of(thrown.getMessage(), thrown.getCause().getMessage()))
					.allSatisfy((text) -> assertThat(text).contains("forged").doesNotContain("\n", "\u001b"));
			});
		}
	}

	@Test
	void whenFailuresHaveMadeUpNamesThenOtherLinesAreStillThere() throws Exception {
		this.agent = agent().handler((exchange) -> {
			throw name(exchange).equals("new") ? new UnsupportedOperationException() : new IllegalStateException();
		}).bind();
		try (CapturedLog log = new CapturedLog(Level.WARN); SpopClient client = client()) {
			for (int i = 0; i < 400; i++) {
				client.notify(NotifyMessage.of("made-up-" + i)).block();
			}
			client.notify(NotifyMessage.of("new")).block();
			try (RawPeer refused = new RawPeer(this.agent.address("main"))) {
				refused.send("00000007" + "00000000000000");
				refused.assertDisconnectedWith(4);
			}
			log.await(Level.WARN, "NOTIFY [new]");
			log.await(Level.WARN, "Closed by the agent");
			assertThat(log.of(Level.WARN)).hasSizeLessThan(250);
		}
	}

	@Test
	void whenPeersSendLinesThenTheyDoNotGetIntoTheLog() throws Exception {
		this.agent = agent().handler((exchange) -> {
			exchange.reporter().unhandled(exchange.messages().get(0), List.of("known"));
			throw new IllegalStateException("on purpose");
		}).bind();
		String forged = "1.0\n2026-01-01 ERROR forged\u2028\u202e";
		try (CapturedLog log = new CapturedLog(Level.DEBUG);
				RawPeer peer = new RawPeer(this.agent.address("main"));
				SpopClient client = Objects.requireNonNull(
						SpopClient.builder(this.agent.address("main")).engineId(forged).connect().block())) {
			peer.send(new Frame.HaproxyHello(List.of(forged), 16380, Set.of(), forged, false));
			peer.assertDisconnectedWith(8);
			client.notify(NotifyMessage.of("name" + forged)).block();
			log.await(Level.WARN, "The handler failed");
			log.await(Level.WARN, "Closed by the agent");
			assertThat(this.agent.unhandledMessages()).singleElement().asString().doesNotContain("\n");
			assertThat(this.agent.connections())
				.allSatisfy((connection) -> assertThat(connection.lastError() + connection.engineId())
					.doesNotContain("\n", "\u2028", "\u202e"));
			// More than 3 if the machine blocks the event loop
			assertThat(log.of(Level.WARN)).hasSizeGreaterThanOrEqualTo(3)
				.allSatisfy((line) -> assertThat(line).doesNotContain("\n", "\u2028", "\u202e"));
			assertThat(log.of(Level.DEBUG))
				.allSatisfy((line) -> assertThat(line).doesNotContain("\n", "\u2028", "\u202e"));
		}
	}

	@Test
	void whenFinAndAbortComeWithIdsInFlightThenThereIsOneAck() throws Exception {
		this.agent = agent().handler((exchange) -> Mono.never()).bind();
		try (RawPeer peer = RawPeer.connected(this.agent.address("main"))) {
			peer.send(new Frame.Notify(1, 1, NotifyMessage.of("m")));
			peer.send("00000007" + "03" + "00000003" + "01" + "01");
			assertThat(peer.receive()).isEqualTo(new Frame.Ack(1, 1, Actions.none()));
			peer.channel().shutdownOutput();
			assertThat(peer.receive()).isNull();
			assertThat(this.recorder.ended).isEqualTo(Map.of(NotifyOutcome.SUPERSEDED, 1, NotifyOutcome.SUCCESS, 1));
			assertThat(this.recorder.inFlight()).isZero();
		}
	}

	@Test
	void whenFragmentsAreAbortedByAWholeFrameThenThereIsOneAck() throws Exception {
		this.agent = agent().maxFragmentedSize(1000).handler((exchange) -> Mono.never()).bind();
		try (RawPeer peer = RawPeer.connected(this.agent.address("main"))) {
			peer.send("00000008" + "03" + "00000000" + "0701" + "01");
			peer.send("00000007" + "03" + "00000003" + "0701");
			assertThat(peer.receive()).isEqualTo(new Frame.Ack(7, 1, Actions.none()));
			peer.send("00000007" + "00" + "00000001" + "0701");
			peer.assertDisconnectedWith(11);
			assertThat(this.recorder.inFlight()).isZero();
		}
		try (RawPeer peer = RawPeer.connected(this.agent.address("main"))) {
			peer.send("00000008" + "03" + "00000000" + "0701" + "01");
			peer.send("00000007" + "03" + "00000003" + "0801");
			peer.assertDisconnectedWith(11);
		}
	}

	@Test
	void whenTheSameIdsComeInFragmentsThenTheOlderResultIsDropped() throws Exception {
		CompletableFuture<Actions> result = new CompletableFuture<>();
		this.agent = agent().maxFragmentedSize(1000).handler((exchange) -> Mono.fromFuture(result, true)).bind();
		try (RawPeer peer = RawPeer.connected(this.agent.address("main"))) {
			peer.send(new Frame.Notify(7, 1, NotifyMessage.of("m")));
			peer.send("00000008" + "03" + "00000000" + "0701" + "01");
			while (!this.recorder.ended.containsKey(NotifyOutcome.SUPERSEDED)) {
				Thread.onSpinWait();
			}
			result.complete(FALLBACK);
			peer.send("00000009" + "00" + "00000001" + "0701" + "6d00");
			assertThat(peer.receive()).isEqualTo(new Frame.Ack(7, 1, FALLBACK));
			peer.channel().shutdownOutput();
			assertThat(peer.receive()).isNull();
		}
	}

	@Test
	void whenTheFirstFragmentIsTooLargeThenItsNotifyEndsOnce() throws Exception {
		this.agent = agent().maxFragmentedSize(16).handler(this::handle).bind();
		try (RawPeer peer = RawPeer.connected(this.agent.address("main"))) {
			peer.send("00000018" + "03" + "00000000" + "01" + "01" + "6d".repeat(17));
			peer.assertDisconnectedWith(3);
			assertThat(this.recorder.inFlight()).isZero();
		}
	}

	@ParameterizedTest
	@CsvSource({ "1, true", "1, false", "2, true", "2, false" })
	void whenAnEventLoopEndsThenNothingListensAndStopWorks(int loops, boolean error) throws Exception {
		CompletableFuture<EventLoop> loop = new CompletableFuture<>();
		this.agent = agent().eventLoops(loops).handler((exchange) -> {
			loop.complete(((AgentConnection) exchange.connection()).eventLoop());
			return Mono.empty();
		}).bind();
		try (CapturedLog log = new CapturedLog(Level.ERROR); SpopClient client = client()) {
			client.notify(NotifyMessage.of("m")).block();
			if (error) {
				Pipe pipe = Pipe.open();
				pipe.source().configureBlocking(false);
				((IoEventLoop) loop.join()).register(new Bomb(pipe.source()))
					.addListener((registered) -> ((IoRegistration) registered.getNow()).submit(NioIoOps.READ));
				pipe.sink().write(ByteBuffer.wrap(new byte[1]));
			}
			else {
				loop.join().shutdownGracefully(0, 0, TimeUnit.SECONDS);
			}
			while (this.agent.isListening("main")) {
				Thread.onSpinWait();
			}
			assertThat(loop.join().terminationFuture().await(10, TimeUnit.SECONDS)).isTrue();
			while (!refused()) {
				Thread.onSpinWait();
			}
			log.await(Level.ERROR, "An event loop of the agent has ended");
			assertThat(log.of(Level.ERROR)).hasSize(1);
		}
		this.agent.stop(Duration.ofSeconds(2));
		assertThat(this.agent.isListening("main")).isFalse();
	}

	@Test
	void whenAHandlerStopsTheAgentThenItStops() throws Exception {
		CompletableFuture<BoundSpopAgent> bound = new CompletableFuture<>();
		this.agent = agent().handler((exchange) -> {
			bound.join().stop(Duration.ofSeconds(5));
			return Mono.just(FALLBACK);
		}).bind();
		bound.complete(this.agent);
		try (SpopClient client = client()) {
			assertThat(client.notify(NotifyMessage.of("m")).block()).isEqualTo(FALLBACK);
		}
		while (this.agent.isListening("main") || !refused()) {
			Thread.onSpinWait();
		}
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await(20, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private boolean refused() throws IOException {
		try (RawPeer peer = new RawPeer(this.agent.address("main"))) {
			peer.channel().setOption(StandardSocketOptions.SO_LINGER, 0);
			return false;
		}
		catch (IOException ex) {
			return true;
		}
	}

	private Mono<Actions> handle(SpopExchange exchange) {
		Actions actions = Actions.set(VarScope.TRANSACTION, "name", name(exchange));
		return name(exchange).equals("now") ? Mono.just(actions)
				: Mono.fromFuture(CompletableFuture.supplyAsync(() -> actions));
	}

	private void assertServes() {
		try (SpopClient client = client()) {
			for (String name : List.of("now", "later", "now")) {
				assertThat(client.notify(NotifyMessage.of(name)).block())
					.isEqualTo(Actions.set(VarScope.TRANSACTION, "name", name));
			}
		}
	}

	@Override
	SpopAgent agent() {
		return super.agent().fallback(FALLBACK);
	}

	private static String name(SpopExchange exchange) {
		return exchange.messages().get(0).name();
	}

	/**
	 * An exception that makes itself a new cause each time.
	 */
	private static final class Endless extends RuntimeException {

		private static final long serialVersionUID = 1L;

		private final int level;

		Endless(int level) {
			super("level " + level + "\n" + "x".repeat(1000));
			this.level = level;
		}

		@Override
		public synchronized Throwable getCause() {
			return new Endless(this.level + 1);
		}

	}

	/**
	 * Ends the event loop that serves it.
	 */
	@SuppressWarnings("try")
	private static final class Bomb extends NioSelectableChannelIoHandle<Pipe.SourceChannel> {

		Bomb(Pipe.SourceChannel channel) {
			super(channel);
		}

		@Override
		protected void handle(Pipe.SourceChannel channel, SelectionKey key) {
			throw new OutOfMemoryError("on purpose");
		}

	}

}
