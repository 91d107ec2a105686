package io.spop.haproxy.write;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.ArgumentDescription;
import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.ListenerDescription;
import io.spop.haproxy.MessageDescription;
import io.spop.haproxy.OnError;
import io.spop.haproxy.SampleType;
import io.spop.haproxy.SpoeEvent;
import io.spop.haproxy.VariableDescription;
import io.spop.test.EveryHaproxy;
import io.spop.test.haproxy.HaproxyBinary;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Shows what is written to each HAProxy, which must find no error in it and warn of
 * nothing.
 */
@EveryHaproxy
class WrittenForHaproxyTests {

	private static final ListenerDescription TCP = ListenerDescription.tcp("tcp", "127.0.0.1", 12345);

	private static final ListenerDescription UNIX = ListenerDescription.unix("unix", "spoa_agent/spoa.sock");

	private static final List<String> SAMPLES = List.of("src", "path", "req.hdr(x)", "hdr(x)", "req.body", "method",
			"status", "res.hdr(x)", "res.body", "be_id", "be_name", "fe_id", "srv_id", "srv_name", "ssl_fc", "bc_src",
			"fc_rtt", "fc_http_major", "bc_http_major", "var(txn.x)", "str(", "str(a))", "capture.req.uri", "unique-id",
			"req.payload(0,10)", "res.payload(0,10)", "req.ssl_sni", "ssl_fc_sni", "req.len", "bytes_in",
			"txn.timer.total", "path,lower,length", "src,ipmask(24)", "req.body,json_query('$.x')", "ssl_c_s_dn(cn)",
			"fc_err", "date", "res.ver", "cookie(x)", "url_param(x)", "http_auth_user", "base32+src", "rand", "uuid",
			"stopping");

	private final HaproxyBinary haproxy;

	@TempDir
	Path folder;

	WrittenForHaproxyTests(HaproxyBinary haproxy) {
		this.haproxy = haproxy;
	}

	@Test
	void whenNothingIsDescribedThenHaproxyTakesIt() throws Exception {
		check(AgentDescription.of(List.of(), List.of()));
		check(AgentDescription.of(List.of(TCP), List.of()));
	}

	@Test
	void whenNothingIsDeclaredThenHaproxyTakesIt() throws Exception {
		check(agent(MessageDescription.of("check-client-ip")
			.argument(ArgumentDescription.named("ip"))
			.argument(ArgumentDescription.at(3))));
	}

	@Test
	void whenEachEventIsUsedThenHaproxyTakesIt() throws Exception {
		for (OnError onError : OnError.values()) {
			List<MessageDescription> messages = new ArrayList<>();
			for (SpoeEvent event : SpoeEvent.values()) {
				messages.add(MessageDescription.of("m-" + event.keyword())
					.event(event)
					.onError(onError)
					.argument(ArgumentDescription.named("ip").sample("src")));
			}
			check(AgentDescription.of(List.of(TCP, UNIX), messages));
		}
	}

	@Test
	void whenEachEventHasGroupThenHaproxyTakesIt() throws Exception {
		for (OnError onError : OnError.values()) {
			List<MessageDescription> messages = new ArrayList<>();
			for (SpoeEvent event : SpoeEvent.values()) {
				messages.add(MessageDescription.of("m-" + event.keyword())
					.event(event)
					.group("g-" + event.keyword())
					.onError(onError)
					.condition("unless { src 10.0.0.0/8 }")
					.argument(ArgumentDescription.named("ip").sample("src")));
			}
			check(AgentDescription.of(List.of(TCP, UNIX), messages));
		}
	}

	@Test
	void whenGroupHasSeveralEventsAndConditionsThenHaproxyTakesIt() throws Exception {
		check(agent(message("a").group("g").event(SpoeEvent.ON_HTTP_RESPONSE).condition("if { status 200 }"),
				message("b").group("g").event(SpoeEvent.ON_CLIENT_SESSION), message("c").group("g")));
	}

	@Test
	void whenBodyIsReadThenHaproxyTakesIt() throws Exception {
		check(agent(
				message("event").event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST)
					.argument(ArgumentDescription.named("body").sample("req.body"))
					.argument(ArgumentDescription.named("length").sample("req.body_len")),
				message("group").group("request").argument(ArgumentDescription.named("body").sample("req.body")),
				message("late").event(SpoeEvent.ON_HTTP_RESPONSE)
					.argument(ArgumentDescription.named("body").sample("res.body")),
				message("response").group("response")
					.event(SpoeEvent.ON_HTTP_RESPONSE)
					.argument(ArgumentDescription.named("body").sample("res.body,sha1,hex"))));
	}

	@Test
	void whenListenersAreOfAllKindsThenHaproxyTakesThem() throws Exception {
		List<ListenerDescription> listeners = List.of(TCP, UNIX,
				ListenerDescription.unix("a b", "/run/it's $HOME #1/\"x\".sock"),
				ListenerDescription.unix("a_b", "/run/spop agent/spoa.sock"),
				ListenerDescription.tcp("any", "0.0.0.0", 12346), ListenerDescription.tcp("any6", "::", 12347),
				ListenerDescription.tcp("any-long", "0:0:0:0:0:0:0:0", 12347),
				ListenerDescription.tcp("v6", "::1", 12348), ListenerDescription.tcp("v6-long", "[fe80::1]", 12349),
				ListenerDescription.tcp("mapped", "::ffff:127.0.0.1", 12350),
				ListenerDescription.tcp("name", "agents.example.com", 12351),
				ListenerDescription.tcp("near", "localhost", 12352), ListenerDescription.tcp("chosen", "127.0.0.1", 0),
				ListenerDescription.tcp("tls", "127.0.0.1", 12353).tls(false),
				ListenerDescription.tcp("mutual", "agents.example.com", 12354).tls(true),
				ListenerDescription.tcp("tls-chosen", "0.0.0.0", 0).tls(true));
		check(AgentDescription.of(listeners, List.of(message("a").event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST))));
		for (ListenerDescription listener : listeners) {
			check(AgentDescription.of(List.of(listener),
					List.of(message("a").event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST))));
		}
	}

	@Test
	void whenListenersAndDeadlinesDifferThenHaproxyTakesEachEngine() throws Exception {
		List<MessageDescription> messages = new ArrayList<>();
		for (Set<String> listeners : List.of(Set.<String>of(), Set.of("tcp"), Set.of("unix"), Set.of("gone"))) {
			for (Duration deadline : new Duration[] { null, Duration.ofNanos(1), Duration.ofMillis(50),
					Duration.ofSeconds(100), Duration.ofHours(24), Duration.ofDays(1000) }) {
				messages.add(message("m" + messages.size()).listeners(listeners)
					.timeout(deadline)
					.event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST)
					.onError(OnError.CLOSED));
			}
		}
		check(AgentDescription.of(List.of(TCP, UNIX), messages));
		check(AgentDescription.of(List.of(TCP, UNIX), List.of(message("same").listeners(Set.of("tcp")),
				message("same").listeners(Set.of("unix")).event(SpoeEvent.ON_CLIENT_SESSION))));
	}

	@Test
	void whenThereAreManyMessagesAndArgumentsThenHaproxyTakesThem() throws Exception {
		List<MessageDescription> messages = new ArrayList<>();
		for (int i = 0; i < 200; i++) {
			MessageDescription message = MessageDescription.of("message-" + i)
				.variable(VariableDescription.of("proc", "total_" + i).types(Set.of(SampleType.INTEGER)))
				.group((i % 2 == 0) ? "group-" + i : null)
				.event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST);
			messages.add(message);
		}
		MessageDescription large = MessageDescription.of("large").event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST);
		for (int i = 0; i < 255; i++) {
			large = large.argument(
					ArgumentDescription.named("argument-with-a-long-name-" + i).sample("req.hdr(X-Header-" + i + ")"));
		}
		messages.add(large);
		messages.add(message("long").event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST)
			.argument(ArgumentDescription.named("long").sample("str(" + "x".repeat(5000) + ")")));
		check(AgentDescription.of(List.of(TCP), messages));
	}

	@Test
	void whenSamplesNeedQuotesThenHaproxyTakesThem() throws Exception {
		MessageDescription message = message("quotes").event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST);
		for (String sample : List.of("str(a b)", "str(\"a,b\")", "str('it''s')", "str(#1)", "str($HOME)", "str(a\\ b)",
				"str(\"it's \\\"x\\\"\")", "str(a=b)", "str(\ttab)", "str(gr\u00fc\u00df)",
				"req.hdr(Cookie),regsub(\"a b\",c,g)", "str(\\\\),length", "always_true")) {
			message = message.argument(ArgumentDescription.named("a" + message.arguments().size()).sample(sample))
				.argument(ArgumentDescription.named("").sample(sample));
		}
		message = message.argument(ArgumentDescription.named("a name's \"name\"").sample("src"))
			.argument(ArgumentDescription.at(1).sample("str(a=b)"));
		check(agent(message.handler("a # handler\nin two lines")));
	}

	@Test
	void whenSamplesAreFromAllPlacesThenThoseThatHaproxyTakesAreWritten() throws Exception {
		for (SpoeEvent event : SpoeEvent.values()) {
			MessageDescription message = message("e").event(event);
			for (String sample : SAMPLES) {
				message = message.argument(ArgumentDescription.named("a" + message.arguments().size()).sample(sample));
			}
			check(agent(message, message("g").event(event).group("g").argument(message.arguments().get(0))));
			check(agent(message.group("g")));
			check(agent(message.group("g").argument(ArgumentDescription.at(99).sample("src"))));
		}
	}

	@Test
	void whenConditionsNeedQuotesThenHaproxyTakesThem() throws Exception {
		List<MessageDescription> messages = new ArrayList<>();
		for (String condition : List.of("if { path_beg /admin }",
				"unless { path_beg /a } || METH_GET or !{ src 1.1.1.1 }", "if { req.hdr(x) -m str 'a b' }",
				"if { req.hdr(x) -m str \"a \\\" # b\" }", "if { path /a\\ b\\#c }", "if TRUE !METH_POST")) {
			messages.add(message("e" + messages.size()).event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST).condition(condition));
			messages.add(message("g" + messages.size()).group("g" + messages.size()).condition(condition));
			messages.add(message("n" + messages.size()).condition(condition));
		}
		check(agent(messages.toArray(MessageDescription[]::new)));
	}

	@Test
	void whenVariablesAreOddThenHaproxyTakesThem() throws Exception {
		check(agent(message("a").event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST)
			.variable(VariableDescription.of("txn", "error"))
			.variable(VariableDescription.of("proc", "a-b"))
			.variable(VariableDescription.of("nowhere", "x".repeat(100)).types(EnumSet.allOf(SampleType.class)))
			.variablesComplete(false)));
	}

	@Test
	void whenDescriptionsAreRandomThenHaproxyTakesThem() throws Exception {
		long seed = System.nanoTime();
		for (int i = 0; i < 25; i++) {
			AgentDescription agent = random(new Random(seed + i));
			try {
				check(agent);
			}
			catch (AssertionError ex) {
				throw new AssertionError("With the seed " + (seed + i), ex);
			}
		}
	}

	private static AgentDescription random(Random random) {
		List<ListenerDescription> listeners = new ArrayList<>();
		List<String> names = List.of("tcp", "unix", "a b", "3.0");
		for (String name : names.subList(0, random.nextInt(5))) {
			listeners.add(switch (random.nextInt(4)) {
				case 0 -> ListenerDescription.unix(name, one(random, "/run/a.sock", "a b.sock", "x/'y'.sock"));
				case 1 -> ListenerDescription.tcp(name, one(random, "::", "0.0.0.0", "10.0.0.1", "agents.internal"), 0);
				case 2 -> ListenerDescription.tcp(name, one(random, "::1", "localhost", "agents.internal"), 12345)
					.tls(random.nextBoolean());
				default -> ListenerDescription.tcp(name, one(random, "::1", "*", "10.0.0.1", "agents.internal"), 12345);
			});
		}
		List<MessageDescription> messages = new ArrayList<>();
		for (int i = random.nextInt(12); i > 0; i--) {
			SpoeEvent event = SpoeEvent.values()[random.nextInt(SpoeEvent.values().length)];
			String http = (event == SpoeEvent.ON_FRONTEND_HTTP_REQUEST) ? "req.body" : "dst_port";
			MessageDescription message = MessageDescription.of("m" + i)
				.event(event)
				.handler(one(random, "", "Handler.method", "#"))
				.onError(OnError.values()[random.nextInt(3)])
				.group(oneOrNull(random, "g", "h"))
				.condition(oneOrNull(random, "if { src 10.0.0.0/8 }", "unless { src 127.0.0.1 } || TRUE"))
				.timeout(oneOrNull(random, Duration.ofMillis(8), Duration.ofSeconds(1), Duration.ofMinutes(5)))
				.listeners(
						one(random, Set.<String>of(), Set.of("tcp"), Set.of("tcp", "unix"), Set.of("a b"), Set.of("x")))
				.variablesComplete(random.nextBoolean())
				.variable(VariableDescription.of(one(random, "proc", "sess", "txn", "req"), "v" + i));
			for (int j = random.nextInt(80); j > 0; j--) {
				ArgumentDescription argument = (random.nextInt(9) == 0) ? ArgumentDescription.at(random.nextInt(80))
						: ArgumentDescription.named("a" + j, "b");
				message = message.argument(argument.required(random.nextBoolean())
					.sample(oneOrNull(random, "src", "str(a b)", "str('$x')", "rand(100)", "int(1),add(2)", http,
							SAMPLES.get(random.nextInt(SAMPLES.size())))));
			}
			messages.add(message);
		}
		return AgentDescription.of(listeners, messages);
	}

	@SafeVarargs
	private static <T> T one(Random random, T... values) {
		return values[random.nextInt(values.length)];
	}

	@SafeVarargs
	private static <T> @Nullable T oneOrNull(Random random, T... values) {
		return random.nextBoolean() ? values[random.nextInt(values.length)] : null;
	}

	private static MessageDescription message(String name) {
		return MessageDescription.of(name).timeout(Duration.ofMillis(20));
	}

	private static AgentDescription agent(MessageDescription... messages) {
		return AgentDescription.of(List.of(TCP), List.of(messages));
	}

	private void check(AgentDescription agent) throws IOException, InterruptedException {
		WrittenConfiguration written = ConfigurationWriter.write(agent, HaproxyVersion.of(this.haproxy.version()));
		written.writeTo(this.folder);
		Process process = new ProcessBuilder(this.haproxy.path().toAbsolutePath().toString(), "-c", "-f", "haproxy.cfg",
				"-f", "backend.cfg")
			.directory(this.folder.toFile())
			.redirectErrorStream(true)
			.start();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		String texts = String.join("\n", written.spoe(), written.backend(), written.main());
		assertThat(process.waitFor()).as(() -> output + "\n" + numbered(texts)).isZero();
		assertThat(output).as(() -> numbered(texts)).doesNotContainIgnoringCase("warning").doesNotContain("ALERT");
	}

	private static String numbered(String texts) {
		List<String> lines = texts.lines().toList();
		return String.join("\n",
				IntStream.range(0, lines.size()).mapToObj((i) -> (i + 1) + "\t" + lines.get(i)).toList());
	}

}
