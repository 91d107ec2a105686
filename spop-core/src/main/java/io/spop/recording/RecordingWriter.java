package io.spop.recording;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * Writes a recording. An existing file is continued. Each entry goes to the file in one
 * write, so that a reader at the same time, or after a crash, finds whole entries but for
 * the last one.
 *
 * <p>
 * A new file can be read and written by its owner alone, because frames have what HAProxy
 * was told to send, such as cookies and tokens.
 *
 * <p>
 * Not safe for use by several threads at once. Methods block while the disk is slow, so
 * an event loop must not call them.
 *
 * @since 0.1.0
 */
public final class RecordingWriter implements AutoCloseable {

	/** A reader that finds damaged bytes goes on at the next header. */
	private static final long HEADER_INTERVAL = 1024 * 1024;

	private final Path path;

	private final long maxSize;

	private final int maxFiles;

	private final CRC32C checksum = new CRC32C();

	private ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);

	private FileChannel channel;

	/** The size of the file at which the next header is due. */
	private long nextHeader;

	/**
	 * Open a recording to append to it, with no limit of its size.
	 * @param path the file
	 * @throws IOException if the file cannot be opened
	 */
	public RecordingWriter(Path path) throws IOException {
		this(path, Long.MAX_VALUE, 1);
	}

	/**
	 * Open a recording to append to it. Once the file has reached its size, it is
	 * renamed: {@code day.spop} becomes {@code day.spop.1}, {@code day.spop.1} becomes
	 * {@code day.spop.2} and so on, and the oldest is deleted.
	 * @param path the file
	 * @param maxSize the size at which a file is renamed, in bytes, at least 1
	 * @param maxFiles the number of files that are kept, with the one that is written, at
	 * least 1
	 * @throws IOException if the file cannot be opened
	 */
	public RecordingWriter(Path path, long maxSize, int maxFiles) throws IOException {
		this.path = Objects.requireNonNull(path, "path");
		if (maxSize < 1 || maxFiles < 1) {
			throw new IllegalArgumentException(
					"A recording has at least 1 byte and 1 file, not " + maxSize + " bytes and " + maxFiles + " files");
		}
		this.maxSize = maxSize;
		this.maxFiles = maxFiles;
		this.channel = open();
	}

	private FileChannel open() throws IOException {
		FileChannel opened;
		try {
			opened = FileChannel.open(this.path,
					Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND),
					ownerOnly());
		}
		catch (UnsupportedOperationException ex) {
			opened = FileChannel.open(this.path, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
					StandardOpenOption.APPEND);
		}
		this.nextHeader = 0;
		return opened;
	}

	private static FileAttribute<?>[] ownerOnly() {
		return new FileAttribute<?>[] {
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")) };
	}

	/**
	 * Write an entry.
	 * @param entry the entry, not a {@link RecordingEntry.Damaged}
	 * @throws IOException if the entry cannot be written; the file may then end in the
	 * middle of the entry, and the next entry begins with a header
	 * @throws IllegalArgumentException if the entry is a {@link RecordingEntry.Damaged},
	 * or too long: a frame of more than 16 MiB
	 */
	public void write(RecordingEntry entry) throws IOException {
		Objects.requireNonNull(entry, "entry");
		long size = this.channel.size();
		if (size >= this.maxSize) {
			rename();
			size = this.channel.size();
		}
		this.buffer.clear();
		if (size >= this.nextHeader) {
			this.buffer.put(RecordingFormat.header());
		}
		encode(entry);
		this.buffer.flip();
		long headerAt = this.nextHeader;
		// If this fails, the file may end with a part of the entry, behind which only a
		// header is found
		this.nextHeader = 0;
		while (this.buffer.hasRemaining()) {
			this.channel.write(this.buffer);
		}
		this.nextHeader = (size >= headerAt) ? size + HEADER_INTERVAL : headerAt;
	}

	private void encode(RecordingEntry entry) {
		if (entry instanceof RecordingEntry.RecordedFrame frame) {
			int type = (frame.sender() == RecordingEntry.Sender.HAPROXY) ? RecordingFormat.FRAME_OF_HAPROXY
					: RecordingFormat.FRAME_OF_AGENT;
			put(type, frame.time(), frame.connection(), frame.bytes());
		}
		else if (entry instanceof RecordingEntry.Opened opened) {
			byte[] listener = opened.listener().getBytes(StandardCharsets.UTF_8);
			byte[] peer = opened.peer().getBytes(StandardCharsets.UTF_8);
			byte[] content = ByteBuffer.allocate(2 * Integer.BYTES + listener.length + peer.length)
				.putInt(listener.length)
				.put(listener)
				.putInt(peer.length)
				.put(peer)
				.array();
			put(RecordingFormat.OPENED, opened.time(), opened.connection(), content);
		}
		else if (entry instanceof RecordingEntry.Closed closed) {
			put(RecordingFormat.CLOSED, closed.time(), closed.connection(), new byte[0]);
		}
		else if (entry instanceof RecordingEntry.Missing missing) {
			byte[] content = ByteBuffer.allocate(Long.BYTES).putLong(missing.count()).array();
			put(RecordingFormat.MISSING, missing.time(), 0, content);
		}
		else {
			throw new IllegalArgumentException("Damaged bytes cannot be written: " + entry);
		}
	}

	private void put(int type, Instant time, long connection, byte[] content) {
		if (content.length > RecordingFormat.MAX_CONTENT) {
			throw new IllegalArgumentException(
					"An entry has at most " + RecordingFormat.MAX_CONTENT + " bytes, not " + content.length);
		}
		if (connection >>> Integer.SIZE != 0) {
			throw new IllegalArgumentException("The number of a connection is 0 to 4294967295, not " + connection);
		}
		int length = RecordingFormat.PREFIX_LENGTH + content.length + RecordingFormat.CHECKSUM_LENGTH;
		if (this.buffer.remaining() < length) {
			byte[] larger = Arrays.copyOf(this.buffer.array(), this.buffer.position() + length);
			this.buffer = ByteBuffer.wrap(larger).position(this.buffer.position());
		}
		int start = this.buffer.position();
		this.buffer.putInt(content.length)
			.put((byte) type)
			.putLong(ChronoUnit.MICROS.between(Instant.EPOCH, time))
			.putInt((int) connection)
			.put(content);
		this.checksum.reset();
		this.checksum.update(this.buffer.array(), start, this.buffer.position() - start);
		this.buffer.putInt((int) this.checksum.getValue());
	}

	private void rename() throws IOException {
		this.channel.close();
		if (this.maxFiles == 1) {
			Files.deleteIfExists(this.path);
		}
		else {
			for (int number = this.maxFiles - 1; number > 0; number--) {
				Path older = numbered(number - 1);
				if (Files.exists(older)) {
					Files.move(older, numbered(number), StandardCopyOption.REPLACE_EXISTING);
				}
			}
		}
		this.channel = open();
	}

	private Path numbered(int number) {
		return (number == 0) ? this.path : this.path.resolveSibling(this.path.getFileName() + "." + number);
	}

	/**
	 * Close the file.
	 */
	@Override
	public void close() throws IOException {
		this.channel.close();
	}

}
