package io.spop.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import io.spop.recording.RecordingEntry;
import io.spop.recording.RecordingEntry.Sender;
import io.spop.recording.RecordingWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * No bytes make {@code spop dump} fail. With more files, and little memory:
 *
 * <pre class="code">
 * mvn test -pl spop-cli -Dtest=DumpRobustnessTests -DargLine="-Xmx64m -Dspop.dump.random=100000 -Dspop.dump.mutated=10000"
 * </pre>
 */
class DumpRobustnessTests {

	private static final int RANDOM = Integer.getInteger("spop.dump.random", 800);

	private static final int MUTATED = Integer.getInteger("spop.dump.mutated", 200);

	private static final byte[][] MAGICS = { {}, { (byte) 0xD4, (byte) 0xC3, (byte) 0xB2, (byte) 0xA1 },
			{ (byte) 0xA1, (byte) 0xB2, 0x3C, 0x4D }, Packets.section(ByteOrder.LITTLE_ENDIAN),
			{ (byte) 0x89, 'S', 'P', 'O', 'P', '\r', '\n', 1 }, { 0x1F, (byte) 0x8B, 8, 0 } };

	private final CommandLine command = SpopCommand.commandLine();

	@Test
	void whenFilesAreRandomThenEachIsDumpedOrRefused() {
		Random random = new Random(20);
		for (int i = 0; i < RANDOM; i++) {
			byte[] magic = MAGICS[random.nextInt(MAGICS.length)];
			byte[] bytes = new byte[random.nextInt((i % 50 == 0) ? 100_000 : 2000)];
			random.nextBytes(bytes);
			if (i % 3 == 0) {
				// More of such numbers as formats have
				for (int j = 0; j < bytes.length; j++) {
					bytes[j] = (random.nextInt(3) > 0) ? 0 : (byte) (bytes[j] & 0x1F);
				}
			}
			System.arraycopy(magic, 0, bytes, 0, Math.min(magic.length, bytes.length));
			check("random file " + i, bytes, random);
		}
	}

	@Test
	void whenFilesAreMutatedThenEachIsDumped(@TempDir Path folder) throws IOException {
		List<byte[]> files = files(folder);
		Random random = new Random(21);
		for (int i = 0; i < MUTATED; i++) {
			byte[] bytes = mutate(files.get(i % files.size()), random);
			check("mutated file " + i, bytes, random);
		}
	}

	private static List<byte[]> files(Path folder) throws IOException {
		List<byte[]> files = new ArrayList<>();
		try (Stream<Path> captures = Files.list(Path.of("..", "tools", "wireshark", "recordings"))) {
			for (Path capture : captures.filter((path) -> path.toString().contains(".pcap")).sorted().toList()) {
				files.add(Files.readAllBytes(capture));
			}
		}
		assertThat(files).hasSizeGreaterThan(2);
		Packets packets = Packets.none();
		Packets.Side[] sides = packets.connection(40000, -500, 5000);
		Path recording = folder.resolve("recording.spop");
		try (RecordingWriter writer = new RecordingWriter(recording)) {
			Instant time = Instant.ofEpochSecond(Packets.SECONDS);
			writer.write(new RecordingEntry.Opened(time, 1, "main", "127.0.0.1:1"));
			writer.write(new RecordingEntry.RecordedFrame(time, 1, Sender.HAPROXY, Packets.HELLO));
			for (int i = 1; i < 30; i++) {
				writer.write(new RecordingEntry.RecordedFrame(time, 1, Sender.HAPROXY, Packets.notify(i, "check")));
				writer.write(new RecordingEntry.RecordedFrame(time, 1, Sender.AGENT, Packets.ack(i)));
				sides[0].send(Packets.notify(i, "check"));
				sides[1].send(Packets.ack(i));
			}
		}
		files.add(Files.readAllBytes(recording));
		ByteOrder order = ByteOrder.BIG_ENDIAN;
		ByteArrayOutputStream pcapng = new ByteArrayOutputStream();
		pcapng.writeBytes(Packets.section(order));
		pcapng.writeBytes(Packets.networkInterface(order, 101, 9));
		packets.list.forEach((packet) -> pcapng.writeBytes(Packets.enhanced(order, 0, Packets.SECONDS, packet)));
		files.add(pcapng.toByteArray());
		files.add(packets.pcap());
		return files;
	}

	private static byte[] mutate(byte[] original, Random random) {
		byte[] bytes = original.clone();
		for (int i = random.nextInt(8); i >= 0; i--) {
			int at = random.nextInt(bytes.length);
			int length = Math.min(random.nextInt(64), bytes.length - at);
			switch (random.nextInt(7)) {
				case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
				case 1 -> bytes[at] = (byte) random.nextInt();
				case 2 -> bytes = Arrays.copyOf(bytes, Math.max(8, at));
				case 3 -> bytes = splice(bytes, at, at + length, new byte[0]);
				case 4 -> bytes = splice(bytes, at, at, Arrays.copyOfRange(bytes, at, at + length));
				case 5 -> Arrays.fill(bytes, at, at + Math.min(4, length), (byte) (random.nextBoolean() ? 0xFF : 0));
				default -> {
					int from = random.nextInt(bytes.length - length + 1);
					System.arraycopy(bytes, from, bytes, at, length);
				}
			}
		}
		return bytes;
	}

	private static byte[] splice(byte[] bytes, int from, int to, byte[] between) {
		return Packets.join(Arrays.copyOf(bytes, from), between, Arrays.copyOfRange(bytes, to, bytes.length));
	}

	private void check(String name, byte[] file, Random random) {
		InputStream before = System.in;
		StringWriter err = new StringWriter();
		Counting out = new Counting();
		String[] arguments = random.nextBoolean() ? new String[] { "dump", "-" }
				: new String[] { "dump", "--json", "--port", random.nextBoolean() ? "0" : "12345", "-" };
		int status;
		try {
			System.setIn(new ByteArrayInputStream(file));
			this.command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err, true));
			status = SpopCommand.run(this.command, arguments);
		}
		finally {
			System.setIn(before);
		}
		assertThat(status).as("%s: %s", name, err).isIn(ExitStatus.GOOD, ExitStatus.NO, ExitStatus.DATA);
		assertThat(err.toString().lines().count()).as("%s: %s", name, err)
			.isEqualTo((status == ExitStatus.DATA) ? 1 : 0);
		assertThat(out.controls).as("control characters of %s", name).isZero();
		assertThat(out.written > 0).as(name).isEqualTo(status != ExitStatus.DATA);
	}

	/**
	 * Counts what is printed.
	 */
	private static final class Counting extends Writer {

		private long written;

		private long controls;

		@Override
		public void write(char[] chars, int offset, int length) {
			this.written += length;
			for (int i = offset; i < offset + length; i++) {
				this.controls += ((chars[i] < ' ' && chars[i] != '\n') || (chars[i] >= 0x7F && chars[i] < 0xA0)) ? 1
						: 0;
			}
		}

		@Override
		public void flush() {
			// Nothing is kept
		}

		@Override
		public void close() {
			// Nothing is open
		}

	}

}
