package io.spop.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

import javax.xml.parsers.DocumentBuilderFactory;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopListener;
import io.spop.cli.conformance.ConformanceCase;
import io.spop.cli.conformance.ConformanceSuite;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import io.spop.test.TestCertificates;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import picocli.CommandLine;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ConformanceCommand}, with the agent of this project and with agents
 * that were written badly.
 */
@Timeout(300)
class ConformanceCommandTests {

	private static final String[] PATIENT = { "--timeout", "30s", "--silence", "30ms" };

	@TempDir
	private Path folder;

	private final StringWriter out = new StringWriter();

	private final StringWriter err = new StringWriter();

	@Test
	void whenAgentListensOnTcpThenItPassesAll() {
		try (BoundSpopAgent agent = agent()
			.listener(SpopListener.tcp("tcp", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
			.bind()) {
			assertPassed(run("conformance", "127.0.0.1:" + agent.port()), 11);
		}
	}

	@Test
	void whenAgentListensOnUnixSocketThenItPassesAll() {
		Path socket = this.folder.resolve("agent.sock");
		try (BoundSpopAgent agent = agent().maxFragmentedSize(1 << 20)
			.listener(SpopListener.unix("unix", socket))
			.bind()) {
			assertThat(agent.isListening("unix")).isTrue();
			assertPassed(run("conformance", socket.toString(), "--unix"), 1);
		}
	}

	@Test
	void whenAgentListensWithTlsThenItPassesAll() throws Exception {
		TestCertificates certificates = new TestCertificates("authority");
		SslContext context = certificates.serverContext("agent", ClientAuth.NONE);
		Path authority = Files.writeString(this.folder.resolve("ca.crt"), certificates.authority());
		try (BoundSpopAgent agent = agent()
			.listener(SpopListener.tcp("tls", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
				.tls(() -> context))
			.bind()) {
			String address = "tls:127.0.0.1:" + agent.port();
			assertPassed(run("conformance", address, "--ca", authority.toString(), "--server-name", "agent.internal"),
					11);
			assertThat(run("conformance", address)).isEqualTo(ExitStatus.UNAVAILABLE);
			assertThat(this.err.toString()).startsWith("TLS with " + address + " failed: ").contains("--ca");
		}
	}

	@Test
	void whenFrameIdOfAckIsWrongThenFailureSaysWhatCame() throws Exception {
		try (BadAgent agent = new BadAgent(BadAgent.HELLO, "0000000767000000010106")) {
			assertThat(run("conformance", agent.address(), "--case", "frames.ack-frame-id", "--case", "frames.fifty"))
				.isEqualTo(ExitStatus.NO);
			assertThat(this.out.toString()).contains("frames               0 of 2 passed, 2 failed",
					"FAILED frames.fifty (must): 50 NOTIFYs, one after another on a connection, are answered",
					"came:     ACK (stream 1, frame 6, FIN, length 7) without actions", "HAProxy:",
					"source:   SPOE.txt 3.2", "3, NOTIFY",
					"HAProxy needs 2 of what failed (must), and the specification asks for 0 (should).");
		}
	}

	@Test
	void whenVersionIsWrongThenFailureShowsTheHello() throws Exception {
		String hello = BadAgent.HELLO.replace("322e30", "312e30");
		try (BadAgent agent = new BadAgent(hello, "")) {
			assertThat(run("conformance", agent.address(), "--case", "handshake.version-2.0")).isEqualTo(ExitStatus.NO);
			assertThat(this.out.toString()).contains("expected: AGENT-HELLO with the version 2.0 as STRING",
					"came:     AGENT-HELLO (stream 0, frame 0, FIN, length 54) {version=STRING '1.0', "
							+ "max-frame-size=UINT32 '16380', capabilities=STRING ''}");
		}
	}

	@Test
	void whenNotifyIsNotAnsweredThenFailureSaysSo() throws Exception {
		try (BadAgent agent = new BadAgent(BadAgent.HELLO, "")) {
			assertThat(run("conformance", agent.address(), "--case", "handshake.then-notify", "--timeout", "300ms"))
				.isEqualTo(ExitStatus.NO);
			assertThat(this.out.toString()).contains("expected: ACK of stream 1, frame 1",
					"came:     nothing within 300 ms");
		}
	}

	@Test
	void whenAckIsLargerThanNegotiatedThenFailureNamesItsLength() throws Exception {
		String ack = "0000012c67000000010101" + "010301016e08f01200" + "78".repeat(284);
		try (BadAgent agent = new BadAgent(BadAgent.HELLO.replace("fcf006", "f001"), ack)) {
			assertThat(run("conformance", agent.address(), "--case", "frames.ack-size")).isEqualTo(ExitStatus.NO);
			assertThat(this.out.toString()).contains("expected: an ACK of at most 256 bytes", "length 300");
		}
	}

	@Test
	void whenAgentHangsThenTheRunEnds() throws Exception {
		try (BadAgent agent = new BadAgent("", "")) {
			assertThat(run("conformance", agent.address(), "--timeout", "100ms")).isEqualTo(ExitStatus.NO);
			assertThat(this.out.toString()).contains("nothing within 100 ms",
					"Not run, since the agent answers nothing any more:", "  varints.stream-id-0");
		}
	}

	@Test
	void whenAgentAcceptsNoConnectionThenTheRunEnds() throws Exception {
		Path socket = this.folder.resolve("full.sock");
		try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
			server.bind(UnixDomainSocketAddress.of(socket), 1);
			assertThat(run("conformance", "unix:" + socket, "--timeout", "100ms")).isEqualTo(ExitStatus.NO);
			assertThat(this.out.toString()).contains("the agent accepts no connection within 100 ms",
					"Not run, since the agent answers nothing any more:");
		}
	}

	@Test
	void whenAgentDiesThenCasesThatWereNotRunAreNamed() throws Exception {
		Path report = this.folder.resolve("report.xml");
		try (BadAgent agent = new BadAgent(BadAgent.HELLO, BadAgent.DEATH)) {
			assertThat(run("conformance", agent.address(), "--category", "frames", "--junit", report.toString()))
				.isEqualTo(ExitStatus.UNAVAILABLE);
			assertThat(this.out.toString()).contains("ERROR frames.cut-length (must)",
					"the agent died: nobody listens any more", "Not run, since the agent died in frames.cut-length:",
					"  frames.byte-by-byte");
		}
		Element root = DocumentBuilderFactory.newInstance()
			.newDocumentBuilder()
			.parse(report.toFile())
			.getDocumentElement();
		NodeList cases = root.getElementsByTagName("testcase");
		assertThat(cases.getLength()).isEqualTo(Integer.parseInt(root.getAttribute("tests")));
		assertThat(root.getElementsByTagName("error").getLength()).isEqualTo(1);
		assertThat(root.getElementsByTagName("skipped").getLength()).isEqualTo(cases.getLength() - 1);
	}

	@Test
	void whenAgentDiesAndIsRestartedThenTheOtherCasesRun() throws Exception {
		try (BadAgent agent = new BadAgent(BadAgent.HELLO, BadAgent.DEATH)) {
			String restart = "printf x > " + this.folder.resolve("restarted");
			Thread watcher = agent.reviveWhen(this.folder.resolve("restarted"));
			assertThat(run("conformance", agent.address(), "--case", "frames.fifty", "--case", "handshake.type",
					"--case", "health-checks.type", "--restart", restart))
				.isEqualTo(ExitStatus.NO);
			watcher.join();
			assertThat(this.out.toString())
				.contains("handshake            1 of 1 passed", "0 of 1 passed, 1 ended with the death of the agent",
						"health-checks        1 of 1 passed")
				.doesNotContain("Not run");
		}
	}

	@Test
	void whenRestartFailsThenTheReasonIsSaid() throws Exception {
		try (BadAgent agent = new BadAgent(BadAgent.HELLO, BadAgent.DEATH)) {
			assertThat(run("conformance", agent.address(), "--category", "frames", "--restart", "exit 3"))
				.isEqualTo(ExitStatus.UNAVAILABLE);
			assertThat(this.out.toString()).contains("and was not restarted: the command ended with status 3:");
		}
	}

	@Test
	void whenAnswerHasHostileBytesThenReportsAreValid() throws Exception {
		Path report = this.folder.resolve("report.xml");
		String hello = BadAgent.HELLO.replace("322e30", "001b5d").replace("0c636170", "0c000c3c");
		try (BadAgent agent = new BadAgent(hello, "")) {
			assertThat(run("conformance", agent.address(), "--case", "handshake.version-2.0", "--junit",
					report.toString()))
				.isEqualTo(ExitStatus.NO);
			assertThat(this.out.toString()).contains("version=STRING '\\x00\\x1b]'").doesNotContain("\u001b");
			Element root = DocumentBuilderFactory.newInstance()
				.newDocumentBuilder()
				.parse(report.toFile())
				.getDocumentElement();
			assertThat(((Element) root.getElementsByTagName("failure").item(0)).getAttribute("message"))
				.contains("\\x00\\x0c<");
			assertThat(run("conformance", agent.address(), "--case", "handshake.version-2.0", "--json"))
				.isEqualTo(ExitStatus.NO);
			assertThat(this.out.toString())
				.startsWith("{\"case\":\"handshake.version-2.0\",\"level\":\"must\",\"verdict\":\"failed\",")
				.endsWith("}\n");
		}
	}

	@Test
	void whenCaseIsListedThenItsBytesAreShownWithTheirMeaning() {
		assertThat(run("conformance", "--list", "--case", "health-checks.answered")).isZero();
		assertThat(this.out.toString()).contains(
				"health-checks.answered (must): The HELLO of a health check is answered",
				"00000  00 00 00 4e                           length 78",
				"00004  01                                    1, HAPROXY-HELLO",
				"00005  00 00 00 01                           FIN", "expect AGENT-HELLO that HAProxy accepts");
	}

	@Test
	void whenCasesAreListedThenTheirIdsDiffer() {
		assertThat(run("conformance", "--list", "--profile", "ip-reputation")).isZero();
		assertThat(this.out.toString().lines().map((line) -> line.split(" ")[0])).doesNotHaveDuplicates()
			.hasSizeGreaterThan(300);
		assertThat(ConformanceSuite.cases()).allSatisfy((each) -> {
			assertThat(each.otherwise()).endsWith(".");
			assertThat(each.source()).isNotBlank();
			assertThat(each.script()).isNotEmpty();
		});
	}

	@Test
	void whenCommandLineIsWrongThenItSaysWhatToDo() {
		assertUsage("There is no case 'x'. 'spop conformance --list' lists them.", "127.0.0.1:1", "--case", "x");
		assertUsage("There is no category 'x'. There are handshake, frames,", "127.0.0.1:1", "--category", "x");
		assertUsage("There is no profile 'x'. There is ip-reputation.", "127.0.0.1:1", "--profile", "x");
		assertUsage("ADDRESS is missing: host:port,");
		assertUsage("No case is left:", "127.0.0.1:1", "--category", "frames", "--case", "types.null");
	}

	@Test
	void whenReportCannotBeWrittenThenNothingIsRun() throws Exception {
		try (BadAgent agent = new BadAgent(BadAgent.HELLO, "")) {
			assertThat(run("conformance", agent.address(), "--junit", this.folder.resolve("no/report.xml").toString()))
				.isEqualTo(ExitStatus.CANNOT_CREATE);
			assertThat(this.out.toString()).isEmpty();
		}
	}

	private void assertUsage(String message, String... arguments) {
		List<String> all = new ArrayList<>(List.of("conformance"));
		all.addAll(List.of(arguments));
		assertThat(run(all.toArray(String[]::new))).isEqualTo(ExitStatus.USAGE);
		assertThat(this.err.toString()).contains(message);
	}

	private void assertPassed(int status, int skipped) {
		int all = ConformanceSuite.cases().stream().map(ConformanceCase::id).toList().size();
		assertThat(this.out.toString()).doesNotContain("FAILED", "ERROR")
			.contains((all - skipped) + " of " + all + " passed, " + skipped + " skipped in");
		assertThat(status).isZero();
	}

	private static SpopAgent agent() {
		return SpopAgent.create()
			.handler(
					(exchange) -> Mono.just(Actions.set(VarScope.TRANSACTION, "messages", exchange.messages().size())));
	}

	private int run(String... arguments) {
		this.out.getBuffer().setLength(0);
		this.err.getBuffer().setLength(0);
		List<String> all = new ArrayList<>(List.of(arguments));
		if (!all.contains("--timeout") && !all.contains("--list")) {
			all.addAll(List.of(PATIENT));
		}
		CommandLine command = SpopCommand.commandLine();
		command.setOut(new PrintWriter(this.out, true));
		command.setErr(new PrintWriter(this.err, true));
		return command.execute(all.toArray(String[]::new));
	}

	/**
	 * An agent that answers the first bytes of a connection with one text, and all that
	 * follows with another.
	 */
	private static final class BadAgent implements AutoCloseable {

		/** AGENT-HELLO with version 2.0, size 16380 and without capabilities. */
		static final String HELLO = "0000003d" + "65000000010000" + "0776657273696f6e0803322e30"
				+ "0e6d61782d6672616d652d73697a6503fcf006" + "0c6361706162696c69746965730800";

		/** Instead of an answer. */
		static final String DEATH = "death";

		private final String hello;

		private volatile String answer;

		private final int port;

		private volatile ServerSocket server;

		BadAgent(String hello, String answer) throws IOException {
			this.hello = length(hello);
			this.answer = answer;
			this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
			this.port = this.server.getLocalPort();
			start(this.server);
		}

		/** Correct the length of a frame whose content was replaced. */
		private static String length(String hex) {
			return hex.isEmpty() ? hex : String.format("%08x", hex.length() / 2 - 4) + hex.substring(8);
		}

		String address() {
			return "127.0.0.1:" + this.port;
		}

		Thread reviveWhen(Path file) {
			Thread thread = new Thread(() -> {
				try {
					while (!Files.exists(file)) {
						Thread.onSpinWait();
					}
					this.answer = "0000000767000000010101";
					this.server = new ServerSocket(this.port, 50, InetAddress.getLoopbackAddress());
					start(this.server);
				}
				catch (IOException ex) {
					throw new IllegalStateException(ex);
				}
			});
			thread.start();
			return thread;
		}

		private void start(ServerSocket server) {
			Thread thread = new Thread(() -> {
				try {
					while (true) {
						Socket socket = server.accept();
						Thread session = new Thread(() -> serve(server, socket));
						session.setDaemon(true);
						session.start();
					}
				}
				catch (IOException ex) {
					// Closed
				}
			});
			thread.setDaemon(true);
			thread.start();
		}

		private void serve(ServerSocket server, Socket socket) {
			try (socket) {
				byte[] buffer = new byte[65536];
				String next = this.hello;
				while (socket.getInputStream().read(buffer) >= 0) {
					if (next.equals(DEATH)) {
						server.close();
						awaitNobodyListens();
						return;
					}
					socket.getOutputStream().write(HexFormat.of().parseHex(next));
					next = this.answer;
				}
			}
			catch (IOException ex) {
				// Closed by the peer
			}
		}

		/** The system closes a socket later if a thread is just accepting. */
		private void awaitNobodyListens() throws IOException {
			try {
				while (true) {
					new Socket(InetAddress.getLoopbackAddress(), this.port).close();
				}
			}
			catch (ConnectException ex) {
				// Nobody listens
			}
		}

		@Override
		public void close() throws IOException {
			this.server.close();
		}

	}

}
