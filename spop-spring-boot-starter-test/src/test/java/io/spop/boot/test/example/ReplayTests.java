package io.spop.boot.test.example;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.spop.boot.test.autoconfigure.SpopTest;
import io.spop.boot.test.autoconfigure.SpopTestClient;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import io.spop.recording.RecordingEntry;
import io.spop.recording.RecordingEntry.Opened;
import io.spop.recording.RecordingEntry.RecordedFrame;
import io.spop.recording.RecordingEntry.Sender;
import io.spop.recording.RecordingWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.bean.override.mockito.MockitoBean;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * A test replays a recording against the handlers of an application.
 */
@SpopTest
class ReplayTests {

	private static final Instant TIME = Instant.parse("2026-03-01T12:00:00.123456Z");

	private static final NotifyMessage ECHO = NotifyMessage.of("echo", new Argument("a", SpopValue.of(5)));

	private static final Actions ANSWER = Actions.set(VarScope.SESSION, "a_0", "Int64")
		.andSet(VarScope.TRANSACTION, "a_0", 5);

	@Autowired
	private SpopTestClient client;

	@MockitoBean
	private Components.ScoreSource source;

	@TempDir
	private Path folder;

	@Test
	void whenAnswersAreTheSameThenThereAreNoDifferences() {
		Path recording = recording(new Opened(TIME, 1, "another", ""), notify(1, ECHO), notify(2, ECHO), ack(2, ANSWER),
				ack(1, ANSWER), notify(3, NotifyMessage.of("without-an-ack")));
		this.client.replay(recording).hasNoDifferences();
	}

	@Test
	void whenAnswersDifferThenEachDifferenceIsNamed() {
		Path recording = recording(new Opened(TIME, 1, "another", "", List.of("cookie")), notify(1, ECHO),
				ack(1, Actions.set(VarScope.SESSION, "a_0", "Text").andSet(VarScope.TRANSACTION, "a_0", 5)),
				notify(2, ECHO), ack(2, ANSWER));
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> this.client.replay(recording).hasNoDifferences())
			.withMessage(
					"Expecting the replay of " + recording + " with 2 NOTIFYs to have no differences, but 1 have:\n"
							+ "NOTIFY of 2026-03-01T12:00:00.123456Z, echo a=5\n"
							+ "  sess.a_0: recorded str Text, replayed str Int64\n"
							+ "The recording does not have the values of the arguments [cookie]");
		this.client.replay(recording).ignoringVariable(VarScope.SESSION, "a_0").hasNoDifferences();
		assertThatExceptionOfType(AssertionError.class).isThrownBy(
				() -> this.client.replay(recording).ignoringVariable(VarScope.TRANSACTION, "a_0").hasNoDifferences());
	}

	@Test
	void whenManyAnswersDifferThenTheFirstAreShown() {
		List<RecordingEntry> entries = new ArrayList<>();
		for (int i = 0; i < 25; i++) {
			entries.add(notify(i, ECHO));
			entries.add(ack(i, Actions.none()));
		}
		Path recording = recording(entries.toArray(RecordingEntry[]::new));
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> this.client.replay(recording).hasNoDifferences())
			.withMessageContaining("with 25 NOTIFYs to have no differences, but 25 have")
			.withMessageContaining("sess.a_0: recorded no action, replayed str Int64")
			.withMessageEndingWith("... and 15 more");
	}

	@Test
	void whenNotifyCameInFragmentsThenItIsReplayed() {
		byte[] payload = Arrays.copyOfRange(bytes(new Frame.Notify(1, 1, ECHO)), 11,
				bytes(new Frame.Notify(1, 1, ECHO)).length);
		Path recording = recording(
				frame(Sender.HAPROXY,
						new Frame.Fragment(FrameType.NOTIFY, 1, 1, false, false, Arrays.copyOf(payload, 3))),
				frame(Sender.HAPROXY, new Frame.Fragment(FrameType.UNSET, 1, 1, true, false,
						Arrays.copyOfRange(payload, 3, payload.length))),
				ack(1, ANSWER));
		this.client.replay(recording).hasNoDifferences();
	}

	@Test
	void whenRecordingHasNoAnswersThenTheTestFails() {
		Path recording = recording(notify(1, ECHO),
				new RecordedFrame(TIME, 1, Sender.HAPROXY, new byte[] { 0, 0, 0, 9, 3, 0, 0, 0, 1 }));
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> this.client.replay(recording).hasNoDifferences())
			.withMessage(
					"Expecting the replay of " + recording + " with 0 NOTIFYs to have at least one NOTIFY with an ACK");
	}

	@Test
	void whenMessagesAreLargerThanADefaultFrameThenTheyAreReplayed() {
		String large = "x".repeat(20_000);
		Path recording = recording(notify(1, NotifyMessage.of("echo", new Argument("a", SpopValue.of(large)))),
				ack(1, Actions.set(VarScope.SESSION, "a_0", "Text").andSet(VarScope.TRANSACTION, "a_0", large)));
		assertThatNoException().isThrownBy(() -> this.client.replay(recording).hasNoDifferences());
	}

	@Test
	void whenFileIsNoRecordingThenSaysSo() throws IOException {
		Path file = Files.writeString(this.folder.resolve("day.txt"), "text");
		assertThatIllegalArgumentException().isThrownBy(() -> this.client.replay(file))
			.withMessage("'" + file + "' is not a recording of frames: A recording begins with a header");
		assertThatExceptionOfType(UncheckedIOException.class)
			.isThrownBy(() -> this.client.replay(this.folder.resolve("missing")))
			.withMessageContaining("cannot be read");
	}

	private Path recording(RecordingEntry... entries) {
		Path file = this.folder.resolve("day.spop");
		try (RecordingWriter writer = new RecordingWriter(file)) {
			for (RecordingEntry entry : entries) {
				writer.write(entry);
			}
			return file;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static RecordedFrame notify(long stream, NotifyMessage message) {
		return frame(Sender.HAPROXY, new Frame.Notify(stream, 1, message));
	}

	private static RecordedFrame ack(long stream, Actions actions) {
		return frame(Sender.AGENT, new Frame.Ack(stream, 1, actions));
	}

	private static RecordedFrame frame(Sender sender, Frame frame) {
		return new RecordedFrame(TIME, 1, sender, bytes(frame));
	}

	private static byte[] bytes(Frame frame) {
		ByteBuf out = Unpooled.buffer();
		new SpopCodec(1 << 20).encode(frame, out);
		return ByteBufUtil.getBytes(out);
	}

}
