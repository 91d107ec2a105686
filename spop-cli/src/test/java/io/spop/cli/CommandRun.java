package io.spop.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

import picocli.CommandLine;

/**
 * A run of the command in this JVM.
 *
 * @param status the exit status
 * @param out the standard output
 * @param err the standard error
 */
record CommandRun(int status, String out, String err) {

	static CommandRun of(String... arguments) {
		StringWriter out = new StringWriter();
		StringWriter err = new StringWriter();
		CommandLine command = SpopCommand.commandLine();
		command.setOut(new PrintWriter(out));
		command.setErr(new PrintWriter(err, true));
		return new CommandRun(SpopCommand.run(command, arguments), out.toString(), err.toString());
	}

}
