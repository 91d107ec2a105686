package io.spop.handler;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Optional;

import io.spop.agent.MockSpopExchange;
import io.spop.agent.SpopConnection;
import io.spop.agent.SpopExchange;
import io.spop.annotation.SpopArg;
import io.spop.protocol.Argument;
import io.spop.protocol.Arguments;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.MethodParameter;
import org.springframework.core.annotation.AnnotatedMethod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class ArgumentResolversTests {

	private final ArgumentResolvers resolvers = TestHandlers.resolvers();

	@Test
	void whenParameterIsTheMessageThenGetsIt() {
		NotifyMessage message = TestExchange.message("a", SpopValue.of(1));
		MockSpopExchange exchange = TestExchange.of(message);
		assertThat(resolve("message", message, exchange)).isSameAs(message);
		assertThat(resolve("arguments", message, exchange)).isSameAs(message.arguments());
		assertThat(resolve("exchange", message, exchange)).isSameAs(exchange);
		assertThat(resolve("connection", message, exchange)).isSameAs(exchange.connection());
	}

	@Test
	void whenAnnotationNamesTheArgumentThenFindsThatOnly() {
		assertThat(resolve("named", "user_agent", SpopValue.of("curl"))).isEqualTo("curl");
		assertThatIllegalArgumentException().isThrownBy(() -> resolve("named", "user-agent", SpopValue.of("curl")));
	}

	@ParameterizedTest
	@ValueSource(strings = { "userAgent", "user_agent", "user-agent" })
	void whenAnnotationHasNoNameThenFindsSpellingsOfTheParameter(String argument) {
		assertThat(resolve("unnamed", argument, SpopValue.of("curl"))).isEqualTo("curl");
	}

	@Test
	void whenArgumentIsRepeatedThenTakesTheFirst() {
		NotifyMessage message = NotifyMessage.of("test", new Argument("user_agent", SpopValue.of("a")),
				new Argument("user_agent", SpopValue.of("b")));
		assertThat(resolve("named", message, TestExchange.of(message))).isEqualTo("a");
	}

	@Test
	void whenParameterIsOptionalThenWrapsTheValue() {
		assertThat(resolve("optional", "n", SpopValue.of(7))).isEqualTo(Optional.of(7));
		assertThat(resolve("optional", "n", SpopValue.ofNull())).isEqualTo(Optional.empty());
		assertThat(resolve("optional", "other", SpopValue.of(7))).isEqualTo(Optional.empty());
	}

	@Test
	void whenParameterIsNullableThenGetsNullInsteadOfNothing() {
		assertThat(resolve("nullable", "n", SpopValue.of(7))).isEqualTo(7);
		assertThat(resolve("nullable", "n", SpopValue.ofNull())).isNull();
		assertThat(resolve("nullable", "other", SpopValue.of(7))).isNull();
		assertThat(resolve("nullableValue", "n", SpopValue.ofNull())).isNull();
	}

	@Test
	void whenParameterIsAValueThenGetsNullAsAValue() {
		assertThat(resolve("value", "n", SpopValue.of(7))).isEqualTo(SpopValue.of(7));
		assertThat(resolve("value", "n", SpopValue.ofNull())).isEqualTo(SpopValue.ofNull());
		assertThat(resolve("value", "other", SpopValue.of(7))).isEqualTo(SpopValue.ofNull());
	}

	@Test
	void whenRequiredArgumentIsMissingThenNamesIt() {
		assertThatIllegalArgumentException().isThrownBy(() -> resolve("primitive", "n", SpopValue.ofNull()))
			.withMessage("Argument 'n' of message 'test' is NULL or missing, but int needs a value");
		assertThatIllegalArgumentException().isThrownBy(() -> resolve("named", "other", SpopValue.of(7)))
			.withMessage("Argument 'user_agent' of message 'test' is NULL or missing, but String needs a value");
	}

	@Test
	void whenValueDoesNotConvertThenNamesArgumentAndTypes() {
		assertThatIllegalArgumentException().isThrownBy(() -> resolve("primitive", "n", SpopValue.of("x")))
			.withMessage("Argument 'n' of message 'test' is STRING, which does not convert to int")
			.withRootCauseInstanceOf(NumberFormatException.class);
		assertThatIllegalArgumentException().isThrownBy(() -> resolve("optional", "n", new SpopValue.Ipv4(0)))
			.withMessage("Argument 'n' of message 'test' is IPV4, which does not convert to Integer");
	}

	@Test
	void whenParameterIsUnknownThenNamesMethodAndSaysWhatToDo() {
		assertThatExceptionOfType(InvalidSpopHandlerException.class).isThrownBy(() -> resolver("unannotated"))
			.satisfies((ex) -> {
				assertThat(ex.reason()).isEqualTo("Parameter 1 (java.lang.String) of"
						+ " io.spop.handler.ArgumentResolversTests$Handlers.unannotated(String)"
						+ " cannot be taken from a message.");
				assertThat(ex.remedy()).isEqualTo("Mark it with @SpopArg if it is an argument of the message."
						+ " NotifyMessage, Arguments, SpopExchange and SpopConnection need no annotation."
						+ " For a type of your own, add a bean that is a SpopArgumentResolver.");
			});
	}

	@Test
	void whenNothingConvertsToTheTypeThenNamesMethodAndSaysWhatToDo() {
		assertThatExceptionOfType(InvalidSpopHandlerException.class).isThrownBy(() -> resolver("inconvertible"))
			.satisfies((ex) -> {
				assertThat(ex.reason()).isEqualTo("Parameter 1 (java.util.Optional<java.lang.Runnable>) of"
						+ " io.spop.handler.ArgumentResolversTests$Handlers.inconvertible(Optional)"
						+ " has a type that no argument of a message converts to.");
				assertThat(ex.remedy()).isEqualTo("Use String, byte[], a number, boolean, InetAddress or SpopValue,"
						+ " or add a Converter from one of these.");
			});
	}

	@Test
	void whenNameOfTheParameterIsUnknownThenSaysWhatToDo() {
		MethodParameter parameter = parameter("unnamed");
		parameter.initParameterNameDiscovery(null);
		assertThatExceptionOfType(InvalidSpopHandlerException.class).isThrownBy(() -> this.resolvers.get(parameter))
			.satisfies((ex) -> {
				assertThat(ex.reason()).startsWith("Parameter 1 (java.lang.String) of ")
					.endsWith("unnamed(String) does not say which argument of the message it is.");
				assertThat(ex.remedy())
					.isEqualTo("Give the name, as in @SpopArg(\"ip\"), or compile with -parameters.");
			});
	}

	private @Nullable Object resolve(String method, String argument, SpopValue value) {
		NotifyMessage message = TestExchange.message(argument, value);
		return resolve(method, message, TestExchange.of(message));
	}

	private @Nullable Object resolve(String method, NotifyMessage message, SpopExchange exchange) {
		return resolver(method).resolve(message, exchange, null);
	}

	private ArgumentResolver resolver(String method) {
		return this.resolvers.get(parameter(method));
	}

	private static MethodParameter parameter(String name) {
		Method method = Arrays.stream(Handlers.class.getDeclaredMethods())
			.filter((candidate) -> candidate.getName().equals(name))
			.findFirst()
			.orElseThrow();
		MethodParameter parameter = new AnnotatedMethod(method).getMethodParameters()[0];
		parameter.initParameterNameDiscovery(new DefaultParameterNameDiscoverer());
		return parameter;
	}

	static class Handlers {

		void message(NotifyMessage message) {
		}

		void arguments(Arguments arguments) {
		}

		void exchange(SpopExchange exchange) {
		}

		void connection(SpopConnection connection) {
		}

		void named(@SpopArg("user_agent") String value) {
		}

		void unnamed(@SpopArg String userAgent) {
		}

		void optional(@SpopArg Optional<Integer> n) {
		}

		void nullable(@SpopArg @Nullable Integer n) {
		}

		void nullableValue(@SpopArg @Nullable SpopValue n) {
		}

		void value(@SpopArg SpopValue n) {
		}

		void primitive(@SpopArg int n) {
		}

		void unannotated(String value) {
		}

		void inconvertible(@SpopArg Optional<Runnable> value) {
		}

	}

}
