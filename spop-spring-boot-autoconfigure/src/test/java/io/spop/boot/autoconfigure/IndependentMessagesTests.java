package io.spop.boot.autoconfigure;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiConsumer;

import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopInterceptor;
import io.spop.agent.SpopOversizeException;
import io.spop.agent.SpopTimeoutException;
import io.spop.annotation.Blocking;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopAdvice;
import io.spop.annotation.SpopExceptionHandler;
import io.spop.annotation.SpopMessage;
import io.spop.annotation.SpopVar;
import io.spop.client.SpopClient;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.MDC;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The messages of a NOTIFY, their deadline and their errors, behind a real socket.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class IndependentMessagesTests {

	private static final Actions FAILED = set("failed");

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class))
		.withPropertyValues("spop.listeners.main.port=0", "spop.handler.timeout=20s",
				"spop.handler.error-variable.name=failed")
		.withBean(Started.class)
		.withBean(Handlers.class);

	@Test
	void whenAMessageIsLateThenTheOthersHaveTheirResultsAndTheLogNamesIt(CapturedOutput output) {
		run(this.contextRunner.withPropertyValues("spop.handler.timeout=1s"), (started, client) -> {
			assertThat(notify(client, "direct", "hanging", "never", "blocking", "failing", "direct"))
				.isEqualTo(set("direct").and(FAILED).and(set("blocking")).and(set("direct")));
			assertThat(started.agent.lateResults()).isZero();
		});
		assertThat(output).contains("NOTIFY [hanging] ")
			.contains("NOTIFY [never] ")
			.contains("NOTIFY [failing] ")
			.contains("No result within 1000 ms");
		// If the machine pauses, a line of its own names all messages
		assertThat(output.getAll().lines().filter((line) -> !line.contains(" blocked its event loop for ")))
			.noneMatch((line) -> line.contains("[direct") || line.contains("[blocking"));
	}

	@Test
	void whenAMethodHoldsTheEventLoopBeyondTheDeadlineThenThoseBeforeItHaveTheirResults(CapturedOutput output) {
		run(this.contextRunner.withPropertyValues("spop.handler.timeout=500ms"), (started, client) -> {
			assertThat(notify(client, "direct", "holding", "direct")).isEqualTo(set("direct").and(FAILED));
			assertThat(started.agent.lateResults()).isEqualTo(1);
		});
		assertThat(output).contains("NOTIFY [holding] ").doesNotContain("The handler failed");
	}

	@Test
	void whenAMethodHoldsTheEventLoopThenMessagesThatWaitedHaveTheirResults(CapturedOutput output) {
		run(this.contextRunner.withPropertyValues("spop.handler.timeout=1s"), (started, client) -> {
			assertThat(notify(client, "direct", "blocking", "holding", "holding", "direct"))
				.isEqualTo(set("direct").and(set("blocking")).and(set("holding")).and(FAILED));
			assertThat(started.agent.lateResults()).isPositive();
		});
		assertThat(output).contains("NOTIFY [holding] ").doesNotContain("NOTIFY [blocking] ");
	}

	@Test
	void whenAMethodHoldsAThreadBehindAnInterceptorThenOthersHaveTheirResults() {
		run(this.contextRunner.withPropertyValues("spop.handler.timeout=500ms")
			.withUserConfiguration(WaitingInterceptor.class),
				(started, client) -> assertThat(notify(client, "direct", "holding", "direct"))
					.isEqualTo(set("direct").and(FAILED)));
	}

	@Test
	void whenAMethodForTimeoutsMayRunOnTheEventLoopThenItAnswersAtTheDeadline() {
		run(this.contextRunner.withPropertyValues("spop.handler.timeout=500ms").withBean(FailClosed.class),
				(started, client) -> {
					assertThat(notify(client, "hanging")).isEqualTo(closed("hanging"));
					assertThat(notify(client, "direct", "never", "hanging"))
						.isEqualTo(set("direct").and(closed("never")).and(closed("hanging")));
				});
	}

	@Test
	void whenAckIsTooLargeThenAMethodForThatAnswers() {
		run(this.contextRunner.withBean(FailClosed.class),
				(started, client) -> assertThat(notify(client, "large")).isEqualTo(closed("large")));
		run(this.contextRunner, (started, client) -> assertThat(notify(client, "large")).isEqualTo(FAILED));
	}

	@Test
	void whenInterceptorMayBlockThenTheDeadlineHasTheResultsThatAreThere() {
		run(this.contextRunner.withPropertyValues("spop.handler.timeout=1s")
			.withUserConfiguration(WaitingInterceptor.class), (started, client) -> {
				assertThat(notify(client, "direct", "blocking", "direct"))
					.isEqualTo(set("direct").and(set("blocking")).and(set("direct")));
				assertThat(notify(client, "direct", "hanging", "blocking"))
					.isEqualTo(set("direct").and(FAILED).and(set("blocking")));
			});
	}

	@Test
	void whenMessagesWaitThenThoseBehindHaveTheThreadStateOfTheCaller() {
		run(this.contextRunner.withUserConfiguration(MdcInterceptor.class), (started, client) -> {
			Actions there = Actions.set(VarScope.TRANSACTION, "mdc", "there");
			assertThat(notify(client, "later", "mdc", "blocking", "mdc-direct", "failing-later"))
				.isEqualTo(set("later").and(there).and(set("blocking")).and(there).and(there));
		});
	}

	@Test
	void whenErrorsAreThrownThenEachNotifyIsAnsweredAndTheLogIsSmall(CapturedOutput output) {
		run(this.contextRunner.withBean(Errors.class), (started, client) -> assertErrorsAnswered(client));
		assertThat(output.getAll()).hasSizeLessThan(400_000);
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void whenErrorsAreThrownOnVirtualThreadsThenEachNotifyIsAnsweredAndTheLogIsSmall(CapturedOutput output) {
		run(this.contextRunner.withPropertyValues("spring.threads.virtual.enabled=true").withBean(Errors.class),
				(started, client) -> assertErrorsAnswered(client));
		assertThat(output.getAll()).hasSizeLessThan(400_000);
	}

	@Test
	void whenErrorsAreThrownBehindAnInterceptorThatBlocksThenTheLogIsSmall(CapturedOutput output) {
		run(this.contextRunner.withUserConfiguration(WaitingInterceptor.class).withBean(Errors.class),
				(started, client) -> assertErrorsAnswered(client));
		assertThat(output.getAll()).hasSizeLessThan(400_000);
	}

	private static void assertErrorsAnswered(SpopClient client) {
		for (int i = 0; i < 60; i++) {
			for (String message : List.of("overflow-direct", "overflow-blocking", "overflow-supplier",
					"overflow-future", "overflow-converter", "linkage", "memory")) {
				assertThat(notify(client, message)).as(message).isEqualTo(FAILED);
			}
		}
	}

	private static void run(ApplicationContextRunner runner, BiConsumer<Started, SpopClient> test) {
		runner.run((context) -> {
			assertThat(context).hasNotFailed();
			Started started = context.getBean(Started.class);
			int port = started.agent.port();
			try (SpopClient client = SpopClient.connect(new InetSocketAddress("127.0.0.1", port)).block()) {
				test.accept(started, client);
			}
		});
	}

	private static Actions notify(SpopClient client, String... messages) {
		return client.notify(List.of(messages).stream().map(NotifyMessage::of).toArray(NotifyMessage[]::new))
			.block(Duration.ofSeconds(20));
	}

	private static Actions set(String name) {
		return Actions.set(VarScope.TRANSACTION, name, true);
	}

	private static Actions closed(String message) {
		return Actions.set(VarScope.TRANSACTION, "closed", message);
	}

	static class Started {

		private BoundSpopAgent agent;

		@EventListener
		void started(SpopAgentStartedEvent event) {
			this.agent = event.agent();
		}

	}

	static class Handlers {

		@SpopMessage("direct")
		@NonBlocking
		Actions direct() {
			return set("direct");
		}

		@SpopMessage("blocking")
		Actions blocking() {
			return set("blocking");
		}

		@SpopMessage("later")
		Mono<Actions> later() {
			return Mono.delay(Duration.ofMillis(1)).thenReturn(set("later"));
		}

		@SpopMessage("never")
		Mono<Actions> never() {
			return Mono.never();
		}

		@SpopMessage("hanging")
		Actions hanging() throws InterruptedException {
			new CountDownLatch(1).await();
			return set("hanging");
		}

		@SpopMessage("holding")
		@NonBlocking
		Actions holding() {
			long end = System.nanoTime() + 750_000_000;
			while (System.nanoTime() < end) {
				Thread.onSpinWait();
			}
			return set("holding");
		}

		@SpopMessage("failing")
		@NonBlocking
		void failing() {
			throw new UnsupportedOperationException("on purpose");
		}

		@SpopMessage("failing-later")
		Mono<Actions> failingLater() {
			return Mono.delay(Duration.ofMillis(1)).then(Mono.error(new IllegalStateException("on purpose")));
		}

		@SpopExceptionHandler(IllegalStateException.class)
		@NonBlocking
		Actions failed() {
			return mdc();
		}

		@SpopMessage("large")
		@NonBlocking
		Actions large() {
			return Actions.set(VarScope.TRANSACTION, "large", "x".repeat(20_000));
		}

		@SpopMessage("mdc")
		Actions mdc() {
			return Actions.set(VarScope.TRANSACTION, "mdc", String.valueOf(MDC.get("key")));
		}

		@SpopMessage("mdc-direct")
		@NonBlocking
		Actions mdcDirect() {
			return mdc();
		}

	}

	@SpopAdvice
	static class FailClosed {

		@SpopExceptionHandler({ SpopTimeoutException.class, SpopOversizeException.class })
		@NonBlocking
		Actions close(NotifyMessage message) {
			return closed(message.name());
		}

	}

	@SuppressWarnings("InfiniteRecursion")
	static class Errors {

		private static Actions overflow() {
			return overflow().andSet(VarScope.TRANSACTION, "x", true);
		}

		@SpopMessage("overflow-direct")
		@NonBlocking
		Actions direct() {
			return overflow();
		}

		@SpopMessage("overflow-blocking")
		Actions blocking() {
			return overflow();
		}

		@SpopMessage("overflow-supplier")
		Mono<Actions> supplier() {
			return Mono.fromSupplier(Errors::overflow);
		}

		@SpopMessage("overflow-future")
		CompletableFuture<Actions> future() {
			return CompletableFuture.supplyAsync(Errors::overflow);
		}

		@SpopMessage("overflow-converter")
		Mono<Overflowing> converter() {
			return Mono.delay(Duration.ofNanos(1)).map((tick) -> new Overflowing(""));
		}

		@SpopMessage("linkage")
		Mono<Actions> linkage() {
			throw new NoClassDefFoundError("artificial");
		}

		@SpopMessage("memory")
		@Blocking
		Mono<Actions> memory() {
			throw new OutOfMemoryError("artificial");
		}

		record Overflowing(@SpopVar String text) {

			@Override
			public String text() {
				return overflow().toString();
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	static class WaitingInterceptor {

		@Bean
		@Blocking
		SpopInterceptor waiting() {
			return (exchange, next) -> Mono.justOrEmpty(next.handle(exchange).block());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class MdcInterceptor {

		@Bean
		SpopInterceptor mdc() {
			return (exchange, next) -> {
				MDC.put("key", "there");
				return Mono.defer(() -> next.handle(exchange)).doFinally((signal) -> MDC.remove("key"));
			};
		}

	}

}
