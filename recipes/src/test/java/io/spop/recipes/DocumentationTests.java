package io.spop.recipes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.spop.test.Documentation;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compiles the Java of the pages that no other test compiles, and reads the commands of
 * all.
 */
class DocumentationTests {

	/** The pages that have imports and members of their own, in other modules. */
	private static final List<String> OTHERS = List.of("docs/handlers.md", "docs/testing.md", "docs/without-spring.md");

	private static final String IMPORTS = """
			import java.net.*;
			import java.time.*;
			import java.util.*;
			import java.util.concurrent.*;

			import io.spop.agent.*;
			import io.spop.annotation.*;
			import io.spop.boot.test.autoconfigure.*;
			import io.spop.client.*;
			import io.spop.handler.*;
			import io.spop.haproxy.*;
			import io.spop.protocol.*;
			import org.jspecify.annotations.Nullable;
			import org.junit.jupiter.api.*;
			import org.springframework.beans.factory.annotation.*;
			import org.springframework.context.annotation.*;
			import org.springframework.context.event.EventListener;
			import org.springframework.stereotype.Component;
			import reactor.core.publisher.Mono;

			import static org.assertj.core.api.Assertions.assertThat;
			""";

	private static final Pattern FENCE = Pattern.compile("(?m)^ *```(.*)$");

	private static final Pattern BASH = Pattern.compile("^```(bash|console)\\b[^\\n]*\\n(.*?)^```$",
			Pattern.MULTILINE | Pattern.DOTALL);

	@TempDir
	private static Path folder;

	@TestFactory
	Stream<DynamicTest> whenDocumentationHasJavaThenItCompiles() throws IOException {
		Stream<DynamicTest> tests = Stream.empty();
		for (Path page : pages().toList()) {
			if (OTHERS.stream().noneMatch(page::endsWith)) {
				tests = Stream.concat(tests, new Documentation(page, IMPORTS, "").compile(folder));
			}
		}
		return tests;
	}

	@ParameterizedTest
	@MethodSource("pages")
	void whenPageHasABlockThenItsLanguageIsNamed(Path page) throws IOException {
		List<String> fences = FENCE.matcher(Files.readString(page)).results().map((fence) -> fence.group(1)).toList();
		for (int i = 0; i < fences.size(); i += 2) {
			assertThat(fences.get(i)).as("Block %s of %s", i / 2 + 1, page).matches("[a-z]+( title=\"[^\"]+\")?");
		}
	}

	@ParameterizedTest
	@MethodSource("pages")
	void whenPageHasCommandsThenAShellCanReadThem(Path page) throws Exception {
		for (var block : BASH.matcher(Files.readString(page)).results().toList()) {
			String commands = block.group(2);
			if (block.group(1).equals("console")) {
				// Behind "$ " a command, with lines that continue it, and its output
				StringBuilder text = new StringBuilder();
				boolean continued = false;
				for (String line : commands.lines().toList()) {
					if (line.startsWith("$ ") || continued) {
						text.append(continued ? line : line.substring(2)).append("\n");
						continued = line.endsWith("\\");
					}
				}
				commands = text.toString();
				assertThat(commands).as("A console block of %s without a command", page).isNotEmpty();
			}
			Process bash = new ProcessBuilder("bash", "-n").redirectErrorStream(true).start();
			bash.getOutputStream().write(commands.getBytes(StandardCharsets.UTF_8));
			bash.getOutputStream().close();
			String output = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			assertThat(bash.waitFor()).as("%s\n%s\n%s", page, commands, output).isZero();
		}
	}

	static Stream<Path> pages() throws IOException {
		return Documentation.pages().stream();
	}

}
