package io.spop.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;

import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.StatusCode;
import io.spop.recording.RecordingEntry;
import io.spop.recording.RecordingEntry.RecordedFrame;
import io.spop.recording.RecordingEntry.Sender;
import io.spop.recording.RecordingWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@code spop dump} with recordings, and of its options.
 */
class DumpCommandTests {

	private static final Instant TIME = Instant.ofEpochSecond(Packets.SECONDS);

	@TempDir
	private Path folder;

	private String output = "";

	private String error = "";

	@Test
	void whenFileIsRecordingThenItsEntriesAreShown() throws IOException {
		Path file = recording();
		assertThat(run("dump", "--prefix", "my", file.toString())).isEqualTo(ExitStatus.NO);
		assertThat(this.output).isEqualTo(
				"""
						2026-11-27T09:00:00.000000Z #7 opened from 192.0.2.1:4000 to the listener ma\\u001bin, recorded without the values of cookie, a b
						2026-11-27T09:00:00.001000Z #7 HAProxy -> agent  NOTIFY stream 1, frame 1
						    message check
						        ip = 127.0.0.1 (ipv4)
						2026-11-27T09:00:00.003250Z #7 agent -> HAProxy  ACK stream 1, frame 1, 2.250 ms after its NOTIFY
						    set sess.my.score = 80 (int64)
						2026-11-27T09:00:00.004000Z #8 HAProxy -> agent  NOTIFY stream 3, frame 1
						    message other
						        ip = 127.0.0.1 (ipv4)
						2026-11-27T09:00:00.005000Z #8 agent -> HAProxy  AGENT-DISCONNECT
						    status-code = 4 (uint32): invalid frame received
						    message = "invalid frame received"
						2026-11-27T09:00:00.006000Z 12 entries are missing, which the recorder could not write in time
						2026-11-27T09:00:00.007000Z #7 closed

						4 frames on 2 connections. Problems: 0 malformed frames, 1 other.
						""");
	}

	@Test
	void whenOutputIsJsonThenEachLineIsAnObject() throws IOException {
		Path file = recording();
		assertThat(run("dump", "--json", file.toString())).isEqualTo(ExitStatus.NO);
		assertThat(this.output.lines()).hasSize(8).allMatch((line) -> line.startsWith("{") && line.endsWith("}"));
		assertThat(this.output).contains("""
				{"event":"opened","time":"2026-11-27T09:00:00.000000Z","connection":7,""")
			.contains("\"listener\":\"ma\\u001Bin\"", "\"redacted\":[\"cookie\",\"a b\"]")
			.contains(
					"""
							{"event":"frame","time":"2026-11-27T09:00:00.003250Z","connection":7,"from":"agent",\
							"fileOffset":137,"type":"ACK","typeCode":103,"flags":1,"stream":1,"frame":1,"actions":[{"action":"set",\
							"variable":"sess.score","scope":"sess","name":"score","type":"int64","value":80}],\
							"millisecondsSinceNotify":2.250000}
							""")
			.contains("{\"event\":\"missing\",\"time\":\"2026-11-27T09:00:00.006000Z\",\"entries\":12,\"text\":")
			.contains(
					"{\"event\":\"summary\",\"frames\":4,\"connections\":2,\"malformedFrames\":0,\"otherProblems\":1,");
	}

	@Test
	void whenFiltersAreGivenThenOnlyTheirFramesAreShown() throws IOException {
		String file = recording().toString();
		run("dump", "--message", "check", file);
		assertThat(titles()).containsExactly("NOTIFY stream 1", "ACK stream 1");
		assertThat(this.output).contains("4 frames on 2 connections, of which 2 frames shown.")
			.doesNotContain("opened", "closed");
		run("dump", "-m", "check", "-m", "other", "--type", "notify", file);
		assertThat(titles()).containsExactly("NOTIFY stream 1", "NOTIFY stream 3");
		run("dump", "--stream", "3", file);
		assertThat(titles()).containsExactly("NOTIFY stream 3");
		run("dump", "--type", "agent-disconnect", file);
		assertThat(titles()).containsExactly("AGENT-DISCONNECT");
		run("dump", "--connection", "7", file);
		assertThat(titles()).containsExactly("NOTIFY stream 1", "ACK stream 1");
		assertThat(this.output).contains("opened", "closed");
		run("dump", "--from", "2026-11-27T09:00:00.003Z", "--to", "2026-11-27T09:00:00.005Z", file);
		assertThat(titles()).containsExactly("ACK stream 1", "NOTIFY stream 3");
	}

	@Test
	void whenFilterIsWrongThenItIsRefused() throws IOException {
		String file = recording().toString();
		for (String[] wrong : new String[][] { { "--stream", "x" }, { "--type", "x" }, { "--from", "x" },
				{ "--to", "2026-11-27" }, { "--connection", "x" }, { "--port", "70000" } }) {
			assertThat(run("dump", wrong[0], wrong[1], file)).isEqualTo(ExitStatus.USAGE);
			assertThat(this.error).contains(wrong[1]).doesNotContain("\tat ", "java.");
			assertThat(this.output).isEmpty();
		}
		assertThat(run("dump")).isEqualTo(ExitStatus.USAGE);
		assertThat(run("dump", "--from", "2026-11-27T10:00:00+01:00", "--to", "2026-11-27T09:00:00Z", file))
			.isEqualTo(ExitStatus.USAGE);
		assertThat(this.error).isEqualTo("No time is from 2026-11-27T09:00:00Z on and before 2026-11-27T09:00:00Z.\n");
	}

	@Test
	void whenNotifyIsFragmentedThenItIsShownWholeToo() throws IOException {
		byte[] payload = Packets.notify(1, "check");
		payload = Arrays.copyOfRange(payload, 11, payload.length);
		Path file = recording(entry(1, Sender.HAPROXY, fragment(FrameType.NOTIFY, false, payload, 0, 3)),
				entry(2, Sender.HAPROXY, fragment(FrameType.UNSET, false, payload, 3, 8)),
				entry(3, Sender.HAPROXY, fragment(FrameType.UNSET, true, payload, 8, payload.length)),
				entry(5, Sender.AGENT, Packets.ack(1)));
		assertThat(run("dump", file.toString())).isEqualTo(ExitStatus.GOOD);
		assertThat(titles()).containsExactly("NOTIFY stream 1", "UNSET stream 1", "UNSET stream 1", "NOTIFY stream 1",
				"ACK stream 1");
		assertThat(this.output).contains("frame 1, first fragment\n    payload = 056368 (binary, 3 bytes)\n")
			.contains(
					"NOTIFY stream 1, frame 1, whole, of 3 fragments\n    message check\n        ip = 127.0.0.1 (ipv4)\n")
			.contains("ACK stream 1, frame 1, 2.000 ms after its NOTIFY")
			.endsWith("\n4 frames on 1 connection.\n");
		run("dump", "--message", "check", file.toString());
		assertThat(titles()).containsExactly("NOTIFY stream 1", "ACK stream 1");
	}

	@Test
	void whenWholeNotifyReplacesFragmentsThenTheyDoNotCount() throws IOException {
		byte[] first = fragment(FrameType.NOTIFY, false, new byte[1024 * 1024], 0, 1024 * 1024);
		byte[] whole = Packets.notify(1, "check");
		List<RecordingEntry> entries = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			entries.add(entry(i, Sender.HAPROXY, first));
			entries.add(entry(i, Sender.HAPROXY, whole));
		}
		Path file = recording(entries.toArray(RecordingEntry[]::new));
		assertThat(run("dump", file.toString())).isEqualTo(ExitStatus.GOOD);
		assertThat(this.output).endsWith("\n20 frames on 1 connection.\n");
	}

	@Test
	void whenTooManyNotifysWaitForTheirAckThenOneLineSaysSo() throws IOException {
		List<RecordingEntry> entries = new ArrayList<>();
		for (int i = 1; i <= Dump.MAX_WAITING; i++) {
			entries.add(entry(0, Sender.HAPROXY, Packets.notify(i, "check")));
		}
		// The first has waited for longer than any HAProxy waits: no line says so
		entries.add(entry(60_000, Sender.HAPROXY, Packets.notify(100_000, "check")));
		entries.add(entry(1, Sender.HAPROXY, Packets.notify(100_001, "check")));
		entries.add(entry(2, Sender.HAPROXY, Packets.notify(100_002, "check")));
		entries.add(entry(3, Sender.AGENT, Packets.ack(3)));
		entries.add(entry(3, Sender.AGENT, Packets.ack(4)));
		Path file = recording(entries.toArray(RecordingEntry[]::new));
		assertThat(run("dump", "--type", "ack", file.toString())).isEqualTo(ExitStatus.NO);
		assertThat(this.output.lines().filter((line) -> line.contains("ACK"))).containsExactly(
				"2026-11-27T09:00:00.001000Z more than 50000 NOTIFYs wait for their ACK: from here on, the oldest are "
						+ "forgotten, and their ACKs are shown as those of no NOTIFY",
				"2026-11-27T09:00:00.003000Z #1 agent -> HAProxy  ACK stream 3, frame 1, no NOTIFY waits for it",
				"2026-11-27T09:00:00.003000Z #1 agent -> HAProxy  ACK stream 4, frame 1, 3.000 ms after its NOTIFY");
	}

	@Test
	void whenBeginningOfRecordingIsMissingThenReadingBeginsAtTheNextHeader() throws IOException {
		byte[] bytes = Files.readAllBytes(recording());
		Path file = Files.write(this.folder.resolve("tail"),
				Packets.join(Arrays.copyOfRange(bytes, 50, bytes.length), bytes));
		assertThat(run("dump", file.toString())).isEqualTo(ExitStatus.NO);
		assertThat(this.output)
			.startsWith((bytes.length - 50) + " bytes of the file cannot be read: A recording begins with a header "
					+ "(at byte 0 of the file)\n")
			.endsWith("4 frames on 2 connections. Problems: 0 malformed frames, 2 others.\n");
	}

	@Test
	void whenFramesAreMalformedThenTheyAreShownAndCounted() throws IOException {
		Path file = recording(entry(1, Sender.HAPROXY, new byte[] { 0, 0, 0, 9, 3 }),
				entry(2, Sender.HAPROXY, new byte[0]), entry(3, Sender.AGENT, Packets.ack(1)));
		assertThat(run("dump", file.toString())).isEqualTo(ExitStatus.NO);
		assertThat(this.output).contains(
				"    cannot be decoded from byte 5 of the frame on: the frame ends too early\n    bytes from there: none\n")
			.contains("frame without a type")
			.contains("    the frame begins at byte 25 of the file\n")
			.contains("ACK stream 1, frame 1, no NOTIFY waits for it")
			.contains("Problems: 2 malformed frames, 0 others.");
		run("dump", "--json", file.toString());
		assertThat(this.output).containsOnlyOnce("\"actions\":").containsOnlyOnce("\"withoutNotify\":true}");
	}

	@Test
	void whenRecordingIsDamagedThenReadingGoesOn() throws IOException {
		byte[] bytes = Files.readAllBytes(recording());
		byte[] damaged = bytes.clone();
		damaged[60] ^= 1;
		Path file = Files.write(this.folder.resolve("damaged"), Packets.join(damaged, bytes));
		assertThat(run("dump", file.toString())).isEqualTo(ExitStatus.NO);
		assertThat(this.output).contains("bytes of the file cannot be read: ")
			.contains(" (at byte ")
			.contains("NOTIFY stream 1")
			.endsWith("Problems: 0 malformed frames, 2 others.\n");
	}

	@Test
	void whenNumberOfConnectionIsUsedAgainThenAnAckIsNotThatOfTheFirst() throws IOException {
		RecordingEntry opened = new RecordingEntry.Opened(TIME, 1, "main", "");
		Path file = recording(opened, entry(1, Sender.HAPROXY, Packets.notify(1, "check")),
				new RecordingEntry.Opened(TIME.plusMillis(2), 1, "main", ""), entry(3, Sender.AGENT, Packets.ack(1)));
		assertThat(run("dump", file.toString())).isEqualTo(ExitStatus.GOOD);
		assertThat(this.output).contains("ACK stream 1, frame 1, no NOTIFY waits for it").contains("on 2 connections");
	}

	@Test
	void whenFileIsCompressedThenItIsUnpacked() throws IOException {
		byte[] recording = Files.readAllBytes(recording());
		byte[] packed = gzip(recording);
		Path file = Files.write(this.folder.resolve("day.spop.gz"), packed);
		assertThat(run("dump", file.toString())).isEqualTo(ExitStatus.NO);
		assertThat(this.output).contains("4 frames on 2 connections.");
		Files.write(file, Arrays.copyOf(packed, packed.length - 20));
		assertThat(run("dump", file.toString())).isEqualTo(ExitStatus.NO);
		assertThat(this.output).contains("gzip cannot unpack the rest of the file\n");
		Files.write(file, Arrays.copyOf(packed, 9));
		assertThat(run("dump", file.toString())).isEqualTo(ExitStatus.DATA);
		assertThat(this.error).isEqualTo("'" + file + "' is damaged: gzip cannot unpack it.\n");
		Files.write(file, gzip(Packets.ascii("neither")));
		assertThat(run("dump", file.toString())).isEqualTo(ExitStatus.DATA);
	}

	@Test
	void whenFileIsNotUnderstoodThenOneSentenceSaysSo() throws IOException {
		Path text = Files.writeString(this.folder.resolve("text"), "hello");
		assertThat(run("dump", text.toString())).isEqualTo(ExitStatus.DATA);
		assertThat(this.error).isEqualTo("'" + text + "' is neither a recording of spop nor a pcap or pcapng file.\n");
		Path empty = Files.writeString(this.folder.resolve("empty"), "");
		assertThat(run("dump", empty.toString())).isEqualTo(ExitStatus.DATA);
		assertThat(this.error).isEqualTo("'" + empty + "' is empty.\n");
		assertThat(run("dump", this.folder.toString())).isEqualTo(ExitStatus.NO_INPUT);
		assertThat(this.error).isEqualTo("'" + this.folder + "' is a directory.\n");
		assertThat(run("dump", "/none")).isEqualTo(ExitStatus.NO_INPUT);
		assertThat(this.error).contains("there is no file '/none'").hasLineCount(1);
		assertThat(run("dump", "\0")).isEqualTo(ExitStatus.NO_INPUT);
		assertThat(this.error).isEqualTo("'\\u0000' does not name a file.\n");
	}

	@Test
	void whenOneOfSeveralFilesIsMissingThenTheOthersAreShown() throws IOException {
		Path file = recording(entry(1, Sender.HAPROXY, Packets.notify(1, "check")));
		assertThat(run("dump", "/none", file.toString())).isEqualTo(ExitStatus.NO_INPUT);
		assertThat(this.error).contains("/none");
		assertThat(this.output).contains("== " + file + " ==\n").contains("NOTIFY stream 1");
	}

	@Test
	void whenFileIsHyphenThenTheStandardInputIsRead() throws IOException {
		InputStream before = System.in;
		try {
			System.setIn(new ByteArrayInputStream(Files.readAllBytes(recording())));
			assertThat(run("dump", "-")).isEqualTo(ExitStatus.NO);
			assertThat(this.output).contains("4 frames on 2 connections.");
		}
		finally {
			System.setIn(before);
		}
	}

	private Path recording() throws IOException {
		return recording(new RecordingEntry.Opened(TIME, 7, "ma\u001bin", "192.0.2.1:4000", List.of("cookie", "a b")),
				new RecordedFrame(TIME.plusMillis(1), 7, Sender.HAPROXY, Packets.notify(1, "check")),
				new RecordedFrame(TIME.plusNanos(3_250_000), 7, Sender.AGENT, Packets.ack(1)),
				new RecordedFrame(TIME.plusMillis(4), 8, Sender.HAPROXY, Packets.notify(3, "other")),
				new RecordedFrame(TIME.plusMillis(5), 8, Sender.AGENT,
						Packets.frame(new Frame.AgentDisconnect(StatusCode.INVALID_FRAME))),
				new RecordingEntry.Missing(TIME.plusMillis(6), 12), new RecordingEntry.Closed(TIME.plusMillis(7), 7));
	}

	private static RecordedFrame entry(int millis, Sender sender, byte[] frame) {
		return new RecordedFrame(TIME.plusMillis(millis), 1, sender, frame);
	}

	private static byte[] fragment(FrameType type, boolean last, byte[] payload, int from, int to) {
		return Packets.frame(new Frame.Fragment(type, 1, 1, last, false, Arrays.copyOfRange(payload, from, to)));
	}

	private Path recording(RecordingEntry... entries) throws IOException {
		Path file = this.folder.resolve("day.spop");
		Files.deleteIfExists(file);
		try (RecordingWriter writer = new RecordingWriter(file)) {
			for (RecordingEntry entry : entries) {
				writer.write(entry);
			}
		}
		return file;
	}

	private static byte[] gzip(byte[] bytes) throws IOException {
		ByteArrayOutputStream packed = new ByteArrayOutputStream();
		try (OutputStream out = new GZIPOutputStream(packed)) {
			out.write(bytes);
		}
		return packed.toByteArray();
	}

	private String[] titles() {
		return this.output.lines()
			.filter((line) -> line.contains(" -> "))
			.map((line) -> line.replaceFirst(".*(agent|HAProxy)  ", "").replaceFirst(",.*", ""))
			.toArray(String[]::new);
	}

	private int run(String... arguments) {
		CommandRun run = CommandRun.of(arguments);
		this.output = run.out();
		this.error = run.err();
		return run.status();
	}

}
