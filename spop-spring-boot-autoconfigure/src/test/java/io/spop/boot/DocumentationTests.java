package io.spop.boot;

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
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compiles each piece of Java in the documentation.
 */
class DocumentationTests {

	private static final Pattern SNIPPET = Pattern.compile("^```java\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

	private static final String IMPORTS = """
			import java.io.*;
			import java.lang.annotation.*;
			import java.net.*;
			import java.nio.file.*;
			import java.time.*;
			import java.util.*;
			import java.util.concurrent.*;

			import io.spop.agent.*;
			import io.spop.annotation.*;
			import io.spop.handler.*;
			import io.spop.protocol.*;
			import jakarta.validation.constraints.NotBlank;
			import org.jspecify.annotations.Nullable;
			import org.springframework.context.annotation.Bean;
			import org.springframework.core.annotation.AliasFor;
			import org.springframework.core.annotation.Order;
			import org.springframework.stereotype.Component;
			import reactor.core.publisher.Mono;
			""";

	@TempDir
	private static Path folder;

	@TestFactory
	Stream<DynamicTest> whenDocumentationHasJavaThenItCompiles() throws IOException {
		List<String> snippets = SNIPPET.matcher(Files.readString(Path.of("../docs/handlers.md")))
			.results()
			.map((result) -> result.group(1))
			.toList();
		assertThat(snippets).hasSizeGreaterThan(8);
		return snippets.stream()
			.map((snippet) -> DynamicTest.dynamicTest(snippet.lines().limit(3).toList().toString(),
					() -> compile(snippet)));
	}

	private static void compile(String snippet) {
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		StringWriter messages = new StringWriter();
		JavaFileObject file = new SimpleJavaFileObject(URI.create("string:///Snippet.java"),
				JavaFileObject.Kind.SOURCE) {

			@Override
			public CharSequence getCharContent(boolean ignoreEncodingErrors) {
				return IMPORTS + "class Snippet {\n" + snippet + "}\n";
			}

		};
		List<String> options = List.of("-proc:none", "-parameters", "-d", folder.toString(), "-cp",
				System.getProperty("java.class.path"));
		boolean compiled = compiler.getTask(messages, null, null, options, null, List.of(file)).call();
		assertThat(compiled).as(messages.toString()).isTrue();
	}

}
