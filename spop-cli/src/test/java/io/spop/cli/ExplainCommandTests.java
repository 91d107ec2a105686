package io.spop.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@code spop explain}.
 */
class ExplainCommandTests {

	@Test
	void whenCodeIsOneOfSetOnErrorThenItsMeaningIsPrinted() {
		CommandRun run = CommandRun.of("explain", "257");
		assertThat(run.out()).startsWith("257: HAProxy up to 3.0:").hasLineCount(1);
		assertThat(run.err()).isEmpty();
		assertThat(run.status()).isEqualTo(ExitStatus.GOOD);
	}

	@Test
	void whenCodeCouldBeEitherThenBothMeaningsArePrinted() {
		CommandRun run = CommandRun.of("explain", "1", "4");
		assertThat(run.out().lines()).satisfiesExactly(
				(line) -> assertThat(line).startsWith("1 in the variable of set-on-error: The answer did not come"),
				(line) -> assertThat(line).startsWith("1 as the status of a DISCONNECT: I/O error.").endsWith("257."),
				(line) -> assertThat(line).startsWith("4 in the variable of set-on-error: HAProxy up to 3.0:"),
				(line) -> assertThat(line).startsWith("4 as the status of a DISCONNECT: invalid frame received.")
					.endsWith("260."));
		assertThat(run.status()).isEqualTo(ExitStatus.GOOD);
	}

	@Test
	void whenStatusIsNamedAsHaproxyNamesItThenItIsExplained() {
		assertThat(CommandRun.of("explain", "Frame is too big")).isEqualTo(CommandRun.of("explain", "3"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "0", "100", "356", "1000" })
	void whenCodeIsGoodOrTheAgentsOwnThenItHasAMeaning(String code) {
		assertThat(CommandRun.of("explain", code).status()).isEqualTo(ExitStatus.GOOD);
	}

	@ParameterizedTest
	@ValueSource(strings = { "50", "300" })
	void whenCodeHasNoMeaningThenTheAnswerIsNo(String code) {
		CommandRun run = CommandRun.of("explain", "257", code);
		assertThat(run.out()).containsPattern("does not (set|define)");
		assertThat(run.status()).isEqualTo(ExitStatus.NO);
	}

	@ParameterizedTest
	@ValueSource(strings = { "many", "", "99999999999", "1.5" })
	void whenCodeIsNoNumberThenCommandLineIsWrong(String code) {
		CommandRun run = CommandRun.of("explain", code);
		assertThat(run.err()).startsWith("'" + code + "' is not a code").hasLineCount(1);
		assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
	}

}
