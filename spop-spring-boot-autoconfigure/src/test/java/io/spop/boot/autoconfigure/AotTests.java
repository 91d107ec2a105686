package io.spop.boot.autoconfigure;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

import io.spop.client.Probe;
import io.spop.client.SpopClient;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import io.spop.test.AotApplication;
import io.spop.test.TestCertificates;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * An application that is processed ahead of time.
 */
// Processing and each start may take 60 s
@Timeout(420)
class AotTests {

	@Test
	void whenApplicationIsProcessedAheadOfTimeThenItsHandlersWork(@TempDir Path folder) throws Exception {
		new TestCertificates("ours").write(folder, "agent", "agent");
		try (AotApplication application = AotApplication.start(AotTestApplication.class, "--spop.listeners.main.port=0",
				"--spop.warm-up.enabled=false", "--spop.handler.timeout=10s", "--logging.level.io.spop=debug",
				"--spop.handler.executor=ownExecutor", "--spop.listeners.tls.port=0",
				"--spop.listeners.tls.ssl.bundle=agent",
				"--spring.ssl.bundle.pem.agent.keystore.certificate=" + folder.resolve("agent.crt"),
				"--spring.ssl.bundle.pem.agent.keystore.private-key=" + folder.resolve("agent.key"))) {
			InetSocketAddress tls = address(application, "tls");
			assertThatIOException().isThrownBy(() -> Probe.check(tls, Duration.ofSeconds(30)))
				.withMessageContaining("TLS");
			InetSocketAddress address = address(application, "main");
			int port = address.getPort();
			assertThat(application.log()).contains("AOT-processed").doesNotContain("Warmed up");
			try (SpopClient client = SpopClient.connect(address).block()) {
				assertThat(client.notify(message(SpopValue.of(7))).block())
					.isEqualTo(Actions.set(VarScope.SESSION, "score", 8).andSet(VarScope.TRANSACTION, "seen", true));
				assertThat(client.notify(NotifyMessage.of("port")).block())
					.isEqualTo(Actions.set(VarScope.SESSION, "port", port).andSet(VarScope.TRANSACTION, "seen", true));
				assertThat(client.notify(message(SpopValue.of("x"))).block()).isEqualTo(
						Actions.set(VarScope.TRANSACTION, "advice", true).andSet(VarScope.TRANSACTION, "seen", true));
				assertThat(client.notify(message(SpopValue.of(101))).block()).isEqualTo(
						Actions.set(VarScope.TRANSACTION, "advice", true).andSet(VarScope.TRANSACTION, "seen", true));
				assertThat(client.notify(NotifyMessage.of("guard", new Argument("number", SpopValue.of(7)))).block())
					.isEqualTo(Actions.set(VarScope.SESSION, "score", 14).andSet(VarScope.TRANSACTION, "seen", true));
				assertThat(client.notify(NotifyMessage.of("thread")).block().toString()).contains("own-");
				assertThat(client.notify(NotifyMessage.of("greet")).block())
					.isEqualTo(Actions.set(VarScope.SESSION, "caller", "Caller[message=greet]")
						.andSet(VarScope.TRANSACTION, "seen", true));
			}
		}
	}

	@Test
	void whenPropertiesChangeAfterProcessingThenTheNewValuesCount(@TempDir Path folder) {
		String listener = "--spop.listeners.main.port=0";
		try (AotApplication application = AotApplication.start(AotTestApplication.class,
				List.of("--spop.enabled=false", "--spop.warm-up.enabled=false", "--spop.listeners.other.port=0"),
				listener, "--logging.level.io.spop=debug")) {
			application.awaitLog(Pattern.compile("SPOP listener 'main'"));
			assertThat(application.log()).contains("AOT-processed", "Warmed up").doesNotContain("'other'");

			application.restart(listener, "--spop.enabled=false", "--logging.level.io.spop=debug");
			assertThat(application.awaitEnd()).isZero();
			assertThat(application.log()).contains("No SPOP listener opens, because 'spop.enabled' is false")
				.contains("Started AotTestApplication")
				.doesNotContain("SPOP listener '", "Warmed up");

			application.restart(listener, "--spop.haproxy.write=" + folder);
			assertThat(application.awaitEnd()).isZero();
			assertThat(folder.resolve("spoe.conf")).content().contains("spoe-message score", "args number=");

			application.restart(listener, "--spop.handler.pool.max-size=0");
			assertThat(application.awaitEnd()).isOne();
			assertThat(application.log()).contains("spop.handler.pool.max-size");

			application.restart(listener, "--spop.handler.executor=nobody");
			assertThat(application.awaitEnd()).isOne();
			assertThat(application.log()).contains("There is no bean of this name");
		}
	}

	private static InetSocketAddress address(AotApplication application, String listener) {
		return new InetSocketAddress("127.0.0.1",
				Integer.parseInt(
						application.awaitLog(Pattern.compile("SPOP listener '" + listener + "' on 127.0.0.1:(\\d+)"))
							.group(1)));
	}

	private static NotifyMessage message(SpopValue number) {
		return NotifyMessage.of("score", new Argument("number", number));
	}

}
