package io.spop.recipes.sharedlimit;

import java.time.Duration;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import reactor.core.publisher.Mono;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.stereotype.Component;

/**
 * Counts the requests of a client against a limit, and adds up the points that it gets
 * for what it should not do.
 */
@Component
class SharedLimit {

	private final Counters counters;

	private final Settings settings;

	private final Cache<String, Long> recentPoints;

	SharedLimit(Counters counters, Settings settings) {
		this.counters = counters;
		this.settings = settings;
		this.recentPoints = Caffeine.newBuilder()
			.expireAfterWrite(settings.pointsAge())
			.maximumSize(Counters.InMemory.MAXIMUM)
			.build();
	}

	@SpopMessage("count")
	Mono<Actions> count(@SpopArg String key) {
		return this.counters.add("requests:" + key, 1, this.settings.window())
			.map((count) -> Actions.set(VarScope.TRANSACTION, "left", this.settings.requests() - count.value())
				.andSet(VarScope.TRANSACTION, "retry_after", count.left().plusMillis(999).toSeconds())
				.andSet(VarScope.TRANSACTION, "shared", count.shared()));
	}

	@SpopMessage("report")
	Mono<Actions> report(@SpopArg String key, @SpopArg int points) {
		return this.counters.add("points:" + key, points, this.settings.pointsWindow()).map((count) -> {
			if (count.shared()) {
				this.recentPoints.put(key, count.value());
			}
			return actions(count.value());
		});
	}

	@SpopMessage("points")
	Mono<Actions> points(@SpopArg String key) {
		Long recent = this.recentPoints.getIfPresent(key);
		return (recent != null) ? Mono.just(actions(recent))
				: this.counters.get("points:" + key).map((count) -> actions(remember(key, count)));
	}

	/**
	 * Keep points that all agents know, unless a report has brought newer ones meanwhile.
	 */
	private long remember(String key, Counters.Count count) {
		Long newer = count.shared() ? this.recentPoints.asMap().putIfAbsent(key, count.value()) : null;
		return (newer != null) ? newer : count.value();
	}

	private static Actions actions(long points) {
		return Actions.set(VarScope.TRANSACTION, "points", points);
	}

	/**
	 * Settings of the limit.
	 *
	 * @param requests how many requests a client may send in a window
	 * @param window how long a window is; it begins with the first request
	 * @param pointsWindow how long after the first report a client is without points
	 * again
	 * @param pointsAge how old the points may be that another agent has added to
	 * @param timeout how long to wait for Redis, shorter than the handler's timeout
	 */
	@ConfigurationProperties("recipes.shared-limit")
	record Settings(long requests, Duration window, Duration pointsWindow, Duration pointsAge, Duration timeout) {
	}

}
