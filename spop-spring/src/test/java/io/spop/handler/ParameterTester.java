package io.spop.handler;

import java.util.Arrays;

import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;

import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.MethodParameter;
import org.springframework.core.annotation.AnnotatedMethod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Resolves the one parameter of methods.
 *
 * @param handlers the class with the methods
 */
record ParameterTester(Class<?> handlers) {

	MethodParameter parameter(String method) {
		MethodParameter parameter = Arrays.stream(this.handlers.getDeclaredMethods())
			.filter((candidate) -> candidate.getName().equals(method))
			.map((candidate) -> new AnnotatedMethod(candidate).getMethodParameters()[0])
			.findFirst()
			.orElseThrow();
		parameter.initParameterNameDiscovery(new DefaultParameterNameDiscoverer());
		return parameter;
	}

	ArgumentResolver resolver(String method) {
		return TestHandlers.resolvers().get(parameter(method));
	}

	/**
	 * Resolve the parameter.
	 * @param method the method
	 * @param arguments names and values of the arguments of the message, in turns
	 */
	@Nullable Object resolve(String method, Object... arguments) {
		Argument[] all = new Argument[arguments.length / 2];
		for (int i = 0; i < all.length; i++) {
			all[i] = new Argument((String) arguments[2 * i], (SpopValue) arguments[2 * i + 1]);
		}
		NotifyMessage message = NotifyMessage.of("test", all);
		return resolver(method).resolve(message, TestExchange.of(message), null);
	}

	void assertRefused(String method, String text, Object... arguments) {
		assertThatExceptionOfType(InvalidSpopArgumentException.class).isThrownBy(() -> resolve(method, arguments))
			.withMessage(text);
	}

	void assertInvalid(String method, String reason) {
		assertThatExceptionOfType(InvalidSpopHandlerException.class).isThrownBy(() -> resolver(method))
			.satisfies((ex) -> assertThat(ex.reason()).startsWith("Parameter ").endsWith(") " + reason));
	}

}
