package io.spop.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the negotiation of version and frame size.
 */
class HaproxyHelloTests {

	@ParameterizedTest
	@ValueSource(strings = { "2.0", "2.1", "2.999", "1.0 2.0", "3.0 2.0", "2.0 2.0" })
	void whenHaproxyAnnouncesAVersion2ThenTheAnswerIs20(String versions) {
		assertThat(hello(List.of(versions.split(" ")), 256).negotiateVersion()).isEqualTo("2.0");
	}

	@ParameterizedTest
	@ValueSource(strings = { "1.0", "3.0", "2", "2.", "2.x", "2.1000", "02.0", "2.0.0", " 2.0", "12.0", "" })
	void whenHaproxyAnnouncesNoVersion2ThenItIsRefused(String version) {
		Frame.HaproxyHello hello = hello(List.of(version), 256);
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(hello::negotiateVersion)
			.withMessage("HAPROXY-HELLO announces " + (version.matches("[0-9. ]+") ? version : "something else")
					+ ", not 2.0")
			.extracting(SpopProtocolException::status)
			.isEqualTo(StatusCode.UNSUPPORTED_VERSION);
	}

	@Test
	void whenHaproxyAnnouncesNothingThenItIsRefused() {
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(hello(List.of(), 256)::negotiateVersion)
			.withMessage("HAPROXY-HELLO announces something else, not 2.0");
	}

	@ParameterizedTest
	@CsvSource({ "256,65536,256", "16380,65536,16380", "65536,65536,65536", "65537,65536,65536", "16380,256,256",
			"4294967295,65536,65536", "9223372036854775807,2147483647,2147483647" })
	void whenHaproxyOffersASizeThenTheSmallerOfBothIsAgreed(long offer, int limit, int agreed) {
		assertThat(hello(List.of("2.0"), offer).negotiateMaxFrameSize(limit)).isEqualTo(agreed);
	}

	@ParameterizedTest
	@ValueSource(longs = { 255, 1, 0, -1, Long.MIN_VALUE })
	void whenHaproxyOffersTooLittleThenItIsRefused(long offer) {
		Frame.HaproxyHello hello = hello(List.of("2.0"), offer);
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(() -> hello.negotiateMaxFrameSize(65536))
			.withMessage("HAPROXY-HELLO offers a max-frame-size of " + offer + ", less than 256")
			.extracting(SpopProtocolException::status)
			.isEqualTo(StatusCode.BAD_MAX_FRAME_SIZE);
	}

	@Test
	void whenListOfVersionsChangesThenTheFrameDoesNot() {
		List<String> versions = new ArrayList<>(List.of("2.0"));
		Frame.HaproxyHello hello = hello(versions, 256);
		versions.set(0, "1.0");
		assertThat(hello.negotiateVersion()).isEqualTo("2.0");
	}

	private static Frame.HaproxyHello hello(List<String> versions, long maxFrameSize) {
		return new Frame.HaproxyHello(versions, maxFrameSize, Set.of(), "engine", false);
	}

}
