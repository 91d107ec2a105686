package io.spop.recording;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;

import io.spop.recording.RecordingEntry.Closed;
import io.spop.recording.RecordingEntry.Damaged;
import io.spop.recording.RecordingEntry.Missing;
import io.spop.recording.RecordingEntry.Opened;
import io.spop.recording.RecordingEntry.RecordedFrame;
import io.spop.recording.RecordingEntry.Sender;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Recordings are read as they were written, also where a part of the file is damaged.
 */
class RecordingTests {

	private static final Instant TIME = Instant.parse("2026-03-01T12:00:00.123456Z");

	@TempDir
	private Path folder;

	@Test
	void whenEntriesAreWrittenThenTheyAreRead() throws IOException {
		Path file = this.folder.resolve("day.spop");
		List<RecordingEntry> entries = List.of(new Opened(TIME, 1, "main", "127.0.0.1:50000"),
				new Opened(TIME, 2, "", "", List.of("", "cookie")), frame(1, Sender.HAPROXY, 20),
				frame(4_294_967_295L, Sender.AGENT, 0), new Missing(TIME, 12), new Closed(TIME, 1),
				frame(2, Sender.HAPROXY, 3_000_000));
		write(file, entries);
		assertThat(read(file)).isEqualTo(entries);
		assertThat(RecordingReader.isRecording(Files.readAllBytes(file))).isTrue();
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
	}

	@Test
	void whenEntryIsReadThenItsOffsetIsKnown() throws IOException {
		Path file = this.folder.resolve("day.spop");
		write(file, List.of(new Closed(TIME, 1), frame(1, Sender.AGENT, 30), new Closed(TIME, 2)));
		byte[] whole = Files.readAllBytes(file);
		try (RecordingReader reader = RecordingReader.open(file)) {
			reader.next();
			RecordedFrame frame = (RecordedFrame) reader.next();
			assertThat(frame).isNotNull();
			int end = (int) reader.offset() - 4;
			assertThat(Arrays.copyOfRange(whole, end - 30, end)).isEqualTo(frame.bytes());
			reader.next();
			assertThat(reader.offset()).isEqualTo(whole.length);
		}
	}

	@Test
	void whenFileExistsThenItIsContinued() throws IOException {
		Path file = this.folder.resolve("day.spop");
		write(file, List.of(new Closed(TIME, 1)));
		write(file, List.of(new Closed(TIME, 2)));
		assertThat(read(file)).containsExactly(new Closed(TIME, 1), new Closed(TIME, 2));
	}

	@Test
	void whenFileIsFullThenItIsRenamedAndTheOldestIsDeleted() throws IOException {
		Path file = this.folder.resolve("day.spop");
		try (RecordingWriter writer = new RecordingWriter(file, 50, 3)) {
			for (int connection = 1; connection <= 9; connection++) {
				writer.write(new Closed(TIME, connection));
			}
		}
		assertThat(read(file)).containsExactly(new Closed(TIME, 9));
		assertThat(read(this.folder.resolve("day.spop.1"))).containsExactly(new Closed(TIME, 7), new Closed(TIME, 8));
		assertThat(read(this.folder.resolve("day.spop.2"))).containsExactly(new Closed(TIME, 5), new Closed(TIME, 6));
		try (var files = Files.list(this.folder)) {
			assertThat(files).hasSize(3);
		}
	}

	@Test
	void whenOneFileIsKeptThenItBeginsAnew() throws IOException {
		Path file = this.folder.resolve("day.spop");
		try (RecordingWriter writer = new RecordingWriter(file, 1, 1)) {
			writer.write(new Closed(TIME, 1));
			writer.write(new Closed(TIME, 2));
		}
		assertThat(read(file)).containsExactly(new Closed(TIME, 2));
	}

	@Test
	void whenTheFileEndsAnywhereThenTheEntriesBeforeAreReadAndLaterOnesToo() throws IOException {
		Path file = this.folder.resolve("day.spop");
		write(file, List.of(new Closed(TIME, 1), frame(1, Sender.AGENT, 30), new Closed(TIME, 2)));
		byte[] whole = Files.readAllBytes(file);
		int header = 8;
		int closed = 21;
		int frame = 51;
		for (int length = header + closed + 1; length < header + closed + frame; length++) {
			Files.write(file, Arrays.copyOf(whole, length));
			List<RecordingEntry> read = read(file);
			assertThat(read).containsExactly(new Closed(TIME, 1),
					new Damaged(header + closed, length - header - closed, "The file ends within an entry"));
			write(file, List.of(new Closed(TIME, 3)));
			read = read(file);
			assertThat(read).startsWith(new Closed(TIME, 1)).endsWith(new Closed(TIME, 3)).hasSize(3);
			assertThat(((Damaged) read.get(1)).length()).isEqualTo(length - header - closed);
		}
	}

	@Test
	void whenAByteIsWrongThenReadingGoesOnAtTheNextHeader() throws IOException {
		Path file = this.folder.resolve("day.spop");
		write(file, List.of(new Closed(TIME, 1), new Closed(TIME, 2)));
		byte[] whole = Files.readAllBytes(file);
		write(file, List.of(new Closed(TIME, 3)));
		for (int i = 0; i < whole.length; i++) {
			byte[] damaged = Files.readAllBytes(file);
			damaged[i] ^= 0x20;
			List<RecordingEntry> read = read(damaged);
			assertThat(read).as("byte " + i).endsWith(new Closed(TIME, 3)).hasAtLeastOneElementOfType(Damaged.class);
			if (i >= 29) {
				assertThat(read).startsWith(new Closed(TIME, 1));
			}
		}
	}

	@Test
	void whenFileIsLargeThenHeadersComeAgain() throws IOException {
		Path file = this.folder.resolve("day.spop");
		List<RecordingEntry> entries = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			entries.add(frame(i, Sender.HAPROXY, 50_000));
		}
		write(file, entries);
		assertThat(read(file)).isEqualTo(entries);
		byte[] damaged = Files.readAllBytes(file);
		damaged[100] ^= 1;
		List<RecordingEntry> read = read(damaged);
		assertThat(read).hasSizeBetween(75, 85);
		assertThat(read.get(0)).isInstanceOf(Damaged.class);
	}

	@Test
	void whenVersionIsUnknownThenSaysSo() throws IOException {
		byte[] bytes = RecordingFormat.header();
		bytes[7] = 9;
		assertThat(read(Arrays.copyOf(bytes, 100)))
			.containsExactly(new Damaged(0, 100, "Version 9 of the format is not known"));
	}

	@Test
	void whenFileIsNoRecordingThenAllOfItIsDamaged() throws IOException {
		assertThat(read(new byte[0])).isEmpty();
		assertThat(read(new byte[3])).containsExactly(new Damaged(0, 3, "A recording begins with a header"));
		assertThat(read(new byte[200_000]))
			.containsExactly(new Damaged(0, 200_000, "A recording begins with a header"));
		assertThat(RecordingReader.isRecording(new byte[8])).isFalse();
	}

	@Test
	void whenTypeIsUnknownThenReadingGoesOnBehindTheEntry() throws IOException {
		Path file = this.folder.resolve("day.spop");
		write(file, List.of(new Closed(TIME, 1)));
		byte[] bytes = Files.readAllBytes(file);
		bytes[12] = 77;
		CRC32C checksum = new CRC32C();
		checksum.update(bytes, 8, 17);
		ByteBuffer.wrap(bytes).putInt(25, (int) checksum.getValue());
		Files.write(file, bytes);
		write(file, List.of(new Closed(TIME, 2)));
		assertThat(read(file)).containsExactly(new Damaged(8, 21, "An entry of type 77 cannot be read"),
				new Closed(TIME, 2));
	}

	@Test
	void whenBytesAreRandomThenNothingIsThrownAndAllBytesAreAccountedFor() throws IOException {
		Random random = new Random(42);
		ByteArrayOutputStream pieces = new ByteArrayOutputStream();
		for (int i = 0; i < 2_000; i++) {
			pieces.reset();
			for (int piece = random.nextInt(5); piece >= 0; piece--) {
				byte[] bytes = new byte[random.nextInt(60)];
				random.nextBytes(bytes);
				if (random.nextBoolean() && bytes.length > 4) {
					Arrays.fill(bytes, 0, 3, (byte) 0);
				}
				if (random.nextBoolean()) {
					pieces.write(RecordingFormat.header());
				}
				pieces.write(bytes);
			}
			byte[] all = pieces.toByteArray();
			long damaged = read(all).stream().mapToLong((entry) -> ((Damaged) entry).length()).sum();
			assertThat(damaged).isLessThanOrEqualTo(all.length);
			assertThat((all.length - damaged) % 8).as("headers").isZero();
		}
	}

	@Test
	void whenEntryCannotBeWrittenThenTheFileIsUnchanged() throws IOException {
		Path file = this.folder.resolve("day.spop");
		try (RecordingWriter writer = new RecordingWriter(file)) {
			assertThatIllegalArgumentException().isThrownBy(() -> writer.write(new Damaged(0, 1, "x")));
			assertThatIllegalArgumentException().isThrownBy(() -> writer.write(frame(1, Sender.AGENT, 16_777_217)))
				.withMessage("An entry has at most 16777216 bytes, not 16777217");
			assertThatIllegalArgumentException().isThrownBy(() -> writer.write(new Closed(TIME, 4_294_967_296L)));
			writer.write(new Closed(TIME, 1));
		}
		assertThat(read(file)).containsExactly(new Closed(TIME, 1));
	}

	@Test
	void whenFileIsCutWhileItIsWrittenThenLaterEntriesAreRead() throws IOException {
		Path file = this.folder.resolve("day.spop");
		write(file, List.of(new Closed(TIME, 1)));
		Files.write(file, new byte[] { 0, 0, 0 }, StandardOpenOption.APPEND);
		write(file, List.of(new Closed(TIME, 2)));
		assertThat(read(file)).hasSize(3).endsWith(new Closed(TIME, 2));
	}

	private static RecordedFrame frame(long connection, Sender sender, int length) {
		byte[] bytes = new byte[length];
		new Random(length).nextBytes(bytes);
		return new RecordedFrame(TIME.plusNanos(length * 1_000L), connection, sender, bytes);
	}

	private static void write(Path file, List<? extends RecordingEntry> entries) throws IOException {
		try (RecordingWriter writer = new RecordingWriter(file)) {
			for (RecordingEntry entry : entries) {
				writer.write(entry);
			}
		}
	}

	private static List<RecordingEntry> read(Path file) throws IOException {
		return read(RecordingReader.open(file));
	}

	private static List<RecordingEntry> read(byte[] bytes) throws IOException {
		return read(new RecordingReader(new ByteArrayInputStream(bytes)));
	}

	private static List<RecordingEntry> read(RecordingReader reader) throws IOException {
		try (reader) {
			List<RecordingEntry> entries = new ArrayList<>();
			for (RecordingEntry entry = reader.next(); entry != null; entry = reader.next()) {
				entries.add(entry);
			}
			return entries;
		}
	}

}
