package io.spop.cli;

import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link TimeText}.
 */
class TimeTextTests {

	private final TimeText times = new TimeText();

	@ParameterizedTest
	@ValueSource(strings = { "2026-11-27T09:00:00.000000Z", "2026-11-27T09:00:00.000001Z",
			"2026-11-27T09:00:00.999999Z", "2026-11-27T09:00:59.000000001Z", "1969-12-31T23:59:59.500000Z",
			"-0001-01-01T00:00:00.000000Z", "+20000-01-01T00:00:00.999999999Z" })
	void whenTimeIsWrittenThenItIsInUtc(String time) {
		assertThat(this.times.of(Instant.parse(time))).isEqualTo(time);
	}

	@Test
	void whenTimesAreInSeveralSecondsThenEachHasItsOwn() {
		Instant time = Instant.parse("2026-11-27T09:00:00Z");
		assertThat(this.times.of(time)).isEqualTo("2026-11-27T09:00:00.000000Z");
		assertThat(this.times.of(time.plusMillis(1))).isEqualTo("2026-11-27T09:00:00.001000Z");
		assertThat(this.times.of(time.plusMillis(1001))).isEqualTo("2026-11-27T09:00:01.001000Z");
		assertThat(this.times.of(time)).isEqualTo("2026-11-27T09:00:00.000000Z");
	}

}
