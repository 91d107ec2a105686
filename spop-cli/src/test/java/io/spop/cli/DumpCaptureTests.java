package io.spop.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.spop.cli.Packets.Side;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@code spop dump} with pcap and pcapng files.
 */
class DumpCaptureTests {

	private static final ByteOrder BIG = ByteOrder.BIG_ENDIAN;

	private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

	@TempDir
	private Path folder;

	private final Packets packets = Packets.none();

	private String output = "";

	@ParameterizedTest
	@CsvSource({ "haproxy-2.6.pcap, 52, 8", "haproxy-2.8.pcap, 56, 9", "haproxy-3.0.pcap, 56, 9",
			"haproxy-3.2.pcap, 33, 5", "haproxy-3.4.pcap, 33, 5" })
	void whenCaptureIsOfHaproxyThenAllFramesAreDecoded(String name, int frames, int connections) {
		Path file = Path.of("..", "tools", "wireshark", "recordings", name);
		assertThat(run("dump", file.toString())).isEqualTo(ExitStatus.GOOD);
		assertThat(this.output).endsWith("\n\n" + frames + " frames on " + connections + " connections.\n")
			.contains("message check-client-ip\n        ip = 127.0.0.1 (ipv4)\n")
			.contains("    set sess.ip_score = 80 (int64)\n");
	}

	@Test
	void whenConnectionIsEncryptedThenItIsCounted() {
		Path file = Path.of("..", "tools", "wireshark", "recordings", "tls.pcapng");
		assertThat(run("dump", file.toString())).isEqualTo(ExitStatus.GOOD);
		assertThat(this.output)
			.isEqualTo("\n0 frames on 0 connections. Skipped: 1 other TCP connection, 1 of them with TLS.\n");
	}

	@ParameterizedTest
	@CsvSource({ "true, true", "true, false", "false, true", "false, false" })
	void whenFileIsPcapThenByteOrderAndUnitOfTimesAreKnown(boolean big, boolean nanoseconds) throws IOException {
		exchange(this.packets.connection(40000, 1000, 5000), 1);
		dump(Packets.pcap(big ? BIG : LITTLE, nanoseconds, 1, this.packets.ethernet(), 65535), ExitStatus.GOOD);
		assertThat(this.output)
			.contains("2026-11-27T09:00:00.003000Z #1 HAProxy 10.0.0.1:40000 -> agent 10.0.0.2:12345\n")
			.contains("""
					2026-11-27T09:00:00.005000Z #1 HAProxy -> agent  NOTIFY stream 1, frame 1
					    message check
					        ip = 127.0.0.1 (ipv4)
					""")
			.contains("""
					2026-11-27T09:00:00.006000Z #1 agent -> HAProxy  ACK stream 1, frame 1, 1.000 ms after its NOTIFY
					    set sess.score = 80 (int64)
					""")
			.endsWith("4 frames on 1 connection.\n");
	}

	@Test
	void whenFileIsPcapngThenItsSectionsAndInterfacesAreRead() throws IOException {
		exchange(this.packets.connection(40000, 1000, 5000), 1);
		List<byte[]> ip = this.packets.list;
		long nanos = Packets.SECONDS * 1_000_000_000;
		byte[] bytes = new byte[0];
		for (ByteOrder order : List.of(LITTLE, BIG)) {
			bytes = Packets.join(bytes, Packets.section(order), Packets.networkInterface(order, 1, 6),
					Packets.block(order, 0x0BAD, new byte[5]), Packets.networkInterface(order, 101, 9),
					Packets.networkInterface(order, 101, 0x80 | 10));
			for (int i = 0; i < ip.size() - 1; i++) {
				bytes = Packets.join(bytes, Packets.enhanced(order, 1, nanos + i, ip.get(i)));
			}
			bytes = Packets.join(bytes,
					Packets.enhanced(order, 2, Packets.SECONDS * 1024 + 512, ip.get(ip.size() - 1)));
		}
		dump(bytes, ExitStatus.GOOD);
		assertThat(this.output).contains("2026-11-27T09:00:00.000000005Z #1 HAProxy -> agent  NOTIFY")
			.contains("2026-11-27T09:00:00.500000Z #1 agent -> HAProxy  ACK stream 1, frame 1, 499.999 ms after its")
			// The same sequence numbers again are retransmissions
			.endsWith("4 frames on 1 connection.\n");
	}

	@Test
	void whenBlocksAreSimpleOrObsoleteThenTheirPacketsAreRead() throws IOException {
		exchange(this.packets.connection(40000, 1000, 5000), 1);
		byte[] bytes = Packets.join(Packets.section(BIG), Packets.networkInterface(BIG, 101, 6));
		int i = 0;
		for (byte[] packet : this.packets.list) {
			byte[] length = ByteBuffer.allocate(4).putInt(packet.length).array();
			byte[] obsolete = Packets.block(BIG, 2, new byte[12], length, length, packet);
			bytes = Packets.join(bytes, (i++ % 2 == 0) ? obsolete : Packets.block(BIG, 3, length, packet));
		}
		dump(bytes, ExitStatus.GOOD);
		assertThat(this.output).contains("\n#1 HAProxy -> agent  NOTIFY stream 1")
			.endsWith("4 frames on 1 connection.\n");
	}

	@ParameterizedTest
	@ValueSource(strings = { "1:0000000000000000000000000800", "1:00000000000000000000000088a80001810000020800",
			"113:00000001000600000000000000000800", "276:0800000000000001000100060000000000000000", "0:02000000",
			"108:00000002", "101:", "12:", "228:" })
	void whenLinkTypeIsKnownThenPacketsAreDecoded(String link) throws IOException {
		exchange(this.packets.connection(40000, 1000, 5000), 1);
		dump(link, this.packets.list, ExitStatus.GOOD);
		assertThat(this.output).endsWith("4 frames on 1 connection.\n");
	}

	@Test
	void whenLinkTypeIsUnknownThenItIsNamed() throws IOException {
		exchange(this.packets.connection(40000, 1000, 5000), 1);
		dump("105:", this.packets.list, ExitStatus.NO);
		assertThat(this.output).containsOnlyOnce("packets of the link type 105 are skipped")
			.contains("(at byte 40 of the file)");
	}

	@Test
	void whenIpHasOptionsAndExtensionsThenTcpIsFound() throws IOException {
		byte[] syn = Packets.tcp(40000, 12345, 99, 0, Packets.SYN, new byte[0]);
		byte[] hello = Packets.tcp(40000, 12345, 100, 0, Packets.ACK, Packets.HELLO);
		byte[] extensions = new byte[8 + 8 + 12];
		extensions[0] = 44;
		extensions[8] = 51;
		extensions[16] = 6;
		extensions[17] = 1;
		dump("101:", List.of(Packets.ipv6(syn, 0, extensions, false), Packets.ipv6(hello, 0, extensions, false),
				Packets.ipv4(syn, new byte[8], 1, 2), Packets.ipv4(hello, new byte[8], 1, 2)), ExitStatus.GOOD);
		assertThat(this.output).contains("HAProxy [::1]:40000 -> agent [2001:db8::2]:12345")
			.contains("HAProxy 0.0.0.1:40000 -> agent 0.0.0.2:12345")
			.endsWith("2 frames on 2 connections.\n");
	}

	@Test
	void whenPacketsAreFragmentsThenTheyAreNamedAndCounted() throws IOException {
		exchange(this.packets.connection(40000, 1000, 5000), 1);
		byte[] fragment = this.packets.list.get(4).clone();
		fragment[6] = 0x20;
		this.packets.list.add(fragment);
		this.packets.list.add(fragment);
		dump("101:", this.packets.list, ExitStatus.NO);
		assertThat(this.output).containsOnlyOnce("fragments of IP packets are skipped, from this one on (at byte")
			.contains("Not decoded: 2 IP fragments.");
	}

	@Test
	void whenSegmentsAreReorderedRepeatedAndOverlappingThenFramesAreWhole() throws IOException {
		for (int start : new int[] { 1000, -100, Integer.MAX_VALUE - 100 }) {
			Packets packets = Packets.none();
			Side haproxy = packets.connection(40000, start, 5000)[0];
			byte[] bytes = Packets.join(Packets.notify(1, "first"), Packets.notify(3, "second"),
					Packets.notify(5, "third"));
			int[][] parts = { { 20, 30 }, { 10, 25 }, { 40, bytes.length }, { 0, 12 }, { 0, 5 }, { 18, 45 }, { 3, 9 } };
			for (int[] part : parts) {
				haproxy.packet(haproxy.sequence + part[0], Packets.ACK, Arrays.copyOfRange(bytes, part[0], part[1]));
			}
			dump(packets.pcap(), ExitStatus.GOOD);
			assertThat(this.output).contains("message first\n", "message second\n", "message third\n")
				.endsWith("5 frames on 1 connection.\n");
		}
	}

	@Test
	void whenBytesAreLostThenDecodingGoesOnAtTheNextFrame() throws IOException {
		Side[] sides = this.packets.connection(40000, -200, 5000);
		exchange(sides, 1);
		byte[] notify = Packets.notify(3, "lost");
		sides[0].send(Arrays.copyOf(notify, 10));
		sides[0].lose(Arrays.copyOfRange(notify, 10, notify.length));
		sides[1].send(Packets.ack(3));
		exchange(sides, 5);
		exchange(sides, 7);
		dump(this.packets.pcap(), ExitStatus.NO);
		assertThat(this.output)
			.contains("HAProxy -> agent  " + (notify.length - 10) + " bytes missing: the capture lost packets")
			.contains("10 bytes skipped, in which no frame begins")
			.contains("NOTIFY stream 5", "ACK stream 5", "NOTIFY stream 7")
			.containsSubsequence("ACK stream 7, frame 1, 1.000 ms after its NOTIFY")
			.contains("Problems: 0 malformed frames, 2 others.");
	}

	@Test
	void whenCaptureBeginsInTheMiddleThenTheNextFrameIsFound() throws IOException {
		Side[] sides = this.packets.sides(40000, 1000, 5000);
		byte[] notify = Packets.notify(1, "first");
		sides[0].send(Arrays.copyOfRange(notify, 7, notify.length));
		sides[1].send(Packets.ack(1));
		exchange(sides, 3);
		dump(this.packets.pcap(), ExitStatus.GOOD);
		assertThat(this.output).contains(
				"HAProxy 10.0.0.1:40000 -> agent 10.0.0.2:12345, the beginning of the connection is not in the capture\n")
			.contains("ACK stream 1, frame 1, no NOTIFY waits for it\n")
			.contains("ACK stream 3, frame 1, 1.000 ms after its NOTIFY\n")
			.endsWith("3 frames on 1 connection.\n");
	}

	@Test
	void whenPortsAreUsedAgainThenThereAreTwoConnections() throws IOException {
		Side[] first = this.packets.connection(40000, 1000, 5000);
		first[1].send(Packets.FIN | Packets.ACK);
		first[0].send(Packets.FIN | Packets.ACK);
		first[1].send(Packets.ACK);
		Side[] second = this.packets.connection(40000, 700_000, 5000);
		second[0].send(Packets.RST);
		this.packets.connection(40000, 800_000, 5000);
		this.packets.connection(40000, 900_000, 5000);
		dump(this.packets.pcap(), ExitStatus.GOOD);
		assertThat(this.output).contains("#1 closed\n")
			.contains("#2 reset by HAProxy\n")
			.contains("#3 the ports are used for another connection\n")
			.endsWith("8 frames on 4 connections.\n");
	}

	@Test
	void whenConnectionEndsWithinFrameThenItIsShown() throws IOException {
		Side[] sides = this.packets.connection(40000, 1000, 5000);
		byte[] notify = Packets.notify(1, "half");
		sides[0].send(Arrays.copyOf(notify, 12));
		sides[0].send(Packets.RST);
		dump(this.packets.pcap(), ExitStatus.NO);
		assertThat(this.output).contains("cannot be decoded: the connection ends within a frame, of which 12 of "
				+ notify.length + " bytes are there; the bytes begin with 000000");
	}

	@Test
	void whenPacketsAreCutThenTheReasonIsSaid() throws IOException {
		Side[] sides = this.packets.connection(40000, 1000, 5000);
		exchange(sides, 1);
		dump(Packets.pcap(LITTLE, false, 1, this.packets.ethernet(), 80), ExitStatus.NO);
		assertThat(this.output).contains("the capture has only the first bytes of a packet, record with tcpdump -s 0");
	}

	@Test
	void whenConnectionsAreNotSpopThenTheyAreCounted() throws IOException {
		exchange(this.packets.connection(40000, 1000, 5000), 1);
		Side[] http = this.packets.sides(40001, 1000, 5000);
		Packets.open(http);
		http[0].send(Packets.ascii("GET / HTTP/1.1\r\n\r\n"));
		http[1].send(Packets.ascii("HTTP/1.1 200 OK\r\n\r\n"));
		Packets.open(this.packets.sides(40002, 1000, 5000));
		dump(this.packets.pcap(), ExitStatus.GOOD);
		assertThat(this.output).endsWith("4 frames on 1 connection. Skipped: 1 other TCP connection.\n");
		assertThat(run("dump", "--port", "12345", file().toString())).isEqualTo(ExitStatus.NO);
		assertThat(this.output).contains("#2 HAProxy -> agent  cannot be decoded: a frame with a length of 1195725856; "
				+ "the bytes begin with 474554202f20485454502f312e310d0a0d0a (at byte ");
		assertThat(run("dump", "--port", "80", file().toString())).isEqualTo(ExitStatus.GOOD);
		assertThat(this.output).isEqualTo("\n0 frames on 0 connections. Skipped: 3 other TCP connections.\n");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whenHaproxySendsProxyHeaderThenItIsSkipped(boolean text) throws IOException {
		Side[] sides = this.packets.sides(40000, 1000, 5000);
		Packets.open(sides);
		byte[] binary = Packets.join(Packets.ascii("\r\n\r\n\0\r\nQUIT\n"), new byte[] { 0x20, 0, 0, 0 });
		sides[0].send(Packets.join(text ? Packets.ascii("PROXY UNKNOWN\r\n") : binary, Packets.HELLO));
		dump(this.packets.pcap(), ExitStatus.GOOD);
		assertThat(this.output).endsWith("1 frame on 1 connection.\n");
	}

	@Test
	void whenFrameIsMalformedThenItsPlaceIsShownAndTheNextOneIsDecoded() throws IOException {
		Side[] sides = this.packets.connection(40000, 1000, 5000);
		byte[] malformed = Packets.notify(1, "check");
		malformed[malformed.length - 5] = 0x0F;
		sides[0].send(malformed);
		exchange(sides, 3);
		dump(this.packets.pcap(), ExitStatus.NO);
		int offset = 24 + 5 * 70 + Packets.HELLO.length + Packets.AGENT_HELLO.length + 70;
		assertThat(this.output)
			.contains("cannot be decoded from byte " + (malformed.length - 5)
					+ " of the frame on: a value of the reserved type 15\n")
			.contains("    the frame begins at byte " + offset + " of the file, byte " + Packets.HELLO.length
					+ " of what HAProxy sent\n")
			.contains("NOTIFY stream 3")
			.contains("Problems: 1 malformed frame, 0 others.");
	}

	@Test
	void whenFileIsDamagedThenReadingGoesOn() throws IOException {
		Side[] sides = this.packets.connection(40000, 1000, 5000);
		for (int i = 1; i < 40; i += 2) {
			exchange(sides, i);
		}
		byte[] pcap = this.packets.pcap();
		int at = 24 + 7 * 70 + 500;
		Arrays.fill(pcap, at, at + 200, (byte) 0xFF);
		dump(Arrays.copyOf(pcap, pcap.length - 3), ExitStatus.NO);
		assertThat(this.output).contains(" bytes of the file cannot be read: a packet of 4294967295 bytes (at byte ")
			.contains("NOTIFY stream 1,", "NOTIFY stream 39,")
			.contains("bytes of the file cannot be read: the file ends within a packet");
	}

	@Test
	void whenThereAreVeryManyConnectionsThenTheEldestAreForgotten() throws IOException {
		for (int i = 0; i < 10_005; i++) {
			Side haproxy = this.packets.sides(20_000 + i, 1, 1)[0];
			haproxy.send(Packets.SYN);
			haproxy.send(Packets.HELLO);
		}
		dump(this.packets.pcap(), ExitStatus.GOOD);
		assertThat(this.output).contains("#5 forgotten, since 10000 others had packets after its last one\n")
			.doesNotContain("#6 forgotten")
			.endsWith("10005 frames on 10005 connections.\n");
	}

	@Test
	void whenGapNeverFillsThenItIsGivenUp() throws IOException {
		Side[] sides = this.packets.connection(40000, 1000, 5000);
		sides[0].lose(new byte[100]);
		for (int i = 1; i < 3000; i += 2) {
			sides[0].send(Packets.notify(i, "check"));
		}
		// The agent acknowledges nothing, so that bytes may still come
		dump(this.packets.pcap(), ExitStatus.NO);
		assertThat(this.output).containsOnlyOnce("100 bytes missing: too many bytes wait for missing ones")
			.contains("NOTIFY stream 1,", "NOTIFY stream 2999,");
	}

	private static void exchange(Side[] sides, long stream) {
		sides[0].send(Packets.notify(stream, "check"));
		sides[1].send(Packets.ack(stream));
	}

	private void dump(String link, List<byte[]> ip, int status) throws IOException {
		int colon = link.indexOf(':');
		byte[] header = java.util.HexFormat.of().parseHex(link.substring(colon + 1));
		List<byte[]> frames = new ArrayList<>();
		ip.forEach((packet) -> frames.add(Packets.join(header, packet)));
		dump(Packets.pcap(LITTLE, false, Integer.parseInt(link.substring(0, colon)), frames, 65535), status);
	}

	private void dump(byte[] bytes, int status) throws IOException {
		Files.write(file(), bytes);
		assertThat(run("dump", file().toString())).as(() -> this.output).isEqualTo(status);
	}

	private Path file() {
		return this.folder.resolve("capture");
	}

	private int run(String... arguments) {
		CommandRun run = CommandRun.of(arguments);
		this.output = run.out();
		assertThat(run.err()).isEmpty();
		return run.status();
	}

}
