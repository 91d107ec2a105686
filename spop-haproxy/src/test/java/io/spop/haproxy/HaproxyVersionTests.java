package io.spop.haproxy;

import java.util.List;

import io.spop.haproxy.config.HaproxyConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class HaproxyVersionTests {

	@ParameterizedTest
	@ValueSource(strings = { "3.2", "3.2.26", "3.2.26-1", "3.2-dev5", "3.2.0-5cf5d0683" })
	void whenTextIsAVersionThenItsBranchIsRead(String text) {
		assertThat(HaproxyVersion.of(text)).hasToString("3.2");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "3", "v3.2", "3.x", "3.2 ", "3.99999" })
	void whenTextIsNoVersionThenItIsRefused(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> HaproxyVersion.of(text)).withMessageContaining("3.2");
	}

	@Test
	void whenVersionsAreComparedThenByTheirNumbers() {
		assertThat(HaproxyVersion.of("2.10").isAtLeast(2, 8)).isTrue();
		assertThat(HaproxyVersion.of("2.8").isAtLeast(2, 8)).isTrue();
		assertThat(HaproxyVersion.of("2.6").isAtLeast(2, 8)).isFalse();
		assertThat(HaproxyVersion.newest()).hasToString("3.4");
	}

	@Test
	void whenVersionIsBetweenTheOldestAndTheNewestThenItIsSupportedUnlessItHasEnded() {
		assertThat(HaproxyVersion.SUPPORTED).allMatch(HaproxyVersion::isSupported);
		assertThat(List.of("2.7", "2.9", "3.3")).allMatch((text) -> HaproxyVersion.of(text).isSupported());
		assertThat(List.of("2.4", "2.5", "3.1", "3.5", "4.0"))
			.noneMatch((text) -> HaproxyVersion.of(text).isSupported());
	}

	@Test
	void whenVersionIsNotSupportedThenItIsRefusedWithThoseThatAre() {
		assertThat(HaproxyVersion.SUPPORTED).allMatch((version) -> version.requireSupported().equals(version));
		assertThatIllegalArgumentException().isThrownBy(() -> HaproxyVersion.of("3.1").requireSupported())
			.withMessage("HAProxy 3.1 is not supported, because HAProxy no longer maintains it. Take 3.2");
		assertThatIllegalArgumentException().isThrownBy(() -> HaproxyVersion.of("2.5").requireSupported())
			.withMessage("HAProxy 2.5 is not supported. Take 2.6 to 3.4, but not 3.1");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> HaproxyConfiguration.reader().version(HaproxyVersion.of("3.5")))
			.withMessageStartingWith("HAProxy 3.5 is not supported");
	}

}
