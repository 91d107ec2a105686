package io.spop.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopListener;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import io.spop.recording.RecordingEntry;
import io.spop.recording.RecordingEntry.RecordedFrame;
import io.spop.recording.RecordingWriter;
import io.spop.test.EveryHaproxy;
import io.spop.test.haproxy.Haproxy;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The packaged command between each version of HAProxy and an agent.
 */
@EveryHaproxy
@Timeout(60)
class TapAndReplayIT {

	private static final String CONFIGURATION = """
			global
				log stdout format raw local0
			defaults
				mode http
				log global
				timeout connect 5s
				timeout client 30s
				timeout server 30s
			frontend front
				bind "${FRONT}"
				filter spoe engine reputation config spoe.conf
				http-request return status 200 content-type text/plain lf-string "%[var(sess.reputation.ip_score)]"
			backend agents
				mode tcp
				option spop-check
				server agent "${AGENT}" check inter 100ms
			""";

	private static final String ENGINE = """
			[reputation]
			spoe-agent reputation
				messages check-client-ip
				option var-prefix reputation
				timeout hello 10s
				timeout idle 30s
				timeout processing 10s
				use-backend agents
			spoe-message check-client-ip
				args ip=src path=path
				event on-frontend-http-request
			""";

	private static final Pattern LISTENS = Pattern.compile("HAProxy can connect to 127\\.0\\.0\\.1:(\\d+)\\. ");

	private static final int SIGTERM_STATUS = 143;

	@Parameter
	private HaproxyBinary binary;

	@TempDir
	private Path folder;

	private final AtomicInteger answered = new AtomicInteger();

	private BoundSpopAgent agent;

	private BoundSpopAgent changedAgent;

	private final List<Process> processes = new ArrayList<>();

	@BeforeEach
	void startAgents() {
		this.agent = agent(10);
		this.changedAgent = agent(95);
	}

	@AfterEach
	void stop() {
		this.processes.forEach(Process::destroyForcibly);
		this.agent.close();
		this.changedAgent.close();
	}

	@Test
	void whenTapEndsThenReplayShowsDifferences() throws Exception {
		Process tap = tap();
		request(tap, 5);
		tap.destroy();
		assertThat(tap.waitFor()).isEqualTo(SIGTERM_STATUS);
		assertThat(Files.readString(this.folder.resolve("tap.out"))).contains(" passed 5 NOTIFYs and 5 ACKs.\n",
				"day.spop has ");
		Result equal = replay(this.agent, "--connections", "1");
		assertThat(equal.output()).contains("5 NOTIFYs sent in ", ": 5 equal, 0 different\n");
		assertThat(equal.status()).isEqualTo(ExitStatus.GOOD);
		Result different = replay(this.changedAgent, "--prefix", "reputation");
		assertThat(different.output()).contains(
				"sess.reputation.ip_score: 10 -> 95 (5 times, first in check-client-ip at ",
				": 0 equal, 5 different\n");
		assertThat(different.status()).isEqualTo(ExitStatus.NO);
	}

	@Test
	void whenTapIsKilledThenRecordingCanBeReplayed() throws Exception {
		Process tap = tap();
		request(tap, 3);
		Path recording = this.folder.resolve("day.spop");
		while (!hasAcks(recording, 3)) {
			Thread.onSpinWait();
		}
		tap.destroyForcibly().waitFor();
		assertThat(replay(this.agent).output()).contains("3 NOTIFYs sent in ", ": 3 equal, 0 different\n");
	}

	@Test
	void whenReplayWaitsForStandardInputThenItEndsWithResults() throws Exception {
		byte[] notify = TestRecording.bytes(new Frame.Notify(1, 1, NotifyMessage.of("check-client-ip")));
		Path recording = this.folder.resolve("day.spop");
		try (RecordingWriter writer = new RecordingWriter(recording)) {
			writer.write(new RecordedFrame(Instant.now(), 1, RecordingEntry.Sender.HAPROXY, notify));
		}
		Process replay = start("replay", "replay", "-", "127.0.0.1:" + this.agent.port());
		OutputStream input = replay.getOutputStream();
		input.write(Files.readAllBytes(recording));
		input.flush();
		while (this.answered.get() == 0) {
			assertThat(replay.isAlive()).isTrue();
			Thread.onSpinWait();
		}
		replay.destroy();
		assertThat(replay.waitFor(8, TimeUnit.SECONDS)).isTrue();
		assertThat(Files.readString(this.folder.resolve("replay.out"))).contains("1 NOTIFY sent in ");
		input.close();
	}

	/** Whether the recorder has written the ACKs. */
	private static boolean hasAcks(Path recording, int acks) throws IOException {
		int count = 0;
		try (RecordingFiles files = RecordingFiles.open(List.of(recording.toString()))) {
			for (RecordingEntry entry = files.next(); entry != null; entry = files.next()) {
				if (entry instanceof RecordedFrame frame
						&& WireFrame.of(frame.bytes()).typeCode() == FrameType.ACK.code()) {
					count++;
				}
			}
		}
		return count == acks;
	}

	private void request(Process tap, int count) throws Exception {
		try (Haproxy haproxy = Haproxy.configuredWith(CONFIGURATION)
			.file("spoe.conf", ENGINE)
			.bind("FRONT")
			.agent(port(tap))
			.startProcess(this.binary)) {
			haproxy.awaitUp();
			HttpClient client = HttpClient.newHttpClient();
			for (int i = 0; i < count; i++) {
				URI uri = haproxy.uri().resolve("/" + i);
				HttpResponse<String> response = client.send(HttpRequest.newBuilder(uri).build(),
						HttpResponse.BodyHandlers.ofString());
				assertThat(response.body()).isEqualTo("10");
			}
		}
	}

	private int port(Process tap) throws IOException {
		while (tap.isAlive()) {
			Matcher matcher = LISTENS.matcher(Files.readString(this.folder.resolve("tap.err")));
			if (matcher.find()) {
				return Integer.parseInt(matcher.group(1));
			}
			Thread.onSpinWait();
		}
		throw new AssertionError(Files.readString(this.folder.resolve("tap.err")));
	}

	private Process tap() throws IOException {
		Files.createFile(this.folder.resolve("tap.err"));
		return start("tap", "tap", "--listen", ":0", "--to", "127.0.0.1:" + this.agent.port(), "--out", "day.spop");
	}

	private Result replay(BoundSpopAgent agent, String... options) throws Exception {
		List<String> arguments = new ArrayList<>(
				List.of("replay", "--speed", "max", "day.spop", "127.0.0.1:" + agent.port()));
		arguments.addAll(List.of(options));
		Process process = start("replay", arguments.toArray(String[]::new));
		return new Result(process.waitFor(), Files.readString(this.folder.resolve("replay.out")));
	}

	private Process start(String name, String... arguments) throws IOException {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
						"-jar", jar().toString()));
		command.addAll(List.of(arguments));
		Process process = new ProcessBuilder(command).directory(this.folder.toFile())
			.redirectOutput(this.folder.resolve(name + ".out").toFile())
			.redirectError(this.folder.resolve(name + ".err").toFile())
			.start();
		this.processes.add(process);
		return process;
	}

	private static Path jar() throws IOException {
		try (Stream<Path> files = Files.list(Path.of("target"))) {
			return files.filter((file) -> file.getFileName().toString().matches("spop-cli-[0-9.]+(-SNAPSHOT)?\\.jar"))
				.findFirst()
				.orElseThrow()
				.toAbsolutePath();
		}
	}

	private BoundSpopAgent agent(long score) {
		return SpopAgent.create()
			.listener(SpopListener.tcp("tcp", new InetSocketAddress("127.0.0.1", 0)))
			.handler((exchange) -> {
				this.answered.incrementAndGet();
				return Mono.just(Actions.set(VarScope.SESSION, "ip_score", score));
			})
			.bind();
	}

	private record Result(int status, String output) {
	}

}
