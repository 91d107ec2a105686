package io.spop.boot;

import java.nio.file.Path;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.properties.CanBeAnnotated;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import io.spop.boot.autoconfigure.SpopAgentLifecycle;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

class ArchitectureTests {

	private static final JavaClasses classes = new ClassFileImporter().importPath(Path.of("target/classes"));

	@Test
	void everyClassHasItsRoom() {
		ArchRuleDefinition.classes()
			.should()
			.resideInAnyPackage("io.spop.boot.autoconfigure", "io.spop.boot.autoconfigure.actuate")
			.allowEmptyShould(true)
			.check(classes);
	}

	@Test
	void nothingNeedsSpringBoot41() {
		ArchRuleDefinition.noClasses()
			.should()
			.dependOnClassesThat()
			.resideInAPackage("org.springframework.boot.thread")
			.orShould()
			.dependOnClassesThat()
			.haveFullyQualifiedName("org.springframework.boot.diagnostics.FailureAnalyzedException")
			.check(classes);
	}

	@Test
	void autoConfigurationsArePublicAndFinal() {
		ArchRuleDefinition.classes()
			.that()
			.areAnnotatedWith(AutoConfiguration.class)
			.should()
			.bePublic()
			.andShould()
			.haveModifier(JavaModifier.FINAL)
			.allowEmptyShould(true)
			.check(classes);
	}

	@Test
	void autoConfigurationsAskInOneWayWhetherThereIsAnAgent() {
		assertThat(classes.that(CanBeAnnotated.Predicates.annotatedWith(AutoConfiguration.class))).isNotEmpty()
			.allSatisfy((configuration) -> {
				boolean ofAgent = configuration.getPackageName().equals("io.spop.boot.autoconfigure");
				assertThat(configuration.isAnnotatedWith(Conditional.class)).isEqualTo(ofAgent);
				assertThat(configuration.isAnnotatedWith(ConditionalOnBean.class)).isEqualTo(!ofAgent);
				if (!ofAgent) {
					assertThat(configuration.getAnnotationOfType(ConditionalOnBean.class).value())
						.contains(SpopAgentLifecycle.class);
				}
			});
		ArchRuleDefinition.noClasses()
			.should()
			.beAnnotatedWith(ConditionalOnProperty.class)
			.orShould()
			.beAnnotatedWith(ConditionalOnBooleanProperty.class)
			.check(classes);
	}

	@Test
	void otherConfigurationsArePackagePrivate() {
		ArchRuleDefinition.classes()
			.that()
			.areAnnotatedWith(Configuration.class)
			.should()
			.bePackagePrivate()
			.allowEmptyShould(true)
			.check(classes);
	}

	@Test
	void methodsOfConfigurationsArePackagePrivate() {
		ArchRuleDefinition.methods()
			.that()
			.areDeclaredInClassesThat()
			.areMetaAnnotatedWith(Configuration.class)
			.and()
			.areNotPrivate()
			.should()
			.bePackagePrivate()
			.allowEmptyShould(true)
			.check(classes);
	}

	@Test
	void beanMethodsArePackagePrivate() {
		ArchRuleDefinition.methods()
			.that()
			.areAnnotatedWith(Bean.class)
			.should()
			.bePackagePrivate()
			.allowEmptyShould(true)
			.check(classes);
	}

	@Test
	void everyPackageIsNullMarked() {
		assertThat(classes).extracting(JavaClass::getPackage)
			.allMatch((javaPackage) -> javaPackage.isAnnotatedWith(NullMarked.class));
	}

}
