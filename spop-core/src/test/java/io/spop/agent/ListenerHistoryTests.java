package io.spop.agent;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ListenerHistory}.
 */
class ListenerHistoryTests {

	private final ListenerHistory history = new ListenerHistory(1000);

	@Test
	void whenNothingHasHappenedThenItHasBeenSilentSinceItOpened() {
		assertThat(this.history.isConnected()).isFalse();
		assertThat(this.history.isGreeted()).isFalse();
		assertThat(this.history.isNotified()).isFalse();
		assertThat(this.history.isHealthChecked()).isFalse();
		assertThat(this.history.nanosSilent(1500)).isEqualTo(500);
		assertThat(this.history.nanosQuiet(1500)).isEqualTo(500);
		this.history.connected();
		assertThat(this.history.isConnected()).isTrue();
	}

	@Test
	void whenAnotherEngineComesThenAllBeginsAgain() {
		this.history.greeted(false, "a", 2000);
		this.history.notified(2100);
		this.history.greeted(false, "a", 2200);
		assertThat(this.history.isGreeted()).isTrue();
		assertThat(this.history.isNotified()).isTrue();
		assertThat(this.history.nanosSilent(2500)).isEqualTo(500);
		this.history.greeted(false, "b", 2300);
		assertThat(this.history.isNotified()).isFalse();
		assertThat(this.history.nanosSilent(2500)).isEqualTo(200);
	}

	@Test
	void whenHaproxyNamesNoEngineThenOnlyTheFirstHandshakeCounts() {
		this.history.greeted(false, null, 2000);
		this.history.notified(2100);
		this.history.greeted(false, null, 2200);
		assertThat(this.history.isNotified()).isTrue();
		assertThat(this.history.nanosSilent(2500)).isEqualTo(500);
	}

	@Test
	void whenThereAreManyEnginesThenTheOldestAreForgotten() {
		for (int i = 0; i < 256; i++) {
			this.history.greeted(false, "engine " + i, 2000 + i);
		}
		this.history.notified(3000);
		this.history.greeted(false, "engine 0", 3100);
		assertThat(this.history.isNotified()).isTrue();
		this.history.greeted(false, "engine 256", 3200);
		this.history.notified(3300);
		this.history.greeted(false, "engine 1", 3400);
		assertThat(this.history.isNotified()).isTrue();
		this.history.greeted(false, "engine 0", 3500);
		assertThat(this.history.isNotified()).isFalse();
	}

	@Test
	void whenAHealthCheckComesAfterTheLastNotifyThenThatIsTold() {
		this.history.look(new long[] { 2 }, 2000);
		this.history.greeted(true, null, 1999);
		assertThat(this.history.isHealthChecked()).isFalse();
		assertThat(this.history.isGreeted()).isFalse();
		this.history.greeted(true, null, 2000);
		assertThat(this.history.isHealthChecked()).isTrue();
	}

	@Test
	void whenTwentyNotifiesHaveComeForLongEnoughThenItIsSettled() {
		this.history.greeted(false, "a", 2000);
		this.history.notified(2000);
		this.history.notified(2050);
		// The first frame of a connection is the HELLO
		this.history.closed(0);
		this.history.closed(11);
		this.history.look(new long[] { 10, 1 }, 2100);
		assertThat(this.history.isSettled(100, 2100)).isFalse();
		this.history.look(new long[] { 11, 1 }, 2100);
		assertThat(this.history.isSettled(100, 2099)).isFalse();
		assertThat(this.history.isSettled(100, 2100)).isTrue();
		assertThat(this.history.isHeard()).isTrue();
		this.history.greeted(false, "b", 2200);
		this.history.notified(2200);
		this.history.look(new long[] { 30, 1 }, 2300);
		assertThat(this.history.isSettled(100, 2300)).isFalse();
		this.history.look(new long[] { 31, 1 }, 2400);
		assertThat(this.history.isSettled(100, 2400)).isTrue();
	}

	@Test
	void whenNoConnectionHasHadANotifyThenItIsQuiet() {
		this.history.look(new long[] { 1 }, 2000);
		assertThat(this.history.nanosQuiet(2000)).isEqualTo(1000);
		this.history.look(new long[] { 1, 2 }, 3000);
		assertThat(this.history.nanosQuiet(3000)).isZero();
		this.history.look(new long[] { 1, 2 }, 3500);
		assertThat(this.history.nanosQuiet(3500)).isZero();
		// The connection has closed since
		this.history.closed(2);
		this.history.look(new long[] { 1 }, 4000);
		assertThat(this.history.nanosQuiet(4000)).isEqualTo(500);
		this.history.closed(3);
		this.history.look(new long[] { 1 }, 5000);
		assertThat(this.history.nanosQuiet(5000)).isZero();
		assertThat(this.history.isHeard()).isFalse();
	}

}
