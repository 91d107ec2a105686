package io.spop.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopExchange;
import io.spop.agent.SpopHandler;
import io.spop.agent.SpopListener;
import io.spop.client.SpopClient;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import io.spop.recording.RecordingEntry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

import static org.assertj.core.api.Assertions.assertThat;

class ReplayCommandTests {

	@TempDir
	private Path folder;

	private final List<BoundSpopAgent> agents = new ArrayList<>();

	/** What the handlers were given. */
	private final List<String> arguments = new CopyOnWriteArrayList<>();

	private final Set<String> connections = ConcurrentHashMap.newKeySet();

	@AfterEach
	void stopAgents() {
		this.agents.forEach(BoundSpopAgent::close);
	}

	@Test
	void whenAnswersAreEqualThenStatusIsZero() {
		record().hello(1, 16380).notify(1, 1, "a").ack(1, 1, score(10)).notify(1, 3, "b").ack(1, 3, score(10)).close();
		CommandRun run = replay(agent((argument) -> score(10)));
		assertThat(run.out()).startsWith("2 NOTIFYs sent in ").contains(": 2 equal, 0 different\n");
		assertThat(run.out().lines().toList().get(2)).matches(" {2}recorded( +0\\.30){5}");
		assertThat(run.status()).isEqualTo(ExitStatus.GOOD);
		assertThat(run.err()).isEmpty();
		assertThat(this.arguments).containsExactly("a", "b");
	}

	@Test
	void whenAnswersDifferThenEqualDifferencesAreOneLine() {
		try (TestRecording recording = record()) {
			for (int stream = 1; stream < 2000; stream += 2) {
				recording.notify(1, stream, "a").ack(1, stream, score(10));
			}
		}
		CommandRun run = replay(agent((argument) -> score(95)), "--speed", "max", "--prefix", "iprep");
		assertThat(run.out()).startsWith("sess.iprep.ip_score: 10 -> 95 (1,000 times, first in check-client-ip at "
				+ "2026-11-27T10:00:00Z, connection 1, stream 1, frame 1)\n\n1,000 NOTIFYs sent in ");
		assertThat(run.out()).contains(": 0 equal, 1,000 different\n");
		assertThat(run.status()).isEqualTo(ExitStatus.NO);
	}

	@Test
	void whenValuesAreAllDifferentThenTheyAreLimitedAndCounted() {
		try (TestRecording recording = record()) {
			for (int stream = 0; stream < 500; stream++) {
				recording.notify(1, stream, "a").ack(1, stream, score(stream));
			}
		}
		CommandRun run = replay(agent((argument) -> Actions.none()), "--speed=0", "--limit", "3");
		assertThat(run.out()).startsWith("sess.ip_score: 0 -> no action (in check-client-ip at ")
			.contains("\nsess.ip_score: 497 more with other values, 500 in total\n");
		assertThat(run.out().lines().filter((line) -> line.contains(" -> "))).hasSize(3);
	}

	@Test
	void whenVariablesEndUpTheSameThenActionsAreEqual() {
		Actions recorded = score(1).andSet(VarScope.SESSION, "ip_score", SpopValue.of(2))
			.andSet(VarScope.TRANSACTION, "gone", SpopValue.ofNull());
		record().notify(1, 1, "a").ack(1, 1, recorded).close();
		Actions now = Actions.unset(VarScope.TRANSACTION, "gone")
			.andSet(VarScope.SESSION, "ip_score", new SpopValue.Uint32(2));
		CommandRun run = replay(agent((argument) -> now));
		assertThat(run.out()).contains(": 1 equal, 0 different\n");
	}

	@Test
	void whenVariableIsUnsetThenItDiffersFromNoAction() {
		record().notify(1, 1, "a").ack(1, 1, score(1).andUnset(VarScope.TRANSACTION, "b")).close();
		CommandRun run = replay(agent((argument) -> Actions.unset(VarScope.SESSION, "ip_score")));
		assertThat(run.out()).contains("sess.ip_score: 1 -> unset (", "txn.b: unset -> no action (");
	}

	@Test
	void whenTextsAreLongThenDifferenceIsFound() {
		String start = "x".repeat(1000);
		record().notify(1, 1, "a").ack(1, 1, Actions.set(VarScope.REQUEST, "t", start + "1")).close();
		CommandRun run = replay(agent((argument) -> Actions.set(VarScope.REQUEST, "t", start + "2")));
		assertThat(run.out()).contains(" (they differ from byte 1000 on)");
	}

	@Test
	void whenVariablesAreIgnoredThenTheyMayDiffer() {
		record().notify(1, 1, "a").ack(1, 1, score(1).andSet(VarScope.TRANSACTION, "id", "x")).close();
		String agent = agent((argument) -> score(2));
		assertThat(replay(agent, "--ignore", "txn.id,sess.ip_score").status()).isEqualTo(ExitStatus.GOOD);
		CommandRun run = replay(agent, "--ignore", "txn.id");
		assertThat(run.out()).doesNotContain("txn.id");
		assertThat(run.status()).isEqualTo(ExitStatus.NO);
	}

	@Test
	void whenRecordingHasTimesThenTheyAreKeptAtTheSpeed() {
		record().notify(1, 1, "a")
			.ack(1, 1, score(1))
			.later(Duration.ofSeconds(3))
			.notify(1, 3, "b")
			.ack(1, 3, score(1))
			.close();
		List<Long> times = new CopyOnWriteArrayList<>();
		String agent = agent((argument) -> {
			times.add(System.nanoTime());
			return score(1);
		});
		long start = System.nanoTime();
		replay(agent, "--speed", "10");
		assertThat(Duration.ofNanos(times.get(1) - start)).isGreaterThanOrEqualTo(Duration.ofMillis(300));
		assertThat(Duration.ofNanos(times.get(1) - times.get(0))).isLessThan(Duration.ofMillis(2900));
	}

	@Test
	void whenConnectionsAreRecordedThenReplayHasThem() {
		record().notify(7, 1, "a").notify(8, 1, "b").notify(9, 1, "c").ack(7, 1, score(1)).ack(9, 1, score(2)).close();
		CommandRun run = replay(agent((argument) -> score(1)));
		assertThat(this.connections).hasSize(3);
		assertThat(run.out()).contains(": 1 equal, 1 different, 1 without a recorded ACK\n",
				"sess.ip_score: 2 -> 1 (in check-client-ip at 2026-11-27T10:00:00Z, connection 9, ");
	}

	@Test
	void whenNumberOfConnectionsIsGivenThenNotifiesAreSpread() {
		try (TestRecording recording = record()) {
			for (int connection = 1; connection <= 20; connection++) {
				recording.notify(connection, 1, "a").ack(connection, 1, score(1)).closed(connection);
			}
		}
		CommandRun run = replay(agent((argument) -> score(1)), "--connections", "2");
		assertThat(this.connections).hasSize(2);
		assertThat(run.out()).contains(": 20 equal, ");
	}

	@Test
	void whenAgentDoesNotPipelineThenNoOtherNotifyIsInFlight() {
		try (TestRecording recording = record()) {
			for (int stream = 0; stream < 50; stream++) {
				recording.notify(1, stream, "a");
			}
		}
		List<Integer> inFlight = new CopyOnWriteArrayList<>();
		SpopHandler handler = (exchange) -> {
			inFlight.add(exchange.connection().inFlight());
			return Mono.delay(Duration.ofMillis(1)).thenReturn(Actions.none());
		};
		CommandRun run = replay(start(SpopAgent.create().pipelining(false).handler(handler)), "--speed", "max");
		assertThat(run.out()).contains(": 0 equal, 0 different, 50 without a recorded ACK\n");
		assertThat(inFlight).hasSize(50).containsOnly(0);
		assertThat(run.status()).isEqualTo(ExitStatus.GOOD);
	}

	@Test
	void whenIdentifiersAreUsedAgainThenFirstNotifyHasNoRecordedAck() {
		record().notify(1, 1, "a").notify(1, 1, "b").ack(1, 1, score(2)).close();
		CommandRun run = replay(agent((argument) -> score(argument.equals("b") ? 2 : 1)));
		assertThat(run.out()).contains(": 1 equal, 0 different, 1 without a recorded ACK\n");
	}

	@Test
	void whenNotifyIsInFragmentsThenItIsJoined() {
		byte[] payload = payload("joined");
		record().haproxy(1, new Frame.Fragment(FrameType.NOTIFY, 1, 1, false, false, part(payload, 0, 5)))
			.haproxy(1, new Frame.Fragment(FrameType.UNSET, 1, 1, false, false, part(payload, 5, 6)))
			.haproxy(1, new Frame.Fragment(FrameType.UNSET, 1, 1, true, false, part(payload, 6, payload.length)))
			.ack(1, 1, score(1))
			// Its first fragment is missing
			.haproxy(1, new Frame.Fragment(FrameType.UNSET, 3, 1, true, false, part(payload, 6, payload.length)))
			.haproxy(1, new Frame.Fragment(FrameType.NOTIFY, 5, 1, false, false, part(payload, 0, 5)))
			.haproxy(1, new Frame.Fragment(FrameType.UNSET, 5, 1, true, true, new byte[0]))
			// Its last fragment is missing
			.haproxy(1, new Frame.Fragment(FrameType.NOTIFY, 7, 1, false, false, part(payload, 0, 5)))
			.close();
		CommandRun run = replay(agent((argument) -> score(1)));
		assertThat(this.arguments).containsExactly("joined");
		assertThat(run.out()).contains("1 NOTIFY sent in ", ": 1 equal, 0 different\n",
				"Not sent: fragments are missing (2 times)\n", "Not sent: aborted by HAProxy\n");
	}

	@Test
	void whenFramesAreLargeThenReplayOffersTheirSize() {
		record().hello(1, 65532)
			.notify(1, 1, "x".repeat(40_000))
			.ack(1, 1, score(1))
			.notify(2, 1, "y".repeat(50_000))
			.close();
		CommandRun run = replay(agent((argument) -> score(1)));
		assertThat(run.out()).contains(": 1 equal, 0 different, 1 without a recorded ACK\n");
		CommandRun small = replay(
				start(SpopAgent.create().maxFrameSize(16380).handler((exchange) -> Mono.just(score(1)))));
		assertThat(small.err()).isEqualTo(
				"No NOTIFY of the recording could be sent: larger than the agent's " + "max-frame-size (2 times).\n");
		assertThat(small.status()).isEqualTo(ExitStatus.DATA);
	}

	@Test
	void whenAgentHangsThenReplayEnds() {
		try (TestRecording recording = record()) {
			for (int stream = 0; stream < 10_000; stream++) {
				recording.notify(1, stream, "a").ack(1, stream, score(1));
			}
		}
		CommandRun run = replay(
				start(SpopAgent.create().handlerTimeout(Duration.ofHours(1)).handler((exchange) -> Mono.never())),
				"--speed", "max", "--timeout", "50ms");
		assertThat(run.out()).contains(" not answered\n", "Not answered: No ACK within 50 ms (");
		assertThat(run.err()).startsWith("The agent hangs: it has answered none of the last ");
		assertThat(run.status()).isEqualTo(ExitStatus.TIMEOUT);
	}

	@Test
	void whenAgentDiesThenReplayEnds() {
		try (TestRecording recording = record()) {
			for (int stream = 0; stream < 1000; stream++) {
				recording.notify(1, stream, "a").ack(1, stream, score(1));
			}
		}
		CountDownLatch answered = new CountDownLatch(10);
		String agent = agent((argument) -> {
			answered.countDown();
			return score(1);
		});
		Thread end = new Thread(() -> {
			try {
				answered.await();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
			this.agents.get(0).close();
		});
		end.start();
		CommandRun run = replay(agent, "--speed", "0.5", "--timeout", "200ms");
		assertThat(run.out()).contains(" equal, 0 different");
		assertThat(run.err()).isEqualTo("Nobody listens on " + agent + ".\n");
		assertThat(run.status()).isEqualTo(ExitStatus.UNAVAILABLE);
	}

	@Test
	void whenAgentEndsEachConnectionThenReplayConnectsAgain() throws Exception {
		try (TestRecording recording = record()) {
			for (int stream = 0; stream < 5; stream++) {
				recording.notify(1, stream, "a").ack(1, stream, score(1));
			}
		}
		try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
			Thread agent = new Thread(() -> answerHandshakeAndRefuse(server));
			agent.start();
			CommandRun run = replay("127.0.0.1:" + server.getLocalPort());
			assertThat(run.out()).contains("5 NOTIFYs sent", ": 0 equal, 0 different, 5 refused\n",
					"Not answered: AGENT-DISCONNECT 13: resource allocation error (5 times)\n");
			assertThat(run.status()).isEqualTo(ExitStatus.NO);
		}
	}

	private static void answerHandshakeAndRefuse(ServerSocket server) {
		try {
			while (true) {
				try (Socket socket = server.accept()) {
					socket.getInputStream().readNBytes(4);
					socket.getOutputStream().write(TestRecording.bytes(new Frame.AgentHello("2.0", 16380, Set.of())));
					byte[] rest = new byte[16384];
					int read = socket.getInputStream().read(rest);
					while (read > 0 && rest[read - 1] != 'a') {
						read = socket.getInputStream().read(rest);
					}
					socket.getOutputStream()
						.write(TestRecording.bytes(new Frame.AgentDisconnect(13, "resource allocation error")));
				}
			}
		}
		catch (IOException ex) {
			// The test is over
		}
	}

	@Test
	void whenReplayIsStoppedThenResultsSoFarAreThere() throws Exception {
		record().notify(1, 1, "a").ack(1, 1, score(1)).later(Duration.ofHours(1)).notify(1, 3, "b").close();
		ReplayResults results = new ReplayResults(new Differences("", Set.of()));
		AgentAddress agent = AgentAddress.of(agent((argument) -> score(1)));
		try (RecordingFiles files = RecordingFiles.open(List.of(file().toString()))) {
			CountDownLatch pause = new CountDownLatch(1);
			Replay replay = new Replay(files, new RecordedTime(1, (length) -> pause.countDown()), 0,
					Duration.ofSeconds(5), new ReplaySlot.Connector(
							(size) -> SpopClient.connect(agent.address()).block(), Duration.ofSeconds(5)),
					results);
			Thread thread = new Thread(replay::run);
			thread.start();
			pause.await();
			replay.stop();
			thread.join();
		}
		assertThat(results.snapshot().sent()).isEqualTo(1);
	}

	@Test
	void whenRecordingIsDamagedThenTheRestIsSent() throws IOException {
		record().notify(1, 1, "a").ack(1, 1, score(1)).close();
		Files.write(file(), new byte[] { 1, 2, 3 }, StandardOpenOption.APPEND);
		try (TestRecording recording = record()) {
			recording.notify(1, 3, "b")
				.ack(1, 3, score(1))
				.write(new RecordingEntry.Missing(recording.now(), 12))
				.write(new RecordingEntry.RecordedFrame(recording.now(), 1, RecordingEntry.Sender.HAPROXY,
						"no frame".getBytes(StandardCharsets.US_ASCII)));
		}
		CommandRun run = replay(agent((argument) -> score(1)));
		assertThat(this.arguments).containsExactly("a", "b");
		assertThat(run.out()).contains(": 2 equal, ", "The recording is damaged at 1 place, 3 bytes\n",
				"The recording lacks 12 entries that its recorder could not write\n", "Not sent: not a valid frame\n");
		assertThat(run.status()).isEqualTo(ExitStatus.GOOD);
	}

	@Test
	void whenFilesAreRotatedThenTheyAreSortedByTime() {
		try (TestRecording newer = new TestRecording(this.folder.resolve("day.spop"));
				TestRecording older = new TestRecording(this.folder.resolve("day.spop.1"))) {
			older.notify(1, 1, "a").ack(1, 1, score(1)).notify(1, 3, "b");
			newer.later(Duration.ofMillis(10)).ack(1, 3, score(1)).notify(1, 5, "c").ack(1, 5, score(1));
		}
		CommandRun run = CommandRun.of("replay", this.folder.resolve("day.spop").toString(),
				this.folder.resolve("day.spop.1").toString(), agent((argument) -> score(1)));
		assertThat(this.arguments).containsExactly("a", "b", "c");
		assertThat(run.out()).contains("3 NOTIFYs sent in ", ": 3 equal, ");
	}

	@Test
	void whenConnectionGoesOnInAnotherFileThenItIsTheSame() throws IOException {
		Instant opened = Instant.parse("2026-11-27T09:00:00Z");
		RecordingEntry entry = new RecordingEntry.Opened(opened, 1, "main", "peer", List.of("cookie"));
		try (TestRecording newer = new TestRecording(this.folder.resolve("day.spop"));
				TestRecording older = new TestRecording(this.folder.resolve("day.spop.1"))) {
			older.write(entry).notify(1, 1, "a").ack(1, 1, score(1)).notify(1, 3, "b");
			newer.later(Duration.ofMillis(10)).write(entry).ack(1, 3, score(1)).notify(1, 5, "c").ack(1, 5, score(1));
			newer.write(new RecordingEntry.Opened(opened.plusSeconds(1), 1, "main", "peer")).notify(1, 1, "d");
		}
		CommandRun run = CommandRun.of("replay", this.folder.resolve("day.spop").toString(),
				this.folder.resolve("day.spop.1").toString(), agent((argument) -> score(1)));
		assertThat(this.arguments).containsExactly("a", "b", "c", "d");
		assertThat(this.connections).hasSize(2);
		assertThat(run.out()).contains("4 NOTIFYs sent in ", ": 3 equal, 0 different, 1 without a recorded ACK\n");
		Path joined = this.folder.resolve("joined.spop");
		Files.write(joined, Files.readAllBytes(this.folder.resolve("day.spop.1")));
		Files.write(joined, Files.readAllBytes(this.folder.resolve("day.spop")), StandardOpenOption.APPEND);
		CommandRun dump = CommandRun.of("dump", joined.toString());
		assertThat(dump.out()).contains("7 frames on 2 connections.\n");
		assertThat(dump.out().lines().filter((line) -> line.contains("opened from peer"))).hasSize(2);
	}

	@Test
	void whenFileIsCaptureThenItsNotifysAreSent() {
		Path file = Path.of("..", "tools", "wireshark", "recordings", "haproxy-3.2.pcap");
		CommandRun run = CommandRun.of("replay", "--speed", "max", file.toString(),
				agent((argument) -> Actions.none()));
		assertThat(run.out()).contains("sess.ip_score: 80 -> no action (2 times, first in check-client-ip at ",
				"11 NOTIFYs sent in ");
		assertThat(run.status()).isEqualTo(ExitStatus.NO);
		CommandRun encrypted = CommandRun.of("replay", file.resolveSibling("tls.pcapng").toString(),
				agent((argument) -> Actions.none()));
		assertThat(encrypted.err()).isEqualTo("The recording has no NOTIFY.\n");
		assertThat(encrypted.status()).isEqualTo(ExitStatus.DATA);
	}

	@Test
	void whenJsonIsWantedThenItIsOneObject() {
		record().notify(1, 1, "a").ack(1, 1, score(10)).close();
		CommandRun run = replay(agent((argument) -> score(95)), "--json");
		assertThat(run.out())
			.startsWith("{\"sent\":1,\"equal\":0,\"different\":1,\"notAnswered\":0,\"refused\":0,"
					+ "\"notRecorded\":0,\"open\":0,\"seconds\":")
			.contains("\"differences\":[{\"variable\":\"sess.ip_score\",\"count\":1,\"values\":[{\"recorded\":"
					+ "{\"type\":\"int64\",\"value\":10},\"now\":{\"type\":\"int64\",\"value\":95},\"count\":1,\"first\":{");
		assertThat(run.out().lines()).hasSize(1);
		int tokens = 0;
		try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), run.out())) {
			while (parser.nextToken() != null) {
				tokens++;
			}
		}
		assertThat(tokens).isGreaterThan(50);
	}

	@Test
	void whenFileIsNoRecordingThenStatusSaysSo() throws IOException {
		Files.writeString(file(), "plain text of more than 8 bytes");
		CommandRun run = replay("127.0.0.1:1");
		assertThat(run.err()).startsWith("'" + file() + "' is neither a recording of spop nor ").hasLineCount(1);
		assertThat(run.status()).isEqualTo(ExitStatus.DATA);
	}

	@Test
	void whenFileIsMissingThenStatusSaysSo() {
		CommandRun run = replay("127.0.0.1:1");
		assertThat(run.err()).isEqualTo("'" + file() + "' cannot be read: there is no file '" + file() + "'.\n");
		assertThat(run.status()).isEqualTo(ExitStatus.NO_INPUT);
	}

	@Test
	void whenRecordingHasNoNotifyThenStatusSaysSo() {
		record().hello(1, 16380).close();
		CommandRun run = replay(agent((argument) -> score(1)));
		assertThat(run.err()).isEqualTo("The recording has no NOTIFY.\n");
		assertThat(run.status()).isEqualTo(ExitStatus.DATA);
	}

	@Test
	void whenNobodyListensThenStatusSaysSo() throws IOException {
		record().notify(1, 1, "a").close();
		int port;
		try (ServerSocket server = new ServerSocket(0)) {
			port = server.getLocalPort();
		}
		CommandRun run = replay("127.0.0.1:" + port);
		assertThat(run.err()).isEqualTo("Nobody listens on 127.0.0.1:" + port + ".\n");
		assertThat(run.out()).isEmpty();
		assertThat(run.status()).isEqualTo(ExitStatus.UNAVAILABLE);
	}

	@Test
	void whenCommandLineIsWrongThenStatusSaysSo() {
		assertThat(replay("127.0.0.1:1", "--speed", "fast").status()).isEqualTo(ExitStatus.USAGE);
		assertThat(replay("127.0.0.1:1", "--speed", "-1").status()).isEqualTo(ExitStatus.USAGE);
		assertThat(replay("127.0.0.1:1", "--connections", "-1").status()).isEqualTo(ExitStatus.USAGE);
		assertThat(CommandRun.of("replay", "day.spop").status()).isEqualTo(ExitStatus.USAGE);
		assertThat(CommandRun.of("replay", "day.spop", "-", "127.0.0.1:1").status()).isEqualTo(ExitStatus.USAGE);
	}

	private Path file() {
		return this.folder.resolve("test.spop");
	}

	private TestRecording record() {
		return new TestRecording(file());
	}

	private CommandRun replay(String agent, String... options) {
		List<String> arguments = new ArrayList<>(List.of("replay"));
		arguments.addAll(List.of(options));
		arguments.add(file().toString());
		arguments.add(agent);
		return CommandRun.of(arguments.toArray(String[]::new));
	}

	/** Start an agent whose handler is given the first argument of the first message. */
	private String agent(Function<String, Actions> handler) {
		return start(SpopAgent.create().handler((exchange) -> {
			String argument = argument(exchange);
			this.arguments.add(argument);
			this.connections.add(exchange.connection().id());
			return Mono.just(handler.apply(argument));
		}));
	}

	private static String argument(SpopExchange exchange) {
		return exchange.messages().get(0).arguments().value(0).toString();
	}

	private String start(SpopAgent agent) {
		BoundSpopAgent bound = agent.listener(SpopListener.tcp("tcp", new InetSocketAddress("127.0.0.1", 0))).bind();
		this.agents.add(bound);
		return "127.0.0.1:" + bound.port();
	}

	private static Actions score(long score) {
		return Actions.set(VarScope.SESSION, "ip_score", score);
	}

	private static byte[] payload(String argument) {
		byte[] frame = TestRecording.bytes(new Frame.Notify(1, 1,
				NotifyMessage.of("check-client-ip", new Argument("ip", SpopValue.of(argument)))));
		return part(frame, 11, frame.length);
	}

	private static byte[] part(byte[] bytes, int from, int to) {
		return Arrays.copyOfRange(bytes, from, to);
	}

}
