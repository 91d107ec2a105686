package io.spop.handler;

import java.io.IOException;
import java.io.StringReader;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

import io.spop.annotation.SpopAdvice;
import io.spop.annotation.SpopArg;
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
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.javapoet.ClassName;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

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

	@Test
	void whenArgumentsAreConvertedToOwnTypesThenThereAreHintsForWhatSpringLooksUp() throws Exception {
		RuntimeHints hints = process(Conversions.class);
		assertThat(reflection.onMethodInvocation(Zone.class.getMethod("of", String.class))).accepts(hints);
		assertThat(reflection.onMethodInvocation(Plan.class, "from")).accepts(hints);
		assertThat(reflection.onMethodInvocation(Color.class, "of")).accepts(hints);
		assertThat(reflection.onConstructorInvocation(StringReader.class.getConstructor(String.class))).accepts(hints);
		assertThat(reflection.onMethodInvocation(Zone.class.getMethod("of", String.class, String.class)))
			.rejects(hints);
		assertThat(reflection.onMethodInvocation(String.class.getMethod("valueOf", Object.class))).rejects(hints);
	}

	@Test
	void whenVariablesAreNotGettersThenThereAreHintsForThem() throws Exception {
		RuntimeHints hints = process(Beans.class);
		assertThat(reflection.onMethodInvocation(Bean.class, "score")).accepts(hints);
		assertThat(reflection.onFieldAccess(Bean.class, "unusedSecret")).accepts(hints);
		assertThat(reflection.onMethodInvocation(Bean.class, "other")).rejects(hints);
	}

	@Test
	void whenContextIsProcessedThenThereAreHintsForAllMethodHandlesOfThePackage() throws Throwable {
		RuntimeHints hints = process(Other.class);
		List<Method> methods = methodsOfHandles();
		assertThat(methods).extracting(Method::getName).contains("convertNullable", "getBean");
		assertThat(methods).allSatisfy((method) -> assertThat(reflection.onMethodInvocation(method)).accepts(hints));
	}

	@Test
	void whenContextIsProcessedThenThereAreHintsForOptionalTypes() throws Exception {
		RuntimeHints hints = process(Other.class);
		assertThat(HandlerRuntimeHints.OPTIONAL_TYPES)
			.allSatisfy((type) -> assertThat(reflection.onType(Class.forName(type))).accepts(hints));
	}

	/**
	 * Return the methods that static method handles call.
	 */
	private static List<Method> methodsOfHandles() throws Throwable {
		List<Method> methods = new ArrayList<>();
		for (Resource resource : new PathMatchingResourcePatternResolver()
			.getResources("classpath*:io/spop/handler/*.class")) {
			String name = ClassUtils.convertResourcePathToClassName("io/spop/handler/"
					+ StringUtils.stripFilenameExtension(Objects.requireNonNull(resource.getFilename())));
			Class<?> type = Class.forName(name, false, HandlerHintsProcessorTests.class.getClassLoader());
			MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(type, MethodHandles.lookup());
			for (Field field : type.getDeclaredFields()) {
				if (field.getType() == MethodHandle.class && Modifier.isStatic(field.getModifiers())) {
					MethodHandle handle = (MethodHandle) lookup.unreflectGetter(field).invoke();
					methods.add(lookup.revealDirect(handle).reflectAs(Method.class, lookup));
				}
			}
		}
		return methods;
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

	static class Conversions {

		@SpopMessage("zones")
		void zones(@SpopArg List<Zone> zones, @SpopArg Optional<Plan> plan, @SpopArg String text) {
		}

		@SpopMessage("components")
		void components(Components components, Settings settings) {
		}

	}

	public static final class Zone {

		public static Zone of(String text) {
			return new Zone();
		}

		public static Zone of(String text, String other) {
			return new Zone();
		}

	}

	public static final class Plan {

		public static Plan from(String text) {
			return new Plan();
		}

	}

	public static final class Color {

		public static Color of(String text) {
			return new Color();
		}

	}

	record Components(Color color) {

	}

	public static class Settings {

		public void setReader(StringReader reader) {
		}

	}

	static class Beans {

		@SpopMessage("bean")
		Bean bean() {
			return new Bean();
		}

	}

	static class Bean {

		@SpopVar
		private int unusedSecret;

		@SpopVar
		int score() {
			return 1;
		}

		int other() {
			return 2;
		}

	}

	record Request(String text) {

	}

	record Verdict(@SpopVar String text) {

	}

}
