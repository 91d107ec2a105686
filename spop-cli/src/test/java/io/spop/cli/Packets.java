package io.spop.cli;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;

/**
 * Makes the packets of TCP connections, and files of them.
 */
final class Packets {

	static final byte[] HELLO = frame(
			new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(Capability.PIPELINING), "engine", false));

	static final byte[] AGENT_HELLO = frame(new Frame.AgentHello("2.0", 16380, Set.of(Capability.PIPELINING)));

	static final int FIN = 1;

	static final int SYN = 2;

	static final int RST = 4;

	static final int ACK = 16;

	/** 2026-11-27T09:00:00Z. */
	static final long SECONDS = 1795770000;

	/** IP packets, in the order of the capture. */
	final List<byte[]> list = new ArrayList<>();

	private Packets() {
	}

	static Packets none() {
		return new Packets();
	}

	/** The two sides of a connection from a port to the agent's port 12345. */
	Side[] sides(int port, int haproxySequence, int agentSequence) {
		Side haproxy = new Side(port, 12345, haproxySequence, false);
		Side agent = new Side(12345, port, agentSequence, true);
		haproxy.other = agent;
		agent.other = haproxy;
		return new Side[] { haproxy, agent };
	}

	/** The same, with the handshakes of TCP and SPOP. */
	Side[] connection(int port, int haproxySequence, int agentSequence) {
		Side[] sides = sides(port, haproxySequence, agentSequence);
		open(sides);
		sides[0].send(HELLO);
		sides[1].send(AGENT_HELLO);
		return sides;
	}

	static void open(Side[] sides) {
		sides[0].send(SYN);
		sides[1].send(SYN | ACK);
		sides[0].send(ACK);
	}

	static byte[] frame(Frame frame) {
		return WireFrame.of(frame).bytes();
	}

	static byte[] notify(long stream, String message) {
		return frame(new Frame.Notify(stream, 1,
				NotifyMessage.of(message, new Argument("ip", new SpopValue.Ipv4(0x7F000001)))));
	}

	static byte[] ack(long stream) {
		return frame(new Frame.Ack(stream, 1, Actions.set(VarScope.SESSION, "score", 80)));
	}

	static byte[] join(byte[]... parts) {
		ByteArrayOutputStream joined = new ByteArrayOutputStream();
		for (byte[] part : parts) {
			joined.writeBytes(part);
		}
		return joined.toByteArray();
	}

	static byte[] ascii(String text) {
		return text.getBytes(StandardCharsets.US_ASCII);
	}

	/** A pcap file of Ethernet, a packet for each millisecond. */
	byte[] pcap() {
		return pcap(ByteOrder.LITTLE_ENDIAN, false, 1, ethernet(), Integer.MAX_VALUE);
	}

	List<byte[]> ethernet() {
		return this.list.stream()
			.map((packet) -> join(new byte[12],
					(packet[0] >> 4 == 4) ? new byte[] { 8, 0 } : new byte[] { (byte) 0x86, (byte) 0xDD }, packet))
			.toList();
	}

	static byte[] pcap(ByteOrder order, boolean nanoseconds, int linkType, List<byte[]> packets, int snapLength) {
		ByteArrayOutputStream file = new ByteArrayOutputStream();
		file.writeBytes(ByteBuffer.allocate(24)
			.order(order)
			.putInt(nanoseconds ? 0xA1B23C4D : 0xA1B2C3D4)
			.putShort((short) 2)
			.putShort((short) 4)
			.putLong(0)
			.putInt(262144)
			.putInt(linkType)
			.array());
		int millis = 0;
		for (byte[] packet : packets) {
			int captured = Math.min(packet.length, snapLength);
			file.writeBytes(ByteBuffer.allocate(16 + captured)
				.order(order)
				.putInt((int) SECONDS + millis / 1000)
				.putInt(millis++ % 1000 * (nanoseconds ? 1_000_000 : 1000))
				.putInt(captured)
				.putInt(packet.length)
				.put(packet, 0, captured)
				.array());
		}
		return file.toByteArray();
	}

	static byte[] block(ByteOrder order, int type, byte[]... parts) {
		byte[] content = join(parts);
		int length = 12 + (content.length + 3) / 4 * 4;
		ByteBuffer block = ByteBuffer.allocate(length).order(order).putInt(type).putInt(length).put(content);
		return block.putInt(length - 4, length).array();
	}

	static byte[] section(ByteOrder order) {
		return block(order, 0x0A0D0D0A,
				ByteBuffer.allocate(16)
					.order(order)
					.putInt(0x1A2B3C4D)
					.putShort((short) 1)
					.putShort((short) 0)
					.putLong(-1)
					.array());
	}

	static byte[] networkInterface(ByteOrder order, int linkType, int resolution) {
		return block(order, 1,
				ByteBuffer.allocate(20)
					.order(order)
					.putShort((short) linkType)
					.putShort((short) 0)
					.putInt(0)
					.putShort((short) 9)
					.putShort((short) 1)
					.put((byte) resolution)
					.put(new byte[3])
					.putInt(0)
					.array());
	}

	static byte[] enhanced(ByteOrder order, int networkInterface, long ticks, byte[] packet) {
		return block(order, 6,
				ByteBuffer.allocate(20)
					.order(order)
					.putInt(networkInterface)
					.putInt((int) (ticks >>> 32))
					.putInt((int) ticks)
					.putInt(packet.length)
					.putInt(packet.length)
					.array(),
				packet);
	}

	static byte[] ipv4(byte[] tcp, byte[] options, int source, int target) {
		int length = 20 + options.length + tcp.length;
		return ByteBuffer.allocate(length)
			.put((byte) (0x45 + options.length / 4))
			.put((byte) 0)
			.putShort((short) length)
			.putInt(0)
			.put((byte) 64)
			.put((byte) 6)
			.putShort((short) 0)
			.putInt(source)
			.putInt(target)
			.put(options)
			.put(tcp)
			.array();
	}

	static byte[] ipv6(byte[] tcp, int firstHeader, byte[] extensions, boolean fromAgent) {
		byte[] haproxy = new byte[16];
		haproxy[15] = 1;
		byte[] agent = { 0x20, 1, 0xd, (byte) 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 };
		return ByteBuffer.allocate(40 + extensions.length + tcp.length)
			.putInt(0x60000000)
			.putShort((short) (extensions.length + tcp.length))
			.put((byte) firstHeader)
			.put((byte) 64)
			.put(fromAgent ? agent : haproxy)
			.put(fromAgent ? haproxy : agent)
			.put(extensions)
			.put(tcp)
			.array();
	}

	static byte[] tcp(int sourcePort, int targetPort, int sequence, int acknowledged, int flags, byte[] payload) {
		return ByteBuffer.allocate(20 + payload.length)
			.putShort((short) sourcePort)
			.putShort((short) targetPort)
			.putInt(sequence)
			.putInt(acknowledged)
			.put((byte) 0x50)
			.put((byte) flags)
			.putInt(0)
			.putShort((short) 0)
			.put(payload)
			.array();
	}

	/**
	 * A side of a connection, which counts its bytes.
	 */
	final class Side {

		private final int source;

		private final int target;

		private final boolean agent;

		int sequence;

		@Nullable Side other;

		Side(int source, int target, int sequence, boolean agent) {
			this.source = source;
			this.target = target;
			this.sequence = sequence;
			this.agent = agent;
		}

		void send(int flags) {
			packet(this.sequence, flags, new byte[0]);
			this.sequence += ((flags & (SYN | FIN)) != 0) ? 1 : 0;
		}

		void send(byte[] payload) {
			packet(this.sequence, ACK, payload);
			this.sequence += payload.length;
		}

		/** Send bytes that the capture does not have. */
		void lose(byte[] payload) {
			this.sequence += payload.length;
		}

		void packet(int sequence, int flags, byte[] payload) {
			Packets.this.list.add(ip(sequence, flags, payload));
		}

		byte[] ip(int sequence, int flags, byte[] payload) {
			int acknowledged = (this.other != null) ? this.other.sequence : 0;
			byte[] tcp = tcp(this.source, this.target, sequence, acknowledged, flags, payload);
			return ipv4(tcp, new byte[0], this.agent ? 0x0A000002 : 0x0A000001, this.agent ? 0x0A000001 : 0x0A000002);
		}

	}

}
