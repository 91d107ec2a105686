package io.spop.boot.autoconfigure;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.spop.agent.SpopExchange;
import io.spop.agent.SpopTimeoutException;
import io.spop.annotation.Blocking;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopExceptionHandler;
import io.spop.annotation.SpopMessage;
import io.spop.client.SpopClient;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The id of a request, from the argument of a message to the MDC of handlers, to
 * Observations and to the log.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class RequestIdTests {

	private static final String KEY = "spop.request-id";

	private static final String ID = "id";

	private static final String THREAD = "thread";

	private static final String NONE = "null";

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class))
		.withPropertyValues("spop.listeners.main.port=0", "spop.handler.timeout=20s")
		.withBean(Handlers.class);

	private final ApplicationContextRunner correlated = this.contextRunner
		.withPropertyValues("spop.correlation-argument=id");

	private static void run(ApplicationContextRunner runner, ClientTest test) {
		runner.run((context) -> {
			assertThat(context).hasNotFailed();
			try (SpopClient client = SpopClient
				.connect(context.getBean(SpopAgentLifecycle.class).agent().address("main"))
				.block()) {
				test.accept(client);
			}
		});
	}

	private static Map<String, String> send(SpopClient client, NotifyMessage... messages) {
		Map<String, String> variables = new LinkedHashMap<>();
		for (Action action : client.notify(messages).block()) {
			Action.SetVar variable = (Action.SetVar) action;
			variables.put(variable.name(), variable.value().toString());
		}
		return variables;
	}

	private static NotifyMessage message(String name, String id) {
		return NotifyMessage.of(name, new Argument("other", SpopValue.of(7)), new Argument("id", SpopValue.of(id)));
	}

	@ParameterizedTest
	@ValueSource(strings = { "direct", "pool", "computed", "subscribed", "context", "handled", "waiting" })
	void whenArgumentIsNamedThenHandlersHaveTheId(String name) {
		run(this.correlated, (client) -> {
			assertThat(send(client, message(name, "abc"))).containsEntry(ID, "abc");
			assertThat(send(client, message(name, "def"))).containsEntry(ID, "def");
			assertThat(send(client, NotifyMessage.of(name))).containsEntry(ID, NONE);
			assertThat(send(client, message(name, ""))).containsEntry(ID, NONE);
			assertThat(send(client, NotifyMessage.of(name, new Argument("id", SpopValue.ofNull())))).containsEntry(ID,
					NONE);
		});
	}

	@Test
	void whenMessagesComeTogetherThenAllHaveTheId() {
		run(this.correlated,
				(client) -> assertThat(client
					.notify(NotifyMessage.of("direct"), message("pool", "abc"), NotifyMessage.of("computed"),
							NotifyMessage.of("pool"), NotifyMessage.of("direct"))
					.block()).filteredOn((action) -> action.name().equals(ID))
					.hasSize(5)
					.allSatisfy((action) -> assertThat(((Action.SetVar) action).value()).hasToString("abc")));
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void whenThreadsAreVirtualThenHandlersHaveTheId() {
		run(this.correlated.withPropertyValues("spring.threads.virtual.enabled=true"),
				(client) -> assertThat(send(client, message("pool", "abc"))).containsEntry(ID, "abc")
					.hasEntrySatisfying(THREAD, (thread) -> assertThat(thread).startsWith("VirtualThread")));
	}

	@Test
	void whenContextIsPropagatedThenMonosHaveTheIdOnEachThread() {
		Hooks.enableAutomaticContextPropagation();
		try {
			run(this.correlated, (client) -> {
				assertThat(send(client, message("delayed", "abc"))).containsEntry(ID, "abc");
				assertThat(send(client, message("delayed", "def"))).containsEntry(ID, "def");
				assertThat(send(client, NotifyMessage.of("delayed"))).containsEntry(ID, NONE);
			});
		}
		finally {
			Hooks.disableAutomaticContextPropagation();
		}
	}

	@Test
	void whenNoArgumentIsNamedThenThereIsNoId() {
		run(this.contextRunner, (client) -> {
			for (String name : new String[] { "direct", "pool", "computed", "subscribed", "context", "handled" }) {
				assertThat(send(client, message(name, "abc"))).containsEntry(ID, NONE);
			}
		});
	}

	@Test
	void whenIdIsOfAClientThenItIsEscapedAndShort(CapturedOutput output) {
		run(this.correlated, (client) -> {
			assertThat(send(client, message("direct", "a\nb"))).containsEntry(ID, "a\\u000ab");
			assertThat(send(client, message("direct", "x".repeat(10_000)))).hasEntrySatisfying(ID,
					(id) -> assertThat(id).hasSize(131));
			assertThat(client.notify(message("failing", "c\nforged")).block()).isEmpty();
		});
		assertThat(output).contains("NOTIFY [failing] of request c\\u000aforged is answered with the fallback");
	}

	@Test
	void whenHandlersFailAreLateOrRefusedThenTheLogHasTheId(CapturedOutput output) {
		run(this.correlated.withPropertyValues("spop.handler.timeout=500ms", "spop.handler.pool.max-size=1"),
				(client) -> {
					client.notify(message("failing", "id-1")).block();
					client.notify(message("never", "id-2")).block();
					client.notify(message("hanging", "id-3"), message("hanging", "id-3")).block();
				});
		assertThat(output).contains("NOTIFY [failing] of request id-1 is answered with the fallback")
			.contains("NOTIFY [never] of request id-2 is answered with the fallback")
			.contains("NOTIFY [hanging] of request id-3 is answered with the fallback: All 1 threads");
	}

	@Test
	void whenMessagesAreObservedThenObservationsHaveTheId() {
		Contexts contexts = new Contexts();
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig().observationHandler(contexts);
		run(this.correlated.withPropertyValues("spop.observations.enabled=true")
			.withBean(ObservationRegistry.class, () -> registry), (client) -> {
				assertThat(send(client, message("direct", "abc"))).containsEntry(ID, "abc");
				await().until(() -> contexts.last != null);
				assertThat(contexts.last.getHighCardinalityKeyValues()).contains(KeyValue.of("spop.request.id", "abc"));
				contexts.last = null;
				assertThat(send(client, NotifyMessage.of("pool"))).containsEntry(ID, NONE);
				await().until(() -> contexts.last != null);
				assertThat(contexts.last.getHighCardinalityKeyValues()).extracting(KeyValue::getKey)
					.doesNotContain("spop.request.id");
			});
	}

	@FunctionalInterface
	private interface ClientTest {

		void accept(SpopClient client) throws Exception;

	}

	private static final class Contexts implements ObservationHandler<Observation.Context> {

		private volatile Observation.@Nullable Context last;

		@Override
		public void onStop(Observation.Context context) {
			this.last = context;
		}

		@Override
		public boolean supportsContext(Observation.Context context) {
			return true;
		}

	}

	static class Handlers {

		private static Actions mdc() {
			return Actions.set(VarScope.TRANSACTION, ID, String.valueOf(MDC.get(KEY)))
				.andSet(VarScope.TRANSACTION, THREAD, Thread.currentThread().toString());
		}

		@NonBlocking
		@SpopMessage("direct")
		Actions direct() {
			return mdc();
		}

		@SpopMessage("pool")
		Actions pool() {
			return mdc();
		}

		@SpopMessage("computed")
		Mono<Actions> computed() {
			return Mono.fromSupplier(Handlers::mdc);
		}

		@SpopMessage("subscribed")
		Mono<Actions> subscribed() {
			return Mono.defer(() -> Mono.just(mdc())).hide();
		}

		@SpopMessage("delayed")
		Mono<Actions> delayed() {
			return Mono.delay(Duration.ofMillis(1)).map((tick) -> mdc());
		}

		@SpopMessage("context")
		Mono<Actions> context() {
			return Mono.delay(Duration.ofMillis(1))
				.flatMap((tick) -> Mono.deferContextual((context) -> Mono
					.just(Actions.set(VarScope.TRANSACTION, ID, context.getOrDefault(KEY, NONE)))));
		}

		@Blocking
		@SpopMessage("waiting")
		Mono<Actions> waiting() {
			return Mono.just(mdc()).hide();
		}

		@SpopMessage("handled")
		void handled() {
			throw new UnsupportedOperationException();
		}

		@SpopExceptionHandler
		Actions handle(UnsupportedOperationException ex, SpopExchange exchange) {
			return mdc();
		}

		@SpopExceptionHandler
		@NonBlocking
		Actions handle(SpopTimeoutException ex) {
			return mdc();
		}

		@SpopMessage("failing")
		void fail() {
			throw new IllegalStateException("on purpose");
		}

		@SpopMessage("never")
		Mono<Void> never() {
			return Mono.never();
		}

		@SpopMessage("hanging")
		void hang() throws InterruptedException {
			Thread.sleep(10_000);
		}

	}

}
