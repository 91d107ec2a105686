package io.spop.recipes.sharedlimit;

import java.time.Duration;
import java.util.Objects;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisReactiveAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Counters}.
 */
@ExtendWith(OutputCaptureExtension.class)
class CountersTests {

	private static final Duration WINDOW = Duration.ofHours(1);

	private final Counters counters = new Counters.InMemory();

	@Test
	void whenAddedThenWindowOfTheFirstAdditionHolds() {
		Counters.Count first = add("a", 2, WINDOW);
		assertThat(first.value()).isEqualTo(2);
		assertThat(first.left()).isBetween(Duration.ofMinutes(59), WINDOW);
		assertThat(first.shared()).isFalse();
		Counters.Count second = add("a", 3, Duration.ofHours(9));
		assertThat(second.value()).isEqualTo(5);
		assertThat(second.left()).isLessThanOrEqualTo(first.left());
		assertThat(get("a")).isEqualTo(5);
		assertThat(get("b")).isZero();
	}

	@Test
	void whenWindowIsOverThenCounterIsGone() {
		add("a", 2, Duration.ofMillis(1));
		Awaitility.await().until(() -> get("a") == 0);
		assertThat(add("a", 1, WINDOW).value()).isOne();
	}

	@Test
	void whenNobodySubscribesThenNothingIsAdded() {
		this.counters.add("a", 1, WINDOW);
		assertThat(get("a")).isZero();
	}

	@Test
	void whenThereIsNoRedisAtTheStartThenAgentCountsAlone(CapturedOutput output) {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(DataRedisAutoConfiguration.class, DataRedisReactiveAutoConfiguration.class))
			.withUserConfiguration(Counters.InMemory.class, RedisCounters.class)
			.withBean(SharedLimit.Settings.class,
					() -> new SharedLimit.Settings(10, WINDOW, WINDOW, WINDOW, Duration.ofSeconds(5)))
			.withPropertyValues("recipes.shared-limit.store=redis", "spring.data.redis.port=1")
			.run((context) -> {
				Counters counters = context.getBean(Counters.class);
				assertThat(counters).isInstanceOf(RedisCounters.class);
				assertThat(counters.add("a", 1, WINDOW).block()).returns(1L, Counters.Count::value)
					.returns(false, Counters.Count::shared);
				assertThat(Objects.requireNonNull(counters.get("a").block()).value()).isOne();
			});
		assertThat(output).containsOnlyOnce("Redis does not answer, this agent counts alone: ");
	}

	@Test
	void whenRedisIsNotChosenThenCountersAreInMemory() {
		new ApplicationContextRunner().withUserConfiguration(Counters.InMemory.class, RedisCounters.class)
			.withPropertyValues("recipes.shared-limit.store=memory")
			.run((context) -> assertThat(context.getBean(Counters.class)).isInstanceOf(Counters.InMemory.class));
	}

	private Counters.Count add(String name, long amount, Duration window) {
		return Objects.requireNonNull(this.counters.add(name, amount, window).block());
	}

	private long get(String name) {
		return Objects.requireNonNull(this.counters.get(name).block()).value();
	}

}
