package io.spop.haproxy.write;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.ArgumentDescription;
import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.ListenerDescription;
import io.spop.haproxy.MessageDescription;
import io.spop.haproxy.OnError;
import io.spop.haproxy.SampleType;
import io.spop.haproxy.SpoeEvent;
import io.spop.haproxy.VariableDescription;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link ConfigurationWriter} that need no HAProxy.
 */
class ConfigurationWriterTests {

	private static final HaproxyVersion V2_6 = HaproxyVersion.of("2.6");

	private static final HaproxyVersion V3_2 = HaproxyVersion.of("3.2");

	private static final ListenerDescription TCP = ListenerDescription.tcp("tcp", "127.0.0.1", 12345);

	@Test
	void whenEverythingIsDeclaredThenNothingIsToDo() {
		AgentDescription agent = AgentDescription.of(
				List.of(TCP, ListenerDescription.unix("unix", "/run/spop/agent.sock")),
				List.of(MessageDescription.of("check-client-ip")
					.handler("Reputation.check")
					.event(SpoeEvent.ON_CLIENT_SESSION)
					.onError(OnError.OPEN)
					.timeout(Duration.ofMillis(200))
					.argument(ArgumentDescription.named("ip").sample("src"))
					.variable(VariableDescription.of("sess", "ip_score").types(Set.of(SampleType.INTEGER))),
						MessageDescription.of("log-request")
							.handler("RequestLog.log")
							.event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST)
							.condition("unless { path /health }")
							.onError(OnError.OPEN)
							.timeout(Duration.ofMillis(200))
							.argument(ArgumentDescription.named("ip").sample("src"))
							.argument(ArgumentDescription.named("note").sample("str(it is,fine)"))));
		WrittenConfiguration written = ConfigurationWriter.write(agent, V2_6);
		String mark = "# Written by spop for HAProxy 2.6, and replaced the next time. Delete this line if you change the file.\n";
		assertThat(written.spoe()).isEqualTo(mark + """

				[spop]
				spoe-agent spop
				    messages check-client-ip log-request
				    option var-prefix spop
				    option set-on-error error
				    # The agent answers within 200ms
				    timeout processing 220ms
				    timeout hello 2s
				    timeout idle 2m
				    no option async
				    no option send-frag-payload
				    log global
				    option dontlog-normal
				    use-backend spop-agents

				# Reputation.check
				spoe-message check-client-ip
				    args ip=src
				    event on-client-session

				# RequestLog.log
				spoe-message log-request
				    args ip=src 'note=str(it is,fine)'
				    event on-frontend-http-request unless { path /health }
				""");
		assertThat(written.backend()).isEqualTo(mark + """

				backend spop-agents
				    mode tcp
				    option spop-check
				    timeout connect 5s
				    timeout server 3m
				    server tcp 127.0.0.1:12345 check
				    server unix unix@/run/spop/agent.sock check
				""");
		assertThat(written.frontend()).isEqualTo(mark + """
				#
				# Lines for your frontend, before its own rules. If messages read HTTP, it needs mode http

				    # The file is looked for where HAProxy was started
				    filter spoe engine spop config spoe.conf

				    # Fail open: what has no answer passes (check-client-ip)

				    # Fail open: what has no answer passes (log-request)

				    # What rules can read:
				    #   var(txn.spop.error)  set where spop has no answer, to a number that says why
				    #   var(sess.spop.ip_score)  integer, of check-client-ip
				""");
		String later = mark.replace("2.6", "3.2");
		WrittenConfiguration mux = ConfigurationWriter.write(agent, V3_2);
		assertThat(mux.spoe()).isEqualTo(
				written.spoe().replace(mark, later).replaceAll("    (timeout hello|timeout idle|no option).*\n", ""));
		assertThat(mux.backend()).isEqualTo(written.backend()
			.replace(mark, later)
			.replace("mode tcp", "mode spop")
			.replace("server 3m", "server 30s"));
		assertThat(written.files().values()).noneMatch((text) -> text.contains("TODO"));
	}

	@Test
	void whenNothingIsDeclaredThenItIsToDo() {
		AgentDescription agent = AgentDescription.of(List.of(ListenerDescription.tcp("tcp", "0.0.0.0", 12345)),
				List.of(MessageDescription.of("check")
					.argument(ArgumentDescription.named("ip").types(Set.of(SampleType.IPV6, SampleType.IPV4)))
					.argument(ArgumentDescription.named("country").required(false).sample(" "))));
		WrittenConfiguration written = ConfigurationWriter.write(agent, V3_2);
		assertThat(written.spoe()).contains("    # TODO messages check, when its section below has an event\n")
			.contains("    # TODO: the handlers have no deadline")
			.contains("    timeout processing 1s\n")
			.endsWith("""

					spoe-message check
					    # TODO args ip=<sample>: what to send, required, ipv4 or ipv6
					    # TODO args country=<sample>: what to send, optional, any type
					    # TODO event on-...: say when HAProxy is to send the message, or give it a group
					""");
		assertThat(written.backend()).contains("# TODO: the agent listens on all addresses of its machine (0.0.0.0)")
			.contains("    server tcp 127.0.0.1:12345 check\n");
		assertThat(written.frontend()).contains("# TODO filter spoe engine spop config spoe.conf");
	}

	@Test
	void whenHandlerReadsTheArgumentsByItselfThenTheyAreToDo() {
		AgentDescription agent = AgentDescription.of(List.of(ListenerDescription.tcp("tcp", "127.0.0.1", 12345)),
				List.of(MessageDescription.of("echo").event(SpoeEvent.ON_CLIENT_SESSION).argumentsComplete(false)));
		assertThat(ConfigurationWriter.write(agent, V3_2).spoe()).endsWith("""
				spoe-message echo
				    # TODO args ...: the handler reads the arguments by itself, so add those that it reads
				    event on-client-session
				""");
	}

	@Test
	void whenRequestsAreRefusedThenRulesFollowEachEventAndGroup() {
		List<MessageDescription> messages = new ArrayList<>();
		for (SpoeEvent event : SpoeEvent.values()) {
			messages.add(MessageDescription.of("e-" + event.keyword())
				.timeout(Duration.ofMillis(8))
				.event(event)
				.group((event == SpoeEvent.NONE) ? "g" : null)
				.onError(OnError.CLOSED));
		}
		WrittenConfiguration written = ConfigurationWriter.write(AgentDescription.of(List.of(TCP), messages), V3_2);
		String condition = " if { var(txn.spop.error) -m found }\n";
		assertThat(written.main()).containsSubsequence("frontend spop-example", "filter spoe engine spop",
				"    tcp-request content reject" + condition, "    http-request deny deny_status 503" + condition,
				"    http-request send-spoe-group spop g\n", "    http-request deny deny_status 503" + condition,
				"    http-response deny deny_status 503" + condition, "backend spop-example-web",
				"    tcp-request content reject" + condition, "    http-request deny deny_status 503" + condition,
				"    tcp-response content reject" + condition);
	}

	@Test
	void whenRequestsAreRefusedForSomeMessagesOnlyThenTheyHaveAnEngineOfTheirOwn() {
		MessageDescription open = MessageDescription.of("open")
			.event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST)
			.onError(OnError.OPEN);
		MessageDescription closed = open.onError(OnError.CLOSED);
		List<WrittenEngine> together = WrittenEngine.of(AgentDescription.of(List.of(TCP), List.of(open,
				MessageDescription.of("b").event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST).onError(OnError.CLOSED))));
		assertThat(together).extracting(WrittenEngine::name).containsExactly("spop");
		List<WrittenEngine> apart = WrittenEngine
			.of(AgentDescription.of(List.of(TCP), List.of(closed.condition("if { path /a }"),
					MessageDescription.of("b").event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST))));
		assertThat(apart).extracting(WrittenEngine::name).containsExactly("spop-closed", "spop");
		assertThat(apart).extracting(WrittenEngine::errorVariable).containsExactly("error_closed", "error");
		assertThat(apart).extracting(WrittenEngine::backend).containsOnly("spop-agents");
	}

	@Test
	void whenDeadlinesAndListenersDifferThenEnginesDo() {
		ListenerDescription unix = ListenerDescription.unix("unix", "a.sock");
		MessageDescription message = MessageDescription.of("a").timeout(Duration.ofMillis(50));
		List<WrittenEngine> engines = WrittenEngine.of(AgentDescription.of(List.of(TCP, unix),
				List.of(message, MessageDescription.of("b").timeout(Duration.ofSeconds(2)),
						MessageDescription.of("c").listeners(Set.of("unix")).timeout(Duration.ofMillis(50)),
						MessageDescription.of("d").listeners(Set.of("unix", "tcp")).timeout(Duration.ofMillis(50)),
						MessageDescription.of("e"))));
		assertThat(engines).extracting(WrittenEngine::name)
			.containsExactly("spop-50ms", "spop-2s", "spop-unix-50ms", "spop-no-deadline");
		assertThat(engines).extracting(WrittenEngine::backend)
			.containsExactly("spop-agents", "spop-agents", "spop-agents-unix", "spop-agents");
		assertThat(engines.get(0).messages()).extracting(MessageDescription::name).containsExactly("a", "d");
		assertThat(engines).extracting((engine) -> WrittenEngine.text(engine.processing()))
			.containsExactly("60ms", "2200ms", "60ms", "1s");
	}

	@Test
	void whenAHandlerSetsAVariableCalledErrorThenTheEngineTakesAnotherName() {
		MessageDescription message = MessageDescription.of("a").variable(VariableDescription.of("txn", "error"));
		assertThat(WrittenEngine.of(AgentDescription.of(List.of(TCP), List.of(message))))
			.extracting(WrittenEngine::errorVariable)
			.containsExactly("error_2");
	}

	@Test
	void whenArgumentsHavePlacesThenTheyKeepThem() {
		MessageDescription message = MessageDescription.of("a")
			.event(SpoeEvent.ON_CLIENT_SESSION)
			.argument(ArgumentDescription.at(3).sample("dst"))
			.argument(ArgumentDescription.named("ip", "address").sample("src"))
			.argument(ArgumentDescription.named("port"))
			.argument(ArgumentDescription.named("ip").sample("src"));
		assertThat(write(message).spoe()).contains("""
				    args ip=src port=var(txn.spop.todo) var(txn.spop.todo) dst
				    # TODO args port=<sample> instead of var(txn.spop.todo): what to send, required, any type
				    # TODO args <sample> instead of var(txn.spop.todo): the handler takes no argument at place 2\
				, but some behind it
				""");
	}

	@Test
	void whenThereAreMoreThan60ArgumentsThenTheyGoOnInTheNextLine() {
		MessageDescription message = MessageDescription.of("a").event(SpoeEvent.ON_CLIENT_SESSION);
		for (int i = 0; i < 130; i++) {
			message = message.argument(ArgumentDescription.named("a" + i).sample("src"));
		}
		assertThat(write(message).spoe().lines().filter((line) -> line.startsWith("    args "))).hasSize(3);
	}

	@Test
	void whenABodyIsReadThenHaproxyWaitsForIt() {
		MessageDescription message = MessageDescription.of("a")
			.event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST)
			.argument(ArgumentDescription.named("body").sample("req.body"));
		assertThat(write(message).frontend()).contains("    option http-buffer-request\n")
			.doesNotContain("wait-for-body");
		assertThat(write(message.group("g").condition("if { path /a }")).frontend())
			.doesNotContain("http-buffer-request")
			.containsSubsequence("    http-request wait-for-body time 1s if { path /a }\n",
					"    http-request send-spoe-group spop g if { path /a }\n");
	}

	@Test
	void whenAListenerHasTlsThenItsServerWaitsForTheFiles() {
		ListenerDescription tls = ListenerDescription.tcp("tls", "agents.example.com", 12345).tls(true);
		assertThat(ConfigurationWriter.write(AgentDescription.of(List.of(tls), List.of()), V3_2).backend())
			.contains("# TODO: name the file with the CA of the agent's certificate")
			.contains("    # server-template tls 4 agents.example.com:12345 check resolvers spop-names init-addr none"
					+ " ssl verify required ca-file <file> verifyhost agents.example.com crt <file>\n")
			.contains("\nresolvers spop-names\n");
	}

	@ParameterizedTest
	@ValueSource(strings = { "a b", "a\nb", "", "a#b", "gr\u00fc\u00df", "a'b" })
	void whenANameCannotBeInAConfigurationThenItIsRefused(String name) {
		assertThatIllegalArgumentException().isThrownBy(() -> write(MessageDescription.of(name)))
			.withMessageStartingWith("Message '" + name.replace('\n', ' ') + "': HAProxy does not take");
		MessageDescription message = MessageDescription.of("m").group(name);
		if (!name.isEmpty()) {
			assertThatIllegalArgumentException().isThrownBy(() -> write(message))
				.withMessageStartingWith("Message 'm': HAProxy does not take");
		}
	}

	@Test
	void whenATextHasALineFeedThenItIsRefused() {
		MessageDescription message = MessageDescription.of("m").event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST);
		for (String text : List.of("src\nmode http", "src\rx", "a\u0000b")) {
			for (MessageDescription bad : List.of(message.argument(ArgumentDescription.named("a").sample(text)),
					message.argument(ArgumentDescription.named(text).sample("src")),
					message.argument(ArgumentDescription.named(text)), message.condition("if { path " + text + " }"),
					MessageDescription.of("m").condition("if { path " + text + " }"),
					message.group("g").condition("if { path " + text + " }"),
					message.variable(VariableDescription.of("txn", text)))) {
				assertThatIllegalArgumentException().isThrownBy(() -> write(bad))
					.withMessageStartingWith("Message 'm': ")
					.withMessageMatching("[^\\p{Cntrl}]+");
			}
		}
		assertThatIllegalArgumentException()
			.isThrownBy(() -> ConfigurationWriter
				.write(AgentDescription.of(List.of(ListenerDescription.unix("u", "a\nb")), List.of()), V3_2))
			.withMessageStartingWith("Listener 'u': the path 'unix@a b' has a line feed");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			value = { "{ path /a } | begin with if or unless", "if | begin with", "if { path /a | has a { without }",
					"if is_admin | names the ACL 'is_admin'", "if !{ path /a } !is_admin | names the ACL 'is_admin'",
					"if { path /a#b } | a comment", "if { path 'a b } | no second '",
					"if { path a } \\ | ends with a single" })
	void whenAConditionCannotBeInAConfigurationThenItIsRefused(String condition, String reason) {
		assertThatIllegalArgumentException().isThrownBy(
				() -> write(MessageDescription.of("m").event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST).condition(condition)))
			.withMessageStartingWith("Message 'm': ")
			.withMessageContaining(reason);
	}

	@Test
	void whenThereAreTooManyArgumentsThenTheyAreRefused() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> write(MessageDescription.of("m").argument(ArgumentDescription.at(255))))
			.withMessage("Message 'm' has more than 255 arguments, and HAProxy cannot send so many. Take fewer");
		MessageDescription message = MessageDescription.of("m");
		for (int i = 0; i < 256; i++) {
			message = message.argument(ArgumentDescription.named("a" + i).sample("src"));
		}
		MessageDescription large = message;
		assertThatIllegalArgumentException().isThrownBy(() -> write(large)).withMessageContaining("255");
	}

	@Test
	void whenAMessageHasTwoHandlersThenItIsRefused() {
		MessageDescription message = MessageDescription.of("m");
		assertThatIllegalArgumentException().isThrownBy(() -> write(message, message.listeners(Set.of("tcp"))))
			.withMessageStartingWith("Message 'm' has two handlers for the same listener");
	}

	@Test
	void whenDeadlineIsNotPositiveThenItIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> write(MessageDescription.of("m").timeout(Duration.ZERO)))
			.withMessage("Message 'm': the deadline must be longer than 0");
	}

	@ParameterizedTest
	@ValueSource(strings = { "agent:x", "a b", "fe80::1%eth0", "a#b" })
	void whenAnAddressIsNoneThenItIsRefused(String host) {
		AgentDescription agent = AgentDescription.of(List.of(ListenerDescription.tcp("t", host, 1)), List.of());
		assertThatIllegalArgumentException().isThrownBy(() -> ConfigurationWriter.write(agent, V3_2))
			.withMessageStartingWith("Listener 't': ");
	}

	@Test
	void whenRequestsMayPassWithoutAnAnswerThenClientsCannotEndTheWait() {
		MessageDescription message = MessageDescription.of("check").event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST);
		assertThat(frontend(message, "3.4")).containsOnlyOnce("\n    no option abortonclose\n");
		assertThat(frontend(message.onError(OnError.OPEN), "3.3")).contains("no option abortonclose");
		assertThat(frontend(message.onError(OnError.CLOSED), "3.4")).doesNotContain("abortonclose");
		assertThat(frontend(message, "3.2")).doesNotContain("abortonclose");
		assertThat(frontend(message.event(SpoeEvent.ON_HTTP_RESPONSE), "3.4")).doesNotContain("abortonclose");
		assertThat(frontend(MessageDescription.of("never"), "3.4")).doesNotContain("abortonclose");
		assertThat(frontend(MessageDescription.of("grouped").group("all"), "3.4")).contains("no option abortonclose");
		assertThat(frontend(message.event(SpoeEvent.ON_BACKEND_HTTP_REQUEST), "3.4"))
			.containsSubsequence("# Lines for the backends of your frontend", "no option abortonclose");
	}

	private static String frontend(MessageDescription message, String version) {
		return ConfigurationWriter
			.write(AgentDescription.of(List.of(TCP), List.of(message)), HaproxyVersion.of(version))
			.frontend();
	}

	@ParameterizedTest
	@ValueSource(strings = { "2.4", "1.9", "3.1", "3.5", "4.0" })
	void whenVersionIsNotSupportedThenItIsRefused(String version) {
		AgentDescription agent = AgentDescription.of(List.of(), List.of());
		assertThatIllegalArgumentException()
			.isThrownBy(() -> ConfigurationWriter.write(agent, HaproxyVersion.of(version)))
			.withMessageStartingWith("HAProxy " + version + " is not supported");
	}

	private static WrittenConfiguration write(MessageDescription... messages) {
		return ConfigurationWriter.write(AgentDescription.of(List.of(TCP), List.of(messages)), V3_2);
	}

}
