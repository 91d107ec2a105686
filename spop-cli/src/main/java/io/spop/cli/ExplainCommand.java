package io.spop.cli;

import java.util.List;
import java.util.concurrent.Callable;

import io.spop.haproxy.SetOnError;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Says what a code means that HAProxy puts into the variable of set-on-error.
 */
@Command(name = "explain", mixinStandardHelpOptions = true,
		description = "Says what a code means that HAProxy puts into the variable of 'option set-on-error', and into its "
				+ "log as 'st='.",
		footer = { "", "Example:", "  spop explain 257" })
final class ExplainCommand implements Callable<Integer> {

	@Parameters(paramLabel = "CODE", arity = "1..*", description = "A number, such as 257.")
	private List<Integer> codes = List.of();

	@Spec
	private CommandSpec spec;

	@Override
	public Integer call() {
		for (int code : this.codes) {
			this.spec.commandLine().getOut().println(SetOnError.explain(code));
		}
		return ExitStatus.GOOD;
	}

}
