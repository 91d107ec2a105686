package io.spop.cli;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.PushbackInputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

import io.spop.cli.capture.Capture;
import io.spop.protocol.LogText;
import io.spop.recording.RecordingReader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Prints the frames of a recording or a capture.
 */
@Command(name = "dump", mixinStandardHelpOptions = true,
		description = "Prints the frames of a recording of spop, or of a pcap or pcapng file of tcpdump or Wireshark. "
				+ "The file may be compressed by gzip.",
		footer = { "",
				"Exit status: 0 if everything was decoded, 1 if something is missing or cannot be decoded, "
						+ "which is shown.",
				"", "Examples:", "  spop dump day.spop", "  spop dump --message check-client-ip day.spop",
				"  spop dump --json capture.pcapng", "  tcpdump -i lo -s 0 -U -w - tcp port 12345 | spop dump -" })
final class DumpCommand implements Callable<Integer> {

	private static final int MAGIC = 8;

	private static final byte FIRST_OF_HEADER = (byte) 0x89;

	/**
	 * How many bytes are searched for a recording whose beginning is missing, which has a
	 * header each 1 MiB.
	 */
	private static final int MAX_SEARCHED = 2 * 1024 * 1024;

	/** How long the program that writes to the standard input has to end on Ctrl-C. */
	private static final long PATIENCE_MILLIS = 2000;

	@Parameters(paramLabel = "FILE", arity = "1..*", description = "A recording or capture, - for the standard input.")
	private List<String> files = List.of();

	@Option(names = "--json", description = "Print a JSON object for each frame and event, one in a line.")
	private boolean json;

	@Option(names = "--whole", description = "Do not cut long values. JSON always has them whole.")
	private boolean whole;

	@Option(names = "--prefix", paramLabel = "PREFIX",
			description = "The var-prefix of HAProxy's configuration, to print variables as HAProxy's rules name them.")
	private String prefix = "";

	@Option(names = { "-m", "--message" }, paramLabel = "MESSAGE",
			description = "Only NOTIFYs with this message, and their ACKs.")
	private Set<String> messages = new LinkedHashSet<>();

	@Option(names = "--stream", paramLabel = "ID", description = "Only frames of this stream.")
	private Set<String> streams = new LinkedHashSet<>();

	@Option(names = "--connection", paramLabel = "N", description = "Only this connection.")
	private Set<Long> connections = new LinkedHashSet<>();

	@Option(names = "--type", paramLabel = "TYPE",
			description = "Only frames of this type, such as NOTIFY or AGENT-HELLO.")
	private Set<String> types = new LinkedHashSet<>();

	@Option(names = "--from", paramLabel = "TIME", converter = InstantConverter.class,
			description = "Only from this time on, such as 2026-11-27T09:00:00Z.")
	private @Nullable Instant from;

	@Option(names = "--to", paramLabel = "TIME", converter = InstantConverter.class,
			description = "Only before this time.")
	private @Nullable Instant to;

	@Option(names = "--port", paramLabel = "PORT",
			description = "In a capture, take the connections to this port as SPOP, and skip others. Without it, the bytes "
					+ "of a connection say whether it is SPOP.")
	private int port;

	@Spec
	@SuppressWarnings("NullAway.Init") // picocli sets it
	private CommandSpec spec;

	private volatile boolean stopped;

	@Override
	public Integer call() {
		if (this.port < 0 || this.port > 65535) {
			throw new CommandException(ExitStatus.USAGE, "A port is 1 to 65535, not " + this.port + ".");
		}
		if (this.from != null && this.to != null && !this.from.isBefore(this.to)) {
			throw new CommandException(ExitStatus.USAGE,
					"No time is from " + this.from + " on and before " + this.to + ".");
		}
		DumpFilter filter = DumpFilter.of(this.messages, this.streams, this.connections, this.types, this.from,
				this.to);
		CountDownLatch ended = new CountDownLatch(1);
		Interruption interruption = Interruption.endsWith(() -> stop(ended));
		try {
			int status = dump(filter);
			// On Ctrl-C, the JVM ends as soon as the interruption is closed
			this.spec.commandLine().getOut().flush();
			return status;
		}
		finally {
			ended.countDown();
			interruption.close();
		}
	}

	/** End at the next bytes, or at the end of the program that writes them. */
	private void stop(CountDownLatch ended) {
		this.stopped = true;
		try {
			if (!ended.await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
				Runtime.getRuntime().halt(130);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private int dump(DumpFilter filter) {
		PrintWriter out = this.spec.commandLine().getOut();
		int status = ExitStatus.GOOD;
		for (String file : this.files) {
			DumpOutput output = this.json ? new DumpJson(out, this.prefix) : new DumpText(out, this.prefix, this.whole);
			if (this.files.size() > 1) {
				output.file(file);
			}
			try {
				Dump dump = new Dump(filter, output);
				dump(file, dump);
				status = (status == ExitStatus.GOOD && !dump.isComplete()) ? ExitStatus.NO : status;
			}
			catch (CommandException ex) {
				if (ex.status() == ExitStatus.BROKEN_PIPE || this.files.size() == 1) {
					throw ex;
				}
				out.flush();
				this.spec.commandLine().getErr().println(ex.getMessage());
				status = (status <= ExitStatus.NO) ? ex.status() : status;
			}
		}
		return status;
	}

	private void dump(String file, Dump dump) {
		String name = file.equals("-") ? "The standard input" : "'" + LogText.message(file) + "'";
		try (InputStream in = open(file)) {
			dump(name, in, dump, false);
		}
		catch (IOException ex) {
			throw new CommandException(ExitStatus.IO_ERROR, name + " cannot be read: " + Sentences.of(ex) + ".");
		}
	}

	private void dump(String name, InputStream bytes, Dump dump, boolean unpacked) throws IOException {
		PushbackInputStream in = new PushbackInputStream(bytes, MAGIC);
		byte[] magic = in.readNBytes(MAGIC);
		in.unread(magic);
		if (magic.length == 0) {
			throw new CommandException(ExitStatus.DATA, name + " is empty.");
		}
		if (!unpacked && magic.length > 1 && magic[0] == 0x1F && magic[1] == (byte) 0x8B) {
			unpack(name, in, dump);
			return;
		}
		if (RecordingReader.isRecording(magic)) {
			dump.recording(in);
		}
		else if (Capture.isCapture(magic)) {
			dump.capture(in, this.port);
		}
		else {
			byte[] beginning = in.readNBytes(MAX_SEARCHED);
			if (!hasHeader(beginning)) {
				throw new CommandException(ExitStatus.DATA,
						name + " is neither a recording of spop nor a pcap or pcapng file"
								+ (unpacked ? " compressed by gzip." : "."));
			}
			dump.recording(new SequenceInputStream(new ByteArrayInputStream(beginning), in));
		}
	}

	private static boolean hasHeader(byte[] bytes) {
		for (int i = 0; i <= bytes.length - MAGIC; i++) {
			if (bytes[i] == FIRST_OF_HEADER && RecordingReader.isRecording(Arrays.copyOfRange(bytes, i, i + MAGIC))) {
				return true;
			}
		}
		return false;
	}

	private void unpack(String name, InputStream in, Dump dump) throws IOException {
		try {
			dump(name, new GZIPInputStream(in, 64 * 1024), dump, true);
		}
		catch (EOFException | ZipException ex) {
			if (!dump.hasBegun()) {
				throw new CommandException(ExitStatus.DATA, name + " is damaged: gzip cannot unpack it.");
			}
			dump.endsEarly("gzip cannot unpack the rest of the file");
		}
	}

	private InputStream open(String file) throws IOException {
		if (file.equals("-")) {
			return new Input(System.in);
		}
		try {
			Path path = Path.of(file);
			if (Files.isDirectory(path)) {
				throw new CommandException(ExitStatus.NO_INPUT, "'" + LogText.message(file) + "' is a directory.");
			}
			return new Input(Files.newInputStream(path));
		}
		catch (InvalidPathException ex) {
			throw new CommandException(ExitStatus.NO_INPUT, "'" + LogText.message(file) + "' does not name a file.");
		}
		catch (IOException ex) {
			throw new CommandException(ExitStatus.NO_INPUT,
					"'" + LogText.message(file) + "' cannot be read: " + Sentences.of(ex) + ".");
		}
	}

	/**
	 * Input that ends on Ctrl-C. Before it waits for more bytes, what was decoded is
	 * shown.
	 */
	private final class Input extends InputStream {

		private final InputStream in;

		Input(InputStream in) {
			this.in = in;
		}

		@Override
		public int read() throws IOException {
			byte[] single = new byte[1];
			return (read(single, 0, 1) < 0) ? -1 : single[0] & 0xFF;
		}

		@Override
		public int read(byte[] bytes, int offset, int length) throws IOException {
			if (DumpCommand.this.stopped) {
				return -1;
			}
			if (this.in.available() == 0) {
				DumpCommand.this.spec.commandLine().getOut().flush();
			}
			return this.in.read(bytes, offset, length);
		}

		@Override
		public int available() throws IOException {
			return this.in.available();
		}

		@Override
		public void close() throws IOException {
			this.in.close();
		}

	}

}
