package io.spop.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

import io.spop.cli.wire.FrameBytes;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Sends one NOTIFY to an agent and prints its answer.
 */
@Command(name = "send", mixinStandardHelpOptions = true,
		customSynopsis = "spop send [OPTIONS] ADDRESS MESSAGE [NAME=VALUE...] [-m MESSAGE [NAME=VALUE...]]...",
		description = "Sends one NOTIFY to an agent, as HAProxy does, and prints the variables that its ACK sets.",
		footer = { "", "Types of a value, which is a string unless it begins with one:",
				"  str:TEXT, str:@FILE           a string, also one that begins with a type",
				"  int:80                        an integer of 64 bits, as HAProxy sends it",
				"  int32:, uint32:, uint64:      other integers", "  bool:true, bool:false         a boolean",
				"  ip:192.0.2.1, ip:2001:db8::1  an address",
				"  bin:0aff, bin:@FILE           bytes, hexadecimal or those of a file",
				"  hdrs:@FILE                    headers in the form of req.hdrs_bin of HAProxy.",
				"                                The file has a header in each line, or has",
				"                                that form already",
				"  null:                         no value, as HAProxy sends it for a missing",
				"                                header",
				"A name may be empty: =ip:192.0.2.1 is an argument without a name.", "", "Examples:",
				"  spop send 127.0.0.1:12345 check-client-ip ip=ip:192.0.2.1",
				"  spop send --as-haproxy 3.0 unix:/run/agent.sock \\",
				"      log-request path=/ status=int:200 -m check-client-ip ip=ip:2001:db8::1",
				"  spop send --ca ca.pem --json tls:agent.internal:12345 \\", "      score headers=hdrs:@headers.txt" })
final class SendCommand implements Callable<Integer> {

	@Parameters(index = "0", paramLabel = "ADDRESS", description = "The agent: " + AgentAddress.SYNTAX + ".")
	private String address = "";

	@Parameters(index = "1", paramLabel = "MESSAGE", description = "The name of the message.")
	private String message = "";

	@Parameters(index = "2..*", paramLabel = "NAME=VALUE", description = "The arguments of the message.")
	private List<String> words = new ArrayList<>();

	@Option(names = { "-m", "--message" }, paramLabel = "MESSAGE", parameterConsumer = MessageText.Further.class,
			description = "A further message in the same NOTIFY. Its arguments follow.")
	@SuppressWarnings("unused") // MessageText.Further puts it into the arguments
	private List<String> further = new ArrayList<>();

	@Option(names = "--prefix", paramLabel = "PREFIX",
			description = "The var-prefix of HAProxy's configuration, to print variables as HAProxy's rules name them.")
	private String prefix = "";

	@Option(names = "--json", description = "Print the ACK as a line of JSON.")
	private boolean json;

	@Mixin
	private AgentOptions options = new AgentOptions();

	@Spec
	@SuppressWarnings("NullAway.Init") // picocli sets it
	private CommandSpec spec;

	@Override
	public Integer call() {
		if (!this.prefix.matches("[A-Za-z0-9_.]*")) {
			throw new CommandException(ExitStatus.USAGE, "A var-prefix consists of A-Z a-z 0-9 _ and . only.");
		}
		List<NotifyMessage> messages = MessageText.read(this.message, this.words);
		AgentAddress agent = AgentAddress.of(this.address);
		try (AgentExchange exchange = this.options.exchange(agent)) {
			List<byte[]> frames = frames(messages, exchange.hello());
			long start = System.nanoTime();
			Actions actions = exchange.notify(frames, this.options.timeout());
			print(actions, System.nanoTime() - start);
			return ExitStatus.GOOD;
		}
	}

	/**
	 * Refuse what HAProxy would not send either.
	 */
	private List<byte[]> frames(List<NotifyMessage> messages, Frame.AgentHello hello) {
		List<byte[]> frames = FrameBytes.notify(messages, hello.maxFrameSize());
		boolean fragments = !this.options.version().isAtLeast(3, 1)
				&& hello.capabilities().contains(Capability.FRAGMENTATION);
		if (frames.size() > 1 && !fragments) {
			throw new CommandException(ExitStatus.DATA,
					"HAProxy would not send this NOTIFY to the agent: it does not fit into a frame of "
							+ hello.maxFrameSize() + " bytes.");
		}
		return frames;
	}

	private void print(Actions actions, long nanos) {
		PrintWriter out = this.spec.commandLine().getOut();
		if (this.json) {
			FrameJson frameJson = new FrameJson(this.prefix);
			new JsonLines(out).write((generator) -> {
				generator.writeNumberProperty("milliseconds", Math.floor(nanos / 1e3) / 1e3);
				generator.writeArrayPropertyStart("actions");
				actions.forEach((action) -> frameJson.action(action, generator));
				generator.writeEndArray();
			});
			out.flush();
			return;
		}
		FrameText text = new FrameText(this.prefix, true);
		int count = 0;
		for (Action action : actions) {
			out.println(text.action(action));
			count++;
		}
		out.printf(Locale.ROOT, "ACK with %s after %.1f ms%n", FrameText.count(count, "action"), nanos / 1e6);
	}

}
