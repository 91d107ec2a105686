package io.spop.handler;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

import io.spop.annotation.SpopArg;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ListArgumentResolverTests {

	private static final SpopValue NULL = SpopValue.ofNull();

	private final ParameterTester parameters = new ParameterTester(Handlers.class);

	@Test
	void whenParameterIsAListThenTakesAllOfTheName() {
		assertThat(this.parameters.resolve("list", "n", SpopValue.of(1), "m", SpopValue.of(9), "n", SpopValue.of("2"),
				"n", NULL))
			.isEqualTo(List.of(1, 2));
		assertThat(this.parameters.resolve("nullableElements", "n", SpopValue.of(1), "n", NULL))
			.isEqualTo(Arrays.asList(1, null));
		assertThat(this.parameters.resolve("values", "n", SpopValue.of(1), "n", NULL))
			.isEqualTo(List.of(SpopValue.of(1), NULL));
		assertThat(this.parameters.resolve("optionalList")).isEqualTo(Optional.empty());
		assertThat(this.parameters.resolve("optionalList", "n", SpopValue.of(true)))
			.isEqualTo(Optional.of(List.of("true")));
		assertThat(this.parameters.resolve("nullableList")).isNull();
		this.parameters.assertRefused("list",
				"Argument 'n' of message 'test' is NULL or missing, but Integer needs a value");
		this.parameters.assertRefused("list",
				"Argument 'n' of message 'test' is BOOL, which does not convert to Integer", "n", SpopValue.of(1), "n",
				SpopValue.of(true));
	}

	@Test
	void whenNoArgumentIsLeftThenListHasTheDefault() {
		assertThat(this.parameters.resolve("defaultList")).isEqualTo(List.of(1, 2));
		assertThat(this.parameters.resolve("defaultList", "n", NULL)).isEqualTo(List.of(1, 2));
		assertThat(this.parameters.resolve("defaultList", "n", SpopValue.of(3))).isEqualTo(List.of(3));
		assertThat(this.parameters.resolve("emptyDefaultList")).isEqualTo(List.of());
		assertThat(this.parameters.resolve("defaultList")).isNotSameAs(this.parameters.resolve("defaultList"));
	}

	@Test
	void whenArgumentsHaveSeveralSpellingsThenListHasThoseOfTheFirst() {
		assertThat(this.parameters.resolve("spelled", "user-agent", SpopValue.of("a"), "user_agent", SpopValue.of("b"),
				"user-agent", SpopValue.of("c")))
			.isEqualTo(List.of("b"));
	}

	static class Handlers {

		void list(@SpopArg List<Integer> n) {
		}

		void nullableElements(@SpopArg List<@Nullable Integer> n) {
		}

		void values(@SpopArg Collection<SpopValue> n) {
		}

		void optionalList(@SpopArg Optional<List<String>> n) {
		}

		void nullableList(@SpopArg @Nullable List<String> n) {
		}

		void emptyDefaultList(@SpopArg(defaultValue = "") List<Integer> n) {
		}

		void spelled(@SpopArg List<String> userAgent) {
		}

		void defaultList(@SpopArg(defaultValue = "1,2") List<Integer> n) {
		}

	}

}
