package io.spop.handler;

import java.io.IOException;
import java.util.Optional;

import io.spop.annotation.SpopAdvice;
import io.spop.annotation.SpopDefaultMessage;
import io.spop.annotation.SpopExceptionHandler;
import io.spop.annotation.SpopMessage;
import io.spop.annotation.SpopVar;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.ReflectionHintsPredicates;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.javapoet.ClassName;

import static org.assertj.core.api.Assertions.assertThat;

class HandlerHintsProcessorTests {

	private static final ReflectionHintsPredicates reflection = RuntimeHintsPredicates.reflection();

	@Test
	void whenBeansHaveHandlersThenThereAreHintsForMethodsAndObjects() throws Exception {
		RuntimeHints hints = process(Handlers.class, Advice.class, Other.class);
		assertThat(reflection.onMethodInvocation(Handlers.class, "handle")).accepts(hints);
		assertThat(reflection.onMethodInvocation(Handlers.class, "others")).accepts(hints);
		assertThat(reflection.onMethodInvocation(Advice.class, "failed")).accepts(hints);
		assertThat(reflection.onMethodInvocation(Contract.class, "handle")).accepts(hints);
		assertThat(reflection.onConstructorInvocation(Request.class.getDeclaredConstructor(String.class)))
			.accepts(hints);
		assertThat(reflection.onMethodInvocation(Verdict.class, "text")).accepts(hints);
		assertThat(reflection.onMethodInvocation(Other.class, "other")).rejects(hints);
		assertThat(reflection.onType(Mono.class)).rejects(hints);
	}

	private static RuntimeHints process(Class<?>... components) {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.register(components);
			DefaultGenerationContext generation = new DefaultGenerationContext(
					new ClassNameGenerator(ClassName.get(HandlerHintsProcessorTests.class)),
					new InMemoryGeneratedFiles());
			new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
			return generation.getRuntimeHints();
		}
	}

	interface Contract {

		Mono<Optional<Verdict>> handle(Request request);

	}

	static class Handlers implements Contract {

		@Override
		@SpopMessage("test")
		public Mono<Optional<Verdict>> handle(Request request) {
			return Mono.empty();
		}

		@SpopDefaultMessage
		private void others() {
		}

	}

	@SpopAdvice
	static class Advice {

		@SpopExceptionHandler
		void failed(IOException ex) {
		}

	}

	static class Other {

		void other() {
		}

	}

	record Request(String text) {

	}

	record Verdict(@SpopVar String text) {

	}

}
