package io.spop.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compares ARCHITECTURE.md with the code.
 */
class ArchitecturePageTests {

	private static final Path root = Path.of("..");

	private static final String page = read(root.resolve("ARCHITECTURE.md"));

	private static final List<String> modules = find("<module>([a-z-]+)</module>", read(root.resolve("pom.xml")));

	private final List<Path> sources = sources();

	@Test
	void whenProjectHasModuleThenPageHasIt() {
		assertThat(find("(?m)^\\| `([a-z-]+)` \\|", page)).containsExactlyInAnyOrderElementsOf(modules);
	}

	@Test
	void whenModuleDependsOnModuleThenThereIsAWayOfArrows() {
		List<String> arrows = find("(?m)^ +([a-z-]+ --> [a-z-]+)$", page);
		Set<String> published = modules.stream()
			.filter((module) -> pom(module).contains("<publish.skip>false"))
			.collect(Collectors.toCollection(TreeSet::new));
		List<String> dependencies = published.stream().flatMap(ArchitecturePageTests::dependencies).toList();
		assertThat(dependencies).containsAll(arrows);
		assertThat(dependencies).allSatisfy((dependency) -> {
			String[] ends = dependency.split(" --> ");
			assertThat(reachable(ends[0], arrows)).as(dependency).contains(ends[1]);
		});
	}

	@Test
	void whenModuleHasPackageThenPageHasIt() {
		List<String> packages = this.sources.stream()
			.filter((file) -> file.endsWith("package-info.java") && file.toString().contains("/main/"))
			.filter((file) -> pom(module(file)).contains("<publish.skip>false"))
			.map((file) -> find("(?m)^package (.*);", read(file)).get(0) + "` | `" + module(file))
			.toList();
		assertThat(find("(?m)^\\| `(io\\.spop\\.[a-z.]+` \\| `[a-z-]+)` \\|", page))
			.containsExactlyInAnyOrderElementsOf(packages);
	}

	@Test
	void whenPageNamesTypeThenItExists() {
		Set<String> named = new TreeSet<>(find("`([A-Z][A-Za-z]*[a-z][A-Za-z]*)", page));
		named.addAll(find("participant (\\w+)", page));
		named.addAll(find("\\b([A-Z][a-z]+[A-Z]\\w*)\\b", page));
		// The last one is a script in etc
		named.removeAll(Set.of("ArchUnit", "Mono", "HaproxyVersions"));
		assertThat(named).hasSizeGreaterThan(20);
		Set<String> types = this.sources.stream()
			.map((file) -> file.getFileName().toString().replace(".java", ""))
			.collect(Collectors.toSet());
		named.removeAll(types);
		assertThat(named).as("types that do not exist").isEmpty();
	}

	@Test
	void whenPageNamesFileThenItExists() {
		assertThat(find("`([a-z]+(?:/[A-Za-z.-]+)+|[A-Z]+\\.md|verify|monitoring)`", page))
			.allSatisfy((file) -> assertThat(root.resolve(file)).exists());
	}

	private static Stream<String> dependencies(String module) {
		String group = find("(<groupId>.*</groupId>)", pom(module)).get(0); // of the
																			// parent
		return find("(<dependency>(?s:.*?)</dependency>)",
				pom(module).replaceAll("(?s)<dependencyManagement>.*?</dependencyManagement>", ""))
			.stream()
			.filter((dependency) -> dependency.contains(group) && !dependency.contains("<scope>test"))
			.map((dependency) -> module + " --> " + find("<artifactId>(.*)</artifactId>", dependency).get(0));
	}

	private static Set<String> reachable(String from, Collection<String> arrows) {
		Set<String> reached = new TreeSet<>();
		Deque<String> next = new ArrayDeque<>(List.of(from));
		while (!next.isEmpty()) {
			String start = next.remove() + " --> ";
			arrows.stream()
				.filter((arrow) -> arrow.startsWith(start))
				.map((arrow) -> arrow.substring(start.length()))
				.filter(reached::add)
				.forEach(next::add);
		}
		return reached;
	}

	private static String pom(String module) {
		return read(root.resolve(module).resolve("pom.xml"));
	}

	private static String module(Path file) {
		return root.relativize(file).getName(0).toString();
	}

	private static List<Path> sources() {
		return modules.stream().flatMap((module) -> javaFiles(root.resolve(module).resolve("src")).stream()).toList();
	}

	private static List<Path> javaFiles(Path folder) {
		if (!Files.exists(folder)) {
			return List.of();
		}
		try (Stream<Path> files = Files.walk(folder)) {
			return files.filter((file) -> file.toString().endsWith(".java")).toList();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static List<String> find(String pattern, String text) {
		return Pattern.compile(pattern).matcher(text).results().map((result) -> result.group(1)).toList();
	}

	private static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
