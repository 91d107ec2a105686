package io.spop.boot.test.example;

import io.spop.boot.test.autoconfigure.SpopTest;
import io.spop.boot.test.autoconfigure.SpopTestClient;
import io.spop.handler.ValueWriters;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.convert.ConversionService;
import org.springframework.core.convert.support.DefaultConversionService;
import org.springframework.test.context.NestedTestConfiguration;
import org.springframework.test.context.NestedTestConfiguration.EnclosingConfiguration;

/**
 * The client converts as the application does: what it sends and what it expects becomes
 * the text that handlers make of it.
 */
@NestedTestConfiguration(EnclosingConfiguration.OVERRIDE)
class ConversionTests {

	private static ConversionService conversion(String prefix) {
		DefaultConversionService service = new DefaultConversionService();
		service.addConverter(Components.Country.class, String.class, (country) -> prefix + country.code());
		return service;
	}

	abstract static class ClientAndHandler {

		private final String text;

		@Autowired
		private SpopTestClient client;

		ClientAndHandler(String text) {
			this.text = text;
		}

		@Test
		void whenApplicationConvertsThenTheClientDoesAsTheHandler() {
			Components.Country home = new Components.Country("XX");
			this.client.message("echo")
				.arg("a", home)
				.message("home")
				.send()
				.hasVariable(VarScope.SESSION, "a_0", "Text")
				.hasVariable(VarScope.TRANSACTION, "a_0", this.text)
				.hasVariable(VarScope.TRANSACTION, "a_0", home)
				.hasVariable(VarScope.SESSION, "home", this.text)
				.hasVariable(VarScope.SESSION, "home", home);
		}

	}

	@Nested
	@SpopTest({ Components.Echo.class, Components.Home.class })
	class SliceWithConverter extends ClientAndHandler {

		SliceWithConverter() {
			super("xx");
		}

	}

	@Nested
	@SpopTest({ Components.Echo.class, Components.Home.class })
	@Import(OwnConversionService.class)
	class SliceWithConversionService extends ClientAndHandler {

		SliceWithConversionService() {
			super("service-XX");
		}

	}

	@Nested
	@SpopTest({ Components.Echo.class, Components.Home.class })
	@Import(OwnValueWriters.class)
	class SliceWithValueWriters extends ClientAndHandler {

		SliceWithValueWriters() {
			super("writers-XX");
		}

	}

	@Nested
	@SpringBootTest(properties = "spop.handler.timeout=10s")
	class ApplicationWithConverter extends ClientAndHandler {

		ApplicationWithConverter() {
			super("xx");
		}

	}

	@Nested
	@SpringBootTest(properties = "spop.handler.timeout=10s")
	@Import(OwnConversionService.class)
	class ApplicationWithConversionService extends ClientAndHandler {

		ApplicationWithConversionService() {
			super("service-XX");
		}

	}

	@Nested
	@SpringBootTest(properties = "spop.handler.timeout=10s")
	@Import(OwnValueWriters.class)
	class ApplicationWithValueWriters extends ClientAndHandler {

		ApplicationWithValueWriters() {
			super("writers-XX");
		}

	}

	@TestConfiguration(proxyBeanMethods = false)
	static class OwnConversionService {

		@Bean
		ConversionService applicationConversion() {
			return conversion("service-");
		}

	}

	@TestConfiguration(proxyBeanMethods = false)
	static class OwnValueWriters {

		@Bean
		ValueWriters valueWriters() {
			return new ValueWriters(conversion("writers-"));
		}

	}

}
