package io.spop.boot.autoconfigure.actuate;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.spop.test.EveryHaproxy;
import io.spop.test.haproxy.Haproxy;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Holds the alert rules and their page to what HAProxy's exporter shows, while HAProxy
 * has no agent.
 */
@EveryHaproxy
class HaproxyMetricsIT {

	private static final Pattern METRIC = Pattern.compile("\\bhaproxy_(?:backend|server|process)_[a-z_]+\\b");

	private static final String CONFIGURATION = """
			defaults
				mode http
				timeout connect 5s
				timeout client 30s
				timeout server 30s
			frontend front
				bind "${FRONT}"
				filter spoe engine e config spoe.conf
				http-request return status 200
			frontend metrics
				bind "${METRICS}"
				http-request use-service prometheus-exporter if { path /metrics }
			backend agents
				mode tcp
				option spop-check
				server agent "${AGENT}" check inter 100ms
			""";

	private static final String ENGINE = """
			[e]
			spoe-agent e
				messages m
				option var-prefix e
				option set-on-error error
				timeout hello 10s
				timeout idle 30s
				timeout processing 10s
				use-backend agents
			spoe-message m
				args ip=src
				event on-frontend-http-request
			""";

	@Parameter
	private HaproxyBinary binary;

	private final HttpClient client = HttpClient.newHttpClient();

	@Test
	void whenThereIsNoAgentThenTheMetricsOfTheRulesSaySo() throws Exception {
		Set<String> named = metrics(Files.readString(Path.of("../monitoring/prometheus-rules.yml")));
		named.addAll(metrics(Files.readString(Path.of("../docs/monitoring.md"))));
		assertThat(named).hasSizeGreaterThan(5);
		try (Socket unused = boundWithoutListening();
				Haproxy haproxy = Haproxy.configuredWith(CONFIGURATION)
					.file("spoe.conf", ENGINE)
					.bind("FRONT")
					.bind("METRICS")
					.agent("AGENT", unused.getLocalPort())
					.startProcess(this.binary)) {
			String metrics = "http://127.0.0.1:" + haproxy.port("METRICS") + "/metrics";
			await().until(() -> get(metrics).contains("haproxy_backend_status{proxy=\"agents\",state=\"DOWN\"} 1"));
			get("http://127.0.0.1:" + haproxy.port("FRONT") + "/");
			String scraped = get(metrics);
			assertThat(metrics(scraped)).containsAll(named);
			assertThat(scraped).contains("haproxy_server_status{proxy=\"agents\",server=\"agent\",state=\"DOWN\"} 1",
					"haproxy_server_check_up_down_total{proxy=\"agents\",server=\"agent\"} 1",
					"haproxy_backend_current_queue{proxy=\"agents\"} 0",
					"haproxy_process_build_info{version=\"" + this.binary.version());
			String messages = this.binary.isAtLeast(3, 1) ? "1" : "0";
			assertThat(scraped).contains("haproxy_backend_sessions_total{proxy=\"agents\"} " + messages,
					"haproxy_backend_connection_errors_total{proxy=\"agents\"} " + messages);
		}
	}

	private String get(String uri) throws IOException, InterruptedException {
		HttpRequest request = HttpRequest.newBuilder(URI.create(uri)).build();
		return this.client.send(request, HttpResponse.BodyHandlers.ofString()).body();
	}

	/** Has a port that nobody can listen on. */
	private static Socket boundWithoutListening() throws IOException {
		Socket socket = new Socket();
		socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
		return socket;
	}

	private static Set<String> metrics(String text) {
		return METRIC.matcher(text)
			.results()
			.map((found) -> found.group())
			.collect(Collectors.toCollection(TreeSet::new));
	}

}
