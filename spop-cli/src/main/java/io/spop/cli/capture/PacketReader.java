package io.spop.cli.capture;

import java.io.IOException;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * Reads the packets of a file.
 */
interface PacketReader {

	/** Longer packets do not exist; tcpdump records at most 256 KiB of a packet. */
	int MAX_PACKET = 1024 * 1024;

	/**
	 * Read the next packet.
	 * @return whether there is one
	 */
	boolean next() throws IOException;

	/** The packet, which is valid until the next one is read. */
	Packet packet();

	/**
	 * A packet.
	 */
	final class Packet {

		/** 9999-12-31T23:59:59Z. */
		private static final long MAX_SECONDS = 253_402_300_799L;

		@Nullable Instant time;

		int linkType;

		byte[] array = new byte[0];

		int start;

		/**
		 * Behind the last byte in the file, which may be before the end of the packet.
		 */
		int end;

		/** The length that the packet had on the wire. */
		long length;

		/** The offset of the first byte in the file. */
		long offset;

		void set(CaptureInput in, int index, long captured, long length) {
			this.array = in.array();
			this.start = in.position() + index;
			this.end = this.start + (int) captured;
			this.length = length;
			this.offset = in.offset() + index;
		}

		/** The offset in the file of an index in the array. */
		long offset(int index) {
			return this.offset + index - this.start;
		}

		static @Nullable Instant time(long seconds, long nanos) {
			return (seconds < 0 || seconds > MAX_SECONDS) ? null : Instant.ofEpochSecond(seconds, nanos);
		}

	}

}
