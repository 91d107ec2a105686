package io.spop.boot;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;

import io.spop.test.Documentation;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compiles each piece of Java in the documentation of handlers.
 */
class DocumentationTests {

	private static final String IMPORTS = """
			import java.io.*;
			import java.lang.annotation.*;
			import java.net.*;
			import java.nio.file.*;
			import java.security.GeneralSecurityException;
			import java.time.*;
			import java.util.*;
			import java.util.concurrent.*;

			import io.spop.agent.*;
			import io.spop.annotation.*;
			import io.spop.handler.*;
			import io.spop.haproxy.*;
			import io.spop.protocol.*;
			import jakarta.validation.constraints.NotBlank;
			import org.jspecify.annotations.Nullable;
			import org.springframework.context.annotation.Bean;
			import org.springframework.core.MethodParameter;
			import org.springframework.core.annotation.AliasFor;
			import org.springframework.core.annotation.Order;
			import org.springframework.stereotype.Component;
			import reactor.core.publisher.Mono;
			""";

	@TempDir
	private static Path folder;

	@TestFactory
	Stream<DynamicTest> whenDocumentationHasJavaThenItCompiles() throws IOException {
		return new Documentation(Path.of("../docs/handlers.md"), IMPORTS, "").compile(folder);
	}

}
