package io.spop.boot.test.example;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.Objects;

import io.netty.channel.local.LocalAddress;
import io.spop.boot.autoconfigure.SpopAgentLifecycle;
import io.spop.boot.test.autoconfigure.AutoConfigureInMemorySpopAgent;
import io.spop.boot.test.autoconfigure.AutoConfigureSpop;
import io.spop.boot.test.autoconfigure.AutoConfigureSpopTestClient;
import io.spop.boot.test.autoconfigure.SpopTestClient;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.autoconfigure.json.JsonTest;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.NestedTestConfiguration;
import org.springframework.test.context.NestedTestConfiguration.EnclosingConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Slices that a user composes of the parts of {@code @SpopTest}.
 */
@NestedTestConfiguration(EnclosingConfiguration.OVERRIDE)
class OwnSliceTests {

	private static void assertEchoInMemory(ApplicationContext context) {
		context.getBean(SpopTestClient.class)
			.message("echo")
			.arg("a", 1)
			.send()
			.hasVariable(VarScope.TRANSACTION, "a_0", 1);
		assertThat(Objects.requireNonNull(context.getBean(SpopAgentLifecycle.class).agent()).address("main"))
			.isInstanceOf(LocalAddress.class);
	}

	@Retention(RetentionPolicy.RUNTIME)
	@SpringBootTest(classes = Components.Echo.class, properties = "spop.handler.timeout=10s")
	@AutoConfigureSpop
	@AutoConfigureInMemorySpopAgent
	@AutoConfigureSpopTestClient
	@interface EchoTest {

	}

	@Nested
	@EchoTest
	class Composed {

		@Test
		void whenAnnotationIsComposedThenTheAgentAnswersInMemory(@Autowired ApplicationContext context) {
			assertEchoInMemory(context);
		}

		@Test
		void whenAnnotationIsComposedThenNothingElseIsThere(@Autowired ApplicationContext context) {
			assertThat(context.getBeanProvider(Components.Tagging.class)).isEmpty();
			assertThat(context.getBeanProvider(TaskExecutionAutoConfiguration.class)).isEmpty();
		}

	}

	@Nested
	@JsonTest(properties = "spop.handler.timeout=10s")
	@AutoConfigureSpop
	@AutoConfigureInMemorySpopAgent
	@AutoConfigureSpopTestClient
	@Import(Components.Echo.class)
	class SliceOfBoot {

		@Test
		void whenPartsAreAddedToAnotherSliceThenTheAgentAnswersInMemory(@Autowired ApplicationContext context) {
			assertEchoInMemory(context);
			assertThat(context.getBeanProvider(Components.Tagging.class)).isEmpty();
		}

	}

	@Nested
	@SpringBootTest(properties = "spop.handler.timeout=10s")
	@AutoConfigureInMemorySpopAgent
	class Application {

		@Test
		void whenWholeApplicationIsInMemoryThenTheAgentAnswersThere(@Autowired ApplicationContext context) {
			assertEchoInMemory(context);
			assertThat(context.getBeanProvider(Components.Tagging.class)).hasSize(1);
			assertThat(context.getBeanProvider(TaskExecutionAutoConfiguration.class)).hasSize(1);
		}

	}

	@Nested
	@SpringBootTest(classes = Components.Echo.class)
	@AutoConfigureInMemorySpopAgent
	@AutoConfigureSpopTestClient
	class NoAgent {

		@Test
		void whenThereIsNoAgentThenThereIsNoClient(@Autowired ApplicationContext context) {
			assertThat(context.getBeanProvider(SpopTestClient.class)).isEmpty();
		}

	}

}
