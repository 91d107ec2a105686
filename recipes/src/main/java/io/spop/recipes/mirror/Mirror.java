package io.spop.recipes.mirror;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.MeterRegistry;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Arguments;
import io.spop.protocol.HeaderBlock;
import io.spop.protocol.SpopValue;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.stereotype.Component;

/**
 * Sends copies of requests to another server. HAProxy gets its answer at once; threads of
 * the mirror's own send the copies later. When these threads are busy and their queue is
 * full, copies are dropped.
 */
@Component
class Mirror implements AutoCloseable {

	/** Headers between two neighbours, and those that the client sets itself. */
	private static final Set<String> OMITTED = Set.of("connection", "content-length", "expect", "host", "keep-alive",
			"proxy-connection", "te", "trailer", "transfer-encoding", "upgrade");

	private final HttpClient client = HttpClient.newBuilder()
		.version(HttpClient.Version.HTTP_1_1)
		.connectTimeout(Duration.ofSeconds(2))
		.build();

	private final Settings settings;

	private final MeterRegistry meters;

	private final ThreadPoolExecutor threads;

	Mirror(Settings settings, MeterRegistry meters) {
		this.settings = settings;
		this.meters = meters;
		this.threads = new ThreadPoolExecutor(settings.threads(), settings.threads(), 0, TimeUnit.SECONDS,
				new ArrayBlockingQueue<>(settings.queue()));
	}

	@SpopMessage("mirror")
	@NonBlocking
	void mirror(Arguments arguments) {
		// The arguments belong to a frame, which has to go when this method returns
		Arguments copy = arguments.copy();
		try {
			this.threads.execute(() -> count(send(copy)));
		}
		catch (RejectedExecutionException ex) {
			count("dropped");
		}
	}

	private String send(Arguments arguments) {
		try {
			this.client.send(request(arguments), BodyHandlers.discarding());
			return "sent";
		}
		catch (IOException | IllegalArgumentException ex) {
			return "failed";
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return "failed";
		}
	}

	private HttpRequest request(Arguments arguments) {
		String path = text(arguments, "path");
		if (!path.startsWith("/")) {
			// Behind the target's address, "@example.com" would be another server
			throw new IllegalArgumentException("Not a path");
		}
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(this.settings.target() + path))
			.timeout(Duration.ofSeconds(5));
		byte[] body = (arguments.get("body") instanceof SpopValue.Binary binary) ? binary.toByteArray() : new byte[0];
		request.method(text(arguments, "method"),
				(body.length > 0) ? BodyPublishers.ofByteArray(body) : BodyPublishers.noBody());
		for (HeaderBlock.Header header : HeaderBlock.of(value(arguments, "headers"))) {
			if (!OMITTED.contains(header.name())) {
				request.header(header.name(), header.value());
			}
		}
		return request.header("X-Mirror", "true").build();
	}

	private static String text(Arguments arguments, String name) {
		return value(arguments, name).toString();
	}

	private static SpopValue value(Arguments arguments, String name) {
		SpopValue value = arguments.get(name);
		if (value == null) {
			throw new IllegalArgumentException("The message has no argument '" + name + "'");
		}
		return value;
	}

	private void count(String outcome) {
		this.meters.counter("mirror.requests", "outcome", outcome).increment();
	}

	@Override
	public void close() {
		this.threads.shutdownNow();
	}

	/**
	 * Settings of the mirror.
	 *
	 * @param target the server that gets the copies, such as {@code http://10.0.0.5:8080}
	 * @param threads how many copies are sent at the same time
	 * @param queue how many copies wait for a thread; each has up to 16 KB
	 */
	@ConfigurationProperties("recipes.mirror")
	record Settings(String target, int threads, int queue) {
	}

}
