package io.spop.handler;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.UnaryOperator;

import io.spop.annotation.SpopArg;
import io.spop.protocol.SpopValue;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class BindingContextTests {

	private static final SpopValue LATIN = new SpopValue.Text(new byte[] { 'c', 'a', 'f', (byte) 0xE9 }, 0, 4);

	private final ParameterTester parameters = new ParameterTester(Handlers.class);

	@Test
	void whenDefaultHasAnUnknownPlaceholderThenNamesTheParameter() {
		for (UnaryOperator<String> placeholders : List.<UnaryOperator<String>>of(UnaryOperator.identity(), (text) -> {
			throw new IllegalArgumentException("unknown");
		})) {
			BindingContext context = new BindingContext(TestHandlers.CONTEXT.conversionService(),
					StandardCharsets.UTF_8, placeholders, List.of());
			assertThatExceptionOfType(InvalidSpopHandlerException.class)
				.isThrownBy(() -> new ArgumentResolvers(context, (parameter) -> (object) -> {
				}).get(this.parameters.parameter("placeholder")))
				.satisfies((ex) -> {
					assertThat(ex.reason())
						.startsWith("The default value of Parameter 1 (java.lang.String) of io.spop.handler.")
						.endsWith(" has the placeholder '${unknown}', which has no value.");
					assertThat(ex.remedy())
						.isEqualTo("Set that property, or give the placeholder a default, as in ${name:default}.");
				});
		}
	}

	@Test
	void whenContextHasACharsetThenReadsTextInIt() {
		BindingContext context = new BindingContext(TestHandlers.CONTEXT.conversionService(),
				StandardCharsets.ISO_8859_1, (text) -> text, List.of());
		ArgumentResolver resolver = new ArgumentResolvers(context, (parameter) -> (object) -> {
		}).get(this.parameters.parameter("text"));
		assertThat(resolver.resolve(TestExchange.message("a", LATIN), TestExchange.of("test"), null)).isEqualTo("café");
	}

	@Test
	void whenCharsetDoesNotExistThenNamesTheParameter() {
		this.parameters.assertInvalid("noCharset", "names the charset 'nope', which does not exist.");
		this.parameters.assertInvalid("noName", "names the charset '?', which does not exist.");
	}

	@Test
	void whenPlaceholdersHaveValuesThenTheyAreReplaced() {
		BindingContext context = new BindingContext(TestHandlers.CONTEXT.conversionService(), StandardCharsets.UTF_8,
				(text) -> text.replace("${a}", "x"), List.of());
		assertThat(context.resolve("<${a}>", "Here")).isEqualTo("<x>");
		assertThat(context.resolve("\\${b}", "Here")).isEqualTo("\\${b}");
	}

	static class Handlers {

		void placeholder(@SpopArg(defaultValue = "${unknown}") String a) {
		}

		void text(@SpopArg String a) {
		}

		void noName(@SpopArg(charset = "?") String a) {
		}

		void noCharset(@SpopArg(charset = "nope") String a) {
		}

	}

}
