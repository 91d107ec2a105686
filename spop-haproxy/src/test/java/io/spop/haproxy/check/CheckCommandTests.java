package io.spop.haproxy.check;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import io.spop.haproxy.SetOnError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class CheckCommandTests {

	private final ByteArrayOutputStream out = new ByteArrayOutputStream();

	private final ByteArrayOutputStream err = new ByteArrayOutputStream();

	@TempDir
	private Path folder;

	@Test
	void whenAllIsRightThenStatusIs0() throws IOException {
		assertThat(check(Example.of("right"))).isZero();
		assertThat(output()).isEqualTo("Nothing found for HAProxy 3.4.\n");
	}

	@Test
	void whenThereAreOnlyHintsThenStatusIs0() throws IOException {
		assertThat(check(Example.of("hint").agent("option async"))).isZero();
		assertThat(output()).contains("agent.conf:11: hint: HAProxy ignores 'option async' since 3.1.")
			.endsWith("For HAProxy 3.4: 0 errors, 0 warnings, 1 hint.\n");
	}

	@Test
	void whenThereIsAWarningThenStatusIs1() throws IOException {
		assertThat(check(Example.of("warning").spoe("args ip", "agrs ip"))).isEqualTo(1);
		assertThat(output()).contains("agent.conf:13: warning: ", "Did you mean 'args'?", "[message-keyword]");
	}

	@Test
	void whenVersionIsNamedThenItsRulesHold() throws IOException {
		Example spop = Example.of("mode").main("    mode tcp\n", "    mode spop\n");
		assertThat(check(spop, "--version", "3.2")).isZero();
		assertThat(check(spop, "--version=3.0")).isEqualTo(1);
		assertThat(output()).contains("HAProxy has no 'mode spop' before 3.1.");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "chekc", "check", "check --version", "check --version 1.8 x", "check --version new x",
			"check --format xml x", "check --colour x", "check \0", "check --version=99.9 x" })
	void whenCommandLineIsWrongThenStatusIs2AndOneSentenceSaysWhy(String line) {
		assertThat(run(line.isEmpty() ? new String[0] : line.split(" "))).isEqualTo(2);
		assertThat(output()).isEmpty();
		assertThat(error()).hasLineCount(1).endsWith("--help explains the command.\n").doesNotContain("Exception");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			check --version    | --version needs a value, such as 3.2.
			check --version= x | --version needs a value, such as 3.2.
			check --format     | --format needs a value, such as json.
			check --version 3.1 x | HAProxy 3.1 is not supported, because HAProxy no longer maintains it. Take 3.2.
			check --version 3.5 x | HAProxy 3.5 is not supported. Take 2.6 to 3.4, but not 3.1.
			""")
	void whenValueIsMissingOrNotSupportedThenASentenceSaysSo(String line, String sentence) {
		assertThat(run(line.split(" "))).isEqualTo(2);
		assertThat(error()).isEqualTo(sentence + " --help explains the command.\n");
	}

	@Test
	void whenCodeIsExplainedThenItsSentencesAreWritten() {
		assertThat(run("explain", "257", "1")).isZero();
		assertThat(output()).isEqualTo(SetOnError.explain(257) + "\n" + SetOnError.explain(1) + "\n");
		assertThat(error()).isEmpty();
	}

	@Test
	void whenHelpIsAskedForThenItIsWritten() {
		assertThat(run("--help")).isZero();
		assertThat(run("check", "--help")).isZero();
		assertThat(output()).contains("Usage: check", "explain CODE", "--version", "--format", "Exit status: 0");
	}

	@Test
	void whenFileIsNotThereThenStatusIs2() {
		assertThat(run("check", this.folder.resolve("nowhere.cfg").toString())).isEqualTo(2);
		assertThat(output()).contains("nowhere.cfg:1: error: ").doesNotContain("Exception");
	}

	@Test
	void whenFileIsBinaryOrFolderIsEmptyThenStatusIs2() throws IOException {
		Path binary = Files.write(this.folder.resolve("x.cfg"),
				new byte[] { 0x7f, 'E', 'L', 'F', 0, 0, 1, (byte) 0xff });
		assertThat(run("check", binary.toString())).isEqualTo(2);
		assertThat(run("check", Files.createDirectory(this.folder.resolve("empty")).toString())).isEqualTo(2);
		assertThat(output()).doesNotContain("\u007f", "\0").doesNotContain("Exception");
	}

	@Test
	void whenSpoeFileIsNotThereThenStatusIs1() throws IOException {
		Example example = Example.of("file").main("agent.conf", "nowhere.conf");
		assertThat(check(example)).isEqualTo(1);
		assertThat(output()).contains("haproxy.cfg:13: error: ");
	}

	@Test
	void whenBackendIsInAnotherFileThenRemedyIsToNameItAsWell() throws IOException {
		Example example = Example.of("two files");
		int cut = example.main().indexOf("backend agents\n");
		String agents = example.main().substring(cut);
		assertThat(check(example.main(agents, ""))).isEqualTo(1);
		assertThat(output()).contains(
				"agent.conf:10: error: There is no backend 'agents'. Correct the name, add the backend to HAProxy's main configuration, or name the file that has it as well, as with several -f of HAProxy. [backend-unknown]");
		Path second = Files.writeString(this.folder.resolve("agents.cfg"), agents);
		assertThat(run("check", this.folder.resolve("haproxy.cfg").toString(), second.toString())).isZero();
	}

	@Test
	void whenNoFilterOfSpoeIsThereThenAHintSaysSo() throws IOException {
		Path main = Files.writeString(this.folder.resolve("haproxy.cfg"),
				"frontend web\n    mode http\n    bind 127.0.0.1:8080\n");
		assertThat(run("check", main.toString())).isZero();
		assertThat(output()).contains(
				"haproxy.cfg:1: hint: There is no 'filter spoe' in these files: nothing of SPOE was checked. Name the main file with the filter, or a SPOE file. [no-spoe-filter]")
			.endsWith("For HAProxy 3.4: 0 errors, 0 warnings, 1 hint.\n");
		Path empty = Files.writeString(this.folder.resolve("empty.cfg"), "");
		assertThat(run("check", empty.toString())).isZero();
		assertThat(output()).doesNotContain("Nothing found");
	}

	@Test
	void whenSpoeFileIsCheckedAloneThenItsMistakesAreFound() throws IOException {
		Example.of("alone").spoe("args ip", "agrs ip").writeTo(this.folder);
		assertThat(run("check", this.folder.resolve("agent.conf").toString())).isEqualTo(1);
		assertThat(output()).contains("agent.conf:13: warning: ").contains("1 warning, 0 hints");
	}

	@Test
	void whenTextHasControlCharactersThenOutputHasNone() throws IOException {
		Example example = Example.of("control")
			.spoe("args ip", "\u001b[2J\u0007\u202e\u0085 ip")
			.agent("colour \u001b[31m");
		for (String format : new String[] { "text", "json", "sarif", "github" }) {
			assertThat(check(example, "--format", format)).isEqualTo(1);
		}
		assertThat(output().chars().filter((c) -> (Character.isISOControl(c) && c != '\n') || c == 0x202e)).isEmpty();
	}

	@Test
	void whenFormatIsJsonThenEachFindingIsAnObject() throws IOException {
		assertThat(check(Example.of("json").agent("colour \"a\\\\b\""), "--format", "json")).isEqualTo(1);
		assertThat(output()).startsWith("{\n  \"version\": \"3.4\",")
			.contains("{\"rule\": \"agent-keyword\", \"severity\": \"error\", \"file\": \"",
					"agent.conf\", \"line\": 11, \"column\": 5,",
					"\"message\": \"'spoe-agent' sections have no 'colour'.\"");
	}

	@Test
	void whenFormatIsSarifThenItHasRulesAndResults() throws IOException {
		assertThat(check(Example.of("sarif").spoe("args ip", "agrs ip"), "--format", "sarif")).isEqualTo(1);
		assertThat(output()).contains("\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\"",
				"\"version\": \"2.1.0\"", "\"name\": \"spop-haproxy\"",
				"{\"id\": \"message-keyword\", \"shortDescription\": {\"text\": ",
				"{\"ruleId\": \"message-keyword\", \"level\": \"warning\", \"message\": {\"text\": ",
				"\"region\": {\"startLine\": 13, \"startColumn\": 5}");
	}

	@Test
	void whenFormatIsGithubThenEachFindingIsACommand() throws IOException {
		assertThat(check(Example.of("github").spoe("args ip", "a%rgs:ip,"), "--format", "github")).isEqualTo(1);
		assertThat(output()).startsWith("::warning file=")
			.contains(",line=13,col=5,title=message-keyword::HAProxy ignores 'a%25rgs:ip,");
	}

	private int check(Example example, String... options) throws IOException {
		String agent = this.folder.resolve("agent.conf").toString();
		(example.main().contains(" agent.conf") ? example.main("agent.conf", agent) : example).writeTo(this.folder);
		String[] words = new String[options.length + 2];
		words[0] = "check";
		System.arraycopy(options, 0, words, 1, options.length);
		words[words.length - 1] = this.folder.resolve("haproxy.cfg").toString();
		return run(words);
	}

	private int run(String... words) {
		return CheckCommand.run(words, new PrintStream(this.out), new PrintStream(this.err));
	}

	private String output() {
		return this.out.toString(StandardCharsets.UTF_8);
	}

	private String error() {
		return this.err.toString(StandardCharsets.UTF_8);
	}

}
