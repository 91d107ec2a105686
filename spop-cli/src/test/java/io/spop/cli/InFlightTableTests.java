package io.spop.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class InFlightTableTests {

	@Test
	void whenAcksComeInAnyOrderThenTheTableKnowsWhatIsInFlight() {
		Random random = new Random(7);
		InFlightTable table = new InFlightTable(20);
		Map<Long, Long> expected = new HashMap<>();
		List<Long> ids = new ArrayList<>();
		long next = 1;
		for (int i = 0; i < 100_000; i++) {
			if (ids.size() < 20 && random.nextBoolean()) {
				table.put(next, i, i);
				expected.put(next, (long) i);
				ids.add(next);
				next += 2;
			}
			else if (!ids.isEmpty()) {
				// The first stays for long, so that the table wraps around it
				long id = ids.remove((ids.size() > 1) ? 1 + random.nextInt(ids.size() - 1) : 0);
				assertThat(table.remove(id)).isEqualTo(expected.remove(id));
				assertThat(table.remove(id)).isEqualTo(InFlightTable.MISSING);
			}
			assertThat(table.size()).isEqualTo(ids.size());
		}
		assertThat(table.remove(0)).isEqualTo(InFlightTable.MISSING);
	}

	@Test
	void whenNotifysAreOldThenTheyAloneAreRemoved() {
		InFlightTable table = new InFlightTable(20);
		for (long i = 0; i < 20; i++) {
			table.put(2 * i + 1, 100 + i, i % 10);
		}
		List<Long> removed = new ArrayList<>();
		table.removeSentBefore(5, removed::add);
		assertThat(removed).containsExactlyInAnyOrder(100L, 101L, 102L, 103L, 104L, 110L, 111L, 112L, 113L, 114L);
		removed.clear();
		table.removeAll(removed::add);
		assertThat(removed).containsExactlyInAnyOrder(105L, 106L, 107L, 108L, 109L, 115L, 116L, 117L, 118L, 119L);
		assertThat(table.size()).isZero();
	}

}
