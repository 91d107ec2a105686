package io.spop.boot.autoconfigure;

import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.SignatureException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

import io.spop.agent.SpopExchange;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopExceptionHandler;
import io.spop.annotation.SpopMessage;
import io.spop.client.SpopClient;
import io.spop.handler.SpopArgumentResolver;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.MethodParameter;
import org.springframework.core.annotation.Order;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Parameters of the application's own types, behind a real socket.
 */
@Timeout(30)
@ExtendWith(OutputCaptureExtension.class)
class SpopArgumentResolverTests {

	private static final Actions FALLBACK = Actions.set(VarScope.TRANSACTION, "failed", true);

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class))
		.withPropertyValues("spop.listeners.main.port=0", "spop.handler.timeout=20s")
		.withBean(SpopAgentCustomizer.class, () -> (agent) -> agent.fallback(FALLBACK))
		.withUserConfiguration(Resolvers.class);

	@Test
	void whenResolverSupportsTheTypeThenParameterGetsWhatItMakesOfTheMessage() {
		run(Handlers.class, (client, claims) -> {
			assertThat(notify(client, "api-request", "Bearer alice"))
				.isEqualTo(Actions.set(VarScope.TRANSACTION, "subject", "alice"));
			assertThat(notify(client, "page-request", "Bearer alice"))
				.isEqualTo(Actions.set(VarScope.TRANSACTION, "known", true));
			assertThat(notify(client, "wrapped-request", "Bearer alice"))
				.isEqualTo(Actions.set(VarScope.TRANSACTION, "wrapped", "alice"));
		});
	}

	@Test
	void whenMessageHasNothingForTheParameterThenOnlyANullableOneGetsNull(CapturedOutput output) {
		run(Handlers.class, (client, claims) -> {
			assertThat(notify(client, "page-request", "Basic alice"))
				.isEqualTo(Actions.set(VarScope.TRANSACTION, "known", false));
			assertThat(notify(client, "api-request", "Basic alice")).isEqualTo(FALLBACK);
		});
		assertThat(output).contains("JwtClaims) has no value from message 'api-request': ")
			.contains("JwtClaimsResolver returned null");
	}

	@Test
	void whenResolverThrowsThenTheMessageFailsAndTheLogHasNoText(CapturedOutput output) {
		run(Handlers.class, (client, claims) -> {
			Actions answer = client
				.notify(List.of(message("api-request", "Bearer forged"), message("page-request", "")))
				.block();
			assertThat(answer).isEqualTo(FALLBACK.andSet(VarScope.TRANSACTION, "known", false));
		});
		assertThat(output).contains("JwtClaimsResolver threw SignatureException").doesNotContain("forged");
	}

	@Test
	void whenMethodTakesTheExceptionOfTheResolverThenItAnswers() {
		run(FailingClosed.class, (client, claims) -> assertThat(notify(client, "api-request", "Bearer forged"))
			.isEqualTo(Actions.set(VarScope.TRANSACTION, "deny", "forged")));
	}

	@Test
	void whenApplicationHasStartedThenResolversWereAskedOnceAndNotCalled() {
		run(Handlers.class, (client, claims) -> {
			assertThat(claims.supported).containsExactlyInAnyOrder("api-request", "page-request", "wrapped-request",
					"event-loop");
			assertThat(claims.calls).hasValue(0);
			notify(client, "api-request", "Bearer alice");
			notify(client, "api-request", "Bearer alice");
			assertThat(claims.calls).hasValue(2);
			assertThat(claims.supported).hasSize(4);
		});
	}

	@Test
	void whenMethodDoesNotBlockThenResolverIsCalledOnTheEventLoop() {
		run(Handlers.class, (client, claims) -> {
			notify(client, "event-loop", "Bearer alice");
			assertThat(claims.thread).startsWith("spop-nio-");
			notify(client, "api-request", "Bearer alice");
			assertThat(claims.thread).startsWith("spop-handler-");
		});
	}

	private void run(Class<?> handlers, BiConsumer<SpopClient, JwtClaimsResolver> test) {
		this.contextRunner.withBean(handlers).run((context) -> {
			int port = Objects.requireNonNull(context.getBean(SpopAgentLifecycle.class).agent()).port();
			try (SpopClient client = SpopClient.connect(new InetSocketAddress("127.0.0.1", port)).block()) {
				test.accept(Objects.requireNonNull(client), context.getBean(JwtClaimsResolver.class));
			}
		});
	}

	private static @Nullable Actions notify(SpopClient client, String message, String authorization) {
		return client.notify(message(message, authorization)).block();
	}

	private static NotifyMessage message(String name, String authorization) {
		return NotifyMessage.of(name, new Argument("authorization", SpopValue.of(authorization)));
	}

	record JwtClaims(String subject) {

	}

	@Configuration(proxyBeanMethods = false)
	static class Resolvers {

		@Bean
		@Order(2)
		SpopArgumentResolver late() {
			return new SpopArgumentResolver() {

				@Override
				public boolean supports(MethodParameter parameter) {
					return parameter.getParameterType() == JwtClaims.class;
				}

				@Override
				public @Nullable Object resolve(MethodParameter parameter, NotifyMessage message,
						SpopExchange exchange) {
					throw new IllegalStateException("Not the first");
				}

			};
		}

		@Bean
		@Order(1)
		JwtClaimsResolver claims() {
			return new JwtClaimsResolver();
		}

	}

	static class JwtClaimsResolver implements SpopArgumentResolver {

		private final List<String> supported = new CopyOnWriteArrayList<>();

		private final AtomicInteger calls = new AtomicInteger();

		private volatile String thread = "";

		@Override
		public boolean supports(MethodParameter parameter) {
			if (parameter.getParameterType() != JwtClaims.class) {
				return false;
			}
			SpopMessage message = parameter.getMethodAnnotation(SpopMessage.class);
			this.supported.add((message != null) ? message.value() : "wrapped-request");
			return true;
		}

		@Override
		public @Nullable Object resolve(MethodParameter parameter, NotifyMessage message, SpopExchange exchange)
				throws GeneralSecurityException {
			this.calls.incrementAndGet();
			this.thread = Thread.currentThread().getName();
			SpopValue header = message.arguments().get("authorization");
			if (!(header instanceof SpopValue.Text text) || !text.toString().startsWith("Bearer ")) {
				return null;
			}
			String token = text.toString().substring("Bearer ".length());
			if (token.equals("forged")) {
				throw new SignatureException(token);
			}
			return new JwtClaims(token);
		}

	}

	static class Handlers {

		@SpopMessage("api-request")
		Actions request(JwtClaims claims) {
			return Actions.set(VarScope.TRANSACTION, "subject", claims.subject());
		}

		@SpopMessage("page-request")
		Actions page(@Nullable JwtClaims claims) {
			return Actions.set(VarScope.TRANSACTION, "known", claims != null);
		}

		@SpopMessage("wrapped-request")
		Actions wrapped(Wrapper wrapper) {
			return Actions.set(VarScope.TRANSACTION, "wrapped", wrapper.claims().subject());
		}

		@NonBlocking
		@SpopMessage("event-loop")
		void eventLoop(JwtClaims claims) {
		}

	}

	record Wrapper(JwtClaims claims, String authorization) {

	}

	static class FailingClosed {

		@SpopMessage("api-request")
		Actions request(JwtClaims claims) {
			return Actions.none();
		}

		@SpopExceptionHandler
		Actions forged(SignatureException ex) {
			return Actions.set(VarScope.TRANSACTION, "deny", ex.getMessage());
		}

	}

}
