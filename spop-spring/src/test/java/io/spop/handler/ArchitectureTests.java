package io.spop.handler;

import java.nio.file.Path;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ArchitectureTests {

	private static final JavaClasses classes = new ClassFileImporter().importPath(Path.of("target/classes"));

	@Test
	void everyClassHasItsPackage() {
		ArchRuleDefinition.classes()
			.should()
			.resideInAnyPackage("io.spop.annotation", "io.spop.handler")
			.check(classes);
	}

	@Test
	void annotationsNeedNoHandlers() {
		ArchRuleDefinition.noClasses()
			.that()
			.resideInAPackage("io.spop.annotation")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("io.spop.handler")
			.check(classes);
	}

	@Test
	void nothingNeedsSpringBoot() {
		ArchRuleDefinition.noClasses()
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("io.spop.boot..", "org.springframework.boot..")
			.check(classes);
	}

	@Test
	void everyPackageIsNullMarked() {
		assertThat(classes).extracting(JavaClass::getPackage)
			.allMatch((javaPackage) -> javaPackage.isAnnotatedWith(NullMarked.class));
	}

}
