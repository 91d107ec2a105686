package io.spop.handler;

import java.io.IOException;
import java.io.UncheckedIOException;

import io.spop.protocol.NotifyMessage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ExceptionArgumentResolverTests {

	private final ExceptionArgumentResolver resolver = new ExceptionArgumentResolver(IOException.class);

	@Test
	void whenExceptionHasTheTypeThenParameterGetsIt() {
		IOException failure = new IOException(new IOException());
		assertThat(resolve(failure)).isSameAs(failure);
	}

	@Test
	void whenACauseHasTheTypeThenParameterGetsTheFirst() {
		IOException cause = new IOException();
		assertThat(resolve(new IllegalStateException(new UncheckedIOException(cause)))).isSameAs(cause);
	}

	@Test
	void whenNothingHasTheTypeThenParameterGetsNull() {
		assertThat(resolve(new IllegalStateException(new IllegalArgumentException()))).isNull();
		assertThat(resolve(null)).isNull();
	}

	private @Nullable Object resolve(@Nullable Throwable failure) {
		NotifyMessage message = NotifyMessage.of("test");
		return this.resolver.resolve(message, TestExchange.of(message), failure);
	}

}
