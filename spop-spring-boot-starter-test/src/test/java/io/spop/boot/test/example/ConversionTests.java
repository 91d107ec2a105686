package io.spop.boot.test.example;

import io.spop.boot.test.autoconfigure.SpopTest;
import io.spop.boot.test.autoconfigure.SpopTestClient;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.core.convert.ConversionService;
import org.springframework.core.convert.support.DefaultConversionService;

/**
 * The client converts as the application does.
 */
@SpopTest(Components.Echo.class)
class ConversionTests {

	@Autowired
	private SpopTestClient client;

	@Test
	void whenApplicationHasAConversionServiceThenTheClientUsesIt() {
		Point point = new Point(1, 2);
		this.client.message("echo")
			.arg("point", point)
			.send()
			.hasVariable(VarScope.SESSION, "point_0", "Text")
			.hasVariable(VarScope.TRANSACTION, "point_0", "1/2")
			.hasVariable(VarScope.TRANSACTION, "point_0", point);
	}

	record Point(int x, int y) {

	}

	@TestConfiguration(proxyBeanMethods = false)
	static class Conversion {

		@Bean
		ConversionService applicationConversion() {
			DefaultConversionService service = new DefaultConversionService();
			service.addConverter(Point.class, String.class, (point) -> point.x() + "/" + point.y());
			return service;
		}

	}

}
