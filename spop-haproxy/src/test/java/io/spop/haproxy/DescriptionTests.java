package io.spop.haproxy;

import java.util.List;
import java.util.Objects;

import io.spop.haproxy.config.HaproxyConfiguration;
import io.spop.haproxy.config.Proxy;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What users see of descriptions and of HAProxy's configuration in a failed test.
 */
class DescriptionTests {

	@Test
	void whenAgentIsPrintedThenTextNamesItsParts() {
		MessageDescription message = MessageDescription.of("check")
			.argument(ArgumentDescription.named("ip", "address"))
			.argument(ArgumentDescription.at(1));
		assertThat(AgentDescription.of(List.of(ListenerDescription.tcp("main", "127.0.0.1", 12345)), List.of(message)))
			.hasToString("listeners [main (127.0.0.1:12345)], messages [check]");
		assertThat(message.arguments()).asString().isEqualTo("[ip or address, #1]");
	}

	@Test
	void whenConfigurationIsPrintedThenTextIsTheLine() {
		Proxy proxy = Objects.requireNonNull(HaproxyConfiguration.reader().readText("haproxy.cfg", """
				backend agents
				    mode tcp
				    server one 127.0.0.1:12345 check
				""").proxy("agents"));
		assertThat(proxy).hasToString(proxy.section().toString()).asString().contains("backend agents");
		assertThat(proxy.servers()).singleElement().asString().contains("server one 127.0.0.1:12345 check");
	}

}
