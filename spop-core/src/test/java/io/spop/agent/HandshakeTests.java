package io.spop.agent;

import java.util.List;
import java.util.Set;

import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.StatusCode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Handshake}.
 */
class HandshakeTests {

	private final AgentSettings settings = new AgentSettings();

	@Test
	void whenHaproxyOffersMoreThenTheLimitOfTheAgentIsAnswered() {
		this.settings.maxFrameSize(1000);
		Handshake handshake = Handshake.of(hello(16380, "engine", Capability.PIPELINING), this.settings);
		assertThat(handshake.maxFrameSize()).isEqualTo(1000);
		assertThat(handshake.answer()).isEqualTo(new Frame.AgentHello("2.0", 1000, Set.of(Capability.PIPELINING)));
	}

	@Test
	void whenHaproxyOffersLessThenItsOfferIsEchoed() {
		Handshake handshake = Handshake.of(hello(256, "engine"), this.settings);
		assertThat(handshake.maxFrameSize()).isEqualTo(256);
		assertThat(handshake.answer().maxFrameSize()).isEqualTo(256);
	}

	@Test
	void whenOneSideHasNoPipeliningThenThereIsNone() {
		assertThat(Handshake.of(hello(16380, "engine"), this.settings).capabilities()).isEmpty();
		this.settings.pipelining(false);
		assertThat(Handshake.of(hello(16380, "engine", Capability.PIPELINING), this.settings).capabilities()).isEmpty();
	}

	@Test
	void whenTheAgentTakesFragmentsThenItSaysSoThoughHaproxyDoesNot() {
		this.settings.maxFragmentedSize(1);
		Handshake handshake = Handshake.of(hello(16380, "engine"), this.settings);
		assertThat(handshake.capabilities()).containsExactly(Capability.FRAGMENTATION);
		assertThat(handshake.answer().capabilities()).containsExactly(Capability.FRAGMENTATION);
	}

	@Test
	void whenTheEngineHasAHostileNameThenItIsEscapedAndBounded() {
		String engineId = "a\n\u001b[2J" + "x".repeat(100_000);
		assertThat(Handshake.of(hello(16380, engineId), this.settings).engineId()).hasSizeLessThan(1000)
			.matches("[\\x20-\\x7e]*");
		assertThat(Handshake.of(hello(16380, null), this.settings).engineId()).isNull();
	}

	@Test
	void whenThereIsNothingToAgreeOnThenItIsRefused() {
		assertThatExceptionOfType(SpopProtocolException.class)
			.isThrownBy(() -> Handshake.of(hello(255, "engine"), this.settings))
			.satisfies((ex) -> assertThat(ex.status()).isEqualTo(StatusCode.BAD_MAX_FRAME_SIZE));
		Frame.HaproxyHello old = new Frame.HaproxyHello(List.of("1.0"), 16380, Set.of(), "engine", false);
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(() -> Handshake.of(old, this.settings))
			.satisfies((ex) -> assertThat(ex.status()).isEqualTo(StatusCode.UNSUPPORTED_VERSION));
	}

	private static Frame.HaproxyHello hello(long maxFrameSize, @Nullable String engineId, Capability... capabilities) {
		return new Frame.HaproxyHello(List.of("2.0"), maxFrameSize, Set.of(capabilities), engineId, false);
	}

}
