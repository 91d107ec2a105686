package io.spop.haproxy.check;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.SpoeEvent;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Mistakes in a configuration that is right otherwise, and the only finding for each.
 */
class PlantedMistakesTests {

	static final List<HaproxyVersion> VERSIONS = HaproxyVersion.SUPPORTED;

	@Test
	void whenVeryMuchIsFoundThenLastFindingSaysHowMuchMore() {
		List<Finding> findings = Example.of("many")
			.message(("args" + " src(1)".repeat(60) + "\n    ").repeat(20))
			.check(HaproxyVersion.newest());
		assertThat(findings).hasSize(1001);
		assertThat(findings.get(1000).rule()).isEqualTo("too-many-problems");
		assertThat(findings.get(1000).message()).startsWith("The configuration has 2");
	}

	@ParameterizedTest
	@FieldSource("VERSIONS")
	void whenAllIsRightThenNothingIsFound(HaproxyVersion version) {
		assertThat(Example.of("as it is").check(version)).isEmpty();
		assertThat(Example.of("group").grouped().check(version)).isEmpty();
	}

	@Test
	void whenEventIsUnknownThenRemedyListsAll() {
		assertThat(Example.of("event").spoe("on-frontend-http-request", "on-error").check(HaproxyVersion.newest()))
			.singleElement()
			.extracting(Finding::remedy, InstanceOfAssertFactories.STRING)
			.contains(Arrays.stream(SpoeEvent.values())
				.filter((event) -> event != SpoeEvent.NONE)
				.map((event) -> "`" + event.keyword() + "`")
				.toList());
	}

	@ParameterizedTest
	@ValueSource(strings = { "frontend web\n", "defaults\n" })
	void whenFrontendHasAFormatThenUniqueIdIsRight(String section) {
		Example example = Example.of("format")
			.spoe("path=path", "id=unique-id")
			.main(section, section + "    unique-id-format %{+X}o%ci:%cp\n");
		assertThat(example.check(HaproxyVersion.newest())).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "'', 0", "status 200, 0", "content-type text/plain status 302, 0", "status 403, 1" })
	void whenARuleReturnsAGoodStatusThenItRefusesNothing(String status, int findings) {
		Example example = Example.of("answer")
			.main("    http-request deny deny_status 503 if { var(txn.guard.error) -m found }\n", "")
			.main("http-request deny if", "http-request return " + status + " if");
		assertThat(example.check(HaproxyVersion.of("3.2"))).hasSize(findings)
			.allMatch((finding) -> finding.rule().equals("fail-open-undecided"));
	}

	@ParameterizedTest
	@MethodSource({ "silent", "refused" })
	void whenMistakeIsPlantedThenItIsFoundInItsPlace(Example example, String version, String place, String rule,
			String sentence) {
		assertThat(example.check(HaproxyVersion.of(version))).singleElement().satisfies((finding) -> {
			assertThat(finding.location()).hasToString(place);
			assertThat(finding.rule()).isEqualTo(rule);
			assertThat(finding.message()).isEqualTo(sentence);
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "no option abortonclose",
			"http-request deny deny_status 503 unless { var(txn.guard.verdict) -m found }",
			"http-request deny deny_status 503 if !{ var(txn.guard.verdict) -m str allow }",
			"acl failed var(txn.guard.error) -m found\n    http-request deny if failed",
			"http-request set-var(txn.copy) var(txn.guard.error)\n    http-request deny if { var(txn.copy) -m found } { var(txn.guard.verdict) -m int 0 }",
			"http-request allow if { var(txn.guard.verdict) -m str allow }\n    http-request deny" })
	void whenNoRequestPassesThenClientsMayEndTheWait(String line) {
		assertThat(open("closed", line).check(HaproxyVersion.newest())).isEmpty();
	}

	@Test
	void whenAllProxiesWaitThenClientsCannotEndTheWait() {
		Example example = open("defaults", "").main("defaults\n", "defaults\n    no option abortonclose\n");
		assertThat(example.check(HaproxyVersion.newest())).isEmpty();
		assertThat(open("version", "").check(HaproxyVersion.of("3.2"))).isEmpty();
	}

	/**
	 * Return an example that refuses requests by a variable of the agent, and shows
	 * whether there is one, but lets requests without an answer pass.
	 */
	private static Example open(String name, String line) {
		return Example.of(name)
			.main("    http-request deny deny_status 503 if { var(txn.guard.error) -m found }\n", "")
			.frontend(
					"http-after-response set-header x-verdict yes if { var(txn.guard.verdict) -m found }\n    " + line);
	}

	static Stream<Arguments> silent() {
		return Stream.of(Arguments.of(Example.of("keyword mistyped").spoe("args ip", "agrs ip"), "3.4", "agent.conf:13",
				"message-keyword",
				"HAProxy ignores 'agrs' in the message 'check-request' without a warning. Did you mean 'args'?"),
				Arguments.of(Example.of("event mistyped beside an event").message("evnet on-client-session"), "3.4",
						"agent.conf:15", "message-keyword",
						"HAProxy ignores 'evnet' in the message 'check-request' without a warning. Did you mean 'event'?"),
				Arguments.of(Example.of("log in a message").message("log global"), "3.4", "agent.conf:15",
						"message-keyword",
						"HAProxy ignores 'log' in the message 'check-request' without a warning. It belongs to 'spoe-agent' sections."),
				Arguments.of(Example.of("backend in the SPOE file").more("backend x\n"), "3.4", "agent.conf:15",
						"message-keyword",
						"HAProxy ignores 'backend' in the message 'check-request' without a warning. A SPOE file has no sections but those of SPOE: HAProxy takes this line and those after it for lines of the message."),
				Arguments.of(Example.of("unknown keyword in a message").message("colour blue"), "3.4", "agent.conf:15",
						"message-keyword",
						"HAProxy ignores 'colour' in the message 'check-request' without a warning."),
				Arguments.of(Example.of("two events").message("event on-backend-http-request"), "3.4", "agent.conf:14",
						"event-twice",
						"The message 'check-request' has 2 events, of which only the last one counts, 'on-backend-http-request'."),
				Arguments.of(
						Example.of("event of a group's message")
							.grouped()
							.spoe("    args ip=src", "    event on-frontend-http-request\n    args ip=src"),
						"3.4", "agent.conf:13", "event-in-group",
						"Only the group 'requests' lists the message 'check-request': its event has no effect."),
				Arguments.of(Example.of("unlisted group").more("spoe-group extra\n    messages check-request\n"), "3.4",
						"agent.conf:15", "group-not-listed",
						"The agent 'guard' does not list the group 'extra': no rule can send it."),
				Arguments.of(
						Example.of("group that no rule sends")
							.grouped()
							.main("    http-request send-spoe-group guard requests\n", ""),
						"3.4", "agent.conf:14", "group-never-sent", "No rule has 'send-spoe-group guard requests'."),
				Arguments.of(
						Example.of("empty group")
							.grouped()
							.agent("groups none")
							.more("spoe-group none\n")
							.frontend("http-request send-spoe-group guard none")
							.agent("option continue-on-error"),
						"3.4", "agent.conf:18", "group-empty", "The group 'none' has no messages."),
				Arguments.of(
						Example.of("HTTP event in TCP mode").main("    mode http\n    bind", "    mode tcp\n    bind"),
						"3.4", "agent.conf:14", "http-event-in-tcp-mode",
						"on-frontend-http-request is an event of HTTP, and 'web', which has the filter, is in 'mode tcp'."),
				Arguments.of(Example.of("body without wait").spoe("path=path", "body=req.body"), "3.4", "agent.conf:13",
						"body-without-wait",
						"'req.body' has what has arrived when on-frontend-http-request comes, perhaps nothing: 'web' has no 'option http-buffer-request'."),
				Arguments.of(
						Example.of("body, and the wait comes too late")
							.spoe("path=path", "body=req.body")
							.frontend("http-request wait-for-body time 1s"),
						"3.4", "agent.conf:13", "body-without-wait",
						"'req.body' has what has arrived when on-frontend-http-request comes, perhaps nothing: 'web' has no 'option http-buffer-request'. 'http-request wait-for-body' comes after the event."),
				Arguments.of(Example.of("body of a group without wait").grouped().spoe("path=path", "body=req.body"),
						"3.4", "agent.conf:13", "body-without-wait",
						"'req.body' has what has arrived when the rule at haproxy.cfg:14 runs, perhaps nothing: no 'http-request wait-for-body' comes before it."),
				Arguments.of(
						Example.of("body of the response")
							.spoe("path=path", "body=res.body")
							.spoe("on-frontend-http-request", "on-http-response"),
						"3.4", "agent.conf:13", "body-without-wait",
						"'res.body' has what has arrived when on-http-response comes, perhaps nothing: HAProxy can wait for the body in http-response rules only, which come later."),
				Arguments.of(Example.of("check without check").main(" check\n", "\n"), "3.4", "haproxy.cfg:24",
						"spop-check-without-check",
						"'option spop-check' has no effect: no server of 'agents' has 'check'."),
				Arguments.of(Example.of("no server").main("    server agent 127.0.0.1:12345 check\n", ""), "3.4",
						"haproxy.cfg:22", "backend-without-server",
						"The backend 'agents' of the agent 'guard' has no server."),
				Arguments.of(
						Example.of("300 arguments")
							.message("args" + " src".repeat(60) + ("\n    args" + " src".repeat(60)).repeat(4)),
						"3.4", "agent.conf:12", "too-many-arguments",
						"The message 'check-request' has 302 arguments, and a frame can count 255."),
				Arguments.of(Example.of("unique-id without format").spoe("path=path", "id=unique-id,lower"), "3.4",
						"agent.conf:13", "unique-id-without-format",
						"'id=unique-id,lower' is always NULL: 'web' has no 'unique-id-format'."),
				Arguments.of(Example.of("unique-id of a group without format").grouped().spoe("path=path", "unique-id"),
						"2.6", "agent.conf:13", "unique-id-without-format",
						"'unique-id' is always NULL: 'web' has no 'unique-id-format'."),
				Arguments.of(
						Example.of("unique-id in a backend")
							.spoe("path=path", "id=unique-id")
							.spoe("on-frontend-http-request", "on-backend-tcp-request")
							.main("    filter spoe engine guard config agent.conf\n", "")
							.main("\nbackend app\n", "\nbackend app\n    filter spoe engine guard config agent.conf\n"),
						"3.4", "agent.conf:13", "unique-id-without-format",
						"'id=unique-id' is always NULL: no frontend has a 'unique-id-format'."),
				Arguments.of(Example.of("name of an argument left out").spoe("ip=src", "=src"), "3.4", "agent.conf:13",
						"argument-name", "The argument '=src' has an empty name."),
				Arguments.of(Example.of("blank in a name").spoe("ip=src", "\"ip address=src\""), "3.4", "agent.conf:13",
						"argument-name", "The name 'ip address' has a blank in it."),
				Arguments.of(Example.of("processing timeout is 0").spoe("processing 100ms", "processing 0"), "3.4",
						"agent.conf:8", "processing-timeout-missing",
						"'timeout processing' is 0, which means no limit."),
				Arguments.of(Example.of("no processing timeout").spoe("    timeout processing 100ms\n", ""), "3.4",
						"agent.conf:2", "processing-timeout-missing", "The agent 'guard' has no 'timeout processing'."),
				Arguments.of(Example.of("server without port").main("127.0.0.1:12345", "localhost"), "3.4",
						"haproxy.cfg:25", "server-without-port", "The server 'agent' has no port."),
				Arguments.of(Example.of("check by HTTP").main("    option spop-check\n", "    option httpchk\n"), "3.4",
						"haproxy.cfg:22", "http-check-of-agent",
						"HAProxy checks the servers of 'agents' by HTTP, by 'option httpchk' at haproxy.cfg:24."),
				Arguments.of(
						Example.of("check by HTTP from defaults")
							.main("    option spop-check\n", "")
							.main("defaults\n", "defaults\n    option httpchk\n"),
						"3.4", "haproxy.cfg:23", "http-check-of-agent",
						"HAProxy checks the servers of 'agents' by HTTP, by 'option httpchk' at haproxy.cfg:5."),
				Arguments.of(Example.of("server used once").main(" check\n", " check max-reuse 0\n"), "3.4",
						"haproxy.cfg:25", "connection-for-each-message",
						"With 'max-reuse 0' HAProxy opens a connection to the server 'agent' for each message."),
				Arguments.of(Example.of("no reuse of connections").backend("http-reuse never"), "3.4", "haproxy.cfg:26",
						"reuse-without-effect",
						"'http-reuse never' has no effect in 'agents', the backend of an agent."),
				Arguments.of(Example.of("no pool").main(" check\n", " check pool-max-conn 0\n"), "3.4",
						"haproxy.cfg:25", "connection-for-each-message",
						"With 'pool-max-conn 0' HAProxy opens a connection to the server 'agent' for each message."),
				Arguments.of(Example.of("no pipelining").agent("no option pipelining"), "3.4", "agent.conf:11",
						"pipelining-off",
						"Without pipelining, as many requests at a time need as many connections to the agent."),
				Arguments.of(Example.of("message without event").spoe("    event on-frontend-http-request\n", ""),
						"3.4", "agent.conf:12", "spoe-message-without-event",
						"The agent lists the message 'check-request', which has no event: HAProxy never sends it on one."),
				Arguments.of(
						Example.of("message that nobody lists")
							.more("spoe-message forgotten\n    args src\n    event on-client-session\n"),
						"3.4", "agent.conf:15", "message-unused",
						"Neither the agent 'guard' nor a group lists the message 'forgotten'."),
				Arguments.of(
						Example.of("event of frontends in a backend")
							.main("    filter spoe engine guard config agent.conf\n", "")
							.main("\nbackend app\n", "\nbackend app\n    filter spoe engine guard config agent.conf\n"),
						"3.4", "agent.conf:14", "frontend-event-in-backend",
						"on-frontend-http-request is an event of frontends, and the filter is in the backend 'app'."),
				Arguments.of(Example.of("server timeout too short").backend("timeout server 100ms"), "3.4",
						"haproxy.cfg:26", "server-timeout-too-short",
						"'timeout server' of 'agents' is 100ms, and 'timeout processing' of the agent 'guard' is 100ms: HAProxy ends the connection, and other requests on it fail, too."),
				Arguments.of(Example.of("server timeout below idle").backend("timeout server 10s"), "3.0",
						"haproxy.cfg:26", "server-timeout-below-idle",
						"'timeout server' of 'agents' is 10s, and 'timeout idle' of the agent 'guard' is 20s."),
				Arguments.of(Example.of("no handshake timeout").spoe("    timeout hello 2s\n", ""), "2.6",
						"agent.conf:2", "handshake-timeouts-missing",
						"The agent 'guard' has no 'timeout hello', or 0."),
				Arguments.of(Example.of("fragments").spoe("    no option send-frag-payload\n", ""), "3.0",
						"agent.conf:2", "fragments-enabled",
						"The agent 'guard' has no 'no option send-frag-payload': a message that is too big makes HAProxy reconnect in a loop."),
				Arguments.of(Example.of("setting without effect").agent("max-waiting-frames 10"), "3.4",
						"agent.conf:11", "setting-without-effect",
						"HAProxy ignores 'max-waiting-frames 10' since 3.1."),
				Arguments.of(Example.of("agent without messages")
					.spoe("    messages check-request\n", "")
					.spoe("\nspoe-message check-request\n    args ip=src path=path\n    event on-frontend-http-request\n",
							""),
						"3.4", "agent.conf:2", "agent-without-messages",
						"The agent 'guard' lists neither messages nor groups."),
				Arguments.of(
						Example.of("variable that nobody sets")
							.frontend("http-request deny if { var(txn.gaurd.verdict) -m str drop }"),
						"3.4", "haproxy.cfg:16", "variable-never-set",
						"Nothing sets the variable 'txn.gaurd.verdict'. Did you mean 'txn.guard.verdict'?"),
				Arguments.of(
						Example.of("variable of another scope")
							.frontend("http-request set-header x %[var(sess.guard.error)]"),
						"3.4", "haproxy.cfg:16", "variable-scope",
						"HAProxy sets 'txn.guard.error' for the agent 'guard', and never 'sess.guard.error'."),
				Arguments.of(Example.of("unset variable as an argument").spoe("path=path", "user=var(txn.user)"), "3.4",
						"agent.conf:13", "variable-never-set", "Nothing sets the variable 'txn.user'."),
				Arguments.of(Example.of("time that nobody reads").agent("option set-process-time elapsed"), "3.4",
						"agent.conf:11", "variable-unread", "Nothing reads the variable 'txn.guard.elapsed'."),
				Arguments.of(Example.of("long name")
					.agent("option set-total-time total_time_of_all_events_and_groups_of_the_transaction")
					.frontend(
							"http-request set-header x %[var(txn.guard.total_time_of_all_events_and_groups_of_the_transaction)]"),
						"3.4", "agent.conf:11", "variable-name-long",
						"The variable 'txn.guard.total_time_of_all_events_and_groups_of_the_transaction' has 64 characters."),
				Arguments.of(Example.of("no set-on-error")
					.spoe("    option set-on-error error\n", "")
					.main("    http-request deny deny_status 503 if { var(txn.guard.error) -m found }\n    http-request deny if { var(txn.guard.verdict) -m str deny }\n",
							""),
						"3.4", "agent.conf:2", "set-on-error-missing",
						"The agent 'guard' has no 'option set-on-error': no rule can tell that it did not answer."),
				Arguments.of(Example.of("error that nobody learns of")
					.spoe("    log global\n", "")
					.main("    http-request deny deny_status 503 if { var(txn.guard.error) -m found }\n    http-request deny if { var(txn.guard.verdict) -m str deny }\n",
							""),
						"3.4", "agent.conf:4", "set-on-error-unread",
						"Nothing reads the variable 'txn.guard.error', and the agent has no 'log': nobody learns of its errors."),
				Arguments.of(
						Example.of("nothing said about errors")
							.main("    http-request deny deny_status 503 if { var(txn.guard.error) -m found }\n", ""),
						"3.2", "haproxy.cfg:14", "fail-open-undecided",
						"Without an answer of the agent 'guard' the rule does not match, and the request passes. No rule covers requests without an answer."),
				Arguments.of(open("client ends the wait", ""), "3.3", "haproxy.cfg:13", "abort-on-close",
						"A client that closes its side of the connection ends the wait for the agent 'guard', and the rule at haproxy.cfg:14 lets its request pass: 'web' has no 'no option abortonclose'."),
				Arguments.of(
						open("client ends the wait, of TCP", "tcp-request content reject if bad").main(
								"    http-request deny if { var(txn.guard.verdict) -m str deny }\n",
								"    acl bad var(txn.guard.verdict) -m str deny\n"),
						"3.4", "haproxy.cfg:13", "abort-on-close",
						"A client that closes its side of the connection ends the wait for the agent 'guard', and the rule at haproxy.cfg:16 lets its request pass: 'web' has no 'no option abortonclose'."),
				Arguments.of(
						open("client may end the wait again", "option abortonclose").main("defaults\n",
								"defaults\n    no option abortonclose\n"),
						"3.4", "haproxy.cfg:14", "abort-on-close",
						"A client that closes its side of the connection ends the wait for the agent 'guard', and the rule at haproxy.cfg:15 lets its request pass: 'web' has no 'no option abortonclose'."),
				Arguments.of(
						Example.of("stops at the first error")
							.agent("messages check-session")
							.more("spoe-message check-session\n    args ip=src\n    event on-client-session\n"),
						"3.4", "agent.conf:2", "continue-on-error-missing",
						"The agent 'guard' has messages on 2 occasions: after an error on one of them HAProxy skips the others."),
				Arguments.of(Example.of("two engines for one event")
					.frontend("filter spoe engine second config agent.conf")
					.more("[second]\nspoe-agent second\n    messages log-request\n    option set-on-error error\n    no option send-frag-payload\n    timeout processing 100ms\n    log global\n    use-backend agents\nspoe-message log-request\n    args path=path\n    event on-frontend-http-request\n"),
						"3.4", "haproxy.cfg:16", "engines-for-one-event",
						"The engines 'guard' and 'second' send messages on on-frontend-http-request to the same backend with the same timeout: a request waits for one after the other."),
				Arguments.of(
						Example.of("backend event before its fix")
							.spoe("on-frontend-http-request", "on-backend-http-request"),
						"3.2", "agent.conf:14", "backend-http-event-waits",
						"Releases before February 2026 hold requests with on-backend-http-request for the whole 'timeout queue'."),
				Arguments.of(Example.of("scope that no filter names").more("[old]\nspoe-agent old\n    nonsense\n"),
						"3.4", "agent.conf:15", "scope-unused",
						"No filter names the scope [old], and HAProxy skips it."),
				Arguments.of(Example.of("time with a rest").spoe("processing 100ms", "processing 1s500ms"), "3.4",
						"agent.conf:8", "time-with-rest", "HAProxy reads '1s500ms' as '1s'."),
				Arguments.of(Example.of("clients to the agent, before 3.1")
					.backend("\nfrontend tcp\n    mode tcp\n    bind 127.0.0.1:8082\n    default_backend agents"),
						"2.8", "haproxy.cfg:30", "clients-to-agent-tcp",
						"'tcp' sends its clients to 'agents', the backend of an agent."),
				Arguments.of(
						Example.of("HTTP sample in TCP mode")
							.spoe("on-frontend-http-request", "on-frontend-tcp-request")
							.main("    mode http\n    bind", "    mode tcp\n    bind"),
						"3.4", "agent.conf:13", "http-sample-without-http",
						"'path' is of HTTP, and at on-frontend-tcp-request in 'web', which is in 'mode tcp', there is none."),
				Arguments.of(Example.of("environment variable not set").agent("use-backend \"${NEVER_SET}\""), "3.4",
						"agent.conf:11", "variable-not-set",
						"The environment variable NEVER_SET is not set here, so it was read as nothing."),
				Arguments.of(
						Example.of("continuation of a line").spoe("ip=src path=path", "ip=src \\\n    args path=path"),
						"3.4", "agent.conf:13", "sample-invalid",
						"HAProxy has no continuation of lines: it takes the backslash for an argument."));
	}

	static Stream<Arguments> refused() {
		return Stream.of(
				Arguments.of(Example.of("unknown keyword").agent("messagse check-request"), "3.4", "agent.conf:11",
						"agent-keyword", "'spoe-agent' sections have no 'messagse'. Did you mean 'messages'?"),
				Arguments.of(Example.of("keyword of a message").agent("event on-client-session"), "3.4",
						"agent.conf:11", "agent-keyword",
						"'spoe-agent' sections have no 'event'. It belongs to 'spoe-message' sections."),
				Arguments.of(Example.of("unknown option").agent("option continue-on-eror"), "3.4", "agent.conf:11",
						"agent-option",
						"'spoe-agent' sections have no 'option continue-on-eror'. Did you mean 'continue-on-error'?"),
				Arguments.of(Example.of("option switched off").agent("no option var-prefix"), "3.4", "agent.conf:11",
						"no-not-supported", "HAProxy cannot switch off 'option var-prefix'."),
				Arguments.of(Example.of("keyword switched off").agent("no messages check-request"), "3.4",
						"agent.conf:11", "no-not-supported", "HAProxy has no 'no messages'."),
				Arguments.of(Example.of("option without value").agent("option var-prefix"), "3.4", "agent.conf:11",
						"value-missing", "'option var-prefix' has no value."),
				Arguments.of(Example.of("too many words").agent("option set-on-error error 0"), "3.4", "agent.conf:11",
						"too-many-words", "HAProxy takes nothing after 'option set-on-error error', but there is '0'."),
				Arguments.of(
						Example.of("hyphen in a prefix")
							.agent("option var-prefix the-guard")
							.main("    http-request deny if { var(txn.guard.verdict) -m str deny }\n    default",
									"    default")
							.main("    http-request deny deny_status 503 if { var(txn.guard.error) -m found }\n", ""),
						"3.4", "agent.conf:11", "variable-name-invalid",
						"HAProxy does not take 'the-guard' for 'option var-prefix'."),
				Arguments.of(
						Example.of("hyphen in the name of the agent")
							.spoe("spoe-agent guard", "spoe-agent the-guard")
							.main("    http-request deny if { var(txn.guard.verdict) -m str deny }\n    default",
									"    default")
							.main("    http-request deny deny_status 503 if { var(txn.guard.error) -m found }\n", ""),
						"3.4", "agent.conf:2", "agent-name-as-prefix",
						"The name 'the-guard' of the agent cannot be the prefix of variables."),
				Arguments.of(Example.of("unknown timeout").agent("timeout ack 1s"), "3.4", "agent.conf:11",
						"value-invalid", "'spoe-agent' sections have no 'timeout ack'."),
				Arguments.of(Example.of("unit of a time").spoe("processing 100ms", "processing 100msec"), "3.4",
						"agent.conf:8", "time-with-rest", "HAProxy reads '100msec' as '100ms'."),
				Arguments.of(Example.of("no time").spoe("processing 100ms", "processing soon"), "3.4", "agent.conf:8",
						"value-invalid",
						"'soon' is not a time: write digits and one of us, ms, s, m, h and d, up to 24 days."),
				Arguments.of(Example.of("frame too small").agent("max-frame-size 200"), "3.4", "agent.conf:11",
						"value-invalid",
						"'max-frame-size' is between 256 and 16380, which is tune.bufsize without 4 bytes."),
				Arguments.of(Example.of("frame larger than the buffer").agent("max-frame-size 65532"), "3.4",
						"agent.conf:11", "value-invalid",
						"'max-frame-size' is between 256 and 16380, which is tune.bufsize without 4 bytes."),
				Arguments.of(Example.of("no backend").spoe("    use-backend agents\n", ""), "3.4", "agent.conf:2",
						"backend-missing", "The agent 'guard' has no 'use-backend'."),
				Arguments.of(Example.of("backend mistyped").spoe("use-backend agents", "use-backend agent"), "3.4",
						"agent.conf:10", "backend-unknown", "There is no backend 'agent'. Did you mean 'agents'?"),
				Arguments.of(Example.of("backend in HTTP mode").main("    mode tcp\n", "    mode http\n"), "3.4",
						"haproxy.cfg:22", "backend-mode",
						"The backend 'agents' of the agent 'guard' is in 'mode http'."),
				Arguments.of(
						Example.of("backend inherits its mode")
							.main("    mode tcp\n", "")
							.main("defaults\n", "defaults\n    mode http\n"),
						"3.4", "haproxy.cfg:23", "backend-mode",
						"The backend 'agents' of the agent 'guard' is in 'mode http', from 'defaults' at haproxy.cfg:5."),
				Arguments.of(Example.of("mode spop before 3.1").main("    mode tcp\n", "    mode spop\n"), "3.0",
						"haproxy.cfg:23", "mode-spop-unknown", "HAProxy has no 'mode spop' before 3.1."),
				Arguments.of(Example.of("clients to the agent").frontend("use_backend agents if { path_beg /agent }"),
						"3.4", "haproxy.cfg:16", "clients-to-agent",
						"'web' sends its clients to 'agents', the backend of an agent."),
				Arguments.of(Example.of("message listed twice").agent("messages check-request"), "3.4", "agent.conf:11",
						"listed-twice", "'check-request' is listed twice."),
				Arguments.of(
						Example.of("message defined twice")
							.more("spoe-message check-request\n    args src\n    event on-frontend-http-request\n"),
						"3.4", "agent.conf:15", "section-twice",
						"The scope has another 'spoe-message check-request' at agent.conf:12."),
				Arguments.of(Example.of("second agent").more("spoe-agent other\n    use-backend agents\n"), "3.4",
						"agent.conf:15", "agent-twice", "The scope has a second agent, 'other'."),
				Arguments.of(Example.of("unknown group").agent("groups requests"), "3.4", "agent.conf:11",
						"group-undefined", "The scope has no 'spoe-group requests'."),
				Arguments.of(
						Example.of("group sent that is not there")
							.frontend("http-request send-spoe-group guard requests"),
						"3.4", "haproxy.cfg:16", "send-unknown-group",
						"The agent 'guard' of the engine 'guard' lists no group 'requests'."),
				Arguments.of(
						Example.of("group of an engine that is not there")
							.grouped()
							.frontend("http-request send-spoe-group gaurd requests"),
						"3.4", "haproxy.cfg:17", "engine-unknown",
						"'web' has no filter of the engine 'gaurd'. Did you mean 'guard'?"),
				Arguments.of(
						Example.of("group in the wrong rules")
							.grouped()
							.frontend("http-after-response send-spoe-group guard requests"),
						"3.4", "haproxy.cfg:17", "send-place", "'http-after-response' has no 'send-spoe-group'."),
				Arguments.of(
						Example.of("group without engine").grouped().frontend("http-request send-spoe-group requests"),
						"3.4", "haproxy.cfg:17", "send-syntax",
						"'send-spoe-group' needs the name of an engine and that of a group, and nothing else before 'if' or 'unless'."),
				Arguments.of(Example.of("group of a frontend in a backend")
					.grouped()
					.main("\nbackend app\n", "\nbackend app\n    http-request send-spoe-group guard requests\n"), "3.4",
						"haproxy.cfg:20", "engine-unknown", "'app' has no filter of the engine 'guard'."),
				Arguments.of(Example.of("keyword in a group").grouped().more("    message check-request\n"), "3.4",
						"agent.conf:16", "group-keyword",
						"'spoe-group' sections have no 'message'. Did you mean 'messages'?"),
				Arguments.of(Example.of("unknown event").spoe("on-frontend-http-request", "on-frontend-request"), "3.4",
						"agent.conf:14", "event-unknown",
						"HAProxy has no event 'on-frontend-request'. Did you mean 'on-frontend-tcp-request' or 'on-frontend-http-request'?"),
				Arguments.of(
						Example.of("event of the response with the frontend")
							.spoe("on-frontend-http-request", "on-frontend-http-response"),
						"3.4", "agent.conf:14", "event-unknown",
						"HAProxy has no event 'on-frontend-http-response'. Did you mean 'on-http-response'?"),
				Arguments.of(Example.of("event that is like no other").spoe("on-frontend-http-request", "on-error"),
						"3.4", "agent.conf:14", "event-unknown", "HAProxy has no event 'on-error'."),
				Arguments.of(Example.of("event mistyped").spoe("on-frontend-http-request", "on-fronted-http-request"),
						"3.4", "agent.conf:14", "event-unknown",
						"HAProxy has no event 'on-fronted-http-request'. Did you mean 'on-frontend-http-request'?"),
				Arguments.of(
						Example.of("condition without if")
							.spoe("event on-frontend-http-request", "event on-frontend-http-request { path_beg /a }"),
						"3.4", "agent.conf:14", "event-condition", "After the event comes 'if' or 'unless', not '{'."),
				Arguments.of(
						Example.of("brace without blank")
							.spoe("event on-frontend-http-request", "event on-frontend-http-request if {path_beg /a}"),
						"3.4", "agent.conf:14", "event-condition",
						"The message has no ACL '{path_beg' before this line. HAProxy needs a blank after the brace."),
				Arguments.of(
						Example.of("brace not closed")
							.spoe("event on-frontend-http-request", "event on-frontend-http-request if { path_beg /a"),
						"3.4", "agent.conf:14", "event-condition",
						"The condition has no closing brace, with a blank before it."),
				Arguments.of(
						Example.of("unknown ACL")
							.spoe("event on-frontend-http-request",
									"acl admin path_beg /a\n    event on-frontend-http-request if admim"),
						"3.4", "agent.conf:15", "event-condition",
						"The message has no ACL 'admim' before this line. Did you mean 'admin'?"),
				Arguments.of(
						Example.of("ACL after its use")
							.spoe("event on-frontend-http-request",
									"event on-frontend-http-request if admin\n    acl admin path_beg /a"),
						"3.4", "agent.conf:14", "event-condition", "The message has no ACL 'admin' before this line."),
				Arguments.of(Example.of("fetch mistyped").spoe("ip=src", "ip=scr"), "3.4", "agent.conf:13",
						"sample-unknown", "HAProxy has no fetch or converter 'scr'. Did you mean 'src'?"),
				Arguments.of(Example.of("converter mistyped").spoe("path=path", "path=path,lowre"), "3.4",
						"agent.conf:13", "sample-unknown",
						"HAProxy has no fetch or converter 'lowre'. Did you mean 'lower'?"),
				Arguments.of(Example.of("parenthesis not closed").spoe("path=path", "host=req.hdr(host"), "3.4",
						"agent.conf:13", "sample-invalid", "'req.hdr(host': A parenthesis or a quote is not closed."),
				Arguments.of(Example.of("response at the request").spoe("path=path", "status=status"), "3.4",
						"agent.conf:13", "sample-not-available",
						"HAProxy does not have 'status' at on-frontend-http-request."),
				Arguments.of(
						Example.of("request before it is there").spoe("on-frontend-http-request", "on-client-session"),
						"3.4", "agent.conf:13", "sample-not-available",
						"HAProxy does not have 'path' at on-client-session."),
				Arguments.of(Example.of("name of a variable without scope").spoe("path=path", "user=var(user)"), "3.4",
						"agent.conf:13", "sample-invalid",
						"'user' is not the name of a variable: a name begins with a scope, such as 'txn.', and has the characters A-Z a-z 0-9 _ and ."),
				Arguments.of(Example.of("engine mistyped").main("engine guard config", "engine gaurd config"), "3.4",
						"haproxy.cfg:13", "engine-without-agent",
						"The file 'agent.conf' has no 'spoe-agent' in a scope [gaurd]. Did you mean 'guard'?"),
				Arguments.of(Example.of("filter mistyped").frontend("filter spo engine x config agent.conf"), "3.4",
						"haproxy.cfg:16", "filter-unknown", "HAProxy has no filter 'spo'. Did you mean 'spoe'?"),
				Arguments.of(Example.of("filter line mistyped").frontend("filters spoe engine x config agent.conf"),
						"3.4", "haproxy.cfg:16", "filter-unknown", "HAProxy has no 'filters'. Did you mean 'filter'?"),
				Arguments.of(
						Example.of("ACL of a group that is not there")
							.grouped()
							.main("guard requests", "guard requests if isbad"),
						"3.4", "haproxy.cfg:14", "send-condition", "'web' has no ACL 'isbad' before this line."),
				Arguments.of(Example.of("no port to check").main(":12345 check", " check"), "3.4", "haproxy.cfg:25",
						"check-without-port", "The server 'agent' has 'check', but no port."),
				Arguments.of(Example.of("TLS without CA").main(":12345 check", ":12345 check ssl"), "3.4",
						"haproxy.cfg:25", "tls-not-verifiable",
						"The server 'agent' has 'ssl', but neither 'ca-file' nor 'verify none'."),
				Arguments.of(Example.of("backend twice").backend("\nbackend app\n    mode http"), "3.4",
						"haproxy.cfg:27", "proxy-twice", "There is a 'backend app' at haproxy.cfg:18 already."),
				Arguments.of(Example.of("PROXY protocol").main(":12345 check", ":12345 check send-proxy"), "3.4",
						"haproxy.cfg:25", "send-proxy-to-agent",
						"The server 'agent' has 'send-proxy', which agents do not expect."),
				Arguments.of(Example.of("argument of a fetch without").spoe("ip=src", "ip=src(1)"), "3.4",
						"agent.conf:13", "sample-invalid", "The fetch 'src' takes no arguments."),
				Arguments.of(Example.of("engine twice").frontend("filter spoe engine guard config agent.conf"), "3.4",
						"haproxy.cfg:16", "engine-twice", "'web' has two filters of the engine 'guard'."),
				Arguments.of(
						Example.of("filter in defaults")
							.main("defaults\n", "defaults\n    filter spoe engine guard config agent.conf\n"),
						"3.4", "haproxy.cfg:5", "filter-in-defaults", "A 'defaults' section cannot have a filter."),
				Arguments.of(Example.of("compression").frontend("compression algo gzip"), "3.4", "haproxy.cfg:16",
						"compression-without-filter",
						"'web' has filters and 'compression', but no 'filter compression'."),
				Arguments.of(Example.of("cache").frontend("http-request cache-use pages"), "3.4", "haproxy.cfg:16",
						"cache-without-filter",
						"'web' has filters and uses the cache 'pages', but has no 'filter cache'."),
				Arguments.of(
						Example.of("last line cut")
							.spoe("    event on-frontend-http-request\n", "    event on-frontend-http-request"),
						"3.4", "agent.conf:14", "missing-line-feed",
						"The last line has no line feed, which HAProxy refuses."),
				Arguments.of(Example.of("quote not closed").spoe("path=path", "path='path"), "3.4", "agent.conf:13",
						"syntax", "A quote is not closed."),
				Arguments.of(Example.of("65 words").message("args" + " src".repeat(64)), "3.4", "agent.conf:15",
						"too-many-words", "HAProxy takes no more than 64 words on a line."),
				Arguments.of(
						Example.of("healthcheck section before 3.4").backend("\nhealthcheck h\n    type spop-check"),
						"3.2", "haproxy.cfg:27", "healthcheck-unknown",
						"HAProxy has no 'healthcheck' sections before 3.4, and takes this for a line of 'backend'."),
				Arguments.of(
						Example.of("frontend in mode spop")
							.backend("\nfrontend x\n    mode spop\n    bind 127.0.0.1:8082"),
						"3.4", "haproxy.cfg:28", "spop-mode-in-frontend", "A frontend cannot be in 'mode spop'."),
				Arguments.of(Example.of("log without facility").agent("log 127.0.0.1"), "3.4", "agent.conf:11",
						"value-missing", "'log' needs 'global', or an address and a facility."),
				Arguments.of(Example.of("variable that cannot be registered").agent("register-var-names a-b"), "3.4",
						"agent.conf:11", "variable-name-invalid", "HAProxy cannot register a variable 'a-b'."),
				Arguments.of(
						Example.of("message in two groups")
							.grouped()
							.agent("groups others")
							.agent("option continue-on-error")
							.more("spoe-group others\n    messages check-request\n")
							.frontend("http-request send-spoe-group guard others"),
						"3.4", "agent.conf:19", "message-in-two-groups",
						"The message 'check-request' is in the groups 'requests' and 'others' of the agent."));
	}

}
