package io.spop.agent;

import java.time.Duration;
import java.util.Collections;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import io.spop.agent.SpopMetricsRecorder.Limit;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Backpressure}.
 */
class BackpressureTests {

	private final MockTicker ticker = Ticker.newMockTicker();

	private final EmbeddedChannel channel = EmbeddedChannel.builder().ticker(this.ticker).build();

	private final LoopResources loops = LoopResources.create("test", 1, true);

	private final Exchanges exchanges = InFlightTests.exchanges(this.loops, this.channel.eventLoop(), this.ticker);

	private final InFlight inFlight = new InFlight(this.channel.eventLoop(), this.ticker::nanoTime, (exchange) -> {
	});

	private final CountingRecorder recorder = new CountingRecorder();

	private final Backpressure backpressure = new Backpressure(this.channel.eventLoop(), this.inFlight, settings(),
			this.recorder, () -> this.resumed++, () -> this.expired++);

	private int resumed;

	private int expired;

	private static AgentSettings settings() {
		AgentSettings settings = new AgentSettings();
		settings.maxInFlight(2);
		settings.writeTimeout(Duration.ofSeconds(5));
		return settings;
	}

	@AfterEach
	void close() {
		this.inFlight.cancelAll((exchange) -> {
		});
		this.channel.finishAndReleaseAll();
		this.loops.dispose();
	}

	@Test
	void whenAsManyFramesAsAllowedAreInFlightThenReadingStopsUntilOneIsAnswered() {
		this.backpressure.attach(this.channel);
		Exchange first = add(1);
		assertThat(this.backpressure.isSuspended()).isFalse();
		add(2);
		assertThat(this.backpressure.isSuspended()).isTrue();
		this.backpressure.suspend();
		this.backpressure.suspend();
		assertThat(isReading()).isFalse();
		assertThat(this.recorder.limits).containsOnlyKeys(Limit.MAX_IN_FLIGHT).containsValue(1);
		this.backpressure.resume();
		assertThat(isReading()).isFalse();
		this.inFlight.remove(first);
		this.backpressure.resume();
		this.backpressure.resume();
		assertThat(isReading()).isTrue();
		assertThat(this.resumed).isEqualTo(1);
	}

	@Test
	void whenFramesInFlightHaveManyMessagesThenReadingStopsUntilOneIsAnswered() {
		this.backpressure.attach(this.channel);
		Exchange few = add(1, 15);
		assertThat(this.backpressure.isSuspended()).isFalse();
		this.inFlight.remove(few);
		Exchange many = add(1, 16);
		assertThat(this.backpressure.isSuspended()).isTrue();
		this.backpressure.suspend();
		assertThat(this.recorder.limits).containsOnlyKeys(Limit.MAX_IN_FLIGHT).containsValue(1);
		this.inFlight.remove(many);
		this.backpressure.resume();
		assertThat(isReading()).isTrue();
	}

	@Test
	void whenThePeerDoesNotReadForTooLongThenThatIsTold() {
		this.backpressure.attach(this.channel);
		writable(false);
		assertThat(this.backpressure.isSuspended()).isTrue();
		assertThat(isReading()).isFalse();
		assertThat(this.recorder.limits).containsOnlyKeys(Limit.HIGH_WATER_MARK).containsValue(1);
		pass(Duration.ofSeconds(3));
		writable(false);
		pass(Duration.ofSeconds(2).minusNanos(1));
		assertThat(this.expired).isZero();
		pass(Duration.ofNanos(1));
		assertThat(this.expired).isEqualTo(1);
	}

	@Test
	void whenThePeerReadsAgainThenItIsReadFromAgain() {
		this.backpressure.attach(this.channel);
		writable(false);
		writable(true);
		assertThat(isReading()).isTrue();
		assertThat(this.resumed).isEqualTo(1);
		pass(Duration.ofSeconds(100));
		assertThat(this.expired).isZero();
		writable(false);
		this.backpressure.cancel();
		pass(Duration.ofSeconds(100));
		assertThat(this.expired).isZero();
	}

	@Test
	void whenTheConnectionEndsThenItIsReadWithoutLimits() {
		this.backpressure.attach(this.channel);
		add(1);
		add(2);
		this.backpressure.suspend();
		this.backpressure.end();
		assertThat(isReading()).isTrue();
		writable(false);
		assertThat(isReading()).isTrue();
		pass(Duration.ofSeconds(100));
		assertThat(this.expired).isZero();
		assertThat(this.resumed).isZero();
	}

	@Test
	void whenThereIsNoChannelYetThenOnlyFramesInFlightCount() {
		add(1);
		assertThat(this.backpressure.isSuspended()).isFalse();
		add(2);
		assertThat(this.backpressure.isSuspended()).isTrue();
		this.backpressure.suspend();
		this.backpressure.resume();
		this.backpressure.end();
		assertThat(this.resumed).isZero();
		assertThat(this.recorder.limits).isEmpty();
	}

	private Exchange add(long streamId) {
		return add(streamId, 1);
	}

	private Exchange add(long streamId, int messages) {
		Exchange exchange = new Exchange(this.exchanges,
				new Frame.Notify(streamId, 1, Collections.nCopies(messages, NotifyMessage.of("m"))));
		long now = this.ticker.nanoTime();
		exchange.start((it) -> Mono.<Actions>never(), now, now, Duration.ofHours(1));
		this.inFlight.add(exchange);
		return exchange;
	}

	private boolean isReading() {
		return this.channel.config().isAutoRead();
	}

	private void writable(boolean writable) {
		ChannelOutboundBuffer buffer = Objects.requireNonNull(this.channel.unsafe().outboundBuffer());
		buffer.setUserDefinedWritability(1, writable);
		this.backpressure.writabilityChanged();
	}

	private void pass(Duration time) {
		this.ticker.advance(time.toNanos(), TimeUnit.NANOSECONDS);
		this.channel.runScheduledPendingTasks();
	}

}
