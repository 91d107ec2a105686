package io.spop.boot.test.example;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

import io.spop.boot.test.autoconfigure.SpopTest;
import io.spop.boot.test.autoconfigure.SpopTestClient;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A slice of one handler, and its one context.
 */
@SpopTest(handlers = Components.Echo.class)
class NarrowedSliceTests {

	private static final Set<ApplicationContext> contexts = Collections.newSetFromMap(new IdentityHashMap<>());

	@Autowired
	private ApplicationContext context;

	@Autowired
	private SpopTestClient client;

	@RepeatedTest(100)
	void whenTestsFollowEachOtherThenTheyShareTheContext() {
		this.client.message("echo").arg("a", 1).send().hasVariable(VarScope.TRANSACTION, "a_0", 1);
		contexts.add(this.context);
		assertThat(contexts).hasSize(1);
	}

	@Test
	void whenHandlersAreNamedThenOthersAreNotThere() {
		assertThat(this.context.getBeanProvider(Components.Scores.class)).isEmpty();
		this.client.message("inherited").send().hasNoActions();
	}

	@Nested
	class Inner {

		@Test
		void whenTestIsNestedThenItSharesTheContext(@Autowired ApplicationContext context) {
			assertThat(context).isSameAs(NarrowedSliceTests.this.context);
		}

	}

}
