package io.spop.protocol;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * Tests for the names of variables, and for actions in logs.
 */
class ActionTests {

	private static final String ALLOWED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.";

	private static final String LONGEST = "x".repeat(Action.MAX_NAME_LENGTH);

	@Test
	void whenNameHasCharactersThatHaproxyAcceptsThenItIsTaken() {
		for (char c = 0; c < 0x180; c++) {
			String name = "a" + c;
			if (ALLOWED.indexOf(c) >= 0) {
				assertThat(new Action.UnsetVar(VarScope.SESSION, name).name()).isEqualTo(name);
				assertThat(new Action.SetVar(VarScope.SESSION, name, SpopValue.of(1)).name()).isEqualTo(name);
			}
			else {
				assertThatIllegalArgumentException().isThrownBy(() -> new Action.UnsetVar(VarScope.SESSION, name))
					.withMessageStartingWith("The name of a variable consists of A-Z a-z 0-9 _ and . only")
					.withMessageEndingWith("'" + LogText.name(name) + "'");
				assertThatIllegalArgumentException()
					.isThrownBy(() -> new Action.SetVar(VarScope.SESSION, name, SpopValue.of(1)));
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "1", "_", ".", "a.b", "ip_score" })
	void whenNameIsUnusualButAcceptedThenItIsTaken(String name) {
		assertThat(Actions.unset(VarScope.SESSION, name).get(0).name()).isEqualTo(name);
	}

	@Test
	void whenNameIsEmptyOrTooLongThenSaysHowLongItIs() {
		assertThat(Actions.unset(VarScope.SESSION, LONGEST).get(0).name()).isEqualTo(LONGEST);
		assertThatIllegalArgumentException().isThrownBy(() -> Actions.unset(VarScope.SESSION, LONGEST + "x"))
			.withMessage("The name of a variable has 1 to 57 characters (HAProxy allows 63 with scope and prefix): '"
					+ LONGEST + "x' has 58");
		assertThatIllegalArgumentException().isThrownBy(() -> Actions.unset(VarScope.SESSION, ""))
			.withMessageEndingWith(": '' has 0");
	}

	@Test
	@SuppressWarnings("NullAway") // null on purpose
	void whenScopeIsNullThenVariableIsNamed() {
		assertThatNullPointerException().isThrownBy(() -> new Action.UnsetVar(null, "deny"))
			.withMessage("scope of variable 'deny'");
	}

	@Test
	void whenActionIsShownThenItLooksAsInTheConfigurationOfHaproxy() {
		assertThat(new Action.SetVar(VarScope.TRANSACTION, "a", SpopValue.of("x\n")))
			.hasToString("set-var(txn.a) x\\u000a");
		assertThat(new Action.UnsetVar(VarScope.PROCESS, "a")).hasToString("unset-var(proc.a)");
		assertThat(new Action.SetVar(VarScope.SESSION, "a", SpopValue.of("x".repeat(100_000))).toString())
			.hasSizeLessThan(1_000);
	}

}
