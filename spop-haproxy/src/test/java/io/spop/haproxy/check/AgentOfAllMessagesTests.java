package io.spop.haproxy.check;

import java.util.List;
import java.util.Set;

import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.ListenerDescription;
import io.spop.haproxy.MessageDescription;
import io.spop.haproxy.SampleType;
import io.spop.haproxy.VariableDescription;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An agent that handles other messages than those it describes.
 */
class AgentOfAllMessagesTests {

	private static final List<ListenerDescription> LISTENERS = List
		.of(ListenerDescription.tcp("main", "127.0.0.1", 12345));

	@Test
	void whenAgentHandlesAllThenNoMessageIsWithoutHandler() {
		assertThat(check(AgentDescription.of(LISTENERS, List.of()).handlesAll(true))).isEmpty();
		assertThat(check(AgentDescription.of(LISTENERS, List.of())))
			.anySatisfy((finding) -> assertThat(finding.rule()).isEqualTo("message-without-handler"));
	}

	@Test
	void whenAgentHandlesAllThenOthersMaySetVariables() {
		MessageDescription message = MessageDescription.of("check-request")
			.variable(VariableDescription.of("txn", "verdikt").types(Set.of(SampleType.STRING)));
		assertThat(check(AgentDescription.of(LISTENERS, List.of(message)).handlesAll(true)))
			.noneSatisfy((finding) -> assertThat(finding.rule()).isEqualTo("variable-not-of-handler"));
		assertThat(check(AgentDescription.of(LISTENERS, List.of(message))))
			.anySatisfy((finding) -> assertThat(finding.rule()).isEqualTo("variable-not-of-handler"));
	}

	private static List<Finding> check(AgentDescription agent) {
		return Example.of("all").check(HaproxyVersion.newest(), agent);
	}

}
