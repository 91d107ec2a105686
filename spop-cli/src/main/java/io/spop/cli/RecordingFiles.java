package io.spop.cli;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

import io.spop.cli.capture.Capture;
import io.spop.protocol.LogText;
import io.spop.recording.RecordingEntry;
import io.spop.recording.RecordingReader;
import org.jspecify.annotations.Nullable;

/**
 * The entries of several files, one file after the other. The files are sorted by the
 * time of their first entry, since a shell sorts {@code day.spop*} with the newest file
 * first.
 */
final class RecordingFiles implements AutoCloseable {

	static final String STANDARD_INPUT = "-";

	/** The length of the header of a recording. */
	static final int HEADER_LENGTH = 8;

	private final Deque<String> files;

	private @Nullable Entries reader;

	private String file = "";

	private RecordingFiles(List<String> files) {
		this.files = new ArrayDeque<>(files);
	}

	/**
	 * Open files.
	 * @param files the names of the files, or {@code -} alone for the standard input
	 * @return the files, of which each could be opened, if there are several
	 * @throws CommandException if a file cannot be read or is not a recording
	 */
	static RecordingFiles open(List<String> files) {
		if (files.size() == 1) {
			return new RecordingFiles(files);
		}
		if (files.contains(STANDARD_INPUT)) {
			throw new CommandException(ExitStatus.USAGE, "The standard input (-) cannot be read together with files.");
		}
		record Start(String file, Instant time) {
		}
		List<Start> starts = new ArrayList<>();
		for (String file : files) {
			try (Entries reader = reader(file)) {
				starts.add(new Start(file, firstTime(reader)));
			}
			catch (IOException ex) {
				throw unreadable(file, ex);
			}
		}
		starts.sort(Comparator.comparing(Start::time));
		return new RecordingFiles(starts.stream().map(Start::file).toList());
	}

	private static Instant firstTime(Entries reader) throws IOException {
		Instant opened = Instant.MAX;
		for (RecordingEntry entry = reader.next(); entry != null; entry = reader.next()) {
			Instant time = time(entry);
			if (time != null && !(entry instanceof RecordingEntry.Opened)) {
				return time;
			}
			// A connection may have been opened before the file began
			opened = (time != null) ? time : opened;
		}
		return opened;
	}

	/**
	 * Return the time of an entry.
	 * @param entry the entry
	 * @return the time, or {@code null} for bytes that are not an entry
	 */
	static @Nullable Instant time(RecordingEntry entry) {
		if (entry instanceof RecordingEntry.RecordedFrame frame) {
			return frame.time();
		}
		if (entry instanceof RecordingEntry.Opened opened) {
			return opened.time();
		}
		if (entry instanceof RecordingEntry.Closed closed) {
			return closed.time();
		}
		return (entry instanceof RecordingEntry.Missing missing) ? missing.time() : null;
	}

	/**
	 * Return the name of the file that the last entry is from.
	 * @return the name
	 */
	String file() {
		return this.file;
	}

	/**
	 * Read the next entry.
	 * @return the entry, or {@code null} at the end of the last file
	 * @throws CommandException if a file cannot be read or is not a recording
	 */
	@Nullable RecordingEntry next() {
		try {
			while (true) {
				if (this.reader == null) {
					String next = this.files.poll();
					if (next == null) {
						return null;
					}
					this.file = next;
					this.reader = reader(next);
				}
				RecordingEntry entry = this.reader.next();
				if (entry != null) {
					return entry;
				}
				close();
			}
		}
		catch (IOException ex) {
			throw unreadable(this.file, ex);
		}
	}

	private static Entries reader(String file) throws IOException {
		InputStream in = new BufferedInputStream(
				file.equals(STANDARD_INPUT) ? System.in : Files.newInputStream(Path.of(file)));
		in.mark(HEADER_LENGTH);
		byte[] start = in.readNBytes(HEADER_LENGTH);
		in.reset();
		if (start.length == 0 || RecordingReader.isRecording(start)) {
			return new RecordingEntries(new RecordingReader(in));
		}
		if (Capture.isCapture(start)) {
			return new CaptureEntries(in);
		}
		in.close();
		throw new CommandException(ExitStatus.DATA, "'" + LogText.message(file)
				+ "' is neither a recording of spop nor a pcap or pcapng file. 'spop tap' makes recordings.");
	}

	private static CommandException unreadable(String file, IOException ex) {
		return new CommandException(ExitStatus.NO_INPUT,
				"'" + LogText.message(file) + "' cannot be read: " + Sentences.of(ex) + ".");
	}

	@Override
	public void close() throws IOException {
		if (this.reader != null) {
			this.reader.close();
			this.reader = null;
		}
	}

	/**
	 * The entries of one file.
	 */
	interface Entries extends AutoCloseable {

		/**
		 * Read the next entry.
		 * @return the entry, or {@code null} at the end
		 */
		@Nullable RecordingEntry next() throws IOException;

		@Override
		void close() throws IOException;

	}

	private record RecordingEntries(RecordingReader reader) implements Entries {

		@Override
		public @Nullable RecordingEntry next() throws IOException {
			return this.reader.next();
		}

		@Override
		public void close() throws IOException {
			this.reader.close();
		}

	}

}
