package io.spop.agent;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link InFlight}.
 */
class InFlightTests {

	private final MockTicker ticker = Ticker.newMockTicker();

	private final EmbeddedChannel channel = EmbeddedChannel.builder().ticker(this.ticker).build();

	private final List<Exchange> expired = new ArrayList<>();

	private final List<Long> cancelled = new ArrayList<>();

	private final InFlight inFlight = new InFlight(this.channel.eventLoop(), this.ticker::nanoTime, this::expire);

	private final LoopResources loops = LoopResources.create("test", 1, true);

	private final Exchanges exchanges = exchanges(this.loops, this.channel.eventLoop(), this.ticker);

	/**
	 * Return the exchanges of a connection that has no channel yet.
	 */
	static Exchanges exchanges(LoopResources loops, EventLoop eventLoop, Ticker ticker) {
		AgentRuntime agent = new AgentRuntime(new AgentSettings(), loops);
		EventLoopIo io = new EventLoopIo(eventLoop);
		SpopMetricsRecorder recorder = SpopMetricsRecorder.noop();
		AgentConnection connection = new AgentConnection(agent, "main", recorder, new SessionLimit(1), io);
		ConnectionOutput output = new ConnectionOutput(new SpopCodec(16380), recorder, io);
		Drain drain = new Drain(io.eventLoop(), ticker::nanoTime, () -> false, output, (reason) -> {
		}, (reason) -> {
		});
		return new Exchanges(agent, connection, recorder, new ConnectionLog(connection, agent.limiter()), io, output,
				drain, Runnable::run, () -> {
				}, (ex) -> {
					throw new AssertionError(ex);
				});
	}

	private void expire(Exchange exchange) {
		this.inFlight.remove(exchange);
		this.expired.add(exchange);
	}

	@AfterEach
	void close() {
		this.inFlight.cancelAll((exchange) -> {
		});
		this.channel.finishAndReleaseAll();
		this.loops.dispose();
	}

	@Test
	void whenADeadlineComesThenOnlyItsFrameExpires() {
		Exchange first = add(1, 10);
		Exchange second = add(2, 20);
		pass(9);
		assertThat(this.expired).isEmpty();
		pass(1);
		assertThat(this.expired).containsExactly(first);
		assertThat(this.inFlight.count()).isEqualTo(1);
		pass(10);
		assertThat(this.expired).containsExactly(first, second);
		assertThat(this.inFlight.isEmpty()).isTrue();
	}

	@Test
	void whenANewerFrameHasAnEarlierDeadlineThenItExpiresFirst() {
		Exchange first = add(1, 20);
		Exchange second = add(2, 10);
		pass(10);
		assertThat(this.expired).containsExactly(second);
		pass(10);
		assertThat(this.expired).containsExactly(second, first);
	}

	@Test
	void whenAFrameIsRemovedThenItIsNotCountedAndDoesNotExpire() {
		Exchange first = add(1, 10);
		Exchange second = add(2, 10);
		Exchange third = add(3, 10);
		this.inFlight.remove(second);
		this.inFlight.remove(second);
		assertThat(this.inFlight.isEmpty()).isFalse();
		assertThat(this.inFlight.count()).isEqualTo(2);
		pass(10);
		assertThat(this.expired).containsExactly(first, third);
	}

	@Test
	void whenAFrameIsCancelledByItsIdsThenWhatItWaitsForIsCancelled() {
		add(1, 10);
		Exchange second = add(2, 10);
		add(3, 10);
		assertThat(this.inFlight.cancel(2, 1)).isSameAs(second);
		assertThat(this.inFlight.cancel(2, 1)).isNull();
		assertThat(this.inFlight.cancel(2, 7)).isNull();
		assertThat(this.cancelled).containsExactly(2L);
		assertThat(this.inFlight.count()).isEqualTo(2);
	}

	@Test
	void whenAllAreCancelledThenNoneExpires() {
		List<Exchange> all = List.of(add(1, 10), add(2, 20));
		List<Exchange> told = new ArrayList<>();
		this.inFlight.cancelAll(told::add);
		assertThat(told).isEqualTo(all);
		assertThat(this.cancelled).containsExactly(1L, 2L);
		assertThat(this.inFlight.count()).isZero();
		pass(100);
		assertThat(this.expired).isEmpty();
	}

	private Exchange add(long streamId, long millis) {
		Exchange exchange = new Exchange(this.exchanges, new Frame.Notify(streamId, 1));
		long now = this.ticker.nanoTime();
		exchange.start((it) -> Mono.<Actions>never().doOnCancel(() -> this.cancelled.add(streamId)), now, now,
				Duration.ofMillis(millis));
		this.inFlight.add(exchange);
		return exchange;
	}

	private void pass(long millis) {
		this.ticker.advanceMillis(millis);
		this.channel.runScheduledPendingTasks();
	}

}
