package io.spop.boot.test.autoconfigure;

import java.io.IOException;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Stream;

import io.spop.agent.SpopHandler;
import io.spop.agent.SpopInterceptor;
import io.spop.annotation.SpopAdvice;
import io.spop.annotation.SpopDefaultMessage;
import io.spop.annotation.SpopMessage;
import io.spop.boot.autoconfigure.SpopAgentCustomizer;
import io.spop.handler.SpopArgumentResolver;
import io.spop.handler.SpopMessageObservationConvention;

import org.springframework.boot.test.context.filter.annotation.StandardAnnotationCustomizableTypeExcludeFilter;
import org.springframework.core.convert.converter.Converter;
import org.springframework.core.convert.converter.ConverterFactory;
import org.springframework.core.convert.converter.GenericConverter;
import org.springframework.core.type.ClassMetadata;
import org.springframework.core.type.classreading.MetadataReader;
import org.springframework.core.type.classreading.MetadataReaderFactory;
import org.springframework.format.Parser;
import org.springframework.format.Printer;

/**
 * Tells component scan which classes are part of {@link SpopTest @SpopTest}.
 */
final class SpopTypeExcludeFilter extends StandardAnnotationCustomizableTypeExcludeFilter<SpopTest> {

	private static final Set<Class<?>> AROUND_HANDLERS = Set.of(SpopAdvice.class, SpopInterceptor.class,
			SpopHandler.class, SpopAgentCustomizer.class, SpopArgumentResolver.class,
			SpopMessageObservationConvention.class, Converter.class, ConverterFactory.class, GenericConverter.class,
			Printer.class, Parser.class);

	private final Set<Class<?>> handlers;

	SpopTypeExcludeFilter(Class<?> testClass) {
		super(testClass);
		this.handlers = Set.copyOf(Arrays.asList(getAnnotation().getClassArray("handlers")));
	}

	@Override
	protected Set<Class<?>> getKnownIncludes() {
		return AROUND_HANDLERS;
	}

	@Override
	protected Set<Class<?>> getComponentIncludes() {
		return this.handlers;
	}

	@Override
	protected boolean defaultInclude(MetadataReader reader, MetadataReaderFactory readers) throws IOException {
		return super.defaultInclude(reader, readers) || (this.handlers.isEmpty() && handlesMessages(reader, readers));
	}

	/**
	 * Return whether a class has or inherits an annotated method. Reads class files,
	 * because some classes that component scan finds cannot be loaded.
	 */
	private static boolean handlesMessages(MetadataReader reader, MetadataReaderFactory readers) throws IOException {
		if (reader.getAnnotationMetadata().hasAnnotatedMethods(SpopMessage.class.getName())
				|| reader.getAnnotationMetadata().hasAnnotatedMethods(SpopDefaultMessage.class.getName())) {
			return true;
		}
		ClassMetadata type = reader.getClassMetadata();
		for (String parent : Stream
			.concat(Stream.ofNullable(type.getSuperClassName()), Arrays.stream(type.getInterfaceNames()))
			.filter((name) -> !name.startsWith("java."))
			.toList()) {
			if (handlesMessages(readers.getMetadataReader(parent), readers)) {
				return true;
			}
		}
		return false;
	}

}
