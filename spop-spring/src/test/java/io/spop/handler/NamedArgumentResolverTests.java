package io.spop.handler;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

import io.spop.agent.SpopExchange;
import io.spop.annotation.SpopArg;
import io.spop.protocol.HeaderBlock;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.core.annotation.AliasFor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class NamedArgumentResolverTests {

	private static final SpopValue NULL = SpopValue.ofNull();

	private static final SpopValue LATIN = new SpopValue.Text(new byte[] { 'c', 'a', 'f', (byte) 0xE9 }, 0, 4);

	private final ParameterTester parameters = new ParameterTester(Handlers.class);

	@Test
	void whenAnnotationNamesTheArgumentThenFindsThatOnly() {
		assertThat(this.parameters.resolve("named", "user_agent", SpopValue.of("curl"))).isEqualTo("curl");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.parameters.resolve("named", "user-agent", SpopValue.of("curl")));
	}

	@ParameterizedTest
	@ValueSource(strings = { "userAgent", "user_agent", "user-agent" })
	void whenAnnotationHasNoNameThenFindsSpellingsOfTheParameter(String argument) {
		assertThat(this.parameters.resolve("unnamed", argument, SpopValue.of("curl"))).isEqualTo("curl");
	}

	@Test
	void whenParameterIsNamedWithAcronymsThenFindsItsWords() {
		assertThat(this.parameters.resolve("acronym", "http_url_path", SpopValue.of("/"))).isEqualTo("/");
	}

	@Test
	void whenArgumentIsRepeatedThenTakesTheFirst() {
		assertThat(this.parameters.resolve("named", "user_agent", SpopValue.of("a"), "user_agent", SpopValue.of("b")))
			.isEqualTo("a");
	}

	@Test
	void whenParameterIsOptionalThenWrapsTheValue() {
		assertThat(this.parameters.resolve("optional", "n", SpopValue.of(7))).isEqualTo(Optional.of(7));
		assertThat(this.parameters.resolve("optional", "n", SpopValue.ofNull())).isEqualTo(Optional.empty());
		assertThat(this.parameters.resolve("optional", "other", SpopValue.of(7))).isEqualTo(Optional.empty());
	}

	@Test
	void whenParameterIsNullableThenGetsNullInsteadOfNothing() {
		assertThat(this.parameters.resolve("nullable", "n", SpopValue.of(7))).isEqualTo(7);
		assertThat(this.parameters.resolve("nullable", "n", SpopValue.ofNull())).isNull();
		assertThat(this.parameters.resolve("nullable", "other", SpopValue.of(7))).isNull();
		assertThat(this.parameters.resolve("nullableValue", "n", SpopValue.ofNull())).isNull();
	}

	@Test
	void whenAnyAnnotationIsNamedNullableThenItCounts() {
		assertThat(this.parameters.resolve("otherNullable")).isNull();
	}

	@Test
	void whenParameterIsAValueThenGetsNullAsAValue() {
		assertThat(this.parameters.resolve("value", "n", SpopValue.of(7))).isEqualTo(SpopValue.of(7));
		assertThat(this.parameters.resolve("value", "n", SpopValue.ofNull())).isEqualTo(SpopValue.ofNull());
		assertThat(this.parameters.resolve("value", "other", SpopValue.of(7))).isEqualTo(SpopValue.ofNull());
	}

	@Test
	void whenParameterIsNotRequiredThenGetsNull() {
		assertThat(this.parameters.resolve("notRequired", "n", NULL)).isNull();
		assertThat(this.parameters.resolve("notRequired")).isNull();
		assertThat(this.parameters.resolve("notRequired", "n", SpopValue.of(""))).isNull();
		assertThat(this.parameters.resolve("notRequired", "n", SpopValue.of(7))).isEqualTo(7);
	}

	@Test
	void whenRequiredArgumentIsMissingThenNamesIt() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.parameters.resolve("primitive", "n", SpopValue.ofNull()))
			.withMessage("Argument 'n' of message 'test' is NULL or missing, but int needs a value");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.parameters.resolve("named", "other", SpopValue.of(7)))
			.withMessage("Argument 'user_agent' of message 'test' is NULL or missing, but String needs a value");
	}

	@Test
	void whenValueDoesNotConvertThenNamesArgumentAndTypes() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.parameters.resolve("primitive", "n", SpopValue.of("x")))
			.withMessage("Argument 'n' of message 'test' is STRING, which does not convert to int")
			.withRootCauseInstanceOf(NumberFormatException.class);
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.parameters.resolve("optional", "n", new SpopValue.Ipv4(0)))
			.withMessage("Argument 'n' of message 'test' is IPV4, which does not convert to Integer");
	}

	@Test
	void whenParameterIsABufferThenItIsReadOnly() {
		Object buffer = this.parameters.resolve("buffer", "a", SpopValue.of(new byte[] { 1, 2 }));
		assertThat(buffer).isEqualTo(ByteBuffer.wrap(new byte[] { 1, 2 }));
		assertThatExceptionOfType(ReadOnlyBufferException.class)
			.isThrownBy(() -> ((ByteBuffer) Objects.requireNonNull(buffer)).put(0, (byte) 3));
		assertThat(this.parameters.resolve("buffer", "a", SpopValue.of("x")))
			.isEqualTo(ByteBuffer.wrap(new byte[] { 'x' }));
		this.parameters.assertRefused("buffer",
				"Argument 'a' of message 'test' is INT64, which does not convert to ByteBuffer", "a", SpopValue.of(1));
	}

	@Test
	void whenParameterIsAHeaderBlockThenDecodesIt() {
		Object headers = this.parameters.resolve("headers", "headers", SpopValue.of("host: example.org\r\n\r\n"));
		assertThat(headers).isInstanceOfSatisfying(HeaderBlock.class,
				(block) -> assertThat(block.get("Host")).isEqualTo("example.org"));
		this.parameters.assertRefused("headers",
				"Argument 'headers' of message 'test' is BOOL, which does not convert to HeaderBlock", "headers",
				SpopValue.of(true));
	}

	@Test
	void whenHeaderBlockIsMalformedThenNamesMessageAndArgument() {
		SpopValue cut = SpopValue.of(new byte[] { 4, 'h', 'o', 's', 't', 99, 'x' });
		SpopValue withoutEnd = SpopValue.of(new byte[] { 4, 'h', 'o', 's', 't', 1, 'x' });
		for (SpopValue value : List.of(cut, withoutEnd)) {
			this.parameters.assertRefused("headers",
					"Argument 'headers' of message 'test' is BINARY, which does not convert to HeaderBlock", "headers",
					value);
			this.parameters.assertRefused("headersRecord",
					"Argument 'headers' of message 'test' is BINARY, which does not convert to HeaderBlock", "headers",
					value);
		}
	}

	@Test
	void whenParameterHasAnIndexThenTakesTheArgumentAtThatPlace() {
		assertThat(this.parameters.resolve("second", "", SpopValue.of("a"), "", SpopValue.of(2))).isEqualTo(2);
		this.parameters.assertRefused("second",
				"Argument 1 of message 'test' is NULL or missing, but int needs a value", "", SpopValue.of(1));
		this.parameters.assertRefused("second", "Argument 1 of message 'test' is STRING, which does not convert to int",
				"", SpopValue.of(1), "", SpopValue.of("x"));
	}

	@Test
	void whenArgumentIsWrongThenNeitherItsTextNorItsStackHasTheValue() {
		assertThatExceptionOfType(InvalidSpopArgumentException.class)
			.isThrownBy(() -> this.parameters.resolve("second", "", SpopValue.of(1), "", SpopValue.of("secret")))
			.satisfies((ex) -> assertThat(ex.toString()).doesNotContain("secret"))
			.satisfies((ex) -> assertThat(ex.getStackTrace()).isEmpty())
			.satisfies((ex) -> assertThat(ex.getCause()).isNotNull());
	}

	@Test
	void whenMessageHasAForgedNameThenItIsEscaped() {
		NotifyMessage message = NotifyMessage.of("a\n2026 ERROR");
		assertThatExceptionOfType(InvalidSpopArgumentException.class)
			.isThrownBy(() -> this.parameters.resolver("text").resolve(message, TestExchange.of(message), null))
			.withMessage("Argument 'a' of message 'a\\u000a2026 ERROR' is NULL or missing, but String needs a value");
	}

	@Test
	void whenParameterHasADefaultThenItTakesThePlaceOfNothing() {
		assertThat(this.parameters.resolve("defaults", "n", NULL)).isEqualTo(42);
		assertThat(this.parameters.resolve("defaults")).isEqualTo(42);
		assertThat(this.parameters.resolve("defaults", "n", SpopValue.of(""))).isEqualTo(42);
		assertThat(this.parameters.resolve("defaults", "n", SpopValue.of(7))).isEqualTo(7);
		assertThat(this.parameters.resolve("defaultDuration")).isEqualTo(Duration.ofSeconds(5));
		assertThat(this.parameters.resolve("defaultOptional")).isEqualTo(Optional.of("x"));
		assertThat(this.parameters.resolve("emptyDefault")).isEqualTo("");
	}

	@Test
	void whenValueIsEmptyTextAndParameterMayBeNothingThenItIsNothing() {
		assertThat(this.parameters.resolve("optionalInt", "n", SpopValue.of(""))).isEqualTo(Optional.empty());
		this.parameters.assertRefused("second", "Argument 1 of message 'test' is STRING, which does not convert to int",
				"", SpopValue.of(1), "", SpopValue.of(""));
	}

	@Test
	void whenCharsetIsGivenThenReadsTextInIt() {
		assertThat(this.parameters.resolve("latin", "a", LATIN)).isEqualTo("café");
		assertThat(this.parameters.resolve("latin", "a", SpopValue.of(new byte[] { (byte) 0xE9 }))).isEqualTo("é");
		assertThat(this.parameters.resolve("text", "a", LATIN)).isEqualTo("caf\ufffd");
	}

	@Test
	void whenAnnotationIsComposedThenItsAttributesCount() {
		assertThat(this.parameters.resolve("composed", "country", SpopValue.of("xx"))).isEqualTo("xx");
		assertThat(this.parameters.resolve("composed", "country", NULL)).isEqualTo("none");
	}

	@Test
	void whenResolverIsCalledByItsHandleThenItDoesTheSame() throws Throwable {
		NotifyMessage message = TestExchange.message("n", SpopValue.of(7));
		for (String method : List.of("primitive", "optional", "nullable", "value", "defaults")) {
			ArgumentResolver resolver = this.parameters.resolver(method);
			Object result = (Object) resolver.handle()
				.invokeExact(message, (SpopExchange) TestExchange.of(message), (Throwable) null);
			assertThat(result).isEqualTo(resolver.resolve(message, TestExchange.of(message), null)).isNotNull();
		}
	}

	static class Handlers {

		void named(@SpopArg("user_agent") String value) {
		}

		void unnamed(@SpopArg String userAgent) {
		}

		void acronym(@SpopArg String httpURLPath) {
		}

		void optional(@SpopArg Optional<Integer> n) {
		}

		void nullable(@SpopArg @Nullable Integer n) {
		}

		void nullableValue(@SpopArg @Nullable SpopValue n) {
		}

		void otherNullable(@SpopArg @Other.Nullable String a) {
		}

		void value(@SpopArg SpopValue n) {
		}

		void notRequired(@SpopArg(required = false) Integer n) {
		}

		void primitive(@SpopArg int n) {
		}

		void buffer(@SpopArg ByteBuffer a) {
		}

		void headers(@SpopArg HeaderBlock headers) {
		}

		void headersRecord(Headers headers) {
		}

		void second(@SpopArg(index = 1) int n) {
		}

		void text(@SpopArg String a) {
		}

		void defaults(@SpopArg(defaultValue = "42") int n) {
		}

		void defaultDuration(@SpopArg(defaultValue = "5s") Duration n) {
		}

		void defaultOptional(@SpopArg(defaultValue = "x") Optional<String> n) {
		}

		void emptyDefault(@SpopArg(defaultValue = "") String n) {
		}

		void optionalInt(@SpopArg Optional<Integer> n) {
		}

		void latin(@SpopArg(charset = "ISO-8859-1") String a) {
		}

		void composed(@Country("country") String a) {
		}

	}

	@Target(ElementType.PARAMETER)
	@Retention(RetentionPolicy.RUNTIME)
	@SpopArg(defaultValue = "none")
	@interface Country {

		@AliasFor(annotation = SpopArg.class, attribute = "name")
		String value();

	}

	interface Other {

		@Target(ElementType.PARAMETER)
		@Retention(RetentionPolicy.RUNTIME)
		@interface Nullable {

		}

	}

	record Headers(HeaderBlock headers) {

	}

}
