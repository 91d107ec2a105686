package io.spop.protocol;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class LogTextTests {

	@Test
	void whenTextHasControlCharactersThenTheyAreEscaped() {
		assertThat(LogText.message("a\r\n\t\0\u001b\u007f\u0085b"))
			.isEqualTo("a\\u000d\\u000a\\u0009\\u0000\\u001b\\u007f\\u0085b");
		assertThat(LogText.message("a\u2028\u2029\u200b\u202e\ufeffb"))
			.isEqualTo("a\\u2028\\u2029\\u200b\\u202e\\ufeffb");
		assertThat(LogText.message("a\ud800b\udc00")).isEqualTo("a\\ud800b\\udc00");
		assertThat(LogText.message("\udc00a\ud800")).isEqualTo("\\udc00a\\ud800");
		// A tag, which nobody sees
		assertThat(LogText.message("a\udb40\udc41b")).isEqualTo("a\\udb40\\udc41b");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "plain text", "t\u00e9quila", "\ud83c\udf79", "\\u000a" })
	void whenTextIsHarmlessThenItStaysAsItIs(String text) {
		assertThat(LogText.message(text)).isEqualTo(text);
	}

	@Test
	void whenTextIsLongThenItIsCutBetweenCharacters() {
		assertThat(LogText.of("abc", 3)).isEqualTo("abc");
		assertThat(LogText.of("abcd", 3)).isEqualTo("abc...");
		assertThat(LogText.of("ab\ud83c\udf79d", 3)).isEqualTo("ab...");
		assertThat(LogText.of("ab\ud83c", 3)).isEqualTo("ab\\ud83c");
		assertThat(LogText.of("ab\ud83c\udf79d", 4)).isEqualTo("ab\ud83c\udf79...");
		assertThat(LogText.name("x".repeat(1000))).hasSize(LogText.MAX_NAME + 3);
		assertThat(LogText.message("x".repeat(1000))).hasSize(LogText.MAX_MESSAGE + 3);
		assertThat(LogText.name(null)).isEqualTo("null");
	}

}
