package io.spop.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

import io.spop.client.SpopClient;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import reactor.core.Exceptions;

/**
 * Sends one NOTIFY to an agent and prints its answer.
 */
@Command(name = "send", mixinStandardHelpOptions = true,
		description = "Sends one NOTIFY to an agent, as HAProxy does, and prints the variables that its ACK sets.",
		footer = { "", "A value is a text unless it begins with its type: " + ArgumentText.TYPES + ".",
				"bin and hdrs take hexadecimal digits or @FILE, and str takes @FILE, too.", "", "Examples:",
				"  spop send 127.0.0.1:12345 check-client-ip ip=ip:192.0.2.1",
				"  spop send unix:/run/agent.sock log-request path=/ status=int:200 -m check-client-ip ip=ip:::1" })
final class SendCommand implements Callable<Integer> {

	@Parameters(index = "0", paramLabel = "ADDRESS", description = "The agent: host:port, [::1]:port or unix:PATH.")
	private String address = "";

	@Parameters(index = "1", paramLabel = "MESSAGE", description = "The name of the message.")
	private String message = "";

	@Parameters(index = "2..*", paramLabel = "name=value", description = "The arguments of the message.")
	private List<String> arguments = new ArrayList<>();

	@Option(names = { "-m", "--message" }, arity = "1..*", paramLabel = "MESSAGE",
			description = "A further message, followed by its arguments.")
	private List<String> further = new ArrayList<>();

	@Option(names = "--prefix", paramLabel = "PREFIX",
			description = "The var-prefix of HAProxy's configuration, to print variables as HAProxy's rules name them.")
	private String prefix = "";

	@Mixin
	private AgentOptions options = new AgentOptions();

	@Spec
	private CommandSpec spec;

	@Override
	public Integer call() {
		AgentAddress agent = AgentAddress.of(this.address);
		List<NotifyMessage> messages = MessageText.read(this.message, this.arguments, this.further);
		try (SpopClient client = this.options.connect(agent)) {
			long start = System.nanoTime();
			Actions actions = client.notify(messages).timeout(this.options.timeout()).blockOptional().orElseThrow();
			print(actions, System.nanoTime() - start);
			return ExitStatus.GOOD;
		}
		catch (RuntimeException ex) {
			throw AgentFailure.explain(agent, Exceptions.unwrap(ex), "ACK");
		}
	}

	private void print(Actions actions, long nanos) {
		PrintWriter out = this.spec.commandLine().getOut();
		for (Action action : actions) {
			String name = action.scope().prefix() + "." + (this.prefix.isEmpty() ? "" : this.prefix + ".")
					+ action.name();
			out.println((action instanceof Action.SetVar set) ? name + " = " + set.value() : name + " is unset");
		}
		out.printf(Locale.ROOT, "ACK with %d %s after %.1f ms%n", actions.size(),
				(actions.size() == 1) ? "action" : "actions", nanos / 1e6);
	}

}
