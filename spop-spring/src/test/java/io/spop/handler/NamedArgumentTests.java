package io.spop.handler;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.spop.annotation.SpopArg;
import io.spop.protocol.Argument;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.core.MethodParameter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for parameters that are refused, and for examples of valid parameters.
 */
class NamedArgumentTests {

	private final ParameterTester parameters = new ParameterTester(Handlers.class);

	@Test
	void whenIndexCannotBeThenNamesTheParameter() {
		this.parameters.assertInvalid("indexAndName", "has both the name and the index of an argument.");
		this.parameters.assertInvalid("negative", "has the index -2.");
		this.parameters.assertInvalid("beyond", "has the index 255.");
	}

	@Test
	void whenIndexIsTheFirstOrTheLastThenTakesThatArgument() {
		assertThat(this.parameters.resolve("first", "a", SpopValue.of(7), "b", SpopValue.of(8))).isEqualTo(7);
		Object[] arguments = new Object[2 * 255];
		for (int i = 0; i < 255; i++) {
			arguments[2 * i] = "a";
			arguments[2 * i + 1] = SpopValue.of(i);
		}
		assertThat(this.parameters.resolve("last", arguments)).isEqualTo(254);
	}

	@Test
	void whenListHasAnIndexThenNamesTheParameter() {
		this.parameters.assertInvalid("listWithIndex", "is a list, but has the index of one argument.");
	}

	@Test
	void whenNameCannotBeSentThenNamesTheParameter() {
		this.parameters.assertInvalid("equalsSign", "is the argument 'a=b', a name that HAProxy cannot send.");
		this.parameters.assertInvalid("onlyValue", "is the argument '=b', a name that HAProxy cannot send.");
	}

	@Test
	void whenPrimitiveIsNotRequiredThenNamesTheParameter() {
		for (String method : List.of("notRequiredPrimitive", "nullablePrimitive", "nullablePrimitiveOfJSpecify",
				"nullablePrimitiveComponent")) {
			this.parameters.assertInvalid(method, "is not required, but it cannot be null.");
		}
		assertThat(this.parameters.resolve("defaultPrimitive")).isEqualTo(7);
	}

	@Test
	void whenNameOfTheParameterIsUnknownThenSaysWhatToDo() {
		MethodParameter parameter = this.parameters.parameter("unnamed");
		parameter.initParameterNameDiscovery(null);
		assertThatExceptionOfType(InvalidSpopHandlerException.class)
			.isThrownBy(() -> TestHandlers.resolvers().get(parameter))
			.satisfies((ex) -> {
				assertThat(ex.reason()).startsWith("Parameter 1 (java.lang.String) of ")
					.endsWith("unnamed(String) does not say which argument of the message it is.");
				assertThat(ex.remedy())
					.isEqualTo("Give the name, as in @SpopArg(\"ip\"), or compile with -parameters.");
			});
	}

	@Test
	void whenNothingConvertsToTheTypeThenNamesMethodAndSaysWhatToDo() {
		assertThatExceptionOfType(InvalidSpopHandlerException.class)
			.isThrownBy(() -> this.parameters.resolver("inconvertible"))
			.satisfies((ex) -> {
				assertThat(ex.reason()).isEqualTo("Parameter 1 (java.util.Optional<java.lang.Runnable>) of"
						+ " io.spop.handler.NamedArgumentTests$Handlers.inconvertible(Optional)"
						+ " has a type that no argument of a message converts to.");
				assertThat(ex.remedy()).isEqualTo("Use String, byte[], a number, boolean, InetAddress or SpopValue,"
						+ " or add a Converter from one of these.");
			});
	}

	@Test
	void whenDefaultDoesNotConvertThenNamesTheParameter() {
		this.parameters.assertInvalid("wrongDefault", "has the default value 'x', which does not convert to int.");
		this.parameters.assertInvalid("wrongDefaultList",
				"has the default value '1,x', which does not convert to Integer.");
	}

	@Test
	void whenParameterTakesAnArgumentThenAnExampleHasIt() {
		List<Argument> arguments = new ArrayList<>();
		for (String method : List.of("defaultPrimitive", "unnamed", "indexed", "list")) {
			this.parameters.resolver(method).addExample(arguments);
		}
		assertThat(arguments).containsExactly(new Argument("n", SpopValue.of(1)),
				new Argument("userAgent", SpopValue.of("text")), new Argument("", SpopValue.ofNull()),
				new Argument("", SpopValue.of(true)), new Argument("n", new SpopValue.Ipv4(0x7F000001)));
	}

	static class Handlers {

		void indexAndName(@SpopArg(name = "n", index = 1) int n) {
		}

		void negative(@SpopArg(index = -2) int n) {
		}

		void beyond(@SpopArg(index = 255) int n) {
		}

		void first(@SpopArg(index = 0) int n) {
		}

		void last(@SpopArg(index = 254) int n) {
		}

		void listWithIndex(@SpopArg(index = 0) List<String> list) {
		}

		void equalsSign(@SpopArg("a=b") String a) {
		}

		void onlyValue(@SpopArg("=b") String a) {
		}

		void notRequiredPrimitive(@SpopArg(required = false) int n) {
		}

		@SuppressWarnings("NullablePrimitive")
		void nullablePrimitive(@SpopArg @Other.Nullable int n) {
		}

		@SuppressWarnings("NullablePrimitive")
		void nullablePrimitiveOfJSpecify(@SpopArg @Nullable int n) {
		}

		void nullablePrimitiveComponent(NullablePrimitive component) {
		}

		void defaultPrimitive(@SpopArg(required = false, defaultValue = "7") int n) {
		}

		void indexed(@SpopArg(index = 3) boolean flag) {
		}

		void list(@SpopArg List<InetAddress> n) {
		}

		void wrongDefaultList(@SpopArg(defaultValue = "1,x") List<Integer> n) {
		}

		void unnamed(@SpopArg String userAgent) {
		}

		void inconvertible(@SpopArg Optional<Runnable> value) {
		}

		void wrongDefault(@SpopArg(defaultValue = "x") int n) {
		}

	}

	interface Other {

		@Target(ElementType.PARAMETER)
		@Retention(RetentionPolicy.RUNTIME)
		@interface Nullable {

		}

	}

	record NullablePrimitive(@SpopArg(required = false) int n) {

	}

}
