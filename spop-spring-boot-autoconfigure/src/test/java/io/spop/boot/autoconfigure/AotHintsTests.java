package io.spop.boot.autoconfigure;

import java.beans.PropertyDescriptor;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

import io.spop.boot.autoconfigure.actuate.SpopEndpoint;
import io.spop.boot.autoconfigure.actuate.SpopEndpointAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.beans.BeanUtils;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.javapoet.ClassName;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The hints for a native image of an application with an agent.
 */
class AotHintsTests {

	@Test
	void whenProcessedAheadOfTimeThenAllPropertiesCanBeSetAndListed() {
		List<Method> methods = Stream
			.concat(Stream.of(SpopProperties.class), Arrays.stream(SpopProperties.class.getDeclaredClasses()))
			.filter((type) -> !type.isEnum())
			.flatMap((type) -> Arrays.stream(BeanUtils.getPropertyDescriptors(type)))
			.filter((property) -> !property.getName().equals("class"))
			.flatMap(AotHintsTests::methods)
			.toList();
		assertThat(methods).extracting(Method::getName).contains("getListeners", "setPort", "setMaxSize");
		assertHints(methods);
	}

	@Test
	void whenProcessedAheadOfTimeThenEndpointCanBeWrittenAsJson() {
		List<Method> methods = Arrays.stream(SpopEndpoint.class.getDeclaredClasses())
			.flatMap((type) -> Arrays.stream(BeanUtils.getPropertyDescriptors(type)))
			.filter((property) -> !property.getName().equals("class"))
			.flatMap(AotHintsTests::methods)
			.toList();
		assertThat(methods).extracting(Method::getName)
			.contains("getListeners", "getWaitingConnections", "getExecution");
		assertHints(methods);
	}

	@ParameterizedTest
	@ValueSource(strings = { "io.netty/netty-common", "io.netty/netty-buffer", "io.netty/netty-transport",
			"io.netty/netty-handler", "io.projectreactor/reactor-core", "io.projectreactor.netty/reactor-netty-core" })
	void whenNettyAndReactorAreUsedThenTheirJarsHaveMetadata(String module) {
		assertThat(getClass().getResource("/META-INF/native-image/" + module + "/reflect-config.json")).isNotNull();
	}

	private static Stream<Method> methods(PropertyDescriptor property) {
		return Stream.of(property.getReadMethod(), property.getWriteMethod()).filter(Objects::nonNull);
	}

	private static void assertHints(List<Method> methods) {
		RuntimeHints hints = process();
		assertThat(methods).allSatisfy(
				(method) -> assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(method)).accepts(hints));
	}

	private static RuntimeHints process() {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			TestPropertyValues.of("management.endpoints.web.exposure.include=spop").applyTo(context);
			context.register(SpopHandlerAutoConfiguration.class, SpopAgentAutoConfiguration.class,
					SpopEndpointAutoConfiguration.class);
			DefaultGenerationContext generation = new DefaultGenerationContext(
					new ClassNameGenerator(ClassName.get(AotHintsTests.class)), new InMemoryGeneratedFiles());
			new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
			return generation.getRuntimeHints();
		}
	}

}
