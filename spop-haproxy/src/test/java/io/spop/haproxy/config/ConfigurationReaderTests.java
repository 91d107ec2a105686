package io.spop.haproxy.config;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

import io.spop.haproxy.HaproxyVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assumptions.assumeThat;

class ConfigurationReaderTests {

	private static final String MAIN = """
			frontend web
				filter spoe engine checks config spoe.conf
			""";

	private static final String SPOE = """
			[checks]
			spoe-agent a
				messages m
			spoe-message m
				args src
			""";

	@TempDir
	Path folder;

	@Test
	void whenStreamIsReadThenFilesThatItNamesAreInTheWorkingDirectory() throws IOException {
		Files.writeString(this.folder.resolve("spoe.conf"), SPOE);
		HaproxyConfiguration configuration = HaproxyConfiguration.reader()
			.workingDirectory(this.folder)
			.read("-", new ByteArrayInputStream(MAIN.getBytes(StandardCharsets.UTF_8)));
		assertThat(configuration.problems()).isEmpty();
		assertThat(configuration.sections()).extracting(Section::location).containsExactly(new Location("-", 1, 1));
		assertThat(configuration.spoeFiles()).hasSize(1);
	}

	@Test
	void whenMainFileIsReadThenSectionsAndLinesHavePlaces() {
		HaproxyConfiguration configuration = read("""
				# comment
				global
					maxconn 100

				frontend web
				  bind :80
				unknown-section x
				""");
		assertThat(configuration.sections()).extracting(Section::type).containsExactly("global", "frontend");
		Section frontend = configuration.sections().get(1);
		assertThat(frontend.name()).isEqualTo("web");
		assertThat(frontend.location()).isEqualTo(new Location("haproxy.cfg", 5, 1));
		assertThat(frontend.lines("bind").get(0).location()).isEqualTo(new Location("haproxy.cfg", 6, 3));
		assertThat(frontend.lines("unknown-section")).hasSize(1);
		assertThat(configuration.problems()).isEmpty();
	}

	@Test
	void whenVersionHasSectionThenItIsOne() {
		String text = "frontend web\nhealthcheck h\nprogram p\ncrt-store c\n";
		assertThat(reader("3.4").readText("haproxy.cfg", text).sections()).extracting(Section::type)
			.containsExactly("frontend", "healthcheck", "crt-store");
		assertThat(reader("2.6").readText("haproxy.cfg", text).sections()).extracting(Section::type)
			.containsExactly("frontend", "program");
	}

	@Test
	void whenLineStandsBeforeAnySectionThenProblemSaysSo() {
		assertThat(read("maxconn 5\nglobal\n").problems()).singleElement()
			.hasToString("haproxy.cfg:1: 'maxconn' comes before any section. "
					+ "Put it into a section, such as global or defaults. [line-outside-section]");
	}

	@Test
	void whenBlockIsConditionalThenOneBranchIsRead() {
		HaproxyConfiguration configuration = reader("3.0").environment(Map.of("ENV", "prod"))
			.readText("haproxy.cfg", """
					global
					.if version_atleast(3.2)
						a
					.elif streq("$ENV",prod)
						b
						.if defined(MISSING) || 0
						c
						.else
						d
						.endif
					.elif 1
						e
					.else
						f
					.endif
					.if 0
						.if foo(
						.endif
						.unknown
					.endif
						g
					""");
		assertThat(configuration.sections().get(0).lines()).extracting((line) -> line.text(0))
			.containsExactly("b", "d", "g");
		assertThat(configuration.problems()).isEmpty();
	}

	@Test
	void whenConditionDependsOnBuildThenProblemSaysWhichBranchWasRead() {
		HaproxyConfiguration configuration = read("global\n.if !feature(QUIC)\na\n.else\nb\n.endif\n");
		assertThat(configuration.sections().get(0).lines()).extracting((line) -> line.text(0)).containsExactly("b");
		assertThat(configuration.problems()).singleElement().satisfies((problem) -> {
			assertThat(problem.error()).isFalse();
			assertThat(problem.id()).isEqualTo("condition-open");
			assertThat(problem.message())
				.isEqualTo("feature(QUIC) depends on how HAProxy was built; the block was not read.");
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { ".if 1\n", ".endif\n", ".else\n", ".elif 1\n", ".if 0\n.else\n.else\n.endif\n",
			".if 0\n.else\n.elif 1\n.endif\n", ".if foo\n.endif\n", ".if 1\n.endif x\n", ".foo\n", ".alert \"stop\"\n",
			".notice a b\n" })
	void whenDirectiveIsWrongThenOneProblemSaysSo(String text) {
		assertThat(read(text).problems()).singleElement().matches(ReadProblem::error);
	}

	@Test
	void whenGlobalSectionSetsEnvironmentThenLaterLinesSeeIt() {
		HaproxyConfiguration configuration = reader("3.4").environment(Map.of("A", "1", "B", "2"))
			.readText("haproxy.cfg", """
					global
						setenv C 3
						presetenv A 9
						unsetenv B
						log "$A$C${B-x}$HAPROXY_BRANCH"
					""");
		assertThat(configuration.sections().get(0).lines("log").get(0).text(1)).isEqualTo("13x3.4");
	}

	@Test
	void whenFilterNamesTextThenItsScopeIsThatOfEngine() {
		Map<String, String> texts = new LinkedHashMap<>();
		texts.put("haproxy.cfg", MAIN);
		texts.put("spoe.conf", "spoe-agent unscoped\n" + SPOE);
		HaproxyConfiguration configuration = HaproxyConfiguration.reader().readTexts(texts);
		assertThat(configuration.problems()).isEmpty();
		SpoeFilter filter = configuration.filters().get(0);
		assertThat(filter.proxy().name()).isEqualTo("web");
		assertThat(filter.engine()).isEqualTo("checks");
		assertThat(filter.location().line()).isEqualTo(2);
		SpoeScope scope = filter.scope();
		assertThat(scope).isNotNull();
		assertThat(scope.name()).isEqualTo("checks");
		assertThat(scope.location()).isEqualTo(new Location("spoe.conf", 2, 1));
		assertThat(scope.message("m")).isNotNull();
		assertThat(configuration.spoeFiles()).singleElement().isSameAs(filter.file());
		assertThat(Objects.requireNonNull(filter.file()).scopes()).extracting(SpoeScope::name)
			.containsExactly(null, "checks");
	}

	@Test
	void whenFilterHasNoEngineThenItTakesWhatHasNoScope() {
		Map<String, String> texts = new LinkedHashMap<>();
		texts.put("haproxy.cfg", "frontend web\nfilter spoe config spoe.conf\n");
		texts.put("spoe.conf", "spoe-agent unscoped\n" + SPOE);
		SpoeFilter filter = HaproxyConfiguration.reader().readTexts(texts).filters().get(0);
		assertThat(filter.hasEngine()).isFalse();
		assertThat(filter.engine()).isEqualTo("unscoped");
	}

	@Test
	void whenSpoeFileHasOddLinesThenTheyAreWhereHaproxyPutsThem() {
		HaproxyConfiguration configuration = reader("3.4").readText("spoe.conf", """
				garbage x
				[one]
				spoe-message m
					args a=src
				backend b
					args b=dst
				[two words]
				[two]
				spoe-agent a
				[one]
				spoe-group g
					messages m m2
				""");
		SpoeFile file = configuration.spoeFiles().get(0);
		assertThat(file.scopes()).extracting(SpoeScope::name).containsExactly(null, "one", "two");
		assertThat(Objects.requireNonNull(file.scope(null)).others()).extracting(Section::type)
			.containsExactly("garbage");
		SpoeScope one = Objects.requireNonNull(file.scope("one"));
		assertThat(one.messages().get(0).arguments()).extracting(SpoeArgument::name).containsExactly("a", "b");
		assertThat(Objects.requireNonNull(one.group("g")).messages()).extracting(Word::text).containsExactly("m", "m2");
		assertThat(configuration.problems()).extracting(ReadProblem::id)
			.containsExactly("line-outside-section", "scope");
	}

	@Test
	void whenSpoeFileIsInWorkingDirectoryThenItIsReadFromThere() throws IOException {
		write("etc/haproxy.cfg", MAIN);
		write("spoe.conf", SPOE);
		write("etc/spoe.conf", "broken\n");
		HaproxyConfiguration configuration = read(Path.of("etc/haproxy.cfg"));
		assertThat(configuration.problems()).isEmpty();
		assertThat(configuration.spoeFiles().get(0).path()).isEqualTo("spoe.conf");
		assertThat(configuration.filters().get(0).line().location().file()).isEqualTo("etc/haproxy.cfg");
	}

	@Test
	void whenSpoeFileIsOnlyBesideMainFileThenItIsReadAndProblemSaysSo() throws IOException {
		write("etc/haproxy.cfg", MAIN + "filter spoe engine x config /nowhere/spoe.conf\n");
		write("etc/spoe.conf", SPOE);
		HaproxyConfiguration configuration = read(Path.of("etc/haproxy.cfg"));
		assertThat(configuration.spoeFiles()).singleElement().extracting(SpoeFile::path).isEqualTo("etc/spoe.conf");
		assertThat(configuration.problems()).extracting(ReadProblem::id, ReadProblem::error)
			.containsOnly(tuple("spoe-file-elsewhere", false))
			.hasSize(2);
	}

	@Test
	void whenRelativePathIsNotInTheFolderOfTheCheckThenProblemNamesThatFolder() throws IOException {
		write("etc/haproxy.cfg", MAIN);
		write("etc/spoe.conf", SPOE);
		HaproxyConfiguration configuration = read(Path.of("etc/haproxy.cfg"));
		assertThat(configuration.problems()).singleElement()
			.extracting(ReadProblem::message)
			.isEqualTo("HAProxy looks for spoe.conf, which is not in " + this.folder.toAbsolutePath().normalize()
					+ ", from which this check runs; etc/spoe.conf was read.");
	}

	@ParameterizedTest
	@ValueSource(strings = { "config", "origin etc", "parent" })
	void whenDefaultPathIsSetThenRelativePathsBeginThere(String policy) throws IOException {
		write("etc/haproxy.cfg", "global\ndefault-path " + policy + "\n" + MAIN);
		write(policy.equals("parent") ? "spoe.conf" : "etc/spoe.conf", SPOE);
		HaproxyConfiguration configuration = read(Path.of("etc/haproxy.cfg"));
		assertThat(configuration.problems()).isEmpty();
		assertThat(configuration.spoeFiles()).hasSize(1);
	}

	@Test
	void whenFolderIsReadThenItsFilesAreInAlphabeticalOrder() throws IOException {
		write("conf/20.cfg", "backend b\n");
		write("conf/10.cfg", "defaults\nmode http\n");
		write("conf/.hidden.cfg", "backend hidden\n");
		write("conf/30.txt", "backend text\n");
		HaproxyConfiguration configuration = read(Path.of("conf"));
		assertThat(configuration.sections()).extracting((section) -> section.location().file())
			.containsExactly("conf/10.cfg", "conf/20.cfg");
		assertThat(configuration.proxies()).singleElement().extracting(Proxy::mode).isEqualTo("http");
		write("conf/40.cfg", SPOE);
		assertThat(read(Path.of("conf")).problems()).singleElement()
			.extracting(ReadProblem::id)
			.isEqualTo("spoe-file-in-folder");
	}

	@Test
	void whenFileCannotBeReadThenOneProblemSaysWhy() throws IOException {
		Files.createDirectory(this.folder.resolve("empty"));
		assertProblem("missing.cfg", "file-missing", "There is no file missing.cfg.");
		assertProblem("empty", "folder-empty", "The folder empty has no file *.cfg.");
		write("haproxy.cfg", "frontend web\nfilter spoe engine e config empty\n");
		assertProblem("haproxy.cfg", "file-is-folder", "empty is a folder.");
		write("haproxy.cfg", "frontend web\nfilter spoe engine e config haproxy.cfg\n");
		assertProblem("haproxy.cfg", "spoe-file-is-main-file",
				"haproxy.cfg is a main file of this configuration, not a SPOE file.");
		write("haproxy.cfg", "frontend web\nfilter spoe engine e config missing.conf\n");
		assertProblem("haproxy.cfg", "file-missing", "There is no file missing.conf.");
		write("binary.cfg", "global\n\u0000\n");
		assertProblem("binary.cfg", "file-binary", "binary.cfg has NUL bytes, which HAProxy refuses.");
		Files.write(this.folder.resolve("utf16.cfg"), "global\n".getBytes(StandardCharsets.UTF_16));
		assertProblem("utf16.cfg", "file-charset", "utf16.cfg seems to be UTF-16, which HAProxy does not read.");
		write("bom.cfg", "\ufeffglobal\n");
		assertProblem("bom.cfg", "byte-order-mark", "bom.cfg begins with a byte order mark, which HAProxy refuses.");
		Files.write(this.folder.resolve("latin1.cfg"), "global\n# \u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
		assertProblem("latin1.cfg", "file-charset", "latin1.cfg is not UTF-8, and was read as ISO-8859-1.");
		write("lf.cfg", "global");
		assertProblem("lf.cfg", "missing-line-feed", "The last line has no line feed, which HAProxy refuses.");
	}

	@Test
	void whenFileIsVeryLargeThenItIsNotRead() throws IOException {
		Path file = this.folder.resolve("large.cfg");
		try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
			access.setLength(50 * 1024 * 1024);
		}
		assertProblem("large.cfg", "file-too-big", "large.cfg is larger than 16 MB.");
		write("words.cfg", "global\n" + "a a a a a a a a\n".repeat(200_000));
		assertProblem("words.cfg", "configuration-too-big",
				"The configuration has more than 1000000 words or 67108864 characters; what follows was not read.");
	}

	@Test
	void whenVariablesGrowThenMemoryIsBounded() {
		HaproxyConfiguration configuration = read("global\nsetenv A xxxxxxxx\n" + "setenv A \"$A$A\"\n".repeat(100));
		assertThat(configuration.problems()).hasSize(51)
			.first()
			.extracting(ReadProblem::message)
			.isEqualTo("The word becomes longer than 1048576 characters.");
		String text = "global\nsetenv A xxxxxxxx\n" + "setenv A \"$A$A\"\n".repeat(16) + "log \"$A\"\n".repeat(10_000);
		assertThat(read(text).problems()).singleElement()
			.extracting(ReadProblem::id)
			.isEqualTo("configuration-too-big");
	}

	@Test
	void whenFileIsMadeToTakeLongThenItDoesNot() {
		assertThat(read("{%a".repeat(1_000_000) + "\n").problems()).hasSize(1);
		assertThat(read("{{\n".repeat(1_000_000)).problems()).hasSize(51);
		assertThat(read("global\n" + "a ".repeat(2_000_000) + "\n").problems()).hasSize(1);
		assertThat(read(".if 1\n".repeat(1_000_000)).problems()).singleElement()
			.extracting((problem) -> problem.location().line())
			.isEqualTo(100);
	}

	@Test
	void whenFileMustNotBeReadThenOneProblemSaysSo() throws IOException {
		Path file = write("secret.cfg", "global\n");
		Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
		assumeThat(Files.isReadable(file)).isFalse();
		assertProblem("secret.cfg", "file-not-readable", "secret.cfg must not be read by this user.");
	}

	@ParameterizedTest
	@ValueSource(strings = { "bind {{ ip }}:80", "{% for x in y %}", "{%- if a %}", "server a {{- .Host -}}",
			"<%= name %>" })
	void whenFileIsTemplateThenOneProblemSaysSoAndItIsRead(String line) {
		HaproxyConfiguration configuration = read("frontend web\n" + line + "\n" + line + "\n\tmode http\n");
		assertThat(configuration.sections()).hasSize(1);
		assertThat(configuration.problems()).singleElement().satisfies((problem) -> {
			assertThat(problem.id()).isEqualTo("file-is-template");
			assertThat(problem.location().line()).isEqualTo(2);
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "# {{ comment }}", "mode http # {{ comment }}",
			"http-request return lf-string \"{{x}} %[src]\"", "http-request return string '<% a %> {{ b }}'",
			"log-format \"%{+Q}o %[src] {%[dst]}\"", "acl a path_reg a{1,2} { b }",
			"http-request return lf-string '{\"a\":{\"b\":\"%[src]\"}}' if { src 127.0.0.1 }" })
	void whenLineOnlyLooksLikeTemplateThenItIsRead(String line) {
		assertThat(read("frontend web\n" + line + "\n").problems()).isEmpty();
	}

	@Test
	void whenFileHasVeryManyProblemsThenTheirNumberIsLimited() {
		List<ReadProblem> problems = read("\"\n".repeat(1000)).problems();
		assertThat(problems).hasSize(51);
		assertThat(problems.get(50).id()).isEqualTo("too-many-problems");
	}

	@Test
	void whenBytesAreRandomThenNothingIsThrown() throws IOException {
		long seed = System.nanoTime();
		System.out.println("Random configurations with seed " + seed);
		Random random = new Random(seed);
		String[] parts = { "global", "defaults", "frontend", "from", "listen", "filter spoe engine", "config",
				"spoe-agent", "spoe-message", "args", "event", "option", "no", "server", "default-server", "unix@", "[",
				"]", ".if", ".elif", ".else", ".endif", "streq(", "defined(", ")", "(", ",", "!", "&&", "||", "\"", "'",
				"\\", "\\x", "${", "}", "$", "-", "[*]", "#", "\n", "\r\n", "\t", " ", "timeout", "99999999999999d",
				"=", "{{", "{%", "x", ":", "/", ".", "\u00e9", "default-path", "setenv", "resetenv",
				"version_atleast(3" };
		for (int i = 0; i < 3000; i++) {
			StringBuilder text = new StringBuilder(random.nextBoolean() ? "frontend f\n" : "[x]\nspoe-agent a\n");
			for (int j = random.nextInt(200); j >= 0; j--) {
				text.append(parts[random.nextInt(parts.length)]).append((random.nextInt(3) == 0) ? "\n" : " ");
			}
			visit(HaproxyConfiguration.reader().workingDirectory(this.folder).readText("a.cfg", text.toString()));
		}
		for (int i = 0; i < 300; i++) {
			byte[] bytes = new byte[random.nextInt(2000)];
			random.nextBytes(bytes);
			for (int j = 0; j < bytes.length; j++) {
				bytes[j] = (bytes[j] == 0 || i % 2 == 0) ? (byte) (1 + (bytes[j] & 0x7f) % 127) : bytes[j];
			}
			Files.write(this.folder.resolve("random.cfg"), bytes);
			visit(read(Path.of("random.cfg")));
		}
	}

	private static void visit(HaproxyConfiguration configuration) {
		for (Proxy proxy : configuration.proxies()) {
			assertThat(proxy.mode()).isNotNull();
			proxy.timeout("server");
			proxy.setting("option", "spop-check");
			proxy.servers().forEach((server) -> assertThat(server.port()).isBetween(0, 99_999));
		}
		for (SpoeFile file : configuration.spoeFiles()) {
			for (SpoeScope scope : file.scopes()) {
				scope.agents().forEach((agent) -> assertThat(agent.variablePrefix()).isNotNull());
				scope.messages()
					.forEach((message) -> message.arguments()
						.forEach((argument) -> assertThat(argument.sample().types()).isNotEmpty()));
			}
		}
		configuration.filters().forEach((filter) -> assertThat(filter.engine()).isNotNull());
	}

	private void assertProblem(String path, String id, String message) {
		HaproxyConfiguration configuration = read(Path.of(path));
		assertThat(configuration.problems()).as(path).singleElement().satisfies((problem) -> {
			assertThat(problem.id()).isEqualTo(id);
			assertThat(problem.message()).isEqualTo(message);
			assertThat(problem.remedy()).endsWith(".");
		});
	}

	private Path write(String name, String text) throws IOException {
		Path path = this.folder.resolve(name);
		Files.createDirectories(path.getParent());
		return Files.writeString(path, text);
	}

	private HaproxyConfiguration read(Path path) {
		return reader("3.4").workingDirectory(this.folder).read(path);
	}

	private static HaproxyConfiguration read(String text) {
		return reader("3.4").readText("haproxy.cfg", text);
	}

	private static ConfigurationReader reader(String version) {
		return HaproxyConfiguration.reader().version(HaproxyVersion.of(version)).environment(Map.of());
	}

}
