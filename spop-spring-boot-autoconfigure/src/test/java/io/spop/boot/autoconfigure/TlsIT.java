package io.spop.boot.autoconfigure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.pkitesting.X509Bundle;
import io.spop.agent.BoundSpopAgent;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.boot.autoconfigure.actuate.SpopMetricsAutoConfiguration;
import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import io.spop.test.EveryHaproxy;
import io.spop.test.TestCertificates;
import io.spop.test.haproxy.Haproxy;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * An application that has a certificate and wants one of each version of HAProxy.
 */
@EveryHaproxy
@Timeout(120)
class TlsIT {

	private static final String CONFIGURATION = """
			global
				log stdout format raw local0
			defaults
				mode http
				log global
				timeout connect 5s
				timeout check 10s
				timeout client 30s
				timeout server 30s
			frontend front
				bind "${FRONT}"
				filter spoe engine e config spoe.conf
				http-after-response set-header x-path %[var(txn.e.path)]
				http-after-response set-header x-error %[var(txn.e.error)]
				http-request return status 200
			backend agents
				mode tcp
				option spop-check
				server agent "${AGENT}" check inter 100ms ssl verify required ca-file ca.pem verifyhost agent.internal \
					crt haproxy.pem
			""";

	private static final String WRONG_CLIENT = """
			backend wrong
				mode tcp
				option spop-check
				server wrong "${AGENT}" check inter 100ms %s
			""";

	private static final String ENGINE = """
			[e]
			spoe-agent e
				messages request
				option var-prefix e
				option set-on-error error
				timeout hello 10s
				timeout idle 30s
				timeout processing 10s
				use-backend agents
			spoe-message request
				args path=path
				event on-frontend-http-request
			""";

	private static final TestCertificates ours = new TestCertificates("ours");

	private static final X509Bundle client = ours.issue("haproxy");

	private static final TestCertificates others = new TestCertificates("others");

	@TempDir
	private Path folder;

	@Parameter
	private HaproxyBinary binary;

	private ApplicationContextRunner runner;

	@BeforeEach
	void prepare() throws IOException {
		ours.write(this.folder, "agent", "agent");
		String bundle = "spring.ssl.bundle.pem.agent.";
		this.runner = new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class, SpopAgentAutoConfiguration.class,
					SpopHandlerAutoConfiguration.class, SpopMetricsAutoConfiguration.class))
			.withPropertyValues("spop.listeners.main.port=0", "spop.listeners.main.ssl.bundle=agent",
					"spop.listeners.main.ssl.client-auth=need", "spop.listeners.main.allow=127.0.0.0/8",
					"spop.handler.timeout=8s", bundle + "keystore.certificate=" + this.folder.resolve("agent.crt"),
					bundle + "keystore.private-key=" + this.folder.resolve("agent.key"),
					bundle + "truststore.certificate=" + this.folder.resolve("ca.crt"),
					bundle + "reload-on-update=true", "spring.ssl.bundle.watch.file.quiet-period=100ms")
			.withBean(SimpleMeterRegistry.class)
			.withBean(Handlers.class);
	}

	private Haproxy start(ApplicationContext context, String more) {
		return Haproxy.configuredWith(CONFIGURATION + more)
			.file("spoe.conf", ENGINE)
			.file("ca.pem", ours.authority())
			.file("haproxy.pem", TestCertificates.pem(client))
			.file("others.pem", others.authority())
			.file("stranger.pem", TestCertificates.pem(others.issue("stranger")))
			.bind("FRONT")
			.variable("AGENT", "127.0.0.1:" + agent(context).port())
			.startProcess(this.binary);
	}

	private static BoundSpopAgent agent(ApplicationContext context) {
		return context.getBean(SpopAgentLifecycle.class).agent();
	}

	@Test
	void whenBothHaveCertificatesThenRequestsAreServed() {
		this.runner.run((context) -> {
			try (Haproxy haproxy = start(context, "")) {
				haproxy.awaitUp();
				for (int i = 0; i < 20; i++) {
					assertServed(HttpClient.newHttpClient(), haproxy);
				}
				assertThat(closed(context, "tls-error")).isZero();
			}
		});
	}

	@Test
	void whenClientHasNoCertificateThenItIsRefusedAndCounted() {
		assertRefused("ssl verify none");
	}

	@Test
	void whenClientHasACertificateOfAnotherAuthorityThenItIsRefusedAndCounted() {
		assertRefused("ssl verify none crt stranger.pem");
	}

	@Test
	void whenClientDoesNotTrustTheAgentThenItIsCounted() {
		assertRefused("ssl verify required ca-file others.pem crt haproxy.pem");
	}

	@Test
	void whenClientHasAnOldProtocolThenItIsRefusedAndCounted() {
		assertRefused("ssl verify none crt haproxy.pem ssl-min-ver TLSv1.1 ssl-max-ver TLSv1.1 "
				+ "ciphers DEFAULT@SECLEVEL=0");
	}

	@Test
	void whenClientHasNoTlsThenItIsRefusedAndCounted() {
		assertRefused("");
	}

	private void assertRefused(String options) {
		this.runner.run((context) -> {
			try (Haproxy haproxy = start(context, WRONG_CLIENT.formatted(options))) {
				haproxy.awaitLog("Server wrong/wrong is DOWN");
				await().untilAsserted(() -> assertThat(closed(context, "tls-error")).isPositive());
				assertThat(handshakes(context, "refused")).isPositive();
				await().untilAsserted(() -> assertServed(HttpClient.newHttpClient(), haproxy));
			}
		});
	}

	@Test
	void whenCertificateIsReplacedUnderRequestsThenNoneIsLost() {
		this.runner.run((context) -> {
			AtomicInteger answers = new AtomicInteger();
			AtomicBoolean over = new AtomicBoolean();
			ExecutorService executor = Executors.newCachedThreadPool();
			try (Haproxy haproxy = start(context, "")) {
				haproxy.awaitUp();
				List<CompletableFuture<Void>> clients = IntStream.range(0, 8)
					.mapToObj((i) -> CompletableFuture.runAsync(() -> {
						HttpClient http = HttpClient.newHttpClient();
						while (!over.get()) {
							assertServed(http, haproxy);
							answers.incrementAndGet();
						}
					}, executor))
					.toList();
				for (int i = 1; i <= 3; i++) {
					String name = "agent-" + i;
					awaitMore(answers, 300);
					ours.write(this.folder, "agent", name);
					await().atMost(Duration.ofSeconds(30)).until(() -> certificate(context), ("CN=" + name)::equals);
				}
				awaitMore(answers, 300);
				over.set(true);
				clients.forEach(CompletableFuture::join);
				assertThat(closed(context, "tls-error")).isZero();
			}
			finally {
				over.set(true);
				executor.shutdown();
			}
		});
	}

	private static void awaitMore(AtomicInteger count, int more) {
		int enough = count.get() + more;
		await().atMost(Duration.ofSeconds(30)).until(() -> count.get() >= enough);
	}

	private static void assertServed(HttpClient http, Haproxy haproxy) {
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + haproxy.port("FRONT") + "/path"))
			.version(HttpClient.Version.HTTP_1_1)
			.build();
		try {
			HttpResponse<Void> response = http.send(request, HttpResponse.BodyHandlers.discarding());
			assertThat(response.headers().firstValue("x-path")).contains("/path");
			assertThat(response.headers().firstValue("x-error")).contains("");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Return the name in the certificate that a new connection sees.
	 */
	private static String certificate(ApplicationContext context) throws Exception {
		SSLContext ssl = SSLContext.getInstance("TLS");
		ssl.init(client.toKeyManagerFactory().getKeyManagers(), InsecureTrustManagerFactory.INSTANCE.getTrustManagers(),
				null);
		try (SSLSocket socket = (SSLSocket) ssl.getSocketFactory().createSocket("127.0.0.1", agent(context).port())) {
			return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSubjectX500Principal().getName();
		}
	}

	private static double closed(ApplicationContext context, String reason) {
		return context.getBean(MeterRegistry.class)
			.get("spop.connections.closed")
			.tag("reason", reason)
			.functionCounter()
			.count();
	}

	private static double handshakes(ApplicationContext context, String outcome) {
		return context.getBean(MeterRegistry.class)
			.get("spop.handshakes")
			.tags("kind", "session", "outcome", outcome)
			.functionCounter()
			.count();
	}

	static class Handlers {

		@SpopMessage("request")
		@NonBlocking
		Actions request(@SpopArg("path") String path) {
			return Actions.set(VarScope.TRANSACTION, "path", path);
		}

	}

}
