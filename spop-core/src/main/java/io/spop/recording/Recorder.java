package io.spop.recording;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

import io.spop.protocol.SpopProtocolException;
import io.spop.recording.RecordingEntry.RecordedFrame;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records the frames of connections to a file, without making their event loops wait for
 * the disk. Frames go into a queue, and a thread writes them. When the disk is too slow,
 * and the queue is full, frames are dropped; the recording has a
 * {@link RecordingEntry.Missing} in their place. When the file cannot be written, for
 * example because the disk is full, frames are dropped, too, and the recorder opens the
 * file again every few seconds.
 *
 * <p>
 * Safe to use by any thread.
 *
 * @since 0.1.0
 */
public final class Recorder implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Recorder.class);

	/** The memory of an entry in the queue, besides its frame. */
	private static final int ENTRY_SIZE = 128;

	/** The number of bytes after which entries are written. */
	private static final int BATCH_SIZE = 64 * 1024;

	/**
	 * How long the thread lets entries gather, so that it is not woken for each of them.
	 */
	private static final long NAP_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

	private static final int RUNS = 0;

	private static final int NAPS = 1;

	private static final int SLEEPS = 2;

	private final Path file;

	private final long maxSize;

	private final int maxFiles;

	private final int maxQueued;

	private final RecordingFilter filter;

	private final Consumer<IOException> onFailure;

	private final Duration retryDelay;

	private final Duration closeTimeout;

	/** Makes the samples of two recorders differ. */
	private final long seed = ThreadLocalRandom.current().nextLong();

	private final AtomicLong connections;

	private final Queue<Queued> queue = new ConcurrentLinkedQueue<>();

	/** The number of bytes in the queue. */
	private final AtomicLong queued = new AtomicLong();

	/** The number of entries that are missing where the next one is added. */
	private final AtomicLong missing = new AtomicLong();

	private final AtomicLong dropped = new AtomicLong();

	private final AtomicLong written = new AtomicLong();

	private final AtomicLong bytes = new AtomicLong();

	private final AtomicLong unreadable = new AtomicLong();

	private final AtomicLong failures = new AtomicLong();

	private volatile @Nullable IOException failure;

	private final AtomicInteger state = new AtomicInteger(RUNS);

	private final AtomicBoolean closed = new AtomicBoolean();

	private final Thread thread;

	// Only the thread uses the following fields once it runs

	private @Nullable RecordingWriter writer;

	private long retryAt;

	/** The number of entries that are missing in the file at its end. */
	private long gap;

	/** The number of entries that the writer has, but that are not in the file yet. */
	private long unwritten;

	/** The number of missing entries that those entries tell. */
	private long unwrittenGap;

	/** Set when the time to close is over. */
	private volatile boolean abandoned;

	private Recorder(Builder builder) throws IOException {
		this.file = builder.file;
		this.maxSize = builder.maxSize;
		this.maxFiles = builder.maxFiles;
		this.maxQueued = builder.maxQueued;
		this.filter = builder.filter;
		this.onFailure = (builder.onFailure != null) ? builder.onFailure : this::log;
		this.retryDelay = builder.retryDelay;
		this.closeTimeout = builder.closeTimeout;
		RecordingWriter opened = open();
		this.writer = opened;
		// A file that is continued has connections with low numbers already
		this.connections = new AtomicLong(
				opened.isNew() ? 1 : ThreadLocalRandom.current().nextLong(1, 1L << Integer.SIZE));
		this.thread = new Thread(this::run, "spop-recorder");
		this.thread.setDaemon(true);
		this.thread.start();
	}

	private RecordingWriter open() throws IOException {
		return new RecordingWriter(this.file, this.maxSize, this.maxFiles);
	}

	/**
	 * Set up a recorder. An existing recording is continued.
	 * @param file the file of the recording
	 * @return a builder
	 */
	public static Builder builder(Path file) {
		return new Builder(file);
	}

	/**
	 * Record a connection that was opened now.
	 * @param listener the name of the agent's listener, or what the recorder calls it
	 * @param peer the address of HAProxy, empty if unknown, as for a UNIX socket
	 * @return records the frames of the connection
	 */
	public ConnectionRecorder connection(String listener, String peer) {
		long number = this.connections.getAndIncrement() & 0xFFFF_FFFFL;
		RecordingEntry.Opened opened = new RecordingEntry.Opened(Instant.now(), number, listener, peer,
				this.filter.redacted());
		ConnectionRecorder connection = new ConnectionRecorder(this, this.filter, opened, this.seed);
		if (reserve(0)) {
			add(connection, opened, 0);
		}
		return connection;
	}

	/**
	 * Return the file of the recording.
	 * @return the file
	 */
	public Path file() {
		return this.file;
	}

	/**
	 * Return the number of entries that were written.
	 * @return the number since the recorder was opened
	 */
	public long written() {
		return this.written.get();
	}

	/**
	 * Return the number of bytes that were written.
	 * @return the number since the recorder was opened
	 */
	public long bytes() {
		return this.bytes.get();
	}

	/**
	 * Return the number of entries that were dropped, because the disk was too slow or
	 * the file could not be written.
	 * @return the number since the recorder was opened
	 */
	public long dropped() {
		return this.dropped.get();
	}

	/**
	 * Return the number of frames that were not recorded, because they could not be read,
	 * and the filter has to read them.
	 * @return the number since the recorder was opened
	 */
	public long unreadable() {
		return this.unreadable.get();
	}

	/**
	 * Return how many times writing or opening the file has failed.
	 * @return the number since the recorder was opened
	 */
	public long failures() {
		return this.failures.get();
	}

	/**
	 * Return why nothing is recorded now.
	 * @return the exception, or {@code null} if the last write succeeded
	 */
	public @Nullable IOException failure() {
		return this.failure;
	}

	/**
	 * Reserve room in the queue for an entry.
	 * @param size the number of bytes of its frame
	 * @return {@code true} if the entry has to be added, {@code false} if it is dropped
	 */
	boolean reserve(int size) {
		if (this.closed.get()) {
			return false;
		}
		long more = (long) ENTRY_SIZE + size;
		if (size > RecordingFormat.MAX_CONTENT || this.queued.addAndGet(more) > this.maxQueued) {
			if (size <= RecordingFormat.MAX_CONTENT) {
				this.queued.addAndGet(-more);
			}
			lose(1);
			return false;
		}
		return true;
	}

	/**
	 * Add an entry for which there is room.
	 */
	void add(ConnectionRecorder connection, RecordingEntry entry, int size) {
		long missing = (this.missing.get() > 0) ? this.missing.getAndSet(0) : 0;
		this.queue.add(new Queued(connection, entry, size, missing));
		int state = this.state.get();
		if (state == SLEEPS || (state == NAPS && isHalfFull())) {
			wakeUp(state);
		}
	}

	private boolean isHalfFull() {
		return this.queued.get() > this.maxQueued / 2;
	}

	private void wakeUp(int state) {
		if (this.state.compareAndSet(state, RUNS)) {
			LockSupport.unpark(this.thread);
		}
	}

	private void lose(long count) {
		this.dropped.addAndGet(count);
		this.missing.addAndGet(count);
	}

	private void run() {
		boolean ends;
		do {
			ends = this.closed.get();
			boolean any = true;
			try {
				any = writeQueued();
			}
			catch (Throwable ex) {
				lose(1);
				logger.warn("An entry could not be recorded to {}", this.file, ex);
			}
			if (!ends) {
				rest(any);
			}
		}
		while (!ends);
		closeWriter();
	}

	private void rest(boolean briefly) {
		this.state.set(briefly ? NAPS : SLEEPS);
		if (briefly && !isHalfFull()) {
			LockSupport.parkNanos(this, NAP_NANOS);
		}
		else if (!briefly && this.queue.isEmpty()) {
			LockSupport.park(this);
		}
		this.state.set(RUNS);
	}

	/**
	 * Write all entries of the queue.
	 * @return whether there were any
	 */
	private boolean writeQueued() {
		boolean any = false;
		for (Queued next = this.queue.poll(); next != null; next = this.queue.poll()) {
			any = true;
			this.queued.addAndGet(-(ENTRY_SIZE + next.size()));
			this.gap += next.missing();
			write(next);
		}
		this.gap += this.missing.getAndSet(0);
		if (this.gap > 0) {
			append(null, null);
		}
		flush();
		return any;
	}

	private void write(Queued next) {
		RecordingEntry entry = next.entry();
		if (entry instanceof RecordedFrame frame) {
			try {
				entry = next.connection().filter(frame);
			}
			catch (SpopProtocolException ex) {
				this.unreadable.incrementAndGet();
				this.gap++;
				return;
			}
		}
		if (entry != null) {
			append(next.connection(), entry);
		}
	}

	/**
	 * Pass an entry to the writer. Before it go the number of entries that are missing,
	 * and, in each file, how the connection was opened.
	 */
	private void append(@Nullable ConnectionRecorder connection, @Nullable RecordingEntry entry) {
		int count = (entry != null) ? 1 : 0;
		RecordingWriter writer = writer();
		if (writer == null) {
			this.gap += count;
			this.dropped.addAndGet(count);
			return;
		}
		if (writer.isFull()) {
			flush();
		}
		this.unwritten += count;
		try {
			Object file = writer.prepare();
			if (this.gap > 0) {
				this.unwrittenGap += this.gap;
				writer.append(new RecordingEntry.Missing(Instant.now(), this.gap));
				this.gap = 0;
			}
			if (connection != null && connection.isNewIn(file) && !connection.opened().equals(entry)) {
				this.unwritten++;
				writer.append(connection.opened());
			}
			if (entry != null && writer.append(entry) >= BATCH_SIZE) {
				flush();
			}
		}
		catch (IOException ex) {
			failed(ex);
		}
	}

	/**
	 * Return the writer, which is opened again if the file could not be written before.
	 */
	private @Nullable RecordingWriter writer() {
		if (this.writer == null && System.nanoTime() - this.retryAt >= 0 && !this.abandoned) {
			try {
				this.writer = open();
			}
			catch (IOException ex) {
				failed(ex);
			}
		}
		return this.writer;
	}

	private void flush() {
		RecordingWriter writer = this.writer;
		if (writer == null) {
			return;
		}
		try {
			this.bytes.addAndGet(writer.flush());
			this.written.addAndGet(this.unwritten);
			this.unwritten = 0;
			this.unwrittenGap = 0;
			if (this.failure != null) {
				this.failure = null;
				logger.info("Recording to {} goes on", this.file);
			}
		}
		catch (IOException ex) {
			failed(ex);
		}
	}

	private void failed(IOException ex) {
		this.gap += this.unwritten + this.unwrittenGap;
		this.dropped.addAndGet(this.unwritten);
		this.unwritten = 0;
		this.unwrittenGap = 0;
		closeWriter();
		this.retryAt = System.nanoTime() + this.retryDelay.toNanos();
		this.failures.incrementAndGet();
		boolean first = this.failure == null;
		this.failure = ex;
		if (first && !this.abandoned) {
			this.onFailure.accept(ex);
		}
	}

	private void log(IOException ex) {
		logger.warn("Nothing is recorded to {} until it can be written again: {}", this.file, ex.toString());
	}

	private void closeWriter() {
		RecordingWriter writer = this.writer;
		this.writer = null;
		if (writer != null) {
			try {
				writer.close();
			}
			catch (IOException ex) {
				logger.debug("{} could not be closed: {}", this.file, ex.toString());
			}
		}
	}

	/**
	 * Write the entries of the queue, and close the file. Waits up to five seconds for
	 * the disk. Further frames are not recorded.
	 */
	@Override
	public void close() {
		this.closed.set(true);
		LockSupport.unpark(this.thread);
		if (Thread.currentThread() == this.thread) {
			return;
		}
		try {
			this.thread.join(this.closeTimeout.toMillis());
			if (this.thread.isAlive()) {
				this.abandoned = true;
				logger.warn("{} is closed before all entries are written: the disk does not answer", this.file);
				// Ends a write that blocks
				this.thread.interrupt();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * An entry in the queue.
	 *
	 * @param connection the connection of the entry
	 * @param entry the entry, before the filter
	 * @param size the number of bytes of its frame
	 * @param missing the number of entries that were dropped before it
	 */
	private record Queued(ConnectionRecorder connection, RecordingEntry entry, int size, long missing) {
	}

	/**
	 * The settings of a recorder.
	 */
	public static final class Builder {

		private final Path file;

		private long maxSize = Long.MAX_VALUE;

		private int maxFiles = 1;

		private int maxQueued = 8 * 1024 * 1024;

		private RecordingFilter filter = RecordingFilter.everything();

		private @Nullable Consumer<IOException> onFailure;

		private Duration retryDelay = Duration.ofSeconds(10);

		private Duration closeTimeout = Duration.ofSeconds(5);

		private Builder(Path file) {
			this.file = Objects.requireNonNull(file, "file");
		}

		/**
		 * Set when the file is renamed and another one begins, as
		 * {@link RecordingWriter#RecordingWriter(Path, long, int)} describes.
		 * @param maxSize the size at which a file is renamed, in bytes, at least 1;
		 * default no limit
		 * @param maxFiles the number of files that are kept, with the one that is
		 * written, at least 1
		 * @return this builder
		 */
		public Builder rotate(long maxSize, int maxFiles) {
			this.maxSize = maxSize;
			this.maxFiles = maxFiles;
			return this;
		}

		/**
		 * Set what is recorded.
		 * @param filter the filter; default {@link RecordingFilter#everything()}
		 * @return this builder
		 */
		public Builder filter(RecordingFilter filter) {
			this.filter = Objects.requireNonNull(filter, "filter");
			return this;
		}

		/**
		 * Set what to do when the file cannot be written any more. By default the
		 * recorder logs a line.
		 * @param callback called by the recorder's thread once, and again if the file
		 * could be written in the meantime
		 * @return this builder
		 */
		public Builder onFailure(Consumer<IOException> callback) {
			this.onFailure = Objects.requireNonNull(callback, "callback");
			return this;
		}

		/** Set how many bytes the queue may have, for tests. */
		Builder maxQueued(int maxQueued) {
			this.maxQueued = maxQueued;
			return this;
		}

		/** Set how long to wait until the file is opened again, for tests. */
		Builder retryDelay(Duration retryDelay) {
			this.retryDelay = retryDelay;
			return this;
		}

		/** Set how long to wait for the disk when the recorder is closed, for tests. */
		Builder closeTimeout(Duration closeTimeout) {
			this.closeTimeout = closeTimeout;
			return this;
		}

		/**
		 * Open the file.
		 * @return the recorder
		 * @throws IOException if the file cannot be opened, has other content than a
		 * recording, or is written by another recorder
		 * @throws IllegalArgumentException if a value of {@link #rotate} is below 1
		 */
		public Recorder open() throws IOException {
			return new Recorder(this);
		}

	}

}
