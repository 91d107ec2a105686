package io.spop.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopHandler;
import io.spop.agent.SpopListener;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(20)
class LoadGeneratorTests {

	private static final long MILLISECOND = 1_000_000;

	private static final LoadMessages MESSAGES = LoadMessages
		.of(List.of(NotifyMessage.of("check", new Argument("text", SpopValue.of("value")))));

	private static BoundSpopAgent agent(SpopHandler handler) {
		return agent(handler, true);
	}

	private static BoundSpopAgent agent(SpopHandler handler, boolean pipelining) {
		return SpopAgent.create()
			.eventLoops(1)
			.warmUp(false)
			.pipelining(pipelining)
			.listener(SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0)))
			.handler(handler)
			.bind();
	}

	private static LoadResult run(String address, int connections, int inFlight, int rate, long requests,
			long durationMillis, long timeoutMillis, int threads) {
		LoadSettings settings = new LoadSettings(AgentAddress.of(address).address(), null,
				new Frame.HaproxyHello(List.of(Frame.VERSION), 16380, Set.of(Capability.PIPELINING), null, false),
				MESSAGES, connections, inFlight, rate, requests, Duration.ZERO, Duration.ofMillis(durationMillis),
				Duration.ofMillis(timeoutMillis), threads);
		try (LoadGenerator generator = new LoadGenerator(settings)) {
			return generator.run((progress) -> {
			});
		}
	}

	private static LoadResult requests(ScriptedAgent agent, int connections, long requests) {
		return run(agent.address(), connections, 4, 0, requests, 10_000, 5000, 1);
	}

	@Test
	void whenLoopIsClosedThenEachNotifyIsAnswered() {
		AtomicLong handled = new AtomicLong();
		try (BoundSpopAgent agent = agent((exchange) -> {
			handled.incrementAndGet();
			return Mono.just(Actions.set(VarScope.SESSION, "score", 20));
		})) {
			LoadResult result = run("127.0.0.1:" + agent.port(), 3, 7, 0, 10_001, 10_000, 5000, 2);
			assertThat(result.end()).isEqualTo(LoadResult.End.REQUESTS);
			LoadCounts counts = result.counts();
			assertThat(handled).hasValue(10_001);
			assertThat(counts.sent).isEqualTo(10_001);
			assertThat(counts.answered).isEqualTo(10_001);
			assertThat(counts.acks).isEqualTo(10_001);
			assertThat(counts.withoutActions).isZero();
			assertThat(counts.latencies.getTotalCount()).isEqualTo(10_001);
			assertThat(counts.problems()).isZero();
			assertThat(result.elapsed()).isPositive();
		}
	}

	@Test
	void whenLoopIsOpenThenAllThatAreDueAreSent() {
		try (BoundSpopAgent agent = agent((exchange) -> Mono.empty())) {
			LoadCounts counts = run("127.0.0.1:" + agent.port(), 4, 20, 5000, Long.MAX_VALUE, 300, 5000, 2).counts();
			assertThat(counts.sent + counts.notSent).isEqualTo(1500);
			assertThat(counts.answered).isEqualTo(counts.sent);
			assertThat(counts.withoutActions).isEqualTo(counts.sent);
			assertThat(counts.latencies.getTotalCount()).isEqualTo(1500);
			counts = run("127.0.0.1:" + agent.port(), 1, 20, 10_000, 123, 10_000, 5000, 1).counts();
			assertThat(counts.sent).isEqualTo(123);
			assertThat(counts.answered).isEqualTo(123);
		}
	}

	/**
	 * The agent answers nothing for 500 ms. In these, 500 NOTIFYs are due. The one that
	 * waits in the agent must not hide the others.
	 */
	@Test
	void whenAgentStallsThenAllThatWereDueMeanwhileHaveWaited() {
		AtomicInteger count = new AtomicInteger();
		try (BoundSpopAgent agent = agent((exchange) -> (count.incrementAndGet() == 100)
				? Mono.delay(Duration.ofMillis(500)).thenReturn(Actions.none()) : Mono.just(Actions.none()))) {
			LoadResult result = run("127.0.0.1:" + agent.port(), 1, 1, 1000, 800, 10_000, 5000, 1);
			Histogram latencies = result.counts().latencies;
			assertThat(latencies.getTotalCount()).isEqualTo(800);
			for (int waited = 100; waited < 500; waited += 100) {
				// Of those due in the 500 ms, all but the last ones waited that long
				assertThat(latencies.getCountBetweenValues(waited * MILLISECOND, Long.MAX_VALUE / 2))
					.isGreaterThanOrEqualTo(500 - waited - 2);
			}
			assertThat(result.counts().problems()).isZero();
		}
	}

	@Test
	void whenAgentHasNoPipeliningThenAConnectionHasOneNotifyInFlight() {
		AtomicInteger inFlight = new AtomicInteger();
		AtomicInteger most = new AtomicInteger();
		try (BoundSpopAgent agent = agent((exchange) -> {
			most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
			return Mono.delay(Duration.ofMillis(1)).map((tick) -> {
				inFlight.decrementAndGet();
				return Actions.none();
			});
		}, false)) {
			LoadCounts counts = run("127.0.0.1:" + agent.port(), 1, 20, 0, 20, 10_000, 5000, 1).counts();
			assertThat(counts.answered).isEqualTo(20);
			assertThat(most).hasValue(1);
		}
	}

	@Test
	void whenAgentClosesConnectionsThenTheyAreOpenedAgain() throws Exception {
		try (ScriptedAgent agent = new ScriptedAgent((notify, connection) -> {
			connection.ack(notify);
			if (connection.number < 2 && connection.received == 5) {
				connection.close();
			}
		})) {
			LoadCounts counts = requests(agent, 2, 500).counts();
			assertThat(counts.count(LoadProblem.CLOSED)).isEqualTo(2);
			assertThat(counts.sent).isEqualTo(500);
			assertThat(counts.answered + counts.count(LoadProblem.LOST)).isEqualTo(500);
			assertThat(counts.count(LoadProblem.LOST)).isLessThanOrEqualTo(8);
		}
	}

	@Test
	void whenAgentDisconnectsThenItsStatusIsCounted() throws Exception {
		try (ScriptedAgent agent = new ScriptedAgent((notify, connection) -> {
			connection.ack(notify);
			if (connection.number == 0) {
				connection.send(new Frame.AgentDisconnect(13, "no memory"));
			}
		})) {
			LoadCounts counts = requests(agent, 1, 50).counts();
			assertThat(counts.disconnects).containsOnlyKeys(13L).containsValue(1L);
			assertThat(counts.problemText()).contains("1 connection ended by an AGENT-DISCONNECT (status 13: 1)");
		}
	}

	@Test
	void whenAgentSendsBytesThatAreNotSpopThenTheConnectionIsGivenUp() throws Exception {
		try (ScriptedAgent agent = new ScriptedAgent((notify, connection) -> {
			if (connection.number == 0) {
				connection.send("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
			}
			connection.ack(notify);
		})) {
			LoadCounts counts = requests(agent, 1, 50).counts();
			assertThat(counts.count(LoadProblem.INVALID)).isEqualTo(1);
			assertThat(counts.sent).isEqualTo(counts.answered + counts.count(LoadProblem.LOST));
		}
	}

	@Test
	void whenAcksAreWrongThenTheyAreCounted() throws Exception {
		try (ScriptedAgent agent = new ScriptedAgent((notify, connection) -> {
			connection.ack(notify);
			if (connection.received == 0) {
				connection.ack(notify);
				connection.ack(new Frame.Notify(2, 1));
				connection.ack(new Frame.Notify(99_999, 1));
				connection.ack(new Frame.Notify(0, 0));
				connection.ack(new Frame.Notify(-1, -1));
			}
		})) {
			LoadCounts counts = requests(agent, 1, 50).counts();
			assertThat(counts.count(LoadProblem.LATE)).isEqualTo(1);
			assertThat(counts.count(LoadProblem.UNKNOWN)).isEqualTo(4);
			assertThat(counts.answered).isEqualTo(50);
		}
	}

	@Test
	void whenNotifysAreNotAnsweredThenTheyAreGivenUp() throws Exception {
		try (ScriptedAgent agent = new ScriptedAgent((notify, connection) -> {
			if (connection.received % 10 != 9) {
				connection.ack(notify);
			}
		})) {
			LoadCounts counts = run(agent.address(), 1, 4, 0, 20, 10_000, 300, 1).counts();
			assertThat(counts.count(LoadProblem.UNANSWERED)).isEqualTo(2);
			assertThat(counts.answered).isEqualTo(18);
			assertThat(counts.latencies.getTotalCount()).isEqualTo(20);
			assertThat(counts.latencies.getCountBetweenValues(299 * MILLISECOND, Long.MAX_VALUE / 2))
				.isGreaterThanOrEqualTo(2);
		}
	}

	@Test
	void whenFramesComeInPiecesThenTheyArePutTogether() throws Exception {
		try (ScriptedAgent agent = new ScriptedAgent((notify, connection) -> {
			byte[] ack = HexFormat.of().parseHex("00000007670000000100" + "01");
			ack[9] = (byte) notify.streamId();
			for (byte piece : ack) {
				connection.send(new byte[] { piece });
			}
		})) {
			LoadCounts counts = requests(agent, 1, 20).counts();
			assertThat(counts.answered).isEqualTo(20);
			assertThat(counts.problems()).isZero();
		}
	}

	@Test
	void whenAgentDiesThenTheLoadEndsEarly() throws Exception {
		CountDownLatch busy = new CountDownLatch(20);
		try (ScriptedAgent agent = new ScriptedAgent((notify, connection) -> {
			connection.ack(notify);
			busy.countDown();
		})) {
			Thread killer = new Thread(() -> {
				try {
					busy.await();
					agent.die();
				}
				catch (InterruptedException | IOException ex) {
					throw new IllegalStateException(ex);
				}
			});
			killer.start();
			LoadResult result = run(agent.address(), 2, 4, 0, Long.MAX_VALUE, 3_600_000, 500, 1);
			killer.join();
			assertThat(result.end()).isEqualTo(LoadResult.End.UNREACHABLE);
			assertThat(result.counts().count(LoadProblem.REFUSED)).isPositive();
			assertThat(result.counts().answered).isPositive();
		}
	}

	@Test
	void whenAgentSaysNothingToTheHelloThenNoConnectionCanBeOpened() throws Exception {
		try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
			assertThatThrownBy(() -> run("127.0.0.1:" + silent.getLocalPort(), 2, 4, 0, 10, 10_000, 100, 1))
				.isInstanceOf(CommandException.class)
				.hasMessageContaining("No connection can be opened");
		}
	}

	@Test
	void whenLoadIsStoppedThenWhatWasMeasuredIsReported() {
		CompletableFuture<LoadGenerator> running = new CompletableFuture<>();
		AtomicInteger count = new AtomicInteger();
		try (BoundSpopAgent agent = agent((exchange) -> {
			if (count.incrementAndGet() == 1000) {
				running.thenAccept(LoadGenerator::stop);
			}
			return Mono.empty();
		})) {
			LoadSettings settings = new LoadSettings(new InetSocketAddress("127.0.0.1", agent.port()), null,
					new Frame.HaproxyHello(List.of(Frame.VERSION), 16380, Set.of(Capability.PIPELINING), null, false),
					MESSAGES, 2, 4, 0, Long.MAX_VALUE, Duration.ZERO, Duration.ofHours(1), Duration.ofSeconds(5), 1);
			try (LoadGenerator generator = new LoadGenerator(settings)) {
				running.complete(generator);
				LoadResult result = generator.run((progress) -> {
				});
				assertThat(result.end()).isEqualTo(LoadResult.End.INTERRUPTED);
				assertThat(result.elapsed()).isBetween(Duration.ofNanos(1), Duration.ofMinutes(1));
				assertThat(result.counts().answered).isGreaterThan(900);
				assertThat(result.counts().answered + result.inFlight()).isEqualTo(result.counts().sent);
			}
		}
	}

}
