package io.spop.handler;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

import io.spop.agent.SpopExchange;
import io.spop.annotation.SpopArg;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class BeanArgumentResolverTests {

	private static final SpopValue NULL = SpopValue.ofNull();

	private final ParameterTester parameters = new ParameterTester(Handlers.class);

	@Test
	@SuppressWarnings("NullAway") // a list that is not required is null
	void whenParameterIsARecordThenItsComponentsTakeTheArguments() throws Exception {
		assertThat(this.parameters.resolve("request", "ip", SpopValue.of(InetAddress.getByName("192.0.2.1")),
				"user-agent", SpopValue.of("curl"), "port", SpopValue.of(443), "tag", SpopValue.of("a"), "tag",
				SpopValue.of("b")))
			.isEqualTo(
					new Request(InetAddress.getByName("192.0.2.1"), "curl", 443, Optional.empty(), List.of("a", "b")));
		assertThat(
				this.parameters.resolve("request", "ip", NULL, "port", SpopValue.of(1), "country", SpopValue.of("xx")))
			.isEqualTo(new Request(null, null, 1, Optional.of("xx"), null));
		assertThat(this.parameters.resolve("withDefault")).isEqualTo(new WithDefault("none", NULL));
		this.parameters.assertRefused("strict",
				"Argument 'name' of message 'test' is NULL or missing, but String needs a value", "tags",
				SpopValue.of("a"));
		this.parameters.assertRefused("strict",
				"Argument 'tags' of message 'test' is NULL or missing, but String needs a value", "name",
				SpopValue.of("a"));
		this.parameters.assertRefused("immutable",
				"Argument 'userAgent' of message 'test' is NULL or missing, but String needs a value");
		this.parameters.assertRefused("request",
				"Argument 'port' of message 'test' is NULL or missing, but int needs a value");
		this.parameters.assertRefused("request",
				"Argument 'port' of message 'test' is STRING, which does not convert to int", "port",
				SpopValue.of("x"));
	}

	@Test
	@SuppressWarnings("NullAway") // the constructor has no annotation on purpose
	void whenConstructorOfTheRecordHasNoAnnotationsThenThoseOfItsComponentsCount() {
		assertThat(this.parameters.resolve("explicit", "other", SpopValue.of("x"))).isEqualTo(new Explicit("x", null));
	}

	@Test
	void whenConstructorOfTheRecordThrowsThenTheMessageIsWrong() {
		this.parameters.assertRefused("positive",
				"The arguments of message 'test' do not make a Positive: IllegalArgumentException", "value",
				SpopValue.of(-1));
	}

	@Test
	void whenParameterIsABeanThenItsSettersTakeTheArguments() {
		assertThat(this.parameters.resolve("bean", "name", SpopValue.of("x"), "other", SpopValue.of(3)))
			.isInstanceOfSatisfying(Bean.class, (bean) -> {
				assertThat(bean.name).isEqualTo("x");
				assertThat(bean.number).isEqualTo(3);
				assertThat(bean.kept).isEqualTo("kept");
				assertThat(bean.primitive).isEqualTo(5);
				assertThat(bean.flag).isTrue();
			});
		this.parameters.assertRefused("bean",
				"Argument 'other' of message 'test' is NULL or missing, but Integer needs a value");
	}

	@Test
	void whenParameterIsAClassWithOneConstructorThenItTakesTheArguments() {
		assertThat(this.parameters.resolve("immutable", "user_agent", SpopValue.of("curl")))
			.isInstanceOfSatisfying(Immutable.class, (object) -> assertThat(object.userAgent).isEqualTo("curl"));
	}

	@Test
	void whenComponentHasATypeThatNothingConvertsToThenNamesIt() {
		this.parameters.assertInvalid("wrongRecord", "has a type that no argument of a message converts to.");
	}

	@Test
	void whenObjectIsNotValidThenTheMessageIsWrong() {
		Consumer<Object> validation = (object) -> {
			throw new IllegalStateException("port must be positive");
		};
		ArgumentResolver resolver = new ArgumentResolvers(TestHandlers.CONTEXT, (parameter) -> validation)
			.get(this.parameters.parameter("request"));
		assertThatExceptionOfType(InvalidSpopArgumentException.class).isThrownBy(
				() -> resolver.resolve(TestExchange.message("port", SpopValue.of(0)), TestExchange.of("test"), null))
			.withMessage("The arguments of message 'test' do not make a Request: IllegalStateException")
			.withCauseInstanceOf(IllegalStateException.class);
	}

	@Test
	void whenResolverIsIdleThenItCallsNoConstructor() {
		ArgumentResolver resolver = this.parameters.resolver("positive").idle();
		NotifyMessage message = TestExchange.message("value", SpopValue.of(-1));
		assertThat(resolver.resolve(message, TestExchange.of(message), null)).isNull();
	}

	static class Handlers {

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
