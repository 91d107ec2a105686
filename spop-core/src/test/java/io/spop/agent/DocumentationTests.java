package io.spop.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;

import io.spop.test.Documentation;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compiles each piece of Java in the documentation of the agent without Spring.
 */
class DocumentationTests {

	private static final String IMPORTS = """
			import java.net.*;
			import java.nio.file.Path;
			import java.nio.file.attribute.PosixFilePermissions;
			import java.time.Duration;
			import java.util.*;
			import java.util.concurrent.atomic.LongAdder;
			import java.util.function.Function;

			import javax.net.ssl.SSLException;

			import io.netty.buffer.ByteBuf;
			import io.netty.handler.ssl.*;
			import io.spop.agent.*;
			import io.spop.client.*;
			import io.spop.codec.*;
			import io.spop.protocol.*;
			import org.junit.jupiter.api.Test;
			import reactor.core.publisher.Mono;
			import reactor.core.scheduler.*;

			import static org.assertj.core.api.Assertions.assertThat;
			""";

	private static final String MEMBERS = """
			static class ReputationAgent {
				static Mono<Actions> handle(SpopExchange exchange) {
					return Mono.empty();
				}
			}
			""";

	@TempDir
	private static Path folder;

	@TestFactory
	Stream<DynamicTest> whenDocumentationHasJavaThenItCompiles() throws IOException {
		return new Documentation(Path.of("../docs/without-spring.md"), IMPORTS, MEMBERS).compile(folder);
	}

}
