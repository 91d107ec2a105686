package io.spop.haproxy.config;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;

import io.spop.haproxy.SpoeEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class ProxyTests {

	@Test
	void whenProxyHasDefaultsThenItsOwnLinesCountMore() {
		HaproxyConfiguration configuration = read("""
				defaults base
					mode http
					timeout server 5s
					timeout connect 3
				defaults named from base
					timeout server 7s
					option spop-check
					option httplog
				backend own from named
					timeout connect 1m
					no option httplog
				defaults
					timeout server 1s
				backend last
				listen first from base
					mode tcp
				frontend wrong from nowhere
				""");
		Proxy own = Objects.requireNonNull(configuration.proxy("own"));
		assertThat(own.mode()).isEqualTo("http");
		assertThat(own.timeout("server")).isEqualTo(Duration.ofSeconds(7));
		assertThat(own.timeout("connect")).isEqualTo(Duration.ofMinutes(1));
		assertThat(own.timeout("queue")).isNull();
		assertThat(own.setting("option", "spop-check")).isNotNull();
		assertThat(own.setting("option", "httplog")).isNull();
		assertThat(own.lines("mode")).isEmpty();
		assertThat(Objects.requireNonNull(own.defaults()).name()).isEqualTo("named");
		Proxy last = Objects.requireNonNull(configuration.proxy("last"));
		assertThat(last.mode()).isEqualTo("tcp");
		assertThat(last.timeout("server")).isEqualTo(Duration.ofSeconds(1));
		assertThat(last.timeout("connect")).isNull();
		Proxy first = Objects.requireNonNull(configuration.proxy("first"));
		assertThat(first.mode()).isEqualTo("tcp");
		assertThat(first.timeout("connect")).isEqualTo(Duration.ofMillis(3));
		assertThat(first.isFrontend() && first.isBackend()).isTrue();
		assertThat(configuration.proxy("wrong")).isNull();
		assertThat(configuration.problems()).singleElement().extracting(ReadProblem::id).isEqualTo("defaults-unknown");
	}

	@Test
	void whenAnotherCheckFollowsThenItReplacesTheFirst() {
		HaproxyConfiguration configuration = read("""
				backend a
					option spop-check
					option httpchk
				backend b
					option httpchk
					option spop-check
				""");
		assertThat(Objects.requireNonNull(configuration.proxy("a")).setting("option", "spop-check")).isNull();
		Line line = Objects
			.requireNonNull(Objects.requireNonNull(configuration.proxy("b")).setting("option", "spop-check"));
		assertThat(line.location().line()).isEqualTo(6);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '~', nullValues = "-", textBlock = """
			127.0.0.1:9000      ~ 127.0.0.1 ~ 9000 ~ -
			agent.local:9000    ~ agent.local ~ 9000 ~ -
			agent               ~ agent ~ 0 ~ -
			agent:+100          ~ agent ~ 0 ~ -
			[::1]:9000          ~ ::1 ~ 9000 ~ -
			ipv6@::1:9000       ~ ::1 ~ 9000 ~ -
			tcp4@host:1         ~ host ~ 1 ~ -
			unix@/run/a.sock    ~ - ~ 0 ~ /run/a.sock
			/run/a.sock         ~ - ~ 0 ~ /run/a.sock
			abns@name           ~ - ~ 0 ~ -
			fd@3                ~ - ~ 0 ~ -
			""")
	void whenServerHasAddressThenItsPartsAreKnown(String address, String host, int port, String path) {
		Proxy proxy = Objects.requireNonNull(read("backend b\nserver s " + address + " check\n").proxy("b"));
		Server server = proxy.servers().get(0);
		assertThat(server.name()).isEqualTo("s");
		assertThat(server.address()).hasToString(address);
		assertThat(server.host()).isEqualTo(host);
		assertThat(server.port()).isEqualTo(port);
		assertThat(server.unixPath()).isEqualTo(path);
		assertThat(server.check()).isTrue();
	}

	@Test
	void whenDefaultServerIsSetThenServersAfterItHaveItsSettings() {
		Proxy proxy = Objects.requireNonNull(read("""
				defaults
					default-server inter 5s
				backend b
					server before a:1
					default-server check ssl verify none maxconn 5
					server after a:1 maxconn 9 no-check
					server-template t 1-3 name:90 ca-file check
				""").proxy("b"));
		Server before = proxy.servers().get(0);
		assertThat(before.check() || before.tls()).isFalse();
		assertThat(before.option("inter")).isEqualTo("5s");
		Server after = proxy.servers().get(1);
		assertThat(after.check()).isFalse();
		assertThat(after.tls()).isTrue();
		assertThat(after.option("maxconn")).isEqualTo("9");
		assertThat(after.option("verify")).isEqualTo("none");
		Server template = proxy.servers().get(2);
		assertThat(template.name()).isEqualTo("t");
		assertThat(template.host()).isEqualTo("name");
		assertThat(template.port()).isEqualTo(90);
		assertThat(template.option("ca-file")).isEqualTo("check");
		assertThat(template.line().location().line()).isEqualTo(7);
	}

	@Test
	void whenSpoeSectionsAreReadThenTheirSettingsAreKnown() {
		SpoeScope scope = Objects.requireNonNull(HaproxyConfiguration.reader().readText("spoe.conf", """
				spoe-agent my-agent
					messages a b
					messages c
					groups g
					option var-prefix pre
					option set-on-error err
					option set-process-time pt
					option set-total-time tt
					no option async
					option continue-on-error
					timeout processing 10ms
					timeout hello 100
					max-frame-size 8192
					use-backend agents
					register-var-names one two
				spoe-message a
					args ip=src hdr(host) =dst
					args x=str(a=b) "str(c=d)"
					acl local src 127.0.0.1
					event on-client-session
					event on-frontend-http-request unless local
				spoe-message empty
					event nonsense
				""").spoeFiles().get(0).scope(null));
		SpoeAgent agent = scope.agents().get(0);
		assertThat(agent.name()).isEqualTo("my-agent");
		assertThat(agent.messages()).extracting(Word::text).containsExactly("a", "b", "c");
		assertThat(agent.groups()).extracting(Word::text).containsExactly("g");
		assertThat(agent.variablePrefix()).isEqualTo("pre");
		assertThat(agent.setOnError()).hasToString("err");
		assertThat(agent.setProcessTime()).hasToString("pt");
		assertThat(agent.setTotalTime()).hasToString("tt");
		assertThat(agent.option("async", true)).isFalse();
		assertThat(agent.option("continue-on-error", false)).isTrue();
		assertThat(agent.option("pipelining", true)).isTrue();
		assertThat(agent.timeout("processing")).isEqualTo(Duration.ofMillis(10));
		assertThat(agent.timeout("hello")).isEqualTo(Duration.ofMillis(100));
		assertThat(agent.timeout("idle")).isNull();
		assertThat(agent.maxFrameSize()).isEqualTo(8192);
		assertThat(agent.backend()).hasToString("agents");
		assertThat(agent.registeredNames()).extracting(Word::text).containsExactly("one", "two");
		SpoeMessage message = Objects.requireNonNull(scope.message("a"));
		assertThat(message.arguments()).map(SpoeArgument::toString)
			.containsExactly("ip=src", "hdr(host)", "=dst", "x=str(a=b)", "str(c=d)");
		assertThat(message.arguments()).extracting(SpoeArgument::name).containsExactly("ip", null, "", "x", "str(c");
		assertThat(message.event()).isEqualTo(SpoeEvent.ON_FRONTEND_HTTP_REQUEST);
		assertThat(Objects.requireNonNull(message.eventLine()).location().line()).isEqualTo(21);
		assertThat(message.condition()).isEqualTo("unless local");
		assertThat(message.acls()).hasSize(1);
		SpoeMessage empty = Objects.requireNonNull(scope.message("empty"));
		assertThat(empty.event()).isNull();
		assertThat(empty.condition()).isNull();
		assertThat(scope.message("none")).isNull();
	}

	@ParameterizedTest
	@CsvSource({ "5,PT0.005S", "5us,PT0.000005S", "10ms,PT0.01S", "2s,PT2S", "3m,PT3M", "4h,PT4H", "1d,PT24H", "0,PT0S",
			"1.5s,", "-5,", "s,", "5w,", "1m30s,", "99999999999999999999," })
	void whenWordIsTimeThenItIsItsDuration(String text, Duration duration) {
		assertThat(new Word(text, new Location("a", 1, 1)).duration()).isEqualTo(duration);
	}

	private static HaproxyConfiguration read(String text) {
		return HaproxyConfiguration.reader().environment(Map.of()).readText("haproxy.cfg", text);
	}

}
