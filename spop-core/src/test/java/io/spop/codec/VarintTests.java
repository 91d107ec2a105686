package io.spop.codec;

import java.util.Arrays;
import java.util.HexFormat;

import io.spop.protocol.StatusCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Varint}.
 */
class VarintTests {

	@ParameterizedTest
	@CsvSource({ "0,00", "239,ef", "240,f000", "241,f100", "255,ff00", "256,f001", "2287,ff7f", "2288,f08000",
			"2289,f18000", "16380,fcf006", "264431,ffff7f", "264432,f0808000", "33818863,ffffff7f",
			"33818864,f080808000", "2147483647,fff0fefe3e", "2147483648,f0f1fefe3e", "4294967295,fff0fefe7e",
			"4294967296,f0f1fefe7e", "4328786159,ffffffff7f", "4328786160,f08080808000", "554084600047,ffffffffff7f",
			"554084600048,f0808080808000", "70922828777711,ffffffffffff7f", "70922828777712,f080808080808000",
			"9078122083518703,ffffffffffffff7f", "9078122083518704,f08080808080808000",
			"1161999626690365679,ffffffffffffffff7f", "1161999626690365680,f0808080808080808000",
			"9223372036854775807,fff0fefefefefefefe06", "9223372036854775808,f0f1fefefefefefefe06",
			"18446744073709551615,fff0fefefefefefefe0e" })
	void whenValueIsWrittenThenBytesAreThoseOfHaproxyAndReadBack(String value, String hex) {
		long number = Long.parseUnsignedLong(value);
		assertThat(HexFormat.of().formatHex(write(number))).isEqualTo(hex);
		PayloadReader reader = reader(hex);
		assertThat(Varint.read(reader)).isEqualTo(number);
		assertThat(reader.hasRemaining()).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "f0", "ff80", "fff0fefefefefefefe", "fff0fefefefefefefe0f", "fff0fefefefefefefe10",
			"fff0fefefefefefefefe00", "ffffffffffffffffffff", "fffffffffffffffffff0", "f08080808080808080f000" })
	void whenBytesAreCutOrTooLongOrTooLargeThenInvalidFrame(String hex) {
		assertThatExceptionOfType(UnreadableException.class).isThrownBy(() -> Varint.read(reader(hex)))
			.extracting((ex) -> ex.in("it", 0).status())
			.isEqualTo(StatusCode.INVALID_FRAME);
	}

	@Test
	void whenValuesAreSpreadOverAllLengthsThenTheyReadBack() {
		for (int shift = 0; shift < Long.SIZE; shift++) {
			for (long delta = -2; delta <= 2; delta++) {
				long number = (1L << shift) + delta;
				byte[] bytes = write(number);
				assertThat(Varint.read(new PayloadReader(bytes, 0, bytes.length))).isEqualTo(number);
			}
		}
	}

	private static byte[] write(long value) {
		byte[] bytes = new byte[Varint.MAX_LENGTH];
		return Arrays.copyOf(bytes, Varint.write(bytes, 0, value));
	}

	private static PayloadReader reader(String hex) {
		byte[] bytes = HexFormat.of().parseHex(hex);
		return new PayloadReader(bytes, 0, bytes.length);
	}

}
