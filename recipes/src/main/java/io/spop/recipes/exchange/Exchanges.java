package io.spop.recipes.exchange;

import java.time.Duration;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;

import org.springframework.stereotype.Component;

/**
 * Keeps what it knows of a request until the response comes, by the id that HAProxy gives
 * to both.
 */
@Component
class Exchanges {

	// Not each request has a response that comes here
	private final Cache<String, Request> requests = Caffeine.newBuilder()
		.expireAfterWrite(Duration.ofMinutes(5))
		.maximumSize(100_000)
		.build();

	@SpopMessage("exchange-request")
	@NonBlocking
	void request(@SpopArg String id, @SpopArg String method, @SpopArg String path) {
		this.requests.put(id, new Request(method, path, System.nanoTime()));
	}

	@SpopMessage("exchange-response")
	@NonBlocking
	Actions response(@SpopArg String id, @SpopArg int status) {
		Request request = this.requests.asMap().remove(id);
		if (request == null) {
			return Actions.none();
		}
		long millis = (System.nanoTime() - request.start) / 1_000_000;
		String summary = request.method + " " + request.path + ": " + status + " after " + millis + " ms";
		return Actions.set(VarScope.TRANSACTION, "summary", summary);
	}

	private record Request(String method, String path, long start) {
	}

}
