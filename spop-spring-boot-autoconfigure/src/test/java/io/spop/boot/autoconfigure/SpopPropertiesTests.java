package io.spop.boot.autoconfigure;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.BeanUtils;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The properties as an IDE shows them, and as the documentation lists them.
 */
class SpopPropertiesTests {

	@Test
	void whenPropertyExistsThenThePageHasItsDefaultAndWhatItIs() throws Exception {
		PropertiesPage page = new PropertiesPage();
		String expected = page.update(properties());
		if (System.getProperty("page.accept") != null) {
			page.write(expected);
		}
		else {
			assertThat(page.text()).as("Run this test with -Dpage.accept to write the page anew").isEqualTo(expected);
		}
	}

	@Test
	void whenPropertyIsDocumentedThenItExists() throws Exception {
		Set<String> listener = Stream
			.concat(names(SpopProperties.Listener.class), names(SpopProperties.Ssl.class).map("ssl."::concat))
			.map("spop.listeners.<name>."::concat)
			.collect(Collectors.toSet());
		assertThat(listener).contains("spop.listeners.<name>.port", "spop.listeners.<name>.ssl.client-auth");
		assertThat(new PropertiesPage().names()).containsExactlyInAnyOrderElementsOf(
				Stream.concat(properties().keySet().stream(), listener.stream()).toList());
	}

	private static Stream<String> names(Class<?> properties) {
		return Arrays.stream(BeanUtils.getPropertyDescriptors(properties))
			.filter((property) -> property.getWriteMethod() != null)
			.map((property) -> DataObjectPropertyName.toDashedForm(property.getName()));
	}

	@Test
	void whenAnIdeShowsThePropertyThenItSaysWhatItIs() throws Exception {
		properties().forEach((name, property) -> {
			String description = property.path("description").asString();
			assertThat(description).as(name).endsWith(".");
			if (name.startsWith("spop.")) {
				switch (property.path("type").asString()) {
					case "java.time.Duration" -> assertThat(description).as(name).contains("in milliseconds");
					case "org.springframework.util.unit.DataSize" ->
						assertThat(description).as(name).contains("in bytes");
				}
			}
		});
	}

	@Test
	void whenThereIsAHintThenItsPropertyExists() throws Exception {
		Map<String, JsonNode> properties = properties();
		metadata().path("hints").forEach((hint) -> {
			String name = hint.path("name").asString();
			assertThat(name).satisfiesAnyOf((hinted) -> assertThat(properties).containsKey(hinted),
					(hinted) -> assertThat(hinted).isEqualTo("spop.listeners.keys"));
		});
	}

	private static Map<String, JsonNode> properties() throws Exception {
		Map<String, JsonNode> properties = new TreeMap<>();
		metadata().path("properties").forEach((property) -> properties.put(property.path("name").asString(), property));
		assertThat(properties).containsKey("spop.listeners");
		properties.remove("spop.listeners");
		return properties;
	}

	private static JsonNode metadata() throws Exception {
		try (InputStream in = Files
			.newInputStream(Path.of("target/classes/META-INF/spring-configuration-metadata.json"))) {
			return JsonMapper.shared().readTree(in);
		}
	}

}
