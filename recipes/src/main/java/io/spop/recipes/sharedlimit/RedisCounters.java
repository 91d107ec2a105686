package io.spop.recipes.sharedlimit;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Primary;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.stereotype.Component;

/**
 * Counters in Redis, which all agents share. While Redis does not answer, this agent
 * counts alone.
 */
@Component
@Primary
@ConditionalOnProperty(name = "recipes.shared-limit.store", havingValue = "redis")
class RedisCounters implements Counters, AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(RedisCounters.class);

	private static final String PREFIX = "spop:";

	/** How long no answer may be in time before the agent counts alone. */
	private static final Duration PATIENCE = Duration.ofMillis(200);

	/**
	 * Redis runs it as one step. The time is that of Redis, so that the clocks of the
	 * agents may differ.
	 */
	@SuppressWarnings("rawtypes")
	private static final RedisScript<List> ADD = RedisScript.of("""
			local sum = redis.call('INCRBY', KEYS[1], ARGV[1])
			local left = redis.call('PTTL', KEYS[1])
			if left < 0 then
				left = tonumber(ARGV[2])
				redis.call('PEXPIRE', KEYS[1], left)
			end
			return { sum, left }
			""", List.class);

	private final ReactiveStringRedisTemplate redis;

	private final LettuceConnectionFactory connections;

	private final InMemory alone;

	private final Duration timeout;

	private final AtomicBoolean shared = new AtomicBoolean(true);

	/** The time since which no answer was in time, or 0. */
	private final AtomicLong failingSince = new AtomicLong();

	private final Disposable checks;

	RedisCounters(ReactiveStringRedisTemplate redis, LettuceConnectionFactory connections, InMemory alone,
			SharedLimit.Settings settings) {
		this.redis = redis;
		this.connections = connections;
		this.alone = alone;
		this.timeout = settings.timeout();
		check();
		this.checks = Schedulers.boundedElastic().schedulePeriodically(() -> {
			if (!this.shared.get()) {
				check();
			}
		}, 1, 1, TimeUnit.SECONDS);
	}

	@Override
	public Mono<Count> add(String name, long amount, Duration window) {
		return ask(run(name, amount, window), this.alone.add(name, amount, window));
	}

	@Override
	public Mono<Count> get(String name) {
		return ask(this.redis.opsForValue()
			.get(PREFIX + name)
			.defaultIfEmpty("0")
			.map((value) -> new Count(Long.parseLong(value), Duration.ZERO, true)), this.alone.get(name));
	}

	private Mono<Count> ask(Mono<Count> together, Mono<Count> alone) {
		if (!this.shared.get()) {
			return alone;
		}
		return together.timeout(this.timeout).doOnNext((answer) -> this.failingSince.set(0)).onErrorResume((ex) -> {
			long now = System.nanoTime();
			long since = this.failingSince.updateAndGet((before) -> (before != 0) ? before : now);
			if (now - since > PATIENCE.toNanos()) {
				goOnAlone(ex);
			}
			return alone;
		});
	}

	private Mono<Count> run(String name, long amount, Duration window) {
		return this.redis
			.execute(ADD, List.of(PREFIX + name), List.of(Long.toString(amount), Long.toString(window.toMillis())))
			.next()
			.map((result) -> new Count((Long) result.get(0), Duration.ofMillis((Long) result.get(1)), true));
	}

	/**
	 * Find out whether Redis counts. The threads of handlers must not connect to Redis,
	 * because that blocks.
	 */
	private void check() {
		try {
			run("check", 1, Duration.ofSeconds(1)).block();
			this.failingSince.set(0);
			if (this.shared.compareAndSet(false, true)) {
				logger.info("Redis answers: this agent counts together with the others again");
			}
		}
		catch (RuntimeException ex) {
			goOnAlone(ex);
			// The next check opens a new one
			this.connections.resetConnection();
		}
	}

	private void goOnAlone(Throwable ex) {
		if (this.shared.compareAndSet(true, false)) {
			logger.warn("Redis does not answer, this agent counts alone: {}", ex.toString());
		}
	}

	@Override
	public void close() {
		this.checks.dispose();
	}

}
