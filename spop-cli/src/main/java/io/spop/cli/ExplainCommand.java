package io.spop.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;

import io.spop.haproxy.SetOnError;
import io.spop.protocol.LogText;
import io.spop.protocol.StatusCode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Says what a code means that HAProxy puts into the variable of set-on-error, or that is
 * the status of a DISCONNECT.
 */
@Command(name = "explain", mixinStandardHelpOptions = true,
		description = {
				"Says what a code means: one that HAProxy puts into the variable of 'option set-on-error' and into "
						+ "its log as 'st=', and the status code of a DISCONNECT.",
				"The exit status is 1 if a code has no meaning." },
		footer = { "", "Examples:", "  spop explain 257", "  spop explain 'frame is too big'" })
final class ExplainCommand implements Callable<Integer> {

	/** The smallest code of set-on-error that is 256 and the status of a DISCONNECT. */
	private static final int SPOP = 256;

	/** The smallest status that the protocol leaves to agents. */
	private static final int OWN_STATUS = 100;

	@Parameters(paramLabel = "CODE", arity = "1..*",
			description = "A number, such as 257, or the words of HAProxy for a status.")
	private List<String> codes = List.of();

	@Spec
	@SuppressWarnings("NullAway.Init") // picocli sets it
	private CommandSpec spec;

	@Override
	public Integer call() {
		List<Integer> numbers = this.codes.stream().map(ExplainCommand::number).toList();
		boolean known = true;
		for (int number : numbers) {
			known &= explain(number, this.spec.commandLine().getOut());
		}
		return known ? ExitStatus.GOOD : ExitStatus.NO;
	}

	private static int number(String text) {
		for (StatusCode status : StatusCode.values()) {
			if (status.text().equalsIgnoreCase(text)) {
				return status.code();
			}
		}
		if (!text.matches("\\d{1,9}")) {
			throw new CommandException(ExitStatus.USAGE,
					"'" + LogText.message(text) + "' is not a code: a code is a number such as 257.");
		}
		return Integer.parseInt(text);
	}

	private static boolean explain(int code, PrintWriter out) {
		boolean isSet = code == 0 || code >= SPOP + OWN_STATUS
				|| SetOnError.codes().stream().anyMatch((known) -> known.code() == code);
		if (code >= SPOP) {
			out.println(SetOnError.explain(code));
			return isSet;
		}
		out.println(code + " in the variable of set-on-error"
				+ SetOnError.explain(code).toString().substring(Integer.toString(code).length()));
		StatusCode status = status(code);
		String meaning = "SPOP does not define it";
		if (status != null) {
			meaning = status.text();
		}
		else if (code >= OWN_STATUS) {
			meaning = "a code of the agent's own";
		}
		out.println(code + " as the status of a DISCONNECT: " + meaning
				+ ". If an agent sends it, the variable of set-on-error becomes " + (SPOP + code) + ".");
		return isSet || status != null || code >= OWN_STATUS;
	}

	private static @Nullable StatusCode status(int code) {
		for (StatusCode status : StatusCode.values()) {
			if (status.code() == code) {
				return status;
			}
		}
		return null;
	}

}
