package io.spop.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;

import static org.assertj.core.api.Assertions.assertThat;

class ExplainCommandTests {

	private final StringWriter out = new StringWriter();

	private final StringWriter err = new StringWriter();

	@Test
	void whenCodeIsKnownThenItsMeaningIsPrinted() {
		assertThat(run("explain", "257")).isEqualTo(ExitStatus.GOOD);
		assertThat(this.out.toString()).startsWith("257: HAProxy up to 3.0:");
		assertThat(this.err.toString()).isEmpty();
	}

	@Test
	void whenCodeIsNoNumberThenCommandLineIsWrong() {
		assertThat(run("explain", "many")).isEqualTo(ExitStatus.USAGE);
		assertThat(this.err.toString()).contains("many").doesNotContain("\tat ");
	}

	private int run(String... arguments) {
		CommandLine command = SpopCommand.commandLine();
		command.setOut(new PrintWriter(this.out, true));
		command.setErr(new PrintWriter(this.err, true));
		return command.execute(arguments);
	}

}
