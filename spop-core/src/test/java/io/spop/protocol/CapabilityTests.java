package io.spop.protocol;

import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class CapabilityTests {

	@ParameterizedTest
	@CsvSource({ "PIPELINING,pipelining", "ASYNC,async", "FRAGMENTATION,fragmentation" })
	void whenCapabilityIsAnnouncedThenItHasTheNameOfHaproxy(Capability capability, String token) {
		assertThat(capability.token()).isEqualTo(token);
	}

	@Test
	void whenFrameHasCapabilitiesThenItKeepsACopyInTheirOrder() {
		Set<Capability> capabilities = new LinkedHashSet<>(
				List.of(Capability.FRAGMENTATION, Capability.ASYNC, Capability.PIPELINING));
		Frame.HaproxyHello haproxy = new Frame.HaproxyHello(List.of("2.0"), 256, capabilities, null, false);
		Frame.AgentHello agent = new Frame.AgentHello("2.0", 256, capabilities);
		capabilities.clear();
		for (Set<Capability> kept : List.of(haproxy.capabilities(), agent.capabilities())) {
			assertThat(kept).containsExactly(Capability.PIPELINING, Capability.ASYNC, Capability.FRAGMENTATION)
				.isEqualTo(EnumSet.allOf(Capability.class));
			assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(kept::clear);
		}
	}

}
