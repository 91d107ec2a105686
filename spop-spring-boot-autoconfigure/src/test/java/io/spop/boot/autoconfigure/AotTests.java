package io.spop.boot.autoconfigure;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

import io.spop.client.SpopClient;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import io.spop.test.AotApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application that is processed ahead of time.
 */
@Timeout(120)
class AotTests {

	@Test
	void whenApplicationIsProcessedAheadOfTimeThenItsHandlersWork() {
		try (AotApplication application = AotApplication.start(AotTestApplication.class, "--spop.listeners.main.port=0",
				"--spop.warm-up.enabled=false", "--spop.handler.timeout=10s", "--logging.level.io.spop=debug")) {
			int port = Integer
				.parseInt(application.awaitLog(Pattern.compile("SPOP listener 'main' on 127.0.0.1:(\\d+)")).group(1));
			assertThat(application.log()).contains("AOT-processed").doesNotContain("Warmed up");
			try (SpopClient client = SpopClient.connect(new InetSocketAddress("127.0.0.1", port)).block()) {
				assertThat(client.notify(message(SpopValue.of(7))).block())
					.isEqualTo(Actions.set(VarScope.SESSION, "score", 8).andSet(VarScope.TRANSACTION, "seen", true));
				assertThat(client.notify(NotifyMessage.of("port")).block())
					.isEqualTo(Actions.set(VarScope.SESSION, "port", port).andSet(VarScope.TRANSACTION, "seen", true));
				assertThat(client.notify(message(SpopValue.of("x"))).block()).isEqualTo(
						Actions.set(VarScope.TRANSACTION, "advice", true).andSet(VarScope.TRANSACTION, "seen", true));
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

	private static NotifyMessage message(SpopValue number) {
		return NotifyMessage.of("score", new Argument("number", number));
	}

}
