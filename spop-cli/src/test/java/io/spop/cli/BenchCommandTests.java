package io.spop.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopListener;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import io.spop.recording.RecordingEntry;
import io.spop.recording.RecordingWriter;
import io.spop.test.TestCertificates;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(20)
class BenchCommandTests {

	private final StringWriter out = new StringWriter();

	private final StringWriter err = new StringWriter();

	private final Set<String> received = new ConcurrentSkipListSet<>();

	private BoundSpopAgent agent(SpopListener listener) {
		return SpopAgent.create().eventLoops(1).warmUp(false).listener(listener).handler((exchange) -> {
			this.received.add(exchange.messages().toString());
			return Mono.just(Actions.set(VarScope.SESSION, "ip_score", 20));
		}).bind();
	}

	private BoundSpopAgent agent() {
		return agent(SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0)));
	}

	private int run(String... arguments) {
		CommandLine command = SpopCommand.commandLine();
		command.setOut(new PrintWriter(this.out, true));
		command.setErr(new PrintWriter(this.err, true));
		return command.execute(arguments);
	}

	@Test
	void whenLoopIsClosedThenTheReportSaysSo() {
		try (BoundSpopAgent agent = agent()) {
			assertThat(run("bench", "127.0.0.1:" + agent.port(), "--requests", "100")).isEqualTo(ExitStatus.GOOD);
			assertThat(this.out.toString()).contains("closed loop")
				.contains("check-client-ip")
				.contains("set sess.ip_score = 20")
				.containsPattern("ACKs +[0-9,]+ a second, 100 in ")
				.containsPattern("99.9 %  [0-9.]+ (µs|ms|s)")
				.containsPattern("problems +none")
				.contains("those of a closed loop");
			assertThat(this.err.toString()).isEmpty();
			assertThat(this.received).hasSize(1);
		}
	}

	@Test
	void whenJsonIsWantedThenOneObjectIsPrinted() {
		try (BoundSpopAgent agent = agent()) {
			assertThat(run("bench", "127.0.0.1:" + agent.port(), "first", "a=int:1", "-m", "second", "b=2", "--body",
					"300", "--requests", "50", "--rate", "5000", "--connections", "2", "--in-flight", "3", "--json"))
				.isEqualTo(ExitStatus.GOOD);
			assertThat(this.out.toString().trim()).startsWith("{\"address\":\"127.0.0.1:" + agent.port() + "\"")
				.contains("\"loop\":\"open\",\"rate\":5000,\"connections\":2,\"inFlight\":3,")
				.contains("\"end\":\"requests\",\"sent\":50,\"answered\":50,\"withoutActions\":0,")
				.contains("\"latencyMilliseconds\":{\"count\":50,\"p50\":")
				.contains("\"sendDelayMilliseconds\":{\"count\":")
				.contains("\"unanswered\":0")
				.endsWith("]}")
				.doesNotContain("\n");
			assertThat(this.received).singleElement().asString().contains("first", "second", "body");
		}
	}

	@Test
	void whenThereIsARecordingThenItsNotifysAreSentAgainAndAgain(@TempDir Path folder) throws Exception {
		Path file = folder.resolve("day.spop");
		try (RecordingWriter writer = new RecordingWriter(file)) {
			writer.write(new RecordingEntry.Opened(Instant.now(), 1, "main", ""));
			for (String name : List.of("a", "b", "c")) {
				writer.write(entry(RecordingEntry.Sender.HAPROXY,
						new Frame.Notify(17, 1, NotifyMessage.of(name, new Argument("x", SpopValue.of("y"))))));
				writer.write(entry(RecordingEntry.Sender.AGENT, new Frame.Ack(17, 1, Actions.none())));
			}
			writer
				.write(new RecordingEntry.RecordedFrame(Instant.now(), 1, RecordingEntry.Sender.HAPROXY, new byte[3]));
		}
		try (BoundSpopAgent agent = agent()) {
			assertThat(run("bench", "127.0.0.1:" + agent.port(), "--recording", file.toString(), "--requests", "30"))
				.isEqualTo(ExitStatus.GOOD);
			assertThat(this.out.toString()).contains("3 recorded NOTIFYs").contains(" 30 in ");
			assertThat(this.received).hasSize(3);
		}
	}

	private static RecordingEntry entry(RecordingEntry.Sender sender, Frame frame) {
		ByteBuf buffer = Unpooled.buffer();
		new SpopCodec(16380).encode(frame, buffer);
		return new RecordingEntry.RecordedFrame(Instant.now(), 1, sender, ByteBufUtil.getBytes(buffer));
	}

	@Test
	void whenAgentHasAUnixSocketThenItIsReached(@TempDir Path folder) {
		Path socket = folder.resolve("agent.sock");
		try (BoundSpopAgent agent = agent(SpopListener.unix("main", socket))) {
			assertThat(agent.isListening("main")).isTrue();
			assertThat(run("bench", "unix:" + socket, "--requests", "100")).isEqualTo(ExitStatus.GOOD);
			assertThat(this.out.toString()).contains(" 100 in ");
		}
	}

	@Test
	void whenAgentHasTlsThenEachConnectionUsesIt(@TempDir Path folder) throws Exception {
		TestCertificates authority = new TestCertificates("ours");
		SslContext context = authority.serverContext("agent", ClientAuth.NONE);
		Path ca = Files.writeString(folder.resolve("ca.pem"), authority.authority());
		try (BoundSpopAgent agent = agent(
				SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0)).tls(() -> context))) {
			String address = "tls:127.0.0.1:" + agent.port();
			assertThat(run("bench", address, "--ca", ca.toString(), "--server-name", "agent.internal", "--requests",
					"100", "--connections", "2"))
				.isEqualTo(ExitStatus.GOOD);
			assertThat(this.out.toString()).contains(" 100 in ");
			assertThat(run("bench", address, "--ca", ca.toString())).isEqualTo(ExitStatus.UNAVAILABLE);
			assertThat(this.err.toString()).contains("TLS with " + address + " failed");
		}
	}

	@Test
	void whenAgentDoesWhatItMustNotThenTheAnswerIsNo() throws Exception {
		try (ScriptedAgent agent = new ScriptedAgent((notify, connection) -> {
			connection.ack(notify);
			connection.ack(notify);
		})) {
			assertThat(run("bench", agent.address(), "--requests", "10", "--connections", "1"))
				.isEqualTo(ExitStatus.NO);
			assertThat(this.out.toString()).containsPattern("problems +[0-9]+ ACKs too late, or a second one");
		}
	}

	@Test
	void whenAgentIsTooSlowForTheRateThenTheAnswerIsNo() {
		try (BoundSpopAgent agent = SpopAgent.create()
			.eventLoops(1)
			.warmUp(false)
			.listener(SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0)))
			.handler((exchange) -> Mono.delay(Duration.ofMillis(50)).thenReturn(Actions.none()))
			.bind()) {
			assertThat(run("bench", "127.0.0.1:" + agent.port(), "--rate", "10000", "--connections", "1", "--in-flight",
					"1", "--duration", "200ms", "--warm-up", "0"))
				.isEqualTo(ExitStatus.NO);
			assertThat(this.out.toString()).contains("The rate was not reached: ")
				.containsPattern("[0-9,]+ NOTIFYs were due and could not be sent");
		}
	}

	@Test
	void whenAgentCannotBeReachedThenASentenceSaysSo() throws Exception {
		int port;
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			port = socket.getLocalPort();
		}
		assertThat(run("bench", "127.0.0.1:" + port)).isEqualTo(ExitStatus.UNAVAILABLE);
		assertThat(this.err.toString()).isEqualToIgnoringNewLines("Nobody listens on 127.0.0.1:" + port + ".");
		assertThat(this.out.toString()).isEmpty();
	}

	@Test
	void whenAgentNeverAnswersThenASentenceSaysSo() throws Exception {
		try (ScriptedAgent agent = new ScriptedAgent((notify, connection) -> {
		})) {
			assertThat(run("bench", agent.address(), "--timeout", "200ms")).isEqualTo(ExitStatus.TIMEOUT);
			assertThat(this.err.toString()).contains("does not answer in time");
		}
	}

	@Test
	void whenCommandLineIsWrongThenASentenceSaysWhatIsRight(@TempDir Path folder) throws Exception {
		Path noRecording = Files.writeString(folder.resolve("text"), "text");
		try (BoundSpopAgent agent = agent()) {
			String address = "127.0.0.1:" + agent.port();
			assertFails(ExitStatus.USAGE, "--rate is 1 to 10000000", address, "--rate", "0");
			assertFails(ExitStatus.USAGE, "--connections is 1 to", address, "--connections", "0");
			assertFails(ExitStatus.USAGE, "--in-flight is 1 to", address, "--in-flight", "0");
			assertFails(ExitStatus.USAGE, "--requests is at least 1", address, "--requests", "0");
			assertFails(ExitStatus.USAGE, "--threads is 1 to", address, "--threads", "0");
			assertFails(ExitStatus.USAGE, "not a time", address, "--duration", "long");
			assertFails(ExitStatus.USAGE, "an argument is NAME=VALUE", address, "check", "ip");
			assertFails(ExitStatus.USAGE, "--recording has the messages", address, "check", "--recording", "file");
			assertFails(ExitStatus.NO_INPUT, "there is no file", address, "--recording", folder + "/none");
			assertFails(ExitStatus.NO_INPUT, "cannot be read", address, "--recording", folder.toString());
			assertFails(ExitStatus.DATA, "is not a recording", address, "--recording", noRecording.toString());
			assertFails(ExitStatus.DATA, "does not fit into a frame", address, "--body", "17000");
			assertFails(ExitStatus.USAGE, "is not an address", "nonsense");
		}
	}

	private void assertFails(int status, String message, String... arguments) {
		this.err.getBuffer().setLength(0);
		String[] all = new String[arguments.length + 1];
		all[0] = "bench";
		System.arraycopy(arguments, 0, all, 1, arguments.length);
		assertThat(run(all)).as(message).isEqualTo(status);
		assertThat(this.err.toString()).contains(message).doesNotContain("\tat ");
	}

}
