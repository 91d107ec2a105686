package io.spop.boot.autoconfigure;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.diagnostics.FailureAnalysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

class OnSpopEnabledConditionTests {

	@ParameterizedTest
	@ValueSource(strings = { "2.7.18", "3.4.13", "3.5.16" })
	void whenSpringBootIsTooOldThenOneSentenceSaysSo(String version) {
		assertThatExceptionOfType(SpopStartException.class)
			.isThrownBy(() -> OnSpopEnabledCondition.checkVersion(version))
			.satisfies((ex) -> {
				FailureAnalysis analysis = new SpopStartFailureAnalyzer().analyze(new IllegalStateException(ex));
				assertThat(analysis.getDescription())
					.isEqualTo("The SPOP agent needs Spring Boot 4.0 or later, and this is " + version + ".");
				assertThat(analysis.getAction()).isEqualTo("Update Spring Boot, or remove spop-spring-boot-starter.");
			});
	}

	@Test
	void whenSpringBootIsNewEnoughThenGoesOn() {
		assertThatNoException().isThrownBy(() -> {
			OnSpopEnabledCondition.checkVersion("4.0.0");
			OnSpopEnabledCondition.checkVersion("4.1.2-SNAPSHOT");
		});
	}

}
