package io.spop.boot;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

import io.spop.agent.SpopFinding;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compares the documentation of findings with those that there are.
 */
class FindingsPageTests {

	private static final String[] NAMES = Arrays.stream(SpopFinding.Kind.values())
		.map((kind) -> kind.name().toLowerCase(Locale.ROOT).replace('_', '-'))
		.toArray(String[]::new);

	@Test
	void whenThereIsAFindingThenThePageExplainsItAndLeadsThere() throws Exception {
		String page = Files.readString(Path.of("../docs/why-nothing-happens.md"));
		assertThat(page.lines().filter((line) -> line.startsWith("### ")).map((line) -> line.substring(4)))
			.containsExactlyInAnyOrder(NAMES);
		assertThat(NAMES).allSatisfy((name) -> assertThat(page).contains("[`" + name + "`](#" + name + ")"));
	}

	@Test
	void whenThereIsAFindingThenThePageOfMetersHasIt() throws Exception {
		String row = Files.readString(Path.of("../docs/monitoring.md"))
			.lines()
			.filter((line) -> line.startsWith("| `spop.findings` |"))
			.findFirst()
			.orElseThrow();
		assertThat(NAMES).allSatisfy((name) -> assertThat(row).contains("`" + name + "`"));
	}

}
