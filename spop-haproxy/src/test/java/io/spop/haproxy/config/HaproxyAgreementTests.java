package io.spop.haproxy.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.spop.haproxy.HaproxyVersion;
import io.spop.test.EveryHaproxy;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Asks each HAProxy at hand, and compares.
 */
@EveryHaproxy
class HaproxyAgreementTests {

	private static final Map<String, String> ENVIRONMENT = Map.of("NAME", "value", "LIST", "one two", "EMPTY", "");

	private static final Pattern FETCH = Pattern.compile("\\[ ([Y. ]+) \\] ([\\w.:+-]+)(?:\\(.*\\))?: (\\w+)");

	private static final Pattern CONVERTER = Pattern.compile("([\\w.:+-]+)(?:\\(.*\\))?: (\\w+) => (\\w+)");

	@Parameter
	HaproxyBinary haproxy;

	@TempDir
	Path folder;

	@Test
	void whenHaproxyListsFetchesAndConvertersThenTableHasThem() throws Exception {
		assumeThat(HaproxyVersion.SUPPORTED).contains(version());
		Set<String> fetches = new TreeSet<>();
		Set<String> converters = new TreeSet<>();
		for (String line : run("-dKsmp,cnv", "-q", "-c", "-f", "/dev/null").lines().toList()) {
			Matcher fetch = FETCH.matcher(line);
			Matcher converter = CONVERTER.matcher(line);
			if (fetch.matches()) {
				fetches.add(fetch.group(2));
				Set<SamplePlace> places = EnumSet.noneOf(SamplePlace.class);
				for (SamplePlace place : SamplePlace.values()) {
					if (fetch.group(1).charAt(2 * place.ordinal()) == 'Y') {
						places.add(place);
					}
				}
				assertThat(SampleExpression.parse(fetch.group(2)).places(version())).as(line).isEqualTo(places);
			}
			else if (converter.matches()) {
				converters.add(converter.group(1));
			}
		}
		assertThat(fetches).hasSizeGreaterThan(400)
			.allSatisfy((name) -> assertThat(SampleExpression.parse(name).isKnown(version())).as(name).isTrue());
		assertThat(converters).hasSizeGreaterThan(100)
			.allSatisfy(
					(name) -> assertThat(SampleExpression.parse("src," + name).isKnown(version())).as(name).isTrue());
	}

	@Test
	void whenHaproxyReadsWordThenTokenizerReadsTheSame() throws Exception {
		List<String> words = List.of("plain", "a\\ b", "a\\#b", "a#b", "a\\x41b", "\\x5c\\\\", "\\1\\q\\z",
				"a\\'b\\\"c", "a\\$b", "\"a\\$b $NAME\"", "\"${NAME}x\"", "\"${NAME-d}\"", "\"${MISSING-d e}\"",
				"\"${MISSING-a}b}\"", "\"$LIST\"", "\"$LIST[*]\"", "'a\\x41\\ $NAME'", "$NAME${NAME}", "a''b",
				"\"a\"'b'c", "\"a\\tb\"", "\"it's #1\"", "a\\", "\"${.LINE}\"", "a\rb", "\"pre $MISSING\" post",
				"\"x$MISSING\"", "x\"${MISSING}\"y");
		StringBuilder text = new StringBuilder(".notice \"the first line is read twice\"\n");
		words.forEach((word) -> text.append(".notice ").append(word).append('\n'));
		Path file = Files.writeString(this.folder.resolve("words.cfg"), text);
		List<String> output = run("-c", "-f", file.toString()).lines().toList();
		Problems problems = new Problems();
		Tokenizer tokenizer = new Tokenizer(version(), new HashMap<>(ENVIRONMENT), problems);
		tokenizer.file(file.toString());
		List<String> expected = new ArrayList<>();
		for (int i = 0; i < words.size(); i++) {
			List<Word> found = tokenizer.words(".notice " + words.get(i), i + 2);
			String prefix = "parsing [" + file + ":" + (i + 2) + "]: ";
			expected.add(prefix
					+ ((found.size() > 2) ? "Unexpected argument '" + found.get(2) + "'" : "'" + found.get(1) + "'."));
		}
		boolean failed = expected.stream().anyMatch((line) -> line.contains("Unexpected"));
		// From 3.2 on, HAProxy prints no notice of a configuration with an error
		Stream<String> printed = expected.stream()
			.filter((line) -> !failed || !version().isAtLeast(3, 1) || line.contains("Unexpected"));
		assertThat(printed)
			.allSatisfy((line) -> assertThat(output).anyMatch((printedLine) -> printedLine.contains(line)));
	}

	@Test
	void whenHaproxyEvaluatesConditionThenResultIsTheSame() throws Exception {
		for (String condition : List.of("0", "2", "-1", "0x1", "!0", "! 1", "1&&0", "1 || foo", "(1) && !(0)", "(1",
				"1)", "()", "1x", "defined(NAME)", "defined(MISSING)", "defined()", "defined", "defined(A,B)",
				"streq(a,a)", "streq(a, a)", "streq(a)", "streq(,)", "streq(a,a,a)", "strneq(a,b)", "strstr(abc,b)",
				"streq(a,a) x", "version_atleast(2.8)", "version_atleast(3)", "version_before(3.0)",
				"version_before(3.2-dev1)", "version_atleast(x)", "0 || 0 && 1 || 1", "STREQ(a,a)", "", "&&", "!")) {
			Condition.Outcome outcome = Condition.evaluate(condition, version(), ENVIRONMENT);
			int expected = (outcome.error() != null) ? 2 : outcome.holds() ? 0 : 1;
			Process process = start("-cc", condition);
			process.getInputStream().readAllBytes();
			assertThat(process.waitFor()).as(condition).isEqualTo(expected);
		}
	}

	private HaproxyVersion version() {
		return HaproxyVersion.of(this.haproxy.version());
	}

	private String run(String... arguments) throws IOException {
		return new String(start(arguments).getInputStream().readAllBytes(), StandardCharsets.UTF_8);
	}

	private Process start(String... arguments) throws IOException {
		List<String> command = new ArrayList<>(List.of(this.haproxy.path().toString()));
		command.addAll(List.of(arguments));
		ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
		builder.environment().putAll(ENVIRONMENT);
		return builder.start();
	}

}
