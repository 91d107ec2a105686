package io.spop.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.spop.cli.conformance.ConformanceCase;
import io.spop.cli.conformance.ConformanceSuite;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The cases as the documentation lists them.
 */
class ConformancePageTests {

	private static final Path PAGE = Path.of("../docs/conformance.md");

	private static final String BEGIN = "<!-- cases -->\n";

	private static final String END = "<!-- end of the cases -->\n";

	@Test
	void whenThereIsACaseThenThePageHasIt() throws Exception {
		String page = Files.readString(PAGE);
		String expected = page.substring(0, page.indexOf(BEGIN) + BEGIN.length()) + table()
				+ page.substring(page.indexOf(END));
		if (System.getProperty("page.accept") != null) {
			Files.writeString(PAGE, expected);
		}
		else {
			assertThat(page).as("Run this test with -Dpage.accept to write the page anew").isEqualTo(expected);
		}
	}

	private static String table() {
		return Stream.concat(ConformanceSuite.cases().stream(), ConformanceSuite.ipReputation().stream())
			.map(ConformancePageTests::row)
			.collect(Collectors.joining("", """
					| case | level | the agent passes if | HAProxy with another answer | source |
					|---|---|---|---|---|
					""", ""));
	}

	private static String row(ConformanceCase each) {
		return "| " + Stream
			.of("`" + each.id() + "`", each.level().toString(), escaped(each.title()), escaped(each.otherwise()),
					escaped(each.source()))
			.collect(Collectors.joining(" | ")) + " |\n";
	}

	private static String escaped(String text) {
		return text.replace("|", "\\|").replace("*", "\\*").replace("_", "\\_").replace("<", "&lt;");
	}

}
