package io.spop.agent;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Level;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.test.EveryHaproxy;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests an agent that refuses the handshake of HAProxy. HAProxy up to 3.0 connects again
 * at once, until {@code timeout processing}.
 */
@EveryHaproxy
@Timeout(120)
class HaproxyStormIT {

	@Parameter
	private HaproxyBinary binary;

	private final AtomicInteger refused = new AtomicInteger();

	@Test
	void whenHandshakesAreRefusedThenOthersAreServedAndTheLogIsSmall() throws Exception {
		assumeThat(this.binary.isAtLeast(3, 1)).as("HAProxy 3.1 and later does not connect again at once").isFalse();
		try (CapturedLog log = new CapturedLog(Level.WARN);
				Interop interop = Interop.with(this.binary)
					.agent((agent) -> agent.eventLoops(1).metricsRecorder((listener) -> new Recorder()))
					// The header comes before the HELLO, and the agent does not read it
					.server("send-proxy")
					.engine("timeout processing 1s")
					.message("request", "path=path", "on-frontend-http-request")
					.start();
				RawPeer witness = new RawPeer(interop.agent().address("main"))) {
			witness.send(RawPeer.HELLO);
			assertThat(witness.receive()).isInstanceOf(Frame.AgentHello.class);
			CompletableFuture<HttpConnection.HttpResponse> response = CompletableFuture
				.supplyAsync(() -> interop.get("/stormy"), Interop.OWN_THREAD);
			int answers = 0;
			do {
				witness.send(new Frame.Notify(answers, 1, NotifyMessage.of("m")));
				assertThat(witness.receive()).isInstanceOf(Frame.Ack.class);
				answers++;
			}
			while (!response.isDone());
			assertThat(response.join().headers()).doesNotContain("x-path: /stormy");
			assertThat(this.refused.get()).isGreaterThan(50);
			assertThat(log.of(Level.WARN)).filteredOn((line) -> line.contains("Closed by the agent")).hasSize(1);
			assertThat(log.of(Level.WARN)).hasSizeLessThan(5);
			// The connections of health checks come and go
			Interop.await(() -> interop.agent().connections().stream().noneMatch(this::isOther));
		}
	}

	private boolean isOther(SpopConnection connection) {
		return connection.lastError() != null;
	}

	private final class Recorder implements SpopMetricsRecorder {

		@Override
		public void connectionClosed(CloseReason reason) {
			if (reason == CloseReason.PROTOCOL_ERROR) {
				HaproxyStormIT.this.refused.incrementAndGet();
			}
		}

	}

}
