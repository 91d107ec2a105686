package io.spop.boot.test.example;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;

import io.spop.test.Documentation;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compiles each piece of Java in the documentation of tests.
 */
class DocumentationTests {

	private static final String IMPORTS = """
			import java.lang.annotation.*;
			import java.net.*;
			import java.net.http.*;
			import java.nio.file.*;
			import java.time.*;

			import io.spop.agent.*;
			import io.spop.boot.test.autoconfigure.*;
			import io.spop.client.*;
			import io.spop.haproxy.*;
			import io.spop.haproxy.config.*;
			import io.spop.protocol.*;
			import io.spop.test.haproxy.*;
			import org.assertj.core.api.InstanceOfAssertFactories;
			import org.junit.jupiter.api.*;
			import org.springframework.beans.factory.annotation.Autowired;
			import org.springframework.boot.test.context.SpringBootTest;
			import org.springframework.test.context.bean.override.mockito.MockitoBean;
			import reactor.core.publisher.Mono;

			import static org.assertj.core.api.Assertions.assertThat;
			import static org.mockito.BDDMockito.given;
			""";

	private static final String MEMBERS = """
			static class Reputation {
			}

			static class Interceptors {
				SpopInterceptor onlyKnownPeers() {
					return (exchange, next) -> next.handle(exchange);
				}
			}

			static class ScoreTable {
			}

			interface Scores {
				int of(String address);
			}
			""";

	@TempDir
	private static Path folder;

	@TestFactory
	Stream<DynamicTest> whenDocumentationHasJavaThenItCompiles() throws IOException {
		return new Documentation(Path.of("../docs/testing.md"), IMPORTS, MEMBERS).compile(folder);
	}

}
