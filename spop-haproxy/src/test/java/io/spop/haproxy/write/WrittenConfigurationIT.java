package io.spop.haproxy.write;

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
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopExchange;
import io.spop.agent.SpopListener;
import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.ArgumentDescription;
import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.ListenerDescription;
import io.spop.haproxy.MessageDescription;
import io.spop.haproxy.OnError;
import io.spop.haproxy.SpoeEvent;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import io.spop.test.EveryHaproxy;
import io.spop.test.haproxy.Haproxy;
import io.spop.test.haproxy.HaproxyBinary;
import io.spop.test.haproxy.HaproxyProcess;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Lets requests pass a HAProxy with a written configuration, and an agent behind it.
 */
@EveryHaproxy
class WrittenConfigurationIT {

	private final HaproxyBinary binary;

	private final Queue<String> received = new ConcurrentLinkedQueue<>();

	private final HttpClient client = HttpClient.newHttpClient();

	@TempDir
	Path folder;

	WrittenConfigurationIT(HaproxyBinary binary) {
		this.binary = binary;
	}

	@BeforeEach
	void openFolder() throws Exception {
		// HAProxy may run as another user
		Files.setPosixFilePermissions(this.folder, PosixFilePermissions.fromString("rwxr-xr-x"));
	}

	@Test
	void whenRequestsComeThenTheAgentGetsMessagesAndRulesSeeItsVariables() throws Exception {
		try (BoundSpopAgent agent = bind();
				HaproxyProcess haproxy = start(description(Duration.ofSeconds(10), agent.port()))) {
			haproxy.awaitUp();
			HttpResponse<String> response = request(haproxy, "GET", "");
			assertThat(response.statusCode()).isEqualTo(200);
			assertThat(response.headers().firstValue("x-score")).contains("42");
			assertThat(response.headers().firstValue("x-var")).contains("tequila");
			assertThat(response.headers().firstValue("x-error").orElse("")).isEmpty();
			assertThat(this.received).containsSubsequence("check-client-ip ip=127.0.0.1",
					"log-request ip=127.0.0.1 note=it is, \"fine\" $HOME 1 GET");
			assertThat(this.received).noneMatch((message) -> message.startsWith("inspect"));
			response = request(haproxy, "POST", "a body");
			assertThat(response.statusCode()).isEqualTo(200);
			assertThat(this.received).contains("inspect body=6120626f6479");
		}
	}

	@Test
	void whenTheAgentIsAwayThenOnlyWhatMayPassDoes() throws Exception {
		BoundSpopAgent agent = bind();
		int port = agent.port();
		agent.close();
		try (HaproxyProcess haproxy = start(description(Duration.ofMillis(50), port))) {
			HttpResponse<String> response = request(haproxy, "GET", "");
			assertThat(response.statusCode()).isEqualTo(200);
			assertThat(response.headers().firstValue("x-error").orElse("")).isNotEmpty();
			assertThat(request(haproxy, "POST", "a body").statusCode()).isEqualTo(503);
		}
	}

	private AgentDescription description(Duration deadline, int port) {
		return AgentDescription.of(
				List.of(ListenerDescription.tcp("tcp", "127.0.0.1", port),
						ListenerDescription.unix("unix", this.folder.resolve("s").toString())),
				List.of(MessageDescription.of("check-client-ip")
					.timeout(deadline)
					.event(SpoeEvent.ON_CLIENT_SESSION)
					.onError(OnError.OPEN)
					.argument(ArgumentDescription.named("ip").sample("src")),
						MessageDescription.of("log-request")
							.timeout(deadline)
							.event(SpoeEvent.ON_FRONTEND_HTTP_REQUEST)
							.condition("unless { path \"/not logged\" }")
							.onError(OnError.OPEN)
							.argument(ArgumentDescription.at(2).sample("method"))
							.argument(ArgumentDescription.named("ip").sample("src"))
							.argument(ArgumentDescription.named("note").sample("str('it is, \"fine\" $HOME 1')")),
						MessageDescription.of("inspect")
							.timeout(deadline.multipliedBy(2))
							.group("inspection")
							.condition("if METH_POST")
							.onError(OnError.CLOSED)
							.argument(ArgumentDescription.named("body").sample("req.body")),
						MessageDescription.of("unix-only")
							.listeners(Set.of("unix"))
							.timeout(deadline)
							.event(SpoeEvent.ON_HTTP_RESPONSE)
							.onError(OnError.OPEN)
							.argument(ArgumentDescription.named("status").sample("status"))));
	}

	private BoundSpopAgent bind() {
		return SpopAgent.create()
			.listener(SpopListener.tcp("tcp", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
			.listener(SpopListener.unix("unix", this.folder.resolve("s"))
				.permissions(PosixFilePermissions.fromString("rw-rw-rw-")))
			.handler(this::answer)
			.bind();
	}

	private Mono<Actions> answer(SpopExchange exchange) {
		Actions actions = Actions.none();
		for (NotifyMessage message : exchange.messages()) {
			StringBuilder text = new StringBuilder(message.name());
			message.arguments()
				.forEach((argument) -> text.append(' ')
					.append(argument.name().isEmpty() ? "" : argument.name() + "=")
					.append(argument.value()));
			this.received.add(text.toString());
			actions = actions.and(message.name().equals("check-client-ip") ? Actions.set(VarScope.SESSION, "score", 42)
					: Actions.set(VarScope.TRANSACTION, "my_var", "tequila"));
		}
		return Mono.just(actions);
	}

	private HaproxyProcess start(AgentDescription description) {
		WrittenConfiguration written = ConfigurationWriter.write(description, HaproxyVersion.of(this.binary.version()));
		String main = written.main()
			.replace("bind 127.0.0.1:5080\n", """
					bind "${FRONT}"
					http-after-response set-header x-score %[var(sess.spop.score)]
					http-after-response set-header x-var %[var(txn.spop.my_var)]
					http-after-response set-header x-error %[var(txn.spop.error_50ms)]
					""")
			.replace("server web 127.0.0.1:5081",
					"http-request return status 200 content-type text/plain string Hello");
		return Haproxy.configuredWith(main + written.backend())
			.file("spoe.conf", written.spoe())
			.bind("FRONT")
			.startProcess(this.binary);
	}

	private HttpResponse<String> request(Haproxy haproxy, String method, String body) throws Exception {
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + haproxy.port("FRONT") + "/"))
			.method(method, HttpRequest.BodyPublishers.ofString(body))
			.build();
		return this.client.send(request, HttpResponse.BodyHandlers.ofString());
	}

}
