package io.spop.recipes.canary;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.spop.protocol.Actions;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Who gets the new version.
 */
class CanaryTests {

	@Test
	void whenShareGrowsThenThoseWhoHaveTheNewVersionKeepIt() {
		assertThat(visitorsOfNew("checkout", 0)).isEmpty();
		assertThat(visitorsOfNew("checkout", 20)).hasSizeBetween(1800, 2200).containsAll(visitorsOfNew("checkout", 10));
		assertThat(visitorsOfNew("checkout", 100)).hasSize(10_000);
	}

	@Test
	void whenTestHasAnotherNameThenItsVisitorsAreOthers() {
		Set<Integer> both = visitorsOfNew("checkout", 10);
		both.retainAll(visitorsOfNew("search", 10));
		// One in ten of one in ten
		assertThat(both).hasSizeBetween(60, 140);
	}

	@ParameterizedTest
	@CsvSource({ "checkout, shipping", "test-a, test-b", "checkout, checkout-2" })
	void whenSharesAreSmallThenTestsAreIndependentToo(String name, String otherName) {
		Set<Integer> both = visitorsOfNew(name, 2, 100_000);
		assertThat(both).hasSizeBetween(1700, 2300);
		both.retainAll(visitorsOfNew(otherName, 2, 100_000));
		// Two in a hundred of two in a hundred are 40
		assertThat(both).hasSizeBetween(10, 80);
	}

	private static Set<Integer> visitorsOfNew(String name, int percent) {
		return visitorsOfNew(name, percent, 10_000);
	}

	private static Set<Integer> visitorsOfNew(String name, int percent, int visitors) {
		Canary canary = new Canary(new Canary.Settings(name, percent));
		return IntStream.range(0, visitors)
			.filter((visitor) -> canary.choose("visitor-" + visitor)
				.equals(Actions.set(VarScope.TRANSACTION, "backend", "app_new")))
			.boxed()
			.collect(Collectors.toSet());
	}

}
