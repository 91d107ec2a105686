package io.spop.recipes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compares the pages of recipes with the files that the tests run.
 */
class RecipePagesTests {

	private static final Path PAGES = Path.of("../docs/recipes");

	private static final Path SOURCES = Path.of("src/main");

	private static final Pattern FILE = Pattern.compile("^```\\w+ title=\"([^\"]+)\"\\n(.*?)^```$",
			Pattern.MULTILINE | Pattern.DOTALL);

	@ParameterizedTest
	@MethodSource("pages")
	void whenPageShowsFileThenItIsThatOfTheRecipe(Path page) throws IOException {
		assertShows(page, page.getFileName().toString().replace(".md", ""));
	}

	@Test
	void whenPageAboutFailuresShowsFileThenItIsThatOfTheRecipe() throws IOException {
		assertShows(PAGES.resolve("../fail-open-fail-closed.md"), "request-inspection");
	}

	@Test
	void whenThereIsARecipeThenThereIsAPage() throws IOException {
		try (Stream<Path> folders = Files.list(SOURCES.resolve("haproxy"))) {
			assertThat(folders.map((folder) -> folder.getFileName() + ".md"))
				.containsExactlyInAnyOrderElementsOf(pages().map((page) -> page.getFileName().toString()).toList());
		}
		String index = Files.readString(PAGES.resolve("index.md"));
		pages().forEach((page) -> assertThat(index).contains("(" + page.getFileName() + ")"));
	}

	private static void assertShows(Path page, String recipe) throws IOException {
		List<String> shown = FILE.matcher(Files.readString(page)).results().map((result) -> {
			assertThat(result.group(2)).as(result.group(1)).isEqualTo(read(recipe, result.group(1)));
			return result.group(1);
		}).toList();
		assertThat(shown).contains("haproxy.cfg").anyMatch((name) -> name.endsWith(".java"));
	}

	static Stream<Path> pages() throws IOException {
		try (Stream<Path> files = Files.list(PAGES)) {
			return files.filter((file) -> !file.endsWith("index.md")).toList().stream();
		}
	}

	private static String read(String recipe, String name) {
		try (Stream<Path> files = Files.walk(SOURCES)) {
			List<Path> found = files.filter((file) -> file.endsWith(name))
				.filter((file) -> !file.startsWith(SOURCES.resolve("haproxy"))
						|| file.startsWith(SOURCES.resolve("haproxy").resolve(recipe)))
				.toList();
			assertThat(found).as(name).hasSize(1);
			return Files.readString(found.get(0));
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

}
