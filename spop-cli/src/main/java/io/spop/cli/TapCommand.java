package io.spop.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.netty.handler.ssl.SslContext;
import io.spop.recording.Recorder;
import io.spop.recording.RecordingFilter;
import io.spop.recording.RecordingReader;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Records what HAProxy and an agent say to each other.
 */
@Command(name = "tap", mixinStandardHelpOptions = true, description = {
		"Passes all bytes between HAProxy and an agent, and records the frames to a file until Ctrl-C.",
		"HAProxy connects to the tap instead of the agent. A slow or full disk does not delay the traffic: frames "
				+ "are then missing in the recording, which says how many." },
		footer = { "", "Examples:", "  spop tap --listen 127.0.0.1:12346 --to 127.0.0.1:12345 --out day.spop",
				"  spop tap --listen unix:tap.sock --to unix:agent.sock --out day.spop \\",
				"    --max-size 100m --max-files 5 --sample 0.1 --redact cookie,token" })
final class TapCommand implements Callable<Integer> {

	@Option(names = "--listen", required = true, paramLabel = "ADDRESS",
			description = "Where HAProxy connects to: host:port, [::1]:port or unix:PATH. :port is 127.0.0.1:port; "
					+ "the port 0 is a free one.")
	private String listen = "";

	@Option(names = "--to", required = true, paramLabel = "ADDRESS",
			description = "The agent: " + AgentAddress.SYNTAX + ". It may start later.")
	private String to = "";

	@Option(names = "--out", required = true, paramLabel = "FILE",
			description = "The recording. An existing one is continued. Only its owner can read a new one, since it has "
					+ "what HAProxy sends, such as cookies.")
	private String out = "";

	@Option(names = "--max-size", paramLabel = "SIZE", converter = SizeConverter.class,
			description = "The size at which FILE is renamed to FILE.1, FILE.1 to FILE.2 and so on, such as 100m.")
	private long maxSize = Long.MAX_VALUE;

	@Option(names = "--max-files", paramLabel = "N", defaultValue = "10",
			description = "How many files there are at most, with FILE. The oldest is deleted. Default: ${DEFAULT-VALUE}.")
	private int maxFiles;

	@Option(names = { "-m", "--message" }, paramLabel = "MESSAGE", split = ",",
			description = "Record only NOTIFYs with one of these messages, and their ACKs.")
	private List<String> messages = new ArrayList<>();

	@Option(names = "--redact", paramLabel = "ARGUMENT", split = ",",
			description = "Record NULL in place of the values of these arguments of any message, in upper or lower case; '' "
					+ "is an argument without a name. What the agent answers is recorded as it is.")
	private List<String> redacted = new ArrayList<>();

	@Option(names = "--sample", paramLabel = "RATE", defaultValue = "1",
			description = "Record only a part of the NOTIFYs, chosen at random, each with its ACK, such as 0.1.")
	private double sample = 1;

	@ArgGroup(validate = false, heading = "Options for an address that begins with tls:%n")
	private TlsOptions tls = new TlsOptions();

	@Spec
	@SuppressWarnings("NullAway.Init") // picocli sets it
	private CommandSpec spec;

	@Override
	public Integer call() throws Exception {
		AgentAddress listener = AgentAddress.ofListener(this.listen);
		AgentAddress agent = AgentAddress.ofLater(this.to);
		if (listener.address().equals(agent.address())) {
			throw new CommandException(ExitStatus.USAGE,
					"--listen and --to are the same address, so the tap would connect to itself.");
		}
		SslContext sslContext = this.tls.context(agent);
		RecordingFilter filter = filter();
		CountDownLatch end = new CountDownLatch(1);
		try (Interruption interruption = Interruption.endsWith(end::countDown)) {
			Recorder recorder = recorder(filter);
			Tap tap = new Tap(agent, sslContext, this.tls.serverName(), recorder);
			TapWatch watch = new TapWatch(tap, agent, recorder, err());
			try {
				SocketAddress address = listen(tap, listener);
				err().println("HAProxy can connect to " + text(address, listener) + ". What it and the agent at "
						+ agent + " say is recorded to " + this.out + " until Ctrl-C.");
				while (!interruption.isInterrupted()) {
					watch.look();
					end.await(1, TimeUnit.SECONDS);
				}
			}
			finally {
				tap.close();
				recorder.close();
			}
			watch.look();
			printSummary(tap, recorder);
		}
		return ExitStatus.GOOD;
	}

	private RecordingFilter filter() {
		if (this.maxFiles < 1) {
			throw wrong("--max-files is at least 1.");
		}
		if (!(this.sample > 0 && this.sample <= 1)) {
			throw wrong("--sample is more than 0 and at most 1.");
		}
		return RecordingFilter.everything().messages(this.messages).redact(this.redacted).sampleRate(this.sample);
	}

	private Recorder recorder(RecordingFilter filter) {
		try {
			Path file = Path.of(this.out);
			requireRecording(file);
			return Recorder.builder(file)
				.rotate(this.maxSize, this.maxFiles)
				.filter(filter)
				.onFailure((failure) -> err().println("Nothing is recorded, because " + this.out
						+ " cannot be written: " + Sentences.of(failure) + ". The traffic goes on."))
				.open();
		}
		catch (InvalidPathException ex) {
			throw wrong("'" + this.out + "' is not a path.");
		}
		catch (IOException ex) {
			throw new CommandException(ExitStatus.CANNOT_CREATE,
					"'" + this.out + "' cannot be written: " + Sentences.of(ex) + ".");
		}
	}

	private void requireRecording(Path file) throws IOException {
		if (!Files.isRegularFile(file) || Files.size(file) == 0) {
			return;
		}
		try (InputStream in = Files.newInputStream(file)) {
			if (!RecordingReader.isRecording(in.readNBytes(RecordingFiles.HEADER_LENGTH))) {
				throw new CommandException(ExitStatus.CANNOT_CREATE,
						"'" + this.out + "' exists and is not a recording: choose another name.");
			}
		}
	}

	private static SocketAddress listen(Tap tap, AgentAddress listener) {
		try {
			return tap.listen(listener.address());
		}
		catch (IOException ex) {
			throw new CommandException(ExitStatus.UNAVAILABLE,
					"It is not possible to listen on " + listener + ": " + Sentences.of(ex) + ".");
		}
	}

	private static String text(SocketAddress address, AgentAddress listener) {
		if (!(address instanceof InetSocketAddress tcp)) {
			return listener.toString();
		}
		String host = tcp.getAddress().getHostAddress();
		return ((host.indexOf(':') < 0) ? host : "[" + host + "]") + ":" + tcp.getPort();
	}

	private void printSummary(Tap tap, Recorder recorder) {
		PrintWriter out = this.spec.commandLine().getOut();
		out.printf(Locale.ROOT, "%,d connections passed %,d NOTIFYs and %,d ACKs.%n", tap.connections(), tap.notifies(),
				tap.acks());
		out.printf(Locale.ROOT, "%s has %,d more entries, %s.%n", this.out, recorder.written(),
				SizeConverter.text(recorder.bytes()));
		if (recorder.dropped() > 0) {
			out.printf(Locale.ROOT, "%,d entries are missing, because the disk was too slow or full.%n",
					recorder.dropped());
		}
		if (recorder.unreadable() > 0) {
			out.printf(Locale.ROOT,
					"%,d frames are missing, because --message and --redact cannot be applied to frames that are "
							+ "fragments or invalid.%n",
					recorder.unreadable());
		}
		if (tap.notConnected() > 0) {
			out.printf(Locale.ROOT, "%,d connections were closed, because the agent could not be reached.%n",
					tap.notConnected());
		}
		out.flush();
	}

	private PrintWriter err() {
		return this.spec.commandLine().getErr();
	}

	private ParameterException wrong(String message) {
		return new ParameterException(this.spec.commandLine(), message);
	}

}
