package io.spop.boot.autoconfigure;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

import io.spop.agent.SpopConnection;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.client.SpopClient;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Annotated methods behind a real socket.
 */
@Timeout(30)
@ExtendWith(OutputCaptureExtension.class)
class AnnotatedSpopHandlerTests {

	private static final Actions FALLBACK = Actions.set(VarScope.TRANSACTION, "failed", true);

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class))
		.withPropertyValues("spop.listeners.main.port=0", "spop.handler.timeout=20s")
		.withBean(SpopAgentCustomizer.class, () -> (agent) -> agent.fallback(FALLBACK))
		.withBean(Handlers.class);

	@Test
	void whenNotifyCarriesSeveralMessagesThenOneAckCarriesTheirActionsInOrder() {
		run((handlers, client) -> {
			Argument country = new Argument("country", SpopValue.of("xx"));
			assertThat(notify(client, NotifyMessage.of("later", country), NotifyMessage.of("unknown"),
					NotifyMessage.of("blocking", country), NotifyMessage.of("direct", country)))
				.extracting(Action::name)
				.containsExactly("later", "blocking", "direct");
		});
	}

	@Test
	void whenNobodyHandlesTheMessageThenAckHasNoActions() {
		run((handlers, client) -> assertThat(notify(client, NotifyMessage.of("unknown"))).isEmpty());
	}

	@Test
	void whenHandlerMayBlockThenItHasAThreadOfThePool() {
		run((handlers, client) -> {
			assertThat(thread(client, "blocking")).startsWith("spop-handler-");
			assertThat(thread(client, "direct")).startsWith("spop-nio-");
			assertThat(thread(client, "later")).startsWith("spop-nio-");
		});
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void whenVirtualThreadsAreEnabledThenHandlerThatMayBlockHasOne() {
		this.contextRunner.withPropertyValues("spring.threads.virtual.enabled=true").run((context) -> {
			try (SpopClient client = connect(context)) {
				assertThat(thread(client, "blocking")).startsWith("spop-handler-").endsWith(" virtual");
			}
		});
	}

	@Test
	void whenHandlerFailsThenAckIsTheFallbackAndTheConnectionStays(CapturedOutput output) {
		run((handlers, client) -> {
			assertThat(notify(client, NotifyMessage.of("failing"))).isEqualTo(FALLBACK.toList());
			assertThat(notify(client, NotifyMessage.of("direct"))).extracting(Action::name).containsExactly("direct");
		});
		assertThat(output).contains("IllegalStateException: on purpose").contains("Handlers.failing(");
	}

	@Test
	void whenArgumentDoesNotConvertThenAckIsTheFallback(CapturedOutput output) {
		run((handlers,
				client) -> assertThat(notify(client, NotifyMessage.of("number", new Argument("n", SpopValue.of("x")))))
					.isEqualTo(FALLBACK.toList()));
		assertThat(output).contains("Argument 'n' of message 'number' is STRING, which does not convert to int");
	}

	@Test
	void whenHandlerMissesTheDeadlineThenAckIsTheFallbackAndItsThreadIsInterrupted() {
		this.contextRunner.withPropertyValues("spop.handler.timeout=500ms").run((context) -> {
			try (SpopClient client = connect(context)) {
				assertThat(notify(client, NotifyMessage.of("hanging"))).isEqualTo(FALLBACK.toList());
				Handlers handlers = context.getBean(Handlers.class);
				assertThat(handlers.interrupted.await(10, TimeUnit.SECONDS)).isTrue();
			}
		});
	}

	@Test
	void whenAllThreadsAreBusyThenAckIsTheFallbackAtOnce(CapturedOutput output) {
		run((handlers, client) -> {
			int threads = Handlers.THREADS;
			Mono<List<Actions>> waiting = Flux.range(0, threads)
				.flatMap((i) -> client.notify(NotifyMessage.of("waiting")), threads)
				.collectList()
				.cache();
			waiting.subscribe();
			await(handlers.waiting);
			assertThat(notify(client, NotifyMessage.of("blocking"))).isEqualTo(FALLBACK.toList());
			assertThat(notify(client, NotifyMessage.of("direct"))).extracting(Action::name).containsExactly("direct");
			handlers.release.countDown();
			assertThat(waiting.block()).hasSize(threads)
				.allSatisfy((actions) -> assertThat(actions.get(0).name()).isEqualTo("waited"));
			assertThat(output).contains("All " + threads + " threads for handlers are busy");
		});
	}

	@Test
	void whenContextClosesThenFrameInFlightIsAnsweredBeforeTheEnd() {
		this.contextRunner.run((context) -> {
			Handlers handlers = context.getBean(Handlers.class);
			try (SpopClient client = connect(context)) {
				Mono<Actions> answer = client.notify(NotifyMessage.of("last")).cache();
				Mono<Frame.AgentDisconnect> end = client.onDisconnect().cache();
				answer.subscribe();
				end.subscribe();
				await(handlers.lastStarted);
				Thread closing = new Thread(context.getSourceApplicationContext()::close);
				closing.start();
				while (context.getBean(SpopAgentLifecycle.class).isRunning()) {
					Thread.onSpinWait();
				}
				handlers.release.countDown();
				assertThat(answer.block()).extracting(Action::name).containsExactly("last");
				// Without a DISCONNECT if the ACK was there before the agent began to
				// drain
				assertThat(end.onErrorComplete().map(Frame.AgentDisconnect::statusCode).blockOptional())
					.isIn(Optional.empty(), Optional.of((long) StatusCode.NORMAL.code()));
				closing.join();
			}
		});
	}

	private void run(BiConsumer<Handlers, SpopClient> test) {
		this.contextRunner.run((context) -> {
			try (SpopClient client = connect(context)) {
				test.accept(context.getBean(Handlers.class), client);
			}
		});
	}

	private static SpopClient connect(AssertableApplicationContext context) {
		int port = context.getBean(Handlers.class).port;
		SpopClient client = SpopClient.connect(new InetSocketAddress("127.0.0.1", port)).block();
		assertThat(client).isNotNull();
		return client;
	}

	private static List<Action> notify(SpopClient client, NotifyMessage... messages) {
		Actions actions = client.notify(messages).block(Duration.ofSeconds(10));
		assertThat(actions).isNotNull();
		return actions.toList();
	}

	private static String thread(SpopClient client, String message) {
		Action action = notify(client, NotifyMessage.of(message)).get(0);
		assertThat(action).isInstanceOf(Action.SetVar.class);
		return ((Action.SetVar) action).value().toString();
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static class Handlers {

		static final int THREADS = new SpopProperties.Pool().getMaxSize();

		final CountDownLatch interrupted = new CountDownLatch(1);

		final CountDownLatch waiting = new CountDownLatch(THREADS);

		final CountDownLatch lastStarted = new CountDownLatch(1);

		final CountDownLatch release = new CountDownLatch(1);

		int port;

		@EventListener
		void started(SpopAgentStartedEvent event) {
			this.port = event.agent().port();
		}

		@SpopMessage("direct")
		@NonBlocking
		Actions direct(@SpopArg @Nullable String country, SpopConnection connection) {
			assertThat(connection.listener()).isEqualTo("main");
			return setThread("direct");
		}

		@SpopMessage("blocking")
		Actions blocking() {
			return setThread("blocking");
		}

		@SpopMessage("later")
		Mono<Actions> later() {
			Actions actions = setThread("later");
			return Mono.delay(Duration.ofMillis(1)).thenReturn(actions);
		}

		@SpopMessage("failing")
		void failing() {
			throw new IllegalStateException("on purpose");
		}

		@SpopMessage("number")
		@NonBlocking
		void number(@SpopArg int n) {
		}

		@SpopMessage("hanging")
		Actions hanging() throws InterruptedException {
			try {
				new CountDownLatch(1).await();
			}
			catch (InterruptedException ex) {
				this.interrupted.countDown();
				throw ex;
			}
			return Actions.none();
		}

		@SpopMessage("waiting")
		Actions waiting() throws InterruptedException {
			this.waiting.countDown();
			this.release.await();
			return Actions.set(VarScope.TRANSACTION, "waited", true);
		}

		@SpopMessage("last")
		Actions last() throws InterruptedException {
			this.lastStarted.countDown();
			this.release.await();
			return Actions.set(VarScope.TRANSACTION, "last", true);
		}

		private static Actions setThread(String name) {
			Thread thread = Thread.currentThread();
			return Actions.set(VarScope.TRANSACTION, name,
					thread.getName() + (thread.toString().startsWith("Virtual") ? " virtual" : ""));
		}

	}

}
