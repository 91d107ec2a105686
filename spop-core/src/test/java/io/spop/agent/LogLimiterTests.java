package io.spop.agent;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LogLimiter}.
 */
class LogLimiterTests {

	private final LogLimiter limiter = new LogLimiter();

	@Test
	void whenAKindComesAgainThenItIsSwallowed() {
		assertThat(this.limiter.permit("kind")).isEmpty();
		assertThat(this.limiter.permit("kind")).isNull();
		assertThat(this.limiter.permit("another")).isEmpty();
	}

	@Test
	void whenNamesAreMadeUpThenTheyTakeNoPlaceFromOthers() {
		for (int i = 0; i < 1000; i++) {
			this.limiter.permit("name " + i, "names");
		}
		assertThat(this.limiter.permit("name 1000", "names")).isNull();
		assertThat(this.limiter.permit("name 1000", "more names")).isEmpty();
		assertThat(this.limiter.permit("kind")).isEmpty();
	}

	@Test
	void whenThereAreTooManyKindsThenTheyShareOne() {
		int lines = 0;
		for (int i = 0; i < 1000; i++) {
			lines += (this.limiter.permit("kind " + i) != null) ? 1 : 0;
		}
		assertThat(lines).isEqualTo(201);
	}

}
