package io.spop.cli;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

import io.spop.haproxy.HaproxyVersion;
import io.spop.haproxy.check.ConfigurationCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonPointer;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.filter.FilteringParserDelegate;
import tools.jackson.core.filter.JsonPointerBasedFilter;
import tools.jackson.core.filter.TokenFilter.Inclusion;
import tools.jackson.core.json.JsonFactory;

import static org.assertj.core.api.Assertions.assertThat;

class CheckCommandTests {

	private static final String MAIN = """
			defaults
			    timeout connect 1s
			    timeout client 30s
			    timeout server 30s

			frontend web
			    mode http
			    bind 127.0.0.1:8080
			    filter spoe engine guard config ${spoe}
			    http-request deny deny_status 503 if { var(txn.guard.error) -m found }
			    http-request deny if { var(txn.guard.verdict) -m str deny }

			backend agents
			    mode tcp
			    option spop-check
			    server agent 127.0.0.1:12345 check
			""";

	private static final String SPOE = """
			[guard]
			spoe-agent guard
			    messages check-request
			    option set-on-error error
			    no option send-frag-payload
			    timeout hello 2s
			    timeout idle 20s
			    timeout processing 100ms
			    use-backend agents

			spoe-message check-request
			    args ip=src path=path
			    event on-frontend-http-request
			""";

	private final StringWriter out = new StringWriter();

	private final StringWriter err = new StringWriter();

	@TempDir
	private Path folder;

	@Test
	void whenAllIsRightThenStatusIs0() throws IOException {
		assertThat(check(MAIN, SPOE)).isZero();
		assertThat(output()).isEqualTo("Nothing found for HAProxy 3.4.\n");
		assertThat(error()).isEmpty();
	}

	@Test
	void whenThereAreOnlyHintsThenStatusIs0() throws IOException {
		assertThat(check(MAIN, SPOE.replace("    use-backend", "    option async\n    use-backend"))).isZero();
		assertThat(output()).contains("agent.conf:9: hint: HAProxy ignores 'option async' since 3.1.")
			.endsWith("For HAProxy 3.4: 0 errors, 0 warnings, 1 hint.\n");
	}

	@Test
	void whenThereIsAWarningThenStatusIs1() throws IOException {
		assertThat(check(MAIN, withTypingError())).isEqualTo(1);
		assertThat(output()).contains("agent.conf:12: warning: ", "Did you mean 'args'?", "[message-keyword]");
		assertThat(error()).isEmpty();
	}

	@Test
	void whenVersionIsNamedThenItsRulesHold() throws IOException {
		String main = MAIN.replace("    mode tcp\n", "    mode spop\n");
		assertThat(check(main, SPOE, "--version", "3.2")).isZero();
		assertThat(check(main, SPOE, "--version=3.0")).isEqualTo(1);
		assertThat(output()).contains("HAProxy has no 'mode spop' before 3.1.");
	}

	@ParameterizedTest
	@ValueSource(strings = { "check", "check --version", "check --version 1.8 x", "check --version new x",
			"check --format xml x", "check --colour x", "check --version=99.9 x", "check - x" })
	void whenCommandLineIsWrongThenStatusIs64AndErrorSaysWhy(String line) {
		assertThat(run(line.split(" "))).isEqualTo(ExitStatus.USAGE);
		assertThat(output()).isEmpty();
		assertThat(error()).isNotBlank().doesNotContain("Exception", "\tat ");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			3.1 | HAProxy 3.1 is not supported, because HAProxy no longer maintains it. Take 3.2
			3.5 | HAProxy 3.5 is not supported. Take 2.6 to 3.4, but not 3.1
			new | A version of HAProxy looks like 3.2, not like 'new'
			""")
	void whenVersionIsNotSupportedThenASentenceSaysWhichAre(String version, String sentence) {
		assertThat(run("check", "--version", version, "x")).isEqualTo(ExitStatus.USAGE);
		assertThat(error()).contains(sentence);
	}

	@Test
	void whenHelpIsAskedForThenItNamesVersionsAndFormats() {
		assertThat(run("check", "--help")).isZero();
		assertThat(output().replaceAll("\\s+", " ")).contains(
				HaproxyVersion.SUPPORTED.get(0) + " to " + HaproxyVersion.newest() + " but 3.1", "--format",
				"Examples:");
		for (ReportFormat format : ReportFormat.values()) {
			assertThat(output()).contains(format.toString());
		}
	}

	@Test
	void whenFileIsMissingThenStatusIs66() {
		String file = this.folder.resolve("nowhere.cfg").toString();
		assertThat(run("check", file)).isEqualTo(ExitStatus.NO_INPUT);
		assertThat(output()).contains("nowhere.cfg:1: error: There is no file ");
		assertThat(error()).isEqualTo("The check is not complete: '" + file + "' could not be read.\n");
	}

	@Test
	void whenFolderIsEmptyThenStatusIs66() {
		assertThat(run("check", this.folder.toString())).isEqualTo(ExitStatus.NO_INPUT);
		assertThat(output()).contains("[folder-empty]");
	}

	@ParameterizedTest
	@ValueSource(strings = { "7f 45 4c 46 00 00 01 ff", "ff fe 67 00 6c 00" })
	void whenFileIsNoTextThenStatusIs65(String hex) throws IOException {
		Path file = Files.write(this.folder.resolve("x.cfg"), bytes(hex));
		assertThat(run("check", file.toString())).isEqualTo(ExitStatus.DATA);
		assertThat(error())
			.isEqualTo("The check is not complete: '" + file + "' is not a text that can be a configuration.\n");
		assertThat(output()).doesNotContain("\u007f", "\0", "Exception");
	}

	@Test
	void whenOneOfSeveralFilesIsMissingThenTheOthersAreChecked() throws IOException {
		write(MAIN, withTypingError());
		assertThat(run("check", this.folder.resolve("haproxy.cfg").toString(), "nowhere.cfg"))
			.isEqualTo(ExitStatus.NO_INPUT);
		assertThat(output()).contains("agent.conf:12: warning: ", "nowhere.cfg:1: error: ");
	}

	@Test
	void whenSpoeFileIsMissingThenStatusIs1() throws IOException {
		assertThat(check(MAIN.replace("${spoe}", "nowhere.conf"), SPOE)).isEqualTo(1);
		assertThat(output()).contains("haproxy.cfg:9: error: ");
	}

	@Test
	void whenBackendIsInAnotherFileThenRemedyIsToNameItAsWell() throws IOException {
		int cut = MAIN.indexOf("backend agents\n");
		assertThat(check(MAIN.substring(0, cut), SPOE)).isEqualTo(1);
		assertThat(output()).contains("agent.conf:9: error: There is no backend 'agents'.",
				"or name the file that has it as well, as with several -f of HAProxy. [backend-unknown]");
		Path second = Files.writeString(this.folder.resolve("agents.cfg"), MAIN.substring(cut));
		assertThat(run("check", this.folder.resolve("haproxy.cfg").toString(), second.toString())).isZero();
	}

	@Test
	void whenNoFilterOfSpoeIsThereThenAHintSaysSo() throws IOException {
		assertThat(check("frontend web\n    mode http\n    bind 127.0.0.1:8080\n", SPOE)).isZero();
		assertThat(output()).contains("haproxy.cfg:1: hint: There is no 'filter spoe' in these files: ",
				"[no-spoe-filter]");
	}

	@Test
	void whenSpoeFileIsCheckedAloneThenItsMistakesAreFound() throws IOException {
		write(MAIN, withTypingError());
		assertThat(run("check", this.folder.resolve("agent.conf").toString())).isEqualTo(1);
		assertThat(output()).contains("agent.conf:12: warning: ").contains("1 warning, 0 hints");
	}

	@Test
	void whenFileIsStandardInputThenItAndTheFilesItNamesAreChecked() throws IOException {
		write(MAIN, withTypingError());
		assertThat(runWithInput(Files.readAllBytes(this.folder.resolve("haproxy.cfg")))).isEqualTo(1);
		assertThat(output()).contains("agent.conf:12: warning: ").contains("0 errors, 1 warning, 0 hints");
		assertThat(runWithInput("frontend web\n    filter spoe engine x\n".getBytes(StandardCharsets.UTF_8)))
			.isEqualTo(1);
		assertThat(output()).contains("\n-:2: error: ");
	}

	@Test
	void whenStandardInputIsNoTextThenStatusIs65() {
		assertThat(runWithInput(bytes("00 01"))).isEqualTo(ExitStatus.DATA);
		assertThat(error()).startsWith("The check is not complete: '-' is not a text");
	}

	@Test
	void whenStandardInputCannotBeReadThenStatusIs66() {
		assertThat(runWithInput(new InputStream() {

			@Override
			public int read() throws IOException {
				throw new IOException("Input/output error");
			}

			@Override
			public int read(byte[] bytes, int offset, int length) throws IOException {
				return read();
			}

		})).isEqualTo(ExitStatus.NO_INPUT);
		assertThat(error()).isEqualTo("Standard input cannot be read: Input/output error.\n");
	}

	@ParameterizedTest
	@EnumSource
	void whenTextHasControlCharactersThenOutputHasNone(ReportFormat format) throws IOException {
		String spoe = SPOE.replace("    args ip", "    \u001b[2J\u0007\u202e\u0085 ip")
			.replace("    use-backend", "    colour \u001b[31m\n    use-backend");
		assertThat(check(MAIN, spoe, "--format", format.toString())).isEqualTo(1);
		assertThat(run("check", "--format", format.toString(), this.folder.resolve("\u001b[2J").toString()))
			.isEqualTo(ExitStatus.NO_INPUT);
		assertThat((output() + error()).chars().filter((c) -> (Character.isISOControl(c) && c != '\n') || c == 0x202e))
			.isEmpty();
	}

	@Test
	void whenFormatIsJsonThenEachFindingIsAnObject() throws IOException {
		String spoe = SPOE.replace("    use-backend", "    colour \"a\\\\b\"\n    use-backend");
		assertThat(check(MAIN, spoe, "--format", "json")).isEqualTo(1);
		assertThat(values("/version")).containsExactly("3.4");
		assertThat(values("/findings/0/rule")).containsExactly("agent-keyword");
		assertThat(values("/findings/0/severity")).containsExactly("error");
		assertThat(values("/findings/0/file")).containsExactly(this.folder.resolve("agent.conf").toString());
		assertThat(values("/findings/0/line")).containsExactly("9");
		assertThat(values("/findings/0/column")).containsExactly("5");
		assertThat(values("/findings/0/message")).containsExactly("'spoe-agent' sections have no 'colour'.");
		assertThat(values("/findings/0/remedy")).hasSize(1);
		assertThat(values("/findings/1/rule")).isEmpty();
	}

	@Test
	void whenFormatIsSarifThenItHasRulesAndResults() throws IOException {
		assertThat(check(MAIN, withTypingError(), "--format", "SARIF")).isEqualTo(1);
		assertThat(values("/$schema")).containsExactly("https://json.schemastore.org/sarif-2.1.0.json");
		assertThat(values("/version")).containsExactly("2.1.0");
		String driver = "/runs/0/tool/driver";
		assertThat(values(driver + "/name")).containsExactly("spop-haproxy");
		int last = ConfigurationCheck.rules().size() - 1;
		assertThat(values(driver + "/rules/" + last + "/id"))
			.containsExactly(ConfigurationCheck.rules().get(last).id());
		assertThat(values(driver + "/rules/0/shortDescription/text")).hasSize(1);
		String result = "/runs/0/results/0";
		assertThat(values(result + "/ruleId")).containsExactly("message-keyword");
		assertThat(values(result + "/level")).containsExactly("warning");
		assertThat(values(result + "/message/text")).hasSize(1);
		String location = result + "/locations/0/physicalLocation";
		assertThat(values(location + "/artifactLocation/uri"))
			.containsExactly(this.folder.resolve("agent.conf").toUri().toString());
		assertThat(values(location + "/region/startLine")).containsExactly("12");
		assertThat(values(location + "/region/startColumn")).containsExactly("5");
	}

	@Test
	void whenFormatIsGithubThenEachFindingIsACommand() throws IOException {
		assertThat(check(MAIN, SPOE.replace("args ip", "a%rgs:ip,"), "--format", "github")).isEqualTo(1);
		assertThat(output()).startsWith("::warning file=")
			.contains(",line=12,col=5,title=message-keyword::HAProxy ignores 'a%25rgs:ip,");
	}

	@Test
	void whenPageDescribesTheCommandThenItHasItsOptionsAndFormats() throws IOException {
		String page = Files.readString(Path.of("../docs/haproxy-configuration.md"));
		assertThat(page).contains("spop check haproxy.cfg", "spop explain 257", "--version 3.2");
		for (ReportFormat format : ReportFormat.values()) {
			assertThat(page).contains("- `--format " + format + "`: ");
		}
	}

	private static String withTypingError() {
		return SPOE.replace("args ip", "agrs ip");
	}

	private static byte[] bytes(String hex) {
		return HexFormat.ofDelimiter(" ").parseHex(hex);
	}

	private void write(String main, String spoe) throws IOException {
		Path agent = Files.writeString(this.folder.resolve("agent.conf"), spoe);
		Files.writeString(this.folder.resolve("haproxy.cfg"), main.replace("${spoe}", agent.toString()));
	}

	private int check(String main, String spoe, String... options) throws IOException {
		write(main, spoe);
		List<String> words = new ArrayList<>(List.of(options));
		words.add(0, "check");
		words.add(this.folder.resolve("haproxy.cfg").toString());
		return run(words.toArray(new String[0]));
	}

	private int runWithInput(byte[] input) {
		return runWithInput(new ByteArrayInputStream(input));
	}

	private int runWithInput(InputStream input) {
		InputStream before = System.in;
		System.setIn(input);
		try {
			return run("check", "-");
		}
		finally {
			System.setIn(before);
		}
	}

	private int run(String... words) {
		CommandLine command = SpopCommand.commandLine();
		command.setOut(new PrintWriter(this.out));
		command.setErr(new PrintWriter(this.err));
		return command.execute(words);
	}

	private String output() {
		return this.out.toString();
	}

	private String error() {
		return this.err.toString();
	}

	/** Return the values at a place in the output, which has to be JSON. */
	private List<String> values(String pointer) {
		List<String> values = new ArrayList<>();
		try (JsonParser parser = new FilteringParserDelegate(
				JsonFactory.builder().build().createParser(ObjectReadContext.empty(), output()),
				new JsonPointerBasedFilter(JsonPointer.compile(pointer)), Inclusion.ONLY_INCLUDE_ALL, false)) {
			while (parser.nextToken() != null) {
				values.add(parser.getString());
			}
		}
		return values;
	}

}
