package io.spop.haproxy.check;

import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;

import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.ArgumentDescription;
import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.ListenerDescription;
import io.spop.haproxy.MessageDescription;
import io.spop.haproxy.OnError;
import io.spop.haproxy.SampleType;
import io.spop.haproxy.SpoeEvent;
import io.spop.haproxy.VariableDescription;
import io.spop.haproxy.config.HaproxyConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class HandlerRulesTests {

	private static final ListenerDescription LISTENER = ListenerDescription.tcp("main", "0.0.0.0", 12345);

	private final Example example = Example.of("handlers");

	@Test
	void whenHandlerFitsThenNothingIsFound() {
		assertThat(check(this.example, (message) -> message)).isEmpty();
	}

	@Test
	void whenMessageHasNoHandlerThenItIsFound() {
		assertThat(check(this.example.spoe("messages check-request", "messages check-requests")
			.spoe("spoe-message check-request", "spoe-message check-requests"), (message) -> message))
			.anyMatch(
					"agent.conf:12: warning: No handler takes the message 'check-requests'. Did you mean 'check-request'?"::equals)
			.anyMatch(
					"agent.conf:2: warning: There is no 'spoe-message check-request', which Guard.check handles. Did you mean 'check-requests'?"::equals);
	}

	@Test
	void whenMessageIsInAScopeWithoutFilterThenItIsFoundThere() {
		assertThat(check(this.example.spoe("messages check-request", "messages other")
			.spoe("spoe-message check-request", "spoe-message other")
			.more("[later]\nspoe-agent later\n    use-backend agents\nspoe-message check-request\n    args ip=src\n"),
				(message) -> message))
			.anyMatch(
					"agent.conf:18: warning: No filter names the scope of 'spoe-message check-request', which Guard.check handles, so that HAProxy never sends it."::equals);
	}

	@Test
	void whenMainFileCannotBeReadThenHandlersAreNotCompared(@TempDir Path folder) {
		HaproxyConfiguration configuration = HaproxyConfiguration.reader().read(folder.resolve("nowhere.cfg"));
		assertThat(ConfigurationCheck.check(configuration, AgentDescription.of(List.of(LISTENER), List.of(handler()))))
			.extracting(Finding::rule)
			.containsExactly("file-missing");
	}

	@Test
	void whenRequiredArgumentIsNotSentThenItIsFound() {
		assertThat(check(this.example.spoe("ip=src", "pi=src"), (message) -> message)).containsExactly(
				"agent.conf:12: error: The message 'check-request' does not have the argument 'ip', which Guard.check needs. Did you mean 'pi'?");
		assertThat(check(this.example, (message) -> message.argument(ArgumentDescription.at(5)))).containsExactly(
				"agent.conf:12: error: The message 'check-request' does not have an argument at place 6, which Guard.check needs.");
		assertThat(
				check(this.example, (message) -> message.argument(ArgumentDescription.named("user").required(false))))
			.isEmpty();
	}

	@Test
	void whenTypeCannotBindThenItIsFound() {
		assertThat(check(this.example.spoe("ip=src", "ip=src_port"), (message) -> message)).containsExactly(
				"agent.conf:13: error: 'ip=src_port' is integer, and Guard.check takes ipv4 or ipv6 or string.");
	}

	@Test
	void whenDeadlineIsNotBelowTimeoutThenItIsFound() {
		assertThat(check(this.example, (message) -> message.timeout(Duration.ofMillis(100)))).containsExactly(
				"agent.conf:8: warning: HAProxy waits 100ms, and Guard.check may take 100ms for the message 'check-request'.");
		assertThat(check(this.example, (message) -> message.timeout(Duration.ofMillis(99)))).isEmpty();
	}

	@Test
	void whenDeclarationDiffersThenItIsFound() {
		assertThat(check(this.example, (message) -> message.event(SpoeEvent.ON_HTTP_RESPONSE))).containsExactly(
				"agent.conf:12: warning: The message 'check-request' is sent on on-frontend-http-request, and Guard.check declares on-http-response.");
		assertThat(check(this.example, (message) -> message.group("requests"))).containsExactly(
				"agent.conf:12: warning: The message 'check-request' is not in the group 'requests', which Guard.check declares.");
		Example open = this.example.main("    http-request deny deny_status 503 if { var(txn.guard.error) -m found }\n",
				"");
		assertThat(check(open, (message) -> message.onError(OnError.CLOSED))).contains(
				"agent.conf:12: warning: Without an answer to the message 'check-request' requests pass, and Guard.check declares that they are refused.");
	}

	@ParameterizedTest
	@ValueSource(strings = { "http-request return status 200 hdr x-err \"%[var(txn.guard.error)]\"",
			"http-request set-header x-err %[var(txn.guard.error)] if { path_beg /a }",
			"http-request set-var(txn.copy) var(txn.guard.error)", "http-request capture var(txn.guard.error) len 4",
			"log-format %[var(txn.guard.error)]" })
	void whenErrorIsOnlyShownThenNothingIsDecided(String line) {
		Example open = this.example
			.main("    http-request deny deny_status 503 if { var(txn.guard.error) -m found }\n", "")
			.frontend(line);
		List<Finding> findings = open.check(HaproxyVersion.of("3.2"),
				AgentDescription.of(List.of(LISTENER), List.of(handler().onError(OnError.CLOSED))));
		assertThat(findings).extracting(Finding::rule).containsExactly("fail-closed-missing", "fail-open-undecided");
		assertThat(findings.get(0).remedy())
			.isEqualTo("Add `http-request deny deny_status 503 if { var(txn.guard.error) -m found }`.");
	}

	@ParameterizedTest
	@ValueSource(strings = { "acl failed var(txn.guard.error) -m found",
			"use_backend %[var(txn.guard.error),map(errors.map,app)]",
			"http-request return status 503 if { var(txn.guard.error) -m found }",
			"http-request redirect location /sorry unless { var(txn.guard.error) -m int 0 }",
			"acl good var(txn.guard.verdict) -m str allow\n    http-request deny unless good",
			"acl good var(txn.guard.verdict) -m str allow\n    http-request deny if !good",
			"http-request redirect location /sorry?%[var(txn.guard.error)]",
			"tcp-request content reject if { var(txn.guard.error) -m found }",
			"http-request set-var(txn.copy) var(txn.guard.error)\n    http-request deny if { var(txn.copy) -m found }" })
	void whenErrorDecidesThenNothingIsFound(String line) {
		Example decided = this.example
			.main("    http-request deny deny_status 503 if { var(txn.guard.error) -m found }\n", "")
			.frontend(line);
		assertThat(check(decided, (message) -> message.onError(OnError.CLOSED))).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "on-client-session, tcp-request content reject", "on-frontend-tcp-request, tcp-request content reject",
			"on-tcp-response, tcp-response content reject", "on-http-response, http-response deny deny_status 503" })
	void whenRefusalIsMissingThenRemedyFitsTheEvent(String event, String rule) {
		Example open = this.example
			.main("    http-request deny deny_status 503 if { var(txn.guard.error) -m found }\n", "")
			.spoe("    option set-on-error error\n", "    option set-on-error failed\n    option var-prefix own\n")
			.spoe(" path=path", "")
			.spoe("on-frontend-http-request", event);
		assertThat(open.check(HaproxyVersion.newest(),
				AgentDescription.of(List.of(LISTENER), List.of(handler().onError(OnError.CLOSED)))))
			.filteredOn((finding) -> finding.rule().equals("fail-closed-missing"))
			.singleElement()
			.extracting(Finding::remedy)
			.isEqualTo("Add `" + rule + " if { var(txn.own.failed) -m found }`.");
	}

	@Test
	void whenVariableIsNotSetOrNotReadThenItIsFound() {
		assertThat(check(this.example.frontend("http-request set-header x %[var(txn.guard.verdikt)]"),
				(message) -> message))
			.containsExactly(
					"haproxy.cfg:16: warning: No handler sets the variable 'txn.guard.verdikt'. Did you mean 'txn.guard.verdict'?");
		assertThat(check(this.example.frontend("http-request set-header x %[var(txn.guard.verdikt)]"),
				(message) -> message.variablesComplete(false)))
			.isEmpty();
		assertThat(check(this.example,
				(message) -> message
					.variable(VariableDescription.of("sess", "score").types(Set.of(SampleType.INTEGER)))))
			.containsExactly("agent.conf:12: hint: Nothing reads the variable 'sess.guard.score' of Guard.check.");
		assertThat(check(this.example,
				(message) -> message
					.variable(VariableDescription.of("proc", "count").types(Set.of(SampleType.INTEGER)))))
			.containsExactly("agent.conf:12: warning: HAProxy drops the variable 'proc.guard.count' of Guard.check.");
		assertThat(check(this.example.agent("register-var-names count"),
				(message) -> message.variable(VariableDescription.of("proc", "count"))))
			.noneMatch((line) -> line.contains("drops"));
		assertThat(check(this.example, (message) -> message.variable(VariableDescription.of("txn", "n".repeat(60)))))
			.anyMatch((line) -> line.contains("has 70 characters"));
	}

	@Test
	void whenVariableCannotMatchThenItIsFound() {
		assertThat(check(this.example.frontend("http-request deny if { var(txn.guard.verdict) -m ip 10.0.0.0/8 }"),
				(message) -> message))
			.isEmpty();
		assertThat(check(this.example.frontend("http-request deny if { var(txn.guard.key) -m int 1 }"),
				(message) -> message.variable(VariableDescription.of("txn", "key").types(Set.of(SampleType.BINARY)))))
			.containsExactly(
					"haproxy.cfg:16: warning: The variable 'txn.guard.key' is binary, which '-m int' never matches.");
	}

	@Test
	void whenServerIsNoListenerThenItIsFound() {
		assertThat(check(this.example.main("127.0.0.1:12345", "127.0.0.1:12346"), (message) -> message))
			.containsExactly(
					"haproxy.cfg:25: warning: The server 'agent' at '127.0.0.1:12346' does not lead to a listener of the agent, which has 'main' at port 12345.");
		assertThat(check(this.example.main("127.0.0.1:12345", "unix@/run/a.sock"), (message) -> message)).hasSize(1);
		assertThat(check(this.example, ListenerDescription.tcp("main", "0.0.0.0", 0), (message) -> message)).isEmpty();
		assertThat(check(this.example.main("127.0.0.1:12345", "unix@/run/a.sock"),
				ListenerDescription.unix("unix", "/run/a.sock"), (message) -> message))
			.isEmpty();
	}

	@Test
	void whenServerAndListenerDisagreeAboutTlsThenItIsFound() {
		assertThat(check(this.example, LISTENER.tls(false), (message) -> message)).containsExactly(
				"haproxy.cfg:25: error: The listener 'main' takes TLS only, and the server 'agent' has no 'ssl'.");
		Example tls = this.example.main("12345 check", "12345 check ssl verify none");
		assertThat(check(tls, LISTENER, (message) -> message)).containsExactly(
				"haproxy.cfg:25: error: The server 'agent' has 'ssl', and the listener 'main' has no TLS.");
		assertThat(check(tls, LISTENER.tls(true), (message) -> message)).containsExactly(
				"haproxy.cfg:25: error: The listener 'main' asks for a certificate, and the server 'agent' has no 'crt'.");
		assertThat(check(tls, LISTENER.tls(false), (message) -> message)).isEmpty();
	}

	@Test
	void whenMessageGoesToAnotherListenerThenItIsFound() {
		AgentDescription agent = AgentDescription.of(
				List.of(LISTENER, ListenerDescription.tcp("other", "0.0.0.0", 12346)),
				List.of(handler().listeners(Set.of("other"))));
		assertThat(lines(this.example.check(HaproxyVersion.newest(), agent))).containsExactly(
				"agent.conf:12: error: The message 'check-request' goes to main, and Guard.check takes it from other only.");
	}

	@Test
	void whenEngineIsOfAnotherAgentThenItIsLeftAlone() {
		Example two = this.example.frontend("filter spoe engine waf config agent.conf").more("""
				[waf]
				spoe-agent waf
				    messages scan
				    option set-on-error error
				    no option send-frag-payload
				    timeout processing 1s
				    log global
				    use-backend wafs
				spoe-message scan
				    args path=path
				    event on-frontend-http-request
				""").backend("\nbackend wafs\n    mode tcp\n    server waf 127.0.0.1:9000");
		assertThat(check(two, (message) -> message)).isEmpty();
	}

	@Test
	void whenEnginesShareAPrefixThenVariablesOfBothAreKnown() {
		Example two = this.example.frontend("filter spoe engine slow config agent.conf")
			.frontend("http-request deny if { var(txn.guard.slow_error) -m found }")
			.more("""
					[slow]
					spoe-agent slow
					    messages check-session
					    option var-prefix guard
					    option set-on-error slow_error
					    no option send-frag-payload
					    timeout processing 2s
					    log global
					    use-backend agents
					spoe-message check-session
					    args ip=src
					    event on-client-session
					""");
		AgentDescription agent = AgentDescription.of(List.of(LISTENER),
				List.of(handler(), MessageDescription.of("check-session")));
		assertThat(lines(two.check(HaproxyVersion.newest(), agent))).isEmpty();
	}

	private List<String> check(Example changed, UnaryOperator<MessageDescription> handler) {
		return check(changed, LISTENER, handler);
	}

	private List<String> check(Example changed, ListenerDescription listener,
			UnaryOperator<MessageDescription> handler) {
		return lines(changed.check(HaproxyVersion.newest(),
				AgentDescription.of(List.of(listener), List.of(handler.apply(handler())))));
	}

	private static List<String> lines(List<Finding> findings) {
		return findings.stream()
			.map((finding) -> finding.location() + ": " + finding.severity().name().toLowerCase(Locale.ROOT) + ": "
					+ finding.message())
			.toList();
	}

	private static MessageDescription handler() {
		return MessageDescription.of("check-request")
			.handler("Guard.check")
			.argument(ArgumentDescription.named("ip")
				.types(EnumSet.of(SampleType.IPV4, SampleType.IPV6, SampleType.STRING)))
			.variable(VariableDescription.of("txn", "verdict").types(Set.of(SampleType.STRING)));
	}

}
