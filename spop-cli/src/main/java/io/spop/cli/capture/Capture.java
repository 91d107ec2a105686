package io.spop.cli.capture;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The SPOP in a pcap or pcapng file, whatever its size: memory is bounded, and what would
 * need more is told to the listener.
 *
 * @since 0.1.0
 */
public final class Capture {

	private static final int ETHERNET = 1;

	private static final int LINUX_COOKED = 113;

	private static final int LINUX_COOKED_2 = 276;

	private static final int IPV4 = 0x0800;

	private static final int IPV6 = 0x86DD;

	private static final int TCP = 6;

	private final PacketReader reader;

	private final CaptureListener listener;

	private final TcpConnections connections;

	private final Segment segment = new Segment();

	private final Set<Integer> unsupported = new HashSet<>();

	private long fragments;

	/**
	 * Create a capture.
	 * @param in the bytes of the file
	 * @param port the port of the agent, by which connections are recognized; 0 to
	 * recognize them by their bytes
	 * @param listener receives what the capture has
	 */
	public Capture(InputStream in, int port, CaptureListener listener) {
		this.listener = Objects.requireNonNull(listener, "listener");
		CaptureInput input = new CaptureInput(Objects.requireNonNull(in, "in"));
		this.reader = new DetectingReader(input, listener);
		this.connections = new TcpConnections(port, listener);
	}

	/**
	 * Return whether a file begins as a pcap or pcapng file does.
	 * @param bytes the first bytes of the file, at least 4
	 * @return whether this is a capture
	 */
	public static boolean isCapture(byte[] bytes) {
		if (bytes.length < Integer.BYTES) {
			return false;
		}
		int magic = ByteBuffer.wrap(bytes).getInt();
		return magic == PcapngReader.SECTION || isPcap(magic);
	}

	private static boolean isPcap(int magic) {
		int reversed = Integer.reverseBytes(magic);
		return magic == PcapReader.MICROSECONDS || magic == PcapReader.NANOSECONDS
				|| reversed == PcapReader.MICROSECONDS || reversed == PcapReader.NANOSECONDS;
	}

	/**
	 * Read the whole file.
	 * @throws IOException if the bytes cannot be read; the listener has what came before
	 */
	public void read() throws IOException {
		boolean more = true;
		while (more) {
			more = next();
		}
	}

	/**
	 * Read the next packet.
	 * @return {@code false} at the end of the file
	 * @throws IOException if the bytes cannot be read; the listener has what came before
	 */
	public boolean next() throws IOException {
		boolean more = false;
		try {
			more = this.reader.next();
		}
		finally {
			if (!more) {
				this.connections.finish();
			}
		}
		if (more) {
			decode(this.reader.packet());
		}
		return more;
	}

	/**
	 * Return how many TCP connections were skipped since they do not speak SPOP.
	 * @return the number of connections
	 */
	public long otherConnections() {
		return this.connections.others();
	}

	/**
	 * Return how many of the skipped TCP connections are encrypted.
	 * @return the number of connections
	 */
	public long tlsConnections() {
		return this.connections.encrypted();
	}

	/**
	 * Return how many fragments of IP packets were skipped.
	 * @return the number of fragments
	 */
	public long ipFragments() {
		return this.fragments;
	}

	private void decode(PacketReader.Packet packet) {
		int network = network(packet);
		if (network < 0 || network >= packet.end) {
			return;
		}
		switch ((packet.array[network] & 0xFF) >> 4) {
			case 4 -> decodeIpv4(packet, network);
			case 6 -> decodeIpv6(packet, network);
			default -> {
			}
		}
	}

	/** Return where the header of IP begins, or -1 if there is none. */
	private int network(PacketReader.Packet packet) {
		return switch (packet.linkType) {
			case ETHERNET -> behindTags(packet, packet.start + 12, packet.start + 14);
			case LINUX_COOKED -> behindTags(packet, packet.start + 14, packet.start + 16);
			case LINUX_COOKED_2 -> behindTags(packet, packet.start, packet.start + 20);
			// BSD's loopback
			case 0, 108 -> packet.start + 4;
			// IP without another header
			case 12, 14, 101, 228, 229 -> packet.start;
			default -> {
				if (this.unsupported.size() < 16 && this.unsupported.add(packet.linkType)) {
					this.listener.unsupported(packet.time, packet.offset,
							"packets of the link type " + packet.linkType + " are skipped; Ethernet, Linux cooked "
									+ "(tcpdump -i any), loopback and raw IP are known");
				}
				yield -1;
			}
		};
	}

	/** Return where IP begins behind tags of VLANs. */
	private static int behindTags(PacketReader.Packet packet, int typeIndex, int payloadIndex) {
		int typeAt = typeIndex;
		int payloadAt = payloadIndex;
		while (payloadAt + 4 <= packet.end) {
			int type = unsignedShort(packet.array, typeAt);
			if (type == IPV4 || type == IPV6) {
				return payloadAt;
			}
			if (type != 0x8100 && type != 0x88A8 && type != 0x9100) {
				return -1;
			}
			typeAt = payloadAt + 2;
			payloadAt += 4;
		}
		return -1;
	}

	private void decodeIpv4(PacketReader.Packet packet, int start) {
		byte[] array = packet.array;
		if (packet.end - start < 20) {
			return;
		}
		int headerLength = (array[start] & 0xF) * 4;
		if (headerLength < 20 || array[start + 9] != TCP) {
			return;
		}
		if ((unsignedShort(array, start + 6) & 0x3FFF) != 0) {
			fragment(packet);
			return;
		}
		this.segment.source(0x4_0000_0000L, unsignedInt(array, start + 12));
		this.segment.target(0x4_0000_0000L, unsignedInt(array, start + 16));
		int total = unsignedShort(array, start + 2);
		// Packets that the network card splits have no length
		long length = (total == 0) ? wireLength(packet, start) : total;
		decodeTcp(packet, start + headerLength, length - headerLength);
	}

	private void decodeIpv6(PacketReader.Packet packet, int start) {
		byte[] array = packet.array;
		if (packet.end - start < 40) {
			return;
		}
		int payload = unsignedShort(array, start + 4);
		long end = start + ((payload == 0) ? wireLength(packet, start) : 40 + payload);
		this.segment.source(unsignedLong(array, start + 8), unsignedLong(array, start + 16));
		this.segment.target(unsignedLong(array, start + 24), unsignedLong(array, start + 32));
		int header = array[start + 6] & 0xFF;
		int index = start + 40;
		while (header != TCP) {
			if (packet.end - index < 8) {
				return;
			}
			int next = array[index] & 0xFF;
			switch (header) {
				case 0, 43, 60, 135, 139, 140 -> index += ((array[index + 1] & 0xFF) + 1) * 8;
				case 51 -> index += ((array[index + 1] & 0xFF) + 2) * 4;
				case 44 -> {
					if ((unsignedShort(array, index + 2) & 0xFFF9) != 0) {
						if (next == TCP) {
							fragment(packet);
						}
						return;
					}
					index += 8;
				}
				default -> {
					return;
				}
			}
			header = next;
		}
		decodeTcp(packet, index, end - index);
	}

	private static long wireLength(PacketReader.Packet packet, int start) {
		return Math.max(packet.length - (start - packet.start), packet.end - start);
	}

	private void fragment(PacketReader.Packet packet) {
		if (this.fragments++ == 0) {
			this.listener.unsupported(packet.time, packet.offset,
					"fragments of IP packets are skipped, from this one on");
		}
	}

	/** Decode a segment of TCP, of which the file may have only the beginning. */
	private void decodeTcp(PacketReader.Packet packet, int start, long length) {
		byte[] array = packet.array;
		if (packet.end - start < 20) {
			return;
		}
		int headerLength = ((array[start + 12] & 0xFF) >> 4) * 4;
		long payload = length - headerLength;
		if (headerLength < 20 || payload < 0 || payload > PacketReader.MAX_PACKET) {
			return;
		}
		Segment segment = this.segment;
		segment.time = packet.time;
		segment.sourcePort = unsignedShort(array, start);
		segment.targetPort = unsignedShort(array, start + 2);
		segment.sequence = (int) unsignedInt(array, start + 4);
		segment.acknowledged = (int) unsignedInt(array, start + 8);
		segment.flags = array[start + 13];
		segment.array = array;
		segment.start = Math.min(start + headerLength, packet.end);
		segment.end = (int) Math.min(packet.end, segment.start + payload);
		segment.cut = (int) (payload - (segment.end - segment.start));
		segment.offset = packet.offset(segment.start);
		this.connections.segment(segment);
	}

	private static int unsignedShort(byte[] array, int index) {
		return ((array[index] & 0xFF) << 8) | (array[index + 1] & 0xFF);
	}

	private static long unsignedInt(byte[] array, int index) {
		return (long) unsignedShort(array, index) << 16 | unsignedShort(array, index + 2);
	}

	private static long unsignedLong(byte[] array, int index) {
		return unsignedInt(array, index) << 32 | unsignedInt(array, index + 4);
	}

	/**
	 * A segment of TCP. There is one object for all.
	 */
	static final class Segment {

		static final int FIN = 1;

		static final int SYN = 2;

		static final int RST = 4;

		static final int ACK = 16;

		@Nullable Instant time;

		long sourceHigh;

		long sourceLow;

		int sourcePort;

		long targetHigh;

		long targetLow;

		int targetPort;

		int sequence;

		int acknowledged;

		int flags;

		byte[] array = new byte[0];

		int start;

		int end;

		/** The number of bytes at the end that the file does not have. */
		int cut;

		/** The offset in the file of the first byte. */
		long offset;

		void source(long high, long low) {
			this.sourceHigh = high;
			this.sourceLow = low;
		}

		void target(long high, long low) {
			this.targetHigh = high;
			this.targetLow = low;
		}

		boolean has(int flag) {
			return (this.flags & flag) != 0;
		}

	}

	/**
	 * Knows the format by the first bytes.
	 */
	private static final class DetectingReader implements PacketReader {

		private final CaptureInput in;

		private final CaptureListener listener;

		private @Nullable PacketReader reader;

		DetectingReader(CaptureInput in, CaptureListener listener) {
			this.in = in;
			this.listener = listener;
		}

		@Override
		public boolean next() throws IOException {
			return reader().next();
		}

		@Override
		public Packet packet() {
			return Objects.requireNonNull(this.reader).packet();
		}

		private PacketReader reader() throws IOException {
			PacketReader reader = this.reader;
			if (reader == null) {
				boolean pcap = this.in.available(Integer.BYTES) == Integer.BYTES && isPcap(this.in.getInt(0));
				reader = pcap ? new PcapReader(this.in, this.listener) : new PcapngReader(this.in, this.listener);
				this.reader = reader;
			}
			return reader;
		}

	}

}
