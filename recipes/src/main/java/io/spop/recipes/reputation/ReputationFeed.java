package io.spop.recipes.reputation;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Fetches the file of {@link ReputationList} from an HTTP server. The new file takes the
 * place of the old one at once, and only if it is a list of networks.
 */
@Component
@ConditionalOnProperty("recipes.reputation-list.feed")
class ReputationFeed implements HealthIndicator {

	private static final Logger logger = LoggerFactory.getLogger(ReputationFeed.class);

	private final HttpClient client = HttpClient.newBuilder()
		.connectTimeout(Duration.ofSeconds(5))
		.followRedirects(HttpClient.Redirect.NORMAL)
		.build();

	private final URI feed;

	private final Path file;

	private @Nullable String etag;

	private volatile @Nullable String failure;

	ReputationFeed(ReputationList.Settings settings) {
		this.feed = Objects.requireNonNull(settings.feed(), "feed");
		this.file = settings.file().toAbsolutePath();
	}

	@Scheduled(fixedDelayString = "${recipes.reputation-list.fetch-every}")
	void fetch() throws InterruptedException {
		// In the same folder: a file cannot be moved to another file system at once
		Path fetched = this.file.resolveSibling(this.file.getFileName() + ".new");
		CompletableFuture<HttpResponse<Path>> answer = this.client.sendAsync(request(),
				HttpResponse.BodyHandlers.ofFile(fetched, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
						StandardOpenOption.TRUNCATE_EXISTING));
		try {
			HttpResponse<Path> response = answer.get(1, TimeUnit.MINUTES);
			if (response.statusCode() == 200) {
				Networks.read(fetched);
				Files.move(fetched, this.file, StandardCopyOption.ATOMIC_MOVE);
				this.etag = response.headers().firstValue("ETag").orElse(null);
			}
			else if (response.statusCode() != 304) {
				throw new IOException("Status " + response.statusCode());
			}
			this.failure = null;
		}
		catch (IOException | ExecutionException | TimeoutException ex) {
			this.failure = ex.toString();
			logger.warn("Cannot fetch the networks from {}, the file stays as it is: {}", this.feed, this.failure);
		}
		finally {
			answer.cancel(true);
		}
	}

	private HttpRequest request() {
		HttpRequest.Builder request = HttpRequest.newBuilder(this.feed);
		// The server answers 304, without the file, if it still has the same one
		if (this.etag != null && Files.exists(this.file)) {
			request.header("If-None-Match", this.etag);
		}
		return request.build();
	}

	@Override
	public Health health() {
		String failure = this.failure;
		return (failure != null) ? Health.down().withDetail("failure", failure).build() : Health.up().build();
	}

}
