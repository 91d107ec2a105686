package io.spop.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compares the versions in build files on pages with those of this build.
 */
class PageVersionsTests {

	private static final Path ROOT = Path.of("..");

	private static final String VERSION = "[>:](\\d[\\w.-]+)";

	private static final Pattern SPOP = Pattern
		.compile("(?:<artifactId>spop-[a-z-]+</artifactId>\\s*<version|<spop\\.version|[a-z]:spop-[a-z-]+)" + VERSION);

	private static final Pattern BOOT = Pattern
		.compile("(?:<artifactId>spring-boot-starter-parent</artifactId>\\s*<version>"
				+ "|id 'org\\.springframework\\.boot' version ')(\\d[\\w.-]+)");

	private static final Pattern CI_BOOT = Pattern.compile("spring-boot: (\\d[\\w.-]+)");

	private static final Pattern CI_HAPROXY = Pattern.compile("haproxy: \"([\\d.]+)\"");

	@TestFactory
	Stream<DynamicTest> whenPageHasVersionThenItIsThatOfTheBuild() throws IOException {
		String pom = Files.readString(ROOT.resolve("pom.xml"));
		String spop = find("<artifactId>spop-parent</artifactId>\\s*<version>([^<]+)", pom);
		String boot = find("<spring-boot\\.version>([^<]+)", pom);
		assertThat(versions(SPOP, ROOT.resolve("docs/getting-started-spring.md"))).hasSize(3);
		assertThat(versions(BOOT, ROOT.resolve("docs/getting-started-spring.md"))).hasSize(2);
		return pages().stream().map((page) -> DynamicTest.dynamicTest(page.getFileName().toString(), () -> {
			assertThat(versions(SPOP, page)).allMatch(spop::equals);
			assertThat(versions(BOOT, page)).allMatch(boot::equals);
		}));
	}

	@Test
	void whenCompatibilityPageHasVersionThenItIsThatOfTheBuild() throws IOException {
		String pom = Files.readString(ROOT.resolve("pom.xml"));
		String page = Files.readString(ROOT.resolve("COMPATIBILITY.md"));
		assertThat(page).contains("| " + find("<spring-boot\\.version>([^<]+)", pom) + " in each build;")
			.contains("| Java | " + find("<java\\.version>([^<]+)", pom) + " or later |");
		Path ci = ROOT.resolve(".github/workflows/ci.yml");
		assertThat(versions(CI_BOOT, ci)).isNotEmpty().allSatisfy((version) -> assertThat(page).contains(version));
		assertThat(versions(CI_HAPROXY, ci)).isNotEmpty()
			.allSatisfy((version) -> assertThat(find("\\| HAProxy \\| ([^|]+)", page)).contains(version));
	}

	private static List<Path> pages() throws IOException {
		try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
			return Stream.concat(Stream.of(ROOT.resolve("README.md")), docs)
				.filter((page) -> page.toString().endsWith(".md"))
				.toList();
		}
	}

	private static List<String> versions(Pattern pattern, Path page) throws IOException {
		return pattern.matcher(Files.readString(page)).results().map((result) -> result.group(1)).toList();
	}

	private static String find(String pattern, String text) {
		return Pattern.compile(pattern)
			.matcher(text)
			.results()
			.map((MatchResult result) -> result.group(1))
			.findFirst()
			.orElseThrow();
	}

}
