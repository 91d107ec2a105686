package io.spop.agent;

import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LogLimiter}.
 */
class LogLimiterTests {

	private final MockTicker ticker = Ticker.newMockTicker();

	private final LogLimiter limiter = new LogLimiter(this.ticker::nanoTime);

	@Test
	void whenAKindComesAgainThenItIsSwallowed() {
		assertThat(this.limiter.permit("kind")).isEmpty();
		assertThat(this.limiter.permit("kind")).isNull();
		assertThat(this.limiter.permit("another")).isEmpty();
	}

	@Test
	void whenAMinuteHasPassedThenTheNextLineSaysHowManyWereSwallowed() {
		assertThat(this.limiter.permit("kind")).isEmpty();
		assertThat(this.limiter.permit("kind")).isNull();
		pass(59_999);
		assertThat(this.limiter.permit("kind")).isNull();
		pass(1);
		assertThat(this.limiter.permit("kind")).isEqualTo(" (and 2 more like this since the last such line)");
		assertThat(this.limiter.permit("kind")).isNull();
		pass(60_000);
		assertThat(this.limiter.permit("kind")).isEqualTo(" (and 1 more like this since the last such line)");
		pass(60_000);
		assertThat(this.limiter.permit("kind")).isEmpty();
	}

	@Test
	void whenANameComesAgainThenItIsSwallowedAndOthersAreNot() {
		assertThat(this.limiter.permit("name", "names")).isEmpty();
		assertThat(this.limiter.permit("name", "names")).isNull();
		assertThat(this.limiter.permit("another", "names")).isEmpty();
		assertThat(this.limiter.permit("names")).isEmpty();
	}

	@Test
	void whenKindsHaveNotBeenSeenForAMinuteThenOthersTakeTheirPlaces() {
		assertThat(lines("old")).isEqualTo(201);
		pass(60_000);
		assertThat(lines("new")).isEqualTo(201);
		assertThat(lines("new")).isZero();
	}

	private int lines(String prefix) {
		int lines = 0;
		for (int i = 0; i < 300; i++) {
			lines += (this.limiter.permit(prefix + i) != null) ? 1 : 0;
		}
		return lines;
	}

	private void pass(long millis) {
		this.ticker.advance(millis, TimeUnit.MILLISECONDS);
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
