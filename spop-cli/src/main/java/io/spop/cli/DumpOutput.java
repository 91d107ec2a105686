package io.spop.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

import io.spop.recording.RecordingEntry.Sender;
import org.jspecify.annotations.Nullable;

/**
 * Prints what a file has.
 */
interface DumpOutput {

	/** The next lines are those of a file. */
	void file(String name);

	void frame(ShownFrame frame);

	void event(Event event);

	/**
	 * Print the last line of a file.
	 * @param numbers what was counted, in the order in which it is told
	 * @param text the same as sentences
	 */
	void summary(Map<String, Long> numbers, String text);

	/**
	 * A frame and what is known of it.
	 *
	 * @param at where it is
	 * @param frame the frame
	 * @param fragments the number of fragments that it was joined from, or 0
	 * @param sinceNotify the time from a NOTIFY to this ACK
	 * @param unasked whether this is an ACK for which no NOTIFY waits
	 */
	record ShownFrame(At at, WireFrame frame, int fragments, @Nullable Duration sinceNotify, boolean unasked) {

	}

	/**
	 * Anything but a frame.
	 *
	 * @param kind a word for programs
	 * @param at where it is
	 * @param properties what programs may want to know, by name
	 * @param text what happened, for people
	 */
	record Event(String kind, At at, Map<String, Object> properties, String text) {

	}

	/**
	 * A place in a file.
	 *
	 * @param time the time
	 * @param connection the number of the connection
	 * @param sender the side that sent the bytes
	 * @param streamOffset the offset in what this side sent, or -1
	 * @param fileOffset the offset in the file, or -1
	 */
	record At(@Nullable Instant time, @Nullable Long connection, @Nullable Sender sender, long streamOffset,
			long fileOffset) {

		static At file(@Nullable Instant time, long offset) {
			return new At(time, null, null, -1, offset);
		}

		static At connection(@Nullable Instant time, long connection) {
			return new At(time, connection, null, -1, -1);
		}

		@Nullable String place() {
			String inFile = "byte " + this.fileOffset + " of the file";
			if (this.streamOffset < 0) {
				return (this.fileOffset < 0) ? null : inFile;
			}
			String inStream = "byte " + this.streamOffset + " of what " + name() + " sent";
			return (this.fileOffset < 0) ? inStream : inFile + ", " + inStream;
		}

		String name() {
			return (this.sender == Sender.HAPROXY) ? "HAProxy" : "the agent";
		}

	}

}
