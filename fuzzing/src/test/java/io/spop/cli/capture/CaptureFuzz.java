package io.spop.cli.capture;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.spop.fuzzing.Input;
import io.spop.fuzzing.Pieces;
import org.jspecify.annotations.Nullable;

/**
 * Reads any bytes as pcap and pcapng files, and files with the packets of a conversation
 * that are cut, repeated and mixed up.
 */
class CaptureFuzz {

	@FuzzTest
	void capture(byte[] bytes) throws IOException {
		Input input = new Input(bytes);
		int choice = input.next();
		int port = ((choice & 4) == 0) ? 0 : 12345;
		byte[] file = switch (choice & 3) {
			case 0 -> input.rest();
			case 1 -> pcapng(packets(input));
			default -> pcap(packets(input), choice);
		};
		List<String> events = read(new ByteArrayInputStream(file), port, file.length);
		List<String> inPieces = read(new Pieces(file, 1 + (choice >> 3)), port, file.length);
		if (!events.equals(inPieces)) {
			throw new AssertionError(events + " became " + inPieces);
		}
	}

	private static List<String> read(InputStream in, int port, int size) throws IOException {
		Events events = new Events(size);
		Capture capture = new Capture(in, port, events);
		capture.read();
		events
			.add("others " + capture.otherConnections() + " " + capture.tlsConnections() + " " + capture.ipFragments());
		return events.events;
	}

	/** Ethernet, IPv4 and TCP around pieces of what one of the sides sends. */
	private static List<byte[]> packets(Input input) {
		List<byte[]> packets = new ArrayList<>();
		int[] sequences = { 1000, 5000 };
		while (input.hasMore() && packets.size() < 64) {
			int kind = input.next();
			if (kind == 0xFF) {
				packets.add(input.next(input.next()));
				continue;
			}
			int side = kind & 1;
			int flags = ((kind & 0x0E) == 0) ? input.next() : 16;
			byte[] payload = input.next(((kind & 0x10) == 0) ? input.next() : 8);
			// Now and then a segment comes again, or one is missing
			int sequence = sequences[side] + (((kind & 0x60) == 0x60) ? (byte) input.next() : 0);
			ByteBuffer packet = ByteBuffer.allocate(54 + payload.length);
			packet.position(12);
			packet.putShort((short) 0x0800);
			packet.put((byte) 0x45).put((byte) 0).putShort((short) (40 + payload.length)).putInt(0).put((byte) 64);
			packet.put((byte) 6).putShort((short) 0).putInt(0x7F000001).putInt(0x7F000001);
			packet.putShort((short) ((side == 0) ? 40000 : 12345)).putShort((short) ((side == 0) ? 12345 : 40000));
			packet.putInt(sequence).putInt(sequences[1 - side]).put((byte) 0x50).put((byte) flags);
			packet.putShort((short) 1000).putInt(0).put(payload);
			packets.add(packet.array());
			sequences[side] = sequence + payload.length + (((flags & 3) != 0) ? 1 : 0);
		}
		return packets;
	}

	private static byte[] pcap(List<byte[]> packets, int choice) {
		ByteOrder order = ((choice & 1) == 0) ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
		ByteArrayOutputStream file = new ByteArrayOutputStream();
		file.writeBytes(ByteBuffer.allocate(24)
			.order(order)
			.putInt(0xA1B2C3D4)
			.putShort((short) 2)
			.putShort((short) 4)
			.putLong(0)
			.putInt(65535)
			.putInt(1)
			.array());
		for (byte[] packet : packets) {
			file.writeBytes(ByteBuffer.allocate(16 + packet.length)
				.order(order)
				.putInt(1_700_000_000)
				.putInt(7)
				.putInt(packet.length)
				.putInt(packet.length)
				.put(packet)
				.array());
		}
		return file.toByteArray();
	}

	private static byte[] pcapng(List<byte[]> packets) {
		ByteArrayOutputStream file = new ByteArrayOutputStream();
		file.writeBytes(HexFormat.of().parseHex("0a0d0d0a0000001c1a2b3c4d00010000ffffffffffffffff0000001c"));
		file.writeBytes(HexFormat.of().parseHex("00000001000000140001000000040000" + "00000014"));
		for (byte[] packet : packets) {
			int length = 32 + (packet.length + 3) / 4 * 4;
			file.writeBytes(ByteBuffer.allocate(length)
				.putInt(6)
				.putInt(length)
				.putInt(0)
				.putInt(0x60000)
				.putInt(packet.length)
				.putInt(packet.length)
				.putInt(packet.length)
				.put(packet)
				.position(length - 4)
				.putInt(length)
				.array());
		}
		return file.toByteArray();
	}

	/**
	 * What was found, a text for each event.
	 */
	private static final class Events implements CaptureListener {

		private final List<String> events = new ArrayList<>();

		private final int size;

		private long bytes;

		Events(int size) {
			this.size = size;
		}

		private void add(String event) {
			this.events.add(event);
			if (this.events.size() > 16 + this.size) {
				throw new AssertionError("More events than bytes");
			}
		}

		private void count(long bytes) {
			this.bytes += bytes;
			if (this.bytes > this.size) {
				throw new AssertionError("More bytes of frames than the file has");
			}
		}

		private void within(long offset) {
			if (offset < -1 || offset > this.size) {
				throw new AssertionError("No place in the file: " + offset);
			}
		}

		@Override
		public void opened(@Nullable Instant time, long connection, String haproxy, String agent, boolean fromStart) {
			add("opened " + time + " " + connection + " " + haproxy + " " + agent + " " + fromStart);
		}

		@Override
		public void frame(Place place, byte[] frame) {
			within(place.fileOffset());
			count(frame.length);
			add("frame " + place + " " + HexFormat.of().formatHex(frame));
		}

		@Override
		public void undecodable(Place place, byte[] bytes, String reason) {
			within(place.fileOffset());
			add("undecodable " + place + " " + HexFormat.of().formatHex(bytes) + " " + reason);
		}

		@Override
		public void skipped(Place place, long length) {
			within(place.fileOffset());
			add("skipped " + place + " " + length);
		}

		@Override
		public void missing(Place place, long length, String reason) {
			if (length < 0) {
				throw new AssertionError("Missing: " + length);
			}
			add("missing " + place + " " + length + " " + reason);
		}

		@Override
		public void closed(@Nullable Instant time, long connection, String how) {
			add("closed " + time + " " + connection + " " + how);
		}

		@Override
		public void damaged(long offset, long length, String reason) {
			within(offset);
			within(offset + length);
			add("damaged " + offset + " " + length + " " + reason);
		}

		@Override
		public void unsupported(@Nullable Instant time, long offset, String reason) {
			within(offset);
			add("unsupported " + time + " " + offset + " " + reason);
		}

	}

}
