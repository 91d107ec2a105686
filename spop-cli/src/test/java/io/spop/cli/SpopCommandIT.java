package io.spop.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the packaged jar and its launcher script.
 */
@Timeout(120)
class SpopCommandIT {

	@TempDir
	@SuppressWarnings("NullAway.Init")
	Path folder;

	@Test
	void whenStatusesAreAskedForThenTheyAreThoseOfTheCommand() throws Exception {
		assertThat(bash("spop explain 257")).satisfies((run) -> assertThat(run.out()).startsWith("257: "))
			.extracting(CommandRun::status, CommandRun::err)
			.containsExactly(0, "");
		assertThat(bash("spop")).satisfies((run) -> assertThat(run.err()).startsWith("Usage: spop "))
			.extracting(CommandRun::status, CommandRun::out)
			.containsExactly(64, "");
		assertThat(bash("spop --help | cat; echo ${PIPESTATUS[0]}").out()).startsWith("Usage: spop ")
			.endsWith("0\n")
			.doesNotContain("\u001b");
		assertThat(bash("spop explain 257 > /dev/full").status()).isEqualTo(74);
		assertThat(bash("spop explain 257 > /dev/full").err())
			.isEqualTo("The standard output cannot be written: No space left on device.\n");
	}

	@Test
	void whenReaderOfTheOutputClosesItThenTheCommandEndsWithoutAWord() throws Exception {
		CommandRun run = bash("spop explain {1..5000} | head -n 1; echo ${PIPESTATUS[0]}");
		assertThat(run.out()).matches("1 in the variable.*\n141\n");
		assertThat(run.err()).isEmpty();
	}

	@Test
	void whenSignalEndsTheCommandThenItsStatusSaysSo() throws Exception {
		try (BytesAgent agent = new BytesAgent(false, BytesAgent.HELLO, "")) {
			Process process = start(Map.of(), "exec spop send --timeout 60s " + agent.address() + " message");
			agent.awaitAnswers();
			process.destroy();
			assertThat(result(process)).isEqualTo(new CommandRun(143, "", ""));
		}
	}

	@Test
	void whenUserInterruptsTheCommandThenItsStatusSaysSo() throws Exception {
		try (BytesAgent agent = new BytesAgent(false, BytesAgent.HELLO, "")) {
			// Shells ignore the signal in their background jobs
			Process process = start(Map.of(),
					"exec env --default-signal=INT spop send --timeout 60s " + agent.address() + " message");
			agent.awaitAnswers();
			assertThat(new ProcessBuilder("/bin/kill", "-INT", Long.toString(process.pid())).start().waitFor())
				.isZero();
			assertThat(result(process)).isEqualTo(new CommandRun(130, "", ""));
		}
	}

	@Test
	void whenJarIsDamagedThenASentenceSaysSo() throws Exception {
		Path jar = copy();
		assertThat(bash("cd " + this.folder + " && zip -qd " + jar.getFileName()
				+ " 'io/spop/haproxy/SetOnError.class' && ./spop explain 1"))
			.isEqualTo(new CommandRun(70, "",
					"The jar of spop is incomplete or damaged: java.lang.NoClassDefFoundError: io/spop/haproxy/SetOnError.\n"));
	}

	@Test
	void whenThereIsAnArchiveThenItIsUsedUnlessItIsOfAnotherJar() throws Exception {
		Path jar = copy();
		Path link = Files.createDirectory(this.folder.resolve("a folder")).resolve("spop");
		Files.createSymbolicLink(link, Path.of("../spop"));
		String spop = "'" + link + "'";
		assertThat(bash(spop + " --create-archive")).isEqualTo(new CommandRun(0, "", ""));
		Path archive = this.folder.resolve("spop.jsa");
		assertThat(bash("JAVA_TOOL_OPTIONS='-Xlog:class+load:stderr -Xmx64m' " + spop + " explain 257").err())
			.contains("io.spop.cli.SpopCommand source: shared objects file");
		byte[] bytes = Files.readAllBytes(archive);
		Files.delete(archive);
		CommandRun expected = bash(spop + " explain 257");
		Files.writeString(archive, "no archive");
		assertThat(bash(spop + " explain 257")).isEqualTo(expected);
		Files.write(archive, Arrays.copyOf(bytes, bytes.length / 2));
		assertThat(bash(spop + " explain 257")).isEqualTo(expected);
		byte[] damaged = bytes.clone();
		Arrays.fill(damaged, 40_000, 4_000_000, (byte) 0x55);
		Files.write(archive, damaged);
		assertThat(bash(spop + " explain 257")).isEqualTo(expected);
		Files.write(archive, bytes);
		Files.createFile(this.folder.resolve("spop-cli-1-javadoc.jar"));
		Files.setLastModifiedTime(jar, FileTime.fromMillis(1_000_000));
		assertThat(bash(spop + " explain 257")).isEqualTo(expected);
		assertThat(expected.err()).isEmpty();
	}

	@Test
	void whenJavaIsMissingOrTooOldThenASentenceSaysSo() throws Exception {
		Path old = Files.createDirectories(this.folder.resolve("old/bin")).resolve("java");
		CommandRun missing = result(start(Map.of("JAVA_HOME", "/none"), "spop explain 257"));
		assertThat(missing).isEqualTo(new CommandRun(69, "",
				"JAVA_HOME is /none, which has no bin/java: set it to the folder of Java 17 or later.\n"));
		CommandRun none = result(start(Map.of("PATH", "/none", "JAVA_HOME", ""),
				"/bin/bash " + target().resolve("spop") + " explain 257"));
		assertThat(none).isEqualTo(
				new CommandRun(69, "", "Java is missing: install Java 17 or later, or set JAVA_HOME to its folder.\n"));
		Files.writeString(old, "");
		old.toFile().setExecutable(true);
		Files.writeString(this.folder.resolve("old/release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"11.0.2\"\n");
		CommandRun tooOld = result(
				start(Map.of("JAVA_HOME", this.folder.resolve("old").toString()), "spop explain 257"));
		assertThat(tooOld.status()).isEqualTo(69);
		assertThat(tooOld.err()).startsWith("spop needs Java 17 or later, and ").contains(" is Java 11.0.2: ");
	}

	@Test
	void whenCompletionIsLoadedThenBashCompletesCommandsAndOptions() throws Exception {
		CommandRun run = bash("""
				source <(spop generate-completion)
				complete -p spop
				COMP_WORDS=(spop exp) COMP_CWORD=1
				_complete_spop 2> /dev/null # compopt works in an interactive shell only
				echo "${COMPREPLY[@]}"
				COMP_WORDS=(spop send --as) COMP_CWORD=2
				_complete_spop 2> /dev/null # compopt works in an interactive shell only
				echo "${COMPREPLY[@]}"
				""");
		assertThat(run.out()).startsWith("complete ").contains(" spop\n").contains("explain\n", "--as-haproxy");
		assertThat(run.err()).isEmpty();
	}

	/**
	 * Copy the jar and the launcher into the folder.
	 * @return the copy of the jar
	 */
	private Path copy() throws IOException {
		Path jar;
		try (Stream<Path> files = Files.list(target())) {
			jar = files.filter((file) -> file.getFileName().toString().matches("spop-cli-.*[^s]\\.jar"))
				.findFirst()
				.orElseThrow();
		}
		Files.copy(target().resolve("spop"), this.folder.resolve("spop"), StandardCopyOption.COPY_ATTRIBUTES);
		return Files.copy(jar, this.folder.resolve(jar.getFileName()));
	}

	private static Path target() {
		return Path.of("target").toAbsolutePath();
	}

	private CommandRun bash(String script) throws Exception {
		return result(start(Map.of(), script));
	}

	private Process start(Map<String, String> environment, String script) throws IOException {
		ProcessBuilder builder = new ProcessBuilder(List.of("/bin/bash", "-c", script));
		builder.environment().remove("JAVA_TOOL_OPTIONS");
		builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
		builder.environment().merge("PATH", target().toString(), (path, ours) -> ours + ":" + path);
		builder.environment().putAll(environment);
		builder.redirectOutput(this.folder.resolve("out").toFile());
		builder.redirectError(this.folder.resolve("err").toFile());
		return builder.start();
	}

	private CommandRun result(Process process) throws Exception {
		try {
			assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
		}
		finally {
			process.destroyForcibly();
		}
		return new CommandRun(process.exitValue(), Files.readString(this.folder.resolve("out"), StandardCharsets.UTF_8),
				Files.readString(this.folder.resolve("err"), StandardCharsets.UTF_8));
	}

}
