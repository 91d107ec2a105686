package io.spop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import com.tngtech.archunit.library.Architectures;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ArchitectureTests {

	private static final String AGENT = "io.spop.agent";

	private static final int MAX_LINES = 550;

	/** Netty's callbacks, and those who make, count or close connections. */
	private static final Set<String> KNOW_CONNECTIONS = Set.of("AgentConnection", "ConnectionHandler", "AgentRuntime",
			"BoundSpopAgent", "ListenerTransport");

	/** The deadline of an exchange as handlers see it, and the times of recordings. */
	private static final Set<String> SHOW_TIME = Set.of("AgentConnection", "Exchange", "MockSpopExchange", "Recorder",
			"ConnectionRecorder");

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
			.layer("recording")
			.definedBy("io.spop.recording")
			.layer("agent")
			.definedBy("io.spop.agent")
			.layer("client")
			.definedBy("io.spop.client")
			.whereLayer("protocol")
			.mayNotAccessAnyLayer()
			.whereLayer("codec")
			.mayOnlyBeAccessedByLayers("recording", "agent", "client")
			.whereLayer("recording")
			.mayOnlyBeAccessedByLayers("agent")
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
	void roomsOfAConnectionDoNotKnowIt() {
		ArchRuleDefinition.noClasses()
			.that()
			.resideInAPackage(AGENT)
			.and(DescribedPredicate.describe("are rooms of a connection",
					(type) -> !KNOW_CONNECTIONS.contains(outermost(type))))
			.should()
			.dependOnClassesThat()
			.haveFullyQualifiedName(AGENT + ".AgentConnection")
			.check(classes);
	}

	@Test
	void fieldsAreWrittenByTheirOwnClassOnly() {
		ArchRuleDefinition.noClasses()
			.that()
			.resideInAPackage(AGENT)
			.should()
			.setFieldWhere(DescribedPredicate.describe("the field is of another class",
					(access) -> !outermost(access.getOriginOwner()).equals(outermost(access.getTargetOwner()))))
			.check(classes);
	}

	/**
	 * The clock of the system may be set. Only what is shown or recorded has its time, no
	 * deadline and no limit.
	 */
	@Test
	void onlyWhatIsShownHasTheTimeOfTheSystem() {
		ArchRuleDefinition.noClasses()
			.that(DescribedPredicate.describe("show no time", (type) -> !SHOW_TIME.contains(outermost(type))))
			.should()
			.callMethod(System.class, "currentTimeMillis")
			.orShould()
			.callMethod(Instant.class, "now")
			.orShould()
			.dependOnClassesThat()
			.areAssignableTo(Clock.class)
			.orShould()
			.dependOnClassesThat()
			.areAssignableTo(Date.class)
			.check(classes);
	}

	private static String outermost(JavaClass type) {
		return type.getEnclosingClass().map(ArchitectureTests::outermost).orElse(type.getSimpleName());
	}

	@Test
	void noSourceOfTheAgentIsLong() throws IOException {
		Map<Path, Integer> tooLong = new HashMap<>();
		try (Stream<Path> sources = Files.list(Path.of("src/main/java", AGENT.split("\\.")))) {
			for (Path source : sources.toList()) {
				int lines = Files.readAllLines(source).size();
				if (lines > MAX_LINES) {
					tooLong.put(source, lines);
				}
			}
		}
		assertThat(tooLong).isEmpty();
	}

	@Test
	void everyPackageIsNullMarked() {
		assertThat(classes).extracting(JavaClass::getPackage)
			.allMatch((javaPackage) -> javaPackage.isAnnotatedWith(NullMarked.class));
	}

}
