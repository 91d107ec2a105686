package io.spop.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compares the POMs of the modules that are published with each other and with their
 * sources.
 */
class PublishedModulesTests {

	private static final Path ROOT = Path.of("..");

	@Test
	void whenModuleIsPublishedThenBillOfMaterialsHasIt() throws IOException {
		assertThat(dependencies("spop-bom")).containsExactlyInAnyOrderElementsOf(publishedJars());
	}

	@Test
	void whenModuleIsPublishedThenSbomHasIt() throws IOException {
		assertThat(dependencies("etc/sbom")).containsExactlyInAnyOrderElementsOf(publishedJars());
	}

	@Test
	void whenModuleIsPublishedThenItIsNamedForUsers() throws IOException {
		assertThat(published()).contains("spop-bom", "spop-core").allMatch((module) -> module.startsWith("spop-"));
	}

	@Test
	void whenModulesArePublishedThenJavaModulesAreNamedForTheirPackages() throws IOException {
		Map<String, String> names = new TreeMap<>();
		for (String module : publishedJars()) {
			List<String> name = find("<java\\.module\\.name>([^<]+)", pom(module));
			if (isProgram(module)) {
				// Its jar has packages of other modules
				assertThat(name).as(module).isEmpty();
			}
			else {
				assertThat(name).as(module).hasSize(1);
				names.put(module, name.get(0));
			}
		}
		assertThat(names.values()).doesNotHaveDuplicates().allMatch((name) -> name.startsWith("io.spop."));
	}

	@Test
	void whenModulesArePublishedThenEachPackageIsInOneOfThem() throws IOException {
		List<String> packages = publishedJars().stream().flatMap(PublishedModulesTests::packages).toList();
		assertThat(packages).contains("io/spop/agent", "io/spop/test/haproxy").doesNotHaveDuplicates();
	}

	@Test
	void whenModuleIsPublishedThenItDependsOnPublishedModulesOnly() throws IOException {
		for (String module : publishedJars()) {
			String group = find("(<groupId>.*</groupId>)", pom(module)).get(0); // of the
																				// parent
			List<String> ours = find("(<dependency>(?s:.*?)</dependency>)", pom(module)).stream()
				.filter((dependency) -> dependency.contains(group) && !dependency.contains("<scope>test"))
				.map((dependency) -> find("<artifactId>(.*)</artifactId>", dependency).get(0))
				.toList();
			assertThat(publishedJars()).as(module).containsAll(ours);
		}
	}

	private static List<String> published() throws IOException {
		return find("<module>([\\w-]+)</module>", Files.readString(ROOT.resolve("pom.xml"))).stream()
			.filter((module) -> pom(module).contains("<publish.skip>false</publish.skip>"))
			.toList();
	}

	private static List<String> publishedJars() throws IOException {
		return published().stream().filter((module) -> !pom(module).contains("<packaging>pom</packaging>")).toList();
	}

	private static boolean isProgram(String module) {
		return pom(module).contains("<mainClass>");
	}

	private static List<String> dependencies(String module) {
		return find("<dependency>(?s:.*?)<artifactId>(.*?)</artifactId>", pom(module));
	}

	private static Stream<String> packages(String module) {
		Path sources = ROOT.resolve(module).resolve("src/main/java");
		if (!Files.isDirectory(sources)) {
			return Stream.empty();
		}
		try (Stream<Path> files = Files.walk(sources)) {
			return files.filter((file) -> file.toString().endsWith(".java"))
				.map((file) -> sources.relativize(file.getParent()).toString().replace('\\', '/'))
				.collect(Collectors.toSet())
				.stream();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String pom(String module) {
		try {
			return Files.readString(ROOT.resolve(module).resolve("pom.xml"));
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static List<String> find(String pattern, String text) {
		return Pattern.compile(pattern).matcher(text).results().map((MatchResult result) -> result.group(1)).toList();
	}

}
