package io.spop.cli;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Interruption}.
 */
@Timeout(30)
class InterruptionTests {

	@Test
	void whenInterruptedThenTheCommandEndsAndPrintsFirst() throws Exception {
		CountDownLatch end = new CountDownLatch(1);
		CompletableFuture<Void> signal;
		try (Interruption interruption = Interruption.endsWith(end::countDown)) {
			assertThat(interruption.isInterrupted()).isFalse();
			signal = CompletableFuture.runAsync(interruption::interrupt);
			assertThat(end.await(10, TimeUnit.SECONDS)).isTrue();
			assertThat(interruption.isInterrupted()).isTrue();
			assertThat(signal).isNotDone();
		}
		signal.get(10, TimeUnit.SECONDS);
	}

	@Test
	void whenCommandHasEndedThenNothingIsAskedForAnyMore() {
		AtomicInteger ends = new AtomicInteger();
		Interruption interruption = Interruption.endsWith(ends::incrementAndGet);
		interruption.close();
		interruption.interrupt();
		assertThat(ends).hasValue(0);
	}

}
