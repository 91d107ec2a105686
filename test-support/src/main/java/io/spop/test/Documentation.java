package io.spop.test;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

import org.junit.jupiter.api.DynamicTest;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A page of the documentation, whose Java is to compile with the class path of the test.
 *
 * @param page the file
 * @param imports the imports that all of its pieces of Java need
 * @param members what they take as given
 */
public record Documentation(Path page, String imports, String members) {

	private static final Pattern SNIPPET = Pattern.compile("^```java\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

	/**
	 * Return a test for each piece of Java.
	 * @param folder where to write classes to
	 * @return the tests
	 */
	public Stream<DynamicTest> compile(Path folder) throws IOException {
		List<String> snippets = SNIPPET.matcher(Files.readString(this.page))
			.results()
			.map((result) -> result.group(1))
			.toList();
		assertThat(snippets).hasSizeGreaterThan(4);
		return snippets.stream()
			.map((snippet) -> DynamicTest.dynamicTest(snippet.lines().limit(3).toList().toString(),
					() -> compile(snippet, folder)));
	}

	private void compile(String snippet, Path folder) {
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		StringWriter messages = new StringWriter();
		JavaFileObject file = new SimpleJavaFileObject(URI.create("string:///Snippet.java"),
				JavaFileObject.Kind.SOURCE) {

			@Override
			public CharSequence getCharContent(boolean ignoreEncodingErrors) {
				return Documentation.this.imports + "class Snippet {\n" + Documentation.this.members + snippet + "}\n";
			}

		};
		List<String> options = List.of("-proc:none", "-parameters", "-d", folder.toString(), "-cp",
				System.getProperty("java.class.path"));
		boolean compiled = compiler.getTask(messages, null, null, options, null, List.of(file)).call();
		assertThat(compiled).as(messages.toString()).isTrue();
	}

}
