package io.spop.cli.capture;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Reads a pcapng file.
 */
final class PcapngReader implements PacketReader {

	static final int SECTION = 0x0A0D0D0A;

	private static final int BYTE_ORDER = 0x1A2B3C4D;

	private static final int INTERFACE = 1;

	private static final int PACKET = 2;

	private static final int SIMPLE_PACKET = 3;

	private static final int ENHANCED_PACKET = 6;

	/** The type, the length, and the length again. */
	private static final int MIN_BLOCK = 12;

	/** The fields of an enhanced packet block before the bytes of the packet. */
	private static final int PACKET_HEADER = 28;

	/** Blocks with packets and what describes them. */
	private static final int MAX_BLOCK = MAX_PACKET + 64 * 1024;

	/** Blocks that are skipped, such as those with names or keys. */
	private static final long MAX_SKIPPED = 64 * 1024 * 1024;

	private static final int MAX_INTERFACES = 4096;

	private final CaptureInput in;

	private final CaptureListener listener;

	private final Packet packet = new Packet();

	private final List<Interface> interfaces = new ArrayList<>();

	PcapngReader(CaptureInput in, CaptureListener listener) {
		this.in = in;
		this.listener = listener;
	}

	@Override
	public Packet packet() {
		return this.packet;
	}

	@Override
	public boolean next() throws IOException {
		while (true) {
			long offset = this.in.offset();
			int available = this.in.available(MIN_BLOCK);
			if (available == 0) {
				return false;
			}
			if (available < MIN_BLOCK) {
				this.listener.damaged(offset, this.in.skip(available), "the file ends within a block");
				return false;
			}
			int type = this.in.getInt(0);
			boolean known = type != SECTION || readByteOrder();
			long size = this.in.getUnsignedInt(4);
			if (!known || !isSize(size)) {
				skipDamaged(offset, "a block of " + size + " bytes");
				continue;
			}
			if (!isUsed(type)) {
				long skipped = this.in.skip(size);
				if (skipped < size) {
					this.listener.damaged(offset, skipped, "the file ends within a block");
				}
				continue;
			}
			if (size > MAX_BLOCK) {
				skipDamaged(offset, "a block of " + size + " bytes");
				continue;
			}
			if (this.in.available((int) size) < size) {
				skipDamaged(offset, "the file ends within a block");
				continue;
			}
			if (this.in.getInt((int) size - Integer.BYTES) != size) {
				skipDamaged(offset, "a block whose two lengths differ");
				continue;
			}
			String problem = read(type, (int) size);
			this.in.consume((int) size);
			if (problem == null) {
				return true;
			}
			if (!problem.isEmpty()) {
				this.listener.damaged(offset, size, problem);
			}
		}
	}

	private boolean readByteOrder() {
		int order = this.in.getInt(8);
		if (order == Integer.reverseBytes(BYTE_ORDER)) {
			this.in.littleEndian(!this.in.isLittleEndian());
			return true;
		}
		return order == BYTE_ORDER;
	}

	private static boolean isSize(long size) {
		return size >= MIN_BLOCK && size % Integer.BYTES == 0 && size <= MAX_SKIPPED;
	}

	private static boolean isUsed(int type) {
		return type == SECTION || type == INTERFACE || type == PACKET || type == SIMPLE_PACKET
				|| type == ENHANCED_PACKET;
	}

	/**
	 * Read a block.
	 * @return {@code null} if it has a packet, an empty text if it has none, else what is
	 * wrong
	 */
	private @Nullable String read(int type, int size) {
		return switch (type) {
			case SECTION -> {
				this.interfaces.clear();
				yield "";
			}
			case INTERFACE -> readInterface(size);
			case SIMPLE_PACKET -> readSimplePacket(size);
			default -> readPacket(type, size);
		};
	}

	private String readInterface(int size) {
		if (size < MIN_BLOCK + 8) {
			return "an interface without a link type";
		}
		if (this.interfaces.size() == MAX_INTERFACES) {
			return "a section with more than " + MAX_INTERFACES + " interfaces";
		}
		int resolution = 6;
		long seconds = 0;
		int index = 16;
		int end = size - Integer.BYTES;
		while (index + 4 <= end) {
			int option = this.in.getUnsignedShort(index);
			int length = this.in.getUnsignedShort(index + 2);
			if (option == 0 || index + 4 + length > end) {
				break;
			}
			if (option == 9 && length == 1) {
				resolution = this.in.getByte(index + 4);
			}
			else if (option == 14 && length == 8) {
				long first = this.in.getUnsignedInt(index + 4);
				long second = this.in.getUnsignedInt(index + 8);
				seconds = this.in.isLittleEndian() ? second << 32 | first : first << 32 | second;
			}
			index += 4 + (length + 3) / 4 * 4;
		}
		this.interfaces
			.add(new Interface(this.in.getUnsignedShort(8), this.in.getUnsignedInt(12), resolution, seconds));
		return "";
	}

	private @Nullable String readSimplePacket(int size) {
		if (this.interfaces.isEmpty() || size < MIN_BLOCK + 4) {
			return "a packet of no interface";
		}
		Interface of = this.interfaces.get(0);
		long length = this.in.getUnsignedInt(8);
		long captured = Math.min(length, size - MIN_BLOCK - 4);
		if (of.snapLength > 0) {
			captured = Math.min(captured, of.snapLength);
		}
		this.packet.time = null;
		this.packet.linkType = of.linkType;
		this.packet.set(this.in, 12, captured, length);
		return null;
	}

	private @Nullable String readPacket(int type, int size) {
		if (size < PACKET_HEADER + Integer.BYTES) {
			return "a packet without a header";
		}
		long number = (type == PACKET) ? this.in.getUnsignedShort(8) : this.in.getUnsignedInt(8);
		if (number >= this.interfaces.size()) {
			return "a packet of the unknown interface " + number;
		}
		long captured = this.in.getUnsignedInt(20);
		if (captured > size - PACKET_HEADER - Integer.BYTES) {
			return "a packet of " + captured + " bytes in a block of " + size;
		}
		Interface of = this.interfaces.get((int) number);
		this.packet.time = of.time(this.in.getUnsignedInt(12) << 32 | this.in.getUnsignedInt(16));
		this.packet.linkType = of.linkType;
		this.packet.set(this.in, PACKET_HEADER, captured, this.in.getUnsignedInt(24));
		return null;
	}

	/** Skip to the next block that is used and that has the same length at its end. */
	private void skipDamaged(long offset, String reason) throws IOException {
		do {
			this.in.consume(1);
		}
		while (this.in.available(MIN_BLOCK) == MIN_BLOCK && !startsBlock());
		if (this.in.available(MIN_BLOCK) < MIN_BLOCK) {
			this.in.skip(MIN_BLOCK);
		}
		this.listener.damaged(offset, this.in.offset() - offset, reason);
	}

	private boolean startsBlock() throws IOException {
		int type = this.in.getInt(0);
		if (type == SECTION) {
			int order = this.in.getInt(8);
			return order == BYTE_ORDER || order == Integer.reverseBytes(BYTE_ORDER);
		}
		long size = this.in.getUnsignedInt(4);
		return isUsed(type) && isSize(size) && size <= MAX_BLOCK && this.in.available((int) size) == size
				&& this.in.getInt((int) size - Integer.BYTES) == size;
	}

	/**
	 * An interface of a section.
	 *
	 * @param linkType the link type
	 * @param snapLength how much of each packet was recorded, or 0 for all
	 * @param resolution the unit of times, as the option if_tsresol has it
	 * @param seconds what is added to times
	 */
	private record Interface(int linkType, long snapLength, int resolution, long seconds) {

		private static final long NANOS = 1_000_000_000L;

		@Nullable Instant time(long ticks) {
			int exponent = this.resolution & 0x7F;
			long whole;
			long nanos;
			if (this.resolution > 0x7F) {
				if (exponent > 63) {
					return null;
				}
				whole = ticks >>> exponent;
				long rest = ticks - (whole << exponent);
				// 32 bits are more precise than nanoseconds
				nanos = (exponent > 32) ? ((rest >>> (exponent - 32)) * NANOS) >>> 32 : (rest * NANOS) >>> exponent;
			}
			else {
				if (exponent > 18) {
					return null;
				}
				long unit = power(exponent);
				whole = Long.divideUnsigned(ticks, unit);
				long rest = Long.remainderUnsigned(ticks, unit);
				nanos = (exponent <= 9) ? rest * power(9 - exponent) : rest / power(exponent - 9);
			}
			if (whole < 0 || whole > Integer.MAX_VALUE * 1024L || Math.abs(this.seconds) > Integer.MAX_VALUE * 1024L) {
				return null;
			}
			return Packet.time(whole + this.seconds, nanos);
		}

		private static long power(int exponent) {
			long power = 1;
			for (int i = 0; i < exponent; i++) {
				power *= 10;
			}
			return power;
		}

	}

}
