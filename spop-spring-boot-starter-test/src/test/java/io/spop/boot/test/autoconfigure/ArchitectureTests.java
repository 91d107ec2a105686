package io.spop.boot.test.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.properties.CanBeAnnotated;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

class ArchitectureTests {

	private static final Path root = Path.of("target/classes");

	private static final String imports = ".imports";

	private static final JavaClasses classes = new ClassFileImporter().importPath(root);

	@Test
	void everyClassHasItsRoom() {
		ArchRuleDefinition.classes().should().resideInAPackage("io.spop.boot.test.autoconfigure").check(classes);
	}

	@Test
	void autoConfigurationsArePackagePrivateAndFinal() {
		ArchRuleDefinition.classes()
			.that()
			.areAnnotatedWith(AutoConfiguration.class)
			.should()
			.bePackagePrivate()
			.andShould()
			.haveModifier(JavaModifier.FINAL)
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
			.check(classes);
	}

	@Test
	void beanMethodsArePackagePrivate() {
		ArchRuleDefinition.methods().that().areAnnotatedWith(Bean.class).should().bePackagePrivate().check(classes);
	}

	@Test
	void annotationsImportWhatIsThere() throws Exception {
		List<String> annotations = classes.that(CanBeAnnotated.Predicates.annotatedWith(ImportAutoConfiguration.class))
			.stream()
			.map(JavaClass::getName)
			.toList();
		List<String> imported = new ArrayList<>();
		for (String file : files()) {
			assertThat(annotations).contains(file.substring(0, file.length() - imports.length()));
			imported.addAll(Files.readAllLines(root.resolve("META-INF/spring").resolve(file)));
		}
		assertThat(files()).hasSameSizeAs(annotations);
		for (String name : imported) {
			assertThat(Class.forName(name.replaceFirst("^optional:", ""))).hasAnnotation(AutoConfiguration.class);
		}
		assertThat(imported).containsAll(classes.that(CanBeAnnotated.Predicates.annotatedWith(AutoConfiguration.class))
			.stream()
			.map(JavaClass::getName)
			.toList());
	}

	private static List<String> files() throws IOException {
		try (Stream<Path> files = Files.list(root.resolve("META-INF/spring"))) {
			return files.map((file) -> file.getFileName().toString())
				.filter((name) -> !name.startsWith(AutoConfiguration.class.getName()))
				.toList();
		}
	}

	@Test
	void everyPackageIsNullMarked() {
		assertThat(classes).extracting(JavaClass::getPackage)
			.allMatch((javaPackage) -> javaPackage.isAnnotatedWith(NullMarked.class));
	}

}
