package io.spop.cli;

import java.io.PrintWriter;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * The command {@code spop}.
 *
 * @since 0.1.0
 */
@Command(name = "spop", synopsisSubcommandLabel = "COMMAND", mixinStandardHelpOptions = true,
		versionProvider = SpopCommand.Version.class,
		description = "Tools for HAProxy's SPOE and its agents, whatever language they are written in.",
		footer = { "", "spop help COMMAND explains a command and has examples.", "",
				"Exit status: 0 good; 1 the answer is no; 64 the command line is wrong; 65 a file is not what",
				"it has to be; 66 a file cannot be read; 69 the agent cannot be reached or refuses; 70 a fault",
				"of spop; 73 a file cannot be written; 75 the agent does not answer in time." },
		subcommands = { CommandLine.HelpCommand.class, SendCommand.class, ExplainCommand.class })
public final class SpopCommand {

	@Option(names = "--debug", scope = CommandLine.ScopeType.INHERIT, hidden = true,
			description = "Print the stack trace of an error.")
	private boolean debug;

	private SpopCommand() {
	}

	/**
	 * Run the command, and end the process with its status.
	 * @param arguments the words of the command line; {@code --help} explains them
	 */
	public static void main(String[] arguments) {
		System.exit(commandLine().execute(arguments));
	}

	static CommandLine commandLine() {
		SpopCommand command = new SpopCommand();
		return new CommandLine(command).setParameterExceptionHandler(SpopCommand::wrongCommandLine)
			.setExecutionExceptionHandler(command::failed)
			.setUsageHelpAutoWidth(true)
			.setExpandAtFiles(false)
			.setCaseInsensitiveEnumValuesAllowed(true);
	}

	private static int wrongCommandLine(ParameterException exception, String[] arguments) {
		CommandLine command = exception.getCommandLine();
		PrintWriter err = command.getErr();
		err.println(exception.getMessage());
		if (!CommandLine.UnmatchedArgumentException.printSuggestions(exception, err)) {
			err.println("'" + command.getCommandSpec().qualifiedName() + " --help' explains the command.");
		}
		return ExitStatus.USAGE;
	}

	private int failed(Exception exception, CommandLine command, CommandLine.ParseResult parsed) {
		PrintWriter err = command.getErr();
		if (this.debug) {
			exception.printStackTrace(err);
		}
		if (exception instanceof CommandException known) {
			err.println(known.getMessage());
			return known.status();
		}
		err.println("spop failed: " + exception + ". Please report this, with what --debug prints.");
		return ExitStatus.SOFTWARE;
	}

	static final class Version implements CommandLine.IVersionProvider {

		@Override
		public String[] getVersion() {
			String version = SpopCommand.class.getPackage().getImplementationVersion();
			return new String[] { "spop " + ((version != null) ? version : "of unknown version") + " on Java "
					+ Runtime.version().feature() };
		}

	}

}
