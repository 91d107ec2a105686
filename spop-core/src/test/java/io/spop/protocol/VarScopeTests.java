package io.spop.protocol;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class VarScopeTests {

	@ParameterizedTest
	@CsvSource({ "PROCESS,0,proc", "SESSION,1,sess", "TRANSACTION,2,txn", "REQUEST,3,req", "RESPONSE,4,res" })
	void whenScopeIsOnTheWireThenItHasTheCodeOfHaproxy(VarScope scope, int code, String prefix) {
		assertThat(scope.code()).isEqualTo(code);
		assertThat(scope.prefix()).isEqualTo(prefix);
		assertThat(VarScope.of(code)).isSameAs(scope);
	}

	@ParameterizedTest
	@ValueSource(ints = { -1, 5, 255, 256 })
	void whenCodeIsUnassignedThenThereIsNoScope(int code) {
		assertThat(VarScope.of(code)).isNull();
	}

	@Test
	void whenScopeIsAddedThenItIsFoundByItsCode() {
		assertThat(VarScope.values()).hasSize(5)
			.allSatisfy((scope) -> assertThat(VarScope.of(scope.code())).isSameAs(scope));
	}

}
