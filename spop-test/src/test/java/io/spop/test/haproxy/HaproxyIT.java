package io.spop.test.haproxy;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.function.Function;
import java.util.stream.Stream;

import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * HAProxy as a process and, where there is an engine, in a container.
 */
@Timeout(120)
class HaproxyIT {

	private static final String CONFIGURATION = """
			global
				log stdout format raw local0
			defaults
				mode http
				log global
				option httplog
				timeout connect 1s
				timeout client 1s
				timeout server 1s
			frontend front
				bind "${FRONT}"
				default_backend back
			frontend end
				bind "${END}"
				http-request return status 200 content-type text/plain lf-file greeting
			backend back
				option httpchk
				server end "${END}" check inter 100ms
			""";

	static Stream<Named<Function<HaproxySetup, Haproxy>>> places() {
		return Stream.of(Named.of("process", HaproxySetup::startProcess),
				Named.of("container", HaproxySetup::startContainer));
	}

	@ParameterizedTest
	@MethodSource("places")
	void whenConfiguredWithTextThenServes(Function<HaproxySetup, Haproxy> place) throws Exception {
		Haproxy closed;
		try (Haproxy haproxy = start(place,
				Haproxy.configuredWith(CONFIGURATION)
					.bind("FRONT")
					.bind("END")
					.variable("NAME", "HAProxy")
					.file("greeting", "Hello %[env(NAME)]"))) {
			haproxy.awaitUp();
			assertThat(haproxy.uri().getPort()).isEqualTo(haproxy.port("FRONT")).isNotEqualTo(haproxy.port("END"));
			HttpResponse<String> response = HttpClient.newHttpClient()
				.send(HttpRequest.newBuilder(haproxy.uri()).build(), HttpResponse.BodyHandlers.ofString());
			assertThat(response.body()).isEqualTo("Hello HAProxy");
			assertThat(haproxy.awaitLog("front back/end")).contains("\"GET / HTTP/1.1\"");
			assertThat(haproxy.command("show servers state")).contains(" back ", " end ");
			haproxy.command("disable server back/end");
			haproxy.awaitAnswer("show stat", (answer) -> answer.contains("MAINT"));
			assertThatIllegalArgumentException().isThrownBy(() -> haproxy.port("X")).withMessageContaining("FRONT");
			closed = haproxy;
		}
		assertThat(closed).satisfies((haproxy) -> assertThatIllegalStateException()
			.isThrownBy(() -> start(place, Haproxy.configuredWith("nonsense\n")))
			.withMessageContaining("HAProxy did not start")
			.withMessageContaining("unknown keyword 'nonsense'"));
	}

	@ParameterizedTest
	@MethodSource("places")
	void whenSpoeIsGivenThenTheRestIsAdded(Function<HaproxySetup, Haproxy> place) throws Exception {
		try (Haproxy haproxy = start(place, Haproxy.withSpoe("""
				[one]
				spoe-agent one
					messages a
					log global
					timeout hello 1s
					timeout idle 1m
					timeout processing 1s
					use-backend agents
				spoe-message a
					event on-frontend-http-request
				""", "http-request return status 204 hdr error \"%[var(txn.one.error)]\"").agent(1))) {
			haproxy.awaitAnswer("show stat -1 4 -1", (answer) -> answer.contains("DOWN"));
			HttpResponse<Void> response = HttpClient.newHttpClient()
				.send(HttpRequest.newBuilder(haproxy.uri()).build(), HttpResponse.BodyHandlers.discarding());
			assertThat(response.statusCode()).isEqualTo(204);
			haproxy.awaitLog("SPOE: [one]");
		}
	}

	@Test
	void whenHaproxyEndsThenNothingIsWaitedFor() {
		try (HaproxyProcess haproxy = Haproxy.configuredWith(CONFIGURATION)
			.bind("FRONT")
			.bind("END")
			.file("greeting", "")
			.startProcess()) {
			haproxy.softStop().join();
			assertThatIllegalStateException().isThrownBy(() -> haproxy.awaitLog("what never comes"))
				.withMessageStartingWith("HAProxy has ended: waited for a line with 'what never comes' in vain");
		}
	}

	@Test
	void whenSpoeHasNoBackendThenSaysSo() {
		assertThatIllegalArgumentException().isThrownBy(() -> Haproxy.withSpoe("spoe-agent one\n"))
			.withMessageContaining("add 'use-backend agents'");
	}

	private static Haproxy start(Function<HaproxySetup, Haproxy> place, HaproxySetup setup) {
		try {
			return place.apply(setup);
		}
		catch (IllegalStateException ex) {
			// No skip where CI has brought up an engine
			String message = String.valueOf(ex.getMessage());
			assumeTrue(
					Boolean.getBoolean("spop.test.engine") || !message.startsWith("HAProxy cannot run in a container"),
					message);
			throw ex;
		}
	}

}
