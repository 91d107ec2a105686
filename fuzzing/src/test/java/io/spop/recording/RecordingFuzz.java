package io.spop.recording;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.spop.fuzzing.Input;
import io.spop.fuzzing.Pieces;

/**
 * Reads any bytes as a recording, and recordings that are damaged in any place.
 */
class RecordingFuzz {

	private static final byte[] HEADER = { (byte) 0x89, 'S', 'P', 'O', 'P', '\r', '\n', 1 };

	@FuzzTest
	void recording(byte[] bytes) throws IOException {
		Input input = new Input(bytes);
		int choice = input.next();
		List<RecordingEntry> written = new ArrayList<>();
		byte[] file = ((choice & 1) == 0) ? input.rest() : write(input, written);
		List<RecordingEntry> entries = read(new ByteArrayInputStream(file), file.length);
		List<RecordingEntry> inPieces = read(new Pieces(file, 1 + (choice >> 1)), file.length);
		require(entries.equals(inPieces), entries + " became " + inPieces);
		if (!written.isEmpty()) {
			List<RecordingEntry> whole = entries.stream()
				.filter((entry) -> !(entry instanceof RecordingEntry.Damaged))
				.toList();
			require(whole.containsAll(written), "Expected " + written + ", not " + whole);
		}
		require(RecordingReader
			.isRecording(file) == (file.length >= HEADER.length && Arrays.equals(file, 0, 7, HEADER, 0, 7)),
				"Is this a recording?");
	}

	private static List<RecordingEntry> read(InputStream in, int length) throws IOException {
		List<RecordingEntry> entries = new ArrayList<>();
		try (RecordingReader reader = new RecordingReader(in)) {
			long offset = 0;
			for (RecordingEntry entry = reader.next(); entry != null; entry = reader.next()) {
				entries.add(entry);
				require(reader.offset() > offset && reader.offset() <= length,
						"From " + offset + " to " + reader.offset());
				if (entry instanceof RecordingEntry.Damaged damaged) {
					require(damaged.offset() >= offset && damaged.length() > 0
							&& damaged.offset() + damaged.length() == reader.offset(), "At " + offset + ": " + damaged);
				}
				offset = reader.offset();
			}
			require(reader.offset() == length, "Not read to its end");
		}
		return entries;
	}

	/**
	 * Write a recording by the description of the format.
	 * @param written gets the entries, up to the first damage
	 */
	private static byte[] write(Input input, List<RecordingEntry> written) {
		ByteArrayOutputStream file = new ByteArrayOutputStream();
		file.writeBytes(HEADER);
		boolean whole = true;
		while (input.hasMore()) {
			int kind = input.next();
			switch (kind & 7) {
				case 0 -> file.writeBytes(HEADER);
				case 7 -> {
					file.writeBytes(input.next(1 + (kind >> 3)));
					whole = false;
				}
				default -> {
					byte[] entry = entry(kind & 7, kind >> 3, input, whole ? written : new ArrayList<>());
					file.writeBytes(entry);
				}
			}
		}
		return file.toByteArray();
	}

	private static byte[] entry(int type, int size, Input input, List<RecordingEntry> written) {
		long time = input.nextLong() >> 10;
		int connection = input.next();
		byte[] content = input.next(4 * size);
		int code = (type == 6) ? input.next() : type;
		ByteBuffer entry = ByteBuffer.allocate(21 + content.length);
		entry.putInt(content.length).put((byte) code).putLong(time).putInt(connection).put(content);
		CRC32C checksum = new CRC32C();
		checksum.update(entry.array(), 0, entry.position());
		entry.putInt((int) checksum.getValue());
		Instant instant = Instant.EPOCH.plus(time, ChronoUnit.MICROS);
		switch (code) {
			case 1 -> {
				List<String> texts = texts(content);
				if (texts.size() >= 2) {
					written.add(new RecordingEntry.Opened(instant, connection, texts.get(0), texts.get(1),
							texts.subList(2, texts.size())));
				}
			}
			case 2 -> written
				.add(new RecordingEntry.RecordedFrame(instant, connection, RecordingEntry.Sender.HAPROXY, content));
			case 3 -> written
				.add(new RecordingEntry.RecordedFrame(instant, connection, RecordingEntry.Sender.AGENT, content));
			case 4 -> written.add(new RecordingEntry.Closed(instant, connection));
			case 5 -> {
				if (content.length >= 8) {
					written.add(new RecordingEntry.Missing(instant, ByteBuffer.wrap(content).getLong()));
				}
			}
			default -> {
			}
		}
		return entry.array();
	}

	private static List<String> texts(byte[] content) {
		List<String> texts = new ArrayList<>();
		ByteBuffer bytes = ByteBuffer.wrap(content);
		while (bytes.remaining() >= 4) {
			int length = bytes.getInt();
			if (length < 0 || length > bytes.remaining()) {
				return List.of();
			}
			texts.add(new String(content, bytes.position(), length, StandardCharsets.UTF_8));
			bytes.position(bytes.position() + length);
		}
		return bytes.hasRemaining() ? List.of() : texts;
	}

	private static void require(boolean condition, String message) {
		if (!condition) {
			throw new AssertionError(message);
		}
	}

}
