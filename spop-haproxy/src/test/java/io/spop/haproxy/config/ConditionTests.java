package io.spop.haproxy.config;

import java.util.Map;

import io.spop.haproxy.HaproxyVersion;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class ConditionTests {

	private static final Map<String, String> ENVIRONMENT = Map.of("NAME", "value", "EMPTY", "");

	@ParameterizedTest
	@ValueSource(strings = { "1", "2", "-1", "01", "0x1", "99999999999999999999", "!0", "!!1", "0 || 1", "1||0",
			"1 && (0 || 1)", "( 1 )", "((1))", "!(1 && 0)", "! (0)", "0 || 0 && 1 || 1", "1 || 1 && 0", "defined(NAME)",
			"defined(EMPTY)", "!defined(MISSING)", "streq(a,a)", "streq('a','a')", "streq(\"a,b\",\"a,b\")",
			"strneq(a,b)", "strstr(abc,b)", "strstr(abc,)", "streq(a,a) && 1", "version_atleast(3.2)",
			"version_atleast(3.2.0)", "version_atleast(3.2-dev4)", "version_atleast(2.9.14)", "version_atleast(3)",
			"version_before(3.4)", "version_before(3.3-dev0)", "version_atleast(abc)", "version_atleast()" })
	void whenConditionHoldsThenItIsSaid(String condition) {
		assertThat(evaluate(condition)).isEqualTo("true");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "0", "00", "!1", "1 && 0", "defined", "defined()", "defined(MISSING)",
			"defined( NAME)", "streq(a, a)", "streq(a,b)", "strneq(a,a)", "version_atleast(3.4)", "version_before(3.2)",
			"0 && feature(QUIC)", "feature(QUIC) && 0" })
	void whenConditionDoesNotHoldThenItIsSaid(String condition) {
		assertThat(evaluate(condition)).isEqualTo("false");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '~', textBlock = """
			feature(OPENSSL)                  ~ true feature(OPENSSL)
			!feature(OPENSSL)                 ~ false feature(OPENSSL)
			0 || enabled(POLL)                ~ true enabled(POLL)
			version_atleast(3.2.9)            ~ true version_atleast(3.2.9)
			version_before(3.2.9)             ~ false version_before(3.2.9)
			openssl_version_atleast(3.0.0)    ~ true openssl_version_atleast(3.0.0)
			ssllib_name_startswith(wolfSSL)   ~ false ssllib_name_startswith(wolfSSL)
			""")
	void whenConditionDependsOnBuildThenItIsOpen(String condition, String outcome) {
		assertThat(evaluate(condition)).isEqualTo(outcome);
	}

	@ParameterizedTest
	@ValueSource(strings = { "foo", "!", "&&", "1 &&", "&& 1", "(1", "1)", "()", "1x", "1 || foo", "0 && foo",
			"STREQ(a,a)", "streq(a)", "streq (a,a)", "streq(a,a,a)", "streq(a,a", "streq(a,a) x", "defined(A,B)" })
	void whenHaproxyCannotEvaluateConditionThenProblemIsSaid(String condition) {
		assertThat(evaluate(condition)).startsWith("error ");
	}

	@ParameterizedTest
	@ValueSource(strings = { "(", "!", "1||(", "streq(" })
	void whenConditionIsVeryLongThenItIsRefused(String part) {
		assertThat(evaluate(part.repeat(100_000))).startsWith("error ");
	}

	private static String evaluate(String condition) {
		Condition.Outcome outcome = Condition.evaluate(condition, HaproxyVersion.of("3.2"), ENVIRONMENT);
		if (outcome.error() != null) {
			return "error " + outcome.error();
		}
		return (outcome.holds() + " " + String.join(" ", outcome.open())).strip();
	}

}
