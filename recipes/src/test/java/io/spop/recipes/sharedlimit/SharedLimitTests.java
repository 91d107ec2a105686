package io.spop.recipes.sharedlimit;

import java.time.Duration;

import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import io.spop.recipes.sharedlimit.Counters.Count;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what an agent keeps of the points that it has seen. {@link SharedLimitIT} has
 * a real Redis.
 */
class SharedLimitTests {

	private final Answers answers = new Answers();

	private final SharedLimit limit = new SharedLimit(this.answers, new SharedLimit.Settings(100,
			Duration.ofSeconds(10), Duration.ofMinutes(10), Duration.ofMinutes(1), Duration.ofMillis(20)));

	@Test
	void whenPointsAreSharedThenTheyAreKept() {
		this.answers.next = Mono.just(new Count(12, Duration.ZERO, true));
		assertThat(this.limit.points("client").block()).isEqualTo(points(12));
		this.answers.next = Mono.error(new AssertionError("Asked again"));
		assertThat(this.limit.points("client").block()).isEqualTo(points(12));
	}

	@Test
	void whenAnAgentKnowsPointsAloneThenTheyAreNotKept() {
		this.answers.next = Mono.just(new Count(0, Duration.ZERO, false));
		assertThat(this.limit.points("client").block()).isEqualTo(points(0));
		this.answers.next = Mono.just(new Count(12, Duration.ZERO, true));
		assertThat(this.limit.points("client").block()).isEqualTo(points(12));
		this.answers.next = Mono.just(new Count(1, Duration.ZERO, false));
		assertThat(this.limit.report("client", 1).block()).isEqualTo(points(1));
		assertThat(this.limit.points("client").block()).isEqualTo(points(12));
	}

	@Test
	void whenAReportComesBeforeTheAnswerThenItsPointsCount() {
		Sinks.One<Count> earlier = Sinks.one();
		this.answers.next = earlier.asMono();
		Mono<Actions> asked = this.limit.points("client").cache();
		asked.subscribe();
		this.answers.next = Mono.just(new Count(10, Duration.ZERO, true));
		assertThat(this.limit.report("client", 1).block()).isEqualTo(points(10));
		earlier.tryEmitValue(new Count(9, Duration.ZERO, true)).orThrow();
		assertThat(asked.block()).isEqualTo(points(10));
		assertThat(this.limit.points("client").block()).isEqualTo(points(10));
	}

	private static Actions points(long points) {
		return Actions.set(VarScope.TRANSACTION, "points", points);
	}

	private static final class Answers implements Counters {

		private Mono<Count> next = Mono.empty();

		@Override
		public Mono<Count> add(String name, long amount, Duration window) {
			return this.next;
		}

		@Override
		public Mono<Count> get(String name) {
			return this.next;
		}

	}

}
