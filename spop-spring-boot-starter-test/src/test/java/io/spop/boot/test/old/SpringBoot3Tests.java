package io.spop.boot.test.old;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an application and a test say on Spring Boot 3, whose jars the build puts into a
 * folder. Each runs in a JVM of its own.
 */
@Timeout(120)
class SpringBoot3Tests {

	private static final Path JARS = Path.of("target/spring-boot-3");

	@TempDir
	private Path folder;

	@Test
	void whenApplicationRunsOnSpringBoot3ThenSaysWhatToDo() throws Exception {
		assertOutput(OldApplication.class).contains("""
				APPLICATION FAILED TO START
				***************************

				Description:

				spop needs Spring Boot 4.0 or later, but this application runs on Spring Boot %s.

				Action:

				Update the application to Spring Boot 4.0 or later, or remove its dependency spop-spring-boot-starter.
				""".formatted(version())).doesNotContain("NoClassDefFoundError");
	}

	@Test
	void whenSliceRunsOnSpringBoot3ThenSaysWhatToDo() throws Exception {
		assertOutput(OldTests.class)
			.contains("@SpopTest needs Spring Boot 4.0 or later, but this test runs on" + " Spring Boot " + version()
					+ ". Update the application to Spring Boot 4.0 or later")
			.doesNotContain("NoClassDefFoundError");
	}

	private AbstractStringAssert<?> assertOutput(Class<?> main) throws Exception {
		String others = Arrays.stream(System.getProperty("java.class.path").split(":"))
			.filter((entry) -> !entry.contains("/org/springframework/"))
			.collect(Collectors.joining(":"));
		Path log = this.folder.resolve("log");
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
				JARS + "/*:" + others, main.getName())
			.redirectErrorStream(true)
			.redirectOutput(log.toFile())
			.start();
		try {
			assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
		}
		finally {
			process.destroyForcibly().waitFor();
		}
		return assertThat(Files.readString(log));
	}

	private static String version() throws IOException {
		try (var files = Files.list(JARS)) {
			return files.map((file) -> file.getFileName().toString())
				.filter((name) -> name.matches("spring-boot-3.*\\.jar"))
				.map((name) -> name.substring("spring-boot-".length(), name.length() - ".jar".length()))
				.collect(Collectors.joining());
		}
	}

}
