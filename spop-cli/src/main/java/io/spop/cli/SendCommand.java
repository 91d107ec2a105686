package io.spop.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Stack;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;

import io.netty.buffer.Unpooled;
import io.spop.client.SpopClient;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Action;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopProtocolException;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import reactor.core.Exceptions;

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

	/** What no word of a command line can have begins the name of a further message. */
	private static final String FURTHER = "\0";

	/** Their number is a byte on the wire. */
	private static final int MAX_ARGUMENTS = 255;

	@Parameters(index = "0", paramLabel = "ADDRESS", description = "The agent: " + AgentAddress.SYNTAX + ".")
	private String address = "";

	@Parameters(index = "1", paramLabel = "MESSAGE", description = "The name of the message.")
	private String message = "";

	@Parameters(index = "2..*", paramLabel = "NAME=VALUE", description = "The arguments of the message.")
	private List<String> words = new ArrayList<>();

	@Option(names = { "-m", "--message" }, paramLabel = "MESSAGE", parameterConsumer = FurtherMessage.class,
			description = "A further message in the same NOTIFY. Its arguments follow.")
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

	/** The frames of the agent that are not the ACK. */
	private final Queue<Frame> others = new ConcurrentLinkedQueue<>();

	@Override
	public Integer call() {
		if (!this.prefix.matches("[A-Za-z0-9_.]*")) {
			throw new CommandException(ExitStatus.USAGE, "A var-prefix consists of A-Z a-z 0-9 _ and . only.");
		}
		List<NotifyMessage> messages = messages();
		AgentAddress agent = AgentAddress.of(this.address);
		try (SpopClient client = this.options.connect(agent)) {
			requireFit(messages, client.agentHello());
			client.received().skip(1).subscribe(this.others::add);
			long start = System.nanoTime();
			Actions actions = client.notify(messages).timeout(this.options.timeout()).blockOptional().orElseThrow();
			print(actions, System.nanoTime() - start);
			return ExitStatus.GOOD;
		}
		catch (RuntimeException ex) {
			throw explain(agent, Exceptions.unwrap(ex));
		}
	}

	private List<NotifyMessage> messages() {
		List<NotifyMessage> messages = new ArrayList<>();
		String name = this.message;
		List<Argument> arguments = new ArrayList<>();
		for (String word : this.words) {
			if (word.startsWith(FURTHER)) {
				messages.add(message(name, arguments));
				name = word.substring(FURTHER.length());
				arguments = new ArrayList<>();
			}
			else {
				arguments.add(ArgumentText.read(word));
			}
		}
		messages.add(message(name, arguments));
		return messages;
	}

	private static NotifyMessage message(String name, List<Argument> arguments) {
		if (name.isEmpty() || name.indexOf('=') >= 0) {
			throw new CommandException(ExitStatus.USAGE,
					"'" + name + "' is not the name of a message: the name comes before its arguments NAME=VALUE.");
		}
		if (arguments.size() > MAX_ARGUMENTS) {
			throw new CommandException(ExitStatus.USAGE,
					"A message has at most " + MAX_ARGUMENTS + " arguments, not " + arguments.size() + ".");
		}
		return NotifyMessage.of(name, arguments.toArray(Argument[]::new));
	}

	/**
	 * Refuse what HAProxy would not send either.
	 */
	private void requireFit(List<NotifyMessage> messages, Frame.AgentHello hello) {
		boolean fragments = !this.options.version().isAtLeast(3, 1)
				&& hello.capabilities().contains(Capability.FRAGMENTATION);
		if (fragments) {
			return;
		}
		try {
			new SpopCodec(hello.maxFrameSize()).encode(new Frame.Notify(1, 1, messages), Unpooled.buffer());
		}
		catch (SpopProtocolException ex) {
			throw new CommandException(ExitStatus.DATA,
					"HAProxy would not send this NOTIFY to the agent: " + ex.getMessage() + ".");
		}
	}

	private void print(Actions actions, long nanos) {
		PrintWriter out = this.spec.commandLine().getOut();
		if (this.json) {
			FrameJson frameJson = new FrameJson(this.prefix);
			new JsonLines(out).write((generator) -> {
				generator.writeNumberProperty("milliseconds", nanos / 1000 / 1e3);
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

	private CommandException explain(AgentAddress agent, Throwable error) {
		if (error instanceof TimeoutException) {
			String time = TimeConverter.text(this.options.timeout());
			Frame other = this.others.peek();
			String what = (other != null)
					? "sent another frame than the ACK of stream 1, frame 1 within " + time + ": "
							+ new FrameText("", false).title(WireFrame.of(other))
					: "did not answer the NOTIFY of stream 1, frame 1 within " + time;
			return new CommandException(ExitStatus.TIMEOUT, agent + " " + what + ".");
		}
		return AgentFailure.explain(agent, error, "ACK");
	}

	/**
	 * Puts the name of a further message among the words, so that its arguments follow it
	 * in their order.
	 */
	private static final class FurtherMessage implements IParameterConsumer {

		@Override
		@SuppressWarnings("JdkObsolete") // picocli's type
		public void consumeParameters(Stack<String> words, ArgSpec option, CommandSpec command) {
			words.push(FURTHER + (words.isEmpty() ? "" : words.pop()));
		}

	}

}
