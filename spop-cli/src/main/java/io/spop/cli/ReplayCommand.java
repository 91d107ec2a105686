package io.spop.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.spop.client.SpopClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import reactor.core.Exceptions;

/**
 * Sends the NOTIFYs of a recording to an agent and compares the answers with the recorded
 * ones.
 */
@Command(name = "replay", mixinStandardHelpOptions = true, customSynopsis = "spop replay [OPTIONS] FILE... ADDRESS",
		description = {
				"Sends the NOTIFYs of a recording to an agent, at the recorded times, and compares the variables "
						+ "that the ACKs set with those of the recorded ACKs.",
				"The exit status is 0 if all answers are equal, and 1 if there are differences or NOTIFYs without an answer." },
		footer = { "", "Examples:", "  spop replay day.spop 127.0.0.1:12345",
				"  spop replay --speed max --ignore sess.id,txn.time day.spop* unix:agent.sock",
				"  zcat day.spop.gz | spop replay --speed 10 - 127.0.0.1:12345" })
final class ReplayCommand implements Callable<Integer> {

	/** How long a replay has to end on Ctrl-C. */
	private static final long PATIENCE_MILLIS = 1000;

	@Parameters(paramLabel = "FILE... ADDRESS", arity = "2..*", hideParamSyntax = true,
			description = {
					"Recordings, such as 'spop tap' makes, or pcap or pcapng files; '-' is the standard input. "
							+ "They are sorted by their time, since rotated files belong together.",
					"The agent: " + AgentAddress.SYNTAX + "." })
	private List<String> parameters = List.of();

	@Option(names = "--speed", paramLabel = "FACTOR", defaultValue = "1", converter = Speed.class,
			description = "How much faster than recorded; 'max' or 0 for as fast as the agent answers. Default: 1.")
	private double speed = 1;

	@Option(names = "--connections", paramLabel = "N",
			description = "The number of connections to the agent, which the NOTIFYs are spread over. "
					+ "Default: a connection for each one of the recording.")
	private int connections;

	@Option(names = "--ignore", paramLabel = "VARIABLE", split = ",",
			description = "Variables not to compare, such as times and identifiers, named as in the output.")
	private Set<String> ignored = new LinkedHashSet<>();

	@Option(names = "--prefix", paramLabel = "PREFIX", defaultValue = "",
			description = "The var-prefix of HAProxy's configuration, to name variables as HAProxy's rules do.")
	private String prefix = "";

	@Option(names = "--limit", paramLabel = "N", defaultValue = "10",
			description = "How many different values to show of a variable. Default: ${DEFAULT-VALUE}.")
	private int limit;

	@Option(names = "--json", description = "Print the results as a JSON object.")
	private boolean json;

	@Mixin
	private AgentOptions agentOptions = new AgentOptions();

	@Spec
	@SuppressWarnings("NullAway.Init") // picocli sets it
	private CommandSpec spec;

	@Override
	public Integer call() throws IOException {
		if (this.connections < 0 || this.limit < 0) {
			throw new ParameterException(this.spec.commandLine(),
					"A number of connections or a limit is not negative.");
		}
		AgentAddress agent = AgentAddress.of(this.parameters.get(this.parameters.size() - 1));
		ReplayResults results = new ReplayResults(new Differences(this.prefix, this.ignored));
		try (RecordingFiles files = RecordingFiles.open(this.parameters.subList(0, this.parameters.size() - 1))) {
			Replay replay = new Replay(files, new RecordedTime(this.speed, this::sayPause), this.connections,
					this.agentOptions.timeout(), connector(agent), results);
			return run(replay, results);
		}
	}

	private ReplaySlot.Connector connector(AgentAddress agent) {
		return new ReplaySlot.Connector((maxFrameSize) -> connect(agent, maxFrameSize), this.agentOptions.timeout());
	}

	private SpopClient connect(AgentAddress agent, int maxFrameSize) {
		try {
			return this.agentOptions.client(agent).maxFrameSize(maxFrameSize).connect().blockOptional().orElseThrow();
		}
		catch (RuntimeException ex) {
			throw AgentFailure.explain(agent, Exceptions.unwrap(ex), "AGENT-HELLO");
		}
	}

	private int run(Replay replay, ReplayResults results) {
		long start = System.nanoTime();
		// On a thread of its own, since a read of a file may block for ever
		FutureTask<?> task = new FutureTask<>(Executors.callable(replay::run));
		try (Interruption interruption = Interruption.endsWith(() -> stop(replay, task))) {
			try {
				run(task);
			}
			catch (CommandException ex) {
				if (results.snapshot().sent() > 0) {
					print(results.snapshot(), start);
				}
				throw ex;
			}
			ReplayResults.Snapshot snapshot = results.snapshot();
			if (snapshot.sent() == 0 && !interruption.isInterrupted()) {
				throw new CommandException(ExitStatus.DATA, nothingSent(snapshot));
			}
			print(snapshot, start);
			return snapshot.isEqual() ? ExitStatus.GOOD : ExitStatus.NO;
		}
	}

	private static void run(FutureTask<?> task) {
		Thread thread = new Thread(task, "spop-replay");
		thread.setDaemon(true);
		thread.start();
		try {
			task.get();
		}
		catch (CancellationException | InterruptedException ex) {
			// Interrupted
		}
		catch (ExecutionException ex) {
			if (ex.getCause() instanceof RuntimeException failure) {
				throw failure;
			}
			if (ex.getCause() instanceof Error error) {
				throw error;
			}
			throw new IllegalStateException(ex);
		}
	}

	/** End the replay, or leave it alone if it waits for a file. */
	private static void stop(Replay replay, FutureTask<?> task) {
		replay.stop();
		try {
			task.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
		}
		catch (TimeoutException ex) {
			task.cancel(false);
		}
		catch (ExecutionException | InterruptedException ex) {
			// The command sees it
		}
	}

	private void print(ReplayResults.Snapshot snapshot, long start) {
		PrintWriter out = this.spec.commandLine().getOut();
		Duration duration = Duration.ofNanos(System.nanoTime() - start);
		if (this.json) {
			new JsonLines(out).write((json) -> new ReplayJson(snapshot).write(json, this.limit, duration));
		}
		else {
			new ReplayReport(out, snapshot).print(this.limit, duration);
		}
		out.flush();
	}

	private static String nothingSent(ReplayResults.Snapshot snapshot) {
		return snapshot.leftOut().isEmpty() ? "The recording has no NOTIFY."
				: "No NOTIFY of the recording could be sent: " + String.join(", ", ReplayReport.leftOut(snapshot))
						+ ".";
	}

	private void sayPause(Duration pause) {
		this.spec.commandLine()
			.getErr()
			.println("The recording has no NOTIFY for a while. The next one is sent in " + pause.toMinutes()
					+ " min; with '--speed max' there are no pauses.");
	}

	/**
	 * Reads a speed.
	 */
	static final class Speed implements ITypeConverter<Double> {

		@Override
		public Double convert(String text) {
			try {
				double speed = text.equals("max") ? 0 : Double.parseDouble(text);
				if (speed >= 0 && speed < Double.POSITIVE_INFINITY) {
					return (speed == 0) ? RecordedTime.MAX_SPEED : speed;
				}
			}
			catch (NumberFormatException ex) {
				// said below
			}
			throw new TypeConversionException("'" + text + "' is not a factor, such as 10 or 0.5, nor 'max'");
		}

	}

}
