package io.spop.recording;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * An entry of a recording. Entries stand in the order in which they were written, which
 * is the order of their times for the entries of one connection, but for {@link Opened}
 * in further files. Later versions may add kinds of entries.
 *
 * @since 0.1.0
 * @see RecordingReader
 */
public sealed interface RecordingEntry {

	/**
	 * A connection was opened. Each file of a recording has this entry, with the same
	 * time, before its first other entry of the connection. A damaged recording may have
	 * entries of a connection without this one.
	 *
	 * @param time when the connection was opened, in microseconds
	 * @param connection the number of the connection, unique within the recording
	 * @param listener the name of the agent's listener, or what the recorder calls it
	 * @param peer the address of HAProxy, empty if unknown, as for a UNIX socket
	 * @param redacted the names of the arguments whose values are left out: the recorded
	 * NOTIFYs have NULL in their place
	 */
	record Opened(Instant time, long connection, String listener, String peer,
			List<String> redacted) implements RecordingEntry {

		/**
		 * Create an entry.
		 */
		public Opened {
			Objects.requireNonNull(time, "time");
			Objects.requireNonNull(listener, "listener");
			Objects.requireNonNull(peer, "peer");
			for (String argument : Objects.requireNonNull(redacted, "redacted")) {
				Objects.requireNonNull(argument, "an element of redacted");
			}
			redacted = List.copyOf(redacted);
		}

		/**
		 * Create an entry of a recording that leaves out no values.
		 * @param time when the connection was opened, in microseconds
		 * @param connection the number of the connection, unique within the recording
		 * @param listener the name of the agent's listener, or what the recorder calls it
		 * @param peer the address of HAProxy, empty if unknown, as for a UNIX socket
		 */
		public Opened(Instant time, long connection, String listener, String peer) {
			this(time, connection, listener, peer, List.of());
		}

	}

	/**
	 * A frame.
	 *
	 * @param time when the frame was received from HAProxy, or sent to HAProxy, in
	 * microseconds
	 * @param connection the number of the connection
	 * @param sender who sent the frame
	 * @param bytes the bytes of the frame with its length prefix, not copied. They are
	 * what was sent, except for values that were left out on purpose, and need not be a
	 * valid frame
	 */
	record RecordedFrame(Instant time, long connection, Sender sender, byte[] bytes) implements RecordingEntry {

		/**
		 * Create an entry.
		 */
		public RecordedFrame {
			Objects.requireNonNull(time, "time");
			Objects.requireNonNull(sender, "sender");
			Objects.requireNonNull(bytes, "bytes");
		}

		@Override
		public boolean equals(@Nullable Object other) {
			return other instanceof RecordedFrame frame && this.time.equals(frame.time)
					&& this.connection == frame.connection && this.sender == frame.sender
					&& Arrays.equals(this.bytes, frame.bytes);
		}

		@Override
		public int hashCode() {
			return Objects.hash(this.time, this.connection, this.sender, Arrays.hashCode(this.bytes));
		}

	}

	/**
	 * A connection was closed.
	 *
	 * @param time when the connection was closed, in microseconds
	 * @param connection the number of the connection
	 */
	record Closed(Instant time, long connection) implements RecordingEntry {

		/**
		 * Create an entry.
		 */
		public Closed {
			Objects.requireNonNull(time, "time");
		}

	}

	/**
	 * Entries are missing here, because the recorder could not write them in time, or
	 * could not read the frames whose values it had to leave out.
	 *
	 * @param time when the recorder noted it, in microseconds
	 * @param count the number of entries that are missing
	 */
	record Missing(Instant time, long count) implements RecordingEntry {

		/**
		 * Create an entry.
		 */
		public Missing {
			Objects.requireNonNull(time, "time");
		}

	}

	/**
	 * Bytes of the file that are not an entry, for example because the recorder was
	 * killed while it wrote. Reading goes on behind them.
	 *
	 * @param offset where the bytes begin in the file, from 0
	 * @param length the number of bytes
	 * @param reason what is wrong with them
	 */
	record Damaged(long offset, long length, String reason) implements RecordingEntry {

		/**
		 * Create an entry.
		 */
		public Damaged {
			Objects.requireNonNull(reason, "reason");
		}

	}

	/**
	 * The sender of a frame.
	 */
	enum Sender {

		/** HAProxy, or a client that plays HAProxy. */
		HAPROXY,

		/** The agent. */
		AGENT

	}

}
