package io.spop.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Looks for the tests that docs/what-it-survives.md names.
 */
class SurvivalPageTests {

	private static final Path root = Path.of("..");

	private static final Pattern TEST = Pattern.compile("`(\\w+(?:Tests|IT|Fuzz))\\.([a-z]\\w+)`");

	@Test
	void whenPageNamesATestThenThereIsOne() throws IOException {
		List<String[]> named = TEST.matcher(Files.readString(root.resolve("docs/what-it-survives.md")))
			.results()
			.map((found) -> new String[] { found.group(1), found.group(2) })
			.toList();
		Map<String, String> sources = sources();
		assertThat(named).hasSizeGreaterThan(40)
			.allSatisfy((test) -> assertThat(sources.get(test[0])).as("%s.%s", (Object[]) test)
				.contains("void " + test[1] + "("));
	}

	private static Map<String, String> sources() throws IOException {
		Map<String, String> sources = new HashMap<>();
		try (DirectoryStream<Path> modules = Files.newDirectoryStream(root,
				(folder) -> Files.isDirectory(folder.resolve("src/test/java")))) {
			for (Path module : modules) {
				try (Stream<Path> files = Files.walk(module.resolve("src/test/java"))) {
					files.filter((file) -> file.toString().matches(".*(Tests|IT|Fuzz)\\.java"))
						.forEach((file) -> sources.merge(file.getFileName().toString().replace(".java", ""), read(file),
								String::concat));
				}
			}
		}
		return sources;
	}

	private static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
