package io.spop.agent;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link StrayBytes}.
 */
class StrayBytesTests {

	@ParameterizedTest
	@CsvSource({ "474554202f,an HTTP request", "50524f58592054435034,a PROXY protocol header",
			"0d0a0d0a000d0a51,a PROXY protocol header", "1603010200,a TLS handshake", "1603030200,a TLS handshake" })
	void whenBytesAreThoseOfAKnownProtocolThenItIsNamed(String hex, String expected) {
		byte[] bytes = HexFormat.of().parseHex("00000000" + hex + "00000000");
		assertThat(StrayBytes.describe(bytes, 4, bytes.length - 4)).startsWith("; it looks like " + expected);
		assertThat(StrayBytes.describe(bytes, 4, 8)).startsWith("; it looks like " + expected);
		assertThat(StrayBytes.describe(bytes, 4, 7)).isEmpty();
	}

	@Test
	void whenBytesAreOthersThenNothingIsGuessed() {
		byte[] bytes = "whatever".getBytes(StandardCharsets.US_ASCII);
		assertThat(StrayBytes.describe(bytes, 0, bytes.length)).isEmpty();
		assertThat(StrayBytes.describe(new byte[0], 0, 0)).isEmpty();
	}

}
