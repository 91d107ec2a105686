package io.spop.cli;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.concurrent.Callable;

import io.spop.protocol.LogText;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command {@code spop}.
 *
 * @since 0.1.0
 */
@Command(name = "spop", synopsisSubcommandLabel = "COMMAND", mixinStandardHelpOptions = true,
		versionProvider = SpopCommand.Version.class,
		description = "Tools for HAProxy's SPOE and its agents, whatever language they are written in.",
		footer = { "", "'spop help COMMAND' explains a command and has examples.", "", "Exit status:", "    0  good",
				"    1  the command worked, and its answer is no", "   64  the command line is wrong",
				"   65  a file is not what it has to be", "   66  a file is missing or cannot be read",
				"   69  the agent cannot be reached, or refuses", "   70  a fault of spop",
				"   73  a file cannot be written", "   74  reading or writing failed",
				"   75  the agent does not answer in time", "  130  Ctrl-C",
				"  141  the reader of the output is gone, as with '| head'", "  143  SIGTERM" },
		subcommands = { CommandLine.HelpCommand.class, CheckCommand.class, SendCommand.class, ProbeCommand.class,
				TapCommand.class, DumpCommand.class, ReplayCommand.class, BenchCommand.class, ConformanceCommand.class,
				ExplainCommand.class, ArchiveRun.class, AutoComplete.GenerateCompletion.class })
public final class SpopCommand implements Callable<Integer> {

	@Option(names = "--debug", scope = CommandLine.ScopeType.INHERIT, hidden = true,
			description = "Print the stack trace of an error.")
	private boolean debug;

	@Spec
	@SuppressWarnings("NullAway.Init") // picocli sets it
	private CommandSpec spec;

	private SpopCommand() {
	}

	/**
	 * Run the command, and end the process with its status.
	 * @param arguments the words of the command line; {@code --help} explains them
	 */
	public static void main(String[] arguments) {
		int status;
		try {
			status = run(commandLine().setOut(StandardOutput.writer()), arguments);
		}
		catch (LinkageError ex) {
			status = new SpopCommand().failed(ex, new PrintWriter(System.err, true, Charset.defaultCharset()));
		}
		System.exit(status);
	}

	static int run(CommandLine command, String... arguments) {
		SpopCommand spop = command.getCommand();
		try {
			int status = command.execute(arguments);
			command.getOut().flush();
			return status;
		}
		catch (Throwable ex) {
			return spop.failed(ex, command.getErr());
		}
	}

	static CommandLine commandLine() {
		SpopCommand command = new SpopCommand();
		return new CommandLine(command).setParameterExceptionHandler(SpopCommand::wrongCommandLine)
			.setExecutionExceptionHandler((exception, line, parsed) -> command.failed(exception, line.getErr()))
			.setUsageHelpAutoWidth(true)
			.setExpandAtFiles(false)
			.setCaseInsensitiveEnumValuesAllowed(true);
	}

	@Override
	public Integer call() {
		CommandLine command = this.spec.commandLine();
		command.usage(command.getErr());
		return ExitStatus.USAGE;
	}

	private static int wrongCommandLine(ParameterException exception, String[] arguments) {
		CommandLine command = exception.getCommandLine();
		PrintWriter err = command.getErr();
		err.println(LogText.message(exception.getMessage()));
		if (!CommandLine.UnmatchedArgumentException.printSuggestions(exception, err)) {
			err.println("'" + command.getCommandSpec().qualifiedName() + " --help' explains the command.");
		}
		return ExitStatus.USAGE;
	}

	/**
	 * Print why a command failed.
	 * @return the exit status
	 */
	private int failed(Throwable failure, PrintWriter err) {
		if (this.debug) {
			failure.printStackTrace(err);
		}
		if (failure instanceof CommandException known) {
			if (known.status() != ExitStatus.BROKEN_PIPE) {
				err.println(known.getMessage());
			}
			return known.status();
		}
		if (failure instanceof OutOfMemoryError) {
			err.println("The memory is used up: give Java more of it, such as JAVA_TOOL_OPTIONS=-Xmx1g.");
		}
		else if (failure instanceof LinkageError) {
			err.println("The jar of spop is incomplete or damaged: " + LogText.message(failure.toString()) + ".");
		}
		else {
			err.println("spop failed, which is a fault of spop: " + LogText.message(failure.toString())
					+ ". Please report this, with what --debug prints.");
		}
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
