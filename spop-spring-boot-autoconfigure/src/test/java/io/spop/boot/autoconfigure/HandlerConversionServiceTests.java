package io.spop.boot.autoconfigure;

import java.time.Duration;
import java.util.Map;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.core.convert.ConversionService;
import org.springframework.core.convert.support.DefaultConversionService;
import org.springframework.format.support.DefaultFormattingConversionService;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link HandlerConversionService}.
 */
class HandlerConversionServiceTests {

	@Test
	void whenConversionServiceIsThatOfSpringMvcThenSpringBootsComesFirst() {
		ConversionService service = HandlerConversionService.of(new StaticListableBeanFactory(
				Map.of("mvcConversionService", new DefaultFormattingConversionService())));
		assertThat(service.convert("10s", Duration.class)).hasSeconds(10);
	}

	@Test
	void whenConversionServiceIsThatOfTheApplicationThenItComesFirst() {
		DefaultConversionService own = new DefaultConversionService();
		own.addConverter(String.class, Duration.class, (text) -> Duration.ofDays(text.length()));
		ConversionService service = HandlerConversionService.of(new StaticListableBeanFactory(
				Map.of("own", own, "mvcConversionService", new DefaultFormattingConversionService())));
		assertThat(service.convert("10s", Duration.class)).hasDays(3);
		assertThat(service.convert("7", Integer.class)).isEqualTo(7);
	}

}
