package io.spop.haproxy.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.spop.haproxy.HaproxyVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class TokenizerTests {

	private static final Map<String, String> ENVIRONMENT = Map.of("NAME", "value", "LIST", "one two  three", "EMPTY",
			"");

	private final List<ReadProblem> problems = new ArrayList<>();

	@ParameterizedTest
	@CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
			log stdout  local0        ~ log|stdout|local0
			a\\ b c                   ~ a b|c
			a\\#b # comment           ~ a#b
			a#b                       ~ a
			a\\x41b \\x5c             ~ aAb|\\
			"a b"'c d' e              ~ a bc d|e
			a''b                      ~ ab
			'a\\x41 "$NAME"'          ~ a\\x41 "$NAME"
			"it's # here"             ~ it's # here
			"say \\"hi\\" \\$NAME"    ~ say "hi" $NAME
			a\\$b \\'c\\"             ~ a\\$b|'c"
			\\1 \\q                   ~ \\1|\\q
			$NAME ${NAME}             ~ $NAME|${NAME}
			"$NAME" "x${NAME}y"       ~ value|xvaluey
			"${NAME-other}"           ~ value
			"${MISSING-other one}"    ~ other one
			"${MISSING-a}b}"          ~ ab}
			"$LIST" x                 ~ one two  three|x
			"${LIST[*]}" x            ~ one|two|three|x
			"${LIST[*]}y" x           ~ one|two|threey|x
			"${MISSING[*]-d e}" x     ~ d|e|x
			"$LIST[*]"                ~ one two  three[*]
			x "${.FILE}:${.LINE}"     ~ x|test.cfg:7
			a\\                       ~ a\\
			a\\x00b c                 ~ a|c
			""")
	void whenLineHasQuotesAndEscapesThenWordsAreAsHaproxyReadsThem(String line, String words) {
		assertThat(words(line)).isEqualTo(words);
		assertThat(this.problems).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "a \"b", "a 'b", "a \\x4", "a \"\\x4g\"", "a \"${1}\"", "a \"$ \"", "a \"$\"",
			"a \"${NAME\"", "a \"${NAME }\"", "a \"${NAME[2]}\"", "a \"${NAME-b\"", "a \"${.NO}\"" })
	void whenHaproxyRefusesLineThenProblemSaysWhyAndWhere(String line) {
		assertThat(words(line)).isEmpty();
		assertThat(this.problems).singleElement().satisfies((problem) -> {
			assertThat(problem.id()).isEqualTo("syntax");
			assertThat(problem.error()).isTrue();
			assertThat(problem.location().line()).isEqualTo(7);
			assertThat(problem.location().column()).isGreaterThan(2);
		});
	}

	@Test
	void whenWordsAreQuotedThenLocationIsThatOfQuote() {
		Tokenizer tokenizer = tokenizer(HaproxyVersion.newest(), new Problems());
		assertThat(tokenizer.words("  a\\ b\t\"c d\"", 3)).containsExactly(
				new Word("a b", new Location("test.cfg", 3, 3)), new Word("c d", new Location("test.cfg", 3, 8)));
	}

	@Test
	void whenVariableIsNotSetThenVersionDecidesWhetherNextWordTakesItsPlace() {
		assertThat(words("2.6", "log \"$MISSING\" local0")).isEqualTo("log");
		assertThat(words("3.2", "log \"$MISSING\" local0")).isEqualTo("log|local0");
		assertThat(words("3.4", "log \"$MISSING\" local0")).isEqualTo("log");
		assertThat(words("3.0", "log \"a $MISSING\" local0")).isEqualTo("log|a local0");
		assertThat(words("3.4", "log \"a $MISSING\" local0")).isEqualTo("log|a |local0");
		assertThat(words("2.6", "log \"${MISSING[*]}\" local0")).isEqualTo("log");
		assertThat(words("3.4", "log \"${MISSING[*]}\" local0")).isEqualTo("log|local0");
		assertThat(words("3.4", "log \"${EMPTY[*]}\" local0")).isEqualTo("log|local0");
		assertThat(words("3.0", "log \"x$MISSING\"y local0")).isEqualTo("log|xy|local0");
		assertThat(this.problems).extracting(ReadProblem::id).containsOnly("variable-not-set");
	}

	@Test
	void whenWordIsEmptyThenItEndsLine() {
		assertThat(words("3.0", "bind :80 \"\" name x")).isEqualTo("bind|:80");
		assertThat(this.problems).singleElement().matches((problem) -> !problem.error());
		this.problems.clear();
		assertThat(words("3.4", "bind :80 \"\" name x")).isEqualTo("bind|:80");
		assertThat(this.problems).singleElement().matches(ReadProblem::error);
	}

	@Test
	void whenLineHasMoreThan64WordsThenProblemIsAtFirstTooMany() {
		String line = IntStream.range(0, 65).mapToObj((i) -> "a").collect(Collectors.joining(" "));
		assertThat(words(line)).hasSize(2 * 64 - 1);
		assertThat(this.problems).singleElement().satisfies((problem) -> {
			assertThat(problem.id()).isEqualTo("too-many-words");
			assertThat(problem.location().column()).isEqualTo(2 * 64 + 1);
		});
		this.problems.clear();
		words("3.4", line.substring(2) + " # comment");
		assertThat(this.problems).isEmpty();
		words("3.0", line.substring(2) + " # comment");
		assertThat(this.problems).hasSize(1);
	}

	@Test
	void whenLineIsLongOrEndsWithCarriageReturnThenItIsRead() {
		String word = "a".repeat(70_000);
		assertThat(words("log " + word)).isEqualTo("log|" + word);
		assertThat(words("log a\r")).isEqualTo("log|a");
		assertThat(words("log \"a\r")).isEmpty();
	}

	private String words(String line) {
		return words("3.4", line);
	}

	private String words(String version, String line) {
		Problems found = new Problems();
		List<Word> words = tokenizer(HaproxyVersion.of(version), found).words(line, 7);
		this.problems.addAll(found.list());
		return words.stream().map(Word::text).collect(Collectors.joining("|"));
	}

	private static Tokenizer tokenizer(HaproxyVersion version, Problems problems) {
		Tokenizer tokenizer = new Tokenizer(version, new HashMap<>(ENVIRONMENT), problems);
		tokenizer.file("test.cfg");
		return tokenizer;
	}

}
