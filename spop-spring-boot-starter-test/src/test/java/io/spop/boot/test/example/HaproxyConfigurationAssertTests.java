package io.spop.boot.test.example;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import io.spop.boot.test.autoconfigure.HaproxyConfigurationAssert;
import io.spop.boot.test.autoconfigure.SpopTest;
import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.ListenerDescription;
import io.spop.haproxy.MessageDescription;
import io.spop.haproxy.config.HaproxyConfiguration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

@SpopTest(handlers = Components.Echo.class, properties = { "spop.listeners.other.path=/run/spop.sock",
		"spop.listeners.main.port=12345", "spop.haproxy.check=missing.cfg" })
class HaproxyConfigurationAssertTests {

	private static final String CONFIGURATION = """
			frontend web
			    mode http
			    bind 127.0.0.1:8080
			    timeout client 5s
			    filter spoe engine test config spoe.conf
			    tcp-request content reject if { var(txn.test.error) -m found }
			    default_backend agents-of-others
			backend agents-of-others
			    mode http
			    timeout connect 1s
			    timeout server 1s
			backend agents
			    mode tcp
			    option spop-check
			    timeout connect 1s
			    timeout server 3m
			    server tcp 127.0.0.1:12345 check
			    server unix unix@/run/spop.sock check
			""";

	private static final String SPOE = """
			[test]
			spoe-agent test
			    messages %1$s
			    option var-prefix test
			    option set-on-error error
			    option continue-on-error
			    no option async
			    no option send-frag-payload
			    timeout hello 2s
			    timeout idle 2m
			    timeout processing 5ms
			    log global
			    use-backend agents
			spoe-message %1$s
			    args ip=src
			    event on-frontend-http-request
			""";

	@Autowired
	private AgentDescription agent;

	@Test
	void whenConfigurationFitsThenPasses() {
		HaproxyConfigurationAssert.assertThat(configuration("echo")).isValid().fits(this.agent);
	}

	@Test
	void whenConfigurationDoesNotFitThenListsFindingsWithFileAndLine() {
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> HaproxyConfigurationAssert.assertThat(configuration("ehco")).fits(this.agent))
			.withMessageContaining("Expected HAProxy's configuration to fit the handlers of the agent, but")
			.withMessageContaining("\n  spoe.conf:14: ")
			.withMessageContaining("'ehco'")
			.withMessageContaining("[message-without-handler]")
			.withMessageContaining("[handler-without-message]");
	}

	@Test
	void whenRulesAreIgnoredThenTheirFindingsAreLeftOut() {
		HaproxyConfigurationAssert.assertThat(configuration("ehco"))
			.ignoring("message-without-handler", "handler-without-message")
			.fits(this.agent);
		assertThatIllegalArgumentException()
			.isThrownBy(() -> HaproxyConfigurationAssert.assertThat(configuration("echo")).ignoring("echo"))
			.withMessageContaining("There is no rule 'echo'");
	}

	@Test
	void whenConfigurationIsInvalidThenSaysSo() {
		HaproxyConfiguration configuration = HaproxyConfiguration.reader()
			.readText("spoe.conf", "[test]\nspoe-agent test\n    mesages echo\n");
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> HaproxyConfigurationAssert.assertThat(configuration).isValid())
			.withMessageContaining("Expected HAProxy's configuration to be valid, but")
			.withMessageContaining("spoe.conf:3: error: ");
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> HaproxyConfigurationAssert.assertThat((HaproxyConfiguration) null).isValid());
	}

	@Test
	void whenAgentIsInMemoryThenItIsDescribedAsTheApplicationHasIt() {
		assertThat(this.agent.listeners()).extracting(ListenerDescription::toString)
			.containsExactlyInAnyOrder("main (127.0.0.1:12345)", "other (/run/spop.sock)");
		assertThat(this.agent.messages()).extracting(MessageDescription::timeout).containsExactly(Duration.ofMillis(1));
	}

	private static HaproxyConfiguration configuration(String message) {
		Map<String, String> texts = new LinkedHashMap<>();
		texts.put("haproxy.cfg", CONFIGURATION);
		texts.put("spoe.conf", SPOE.formatted(message));
		return HaproxyConfiguration.reader().readTexts(texts);
	}

	@Nested
	@SpopTest(handlers = Components.Echo.class, properties = "spop.handler.timeout=20ms")
	class WithATimeoutOfTheTest {

		@Test
		void whenTestHasATimeoutThenItIsTheDeadline(@Autowired AgentDescription agent) {
			assertThat(agent.messages()).extracting(MessageDescription::timeout).containsExactly(Duration.ofMillis(20));
		}

	}

}
