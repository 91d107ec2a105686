package io.spop.haproxy.check;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs the jar as people do who write no Java: without anything else.
 */
class CheckJarIT {

	@TempDir
	private Path folder;

	@Test
	void whenJarIsRunThenItChecksFiles() throws Exception {
		Example.of("warning").spoe("args ip", "agrs ip").writeTo(this.folder);
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar",
				jar().toString(), "check", "haproxy.cfg")
			.directory(this.folder.toFile())
			.redirectErrorStream(true)
			.start();
		process.getOutputStream().close();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(process.waitFor()).isEqualTo(1);
		assertThat(output).startsWith("agent.conf:13: warning: HAProxy ignores 'agrs'");
	}

	private static Path jar() throws IOException {
		try (Stream<Path> files = Files.list(Path.of("target").toAbsolutePath())) {
			List<Path> jars = files
				.filter((file) -> file.getFileName().toString().matches("spop-haproxy-.*-check\\.jar"))
				.toList();
			assertThat(jars).hasSize(1);
			return jars.get(0);
		}
	}

}
