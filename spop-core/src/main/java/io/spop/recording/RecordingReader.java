package io.spop.recording;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;

import org.jspecify.annotations.Nullable;

/**
 * Reads a recording, entry after entry. It reads any bytes: what is not an entry is
 * returned as {@link RecordingEntry.Damaged}, and reading goes on at the next header. The
 * reader needs memory for one entry.
 *
 * <p>
 * Not safe for use by several threads at once.
 *
 * @since 0.1.0
 */
public final class RecordingReader implements AutoCloseable {

	private static final int MIN_BUFFER = 64 * 1024;

	private final InputStream in;

	private final CRC32C checksum = new CRC32C();

	private byte[] buffer = new byte[MIN_BUFFER];

	/** The index of the first byte in the buffer that has not been used. */
	private int start;

	/** The index behind the last byte in the buffer. */
	private int end;

	/** The offset in the file of the first byte in the buffer. */
	private long offset;

	/** Whether the bytes up to the next header are not entries. */
	private boolean lost = true;

	/**
	 * Create a reader.
	 * @param in the bytes of the recording, which {@link #close()} closes
	 */
	public RecordingReader(InputStream in) {
		this.in = Objects.requireNonNull(in, "in");
	}

	/**
	 * Open a recording.
	 * @param path the file
	 * @return a reader
	 * @throws IOException if the file cannot be opened
	 */
	public static RecordingReader open(Path path) throws IOException {
		return new RecordingReader(Files.newInputStream(Objects.requireNonNull(path, "path")));
	}

	/**
	 * Return whether a file begins as a recording of any version does.
	 * @param bytes the first bytes of the file, at least 8
	 * @return whether this is a recording
	 */
	public static boolean isRecording(byte[] bytes) {
		return Objects.requireNonNull(bytes, "bytes").length >= RecordingFormat.HEADER_LENGTH
				&& RecordingFormat.isHeader(bytes, 0);
	}

	/**
	 * Read the next entry.
	 * @return the entry, or {@code null} at the end
	 * @throws IOException if the bytes cannot be read
	 */
	public @Nullable RecordingEntry next() throws IOException {
		while (true) {
			if (this.lost) {
				RecordingEntry.Damaged damaged = skipToHeader();
				if (damaged != null) {
					return damaged;
				}
			}
			if (available(RecordingFormat.HEADER_LENGTH) == 0) {
				return null;
			}
			if (available(RecordingFormat.HEADER_LENGTH) == RecordingFormat.HEADER_LENGTH
					&& RecordingFormat.isHeader(this.buffer, this.start)) {
				int version = this.buffer[this.start + RecordingFormat.VERSION_INDEX];
				if (version != RecordingFormat.header()[RecordingFormat.VERSION_INDEX]) {
					return lose(RecordingFormat.HEADER_LENGTH, "Version " + version + " of the format is not known");
				}
				this.start += RecordingFormat.HEADER_LENGTH;
				continue;
			}
			return readEntry();
		}
	}

	/**
	 * Return the offset in the file behind the entry that was read last. The frame of a
	 * {@link RecordingEntry.RecordedFrame} ends four bytes before it.
	 * @return the offset, from 0
	 */
	public long offset() {
		return this.offset + this.start;
	}

	private @Nullable RecordingEntry readEntry() throws IOException {
		int least = RecordingFormat.PREFIX_LENGTH + RecordingFormat.CHECKSUM_LENGTH;
		if (available(least) < least) {
			return lose(0, "The file ends within an entry");
		}
		ByteBuffer entry = ByteBuffer.wrap(this.buffer, this.start, least).slice();
		int length = entry.getInt();
		if (length < 0 || length > RecordingFormat.MAX_CONTENT) {
			return lose(0, "An entry has 0 to " + RecordingFormat.MAX_CONTENT + " bytes, not "
					+ Integer.toUnsignedString(length));
		}
		int size = least + length;
		if (available(size) < size) {
			return lose(0, "The file ends within an entry");
		}
		this.checksum.reset();
		this.checksum.update(this.buffer, this.start, size - RecordingFormat.CHECKSUM_LENGTH);
		ByteBuffer whole = ByteBuffer.wrap(this.buffer, this.start, size).slice();
		if ((int) this.checksum.getValue() != whole.getInt(size - RecordingFormat.CHECKSUM_LENGTH)) {
			return lose(0, "The checksum of an entry is wrong");
		}
		RecordingEntry decoded = decode(whole.position(Integer.BYTES).limit(size - RecordingFormat.CHECKSUM_LENGTH));
		if (decoded == null) {
			RecordingEntry.Damaged unknown = new RecordingEntry.Damaged(this.offset + this.start, size,
					"An entry of type " + Byte.toUnsignedInt(whole.get(Integer.BYTES)) + " cannot be read");
			this.start += size;
			return unknown;
		}
		this.start += size;
		return decoded;
	}

	private static @Nullable RecordingEntry decode(ByteBuffer entry) {
		int type = entry.get();
		Instant time = Instant.EPOCH.plus(entry.getLong(), ChronoUnit.MICROS);
		long connection = Integer.toUnsignedLong(entry.getInt());
		return switch (type) {
			case RecordingFormat.OPENED -> {
				List<String> texts = texts(entry);
				yield (texts != null && texts.size() >= 2) ? new RecordingEntry.Opened(time, connection, texts.get(0),
						texts.get(1), texts.subList(2, texts.size())) : null;
			}
			case RecordingFormat.FRAME_OF_HAPROXY ->
				new RecordingEntry.RecordedFrame(time, connection, RecordingEntry.Sender.HAPROXY, rest(entry));
			case RecordingFormat.FRAME_OF_AGENT ->
				new RecordingEntry.RecordedFrame(time, connection, RecordingEntry.Sender.AGENT, rest(entry));
			case RecordingFormat.CLOSED -> new RecordingEntry.Closed(time, connection);
			case RecordingFormat.MISSING ->
				(entry.remaining() >= Long.BYTES) ? new RecordingEntry.Missing(time, entry.getLong()) : null;
			default -> null;
		};
	}

	private static @Nullable List<String> texts(ByteBuffer entry) {
		List<String> texts = new ArrayList<>();
		while (entry.hasRemaining()) {
			int length = (entry.remaining() < Integer.BYTES) ? -1 : entry.getInt();
			if (length < 0 || length > entry.remaining()) {
				return null;
			}
			byte[] bytes = new byte[length];
			entry.get(bytes);
			texts.add((length == 0) ? "" : new String(bytes, StandardCharsets.UTF_8));
		}
		return texts;
	}

	private static byte[] rest(ByteBuffer entry) {
		byte[] bytes = new byte[entry.remaining()];
		entry.get(bytes);
		return bytes;
	}

	/**
	 * Skip the bytes up to the next header.
	 * @return the bytes that were skipped at the beginning of the file, where a header
	 * has to be, or {@code null} if there are none
	 */
	private RecordingEntry.@Nullable Damaged skipToHeader() throws IOException {
		this.lost = false;
		if (available(1) == 0) {
			return null;
		}
		long from = this.offset + this.start;
		long skipped = skip(0);
		return (skipped > 0) ? new RecordingEntry.Damaged(from, skipped, "A recording begins with a header") : null;
	}

	/** Return the bytes up to the next header as damaged. */
	private RecordingEntry.Damaged lose(int atLeast, String reason) throws IOException {
		long from = this.offset + this.start;
		return new RecordingEntry.Damaged(from, skip(atLeast), reason);
	}

	private long skip(int atLeast) throws IOException {
		long from = this.offset + this.start;
		this.start += atLeast;
		while (available(RecordingFormat.HEADER_LENGTH) == RecordingFormat.HEADER_LENGTH) {
			int last = this.end - RecordingFormat.HEADER_LENGTH;
			for (; this.start <= last; this.start++) {
				if (RecordingFormat.isHeader(this.buffer, this.start)) {
					return this.offset + this.start - from;
				}
			}
		}
		this.start = this.end;
		return this.offset + this.start - from;
	}

	/** Read until the buffer holds some bytes that have not been used. */
	private int available(int wanted) throws IOException {
		if (this.end - this.start < wanted) {
			fill(wanted);
		}
		return Math.min(this.end - this.start, wanted);
	}

	private void fill(int wanted) throws IOException {
		int unused = this.end - this.start;
		System.arraycopy(this.buffer, this.start, this.buffer, 0, unused);
		this.offset += this.start;
		this.start = 0;
		this.end = unused;
		while (this.end < wanted) {
			if (this.end == this.buffer.length) {
				// Not at once as many as are wanted: the length may be wrong, and the
				// file short
				this.buffer = Arrays.copyOf(this.buffer,
						Math.min(2 * this.buffer.length, Math.max(wanted, MIN_BUFFER)));
			}
			int read = this.in.read(this.buffer, this.end, this.buffer.length - this.end);
			if (read < 0) {
				return;
			}
			this.end += read;
		}
	}

	@Override
	public void close() throws IOException {
		this.in.close();
	}

}
