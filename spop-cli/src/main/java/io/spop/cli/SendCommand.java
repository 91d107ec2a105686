package io.spop.cli;

import java.io.PrintWriter;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;

import io.spop.client.SpopClient;
import io.spop.client.SpopDisconnectException;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopProtocolException;
import picocli.CommandLine.Command;
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

	@Option(names = "--timeout", paramLabel = "MILLISECONDS", defaultValue = "5000",
			description = "How long connecting may take, and then the answer. Default: ${DEFAULT-VALUE}.")
	private long timeout;

	@Spec
	private CommandSpec spec;

	@Override
	public Integer call() {
		AgentAddress agent = AgentAddress.of(this.address);
		List<NotifyMessage> messages = messages();
		Duration limit = Duration.ofMillis(this.timeout);
		try (SpopClient client = SpopClient.builder(agent.address()).timeout(limit).connect().block()) {
			long start = System.nanoTime();
			Actions actions = client.notify(messages).timeout(limit).block();
			print(actions, System.nanoTime() - start);
			return ExitStatus.GOOD;
		}
		catch (RuntimeException ex) {
			throw explained(agent, Exceptions.unwrap(ex));
		}
	}

	private List<NotifyMessage> messages() {
		List<NotifyMessage> messages = new ArrayList<>();
		messages.add(message(this.message, this.arguments));
		int start = 0;
		for (int i = 1; i <= this.further.size(); i++) {
			if (i == this.further.size() || this.further.get(i).indexOf('=') < 0) {
				messages.add(message(this.further.get(start), this.further.subList(start + 1, i)));
				start = i;
			}
		}
		return (this.further.isEmpty()) ? messages.subList(0, 1) : messages;
	}

	private static NotifyMessage message(String name, List<String> arguments) {
		return NotifyMessage.of(name, arguments.stream().map(ArgumentText::read).toArray(Argument[]::new));
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

	private static CommandException explained(AgentAddress agent, Throwable error) {
		if (error instanceof CommandException known) {
			return known;
		}
		Throwable cause = (error.getCause() != null && error.getClass() == RuntimeException.class) ? error.getCause()
				: error;
		if (cause instanceof TimeoutException) {
			return new CommandException(ExitStatus.TIMEOUT, agent + " does not answer in time.");
		}
		if (cause instanceof ConnectException) {
			return new CommandException(ExitStatus.UNAVAILABLE, "Nobody listens on " + agent + ".");
		}
		if (cause instanceof SpopDisconnectException || cause instanceof SpopProtocolException) {
			return new CommandException(ExitStatus.UNAVAILABLE, agent + " refuses: " + cause.getMessage());
		}
		return new CommandException(ExitStatus.UNAVAILABLE, agent + " cannot be reached: " + cause.getMessage());
	}

}
