package io.spop.boot.autoconfigure;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

import io.spop.agent.BoundSpopAgent;
import io.spop.agent.SpopExchange;
import io.spop.agent.SpopHandler;
import io.spop.agent.SpopInterceptor;
import io.spop.annotation.Blocking;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopDefaultMessage;
import io.spop.annotation.SpopExceptionHandler;
import io.spop.annotation.SpopMessage;
import io.spop.client.SpopClient;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.MDC;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.Order;
import org.springframework.core.convert.converter.Converter;
import org.springframework.validation.annotation.Validated;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What surrounds annotated methods, behind a real socket.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class HandlerModelTests {

	private static final Actions FAILED = Actions.set(VarScope.SESSION, "failed", true);

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class))
		.withPropertyValues("spop.listeners.main.port=0", "spop.handler.timeout=20s",
				"spop.handler.error-variable.name=failed", "spop.handler.error-variable.scope=session")
		.withBean(Started.class)
		.withBean(Handlers.class);

	@Test
	void whenHandlerFailsThenTheErrorVariableIsSet() {
		run(this.contextRunner, (context, client) -> assertThat(notify(client, "failing")).isEqualTo(FAILED));
	}

	@Test
	void whenNobodyClaimsTheMessageThenTheDefaultHandlerGetsIt() {
		run(this.contextRunner.withBean(Others.class), (context, client) -> {
			assertThat(notify(client, "other")).isEqualTo(Actions.set(VarScope.REQUEST, "name", "other"));
			assertThat(notify(client, "failing")).isEqualTo(FAILED);
		});
	}

	@Test
	void whenNoErrorVariableIsNamedThenTheFallbackIsNothing() {
		run(this.contextRunner.withPropertyValues("spop.handler.error-variable.name="),
				(context, client) -> assertThat(notify(client, "failing")).isEqualTo(Actions.none()));
	}

	@Test
	void whenArgumentsAreWrongThenOthersHaveTheirResultsAndTheErrorVariableIsSet(CapturedOutput output) {
		run(this.contextRunner, (context, client) -> {
			NotifyMessage wrong = NotifyMessage.of("number", new Argument("n", SpopValue.of("x")));
			NotifyMessage right = NotifyMessage.of("number", new Argument("n", SpopValue.of(1)));
			assertThat(client.notify(wrong, right).block())
				.isEqualTo(FAILED.and(Actions.set(VarScope.REQUEST, "n", 1)));
		});
		assertThat(output)
			.containsOnlyOnce("Argument 'n' of message 'number' is STRING, which does not convert to int");
	}

	@Test
	void whenHandlerFailsOftenThenItIsLoggedOnceForEachMessageAndException(CapturedOutput output) {
		run(this.contextRunner, (context, client) -> {
			NotifyMessage[] both = { NotifyMessage.of("direct"), NotifyMessage.of("failing") };
			for (int i = 0; i < 50; i++) {
				assertThat(notify(client, "failing")).isEqualTo(FAILED);
				assertThat(client.notify(both).block())
					.isEqualTo(Actions.set(VarScope.REQUEST, "direct", true).and(FAILED));
				assertThat(notify(client, "failing-too")).isEqualTo(FAILED);
			}
		});
		assertThat(output.getOut().split("IllegalStateException: on purpose", -1)).hasSize(3);
	}

	@Test
	void whenHandlerHasItsOwnTimeoutThenItIsItsDeadline(CapturedOutput output) {
		run(this.contextRunner, (context, client) -> {
			assertThat(notify(client, "short")).isEqualTo(FAILED);
			Instant before = Instant.now();
			Action.SetVar deadline = (Action.SetVar) notify(client, "long").get(0);
			assertThat(Instant.parse(deadline.value().toString())).isBetween(before.plusSeconds(55),
					Instant.now().plusSeconds(60));
		});
		assertThat(output).contains("No result within 30 ms");
	}

	@Test
	void whenDeadlineIsMissedThenMonoAndFutureAreCancelled() throws Exception {
		run(this.contextRunner, (context, client) -> {
			assertThat(notify(client, "never-mono")).isEqualTo(FAILED);
			assertThat(notify(client, "never-future")).isEqualTo(FAILED);
			Handlers handlers = context.getBean(Handlers.class);
			await(handlers.cancelled);
			// Cancelled after the ACK
			Awaitility.await().until(handlers.future::isCancelled);
		});
	}

	@Test
	void whenResultComesLateThenItIsDroppedAndCounted() {
		run(this.contextRunner, (context, client) -> {
			BoundSpopAgent agent = context.getBean(Started.class).agent;
			assertThat(notify(client, "late")).isEqualTo(FAILED);
			assertThat(agent.lateResults()).isZero();
			context.getBean(Handlers.class).release.countDown();
			while (agent.lateResults() == 0) {
				Thread.onSpinWait();
			}
			assertThat(notify(client, "direct")).isEqualTo(Actions.set(VarScope.REQUEST, "direct", true));
			assertThat(agent.lateResults()).isOne();
		});
	}

	@Test
	void whenPoolIsSmallThenAThousandNotifiesAreAnsweredInTime() {
		run(this.contextRunner.withPropertyValues("spop.handler.pool.max-size=4", "spop.handler.timeout=2s",
				"spop.connection.max-in-flight=2000"), (context, client) -> {
					Handlers handlers = context.getBean(Handlers.class);
					AtomicInteger refused = new AtomicInteger();
					CompletableFuture<List<Actions>> answers = Flux.range(0, 1000)
						.flatMap((i) -> client.notify(NotifyMessage.of("waiting"))
							.doOnNext((actions) -> refused.addAndGet(actions.equals(FAILED) ? 1 : 0)), 1000)
						.collectList()
						.toFuture();
					// Before any of those that have a thread is done
					while (refused.get() < 996) {
						assertThat(answers).isNotDone();
						Thread.onSpinWait();
					}
					assertThat(handlers.running.get()).isEqualTo(4);
					assertThat(notify(client, "direct")).isEqualTo(Actions.set(VarScope.REQUEST, "direct", true));
					handlers.release.countDown();
					assertThat(answers.join()).hasSize(1000)
						.filteredOn((actions) -> !actions.equals(FAILED))
						.hasSize(4);
				});
	}

	@Test
	void whenPoolHasAQueueThenCallsWait() {
		run(this.contextRunner.withPropertyValues("spop.handler.pool.max-size=1", "spop.handler.pool.queue-capacity=1"),
				(context, client) -> {
					Handlers handlers = context.getBean(Handlers.class);
					CompletableFuture<Actions> first = client.notify(NotifyMessage.of("waiting")).toFuture();
					while (handlers.running.get() == 0) {
						Thread.onSpinWait();
					}
					CompletableFuture<Actions> second = client.notify(NotifyMessage.of("waiting")).toFuture();
					assertThat(notify(client, "direct")).isNotEqualTo(FAILED);
					assertThat(notify(client, "waiting")).isEqualTo(FAILED);
					handlers.release.countDown();
					assertThat(first.join()).isEqualTo(second.join()).isNotEqualTo(FAILED);
				});
	}

	@Test
	void whenExecutionIsSetThenMethodsThatSayNothingFollowIt() {
		run(this.contextRunner.withPropertyValues("spop.handler.execution=non-blocking"), (context, client) -> {
			assertThat(thread(client, "plain")).startsWith("spop-nio-");
			assertThat(thread(client, "mono")).startsWith("spop-nio-");
			assertThat(thread(client, "blocking-mono")).startsWith("spop-handler-");
		});
		run(this.contextRunner.withPropertyValues("spop.handler.execution=blocking"), (context, client) -> {
			assertThat(thread(client, "plain")).startsWith("spop-handler-");
			assertThat(thread(client, "mono")).startsWith("spop-handler-");
			assertThat(thread(client, "non-blocking")).startsWith("spop-nio-");
		});
		run(this.contextRunner, (context, client) -> {
			assertThat(thread(client, "plain")).startsWith("spop-handler-");
			assertThat(thread(client, "mono")).startsWith("spop-nio-");
			assertThat(thread(client, "future")).startsWith("spop-nio-");
			assertThat(thread(client, "blocking-mono")).startsWith("spop-handler-");
			assertThat(thread(client, "non-blocking")).startsWith("spop-nio-");
		});
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void whenThreadsAreVirtualThenTheirNumberHasNoLimit() {
		run(this.contextRunner.withPropertyValues("spring.threads.virtual.enabled=true", "spop.handler.pool.max-size=1",
				"spop.connection.max-in-flight=500"), (context, client) -> {
					Handlers handlers = context.getBean(Handlers.class);
					CompletableFuture<List<Actions>> answers = Flux.range(0, 200)
						.flatMap((i) -> client.notify(NotifyMessage.of("waiting")), 200)
						.collectList()
						.toFuture();
					while (handlers.running.get() < 200) {
						Thread.onSpinWait();
					}
					handlers.release.countDown();
					assertThat(answers.join()).hasSize(200).doesNotContain(FAILED);
				});
	}

	@Test
	void whenThereAreInterceptorsThenTheyStandAroundTheExchangeInTheirOrder() {
		run(this.contextRunner.withUserConfiguration(Interceptors.class), (context, client) -> {
			assertThat(notify(client, "direct")).extracting(Action::name).containsExactly("direct", "inner", "outer");
			assertThat(notify(client, "answered")).extracting(Action::name).containsExactly("cached", "outer");
			assertThat(notify(client, "failing")).extracting(Action::name).containsExactly("failed", "outer");
			assertThat(thread(client, "plain")).startsWith("spop-handler-");
			Interceptors interceptors = context.getBean(Interceptors.class);
			assertThat(interceptors.blockingThread).startsWith("spop-handler-");
			assertThat(interceptors.thread).startsWith("spop-nio-");
		});
	}

	@Test
	void whenBlockingInterceptorWaitsForTheHandlerThenOneThreadIsEnough() {
		run(this.contextRunner.withUserConfiguration(WaitingInterceptor.class)
			.withPropertyValues("spop.handler.pool.max-size=1"), (context, client) -> {
				assertThat(thread(client, "plain")).startsWith("spop-handler-");
				// The one thread is not free yet when its answer arrives
				Awaitility.await().untilAsserted(() -> assertThat(notify(client, "direct")).isNotEqualTo(FAILED));
			});
	}

	@Test
	void whenThereIsAnOwnHandlerThenInterceptorsStandAroundItToo() {
		SpopHandler handler = (exchange) -> Mono.just(Actions.none());
		run(this.contextRunner.withBean(SpopHandler.class, () -> handler).withUserConfiguration(Interceptors.class),
				(context, client) -> assertThat(notify(client, "direct")).extracting(Action::name)
					.containsExactly("inner", "outer"));
	}

	@Test
	void whenContextPropagationIsPresentThenTheMdcTravels() {
		run(this.contextRunner.withUserConfiguration(MdcInterceptor.class), (context, client) -> {
			assertThat(notify(client, "mdc")).isEqualTo(Actions.set(VarScope.REQUEST, "mdc", "there"));
			assertThat(client.notify(NotifyMessage.of("mono"), NotifyMessage.of("mdc")).block())
				.contains(new Action.SetVar(VarScope.REQUEST, "mdc", SpopValue.of("there")));
		});
	}

	@Test
	void whenCharsetIsSetThenTextIsReadInIt() {
		run(this.contextRunner.withPropertyValues("spop.handler.charset=ISO-8859-1"),
				(context,
						client) -> assertThat(client
							.notify(NotifyMessage.of("text",
									new Argument("text", new SpopValue.Text(new byte[] { (byte) 0xE9 }, 0, 1))))
							.block()).isEqualTo(Actions.set(VarScope.REQUEST, "text", "é")));
	}

	@Test
	void whenConverterIsABeanThenArgumentsConvertWithIt() {
		run(this.contextRunner.withUserConfiguration(Color.Converters.class).withBean(Color.Handlers.class),
				(context, client) -> assertThat(
						client.notify(NotifyMessage.of("color", new Argument("color", SpopValue.of("red")))).block())
					.isEqualTo(Actions.set(VarScope.REQUEST, "color", "color red")));
	}

	@Test
	void whenConverterTakesAnAddressOrBytesThenArgumentsConvertWithIt() {
		run(this.contextRunner.withUserConfiguration(Color.Converters.class).withBean(Color.Handlers.class),
				(context, client) -> {
					assertThat(client
						.notify(NotifyMessage.of("place", new Argument("place", new SpopValue.Ipv4(0x7F000001))))
						.block()).isEqualTo(Actions.set(VarScope.REQUEST, "place", "/127.0.0.1"));
					assertThat(client
						.notify(NotifyMessage.of("token", new Argument("token", SpopValue.of(new byte[] { 1, 2 }))))
						.block()).isEqualTo(Actions.set(VarScope.REQUEST, "token", 2));
					assertThat(client.notify(NotifyMessage.of("token", new Argument("token", SpopValue.of(1)))).block())
						.isEqualTo(FAILED);
				});
	}

	@Test
	void whenApplicationHasBeanValidationThenRecordsAreValidated() {
		run(this.contextRunner.withConfiguration(AutoConfigurations.of(ValidationAutoConfiguration.class))
			.withBean(Validating.class), (context, client) -> {
				assertThat(client.notify(login("x", 1)).block()).isEqualTo(Actions.set(VarScope.REQUEST, "user", "x"));
				assertThat(client.notify(login("", 0)).block())
					.isEqualTo(Actions.set(VarScope.REQUEST, "invalid", "port, user"));
				assertThat(client.notify(NotifyMessage.of("method", new Argument("n", SpopValue.of(0)))).block())
					.isEqualTo(Actions.set(VarScope.REQUEST, "invalid", "method.n"));
			});
	}

	private static NotifyMessage login(String user, int port) {
		return NotifyMessage.of("login", new Argument("user", SpopValue.of(user)),
				new Argument("port", SpopValue.of(port)));
	}

	private static void run(ApplicationContextRunner runner,
			BiConsumer<AssertableApplicationContext, SpopClient> test) {
		runner.run((context) -> {
			assertThat(context).hasNotFailed();
			int port = context.getBean(Started.class).agent.port();
			try (SpopClient client = SpopClient.connect(new InetSocketAddress("127.0.0.1", port)).block()) {
				test.accept(context, client);
			}
		});
	}

	private static Actions notify(SpopClient client, String message) {
		Actions actions = client.notify(NotifyMessage.of(message)).block(Duration.ofSeconds(20));
		assertThat(actions).isNotNull();
		return actions;
	}

	private static String thread(SpopClient client, String message) {
		return ((Action.SetVar) notify(client, message).get(0)).value().toString();
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static class Started {

		BoundSpopAgent agent;

		@EventListener
		void started(SpopAgentStartedEvent event) {
			this.agent = event.agent();
		}

	}

	static class Handlers {

		final CountDownLatch release = new CountDownLatch(1);

		final CountDownLatch cancelled = new CountDownLatch(1);

		final CompletableFuture<Actions> future = new CompletableFuture<>();

		final AtomicInteger running = new AtomicInteger();

		@SpopMessage("failing")
		void failing() {
			throw new IllegalStateException("on purpose");
		}

		@SpopMessage("failing-too")
		@NonBlocking
		void failingToo() {
			throw new IllegalStateException("on purpose");
		}

		@SpopMessage("number")
		Actions number(@SpopArg int n) {
			return Actions.set(VarScope.REQUEST, "n", n);
		}

		@SpopMessage("text")
		Actions text(@SpopArg String text) {
			return Actions.set(VarScope.REQUEST, "text", text);
		}

		@SpopMessage("direct")
		@NonBlocking
		Actions direct() {
			return Actions.set(VarScope.REQUEST, "direct", true);
		}

		@SpopMessage(value = "short", timeout = "30ms")
		void tooShort() throws InterruptedException {
			new CountDownLatch(1).await();
		}

		@SpopMessage(value = "long", timeout = "1m")
		Actions longTime(SpopExchange exchange) {
			return Actions.set(VarScope.REQUEST, "deadline", exchange.deadline().toString());
		}

		@SpopMessage(value = "never-mono", timeout = "30ms")
		Mono<Actions> neverMono() {
			return Mono.<Actions>never().doOnCancel(this.cancelled::countDown);
		}

		@SpopMessage(value = "never-future", timeout = "30ms")
		CompletableFuture<Actions> neverFuture() {
			return this.future;
		}

		@SpopMessage(value = "late", timeout = "30ms")
		Actions late() {
			boolean released = false;
			while (!released) {
				try {
					this.release.await();
					released = true;
				}
				catch (InterruptedException ex) {
					// Stubborn on purpose
				}
			}
			return Actions.set(VarScope.REQUEST, "late", true);
		}

		@SpopMessage("waiting")
		Actions waiting() throws InterruptedException {
			this.running.incrementAndGet();
			this.release.await();
			return Actions.set(VarScope.REQUEST, "waited", true);
		}

		@SpopMessage("plain")
		Actions plain() {
			return setThread();
		}

		@SpopMessage("mono")
		Mono<Actions> mono() {
			Actions actions = setThread();
			return Mono.delay(Duration.ofMillis(1)).thenReturn(actions);
		}

		@SpopMessage("future")
		CompletableFuture<Actions> future() {
			return CompletableFuture.completedFuture(setThread());
		}

		@SpopMessage("blocking-mono")
		@Blocking
		Mono<Actions> blockingMono() {
			return Mono.just(setThread());
		}

		@SpopMessage("non-blocking")
		@NonBlocking
		Actions nonBlocking() {
			return setThread();
		}

		@SpopMessage("mdc")
		Actions mdc() {
			return Actions.set(VarScope.REQUEST, "mdc", String.valueOf(MDC.get("key")));
		}

		private static Actions setThread() {
			return Actions.set(VarScope.REQUEST, "thread", Thread.currentThread().getName());
		}

	}

	static class Others {

		@SpopDefaultMessage
		Actions others(NotifyMessage message) {
			return Actions.set(VarScope.REQUEST, "name", message.name());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Interceptors {

		private volatile String thread = "";

		private volatile String blockingThread = "";

		@Bean
		@Order(3)
		SpopInterceptor inner() {
			return (exchange, next) -> next.handle(exchange)
				.map((actions) -> isCalled(exchange, "direct") ? actions.andSet(VarScope.REQUEST, "inner", true)
						: actions);
		}

		@Bean
		@Order(1)
		SpopInterceptor outer() {
			return (exchange, next) -> {
				this.thread = Thread.currentThread().getName();
				return next.handle(exchange).map((actions) -> actions.andSet(VarScope.REQUEST, "outer", true));
			};
		}

		@Bean
		@Order(2)
		@Blocking
		SpopInterceptor cache() {
			return (exchange, next) -> {
				this.blockingThread = Thread.currentThread().getName();
				return isCalled(exchange, "answered") ? Mono.just(Actions.set(VarScope.REQUEST, "cached", true))
						: next.handle(exchange);
			};
		}

		private static boolean isCalled(SpopExchange exchange, String name) {
			return exchange.messages().get(0).name().equals(name);
		}

	}

	@Blocking
	static class WaitingInterceptor implements SpopInterceptor {

		@Override
		public Mono<Actions> intercept(SpopExchange exchange, SpopHandler next) {
			return Mono.justOrEmpty(next.handle(exchange).block());
		}

	}

	static class MdcInterceptor implements SpopInterceptor {

		@Override
		public Mono<Actions> intercept(SpopExchange exchange, SpopHandler next) {
			MDC.put("key", "there");
			return next.handle(exchange).doFinally((signal) -> MDC.remove("key"));
		}

	}

	record Color(String name) {

		@Configuration(proxyBeanMethods = false)
		static class Converters {

			@Bean
			Converter<String, Color> colors() {
				return new Converter<>() {

					@Override
					public Color convert(String source) {
						return new Color("color " + source);
					}

				};
			}

			@Bean
			Converter<InetAddress, Place> places() {
				return new Converter<>() {

					@Override
					public Place convert(InetAddress source) {
						return new Place(source);
					}

				};
			}

			@Bean
			Converter<byte[], Token> tokens() {
				return new Converter<>() {

					@Override
					public Token convert(byte[] source) {
						return new Token(source.length);
					}

				};
			}

		}

		record Place(InetAddress address) {

		}

		record Token(int length) {

		}

		static class Handlers {

			@SpopMessage("place")
			Actions handle(@SpopArg Place place) {
				return Actions.set(VarScope.REQUEST, "place", place.address().toString());
			}

			@SpopMessage("token")
			Actions handle(@SpopArg Token token) {
				return Actions.set(VarScope.REQUEST, "token", token.length());
			}

			@SpopMessage("color")
			Actions handle(@SpopArg Color color) {
				return Actions.set(VarScope.REQUEST, "color", color.name());
			}

		}

	}

	@Validated
	static class Validating {

		@SpopMessage("login")
		Actions login(Login login) {
			return Actions.set(VarScope.REQUEST, "user", login.user());
		}

		@SpopMessage("method")
		void method(@SpopArg @Min(1) int n) {
		}

		@SpopExceptionHandler
		Actions invalid(ConstraintViolationException ex) {
			return Actions.set(VarScope.REQUEST, "invalid",
					String.join(", ",
							ex.getConstraintViolations()
								.stream()
								.map((violation) -> violation.getPropertyPath().toString())
								.sorted()
								.toList()));
		}

		record Login(@NotBlank String user, @Min(1) int port) {

		}

	}

}
