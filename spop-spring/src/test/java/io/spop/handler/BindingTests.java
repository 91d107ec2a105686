package io.spop.handler;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import io.spop.agent.SpopExchange;
import io.spop.annotation.SpopArg;
import io.spop.protocol.Argument;
import io.spop.protocol.HeaderBlock;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.MethodParameter;
import org.springframework.core.annotation.AliasFor;
import org.springframework.core.annotation.AnnotatedMethod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What parameters get besides a single named value.
 */
class BindingTests {

	private static final SpopValue NULL = SpopValue.ofNull();

	private static final SpopValue LATIN = new SpopValue.Text(new byte[] { 'c', 'a', 'f', (byte) 0xE9 }, 0, 4);

	@Test
	void whenParameterIsABufferThenItIsReadOnly() {
		Object buffer = resolve("buffer", "a", SpopValue.of(new byte[] { 1, 2 }));
		assertThat(buffer).isEqualTo(ByteBuffer.wrap(new byte[] { 1, 2 }));
		assertThatExceptionOfType(ReadOnlyBufferException.class)
			.isThrownBy(() -> ((ByteBuffer) buffer).put(0, (byte) 3));
		assertThat(resolve("buffer", "a", SpopValue.of("x"))).isEqualTo(ByteBuffer.wrap(new byte[] { 'x' }));
		assertRefused("buffer", "Argument 'a' of message 'test' is INT64, which does not convert to ByteBuffer", "a",
				SpopValue.of(1));
	}

	@Test
	void whenParameterIsAHeaderBlockThenDecodesIt() {
		Object headers = resolve("headers", "headers", SpopValue.of("host: example.org\r\n\r\n"));
		assertThat(headers).isInstanceOfSatisfying(HeaderBlock.class,
				(block) -> assertThat(block.get("Host")).isEqualTo("example.org"));
		assertRefused("headers", "Argument 'headers' of message 'test' is BOOL, which does not convert to HeaderBlock",
				"headers", SpopValue.of(true));
	}

	@Test
	void whenParameterHasAnIndexThenTakesTheArgumentAtThatPlace() {
		assertThat(resolve("second", "", SpopValue.of("a"), "", SpopValue.of(2))).isEqualTo(2);
		assertRefused("second", "Argument 1 of message 'test' is NULL or missing, but int needs a value", "",
				SpopValue.of(1));
		assertRefused("second", "Argument 1 of message 'test' is STRING, which does not convert to int", "",
				SpopValue.of(1), "", SpopValue.of("x"));
	}

	@Test
	void whenIndexCannotBeThenNamesTheParameter() {
		assertInvalid("indexAndName", "has both the name and the index of an argument.");
		assertInvalid("negative", "has the index -2.");
	}

	@Test
	void whenParameterIsNotRequiredThenGetsNull() {
		assertThat(resolve("notRequired", "n", NULL)).isNull();
		assertThat(resolve("notRequired")).isNull();
		assertThat(resolve("notRequired", "n", SpopValue.of(""))).isNull();
		assertThat(resolve("notRequired", "n", SpopValue.of(7))).isEqualTo(7);
	}

	@Test
	void whenPrimitiveIsNotRequiredThenNamesTheParameter() {
		for (String method : List.of("notRequiredPrimitive", "nullablePrimitive", "nullablePrimitiveOfJSpecify",
				"nullablePrimitiveComponent")) {
			assertInvalid(method, "is not required, but it cannot be null.");
		}
		assertThat(resolve("defaultPrimitive")).isEqualTo(7);
	}

	@Test
	void whenListHasAnIndexThenNamesTheParameter() {
		assertInvalid("listWithIndex", "is a list of the argument at one place.");
	}

	@Test
	void whenNameCannotBeSentThenNamesTheParameter() {
		assertInvalid("equalsSign", "is the argument 'a=b', a name that HAProxy cannot send.");
	}

	@Test
	void whenDefaultHasAnUnknownPlaceholderThenNamesTheParameter() {
		for (UnaryOperator<String> placeholders : List.<UnaryOperator<String>>of(UnaryOperator.identity(), (text) -> {
			throw new IllegalArgumentException("unknown");
		})) {
			BindingContext context = new BindingContext(TestHandlers.CONTEXT.conversionService(),
					StandardCharsets.UTF_8, placeholders, List.of());
			assertThatExceptionOfType(InvalidSpopHandlerException.class)
				.isThrownBy(() -> new ArgumentResolvers(context, (parameter) -> (object) -> {
				}).get(parameter("placeholder")))
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
	void whenHeaderBlockIsMalformedThenNamesMessageAndArgument() {
		SpopValue cut = SpopValue.of(new byte[] { 4, 'h', 'o', 's', 't', 99, 'x' });
		SpopValue withoutEnd = SpopValue.of(new byte[] { 4, 'h', 'o', 's', 't', 1, 'x' });
		for (SpopValue value : List.of(cut, withoutEnd)) {
			assertRefused("headers",
					"Argument 'headers' of message 'test' is BINARY, which does not convert to HeaderBlock", "headers",
					value);
			assertRefused("headersRecord",
					"Argument 'headers' of message 'test' is BINARY, which does not convert to HeaderBlock", "headers",
					value);
		}
	}

	@Test
	void whenArgumentIsWrongThenNeitherItsTextNorItsStackHasTheValue() {
		assertThatExceptionOfType(InvalidSpopArgumentException.class)
			.isThrownBy(() -> resolve("second", "", SpopValue.of(1), "", SpopValue.of("secret")))
			.satisfies((ex) -> assertThat(ex.toString()).doesNotContain("secret"))
			.satisfies((ex) -> assertThat(ex.getStackTrace()).isEmpty())
			.satisfies((ex) -> assertThat(ex.getCause()).isNotNull());
	}

	@Test
	void whenMessageHasAForgedNameThenItIsEscaped() {
		NotifyMessage message = NotifyMessage.of("a\n2026 ERROR");
		assertThatExceptionOfType(InvalidSpopArgumentException.class).isThrownBy(
				() -> TestHandlers.resolvers().get(parameter("text")).resolve(message, TestExchange.of(message), null))
			.withMessage("Argument 'a' of message 'a\\u000a2026 ERROR' is NULL or missing, but String needs a value");
	}

	@Test
	void whenParameterHasADefaultThenItTakesThePlaceOfNothing() {
		assertThat(resolve("defaults", "n", NULL)).isEqualTo(42);
		assertThat(resolve("defaults")).isEqualTo(42);
		assertThat(resolve("defaults", "n", SpopValue.of(""))).isEqualTo(42);
		assertThat(resolve("defaults", "n", SpopValue.of(7))).isEqualTo(7);
		assertThat(resolve("defaultDuration")).isEqualTo(Duration.ofSeconds(5));
		assertThat(resolve("defaultOptional")).isEqualTo(Optional.of("x"));
		assertThat(resolve("defaultList")).isEqualTo(List.of(1, 2));
		assertThat(resolve("emptyDefault")).isEqualTo("");
		assertInvalid("wrongDefault", "has the default value 'x', which does not convert to int.");
	}

	@Test
	void whenValueIsEmptyTextAndParameterMayBeNothingThenItIsNothing() {
		assertThat(resolve("optionalInt", "n", SpopValue.of(""))).isEqualTo(Optional.empty());
		assertRefused("second", "Argument 1 of message 'test' is STRING, which does not convert to int", "",
				SpopValue.of(1), "", SpopValue.of(""));
	}

	@Test
	void whenParameterIsAListThenTakesAllOfTheName() {
		assertThat(resolve("list", "n", SpopValue.of(1), "m", SpopValue.of(9), "n", SpopValue.of("2"), "n", NULL))
			.isEqualTo(List.of(1, 2));
		assertThat(resolve("nullableElements", "n", SpopValue.of(1), "n", NULL)).isEqualTo(Arrays.asList(1, null));
		assertThat(resolve("values", "n", SpopValue.of(1), "n", NULL)).isEqualTo(List.of(SpopValue.of(1), NULL));
		assertThat(resolve("optionalList")).isEqualTo(Optional.empty());
		assertThat(resolve("optionalList", "n", SpopValue.of(true))).isEqualTo(Optional.of(List.of("true")));
		assertThat(resolve("nullableList")).isNull();
		assertRefused("list", "Argument 'n' of message 'test' is NULL or missing, but Integer needs a value");
		assertRefused("list", "Argument 'n' of message 'test' is BOOL, which does not convert to Integer", "n",
				SpopValue.of(1), "n", SpopValue.of(true));
	}

	@Test
	void whenCharsetIsGivenThenReadsTextInIt() {
		assertThat(resolve("latin", "a", LATIN)).isEqualTo("café");
		assertThat(resolve("latin", "a", SpopValue.of(new byte[] { (byte) 0xE9 }))).isEqualTo("é");
		assertThat(resolve("text", "a", LATIN)).isEqualTo("caf\ufffd");
		assertInvalid("noCharset", "names the charset 'nope', which does not exist.");
	}

	@Test
	void whenBindingHasACharsetThenReadsTextInIt() {
		BindingContext context = new BindingContext(TestHandlers.CONTEXT.conversionService(),
				StandardCharsets.ISO_8859_1, (text) -> text, List.of());
		ArgumentResolver resolver = new ArgumentResolvers(context, (parameter) -> (object) -> {
		}).get(parameter("text"));
		assertThat(resolver.resolve(message("a", LATIN), TestExchange.of("test"), null)).isEqualTo("café");
	}

	@Test
	void whenAnyAnnotationIsNamedNullableThenItCounts() {
		assertThat(resolve("otherNullable")).isNull();
	}

	@Test
	void whenAnnotationIsComposedThenItsAttributesCount() {
		assertThat(resolve("composed", "country", SpopValue.of("xx"))).isEqualTo("xx");
		assertThat(resolve("composed", "country", NULL)).isEqualTo("none");
	}

	@Test
	void whenParameterIsNamedWithAcronymsThenFindsItsWords() {
		assertThat(resolve("acronym", "http_url_path", SpopValue.of("/"))).isEqualTo("/");
	}

	@Test
	void whenParameterIsARecordThenItsComponentsTakeTheArguments() throws Exception {
		assertThat(resolve("request", "ip", SpopValue.of(InetAddress.getByName("192.0.2.1")), "user-agent",
				SpopValue.of("curl"), "port", SpopValue.of(443), "tag", SpopValue.of("a"), "tag", SpopValue.of("b")))
			.isEqualTo(
					new Request(InetAddress.getByName("192.0.2.1"), "curl", 443, Optional.empty(), List.of("a", "b")));
		assertThat(resolve("request", "ip", NULL, "port", SpopValue.of(1), "country", SpopValue.of("xx")))
			.isEqualTo(new Request(null, null, 1, Optional.of("xx"), null));
		assertThat(resolve("withDefault")).isEqualTo(new WithDefault("none", NULL));
		assertRefused("strict", "Argument 'name' of message 'test' is NULL or missing, but String needs a value",
				"tags", SpopValue.of("a"));
		assertRefused("strict", "Argument 'tags' of message 'test' is NULL or missing, but String needs a value",
				"name", SpopValue.of("a"));
		assertRefused("immutable",
				"Argument 'userAgent' of message 'test' is NULL or missing, but String needs a value");
		assertRefused("request", "Argument 'port' of message 'test' is NULL or missing, but int needs a value");
		assertRefused("request", "Argument 'port' of message 'test' is STRING, which does not convert to int", "port",
				SpopValue.of("x"));
	}

	@Test
	void whenConstructorOfTheRecordHasNoAnnotationsThenThoseOfItsComponentsCount() {
		assertThat(resolve("explicit", "other", SpopValue.of("x"))).isEqualTo(new Explicit("x", null));
	}

	@Test
	void whenConstructorOfTheRecordThrowsThenTheMessageIsWrong() {
		assertRefused("positive", "The arguments of message 'test' do not make a Positive: IllegalArgumentException",
				"value", SpopValue.of(-1));
	}

	@Test
	void whenParameterIsABeanThenItsSettersTakeTheArguments() {
		assertThat(resolve("bean", "name", SpopValue.of("x"), "other", SpopValue.of(3)))
			.isInstanceOfSatisfying(Bean.class, (bean) -> {
				assertThat(bean.name).isEqualTo("x");
				assertThat(bean.number).isEqualTo(3);
				assertThat(bean.kept).isEqualTo("kept");
				assertThat(bean.primitive).isEqualTo(5);
				assertThat(bean.flag).isTrue();
			});
		assertRefused("bean", "Argument 'other' of message 'test' is NULL or missing, but Integer needs a value");
	}

	@Test
	void whenParameterIsAClassWithOneConstructorThenItTakesTheArguments() {
		assertThat(resolve("immutable", "user_agent", SpopValue.of("curl"))).isInstanceOfSatisfying(Immutable.class,
				(object) -> assertThat(object.userAgent).isEqualTo("curl"));
	}

	@Test
	void whenComponentHasATypeThatNothingConvertsToThenNamesIt() {
		assertInvalid("wrongRecord", "has a type that no argument of a message converts to.");
	}

	@Test
	void whenObjectIsNotValidThenTheMessageIsWrong() {
		Consumer<Object> validation = (object) -> {
			throw new IllegalStateException("port must be positive");
		};
		ArgumentResolver resolver = new ArgumentResolvers(TestHandlers.CONTEXT, (parameter) -> validation)
			.get(parameter("request"));
		assertThatExceptionOfType(InvalidSpopArgumentException.class)
			.isThrownBy(() -> resolver.resolve(message("port", SpopValue.of(0)), TestExchange.of("test"), null))
			.withMessage("The arguments of message 'test' do not make a Request: IllegalStateException")
			.withCauseInstanceOf(IllegalStateException.class);
	}

	private static @Nullable Object resolve(String method, Object... arguments) {
		NotifyMessage message = message(arguments);
		return TestHandlers.resolvers().get(parameter(method)).resolve(message, TestExchange.of(message), null);
	}

	private static void assertRefused(String method, String text, Object... arguments) {
		assertThatExceptionOfType(InvalidSpopArgumentException.class).isThrownBy(() -> resolve(method, arguments))
			.withMessage(text);
	}

	private static void assertInvalid(String method, String reason) {
		assertThatExceptionOfType(InvalidSpopHandlerException.class)
			.isThrownBy(() -> TestHandlers.resolvers().get(parameter(method)))
			.satisfies((ex) -> assertThat(ex.reason()).startsWith("Parameter ").endsWith(") " + reason));
	}

	private static NotifyMessage message(Object... arguments) {
		Argument[] all = new Argument[arguments.length / 2];
		for (int i = 0; i < all.length; i++) {
			all[i] = new Argument((String) arguments[2 * i], (SpopValue) arguments[2 * i + 1]);
		}
		return NotifyMessage.of("test", all);
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

		void buffer(@SpopArg ByteBuffer a) {
		}

		void headers(@SpopArg HeaderBlock headers) {
		}

		void second(@SpopArg(index = 1) int n) {
		}

		void indexAndName(@SpopArg(name = "n", index = 1) int n) {
		}

		void negative(@SpopArg(index = -2) int n) {
		}

		void notRequired(@SpopArg(required = false) Integer n) {
		}

		void notRequiredPrimitive(@SpopArg(required = false) int n) {
		}

		void defaults(@SpopArg(defaultValue = "42") int n) {
		}

		void defaultDuration(@SpopArg(defaultValue = "5s") Duration n) {
		}

		void defaultOptional(@SpopArg(defaultValue = "x") Optional<String> n) {
		}

		void defaultList(@SpopArg(defaultValue = "1,2") List<Integer> n) {
		}

		void emptyDefault(@SpopArg(defaultValue = "") String n) {
		}

		void wrongDefault(@SpopArg(defaultValue = "x") int n) {
		}

		void optionalInt(@SpopArg Optional<Integer> n) {
		}

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

		void latin(@SpopArg(charset = "ISO-8859-1") String a) {
		}

		void text(@SpopArg String a) {
		}

		void noCharset(@SpopArg(charset = "nope") String a) {
		}

		void otherNullable(@SpopArg @Other.Nullable String a) {
		}

		void composed(@Country("country") String a) {
		}

		void acronym(@SpopArg String httpURLPath) {
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

		void listWithIndex(@SpopArg(index = 0) List<String> list) {
		}

		void equalsSign(@SpopArg("a=b") String a) {
		}

		void placeholder(@SpopArg(defaultValue = "${unknown}") String a) {
		}

		void headersRecord(Headers headers) {
		}

		void withDefault(WithDefault withDefault) {
		}

		void strict(Strict strict) {
		}

		void explicit(Explicit explicit) {
		}

		void request(Request request) {
		}

		void positive(Positive positive) {
		}

		void bean(Bean bean) {
		}

		void immutable(Immutable immutable) {
		}

		void wrongRecord(WrongRecord wrong) {
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

	record NullablePrimitive(@SpopArg(required = false) int n) {

	}

	record Headers(HeaderBlock headers) {

	}

	record WithDefault(@SpopArg(defaultValue = "none") String name, SpopValue value) {

	}

	record Strict(String name, List<String> tags) {

	}

	record Explicit(@SpopArg("other") String text, @Nullable String country) {

		Explicit(String text, String country) {
			this.text = text;
			this.country = country;
		}

	}

	record Request(@Nullable InetAddress ip, @Nullable String userAgent, int port, Optional<String> country,
			@SpopArg(name = "tag", required = false) List<String> tags) {

	}

	record Positive(int value, SpopExchange exchange) {

		Positive {
			if (value < 0) {
				throw new IllegalArgumentException("not positive");
			}
		}

	}

	record WrongRecord(Runnable runnable) {

	}

	public static class Bean {

		private String name = "";

		@SpopArg("other")
		private Integer number = 0;

		private String kept = "kept";

		@SpopArg(required = false)
		private int primitive = 5;

		private boolean flag = true;

		public void setName(String name) {
			this.name = name;
		}

		public void setNumber(Integer number) {
			this.number = number;
		}

		public void setPrimitive(int primitive) {
			this.primitive = primitive;
		}

		public void setFlag(boolean flag) {
			this.flag = flag;
		}

		public void setKept(String kept) {
			this.kept = kept;
		}

	}

	static class Immutable {

		private final String userAgent;

		Immutable(String userAgent) {
			this.userAgent = userAgent;
		}

	}

}
