package io.spop.recipes.sharedlimit;

import java.time.Duration;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import reactor.core.publisher.Mono;

import org.springframework.stereotype.Component;

/**
 * Counters that are gone at the end of their windows.
 */
interface Counters {

	/**
	 * Add to a counter.
	 * @param name the name of the counter
	 * @param amount what to add, 1 or more
	 * @param window how long the counter exists from now on, if there is none yet
	 * @return the counter after that
	 */
	Mono<Count> add(String name, long amount, Duration window);

	/**
	 * Read a counter.
	 * @param name the name of the counter
	 * @return the counter, whose value is 0 if there is none
	 */
	Mono<Count> get(String name);

	/**
	 * A counter at some time.
	 *
	 * @param value the sum
	 * @param left how long the counter still exists, or 0 if it was only read
	 * @param shared whether all agents added to it
	 */
	record Count(long value, Duration left, boolean shared) {
	}

	/**
	 * Counters of this agent alone. If there are too many, those that are used least have
	 * to go.
	 */
	@Component
	class InMemory implements Counters {

		static final int MAXIMUM = 100_000;

		private final Cache<String, Window> windows = Caffeine.newBuilder()
			.maximumSize(MAXIMUM)
			.expireAfter(Expiry.<String, Window>creating((name, window) -> window.left()))
			.build();

		@Override
		public Mono<Count> add(String name, long amount, Duration window) {
			return Mono.fromSupplier(() -> {
				Window added = this.windows.asMap()
					.merge(name, new Window(amount, System.nanoTime() + window.toNanos()), Window::plus);
				return new Count(added.sum, added.left(), false);
			});
		}

		@Override
		public Mono<Count> get(String name) {
			return Mono.fromSupplier(() -> {
				Window window = this.windows.getIfPresent(name);
				return new Count((window != null) ? window.sum : 0, Duration.ZERO, false);
			});
		}

		private record Window(long sum, long end) {

			Window plus(Window added) {
				return new Window(this.sum + added.sum, this.end);
			}

			Duration left() {
				return Duration.ofNanos(Math.max(0, this.end - System.nanoTime()));
			}

		}

	}

}
