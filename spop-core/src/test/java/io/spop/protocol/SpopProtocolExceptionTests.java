package io.spop.protocol;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SpopProtocolExceptionTests {

	@Test
	void whenExceptionQuotesThePeerThenItsMessageIsOneLineAndBounded() {
		String hostile = "1.0\n<a forged line>\u001b[2J\u202e" + "x".repeat(100_000);
		assertThat(new SpopProtocolException(StatusCode.INVALID_FRAME, hostile).getMessage()).hasSizeLessThan(2_000)
			.startsWith("1.0\\u000a<a forged line>")
			.matches("[\\x20-\\x7e]*");
	}

	@Test
	void whenPeerProvokesTheExceptionThenItCostsNoStackTrace() {
		SpopProtocolException failure = new SpopProtocolException(StatusCode.FRAME_TOO_BIG, "too big");
		assertThat(failure.getStackTrace()).isEmpty();
		failure.addSuppressed(new IllegalStateException());
		assertThat(failure.getSuppressed()).isEmpty();
		assertThat(failure.status()).isEqualTo(StatusCode.FRAME_TOO_BIG);
	}

}
