package io.spop.recipes.reputation;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.health.contributor.Status;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ReputationFeed}.
 */
@Timeout(60)
class ReputationFeedTests {

	@TempDir
	Path folder;

	private final List<Integer> statuses = new ArrayList<>();

	private HttpServer server;

	private String list = "192.0.2.0/24 10";

	private int lengthToo = 0;

	private Path file;

	private ReputationFeed feed;

	@BeforeEach
	void start() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.createContext("/", this::answer);
		this.server.start();
		this.file = this.folder.resolve("networks.txt");
		URI uri = URI.create("http://127.0.0.1:" + this.server.getAddress().getPort() + "/networks.txt");
		this.feed = new ReputationFeed(
				new ReputationList.Settings(this.file, Duration.ofSeconds(1), uri, Duration.ofSeconds(1)));
	}

	@AfterEach
	void stop() {
		this.server.stop(0);
	}

	private void answer(HttpExchange exchange) throws IOException {
		String etag = "\"" + this.list.hashCode() + "\"";
		boolean same = etag.equals(exchange.getRequestHeaders().getFirst("If-None-Match"));
		int status = same ? 304 : this.list.isEmpty() ? 503 : 200;
		this.statuses.add(status);
		byte[] body = this.list.getBytes(StandardCharsets.UTF_8);
		exchange.getResponseHeaders().add("ETag", etag);
		exchange.sendResponseHeaders(status, (status == 200) ? body.length + this.lengthToo : -1);
		if (status == 200) {
			exchange.getResponseBody().write(body);
		}
		exchange.close();
	}

	@Test
	void whenFeedHasAnotherListThenItIsInTheFile() throws Exception {
		this.feed.fetch();
		assertThat(this.file).hasContent("192.0.2.0/24 10");
		this.feed.fetch();
		this.list = "192.0.2.0/24 20";
		this.feed.fetch();
		assertThat(this.file).hasContent("192.0.2.0/24 20");
		assertThat(this.statuses).containsExactly(200, 304, 200);
		assertThat(this.feed.health().getStatus()).isEqualTo(Status.UP);
	}

	@Test
	void whenFileIsGoneThenItIsFetchedAgain() throws Exception {
		this.feed.fetch();
		Files.delete(this.file);
		this.feed.fetch();
		assertThat(this.file).exists();
	}

	@Test
	void whenFeedHasNoListThenTheFileStays() throws Exception {
		this.feed.fetch();
		this.list = "<html>Please log in</html>";
		this.feed.fetch();
		assertThat(this.file).hasContent("192.0.2.0/24 10");
		assertThat(failure()).contains("Line 1 is not a network");
		this.list = "192.0.2.0/24 20";
		this.feed.fetch();
		assertThat(this.file).hasContent("192.0.2.0/24 20");
		assertThat(this.feed.health().getStatus()).isEqualTo(Status.UP);
	}

	@Test
	void whenListIsCutThenTheFileStays() throws Exception {
		this.feed.fetch();
		this.list = "192.0.2.0/24 20\n";
		this.lengthToo = 20;
		this.feed.fetch();
		assertThat(this.file).hasContent("192.0.2.0/24 10");
		assertThat(failure()).contains("IOException");
	}

	@Test
	void whenFeedAnswersWithAnErrorThenTheFileStays() throws Exception {
		this.feed.fetch();
		this.list = "";
		this.feed.fetch();
		assertThat(this.file).hasContent("192.0.2.0/24 10");
		assertThat(failure()).contains("Status 503");
		this.server.stop(0);
		this.feed.fetch();
		assertThat(failure()).contains("ConnectException");
	}

	private String failure() {
		assertThat(this.feed.health().getStatus()).isEqualTo(Status.DOWN);
		return Objects.requireNonNull(this.feed.health().getDetails().get("failure")).toString();
	}

}
