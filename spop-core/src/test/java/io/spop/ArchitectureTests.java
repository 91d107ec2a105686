package io.spop;

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
			.layer("protocol")
			.definedBy("io.spop.protocol")
			.layer("codec")
			.definedBy("io.spop.codec")
			.layer("agent")
			.definedBy("io.spop.agent")
			.layer("client")
			.definedBy("io.spop.client")
			.whereLayer("protocol")
			.mayNotAccessAnyLayer()
			.whereLayer("codec")
			.mayOnlyBeAccessedByLayers("agent", "client")
			.whereLayer("agent")
			.mayNotBeAccessedByAnyLayer()
			.whereLayer("client")
			.mayNotBeAccessedByAnyLayer()
			.check(classes);
	}

	@Test
	void protocolNeedsNoNetwork() {
		ArchRuleDefinition.noClasses()
			.that()
			.resideInAPackage("io.spop.protocol")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("io.netty..", "reactor..")
			.check(classes);
	}

	@Test
	void coreNeedsNoFramework() {
		ArchRuleDefinition.noClasses()
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("org.springframework..", "io.micrometer..")
			.check(classes);
	}

	@Test
	void everyPackageIsNullMarked() {
		assertThat(classes).extracting(JavaClass::getPackage)
			.allMatch((javaPackage) -> javaPackage.isAnnotatedWith(NullMarked.class));
	}

}
