package io.spop.cli;

import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Function;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.spop.client.SpopClient;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import reactor.core.Exceptions;

/**
 * Puts an agent under load, and measures its answers.
 */
@Command(name = "bench", mixinStandardHelpOptions = true,
		description = "Puts an agent under load, and measures how many NOTIFYs it answers and how long that takes.",
		footer = { "", "Without --rate, each ACK lets spop send the next NOTIFY (closed loop): this finds out how many "
				+ "NOTIFYs the agent can answer. With --rate, NOTIFYs are sent at regular times, whatever the agent "
				+ "does (open loop), and latencies count from these times: this finds out how long requests wait at "
				+ "that rate.", "",
				"Exit status: 0 if each NOTIFY got its ACK and the rate was reached, 1 if not, 69 if the agent cannot be "
						+ "reached, 75 if it does not answer the first NOTIFY.",
				"", "Examples:", "  spop bench 127.0.0.1:12345",
				"  spop bench 127.0.0.1:12345 --rate 5000 --duration 60s",
				"  spop bench 127.0.0.1:12345 check-client-ip ip=ip:192.0.2.1",
				"  spop bench unix:/run/agent.sock --recording day.spop --connections 32 --json" })
final class BenchCommand implements Callable<Integer> {

	private static final int MAX_FRAME_SIZE = 16380;

	@Parameters(index = "0", paramLabel = "ADDRESS", description = "The agent: " + AgentAddress.SYNTAX + ".")
	private String address = "";

	@Parameters(index = "1", arity = "0..1", paramLabel = "MESSAGE",
			description = "The name of the message. Default: check-client-ip with ip=ip:192.0.2.1.")
	private @Nullable String message;

	@Parameters(index = "2..*", paramLabel = "NAME=VALUE",
			description = "The arguments of the message, as those of 'spop send'.")
	private List<String> arguments = new ArrayList<>();

	@Option(names = { "-m", "--message" }, paramLabel = "MESSAGE", parameterConsumer = MessageText.Further.class,
			description = "A further message in each NOTIFY. Its arguments follow.")
	@SuppressWarnings("unused") // MessageText.Further puts it into the arguments
	private List<String> further = new ArrayList<>();

	@Option(names = "--recording", paramLabel = "FILE",
			description = "Send the NOTIFYs of a recording, again and again, instead of a message.")
	private @Nullable Path recording;

	@Option(names = "--body", paramLabel = "BYTES",
			description = "Add an argument 'body' of that many bytes to the first message.")
	private int body;

	@Option(names = "--connections", paramLabel = "N", defaultValue = "8",
			description = "The number of connections. Default: ${DEFAULT-VALUE}.")
	private int connections;

	@Option(names = "--in-flight", paramLabel = "N", defaultValue = "20",
			description = "How many NOTIFYs a connection may have without an ACK. Default: ${DEFAULT-VALUE}, which is "
					+ "what HAProxy does. It is 1 for an agent without pipelining.")
	private int inFlight;

	@Option(names = "--rate", paramLabel = "N",
			description = "Send N NOTIFYs in a second, at regular times (open loop). Default: as many as the agent "
					+ "answers (closed loop).")
	private @Nullable Integer rate;

	@Option(names = "--duration", paramLabel = "TIME", defaultValue = "10s", converter = TimeConverter.class,
			description = "How long to measure. Default: ${DEFAULT-VALUE}.")
	private Duration duration = Duration.ZERO;

	@Option(names = "--warm-up", paramLabel = "TIME", converter = WarmUpConverter.class,
			description = "How long to send before --duration begins, or 0. Default: 2s, and 0 with --requests.")
	private @Nullable Duration warmUp;

	@Option(names = "--requests", paramLabel = "N",
			description = "End after N NOTIFYs, if that is earlier than --duration.")
	private @Nullable Long requests;

	@Option(names = "--threads", paramLabel = "N",
			description = "The number of threads that send. Default: half as many as there are processors.")
	private @Nullable Integer threads;

	@Option(names = "--json", description = "Print the results as a JSON object.")
	private boolean json;

	@Option(names = { "-q", "--quiet" }, description = "Print no progress.")
	private boolean quiet;

	@Mixin
	private AgentOptions options = new AgentOptions();

	@Spec
	@SuppressWarnings("NullAway.Init") // picocli sets it
	private CommandSpec spec;

	@Override
	public Integer call() {
		AgentAddress agent = AgentAddress.of(this.address);
		LoadSettings settings = settings(agent);
		BenchReport report = check(agent, settings);
		try (LoadGenerator generator = new LoadGenerator(settings)) {
			Interruption interruption = Interruption.endsWith(generator::stop);
			try {
				LoadResult result = run(generator);
				print(report, result);
				return status(report, result, agent);
			}
			finally {
				interruption.close();
			}
		}
	}

	private LoadResult run(LoadGenerator generator) {
		try (BenchProgress progress = new BenchProgress(this.spec.commandLine().getErr(), this.quiet)) {
			return generator.run(progress::print);
		}
	}

	private void print(BenchReport report, LoadResult result) {
		PrintWriter out = this.spec.commandLine().getOut();
		if (this.json) {
			report.writeJson(result, out);
		}
		else {
			report.print(result, out);
		}
	}

	private int status(BenchReport report, LoadResult result, AgentAddress agent) {
		if (result.end() == LoadResult.End.UNREACHABLE) {
			throw new CommandException(ExitStatus.UNAVAILABLE, agent + " could not be reached any more for "
					+ TimeConverter.text(this.options.timeout()) + ", so the load ended early.");
		}
		return report.isGood(result) ? ExitStatus.GOOD : ExitStatus.NO;
	}

	private LoadSettings settings(AgentAddress agent) {
		int rate = (this.rate != null) ? atLeast(1, this.rate, "--rate", 10_000_000) : 0;
		int connections = atLeast(1, this.connections, "--connections", 100_000);
		int threads = (this.threads != null) ? atLeast(1, this.threads, "--threads", 1024)
				: Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
		if (this.requests != null && this.requests < 1) {
			throw wrong("--requests", "at least 1");
		}
		Duration warmUp = (this.warmUp != null) ? this.warmUp
				: (this.requests != null) ? Duration.ZERO : Duration.ofSeconds(2);
		return new LoadSettings(agent.address(), tls(agent), hello(), messages(), connections,
				atLeast(1, this.inFlight, "--in-flight", 10_000), rate,
				(this.requests != null) ? this.requests : Long.MAX_VALUE, warmUp, this.duration, this.options.timeout(),
				Math.min(threads, connections));
	}

	private int atLeast(int least, int number, String option, int most) {
		if (number < least || number > most) {
			throw wrong(option, least + " to " + most);
		}
		return number;
	}

	private static CommandException wrong(String option, String range) {
		return new CommandException(ExitStatus.USAGE, "The number of " + option + " is " + range + ".");
	}

	private @Nullable Function<Channel, SslHandler> tls(AgentAddress agent) {
		SslContext context = this.options.sslContext(agent);
		String serverName = this.options.serverName();
		if (context == null) {
			return null;
		}
		if (agent.address() instanceof InetSocketAddress tcp) {
			String name = (serverName != null) ? serverName : tcp.getHostString();
			return (channel) -> context.newHandler(channel.alloc(), name, tcp.getPort());
		}
		return (channel) -> (serverName != null) ? context.newHandler(channel.alloc(), serverName, 0)
				: context.newHandler(channel.alloc());
	}

	private Frame.HaproxyHello hello() {
		Set<Capability> capabilities = this.options.version().isAtLeast(3, 1) ? Set.of(Capability.PIPELINING)
				: Set.of(Capability.PIPELINING, Capability.ASYNC);
		return new Frame.HaproxyHello(List.of(Frame.VERSION), MAX_FRAME_SIZE, capabilities,
				UUID.randomUUID().toString(), false);
	}

	private LoadMessages messages() {
		if (this.recording != null) {
			if (this.message != null || this.body > 0) {
				throw new CommandException(ExitStatus.USAGE,
						"--recording has the messages: leave out either it, or the message and --body.");
			}
			return LoadMessages.recorded(this.recording);
		}
		if (this.body < 0) {
			throw wrong("--body", "at least 0");
		}
		List<NotifyMessage> messages = (this.message != null) ? MessageText.read(this.message, this.arguments)
				: MessageText.read("check-client-ip", List.of("ip=ip:192.0.2.1"));
		return LoadMessages.of((this.body > 0) ? withBody(messages) : messages);
	}

	private List<NotifyMessage> withBody(List<NotifyMessage> messages) {
		List<NotifyMessage> result = new ArrayList<>(messages);
		NotifyMessage first = messages.get(0);
		List<Argument> arguments = new ArrayList<>();
		first.arguments().forEach(arguments::add);
		arguments.add(new Argument("body", SpopValue.of(new byte[this.body])));
		result.set(0, NotifyMessage.of(first.name(), arguments.toArray(Argument[]::new)));
		return result;
	}

	/** Send one NOTIFY, so that an agent that does not answer is found now. */
	private BenchReport check(AgentAddress agent, LoadSettings settings) {
		LoadMessages messages = settings.messages();
		try (SpopClient client = this.options.connect(agent)) {
			Frame.AgentHello hello = client.agentHello();
			if (messages.longestFrame() > hello.maxFrameSize()) {
				throw new CommandException(ExitStatus.DATA, "A NOTIFY of " + messages.longestFrame()
						+ " bytes does not fit into a frame: the agent takes " + hello.maxFrameSize() + " bytes.");
			}
			Actions actions = client.notify(messages.first())
				.timeout(this.options.timeout())
				.blockOptional()
				.orElseThrow();
			return new BenchReport(agent, settings, actions, hello.capabilities().contains(Capability.PIPELINING));
		}
		catch (RuntimeException ex) {
			throw AgentFailure.explain(agent, Exceptions.unwrap(ex), "ACK");
		}
	}

	private static final class WarmUpConverter implements ITypeConverter<Duration> {

		@Override
		public Duration convert(String text) {
			return text.equals("0") ? Duration.ZERO : new TimeConverter().convert(text);
		}

	}

}
