package io.spop.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.spop.agent.HttpConnection.HttpResponse;
import io.spop.agent.Interop.Transport;
import io.spop.protocol.Actions;
import io.spop.protocol.Arguments;
import io.spop.protocol.HeaderBlock;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import io.spop.test.EveryHaproxy;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests values, variables, events and groups between the agent and each version of
 * HAProxy.
 */
@EveryHaproxy
@Timeout(120)
class HaproxyValuesIT {

	@Parameter
	private HaproxyBinary binary;

	/** The names of the messages of each NOTIFY. */
	private final Queue<List<String>> notifies = new ConcurrentLinkedQueue<>();

	private final Queue<Arguments> arguments = new ConcurrentLinkedQueue<>();

	private SpopHandler recording(SpopHandler handler) {
		return (exchange) -> {
			this.notifies.add(exchange.messages().stream().map(NotifyMessage::name).toList());
			exchange.messages().forEach((message) -> this.arguments.add(message.arguments()));
			return handler.handle(exchange);
		};
	}

	@ParameterizedTest
	@EnumSource
	void whenArgumentsComeBackAsVariablesThenTheyAreTheSame(Transport transport) {
		String args = "src=src method=method path=path header=hdr(x-test) missing=hdr(x-missing) body=req.body"
				+ " headers=req.hdrs_bin ssl=ssl_fc yes=bool(true) negative=int(-42) large=int(9223372036854775807)"
				+ " small=int(-9223372036854775808) mapped=ipv6(::ffff:1.2.3.4)";
		Interop.Setup setup = Interop.with(this.binary)
			.transport(transport)
			.frontend("option http-buffer-request")
			.message("values", args, "on-frontend-http-request")
			.handler(recording(Interop::echo));
		Stream.of("src", "method", "path", "header", "missing", "ssl", "yes", "large", "small", "mapped")
			.forEach((name) -> setup.header("x-" + name, "var(txn.e." + name + ")"));
		setup.header("x-network", "var(txn.e.src),ipmask(8)")
			.header("x-negative", "var(txn.e.negative),add(1)")
			.header("x-body", "var(txn.e.body),hex")
			.header("x-headers", "var(txn.e.headers),hex");
		byte[] body = new byte[256];
		IntStream.range(0, body.length).forEach((i) -> body[i] = (byte) i);
		try (Interop interop = setup.start()) {
			HttpResponse response = interop.send("PATCH", "/a/%2f?b", body, "x-test: caf\u00e9");
			Arguments arguments = this.arguments.remove();
			byte[] headers = ((SpopValue.Binary) Objects.requireNonNull(arguments.get("headers"))).toByteArray();
			assertThat(arguments.get("src")).isEqualTo(new SpopValue.Ipv4(0x7F000001));
			assertThat(arguments.get("method")).isEqualTo(SpopValue.of("PATCH"));
			assertThat(arguments.get("path")).isEqualTo(SpopValue.of("/a/%2f"));
			assertThat(arguments.get("header"))
				.isEqualTo(new SpopValue.Text(new byte[] { 'c', 'a', 'f', (byte) 0xE9 }, 0, 4));
			assertThat(arguments.get("missing")).isEqualTo(SpopValue.ofNull());
			assertThat(arguments.get("body")).isEqualTo(SpopValue.of(body));
			assertThat(HexFormat.of().formatHex(headers))
				.endsWith(HexFormat.of().formatHex("x-test".getBytes(StandardCharsets.UTF_8)) + "04636166e9" + "0e"
						+ HexFormat.of().formatHex("content-length".getBytes(StandardCharsets.UTF_8)) + "033235360000");
			assertThat(arguments.get("ssl")).isEqualTo(SpopValue.of(false));
			assertThat(arguments.get("yes")).isEqualTo(SpopValue.of(true));
			assertThat(arguments.get("negative")).isEqualTo(SpopValue.of(-42));
			assertThat(arguments.get("large")).isEqualTo(SpopValue.of(Long.MAX_VALUE));
			assertThat(arguments.get("small")).isEqualTo(SpopValue.of(Long.MIN_VALUE));
			assertThat(arguments.get("mapped")).isEqualTo(new SpopValue.Ipv6(0, 0xFFFF01020304L));
			assertThat(response.header("x-src")).isEqualTo("127.0.0.1");
			assertThat(response.header("x-network")).isEqualTo("127.0.0.0");
			assertThat(response.header("x-method")).isEqualTo("PATCH");
			assertThat(response.header("x-path")).isEqualTo("/a/%2f");
			assertThat(response.header("x-header")).isEqualTo("caf\u00e9");
			assertThat(response.header("x-missing")).isEmpty();
			assertThat(response.header("x-body")).isEqualToIgnoringCase(HexFormat.of().formatHex(body));
			assertThat(response.header("x-headers")).isEqualToIgnoringCase(HexFormat.of().formatHex(headers));
			assertThat(response.header("x-ssl")).isEqualTo("0");
			assertThat(response.header("x-yes")).isEqualTo("1");
			assertThat(response.header("x-negative")).isEqualTo("-41");
			assertThat(response.header("x-large")).isEqualTo("9223372036854775807");
			assertThat(response.header("x-small")).isEqualTo("-9223372036854775808");
			assertThat(response.header("x-mapped")).isEqualTo("::ffff:1.2.3.4");
			assertThat(response.header("x-error")).isEmpty();
		}
	}

	@Test
	void whenHeadersComeThenTheyAreWholeBlocks() throws IOException {
		try (Interop interop = Interop.with(this.binary)
			.message("requests", "text=req.hdrs bytes=req.hdrs_bin", "on-frontend-http-request")
			.message("responses", "text=res.hdrs bytes=res.hdrs_bin", "on-http-response")
			.handler(recording((exchange) -> Mono.empty()))
			.start()) {
			interop.send("POST", "/", new byte[3], "X-Empty:", "x-twice: a:b", "x-twice: \t caf\u00e9 ");
			for (HeaderBlock headers : headers()) {
				assertThat(headers.names()).containsExactly("host", "x-empty", "x-twice", "content-length");
				assertThat(headers.get("x-empty")).isEmpty();
				assertThat(headers.getAll("x-twice")).containsExactly("a:b", "caf\u00e9");
			}
			for (HeaderBlock headers : headers()) {
				assertThat(headers.contains("content-length")).isTrue();
			}
			try (HttpConnection connection = interop.connect()) {
				connection.send("GET / HTTP/1.0\r\n\r\n");
			}
			assertThat(headers()).allSatisfy((headers) -> assertThat(headers).isEmpty());
		}
	}

	private List<HeaderBlock> headers() {
		Arguments arguments = this.arguments.remove();
		return Stream.of("text", "bytes")
			.map((name) -> HeaderBlock.of(Objects.requireNonNull(arguments.get(name)), StandardCharsets.ISO_8859_1))
			.toList();
	}

	@Test
	void whenClientComesOverIpv6ThenItsAddressIsIpv6() throws IOException {
		try (Interop interop = Interop.with(this.binary)
			.ipv6()
			.message("values", "src=src", "on-client-session")
			.handler(recording(Interop::echo))
			.header("x-src", "var(txn.e.src)")
			.start(); HttpConnection connection = interop.connect("::1")) {
			assertThat(connection.get("/").header("x-src")).isEqualTo("::1");
			assertThat(this.arguments.remove().get("src")).isEqualTo(new SpopValue.Ipv6(0, 1));
		}
	}

	@Test
	void whenEachTypeIsSetThenVariablesHaveTheValues() throws IOException {
		List<SpopValue> values = List.of(SpopValue.of(true), new SpopValue.Int32(-1), new SpopValue.Uint32(4294967295L),
				SpopValue.of(Long.MIN_VALUE), new SpopValue.Uint64(Long.MAX_VALUE), new SpopValue.Uint64(-1),
				SpopValue.of(InetAddress.getByName("192.0.2.1")), SpopValue.of(InetAddress.getByName("2001:db8::1")),
				SpopValue.of("Gr\u00fc\u00dfe"), SpopValue.of(new byte[] { 'b', '\t', (byte) 0xFF }), SpopValue.of(""));
		Interop.Setup setup = Interop.with(this.binary)
			.message("values", "", "on-frontend-http-request")
			.handler((exchange) -> {
				Actions actions = Actions.none();
				for (int i = 0; i < values.size(); i++) {
					actions = actions.andSet(VarScope.TRANSACTION, "v" + i, values.get(i));
				}
				return Mono.just(actions);
			});
		IntStream.range(0, values.size()).forEach((i) -> setup.header("x-v" + i, "var(txn.e.v" + i + ")"));
		setup.header("x-bool", "bool(true),and(txn.e.v0)").header("x-empty", "var(txn.e.v10),length");
		try (Interop interop = setup.start()) {
			HttpResponse response = interop.get("/");
			List<String> read = new ArrayList<>();
			for (int i = 0; i < values.size(); i++) {
				read.add(response.header("x-v" + i));
			}
			// HAProxy has signed numbers of 64 bits only
			assertThat(read).containsExactly("1", "-1", "4294967295", "-9223372036854775808", "9223372036854775807",
					"-1", "192.0.2.1", "2001:db8::1", "Gr\u00c3\u00bc\u00c3\u009fe", "b\t\u00ff", "");
			assertThat(response.header("x-bool")).isEqualTo("1");
			assertThat(response.header("x-empty")).isEqualTo("0");
		}
	}

	@Test
	void whenNullIsSetThenVariableIsUnset() {
		try (Interop interop = Interop.with(this.binary)
			.group("values", "missing=hdr(x-missing)")
			.frontend("http-request set-var(txn.e.missing) str(before)", "http-request send-spoe-group e values")
			.header("x-missing", "var(txn.e.missing)")
			.start()) {
			assertThat(interop.get("/").header("x-missing")).isEmpty();
			assertThat(interop.get("/", "x-missing: there").header("x-missing")).isEqualTo("there");
		}
	}

	@ParameterizedTest
	@EnumSource
	void whenVariablesAreSetAndUnsetThenEachScopeDoesSoInItsPhase(Transport transport) {
		Interop.Setup setup = Interop.with(this.binary)
			.transport(transport)
			.group("set", "")
			.group("unset", "")
			.handler((exchange) -> {
				Actions actions = Actions.none();
				for (VarScope scope : VarScope.values()) {
					actions = exchange.messages().get(0).name().equals("set")
							? actions.andSet(scope, "v", scope.prefix() + "!") : actions.andUnset(scope, "v");
				}
				return Mono.just(actions);
			});
		for (String phase : List.of("request", "response")) {
			for (String group : List.of("set", "unset")) {
				setup.frontend("http-" + phase + " send-spoe-group e " + group);
				for (VarScope scope : VarScope.values()) {
					String variable = phase + "." + group + "." + scope.prefix();
					setup.frontend("http-%s set-var(txn.%s) var(%s.e.v)".formatted(phase, variable, scope.prefix()));
					setup.header("x-" + variable, "var(txn." + variable + ")");
				}
			}
		}
		try (Interop interop = setup.start()) {
			HttpResponse response = interop.get("/");
			for (VarScope scope : VarScope.values()) {
				String name = scope.prefix();
				assertThat(response.header("x-request.set." + name))
					.isEqualTo((scope != VarScope.RESPONSE) ? name + "!" : "");
				assertThat(response.header("x-request.unset." + name)).isEmpty();
				assertThat(response.header("x-response.set." + name))
					.isEqualTo((scope != VarScope.REQUEST) ? name + "!" : "");
				assertThat(response.header("x-response.unset." + name)).isEmpty();
			}
		}
	}

	@Test
	void whenVariableIsOfSessionThenItLivesAsLongAsTheConnection() throws IOException {
		try (Interop interop = Interop.with(this.binary)
			.message("request", "path=path", "on-frontend-http-request")
			.handler((exchange) -> {
				SpopValue path = Objects.requireNonNull(exchange.messages().get(0).arguments().get("path"));
				return path.equals(SpopValue.of("/one")) ? Mono.just(Actions.set(VarScope.SESSION, "path", path)
					.andSet(VarScope.TRANSACTION, "path", path)
					.andSet(VarScope.PROCESS, "path", path)) : Mono.empty();
			})
			.header("x-sess", "var(sess.e.path)")
			.header("x-txn", "var(txn.e.path)")
			.header("x-proc", "var(proc.e.path)")
			.start(); HttpConnection connection = interop.connect()) {
			assertThat(connection.get("/one").headers()).contains("x-sess: /one", "x-txn: /one", "x-proc: /one");
			assertThat(connection.get("/two").headers()).contains("x-sess: /one", "x-proc: /one")
				.doesNotContain("x-txn: /one");
			assertThat(interop.get("/three").headers()).contains("x-proc: /one")
				.doesNotContain("x-sess: /one", "x-txn: /one");
		}
	}

	@Test
	void whenVariableOfProcessIsNotInConfigurationThenItIsDropped() {
		try (Interop interop = Interop.with(this.binary)
			.message("request", "", "on-frontend-http-request")
			.handler((exchange) -> Mono
				.just(Actions.set(VarScope.PROCESS, "known", "!").andSet(VarScope.PROCESS, "unknown", "!")))
			.header("x-known", "var(proc.e.known)")
			.start()) {
			assertThat(interop.get("/").header("x-known")).isEqualTo("!");
			assertThat(interop.haproxy().command("get var proc.e.known")).contains("value=<!>");
			assertThat(interop.haproxy().command("get var proc.e.unknown")).contains("not found");
		}
	}

	@Test
	void whenMessageIsOnAnEventThenItComesAtThatEvent() {
		List<String> events = List.of("on-client-session", "on-frontend-tcp-request", "on-frontend-http-request",
				"on-backend-tcp-request", "on-backend-http-request", "on-server-session", "on-tcp-response",
				"on-http-response");
		Interop.Setup setup = Interop.with(this.binary).handler(recording((exchange) -> {
			String name = exchange.messages().get(0).name();
			return Mono.just(Actions.set(VarScope.TRANSACTION, name.replace('-', '_'), name));
		}));
		for (String event : events) {
			setup.message(event, "", event).header("x-" + event, "var(txn.e." + event.replace('-', '_') + ")");
		}
		try (Interop interop = setup.start()) {
			HttpResponse response = interop.get("/");
			assertThat(this.notifies).containsExactlyElementsOf(events.stream().map(List::of).toList());
			events.forEach((event) -> assertThat(response.header("x-" + event)).isEqualTo(event));
		}
	}

	@Test
	void whenRuleSendsGroupThenNextRuleSeesItsVariables() {
		try (Interop interop = Interop.with(this.binary)
			.group("check", "path=path")
			.group("answer", "status=status")
			.frontend("http-request send-spoe-group e check if { path_beg /check }",
					"http-request return status 403 if { var(txn.e.path) -m str /check/denied }",
					"http-response send-spoe-group e answer")
			.handler(recording(Interop::echo))
			.header("x-status", "var(txn.e.status)")
			.start()) {
			assertThat(interop.get("/").status()).isEqualTo(200);
			assertThat(this.notifies).containsExactly(List.of("answer"));
			assertThat(interop.get("/check").header("x-status")).isEqualTo("200");
			assertThat(this.notifies).containsExactly(List.of("answer"), List.of("check"), List.of("answer"));
			assertThat(interop.get("/check/denied").status()).isEqualTo(403);
		}
	}

	@Test
	void whenTwoMessagesAreOnAnEventThenTheyComeInOneNotify() {
		try (Interop interop = Interop.with(this.binary)
			.message("one", "one=path", "on-frontend-http-request")
			.message("never", "", "on-frontend-http-request if { path /never }")
			.message("two", "two=method", "on-frontend-http-request")
			.handler(recording(Interop::echo))
			.header("x-one", "var(txn.e.one)")
			.header("x-two", "var(txn.e.two)")
			.start()) {
			assertThat(interop.get("/").headers()).contains("x-one: /", "x-two: GET");
			assertThat(this.notifies).containsExactly(List.of("one", "two"));
			interop.get("/never");
			assertThat(this.notifies).last().isEqualTo(List.of("one", "never", "two"));
		}
	}

	@Test
	void whenUnnamedAndRepeatedArgumentsThenTheyComeInTheirOrder() {
		try (Interop interop = Interop.with(this.binary)
			.message("request", "str(one) a=str(two) a=str(three) str(four)", "on-frontend-http-request")
			.handler(recording((exchange) -> Mono.empty()))
			.start()) {
			interop.get("/");
			Arguments arguments = this.arguments.remove();
			assertThat(arguments.getAll("")).containsExactly(SpopValue.of("one"), SpopValue.of("four"));
			assertThat(arguments.getAll("a")).containsExactly(SpopValue.of("two"), SpopValue.of("three"));
			assertThat(arguments).extracting((argument) -> argument.value().toString())
				.containsExactly("one", "two", "three", "four");
		}
	}

}
