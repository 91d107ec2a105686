package io.spop.agent;

import java.io.IOException;

import ch.qos.logback.classic.Level;
import io.netty.channel.embedded.EmbeddedChannel;
import io.spop.agent.SpopMetricsRecorder.Limit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.netty.resources.LoopResources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link ConnectionLimiter}.
 */
@Timeout(20)
class ConnectionLimiterTests {

	/** One connection with messages, and those that wait for their handshake. */
	private static final int MAX = 1 + 1024;

	private final CountingRecorder recorder = new CountingRecorder();

	private final LoopResources loops = LoopResources.create("test");

	private final EmbeddedChannel listener = new EmbeddedChannel(limiter());

	private final CapturedLog log = new CapturedLog(Level.WARN);

	private ConnectionLimiter limiter() {
		AgentSettings settings = new AgentSettings();
		settings.maxConnections(1);
		settings.metricsRecorder((name) -> this.recorder);
		return new ConnectionLimiter("main", new AgentRuntime(settings, this.loops));
	}

	@AfterEach
	void close() {
		this.log.close();
		this.listener.inboundMessages().forEach((connection) -> ((EmbeddedChannel) connection).close());
		this.listener.inboundMessages().clear();
		this.listener.finishAndReleaseAll();
		this.loops.dispose();
	}

	private EmbeddedChannel accept() {
		EmbeddedChannel connection = new EmbeddedChannel();
		this.listener.writeInbound(connection);
		return connection;
	}

	@Test
	void whenThereAreTooManyConnectionsThenItAcceptsAgainWhenOneCloses() {
		for (int i = 1; i < MAX; i++) {
			accept();
		}
		assertThat(this.listener.config().isAutoRead()).isTrue();
		assertThat(this.recorder.limits).isEmpty();
		for (int i = 1; i <= 3; i++) {
			EmbeddedChannel last = accept();
			assertThat(this.listener.config().isAutoRead()).isFalse();
			assertThat(this.recorder.limits).containsEntry(Limit.MAX_CONNECTIONS, i).hasSize(1);
			last.close();
			this.listener.runPendingTasks();
			assertThat(this.listener.config().isAutoRead()).isTrue();
		}
		assertThat(this.listener.inboundMessages()).hasSize(MAX + 2);
		assertThat(this.log.of(Level.WARN)).singleElement()
			.asString()
			.startsWith("Listener 'main' has 1025 connections, most of which wait for their handshake");
	}

	@Test
	void whenAConnectionCannotBeAcceptedThenThatIsCountedAndTheNextHandlerWaits() {
		this.listener.pipeline().fireExceptionCaught(new IOException("Too many open files"));
		assertThatIOException().isThrownBy(this.listener::checkException);
		assertThat(this.recorder.limits).containsEntry(Limit.OPEN_FILES, 1).hasSize(1);
		this.listener.pipeline().fireExceptionCaught(new IllegalStateException("on purpose"));
		assertThatIllegalStateException().isThrownBy(this.listener::checkException);
		assertThat(this.recorder.limits).containsEntry(Limit.OPEN_FILES, 1).hasSize(1);
		assertThat(this.log.of(Level.WARN)).singleElement()
			.asString()
			.startsWith("Listener 'main' cannot accept connections: Too many open files.");
	}

}
