package io.spop.agent;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import ch.qos.logback.classic.Level;
import io.spop.agent.SpopMetricsRecorder.MessageOutcome;
import io.spop.client.SpopClient;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class SpopMessageReporterTests {

	private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(20);

	private static final Actions RESULT = Actions.set(VarScope.SESSION, "score", 42);

	private final List<Long> messages = new CopyOnWriteArrayList<>();

	private final CompletableFuture<Long> notify = new CompletableFuture<>();

	@Test
	void whenMessagesAreHandledOneAfterTheOtherThenEachHasItsTime() {
		notify((exchange) -> {
			for (NotifyMessage message : exchange.messages()) {
				pause();
				exchange.reporter().ended(message.name(), MessageOutcome.SUCCESS, "handler");
			}
			return Mono.just(RESULT);
		});
		assertThat(this.messages).hasSize(2).allMatch((nanos) -> nanos >= PAUSE);
		assertThat(this.notify.join()).isGreaterThanOrEqualTo(this.messages.get(0) + this.messages.get(1));
	}

	@Test
	void whenHandlerGoesOnAfterItsReportsThenTheNotifyHasTheWholeTime() {
		notify((exchange) -> {
			exchange.reporter().ended("a", MessageOutcome.SUCCESS, 7);
			pause();
			return Mono.just(RESULT);
		});
		assertThat(this.messages).containsExactly(7L);
		assertThat(this.notify.join()).isGreaterThanOrEqualTo(PAUSE);
	}

	@Test
	void whenAnotherThreadReportsThenTheNotifyHasTheWholeTime() {
		notify((exchange) -> {
			CompletableFuture.runAsync(() -> exchange.reporter().ended("a", MessageOutcome.SUCCESS, "handler")).join();
			pause();
			return Mono.just(RESULT);
		});
		assertThat(this.messages).hasSize(1);
		assertThat(this.notify.join()).isGreaterThanOrEqualTo(PAUSE);
	}

	@Test
	void whenAMessageFailsThenTheLogNamesItOnceAndTheResultIsTheAnswer() throws Exception {
		IllegalStateException failure = new IllegalStateException("on purpose");
		try (CapturedLog log = new CapturedLog(Level.WARN)) {
			Actions answer = notify((exchange) -> {
				exchange.reporter().failed(exchange.messages().get(1), failure, "handler");
				exchange.reporter().failed(exchange.messages().get(1), failure, "handler");
				return Mono.just(RESULT);
			});
			assertThat(answer).isEqualTo(RESULT);
			log.await(Level.WARN, "NOTIFY [b] is answered with the fallback");
			assertThat(log.of(Level.WARN)).hasSize(1);
		}
	}

	private Actions notify(SpopHandler handler) {
		SpopMetricsRecorder recorder = new SpopMetricsRecorder() {

			@Override
			public void messageHandled(@Nullable String message, MessageOutcome outcome, long nanos) {
				SpopMessageReporterTests.this.messages.add(nanos);
			}

			@Override
			public void notifyEnded(NotifyOutcome outcome, long nanos) {
				SpopMessageReporterTests.this.notify.complete(nanos);
			}

		};
		try (BoundSpopAgent agent = SpopAgent.create()
			.listener(SpopListener.inMemory("main"))
			.eventLoops(1)
			.metricsRecorder((listener) -> recorder)
			.handler(handler)
			.bind(); SpopClient client = Objects.requireNonNull(SpopClient.connect(agent.address("main")).block())) {
			return Objects.requireNonNull(client.notify(NotifyMessage.of("a"), NotifyMessage.of("b")).block());
		}
	}

	/**
	 * Hold the event loop.
	 */
	private static void pause() {
		long end = System.nanoTime() + PAUSE;
		while (System.nanoTime() < end) {
			Thread.onSpinWait();
		}
	}

}
