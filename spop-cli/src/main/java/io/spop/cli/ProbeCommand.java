package io.spop.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;

import io.spop.cli.wire.FrameBytes;
import io.spop.client.Probe;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Checks an agent as HAProxy does with {@code option spop-check}.
 */
@Command(name = "probe", mixinStandardHelpOptions = true,
		description = {
				"Checks whether an agent is well, as HAProxy does with 'option spop-check', for example for a "
						+ "container's HEALTHCHECK. Prints nothing if it is.",
				"The exit status is 0 if the agent is well, and 1 if not." },
		footer = { "", "Examples:", "  spop probe 127.0.0.1:12345",
				"  spop probe --timeout 500ms unix:/run/agent.sock" })
final class ProbeCommand implements Callable<Integer> {

	@Parameters(paramLabel = "ADDRESS", description = "The agent: " + AgentAddress.SYNTAX + ".")
	private String address = "";

	@Option(names = "--timeout", paramLabel = "TIME", defaultValue = "2s", converter = TimeConverter.class,
			description = "How long the check may take, such as 500ms or 2s. Default: ${DEFAULT-VALUE}.")
	private Duration timeout = Duration.ofSeconds(2);

	@ArgGroup(validate = false, heading = "Options for an address that begins with tls:%n")
	private TlsOptions tls = new TlsOptions();

	@Override
	public Integer call() {
		try {
			AgentAddress agent = AgentAddress.of(this.address);
			if (agent.isTls()) {
				byte[] hello = FrameBytes.healthCheck(AgentOptions.MAX_FRAME_SIZE);
				AgentExchange.open(agent, this.tls, hello, this.timeout).close();
			}
			else {
				this.tls.context(agent);
				Probe.check(agent.address(), this.timeout);
			}
			return ExitStatus.GOOD;
		}
		catch (IOException ex) {
			throw new CommandException(ExitStatus.NO, ex.getMessage() + ".");
		}
		catch (CommandException ex) {
			boolean isAgent = ex.status() == ExitStatus.UNAVAILABLE || ex.status() == ExitStatus.TIMEOUT;
			throw isAgent ? new CommandException(ExitStatus.NO, String.valueOf(ex.getMessage())) : ex;
		}
	}

}
