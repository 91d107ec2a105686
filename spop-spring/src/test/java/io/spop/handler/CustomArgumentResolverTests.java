package io.spop.handler;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

import io.spop.agent.SpopExchange;
import io.spop.annotation.SpopArg;
import io.spop.protocol.Arguments;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.core.MethodParameter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class CustomArgumentResolverTests {

	private static final NotifyMessage MESSAGE = TestExchange.message("a", SpopValue.of("x"));

	private static final Resolver OWN = new Resolver((parameter) -> parameter.getNestedParameterType() == Own.class,
			new Own("component"));

	@Test
	void whenSeveralResolversSupportTheParameterThenTheFirstResolvesIt() {
		assertThat(resolve("own", returning(new Own("first")), returning(new Own("second"))))
			.isEqualTo(new Own("first"));
		assertThat(resolve("own", new Resolver((parameter) -> false, null), returning(new Own("second"))))
			.isEqualTo(new Own("second"));
	}

	@Test
	void whenParameterIsMarkedThenResolverStillResolvesIt() {
		assertThat(resolve("marked", returning("own"))).isEqualTo("own");
		assertThat(resolve("marked")).isEqualTo("x");
	}

	@Test
	void whenParameterIsTheMessageThenNoResolverIsAsked() {
		assertThat(resolve("message", returning(NotifyMessage.of("other")))).isSameAs(MESSAGE);
		assertThat(resolve("arguments", returning(Arguments.of(List.of())))).isSameAs(MESSAGE.arguments());
	}

	@Test
	void whenResolverReturnsNullThenParameterGetsItIfItMay() {
		assertThat(resolve("nullable", returning(null))).isNull();
		assertThat(resolve("notRequired", returning(null))).isNull();
		for (String method : List.of("own", "primitive")) {
			assertThatExceptionOfType(InvalidSpopArgumentException.class)
				.isThrownBy(() -> resolve(method, returning(null)))
				.withMessageStartingWith("Parameter 1 (")
				.withMessageEndingWith(
						" has no value from message 'test': " + Resolver.class.getTypeName() + " returned null")
				.withNoCause();
		}
	}

	@Test
	void whenPrimitiveMayBeNullThenItIsRefused() {
		Resolver resolver = new Resolver((parameter) -> parameter.getParameterType() == int.class, 7);
		for (String method : List.of("notRequiredPrimitive", "primitiveComponent")) {
			assertInvalid(method, " is not required, but it cannot be null.", "Use Integer as its type.", resolver);
		}
	}

	@Test
	void whenResolverReturnsNullThenSetterOfAPrimitiveIsNotCalled() {
		assertThat(resolve("bean", new Resolver((parameter) -> parameter.getParameterType() == int.class, null), OWN))
			.isInstanceOfSatisfying(Bean.class, (bean) -> assertThat(bean.number).isEqualTo(42));
	}

	@Test
	void whenParameterHasADefaultValueThenItIsRefused() {
		for (String method : List.of("withDefault", "optionalWithDefault", "componentWithDefault",
				"setterWithDefault")) {
			assertInvalid(method,
					" has a default value, but " + Resolver.class.getTypeName() + " decides which value it gets.",
					"Remove defaultValue, and let the resolver return the default.", OWN);
		}
	}

	@Test
	void whenResolverSupportsWhatAnOptionalHoldsThenOptionalHoldsIt() {
		assertThat(resolve("optional", OWN)).isEqualTo(Optional.of(new Own("component")));
		assertThat(resolve("optionalComponent", OWN))
			.isEqualTo(new OptionalComponent(Optional.of(new Own("component"))));
		assertThat(resolve("optionalSetter", OWN)).isInstanceOfSatisfying(OptionalBean.class,
				(bean) -> assertThat(bean.own).contains(new Own("component")));
		Resolver nothing = new Resolver(OWN.supported(), null);
		assertThat(resolve("optional", nothing)).isEqualTo(Optional.empty());
		assertThat(resolve("optionalComponent", nothing)).isEqualTo(new OptionalComponent(Optional.empty()));
		assertThatIllegalStateException().isThrownBy(() -> resolve("optional", new Resolver(OWN.supported(), "text")));
	}

	@Test
	void whenResolverSupportsAnOptionalThenItComesFirst() {
		Predicate<MethodParameter> optional = (parameter) -> parameter.getNestedParameterType() == Optional.class;
		assertThat(resolve("optional", OWN, new Resolver(optional, Optional.of(new Own("whole")))))
			.isEqualTo(Optional.of(new Own("whole")));
		assertThat(resolve("optional", OWN, new Resolver(optional, null))).isEqualTo(Optional.empty());
	}

	@Test
	void whenResolverLooksAtTheOuterTypeOnlyThenRemedyNamesTheNestedType() {
		Resolver outer = new Resolver((parameter) -> parameter.getParameterType() == Own.class, null);
		assertThatExceptionOfType(InvalidSpopHandlerException.class).isThrownBy(() -> resolve("optional", outer))
			.withMessageEndingWith(" It supports an Optional of that type if it looks at getNestedParameterType().");
	}

	@Test
	void whenSupportsThrowsThenParameterIsRefused() {
		Resolver resolver = new Resolver((parameter) -> {
			throw new IllegalStateException("supports");
		}, null);
		for (String method : List.of("own", "outer")) {
			assertInvalid(method,
					" made supports() of " + Resolver.class.getTypeName()
							+ " throw java.lang.IllegalStateException: supports.",
					"Let supports() return false for each parameter that the resolver does not support."
							+ " getMethod() is null for a parameter of a constructor.",
					resolver)
				.withCauseInstanceOf(IllegalStateException.class);
		}
	}

	@Test
	void whenParameterIsAPrimitiveThenItGetsItsWrapper() {
		assertThat(resolve("primitive", returning(7))).isEqualTo(7);
	}

	@Test
	void whenParameterIsNamedThenResolverSeesTheName() {
		Resolver named = new Resolver((parameter) -> "own".equals(parameter.getParameterName()), new Own("named"));
		assertThat(resolve("own", named)).isEqualTo(new Own("named"));
		assertThatExceptionOfType(InvalidSpopHandlerException.class).isThrownBy(() -> resolve("other", named));
	}

	@Test
	void whenResolverReturnsAnotherTypeThenFailureNamesBoth() {
		assertThatIllegalStateException().isThrownBy(() -> resolve("own", returning("text")))
			.withMessage("Parameter 1 (" + Own.class.getTypeName() + ") of " + Handlers.class.getName()
					+ ".own(Own) cannot be the java.lang.String that " + Resolver.class.getTypeName() + " returned");
	}

	@Test
	void whenResolverReturnsAnotherTypeForAComponentThenThatIsNoFaultOfTheMessage() {
		for (String method : List.of("outer", "bean")) {
			assertThatIllegalStateException().isThrownBy(() -> resolve(method, new Resolver(OWN.supported(), "text")))
				.withMessageEndingWith(
						" cannot be the java.lang.String that " + Resolver.class.getTypeName() + " returned");
		}
	}

	@Test
	void whenResolverThrowsAnErrorThenItIsThrown() {
		for (String method : List.of("own", "outer", "bean")) {
			assertThatExceptionOfType(AssertionError.class)
				.isThrownBy(() -> resolve(method, new Resolver(OWN.supported(), new AssertionError("error"))))
				.withMessage("error");
		}
	}

	@Test
	void whenResolverThrowsThenTextHasTheTypeAndTheCauseIsTheException() {
		assertThatExceptionOfType(InvalidSpopArgumentException.class)
			.isThrownBy(() -> resolve("own", returning(new IllegalArgumentException("secret"))))
			.withMessageEndingWith("(Own) has no value from message 'test': " + Resolver.class.getTypeName()
					+ " threw IllegalArgumentException")
			.withCauseInstanceOf(IllegalArgumentException.class);
	}

	@Test
	void whenComponentIsSupportedThenResolverResolvesIt() {
		assertThat(resolve("outer", OWN)).isEqualTo(new Outer("x", new Own("component")));
		assertThat(resolve("bean", OWN)).isInstanceOfSatisfying(Bean.class,
				(bean) -> assertThat(bean.own).isEqualTo(new Own("component")));
	}

	@Test
	void whenResolverReturnsNullThenSetterIsNotCalled() {
		assertThat(resolve("bean", new Resolver((parameter) -> parameter.getParameterType() == Own.class, null)))
			.isInstanceOfSatisfying(Bean.class, (bean) -> assertThat(bean.own).isEqualTo(new Own("kept")));
	}

	@Test
	void whenResolverIsIdleThenItCallsNothing() {
		ArgumentResolver idle = resolver("own", returning(new IllegalStateException())).idle();
		assertThat(idle.resolve(MESSAGE, TestExchange.of(MESSAGE), null)).isNull();
	}

	private static ThrowableAssertAlternative<InvalidSpopHandlerException> assertInvalid(String method, String reason,
			String remedy, SpopArgumentResolver... resolvers) {
		return assertThatExceptionOfType(InvalidSpopHandlerException.class)
			.isThrownBy(() -> resolver(method, resolvers))
			.satisfies((ex) -> assertThat(ex.reason()).startsWith("Parameter 1 (").endsWith(reason))
			.satisfies((ex) -> assertThat(ex.remedy()).isEqualTo(remedy));
	}

	private static Resolver returning(@Nullable Object result) {
		return new Resolver((parameter) -> parameter.getContainingClass() == Handlers.class, result);
	}

	private static @Nullable Object resolve(String method, SpopArgumentResolver... resolvers) {
		return resolver(method, resolvers).resolve(MESSAGE, TestExchange.of(MESSAGE), null);
	}

	private static ArgumentResolver resolver(String method, SpopArgumentResolver... resolvers) {
		BindingContext context = new BindingContext(TestHandlers.CONTEXT.conversionService(), StandardCharsets.UTF_8,
				(text) -> text, List.of(resolvers));
		return new ArgumentResolvers(context, (parameter) -> (object) -> {
		}).get(new ParameterTester(Handlers.class).parameter(method));
	}

	/**
	 * Returns one object for all parameters, or throws it.
	 */
	private record Resolver(Predicate<MethodParameter> supported,
			@Nullable Object result) implements SpopArgumentResolver {

		@Override
		public boolean supports(MethodParameter parameter) {
			return this.supported.test(parameter);
		}

		@Override
		public @Nullable Object resolve(MethodParameter parameter, NotifyMessage message, SpopExchange exchange)
				throws Exception {
			if (this.result instanceof Exception ex) {
				throw ex;
			}
			if (this.result instanceof Error ex) {
				throw ex;
			}
			return this.result;
		}

	}

	record Own(String text) {

	}

	record Outer(String a, Own own) {

	}

	public static class Bean {

		private Own own = new Own("kept");

		private int number = 42;

		public void setOwn(Own own) {
			this.own = own;
		}

		public void setNumber(int number) {
			this.number = number;
		}

	}

	record OptionalComponent(Optional<Own> own) {

	}

	record PrimitiveComponent(@SpopArg(required = false) int number) {

	}

	record ComponentWithDefault(@SpopArg(defaultValue = "dd") Own own) {

	}

	public static class OptionalBean {

		private Optional<Own> own = Optional.empty();

		public void setOwn(Optional<Own> own) {
			this.own = own;
		}

	}

	public static class BeanWithDefault {

		@SpopArg(defaultValue = "dd")
		public void setOwn(Own own) {
		}

	}

	static class Handlers {

		void own(Own own) {
		}

		void other(Runnable other) {
		}

		void marked(@SpopArg String a) {
		}

		void message(NotifyMessage message) {
		}

		void arguments(Arguments arguments) {
		}

		void nullable(@Nullable Own own) {
		}

		void notRequired(@SpopArg(required = false) Own own) {
		}

		void primitive(int own) {
		}

		void notRequiredPrimitive(@SpopArg(required = false) int own) {
		}

		void optional(Optional<Own> own) {
		}

		void withDefault(@SpopArg(defaultValue = "dd") Own own) {
		}

		void optionalWithDefault(@SpopArg(defaultValue = "dd") Optional<Own> own) {
		}

		void componentWithDefault(ComponentWithDefault component) {
		}

		void setterWithDefault(BeanWithDefault bean) {
		}

		void primitiveComponent(PrimitiveComponent component) {
		}

		void optionalComponent(OptionalComponent component) {
		}

		void optionalSetter(OptionalBean bean) {
		}

		void outer(Outer outer) {
		}

		void bean(Bean bean) {
		}

	}

}
