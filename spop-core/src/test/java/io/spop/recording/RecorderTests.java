package io.spop.recording;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;
import io.spop.protocol.VarScope;
import io.spop.recording.RecordingEntry.Closed;
import io.spop.recording.RecordingEntry.Missing;
import io.spop.recording.RecordingEntry.Opened;
import io.spop.recording.RecordingEntry.RecordedFrame;
import io.spop.recording.RecordingEntry.Sender;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * A recorder writes what it is given and the filter wants, and neither waits for the disk
 * nor fails because of it.
 */
@Timeout(30)
class RecorderTests {

	private static final SpopCodec codec = new SpopCodec(1 << 20);

	@TempDir
	private Path folder;

	@Test
	void whenFramesAreSentThenTheyAreRecordedInTheirOrder() throws IOException {
		Path file = this.folder.resolve("day.spop");
		byte[] notify = notify(1, message("check", "ip", "192.0.2.1"));
		byte[] ack = ack(1);
		try (Recorder recorder = Recorder.builder(file).open()) {
			assertThat(recorder.file()).isEqualTo(file);
			ConnectionRecorder connection = recorder.connection("main", "127.0.0.1:50000");
			connection.haproxySent(notify, 0, notify.length);
			ByteBuf direct = Unpooled.directBuffer().writeBytes(ack);
			connection.agentSent(direct);
			assertThat(direct.readableBytes()).isEqualTo(ack.length);
			direct.release();
			ConnectionRecorder other = recorder.connection("unix", "");
			other.agentSent(new byte[] { 9, 1, 2, 9 }, 1, 2);
			other.haproxySent(Unpooled.wrappedBuffer(new byte[] { 9, 3 }, 1, 1));
			connection.closed();
			other.closed();
			close(recorder);
			assertThat(recorder.written()).isEqualTo(8);
			assertThat(recorder.bytes()).isEqualTo(Files.size(file));
			assertThat(recorder.dropped()).isZero();
			connection.closed();
		}
		assertThat(read(file)).usingRecursiveComparison()
			.ignoringFields("time")
			.isEqualTo(
					List.of(new Opened(Instant.EPOCH, 1, "main", "127.0.0.1:50000"), frame(1, Sender.HAPROXY, notify),
							frame(1, Sender.AGENT, ack), new Opened(Instant.EPOCH, 2, "unix", ""),
							frame(2, Sender.AGENT, new byte[] { 1, 2 }), frame(2, Sender.HAPROXY, new byte[] { 3 }),
							new Closed(Instant.EPOCH, 1), new Closed(Instant.EPOCH, 2)));
	}

	@Test
	void whenBytesChangeAfterwardsThenTheRecordingHasWhatWasSent() throws IOException {
		Path file = this.folder.resolve("day.spop");
		byte[] notify = notify(1, message("check", "ip", "192.0.2.1"));
		byte[] reused = notify.clone();
		try (Recorder recorder = Recorder.builder(file).open()) {
			recorder.connection("main", "").haproxySent(reused, 0, reused.length);
			Arrays.fill(reused, (byte) 0);
		}
		assertThat(frames(file)).containsExactly(notify);
	}

	@Test
	void whenEntriesAreFewThenTheyAreWrittenSoon() throws Exception {
		Path file = this.folder.resolve("day.spop");
		try (Recorder recorder = Recorder.builder(file).open()) {
			ConnectionRecorder connection = recorder.connection("main", "");
			awaitWritten(recorder, 1);
			for (int i = 2; i < 20; i++) {
				connection.agentSent(ack(i), 0, 7);
				awaitWritten(recorder, i);
			}
			assertThat(read(file)).hasSize(19);
		}
	}

	@Test
	void whenRecordingIsContinuedThenItsConnectionsHaveOtherNumbers() throws IOException {
		Path file = this.folder.resolve("day.spop");
		for (int i = 0; i < 3; i++) {
			try (Recorder recorder = Recorder.builder(file).open()) {
				recorder.connection("main", "");
			}
		}
		assertThat(read(file)).hasSize(3)
			.extracting((entry) -> ((Opened) entry).connection())
			.doesNotHaveDuplicates()
			.startsWith(1L);
	}

	@Test
	void whenAnotherRecorderWritesTheFileThenRefuses() throws IOException {
		Path file = this.folder.resolve("day.spop");
		try (Recorder recorder = Recorder.builder(file).open()) {
			assertThatIOException().isThrownBy(() -> Recorder.builder(file).open())
				.withMessage("Another recorder writes the file");
			recorder.connection("main", "");
		}
		Recorder.builder(file).open().close();
		assertThat(read(file)).hasSize(1);
	}

	@Test
	void whenFileIsNoRecordingThenItIsLeftAsItIs() throws IOException {
		Path file = Files.writeString(this.folder.resolve("application.log"), "A line\n");
		assertThatIOException().isThrownBy(() -> Recorder.builder(file).open())
			.withMessage("The file exists, and is not a recording");
		assertThat(file).hasContent("A line\n");
		Path begun = Files.write(this.folder.resolve("begun.spop"), new byte[] { (byte) 0x89, 'S' });
		Recorder.builder(begun).open().close();
	}

	@Test
	void whenFileIsFullThenItIsRotated() throws IOException {
		Path file = this.folder.resolve("day.spop");
		byte[] notify = notify(1, message("check", "secret", "x".repeat(1000)));
		try (Recorder recorder = Recorder.builder(file)
			.rotate(1_000, 3)
			.filter(RecordingFilter.everything().redact(List.of("cookie")))
			.open()) {
			ConnectionRecorder connection = recorder.connection("main", "peer");
			ConnectionRecorder closed = recorder.connection("main", "closed");
			closed.closed();
			for (int i = 0; i < 5; i++) {
				connection.haproxySent(notify, 0, notify.length);
			}
			close(recorder);
			assertThat(recorder.written()).isEqualTo(3 + 5 + 4);
			assertThat(recorder.dropped()).isZero();
		}
		List<RecordingEntry> newest = read(file);
		try (var files = Files.list(this.folder)) {
			assertThat(files).hasSize(3).allSatisfy((path) -> {
				List<RecordingEntry> entries = read(path);
				assertThat(entries).hasSize(2);
				// With the names of the arguments that are left out, in each file
				assertThat(entries.get(0)).isEqualTo(newest.get(0))
					.isEqualTo(new Opened(((Opened) newest.get(0)).time(), 1, "main", "peer", List.of("cookie")));
				assertThat(((RecordedFrame) entries.get(1)).bytes()).isEqualTo(notify);
			});
		}
	}

	@Test
	void whenFileIsMovedOrDeletedThenItBeginsAnew() throws IOException {
		Path file = this.folder.resolve("day.spop");
		Path moved = this.folder.resolve("moved.spop");
		try (Recorder recorder = Recorder.builder(file).open()) {
			ConnectionRecorder connection = recorder.connection("main", "peer");
			haproxy(connection, notify(1));
			awaitWritten(recorder, 2);
			Files.move(file, moved);
			haproxy(connection, notify(2));
			awaitWritten(recorder, 4);
			assertThat(frames(moved)).containsExactly(notify(1));
			assertThat(frames(file)).containsExactly(notify(2));
			assertThat(read(file).get(0)).isEqualTo(read(moved).get(0));
			Files.delete(file);
			haproxy(connection, notify(3));
			awaitWritten(recorder, 6);
			assertThat(frames(file)).containsExactly(notify(3));
			assertThat(recorder.failures()).isZero();
		}
	}

	@Test
	void whenAnotherFileTakesThePlaceThenItIsLeftAsItIs() throws Exception {
		Path file = this.folder.resolve("day.spop");
		LinkedBlockingQueue<IOException> reported = new LinkedBlockingQueue<>();
		try (Recorder recorder = Recorder.builder(file).onFailure(reported::add).open()) {
			ConnectionRecorder connection = recorder.connection("main", "");
			awaitWritten(recorder, 1);
			Files.move(Files.writeString(this.folder.resolve("application.log"), "A line\n"), file,
					StandardCopyOption.REPLACE_EXISTING);
			haproxy(connection, notify(1));
			assertThat(reported.poll(10, TimeUnit.SECONDS)).hasMessage("The file exists, and is not a recording");
			assertThat(file).hasContent("A line\n");
			assertThat(recorder.dropped()).isEqualTo(1);
		}
	}

	@Test
	void whenBeginningOfConnectionIsDroppedThenItIsWrittenLater() throws Exception {
		Path file = this.folder.resolve("day.spop");
		try (Recorder recorder = Recorder.builder(file).maxQueued(200).open()) {
			ConnectionRecorder first = recorder.connection("first", "");
			ConnectionRecorder dropped = first;
			long opened = 1;
			while (recorder.dropped() == 0) {
				dropped = recorder.connection("dropped", "");
				opened++;
			}
			awaitWritten(recorder, opened - 1);
			while (recorder.written() < opened) {
				dropped.closed();
			}
		}
		assertThat(read(file)).filteredOn(Opened.class::isInstance)
			.last()
			.satisfies((entry) -> assertThat(((Opened) entry).listener()).isEqualTo("dropped"));
	}

	@Test
	void whenMessagesAreChosenThenOnlyTheirNotifysAndAcksAreRecorded() throws IOException {
		Path file = this.folder.resolve("day.spop");
		byte[] hello = bytes(
				new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(Capability.PIPELINING), "engine", false));
		byte[] agentHello = bytes(new Frame.AgentHello("2.0", 16380, Set.of()));
		byte[] both = notify(2, message("other", "a", "b"), message("check", "a", "b"));
		byte[] disconnect = bytes(new Frame.HaproxyDisconnect(0, "bye"));
		byte[] agentDisconnect = bytes(new Frame.AgentDisconnect(StatusCode.NORMAL));
		try (Recorder recorder = recorder(file, RecordingFilter.everything().messages(List.of("check")))) {
			ConnectionRecorder connection = recorder.connection("main", "");
			haproxy(connection, hello, notify(1, message("other", "a", "b")), both, notify(3), disconnect);
			agent(connection, agentHello, ack(1), ack(2), ack(2), ack(3), agentDisconnect);
			close(recorder);
			assertThat(recorder.unreadable()).isZero();
		}
		assertThat(frames(file)).containsExactly(hello, both, disconnect, agentHello, ack(2), agentDisconnect);
		assertThat(read(file)).doesNotHaveAnyElementsOfTypes(Missing.class);
	}

	@Test
	void whenArgumentsAreRedactedThenTheFileDoesNotHaveTheirValues() throws IOException {
		Path file = this.folder.resolve("day.spop");
		byte[] notify = notify(1, message("check", "ip", "192.0.2.1", "cookie", "secret-1", "cookie", "secret-2"),
				message("login", "", "secret-3", "password", "secret-4", "user", "kim"));
		byte[] unchanged = notify(2, message("check", "ip", "192.0.2.2"));
		try (Recorder recorder = recorder(file,
				RecordingFilter.everything().redact(List.of("password", "Cookie", "COOKIE", "")))) {
			ConnectionRecorder connection = recorder.connection("main", "peer");
			haproxy(connection, notify, unchanged);
			agent(connection, ack(1), ack(2));
		}
		assertThat(frames(file)).containsExactly(bytes(new Frame.Notify(1, 1,
				NotifyMessage.of("check", new Argument("ip", SpopValue.of("192.0.2.1")),
						new Argument("cookie", SpopValue.ofNull()), new Argument("cookie", SpopValue.ofNull())),
				NotifyMessage.of("login", new Argument("", SpopValue.ofNull()),
						new Argument("password", SpopValue.ofNull()), new Argument("user", SpopValue.of("kim"))))),
				unchanged, ack(1), ack(2));
		assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)).doesNotContain("secret");
		assertThat(((Opened) read(file).get(0)).redacted()).containsExactly("", "Cookie", "password");
	}

	@Test
	void whenWhatHasToBeRedactedCannotBeReadThenItIsMissing() throws IOException {
		Path file = this.folder.resolve("day.spop");
		byte[] good = notify(1, message("check", "cookie", "x"));
		byte[] cut = Arrays.copyOf(good, good.length - 1);
		byte[] wrong = good.clone();
		wrong[wrong.length - 3] = 0x0f;
		byte[] fragment = bytes(new Frame.Fragment(FrameType.NOTIFY, 2, 1, false, false, new byte[] { 5 }));
		byte[] last = bytes(new Frame.Fragment(FrameType.UNSET, 2, 1, true, false, new byte[] { 5 }));
		byte[] unknown = bytes(new Frame.Unknown(77, 1, 1));
		byte[] ofAgents = bytes(new Frame.AgentDisconnect(0, "x"));
		for (RecordingFilter filter : List.of(RecordingFilter.everything().redact(List.of("cookie")),
				RecordingFilter.everything().messages(List.of("check")))) {
			Files.deleteIfExists(file);
			try (Recorder recorder = recorder(file, filter)) {
				ConnectionRecorder connection = recorder.connection("main", "");
				haproxy(connection, cut, wrong, fragment, last, unknown, ofAgents, new byte[3], good, fragment);
				close(recorder);
				assertThat(recorder.unreadable()).isEqualTo(8);
				assertThat(recorder.dropped()).isZero();
				assertThat(recorder.written()).isEqualTo(2);
			}
			List<RecordingEntry> read = read(file);
			assertThat(read).hasSize(4);
			assertThat(((Missing) read.get(1)).count()).isEqualTo(7);
			assertThat(((Missing) read.get(3)).count()).isEqualTo(1);
		}
		Files.delete(file);
		try (Recorder recorder = recorder(file, RecordingFilter.everything())) {
			haproxy(recorder.connection("main", ""), cut, wrong, fragment, last, unknown, new byte[3]);
		}
		assertThat(frames(file)).containsExactly(cut, wrong, fragment, last, unknown, new byte[3]);
	}

	@Test
	void whenAgentSendsWhatIsNoFrameThenItIsRecorded() throws IOException {
		Path file = this.folder.resolve("day.spop");
		try (Recorder recorder = recorder(file, RecordingFilter.everything().redact(List.of("cookie")))) {
			agent(recorder.connection("main", ""), new byte[] { 0, 0, 0, 3, 103, 0, 0 });
		}
		assertThat(frames(file)).hasSize(1);
	}

	@Test
	void whenSampledThenNotifysAndTheirAcksAreRecordedTogether() throws IOException {
		Path file = this.folder.resolve("day.spop");
		byte[] hello = bytes(new Frame.AgentHello("2.0", 16380, Set.of()));
		int count = 4000;
		try (Recorder recorder = recorder(file, RecordingFilter.everything().sampleRate(0.25))) {
			ConnectionRecorder connection = recorder.connection("main", "");
			for (int i = 0; i < count; i++) {
				agent(connection, hello);
				haproxy(connection, (i % 2 == 0) ? notify(i, message("check", "ip", "x"))
						: bytes(new Frame.Fragment(FrameType.UNSET, i, 1, true, false, new byte[] { 5 })));
				agent(connection, ack(i));
			}
			close(recorder);
			assertThat(recorder.dropped()).isZero();
		}
		Set<Long> notified = new HashSet<>();
		Set<Long> answered = new HashSet<>();
		int hellos = 0;
		for (byte[] bytes : frames(file)) {
			Frame frame = codec.decode(bytes, 0, bytes.length);
			if (frame instanceof Frame.Ack ack) {
				answered.add(ack.streamId());
			}
			else if (frame instanceof Frame.Notify notify) {
				notified.add(notify.streamId());
			}
			else if (frame instanceof Frame.Fragment fragment) {
				notified.add(fragment.streamId());
			}
			else {
				hellos++;
			}
		}
		assertThat(hellos).isEqualTo(count);
		assertThat(notified).isEqualTo(answered).hasSizeBetween(850, 1150);
	}

	@Test
	void whenRateIsZeroThenNoNotifyIsRecorded() throws IOException {
		Path file = this.folder.resolve("day.spop");
		try (Recorder recorder = recorder(file, RecordingFilter.everything().sampleRate(0))) {
			ConnectionRecorder connection = recorder.connection("main", "");
			for (int i = 0; i < 1000; i++) {
				haproxy(connection, notify(i, message("check", "ip", "x")));
			}
		}
		assertThat(frames(file)).isEmpty();
		for (double rate : new double[] { -0.1, 1.1, Double.NaN }) {
			assertThatIllegalArgumentException().isThrownBy(() -> RecordingFilter.everything().sampleRate(rate))
				.withMessage("A sample rate is 0 to 1, not " + rate);
		}
	}

	@Test
	void whenDiskIsSlowThenCallersDoNotWaitAndDropsAreRecorded() throws Exception {
		Path pipe = pipe();
		byte[] ack = bytes(new Frame.Ack(1, 1, Actions.set(VarScope.SESSION, "x", "x".repeat(1000))));
		int count = 1000;
		try (InputStream slow = openForReading(pipe);
				Recorder recorder = Recorder.builder(pipe).maxQueued(100_000).open()) {
			InputStream opened = slow;
			ConnectionRecorder connection = recorder.connection("main", "");
			long before = System.nanoTime();
			for (int i = 0; i < count; i++) {
				connection.agentSent(ack, 0, ack.length);
			}
			assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
			assertThat(recorder.dropped()).isGreaterThan(count / 2);
			List<RecordingEntry> read = new ArrayList<>();
			Thread reader = new Thread(() -> read.addAll(readAll(new RecordingReader(opened))));
			reader.start();
			close(recorder);
			reader.join();
			assertThat(recorder.written() + recorder.dropped()).isEqualTo(count + 1);
			assertThat(read).filteredOn(RecordedFrame.class::isInstance).hasSize((int) recorder.written() - 1);
			assertThat(read).filteredOn(Missing.class::isInstance)
				.extracting((entry) -> ((Missing) entry).count())
				.satisfies((counts) -> assertThat(counts.stream().mapToLong(Long::longValue).sum())
					.isEqualTo(recorder.dropped()));
			assertThat(recorder.failures()).isZero();
		}
	}

	@Test
	void whenDiskDoesNotAnswerThenCloseEndsInTime() throws Exception {
		Path pipe = pipe();
		byte[] frame = new byte[200_000];
		try (InputStream unread = openForReading(pipe)) {
			Recorder recorder = Recorder.builder(pipe).closeTimeout(Duration.ofMillis(100)).open();
			ConnectionRecorder connection = recorder.connection("main", "");
			connection.agentSent(frame, 0, frame.length);
			long before = System.nanoTime();
			recorder.close();
			assertThat(Duration.ofNanos(System.nanoTime() - before)).isBetween(Duration.ofMillis(100),
					Duration.ofSeconds(5));
			assertThat(unread.read()).isNotNegative();
		}
	}

	@Test
	void whenDiskIsFullThenOneFailureIsReportedAndEntriesAreDropped() throws Exception {
		Path full = Path.of("/dev/full");
		LinkedBlockingQueue<IOException> reported = new LinkedBlockingQueue<>();
		try (Recorder recorder = Recorder.builder(full).retryDelay(Duration.ZERO).onFailure(reported::add).open()) {
			ConnectionRecorder connection = recorder.connection("main", "");
			assertThat(reported.poll(10, TimeUnit.SECONDS)).hasMessage("No space left on device");
			while (recorder.failures() < 3) {
				connection.agentSent(ack(1), 0, 7);
				Thread.onSpinWait();
			}
			close(recorder);
			assertThat(reported).isEmpty();
			assertThat(recorder.failure()).hasMessage("No space left on device");
			assertThat(recorder.written()).isZero();
			assertThat(recorder.dropped()).isGreaterThanOrEqualTo(3);
		}
	}

	@Test
	void whenFileCanBeWrittenAgainThenRecordingGoesOn() throws Exception {
		Path disk = Files.createDirectory(this.folder.resolve("disk"));
		Path file = disk.resolve("day.spop");
		CountDownLatch failed = new CountDownLatch(1);
		try (Recorder recorder = Recorder.builder(file)
			.rotate(1, 1)
			.retryDelay(Duration.ZERO)
			.onFailure((ex) -> failed.countDown())
			.open()) {
			ConnectionRecorder connection = recorder.connection("main", "");
			awaitWritten(recorder, 1);
			Path moved = Files.move(disk, this.folder.resolve("moved"));
			while (failed.getCount() > 0) {
				connection.agentSent(ack(1), 0, 7);
				Thread.onSpinWait();
			}
			Files.move(moved, disk);
			long written = recorder.written();
			while (recorder.written() == written) {
				connection.agentSent(ack(1), 0, 7);
				Thread.onSpinWait();
			}
			assertThat(recorder.failure()).isNull();
			close(recorder);
			assertThat(recorder.dropped()).isPositive();
		}
		assertThat(read(file)).isNotEmpty();
	}

	@Test
	void whenCallbackFailsThenTheRecorderGoesOn() throws Exception {
		CountDownLatch called = new CountDownLatch(1);
		try (Recorder recorder = Recorder.builder(Path.of("/dev/full")).retryDelay(Duration.ZERO).onFailure((ex) -> {
			called.countDown();
			throw new IllegalStateException("callback");
		}).open()) {
			ConnectionRecorder connection = recorder.connection("main", "");
			assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();
			while (recorder.failures() < 2) {
				connection.agentSent(ack(1), 0, 7);
				Thread.onSpinWait();
			}
		}
	}

	@Test
	void whenFrameIsLongerThanAnEntryThenItIsDropped() throws IOException {
		Path file = this.folder.resolve("day.spop");
		byte[] frame = new byte[16 * 1024 * 1024 + 1];
		try (Recorder recorder = Recorder.builder(file).maxQueued(Integer.MAX_VALUE).open()) {
			ConnectionRecorder connection = recorder.connection("main", "");
			connection.agentSent(frame, 0, frame.length);
			connection.agentSent(frame, 0, frame.length - 1);
			close(recorder);
			assertThat(recorder.dropped()).isEqualTo(1);
		}
		assertThat(read(file)).hasSize(3).anyMatch(Missing.class::isInstance);
	}

	private Path pipe() throws Exception {
		Path pipe = this.folder.resolve("pipe");
		assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
		return pipe;
	}

	/** A pipe can be opened for reading only while it is opened for writing. */
	private static InputStream openForReading(Path pipe) throws Exception {
		CompletableFuture<InputStream> opened = CompletableFuture.supplyAsync(() -> {
			try {
				return Files.newInputStream(pipe);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		});
		OutputStream writer = Files.newOutputStream(pipe);
		InputStream reader = opened.get();
		writer.close();
		return reader;
	}

	/** Close a recorder to look at its counts. */
	private static void close(Recorder recorder) {
		recorder.close();
	}

	private static void awaitWritten(Recorder recorder, long count) {
		while (recorder.written() < count) {
			Thread.onSpinWait();
		}
	}

	private static Recorder recorder(Path file, RecordingFilter filter) throws IOException {
		return Recorder.builder(file).filter(filter).open();
	}

	private static void haproxy(ConnectionRecorder connection, byte[]... frames) {
		for (byte[] frame : frames) {
			connection.haproxySent(frame, 0, frame.length);
		}
	}

	private static void agent(ConnectionRecorder connection, byte[]... frames) {
		for (byte[] frame : frames) {
			connection.agentSent(frame, 0, frame.length);
		}
	}

	private static NotifyMessage message(String name, String... arguments) {
		List<Argument> list = new ArrayList<>();
		for (int i = 0; i < arguments.length; i += 2) {
			list.add(new Argument(arguments[i], SpopValue.of(arguments[i + 1])));
		}
		return NotifyMessage.of(name, list.toArray(Argument[]::new));
	}

	private static byte[] notify(long stream, NotifyMessage... messages) {
		return bytes(new Frame.Notify(stream, 1, messages));
	}

	private static byte[] ack(long stream) {
		return bytes(new Frame.Ack(stream, 1, Actions.none()));
	}

	private static byte[] bytes(Frame frame) {
		ByteBuf out = Unpooled.buffer();
		codec.encode(frame, out);
		return ByteBufUtil.getBytes(out);
	}

	private static RecordedFrame frame(long connection, Sender sender, byte[] bytes) {
		return new RecordedFrame(Instant.EPOCH, connection, sender, bytes);
	}

	private static List<byte[]> frames(Path file) throws IOException {
		return read(file).stream()
			.filter(RecordedFrame.class::isInstance)
			.map((entry) -> ((RecordedFrame) entry).bytes())
			.toList();
	}

	private static List<RecordingEntry> read(Path file) throws IOException {
		return readAll(RecordingReader.open(file));
	}

	private static List<RecordingEntry> readAll(RecordingReader recording) {
		try (RecordingReader reader = recording) {
			List<RecordingEntry> entries = new ArrayList<>();
			for (RecordingEntry entry = reader.next(); entry != null; entry = reader.next()) {
				entries.add(entry);
			}
			return entries;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
