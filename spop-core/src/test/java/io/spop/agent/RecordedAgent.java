package io.spop.agent;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;

import io.spop.client.SpopClient;
import org.junit.jupiter.api.AfterEach;

/**
 * Base class for tests of an agent with one event loop and one listener, which is closed
 * after each test, and with a recorder that counts.
 */
abstract class RecordedAgent {

	final CountingRecorder recorder = new CountingRecorder();

	@SuppressWarnings("NullAway.Init") // each test binds
	BoundSpopAgent agent;

	@AfterEach
	void stop() {
		this.agent.close();
	}

	SpopAgent agent() {
		return SpopAgent.create()
			.listener(SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0)))
			.eventLoops(1)
			.handlerTimeout(Duration.ofSeconds(20))
			.metricsRecorder((listener) -> this.recorder);
	}

	SpopClient client() {
		return Objects.requireNonNull(SpopClient.connect(this.agent.address("main")).block());
	}

}
