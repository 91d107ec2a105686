package io.spop.recording;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.zip.CRC32C;

import org.jspecify.annotations.Nullable;

/**
 * Writes a recording. An existing file is continued. Each entry goes to the file in one
 * write, so that a reader at the same time, or after a crash, finds whole entries but for
 * the last one. A file has one writer at a time: it is locked against other processes
 * that use this class. When somebody moves or deletes the file, the next entry begins it
 * anew.
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

	/** Entries that have not been written. */
	private ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);

	private FileChannel channel;

	/** Identifies the file that is open, {@code null} where files have no identity. */
	private @Nullable Object key;

	/** The size of the file, with the entries in the buffer. */
	private long size;

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
		if (!isRecording()) {
			throw new IOException("The file exists, and is not a recording");
		}
		Set<StandardOpenOption> options = Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE,
				StandardOpenOption.APPEND);
		FileChannel opened;
		try {
			opened = FileChannel.open(this.path, options, ownerOnly());
		}
		catch (UnsupportedOperationException ex) {
			opened = FileChannel.open(this.path, options);
		}
		try {
			if (Files.isRegularFile(this.path)) {
				lock(opened);
			}
			this.size = opened.size();
			this.nextHeader = 0;
			this.key = Files.readAttributes(this.path, BasicFileAttributes.class).fileKey();
			return opened;
		}
		catch (IOException | RuntimeException ex) {
			opened.close();
			throw ex;
		}
	}

	/** Whether the file is new, or begins as a recording does. */
	private boolean isRecording() throws IOException {
		if (!Files.isRegularFile(this.path)) {
			return true;
		}
		try (InputStream in = Files.newInputStream(this.path)) {
			byte[] first = in.readNBytes(RecordingFormat.VERSION_INDEX);
			return Arrays.equals(first, Arrays.copyOf(RecordingFormat.header(), first.length));
		}
	}

	private static void lock(FileChannel channel) throws IOException {
		FileLock lock;
		try {
			// Behind all entries, since Windows lets nobody read what is locked
			lock = channel.tryLock(Long.MAX_VALUE - 1, 1, false);
		}
		catch (OverlappingFileLockException ex) {
			lock = null;
		}
		if (lock == null) {
			throw new IOException("Another recorder writes the file");
		}
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
		prepare();
		append(entry);
		flush();
	}

	/**
	 * Begin another file if this one is full, or if somebody has moved or deleted it.
	 * @return an object for the file, which is another one for another file
	 */
	Object prepare() throws IOException {
		if (isFull()) {
			flush();
			rename();
		}
		else if (this.buffer.position() == 0 && !isInPlace()) {
			this.channel.close();
			this.channel = open();
		}
		return this.channel;
	}

	private boolean isInPlace() throws IOException {
		try {
			return Objects.equals(this.key, Files.readAttributes(this.path, BasicFileAttributes.class).fileKey());
		}
		catch (NoSuchFileException ex) {
			return false;
		}
	}

	/**
	 * Append an entry to those that wait for {@link #flush()}. {@link #prepare()} comes
	 * before the first one.
	 * @param entry the entry
	 * @return the number of bytes that wait
	 */
	int append(RecordingEntry entry) {
		int before = this.buffer.position();
		encode(entry);
		this.size += this.buffer.position() - before;
		return this.buffer.position();
	}

	/**
	 * Write the entries that wait. If this fails, they are lost.
	 * @return the number of bytes
	 */
	int flush() throws IOException {
		this.buffer.flip();
		int waiting = this.buffer.remaining();
		long header = this.nextHeader;
		// If this fails, the file may end with a part of an entry, behind which only a
		// header is found
		this.nextHeader = 0;
		try {
			while (this.buffer.hasRemaining()) {
				this.channel.write(this.buffer);
			}
		}
		finally {
			this.buffer.clear();
		}
		this.nextHeader = header;
		return waiting;
	}

	private void encode(RecordingEntry entry) {
		if (entry instanceof RecordingEntry.RecordedFrame frame) {
			int type = (frame.sender() == RecordingEntry.Sender.HAPROXY) ? RecordingFormat.FRAME_OF_HAPROXY
					: RecordingFormat.FRAME_OF_AGENT;
			put(type, frame.time(), frame.connection(), frame.bytes());
		}
		else if (entry instanceof RecordingEntry.Opened opened) {
			List<String> texts = new ArrayList<>(List.of(opened.listener(), opened.peer()));
			texts.addAll(opened.redacted());
			put(RecordingFormat.OPENED, opened.time(), opened.connection(), encode(texts));
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

	private static byte[] encode(List<String> texts) {
		List<byte[]> encoded = texts.stream().map((text) -> text.getBytes(StandardCharsets.UTF_8)).toList();
		int size = encoded.stream().mapToInt((bytes) -> Integer.BYTES + bytes.length).sum();
		ByteBuffer content = ByteBuffer.allocate(size);
		encoded.forEach((bytes) -> content.putInt(bytes.length).put(bytes));
		return content.array();
	}

	private void put(int type, Instant time, long connection, byte[] content) {
		if (content.length > RecordingFormat.MAX_CONTENT) {
			throw new IllegalArgumentException(
					"An entry has at most " + RecordingFormat.MAX_CONTENT + " bytes, not " + content.length);
		}
		if (connection >>> Integer.SIZE != 0) {
			throw new IllegalArgumentException("The number of a connection is 0 to 4294967295, not " + connection);
		}
		int length = RecordingFormat.HEADER_LENGTH + RecordingFormat.PREFIX_LENGTH + content.length
				+ RecordingFormat.CHECKSUM_LENGTH;
		if (this.buffer.remaining() < length) {
			byte[] larger = Arrays.copyOf(this.buffer.array(), this.buffer.position() + length);
			this.buffer = ByteBuffer.wrap(larger).position(this.buffer.position());
		}
		if (this.size >= this.nextHeader) {
			this.buffer.put(RecordingFormat.header());
			this.nextHeader = this.size + HEADER_INTERVAL;
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
	 * Return whether the file has no entry yet.
	 */
	boolean isNew() {
		return this.size == 0;
	}

	/**
	 * Return whether the next entry goes to another file.
	 */
	boolean isFull() {
		return this.size >= this.maxSize;
	}

	/**
	 * Close the file.
	 */
	@Override
	public void close() throws IOException {
		this.channel.close();
	}

}
