package io.spop.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Looks into the jar, and runs it as people do who write no Java: without anything else.
 */
class PackagedJarIT {

	private static final Pattern CLASS = Pattern.compile("(?:META-INF/versions/\\d+/)?(.*)\\.class");

	@TempDir
	private Path folder;

	@Test
	void whenJarIsRunThenItChecksFiles() throws Exception {
		Files.writeString(this.folder.resolve("agent.conf"), """
				[guard]
				spoe-agent guard
				    messages check-request
				spoe-message check-request
				    agrs ip=src
				""");
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar",
				jar().toString(), "check", "agent.conf")
			.directory(this.folder.toFile())
			.redirectErrorStream(true)
			.start();
		process.getOutputStream().close();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(process.waitFor()).as(output).isEqualTo(ExitStatus.NO);
		assertThat(output).contains("agent.conf:5: warning: HAProxy ignores 'agrs'");
	}

	@Test
	void whenJarHasClassesOfLibraryThenItNamesTheLibrary() throws IOException {
		try (JarFile jar = new JarFile(jar().toFile())) {
			List<String> named = text(jar, "META-INF/THIRD-PARTY").lines()
				.filter((line) -> line.matches("[a-z][\\w.]+( .*)?"))
				.map((line) -> line.split(" ")[0].replace('.', '/') + "/")
				.toList();
			assertThat(named).contains("io/netty/", "reactor/");
			List<String> classes = jar.stream()
				.map((entry) -> CLASS.matcher(entry.getName()))
				.filter(Matcher::matches)
				.map((matcher) -> matcher.group(1))
				.toList();
			assertThat(classes).contains("io/spop/cli/SpopCommand", "io/netty/channel/Channel")
				.allMatch((name) -> name.startsWith("io/spop/") || named.stream().anyMatch(name::startsWith));
		}
	}

	@Test
	void whenLibrariesHaveLicensesThenJarHasAllOfThem() throws IOException {
		try (JarFile jar = new JarFile(jar().toFile())) {
			assertThat(text(jar, "META-INF/LICENSE")).contains("Apache License");
			assertThat(text(jar, "META-INF/NOTICE")).startsWith("spop\n");
			assertThat(text(jar, "META-INF/licenses/slf4j-api-jar/LICENSE.txt")).contains("QOS.ch");
			assertThat(text(jar, "META-INF/licenses/jackson-core-jar/NOTICE")).contains("FastDoubleParser");
		}
	}

	private static String text(JarFile jar, String name) throws IOException {
		ZipEntry entry = jar.getEntry(name);
		assertThat(entry).as(name).isNotNull();
		try (InputStream input = jar.getInputStream(entry)) {
			return new String(input.readAllBytes(), StandardCharsets.UTF_8);
		}
	}

	private static Path jar() throws IOException {
		try (Stream<Path> files = Files.list(Path.of("target").toAbsolutePath())) {
			List<Path> jars = files
				.filter((file) -> file.getFileName().toString().matches("spop-cli-[\\d.]+[\\w-]*\\.jar"))
				.filter((file) -> !file.toString().endsWith("-sources.jar")
						&& !file.toString().endsWith("-javadoc.jar"))
				.toList();
			assertThat(jars).hasSize(1);
			return jars.get(0);
		}
	}

}
