package io.spop.handler;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import io.spop.agent.SpopExchange;
import io.spop.annotation.SpopArg;
import io.spop.protocol.NotifyMessage;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ArgumentResolversTests {

	private final ParameterTester parameters = new ParameterTester(Handlers.class);

	@Test
	void whenParameterIsUnknownThenNamesMethodAndSaysWhatToDo() {
		assertThatExceptionOfType(InvalidSpopHandlerException.class)
			.isThrownBy(() -> this.parameters.resolver("unannotated"))
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
	void whenParameterIsMarkedThenItIsAnArgumentWhateverItsType() {
		assertThat(this.parameters.resolver("record")).isInstanceOf(BeanArgumentResolver.class);
		assertThat(this.parameters.resolver("message")).isSameAs(ContextArgumentResolver.MESSAGE);
		assertThat(this.parameters.resolver("text")).isInstanceOf(NamedArgumentResolver.class);
		assertThat(this.parameters.resolver("list")).isInstanceOf(ListArgumentResolver.class);
		for (String method : List.of("markedRecord", "markedMessage")) {
			this.parameters.assertInvalid(method, "has a type that no argument of a message converts to.");
		}
	}

	@Test
	void whenMethodHasSeveralParametersThenResolversAreCalledInTheirOrder() throws Throwable {
		List<String> calls = new ArrayList<>();
		List<ArgumentResolver> resolvers = IntStream.range(0, 70)
			.<ArgumentResolver>mapToObj((i) -> (message, exchange, failure) -> {
				calls.add("resolved " + i);
				return message.name() + i;
			})
			.toList();
		MethodHandle join = MethodHandles.lookup()
			.findStatic(Arrays.class, "asList", MethodType.methodType(List.class, Object[].class))
			.asCollector(Object[].class, resolvers.size())
			.asType(MethodType.genericMethodType(resolvers.size()));
		NotifyMessage message = NotifyMessage.of("m");
		Object result = (Object) ArgumentResolvers.resolveInto(join, resolvers)
			.invokeExact(message, (SpopExchange) TestExchange.of(message), (Throwable) null);
		assertThat(result).isEqualTo(IntStream.range(0, 70).mapToObj((i) -> "m" + i).toList());
		assertThat(calls).isEqualTo(IntStream.range(0, 70).mapToObj((i) -> "resolved " + i).toList());
	}

	static class Handlers {

		void record(Some some) {
		}

		void message(NotifyMessage message) {
		}

		void text(@SpopArg String text) {
		}

		void list(@SpopArg List<String> list) {
		}

		void markedRecord(@SpopArg Some some) {
		}

		void markedMessage(@SpopArg NotifyMessage message) {
		}

		void unannotated(String value) {
		}

	}

	record Some(String text) {

	}

}
