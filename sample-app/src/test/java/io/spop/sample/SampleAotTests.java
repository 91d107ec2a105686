package io.spop.sample;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Pattern;

import io.spop.client.SpopClient;
import io.spop.protocol.Action;
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
 * The sample, processed ahead of time.
 */
@Timeout(120)
class SampleAotTests {

	@Test
	void whenProcessedAheadOfTimeThenBothMessagesAreHandled(@TempDir Path folder) throws Exception {
		try (AotApplication application = AotApplication.start(SampleApplication.class, "--spop.listeners.tcp.port=0",
				"--spop.listeners.args.port=0", "--server.port=0",
				"--spop.listeners.unix.path=" + folder.resolve("spoa.sock"), "--spop.handler.timeout=10s")) {
			int port = Integer
				.parseInt(application.awaitLog(Pattern.compile("SPOP listener 'tcp' on 127.0.0.1:(\\d+)")).group(1));
			assertThat(application.log()).contains("AOT-processed");
			Argument ip = new Argument("ip", SpopValue.of(InetAddress.getByName("198.51.100.1")));
			try (SpopClient client = Objects
				.requireNonNull(SpopClient.connect(new InetSocketAddress("127.0.0.1", port)).block())) {
				assertThat(client.notify(NotifyMessage.of("check-client-ip", ip)).block()).extracting(Action::name)
					.containsExactly("ip_score");
				assertThat(client.notify(NotifyMessage.of("log-request", ip)).block())
					.isEqualTo(Actions.set(VarScope.TRANSACTION, "my_var", "tequila"));
			}
		}
	}

}
