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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.core.MethodParameter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class CustomArgumentResolverTests {

	private static final NotifyMessage MESSAGE = TestExchange.message("a", SpopValue.of("x"));

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
		for (String method : List.of("own", "primitive", "notRequiredPrimitive", "optional")) {
			assertThatExceptionOfType(InvalidSpopArgumentException.class)
				.isThrownBy(() -> resolve(method, returning(null)))
				.withMessageStartingWith("Parameter 1 (")
				.withMessageEndingWith(
						" has no value from message 'test': " + Resolver.class.getTypeName() + " returned null")
				.withNoCause();
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
	void whenResolverThrowsThenTextHasTheTypeAndTheCauseIsTheException() {
		assertThatExceptionOfType(InvalidSpopArgumentException.class)
			.isThrownBy(() -> resolve("own", returning(new IllegalArgumentException("secret"))))
			.withMessageEndingWith("(Own) has no value from message 'test': " + Resolver.class.getTypeName()
					+ " threw IllegalArgumentException")
			.withCauseInstanceOf(IllegalArgumentException.class);
	}

	@Test
	void whenComponentIsSupportedThenResolverResolvesIt() {
		Resolver own = new Resolver((parameter) -> parameter.getParameterType() == Own.class, new Own("component"));
		assertThat(resolve("outer", own)).isEqualTo(new Outer("x", new Own("component")));
		assertThat(resolve("bean", own)).isInstanceOfSatisfying(Bean.class,
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
			return this.result;
		}

	}

	record Own(String text) {

	}

	record Outer(String a, Own own) {

	}

	public static class Bean {

		private Own own = new Own("kept");

		public void setOwn(Own own) {
			this.own = own;
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

		void outer(Outer outer) {
		}

		void bean(Bean bean) {
		}

	}

}
