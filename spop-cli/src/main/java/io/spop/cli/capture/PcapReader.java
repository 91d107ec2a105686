package io.spop.cli.capture;

import java.io.IOException;

/**
 * Reads a pcap file. The format has no marks by which a reader finds the next packet
 * behind damaged bytes: this one looks for two headers in a row that make sense.
 */
final class PcapReader implements PacketReader {

	static final int MICROSECONDS = 0xA1B2C3D4;

	static final int NANOSECONDS = 0xA1B23C4D;

	private static final int FILE_HEADER = 24;

	private static final int RECORD_HEADER = 16;

	/** How far apart the times of two packets are for bytes to make sense, in seconds. */
	private static final long MAX_PAUSE = 24 * 60 * 60;

	private final CaptureInput in;

	private final CaptureListener listener;

	private final Packet packet = new Packet();

	private boolean nanoseconds;

	private boolean begun;

	private long lastSeconds = -1;

	PcapReader(CaptureInput in, CaptureListener listener) {
		this.in = in;
		this.listener = listener;
	}

	@Override
	public Packet packet() {
		return this.packet;
	}

	@Override
	public boolean next() throws IOException {
		if (!this.begun && !begin()) {
			return false;
		}
		while (true) {
			int header = this.in.available(RECORD_HEADER);
			if (header == 0) {
				return false;
			}
			long offset = this.in.offset();
			if (header < RECORD_HEADER) {
				this.listener.damaged(offset, this.in.skip(header), "the file ends within a packet");
				return false;
			}
			long seconds = this.in.getUnsignedInt(0);
			long fraction = this.in.getUnsignedInt(4);
			long captured = this.in.getUnsignedInt(8);
			long length = this.in.getUnsignedInt(12);
			if (captured > MAX_PACKET || fraction >= (this.nanoseconds ? 1_000_000_000 : 1_000_000)) {
				skipDamaged(offset, (captured > MAX_PACKET) ? "a packet of " + captured + " bytes"
						: "a packet whose time has a fraction of " + fraction);
				continue;
			}
			int size = RECORD_HEADER + (int) captured;
			int available = this.in.available(size);
			if (available < size) {
				// The header may be the wrong one, with packets behind it
				skipDamaged(offset, "the file ends within a packet");
				continue;
			}
			this.lastSeconds = seconds;
			this.packet.time = Packet.time(seconds, this.nanoseconds ? fraction : fraction * 1000);
			this.packet.set(this.in, RECORD_HEADER, captured, length);
			this.in.consume(size);
			return true;
		}
	}

	private boolean begin() throws IOException {
		this.begun = true;
		int available = this.in.available(FILE_HEADER);
		if (available < FILE_HEADER) {
			this.listener.damaged(0, this.in.skip(available), "the file ends within its header");
			return false;
		}
		int magic = this.in.getInt(0);
		boolean bigEndian = magic == MICROSECONDS || magic == NANOSECONDS;
		this.in.littleEndian(!bigEndian);
		this.nanoseconds = this.in.getInt(0) == NANOSECONDS;
		this.packet.linkType = this.in.getInt(20) & 0xFFFF;
		this.in.consume(FILE_HEADER);
		return true;
	}

	private void skipDamaged(long offset, String reason) throws IOException {
		this.in.consume(1);
		while (this.in.available(RECORD_HEADER) == RECORD_HEADER && !startsPacket()) {
			this.in.consume(1);
		}
		if (this.in.available(RECORD_HEADER) < RECORD_HEADER) {
			this.in.skip(RECORD_HEADER);
		}
		this.listener.damaged(offset, this.in.offset() - offset, reason);
	}

	private boolean startsPacket() throws IOException {
		if (!isHeader(0)) {
			return false;
		}
		int size = RECORD_HEADER + this.in.getInt(8);
		int available = this.in.available(size + RECORD_HEADER);
		return available == size || (available == size + RECORD_HEADER && isHeader(size));
	}

	private boolean isHeader(int index) {
		long seconds = this.in.getUnsignedInt(index);
		long captured = this.in.getUnsignedInt(index + 8);
		return captured > 0 && captured <= MAX_PACKET && captured <= this.in.getUnsignedInt(index + 12)
				&& this.in.getUnsignedInt(index + 12) <= MAX_PACKET
				&& this.in.getUnsignedInt(index + 4) < (this.nanoseconds ? 1_000_000_000 : 1_000_000)
				&& (this.lastSeconds < 0 || Math.abs(seconds - this.lastSeconds) <= MAX_PAUSE);
	}

}
