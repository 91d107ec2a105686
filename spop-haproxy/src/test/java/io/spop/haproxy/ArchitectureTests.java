package io.spop.haproxy;

import java.nio.file.Path;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import com.tngtech.archunit.library.Architectures;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ArchitectureTests {

	private static final JavaClasses classes = new ClassFileImporter().importPath(Path.of("target/classes"));

	@Test
	void arrowsBetweenPackagesPointOneWay() {
		Architectures.layeredArchitecture()
			.consideringOnlyDependenciesInLayers()
			.withOptionalLayers(true)
			.ensureAllClassesAreContainedInArchitecture()
			.layer("root")
			.definedBy("io.spop.haproxy")
			.layer("config")
			.definedBy("io.spop.haproxy.config")
			.layer("check")
			.definedBy("io.spop.haproxy.check")
			.layer("write")
			.definedBy("io.spop.haproxy.write")
			.whereLayer("root")
			.mayNotAccessAnyLayer()
			.whereLayer("config")
			.mayOnlyAccessLayers("root")
			.whereLayer("check")
			.mayOnlyAccessLayers("root", "config")
			.whereLayer("write")
			.mayOnlyAccessLayers("root", "config")
			.check(classes);
	}

	@Test
	void moduleNeedsNothing() {
		ArchRuleDefinition.classes()
			.should()
			.onlyDependOnClassesThat()
			.resideInAnyPackage("io.spop.haproxy..", "java..", "org.jspecify..")
			.check(classes);
	}

	@Test
	void everyPackageIsNullMarked() {
		assertThat(classes).extracting(JavaClass::getPackage)
			.allMatch((javaPackage) -> javaPackage.isAnnotatedWith(NullMarked.class));
	}

}
