package io.spop.haproxy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class SetOnErrorTests {

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3, 4, 5, 255, 256, 257, 258, 259, 260, 264, 269, 355, 0, -1, 7, 300, 356, 100255,
			Integer.MAX_VALUE })
	void whenCodeIsAnyNumberThenItIsExplained(int code) {
		SetOnError explained = SetOnError.explain(code);
		assertThat(explained.code()).isEqualTo(code);
		assertThat(HaproxyVersion.SUPPORTED).allMatch((version) -> explained.meaning(version).endsWith("."));
		assertThat(explained.remedy()).endsWith(".");
	}

	@Test
	void whenVersionsDifferThenBothAreSaid() {
		assertThat(SetOnError.explain(2))
			.hasToString("2: HAProxy up to 3.0: HAProxy has no server that is UP, could not connect, or "
					+ "is short of memory. Since 3.1: HAProxy is short of memory. Look at the state of the backend's servers, and whether "
					+ "the agent runs.");
		assertThat(SetOnError.explain(2).meaning(HaproxyVersion.of("3.0"))).startsWith("HAProxy has no server");
		assertThat(SetOnError.explain(2).meaning(HaproxyVersion.of("3.1"))).isEqualTo("HAProxy is short of memory.");
		assertThat(SetOnError.explain(355).toString()).startsWith("355: The agent ended the connection with status 99");
		assertThat(SetOnError.explain(400).meaning(HaproxyVersion.newest())).contains("status 144",
				"of the agent's own");
	}

}
