package io.spop.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import javax.tools.ToolProvider;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Has pages of its own followed, right ones and wrong ones.
 */
class FollowPageTests {

	private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

	@TempDir
	private static Path classes;

	@TempDir
	private Path folder;

	@BeforeAll
	static void compile() {
		assertThat(ToolProvider.getSystemJavaCompiler()
			.run(null, null, null, "-d", classes.toString(), ROOT.resolve("etc/FollowPage.java").toString())).isZero();
	}

	@Test
	void whenPageIsRightThenItPasses() throws Exception {
		assertThat(follow("""
				<!-- follow: ports 8000 -->
				<!-- follow: folders /etc/agent -->

				```text title="/etc/agent/port"
				port 8000 of 18000
				```

				```text
				A fence to be read
				```

				```console
				$ cat /etc/agent/port
				port 8000 of 18000
				$ printf 'one\\ntwo\\nthree %s\\n\\n' \\
				> $((2 + 1))
				...
				t...ee 3
				$ echo anything
				$ basename "$(command -v spop)" && tail -n 1 "$(command -v spop)"
				spop
				exec java -jar '.../spop-cli/target/spop-cli-....jar' "$@"
				```

				<!-- follow: numbers vary -->
				```console
				$ echo it took 17 ms; echo late >&2
				it took 3 ms
				late
				```

				<!-- follow: status 3 -->
				```console
				$ exit 3
				```

				<!-- follow: as test -e "$SPOP/pom.xml" -->
				```console
				$ sudo something-else
				```
				""")).contains("7 commands right").doesNotContain("left out");
	}

	@Test
	void whenCommandCannotRunHereThenItIsLeftOutAndNamed() throws Exception {
		assertThat(follow("""
				<!-- follow: needs no-such-program -->
				```console
				$ no-such-program
				```
				<!-- follow: skip it is not for here -->
				```console
				$ exit 1
				```
				```console
				$ true
				```
				""")).contains("1 commands right",
				"left out: no-such-program (no no-such-program here), exit 1 (it is not for here)");
	}

	@Test
	void whenCommandRunsInTheBackgroundThenItDoesUntilItIsStopped() throws Exception {
		assertThat(follow("""
				<!-- follow: background -->
				```console
				$ echo up > state; trap 'echo down > state; exit' TERM; echo Started; while true; do sleep 0.1; done
				Started
				```
				```console
				$ cat state
				up
				```
				<!-- follow: stop echo up -->
				```console
				$ cat state
				down
				```
				""")).contains("3 commands right");
	}

	@Test
	void whenOutputIsRightLaterThenCommandIsRepeated() throws Exception {
		assertThat(follow("""
				<!-- follow: repeat -->
				```console
				$ echo x >> tries; wc -l < tries
				3
				```
				""")).contains("1 commands right");
	}

	@Test
	void whenOutputIsAnotherThenPageFails() throws Exception {
		assertWrong("echo one", "two");
		assertWrong("echo one; echo two", "one");
		assertWrong("echo one", "one\ntwo");
		assertWrong("echo 17", "18");
		assertWrong("echo a.b", "a...c");
	}

	@Test
	void whenStatusIsAnotherThenPageFails() throws Exception {
		assertWrong("exit 1", "");
	}

	@Test
	void whenProcessInTheBackgroundEndsThenPageFails() throws Exception {
		assertThat(run("<!-- follow: background -->\n```console\n$ echo Failed\nStarted\n```\n").exitValue()).isOne();
	}

	private void assertWrong(String command, String expected) throws Exception {
		Process process = run("```console\n$ " + command + "\n" + expected + "\n```\n");
		assertThat(output()).contains("page.md:2: $ " + command, "The page says", "But it printed");
		assertThat(process.exitValue()).isOne();
	}

	private String follow(String page) throws Exception {
		Process process = run(page);
		assertThat(process.exitValue()).as(output()).isZero();
		return output();
	}

	private Process run(String page) throws Exception {
		Path file = Files.writeString(this.folder.resolve("page.md"), page);
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-XX:TieredStopAtLevel=1", "-cp", classes.toString(), "FollowPage", file.toString())
			.directory(ROOT.toFile())
			.redirectErrorStream(true)
			.redirectOutput(this.folder.resolve("output").toFile())
			.start();
		assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
		return process;
	}

	private String output() throws IOException {
		return Files.readString(this.folder.resolve("output"));
	}

}
