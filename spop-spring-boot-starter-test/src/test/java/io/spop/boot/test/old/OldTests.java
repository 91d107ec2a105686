package io.spop.boot.test.old;

import io.spop.boot.test.autoconfigure.SpopTest;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.testkit.engine.EngineTestKit;

/**
 * Runs a test that has {@link SpopTest @SpopTest}, and prints why it failed.
 */
public final class OldTests {

	private OldTests() {
	}

	public static void main(String[] args) {
		EngineTestKit.engine("junit-jupiter")
			.selectors(DiscoverySelectors.selectClass(OldSlice.class))
			.execute()
			.allEvents()
			.debug(System.out);
	}

	@SpopTest
	static class OldSlice {

		@Test
		void test() {
		}

	}

}
