package io.spop.agent;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import io.spop.agent.SpopMetricsRecorder.CloseReason;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Drain}.
 */
class DrainTests {

	private final MockTicker ticker = Ticker.newMockTicker();

	private final EmbeddedChannel channel = EmbeddedChannel.builder().ticker(this.ticker).build();

	private final ConnectionOutput output = new ConnectionOutput(new SpopCodec(16380), SpopMetricsRecorder.noop(),
			new EventLoopIo(this.channel.eventLoop()));

	private final List<String> ends = new ArrayList<>();

	private boolean busy;

	private final Drain drain = new Drain(this.channel.eventLoop(), this.ticker::nanoTime, () -> this.busy, this.output,
			(reason) -> this.ends.add("disconnect " + reason), (reason) -> this.ends.add("close " + reason));

	@AfterEach
	void close() {
		this.channel.finishAndReleaseAll();
	}

	@Test
	void whenAConnectionHasCarriedNothingForASecondThenItClosesQuietly() {
		ready();
		pass(400);
		this.drain.active(this.ticker.nanoTime());
		pass(10);
		assertThat(this.drain.begin(CloseReason.SHUTDOWN)).isTrue();
		pass(989);
		assertThat(this.ends).isEmpty();
		pass(1);
		assertThat(this.ends).containsExactly("close SHUTDOWN");
	}

	@Test
	void whenItIsQuietAlreadyThenItClosesAtOnce() {
		ready();
		pass(1000);
		this.drain.begin(CloseReason.SHUTDOWN);
		assertThat(this.ends).containsExactly("close SHUTDOWN");
	}

	@Test
	void whenItBeginsTwiceThenTheFirstReasonStays() {
		ready();
		assertThat(this.drain.begin(CloseReason.MAX_AGE)).isTrue();
		assertThat(this.drain.begin(CloseReason.SHUTDOWN)).isFalse();
		pass(1000);
		assertThat(this.ends).containsExactly("close MAX_AGE");
	}

	@Test
	void whenAnAckLeavesNothingInFlightThenItIsHeldAndADisconnectFollows() {
		ready();
		this.busy = true;
		this.drain.begin(CloseReason.SHUTDOWN);
		pass(5000);
		assertThat(this.drain.hold()).isFalse();
		answer();
		assertThat(this.drain.hold()).isTrue();
		assertThat(this.drain.isHolding()).isTrue();
		assertThat(this.ends).isEmpty();
		pass(1);
		assertThat(this.ends).containsExactly("disconnect SHUTDOWN");
	}

	@Test
	void whenFramesKeepComingThenAcksAreHeldThreeTimesAtMost() {
		ready();
		this.drain.begin(CloseReason.SHUTDOWN);
		answer();
		assertThat(this.drain.hold()).isTrue();
		for (int hold = 1; hold <= 3; hold++) {
			assertThat(this.ends).isEmpty();
			pass(Duration.ofNanos(500_000));
			answer();
			assertThat(this.drain.hold()).isTrue();
			pass(Duration.ofNanos(500_000));
		}
		assertThat(this.ends).containsExactly("disconnect SHUTDOWN");
	}

	@Test
	void whenAFrameThatTakesLongComesDuringAHoldThenItsAckIsAwaited() {
		ready();
		this.drain.begin(CloseReason.SHUTDOWN);
		answer();
		this.drain.hold();
		this.busy = true;
		pass(10);
		assertThat(this.ends).isEmpty();
		assertThat(this.drain.isHolding()).isFalse();
	}

	@Test
	void whenNobodyWantsItToEndThenNothingIsHeld() {
		ready();
		answer();
		assertThat(this.drain.hold()).isFalse();
		pass(100_000);
		assertThat(this.ends).isEmpty();
	}

	@Test
	void whenItIsIdleForTooLongThenItClosesQuietly() {
		this.drain.ready(Duration.ofSeconds(10), Duration.ZERO);
		pass(6000);
		this.drain.active(this.ticker.nanoTime());
		pass(6000);
		assertThat(this.ends).isEmpty();
		this.busy = true;
		pass(20_000);
		assertThat(this.ends).isEmpty();
		this.busy = false;
		pass(1);
		assertThat(this.ends).containsExactly("close IDLE_TIMEOUT");
	}

	@Test
	void whenItHasBeenIdleForExactlyTheTimeoutThenItCloses() {
		this.drain.ready(Duration.ofSeconds(10), Duration.ZERO);
		pass(9_999);
		assertThat(this.ends).isEmpty();
		pass(1);
		assertThat(this.ends).containsExactly("close IDLE_TIMEOUT");
	}

	@Test
	void whenAFrameComesDuringAHoldThenTheHoldBeginsAgain() {
		ready();
		this.drain.begin(CloseReason.SHUTDOWN);
		answer();
		this.drain.hold();
		pass(Duration.ofNanos(500_000));
		answer();
		pass(Duration.ofNanos(500_000));
		assertThat(this.ends).isEmpty();
		assertThat(this.drain.isHolding()).isTrue();
		pass(1);
		assertThat(this.ends).containsExactly("disconnect SHUTDOWN");
	}

	@Test
	void whenItIsOldThenItEndsBetweenEightyPercentOfTheAgeAndAllOfIt() {
		this.drain.ready(Duration.ZERO, Duration.ofSeconds(100));
		pass(79_999);
		assertThat(this.ends).isEmpty();
		pass(20_001);
		assertThat(this.ends).containsExactly("close MAX_AGE");
	}

	@Test
	void whenItHasEndedThenNothingHappens() {
		this.drain.ready(Duration.ofSeconds(1), Duration.ofSeconds(1));
		this.drain.end();
		assertThat(this.drain.begin(CloseReason.SHUTDOWN)).isFalse();
		answer();
		assertThat(this.drain.hold()).isFalse();
		pass(100_000);
		assertThat(this.ends).isEmpty();
	}

	@Test
	void whenItEndsDuringADrainThenNothingFollowsAndNoTimerIsLeft() {
		this.drain.ready(Duration.ofSeconds(10), Duration.ofSeconds(20));
		this.drain.begin(CloseReason.SHUTDOWN);
		answer();
		this.drain.hold();
		this.drain.end();
		assertThat(this.channel.runScheduledPendingTasks()).isEqualTo(-1);
		pass(100_000);
		assertThat(this.ends).isEmpty();
	}

	private void ready() {
		this.drain.ready(Duration.ZERO, Duration.ZERO);
	}

	private void answer() {
		this.busy = false;
		this.output.write(new Frame.Ack(1, 1, Actions.none()));
		this.drain.active(this.ticker.nanoTime());
	}

	private void pass(long millis) {
		pass(Duration.ofMillis(millis));
	}

	private void pass(Duration time) {
		this.ticker.advance(time.toNanos(), TimeUnit.NANOSECONDS);
		this.channel.runScheduledPendingTasks();
	}

}
