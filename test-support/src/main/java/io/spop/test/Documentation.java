package io.spop.test;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

import org.junit.jupiter.api.DynamicTest;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A page of the documentation. Its Java has to compile with the class path of the test. A
 * block that begins with a package or import declaration is a whole file, and the files
 * of a page are compiled together. Any other block is part of a class.
 *
 * @param page the file
 * @param imports the imports for all parts of classes
 * @param members the members that all parts of classes may use
 */
public record Documentation(Path page, String imports, String members) {

	private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

	private static final Pattern SNIPPET = Pattern.compile("^```java(?: title=\"[^\"\\n]+\")?\\n(.*?)^```$",
			Pattern.MULTILINE | Pattern.DOTALL);

	private static final Pattern NAME = Pattern
		.compile("(?m)^(?:public |abstract |final |sealed )*(?:class|record|interface|enum|@interface) (\\w+)");

	/**
	 * Return all pages: those of the folder {@code docs} and the README.
	 * @return the files, in the order of their names
	 */
	public static List<Path> pages() throws IOException {
		List<Path> pages = new ArrayList<>(List.of(ROOT.resolve("README.md")));
		try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
			files.filter((file) -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
		}
		return pages;
	}

	/**
	 * Return a test for each part of a class, and a test for each set of whole files. A
	 * new set begins where the page shows a file again.
	 * @param folder where to write classes to
	 * @return the tests
	 */
	public Stream<DynamicTest> compile(Path folder) throws IOException {
		List<String> parts = new ArrayList<>();
		List<Map<String, String>> sets = new ArrayList<>();
		for (MatchResult snippet : SNIPPET.matcher(Files.readString(this.page)).results().toList()) {
			String text = snippet.group(1);
			if (text.startsWith("package ") || text.startsWith("import ")) {
				Matcher name = NAME.matcher(text);
				assertThat(name.find()).as(text).isTrue();
				if (sets.isEmpty() || sets.get(sets.size() - 1).containsKey(name.group(1))) {
					sets.add(new LinkedHashMap<>());
				}
				sets.get(sets.size() - 1).put(name.group(1), text);
			}
			else {
				parts.add(text);
			}
		}
		String page = ROOT.relativize(this.page.toAbsolutePath().normalize()).toString();
		return Stream.concat(
				sets.stream()
					.map((set) -> DynamicTest.dynamicTest(page + ": " + set.keySet(), () -> compile(set, folder))),
				parts.stream()
					.map((part) -> DynamicTest.dynamicTest(page + ": " + part.lines().limit(3).toList(),
							() -> compile(
									Map.of("Snippet", this.imports + "class Snippet {\n" + this.members + part + "}\n"),
									folder))));
	}

	private static void compile(Map<String, String> files, Path folder) throws IOException {
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		StringWriter messages = new StringWriter();
		List<JavaFileObject> sources = new ArrayList<>();
		files.forEach((name, text) -> sources
			.add(new SimpleJavaFileObject(URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {

				@Override
				public CharSequence getCharContent(boolean ignoreEncodingErrors) {
					return text;
				}

			}));
		List<String> options = List.of("-proc:none", "-parameters", "-d",
				Files.createTempDirectory(folder, "classes").toString(), "-cp", System.getProperty("java.class.path"));
		boolean compiled = compiler.getTask(messages, null, null, options, null, sources).call();
		assertThat(compiled).as(messages.toString()).isTrue();
	}

}
