package io.spop.cli;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopListener;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.HeaderBlock;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import io.spop.test.TestCertificates;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

/**
 * Tests for {@code spop send} with real agents.
 */
@Timeout(60)
@SuppressWarnings("NullAway") // a test fails where there is nothing
class SendCommandTests {

	private static final TestCertificates authority = new TestCertificates("authority");

	private final SslContext tls = authority.serverContext("agent", ClientAuth.REQUIRE);

	@TempDir
	@SuppressWarnings("NullAway.Init")
	Path folder;

	private volatile List<NotifyMessage> received = List.of();

	private volatile Actions answer = Actions.none();

	private @Nullable BoundSpopAgent agent;

	@AfterEach
	void close() {
		if (this.agent != null) {
			this.agent.close();
		}
	}

	private String agent(SpopListener listener) {
		this.agent = SpopAgent.create().eventLoops(1).listener(listener).handler((exchange) -> {
			this.received = exchange.messages();
			return Mono.just(this.answer);
		}).bind();
		return (this.agent.address("agent") instanceof InetSocketAddress tcp) ? "127.0.0.1:" + tcp.getPort()
				: "unix:" + this.folder.resolve("agent.sock");
	}

	private String agent() {
		return agent(SpopListener.tcp("agent", new InetSocketAddress("127.0.0.1", 0)));
	}

	@Test
	void whenArgumentsHaveTypesThenTheAgentGetsThem() throws Exception {
		Path file = Files.write(this.folder.resolve("file"), new byte[] { (byte) 0xff, 'a', ':' });
		Path headers = Files.writeString(this.folder.resolve("headers"),
				"GET / HTTP/1.1\r\nHost: a.example\r\nX-Long:  " + "x".repeat(5000) + " \r\n\r\nbody");
		CommandRun run = CommandRun.of("send", agent(), "first", "s=str:int:1", "i=int:-1", "i32=int32:-5",
				"u32=uint32:4294967295", "u64=uint64:18446744073709551615", "b=bool:true", "v4=ip:192.0.2.1",
				"v6=ip:2001:db8::1", "mapped=ip:::ffff:192.0.2.1", "bin=bin:0aFF", "sf=str:@" + file, "bf=bin:@" + file,
				"h=hdrs:@" + headers, "n=null:", "=unnamed", "url=http://x/?a=b", "--timeout", "30s", "-m", "second",
				"a=1", "-m", "third", "a=2", "--json", "a=3");
		assertThat(run.err()).isEmpty();
		assertThat(run.status()).isEqualTo(ExitStatus.GOOD);
		byte[] content = Files.readAllBytes(file);
		SpopValue block = this.received.get(0).arguments().get("h");
		assertThat(this.received).hasSize(3);
		assertThat(this.received.get(0)).isEqualTo(NotifyMessage.of("first", argument("s", SpopValue.of("int:1")),
				argument("i", SpopValue.of(-1)), argument("i32", new SpopValue.Int32(-5)),
				argument("u32", new SpopValue.Uint32(4294967295L)), argument("u64", new SpopValue.Uint64(-1)),
				argument("b", SpopValue.of(true)), argument("v4", new SpopValue.Ipv4(0xC0000201)),
				argument("v6", new SpopValue.Ipv6(0x20010db800000000L, 1)),
				argument("mapped", new SpopValue.Ipv6(0, 0xFFFFC0000201L)),
				argument("bin", SpopValue.of(new byte[] { 10, -1 })),
				argument("sf", new SpopValue.Text(content, 0, content.length)), argument("bf", SpopValue.of(content)),
				argument("h", block), argument("n", SpopValue.ofNull()), argument("", SpopValue.of("unnamed")),
				argument("url", SpopValue.of("http://x/?a=b"))));
		assertThat(HeaderBlock.of(block)).extracting(HeaderBlock.Header::name, HeaderBlock.Header::value)
			.containsExactly(tuple("host", "a.example"), tuple("x-long", "x".repeat(5000)));
		assertThat(this.received.get(2))
			.isEqualTo(NotifyMessage.of("third", argument("a", SpopValue.of("2")), argument("a", SpopValue.of("3"))));
		Path binary = Files.write(this.folder.resolve("binary"), ((SpopValue.Binary) block).toByteArray());
		assertThat(ArgumentText.read("h=hdrs:@" + binary).value()).isEqualTo(block);
	}

	private static Argument argument(String name, SpopValue value) {
		return new Argument(name, value);
	}

	@Test
	void whenAgentSetsVariablesThenTheirNamesTypesAndEscapesAreThoseOfHaproxy() {
		this.answer = Actions.unset(VarScope.RESPONSE, "old")
			.andSet(VarScope.TRANSACTION, "text", "1")
			.andSet(VarScope.SESSION, "number", 1)
			.andSet(VarScope.REQUEST, "hostile", "\u001b]0;x\u0007\r\n\u202e\"");
		String address = agent();
		CommandRun run = CommandRun.of("send", "--prefix", "my", "--timeout", "30s", address, "m");
		assertThat(run.out().lines()).hasSize(5)
			.startsWith("unset res.my.old", "set txn.my.text = \"1\"", "set sess.my.number = 1 (int64)",
					"set req.my.hostile = \"\\u001b]0;x\\u0007\\r\\n\\u202e\\\"\"");
		assertThat(run.out()).containsPattern("ACK with 4 actions after \\d+\\.\\d ms\n$");
		CommandRun json = CommandRun.of("send", "--json", "--timeout", "30s", address, "m");
		assertThat(json.out().lines()).singleElement()
			.asString()
			.contains("\"milliseconds\":", "\"variable\":\"txn.text\"", "\"type\":\"string\",\"value\":\"1\"",
					"\"type\":\"int64\",\"value\":1")
			.doesNotContain("\u001b");
	}

	@Test
	void whenAgentHasTlsThenTheOptionsOfTlsReachIt() throws Exception {
		authority.write(this.folder, "client", "client");
		String address = "tls:"
				+ agent(SpopListener.tcp("agent", new InetSocketAddress("127.0.0.1", 0)).tls(() -> this.tls));
		String ca = this.folder.resolve("ca.crt").toString();
		String cert = this.folder.resolve("client.crt").toString();
		String key = this.folder.resolve("client.key").toString();
		CommandRun run = CommandRun.of("send", "--ca", ca, "--server-name", "agent.internal", "--cert", cert, "--key",
				key, "--timeout", "30s", address, "m");
		assertThat(run.err()).isEmpty();
		assertThat(run.status()).isEqualTo(ExitStatus.GOOD);
		Path both = Files.writeString(this.folder.resolve("both.pem"), authority.issuePem("client"));
		assertThat(CommandRun.of("probe", "--ca", ca, "--server-name", "agent.internal", "--cert", both.toString(),
				"--timeout", "30s", address))
			.isEqualTo(new CommandRun(ExitStatus.GOOD, "", ""));
		assertFails(ExitStatus.UNAVAILABLE, "--ca names a file", "send", "--timeout", "30s", address, "m");
		assertFails(ExitStatus.UNAVAILABLE, "--server-name names", "send", "--ca", ca, "--timeout", "30s", address,
				"m");
		assertFails(ExitStatus.UNAVAILABLE, "closed|TLS with", "send", "--ca", ca, "--server-name", "agent.internal",
				"--timeout", "30s", address, "m");
		assertFails(ExitStatus.DATA, "has no certificates in PEM", "send", "--ca", key, address, "m");
		assertFails(ExitStatus.DATA, "has no key in PEM", "send", "--cert", cert, address, "m");
		assertFails(ExitStatus.USAGE, "begins with tls:", "send", "--ca", ca, address.substring(4), "m");
	}

	@Test
	void whenAgentListensOnUnixSocketThenItIsReached() {
		String address = agent(SpopListener.unix("agent", this.folder.resolve("agent.sock")));
		assertThat(CommandRun.of("send", "--as-haproxy", "2.6", "--timeout", "30s", address, "m").out())
			.startsWith("ACK with 0 actions after ");
		assertThat(CommandRun.of("probe", "--timeout", "30s", address.replace("unix:", "unix@")))
			.isEqualTo(new CommandRun(ExitStatus.GOOD, "", ""));
	}

	@Test
	void whenNotifyDoesNotFitThenHaproxyWouldNotSendIt() {
		assertFails(ExitStatus.DATA, "HAProxy would not send this NOTIFY", "send", "--timeout", "30s", agent(), "m",
				"a=" + "x".repeat(20_000));
	}

	static Stream<List<Object>> wrongAnswers() {
		String hello = BytesAgent.HELLO;
		String status8 = "00000028" + "66000000010000" + "0b7374617475732d636f6465" + "0308" + "076d657373616765"
				+ "08091b5b33316d6e6f7065";
		return Stream.of(List.of(true, 69, "closed the connection without the AGENT-HELLO", List.of()),
				List.of(false, 69, "ended the connection with status 8 \\(unsupported version\\): \\\\u001b\\[31mnope",
						List.of(status8)),
				List.of(false, 69, "looks like an HTTP response", List.of("485454502f312e31")),
				List.of(false, 69, "refuses: its version is 3\\.0, not 2\\.0",
						List.of(hello.replace("322e30", "332e30"))),
				List.of(false, 75, "no AGENT-HELLO within 500 ms", List.of("")),
				List.of(true, 69, "closed the connection without the ACK", List.of(hello, "")),
				List.of(false, 75, "did not answer the NOTIFY of stream 1, frame 1 within 500 ms", List.of(hello, "")),
				List.of(false, 75, "another frame than the ACK .* ACK stream 7, frame 1",
						List.of(hello, "00000007" + "67000000010701")),
				List.of(false, 69, "does not answer as an agent does: .*FIN",
						List.of(hello, "00000007" + "67000000000101")),
				List.of(false, 69,
						"(?s)ACK stream 1, frame 1.*set txn\\.a = 1 .*cannot be decoded from byte 18 of the frame",
						List.of(hello, "00000010" + "67000000010101" + "010302016104010901")),
				List.of(false, 69, "instead of the AGENT-HELLO came ACK stream 1, frame 1",
						List.of("00000007" + "67000000010101")));
	}

	@ParameterizedTest
	@MethodSource("wrongAnswers")
	void whenAgentAnswersWronglyThenASentenceSaysHow(List<Object> wrong) throws Exception {
		String[] answers = ((List<?>) wrong.get(3)).toArray(String[]::new);
		boolean late = wrong.get(1).equals(ExitStatus.TIMEOUT);
		try (BytesAgent scripted = new BytesAgent((Boolean) wrong.get(0), answers)) {
			assertFails((Integer) wrong.get(1), (String) wrong.get(2), "send", "--timeout", late ? "500ms" : "30s",
					scripted.address(), "m");
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "a | 64 | an argument is NAME=VALUE", "a=int:x | 64 | is not a number of the type int",
					"a=int32:3000000000 | 64 | -2147483648 to 2147483647", "a=uint32:-1 | 64 | 0 to 4294967295",
					"a=ip:1.2 | 64 | is not an IP address", "a=ip:localhost | 64 | is not an IP address",
					"a=ip:256.1.1.1 | 64 | is not an IP address", "a=bool:2 | 64 | true or false",
					"a=bin:0 | 64 | neither hexadecimal", "a=null:x | 64 | has no value",
					"a=hdrs:x | 64 | hdrs takes @FILE", "a=bin:@/none | 66 | there is no file '/none'",
					"a=bin:@/ | 66 | cannot be read", "a=hdrs:@pom.xml | 65 | line 1 is not 'Name: value'",
					"a=bin:@/dev/zero | 65 | does not fit into a frame" })
	void whenArgumentIsWrongThenASentenceSaysWhy(String argument, int status, String message) {
		assertFails(status, message, "send", "127.0.0.1:1", "m", argument);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "foo | 64 | write host:port", "127.0.0.1:0 | 64 | 1 to 65535", "[::1:5 | 64 | write host:port",
					"127.0.0.1:99999999999 | 64 | 1 to 65535", "[1.2.3.4]:5 | 64 | is not an address",
					"unix: | 64 | the path is missing", "unix:/none/agent.sock | 69 | There is no socket",
					"unix:pom.xml | 69 | Nobody listens", "[::1]:1 | 69 | Nobody listens|cannot be reached",
					":1 | 69 | Nobody listens", "tls:localhost:1 | 69 | Nobody listens",
					"no-such-host.invalid:1 | 69 | cannot be resolved" })
	void whenAddressIsWrongThenASentenceSaysWhy(String address, int status, String message) {
		assertFails(status, message, "send", "--timeout", "30s", address, "m");
		assertFails((status == ExitStatus.UNAVAILABLE) ? ExitStatus.NO : status, "", "probe", address);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "3.1 | no longer maintains it", "2.4 | Take 2.6 to 3.4", "x | looks like 3.2" })
	void whenVersionOfHaproxyIsNotSupportedThenCommandLineIsWrong(String version, String message) {
		assertFails(ExitStatus.USAGE, message, "send", "--as-haproxy", version, "127.0.0.1:1", "m");
	}

	@Test
	void whenFurtherMessageHasNoFirstThenCommandLineIsWrong() {
		assertFails(ExitStatus.USAGE, "'-m second' names a further message", "send", "127.0.0.1:1", "-m", "second");
		assertFails(ExitStatus.USAGE, "'-m second' names a further message", "bench", "127.0.0.1:1", "-m", "second");
	}

	@Test
	void whenAgentTakesFragmentsThenOldHaproxySendsThem() throws Exception {
		String ack = "00000007" + "67000000010101";
		try (BytesAgent scripted = new BytesAgent(false, BytesAgent.FRAGMENTS_HELLO, "", "", ack)) {
			CommandRun run = CommandRun.of("send", "--as-haproxy", "3.0", "--timeout", "30s", scripted.address(), "m",
					"a=" + "x".repeat(600));
			assertThat(run.err()).isEmpty();
			assertThat(run.out()).startsWith("ACK with 0 actions after ");
		}
	}

	private static void assertFails(int status, String message, String... arguments) {
		CommandRun run = CommandRun.of(arguments);
		assertThat(run.err()).containsPattern(message).doesNotContain("\tat ", "\u001b");
		assertThat(run.err().lines().findFirst().orElseThrow()).doesNotContain("Exception");
		assertThat(run.out()).isEmpty();
		assertThat(run.status()).isEqualTo(status);
	}

}
