package io.spop.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import io.spop.test.EnabledIfHaproxy;
import io.spop.test.haproxy.Haproxy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests an agent that a real HAProxy calls over TCP and over a UNIX socket.
 */
@EnabledIfHaproxy
@Timeout(60)
class SpopAgentIT {

	private static final String CONFIGURATION = """
			global
				log stdout format raw local0
			defaults
				mode http
				log global
				timeout connect 1s
				timeout check 5s
				timeout client 10s
				timeout server 1m
			frontend front
				bind "${FRONT}"
				filter spoe engine tcp config spoe.conf
				filter spoe engine unix config spoe.conf
				http-after-response set-header x-session %[var(sess.tcp.number)]
				http-after-response set-header x-tcp %[var(txn.tcp.echo)]
				http-after-response set-header x-unix %[var(txn.unix.echo)]
				http-after-response set-header x-error %[var(txn.tcp.error)]
				default_backend back
			backend back
				http-request return status 200 content-type text/plain string "Hello"
			backend tcp
				mode tcp
				option spop-check
				server agent "${TCP}" check inter 100ms
			backend unix
				mode tcp
				option spop-check
				server agent "unix@${UNIX}" check inter 100ms
			""";

	private static final String ENGINE = """
			[%1$s]
			spoe-agent %1$s
				messages session request
				option var-prefix %1$s
				option set-on-error error
				option continue-on-error
				timeout hello 2s
				timeout idle 10s
				timeout processing 2s
				use-backend %1$s
				log global
			spoe-message session
				args ip=src
				event on-client-session
			spoe-message request
				args path=path ssl=ssl_fc missing=hdr(x-missing) large=int(9223372036854775807) int(-1)
				event on-frontend-http-request
			""";

	@TempDir
	private Path folder;

	private final Queue<NotifyMessage> messages = new ConcurrentLinkedQueue<>();

	private volatile SpopHandler handler = this::answer;

	private BoundSpopAgent agent;

	private Haproxy haproxy;

	private final HttpClient client = HttpClient.newHttpClient();

	@BeforeEach
	void start() throws IOException {
		// HAProxy may run as another user
		Files.setPosixFilePermissions(this.folder, PosixFilePermissions.fromString("rwxr-xr-x"));
		Path socket = this.folder.resolve("s");
		this.agent = SpopAgent.create()
			.listener(SpopListener.tcp("tcp", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
			.listener(SpopListener.unix("unix", socket).permissions(PosixFilePermissions.fromString("rw-rw-rw-")))
			.handler((exchange) -> this.handler.handle(exchange))
			.bind();
		this.haproxy = Haproxy.configuredWith(CONFIGURATION)
			.file("spoe.conf", ENGINE.formatted("tcp") + ENGINE.formatted("unix"))
			.bind("FRONT")
			.variable("TCP", "127.0.0.1:" + this.agent.port())
			.variable("UNIX", socket.toString())
			.startProcess();
		this.haproxy.awaitUp();
	}

	@AfterEach
	void stop() {
		this.haproxy.close();
		this.agent.close();
	}

	private Mono<Actions> answer(SpopExchange exchange) {
		Actions actions = Actions.none();
		for (NotifyMessage message : exchange.messages()) {
			this.messages.add(message);
			actions = actions.and(message.name().equals("session") ? Actions.set(VarScope.SESSION, "number", -42)
					: Actions.set(VarScope.TRANSACTION, "echo", message.arguments().get("path")));
		}
		return Mono.just(actions);
	}

	private CompletableFuture<HttpResponse<String>> get(String path) {
		URI uri = URI.create("http://127.0.0.1:" + this.haproxy.port("FRONT") + path);
		return this.client.sendAsync(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
	}

	private static void assertAnswered(HttpResponse<String> response, String path) {
		assertThat(response.body()).isEqualTo("Hello");
		assertThat(response.headers().firstValue("x-tcp")).contains(path);
		assertThat(response.headers().firstValue("x-unix")).contains(path);
		assertThat(response.headers().firstValue("x-session")).contains("-42");
	}

	@Test
	void whenRequestThenHandlerSeesArgumentsAndHaproxyVariables() {
		assertAnswered(get("/one").join(), "/one");
		NotifyMessage session = this.messages.stream().filter((m) -> m.name().equals("session")).findFirst().get();
		assertThat(session.arguments().get("ip")).isEqualTo(new SpopValue.Ipv4(0x7F000001));
		NotifyMessage request = this.messages.stream().filter((m) -> m.name().equals("request")).findFirst().get();
		assertThat(request.arguments().get("path")).isEqualTo(SpopValue.of("/one"));
		assertThat(request.arguments().get("ssl")).isEqualTo(SpopValue.of(false));
		assertThat(request.arguments().get("missing")).isEqualTo(SpopValue.ofNull());
		assertThat(request.arguments().get("large")).isEqualTo(SpopValue.of(Long.MAX_VALUE));
		assertThat(request.arguments().name(4)).isEmpty();
		assertThat(request.arguments().value(4)).isEqualTo(SpopValue.of(-1));
	}

	@Test
	void whenManyRequestsAtOnceThenEachGetsItsOwnAnswer() {
		this.handler = (exchange) -> answer(exchange).delayElement(Duration.ofMillis(exchange.streamId() % 5));
		List<CompletableFuture<HttpResponse<String>>> responses = IntStream.range(0, 200)
			.mapToObj((i) -> get("/" + i))
			.toList();
		for (int i = 0; i < responses.size(); i++) {
			assertAnswered(responses.get(i).join(), "/" + i);
		}
	}

	@Test
	void whenHandlerFailsThenRequestGoesOnWithoutAnError() {
		this.handler = (exchange) -> Mono.error(new IllegalStateException("for a test"));
		HttpResponse<String> response = get("/").join();
		assertThat(response.body()).isEqualTo("Hello");
		assertThat(response.headers().firstValue("x-tcp").orElse("")).isEmpty();
		assertThat(response.headers().firstValue("x-error").orElse("")).isEmpty();
	}

	@Test
	void whenAgentStopsThenHaproxySeesItAndFindsItAgain() {
		assertAnswered(get("/").join(), "/");
		int port = this.agent.port();
		this.agent.stop(Duration.ofSeconds(5));
		this.haproxy.awaitLog("Server tcp/agent is DOWN");
		this.agent = SpopAgent.create()
			.listener(SpopListener.tcp("tcp", new InetSocketAddress(InetAddress.getLoopbackAddress(), port)))
			.handler(this.handler)
			.bind();
		this.haproxy.awaitLog("Server tcp/agent is UP");
		assertThat(get("/again").join().headers().firstValue("x-tcp")).contains("/again");
	}

}
