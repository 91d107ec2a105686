package io.spop.boot.autoconfigure;

import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopConnection;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopDefaultMessage;
import io.spop.annotation.SpopMessage;
import io.spop.annotation.SpopVar;
import io.spop.protocol.Actions;
import io.spop.protocol.HeaderBlock;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import io.spop.test.EveryHaproxy;
import io.spop.test.haproxy.Haproxy;
import io.spop.test.haproxy.HaproxyBinary;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Handler methods that each version of HAProxy calls: what they get of all that it can
 * send, and what it gets of all that they return.
 */
@EveryHaproxy
@Timeout(120)
class HandlersIT {

	private static final String CONFIGURATION = """
			global
				log stdout format raw local0
			defaults
				mode http
				log global
				timeout connect 5s
				timeout client 30s
				timeout server 30s
			frontend front
				bind "${FRONT}"
				option http-buffer-request
				filter spoe engine e config spoe.conf
				%s
				http-request return status 200 content-type text/plain string "Hello"
			backend agents
				mode tcp
				option spop-check
				server agent "${AGENT}" check inter 100ms
			""";

	private static final String ENGINE = """
			[e]
			spoe-agent e
				messages args record results map later fails unnamed other
				option var-prefix e
				timeout hello 10s
				timeout idle 30s
				timeout processing 10s
				use-backend agents
			spoe-message args
				args src=src method=method path=path user-agent=hdr(user-agent) int=int(-42) large=int(9223372036854775807)
				args yes=bool(true) missing=hdr(x-missing) headers=req.hdrs bin=req.hdrs_bin body=req.body
				args tag=str(a) tag=str(b) unit=str(seconds) time=str(5s) six=ipv6(2001:db8::1) latin=hdr(x-latin)
				event on-frontend-http-request
			spoe-message record
				args src=src user_agent=hdr(user-agent) missing=hdr(x-missing)
				event on-frontend-http-request
			spoe-message results
				event on-frontend-http-request
			spoe-message map
				event on-frontend-http-request
			spoe-message later
				event on-frontend-http-request
			spoe-message fails
				args n=str(x)
				event on-frontend-http-request
			spoe-message unnamed
				args str(one) int(2)
				event on-frontend-http-request
			spoe-message other
				event on-frontend-http-request
			""";

	private static final List<String> VARIABLES = List.of("all", "record", "text", "char", "long", "negative", "int",
			"unsigned", "yes", "v4", "v6", "bytes", "buffer", "unit", "time", "double", "optional", "mapped", "later",
			"failed", "unnamed", "other");

	@Parameter
	private HaproxyBinary binary;

	@Test
	void whenHaproxyCallsThenArgumentsAndResultsHaveTheirTypes() {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class))
			.withPropertyValues("spop.listeners.main.port=0", "spop.handler.timeout=8s",
					"spop.handler.error-variable.name=failed")
			.withBean(Handlers.class)
			.run((context) -> {
				StringBuilder headers = new StringBuilder();
				VARIABLES.forEach((name) -> headers
					.append("http-after-response set-header x-" + name + " %[var(txn.e." + name + ")]\n\t"));
				try (Haproxy haproxy = Haproxy.configuredWith(CONFIGURATION.formatted(headers))
					.file("spoe.conf", ENGINE)
					.bind("FRONT")
					.variable("AGENT", "127.0.0.1:" + context.getBean(Handlers.class).agent.port())
					.startProcess(this.binary)) {
					haproxy.awaitUp();
					assertHeaders(post(haproxy.port("FRONT")));
				}
			});
	}

	private static HttpHeaders post(int port) throws Exception {
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/a?b"))
			.version(HttpClient.Version.HTTP_1_1)
			.header("User-Agent", "test/1")
			.header("X-Several", "one")
			.header("X-Several", "two")
			.header("X-Latin", "caf\u00e9")
			.POST(HttpRequest.BodyPublishers.ofString("body"))
			.build();
		return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding()).headers();
	}

	private static void assertHeaders(HttpHeaders headers) {
		Map<String, String> values = new LinkedHashMap<>();
		VARIABLES.forEach((name) -> values.put(name, headers.firstValue("x-" + name).orElse("")));
		assertThat(values).containsEntry("all", "right")
			.containsEntry("record", "127.0.0.1 test/1 Optional.empty")
			.containsEntry("text", "plain")
			.containsEntry("char", "c")
			.containsEntry("long", "1099511627776")
			.containsEntry("negative", "-7")
			.containsEntry("int", "3")
			.containsEntry("unsigned", "-1")
			.containsEntry("yes", "1")
			.containsEntry("v4", "192.0.2.1")
			.containsEntry("v6", "2001:db8::1")
			.containsEntry("bytes", "raw")
			.containsEntry("buffer", "buffered")
			.containsEntry("unit", "SECONDS")
			.containsEntry("time", "PT5S")
			.containsEntry("double", "1.5")
			.containsEntry("optional", "here")
			.containsEntry("mapped", "2")
			.containsEntry("later", "main")
			.containsEntry("failed", "1")
			.containsEntry("unnamed", "one 2")
			.containsEntry("other", "other");
	}

	static class Handlers {

		private BoundSpopAgent agent;

		@EventListener
		void started(SpopAgentStartedEvent event) {
			this.agent = event.agent();
		}

		@SpopMessage("args")
		Map<String, String> args(@SpopArg Inet4Address src, @SpopArg String method, @SpopArg CharSequence path,
				@SpopArg String userAgent, @SpopArg("int") int number, @SpopArg long large, @SpopArg boolean yes,
				@SpopArg @Nullable String missing, @SpopArg HeaderBlock headers, @SpopArg("bin") HeaderBlock binary,
				@SpopArg("body") byte[] bytes, @SpopArg("body") ByteBuffer buffer, @SpopArg("tag") List<String> tags,
				@SpopArg TimeUnit unit, @SpopArg Duration time, @SpopArg("six") InetAddress six,
				@SpopArg("missing") Optional<Integer> optional, @SpopArg("missing") SpopValue value,
				@SpopArg(name = "missing", defaultValue = "none") String defaults,
				@SpopArg(charset = "ISO-8859-1") String latin) throws Exception {
			assertThat(src.getHostAddress()).isEqualTo("127.0.0.1");
			assertThat(method).isEqualTo("POST");
			assertThat(path).isEqualTo("/a");
			assertThat(userAgent).isEqualTo("test/1");
			assertThat(number).isEqualTo(-42);
			assertThat(large).isEqualTo(Long.MAX_VALUE);
			assertThat(yes).isTrue();
			assertThat(missing).isNull();
			for (HeaderBlock block : List.of(headers, binary)) {
				assertThat(block.get("User-Agent")).isEqualTo("test/1");
				assertThat(block.getAll("X-SEVERAL")).containsExactly("one", "two");
				assertThat(block.get("x-missing")).isNull();
			}
			assertThat(bytes).isEqualTo("body".getBytes(StandardCharsets.UTF_8));
			assertThat(buffer).isEqualTo(ByteBuffer.wrap(bytes));
			assertThat(tags).containsExactly("a", "b");
			assertThat(unit).isEqualTo(TimeUnit.SECONDS);
			assertThat(time).isEqualTo(Duration.ofSeconds(5));
			assertThat(six).isEqualTo(InetAddress.getByName("2001:db8::1"));
			assertThat(optional).isEmpty();
			assertThat(value).isEqualTo(SpopValue.ofNull());
			assertThat(defaults).isEqualTo("none");
			assertThat(latin).startsWith("caf");
			return Map.of("all", "right");
		}

		@SpopMessage("record")
		Optional<Actions> record(Request request) {
			return Optional.of(Actions.set(VarScope.TRANSACTION, "record",
					request.src().getHostAddress() + " " + request.userAgent() + " " + request.missing()));
		}

		@SpopMessage("results")
		Results results() throws Exception {
			return new Results("plain", 'c', 1L << 40, -7, (short) 3,
					BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE), true, InetAddress.getByName("192.0.2.1"),
					InetAddress.getByName("2001:db8::1"), "raw".getBytes(StandardCharsets.UTF_8),
					ByteBuffer.wrap("buffered".getBytes(StandardCharsets.UTF_8)), TimeUnit.SECONDS,
					Duration.ofSeconds(5), 1.5, Optional.of("here"));
		}

		@SpopMessage("map")
		CompletableFuture<Map<String, Object>> map() {
			return CompletableFuture.supplyAsync(() -> Map.of("mapped", 2));
		}

		@SpopMessage("later")
		Mono<Later> later(SpopConnection connection) {
			return Mono.delay(Duration.ofMillis(1)).map((tick) -> new Later(connection.listener()));
		}

		@SpopMessage("fails")
		void fails(@SpopArg int n) {
		}

		@SpopMessage("unnamed")
		@NonBlocking
		Actions unnamed(@SpopArg(index = 0) String first, @SpopArg(index = 1) int second) {
			return Actions.set(VarScope.TRANSACTION, "unnamed", first + " " + second);
		}

		@SpopDefaultMessage
		@NonBlocking
		Actions other(NotifyMessage message) {
			return Actions.set(VarScope.TRANSACTION, "other", message.name());
		}

	}

	record Request(InetAddress src, String userAgent, Optional<String> missing) {

	}

	record Results(@SpopVar String text, @SpopVar("char") char character, @SpopVar("long") long big,
			@SpopVar int negative, @SpopVar("int") short small, @SpopVar BigInteger unsigned, @SpopVar boolean yes,
			@SpopVar InetAddress v4, @SpopVar InetAddress v6, @SpopVar byte[] bytes, @SpopVar ByteBuffer buffer,
			@SpopVar TimeUnit unit, @SpopVar Duration time, @SpopVar("double") double floating,
			@SpopVar Optional<String> optional) {

	}

	record Later(@SpopVar String later) {

	}

}
