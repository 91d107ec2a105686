package io.spop.agent;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import io.spop.agent.SpopMetricsRecorder.NotifyOutcome;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Argument;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ConnectionInput}.
 */
class ConnectionInputTests {

	private static final Frame.Notify FIRST = new Frame.Notify(1, 1,
			NotifyMessage.of("first", new Argument("text", SpopValue.of("a text of some length"))));

	private static final Frame.Notify SECOND = new Frame.Notify(2, 1, NotifyMessage.of("second"));

	private static final Frame.Notify THIRD = new Frame.Notify(300, 5000);

	private final MockTicker ticker = Ticker.newMockTicker();

	private final EmbeddedChannel channel = EmbeddedChannel.builder().ticker(this.ticker).build();

	private final CountingRecorder recorder = new CountingRecorder();

	private final AtomicLong allBuffered = new AtomicLong();

	private final AgentSettings settings = new AgentSettings();

	private final SpopCodec codec = new SpopCodec(16380);

	private final ConnectionInput input = new ConnectionInput(this.codec, this.settings, this.recorder,
			this.allBuffered, this.channel.eventLoop(), () -> this.expired++);

	private int expired;

	@AfterEach
	void stop() {
		this.channel.finishAndReleaseAll();
	}

	@Test
	void whenFramesComeInAnyTwoPiecesThenTheyAreTaken() {
		byte[] bytes = encode(FIRST, SECOND, THIRD);
		for (int split = 0; split <= bytes.length; split++) {
			List<Frame> taken = new ArrayList<>();
			append(bytes, 0, split);
			takeInto(taken);
			assertThat(this.input.drained(true)).isTrue();
			append(bytes, split, bytes.length);
			takeInto(taken);
			assertThat(this.input.drained(true)).isTrue();
			assertThat(taken).hasToString(List.of(FIRST, SECOND, THIRD).toString());
			assertThat(this.input.isPartial()).isFalse();
			assertThat(this.allBuffered).hasValue(0);
		}
	}

	@Test
	void whenFramesComeByteForByteThenTheyAreTaken() {
		List<Frame> taken = new ArrayList<>();
		byte[] bytes = encode(FIRST, SECOND, THIRD);
		for (int i = 0; i < bytes.length; i++) {
			append(bytes, i, i + 1);
			takeInto(taken);
			this.input.drained(true);
		}
		assertThat(taken).hasToString(List.of(FIRST, SECOND, THIRD).toString());
		assertThat(this.allBuffered).hasValue(0);
	}

	@Test
	void whenAFrameHasBeenTakenThenLaterBytesLeaveItAsItIs() {
		byte[] bytes = encode(FIRST, SECOND);
		append(bytes, 0, bytes.length - 1);
		Frame first = this.input.next();
		assertThat(this.input.next()).isNull();
		assertThat(this.recorder.received).containsExactly(encode(FIRST).length);
		assertThat(this.input.frames()).isEqualTo(1);
		byte[] others = new byte[5000];
		append(bytes, bytes.length - 1, bytes.length);
		append(others, 0, others.length);
		assertThat(first).hasToString(FIRST.toString());
		assertThat(this.input.next()).hasToString(SECOND.toString());
	}

	@Test
	void whenItIsPartOfAFrameThenItsBytesAreCountedUntilTheyAreTakenOrDropped() {
		byte[] bytes = encode(FIRST);
		append(bytes, 0, 20);
		assertThat(this.input.next()).isNull();
		this.input.drained(true);
		assertThat(this.input.isPartial()).isTrue();
		assertThat(this.allBuffered).hasValueGreaterThanOrEqualTo(20);
		this.input.clear();
		assertThat(this.input.isPartial()).isFalse();
		assertThat(this.allBuffered).hasValue(0);
		this.input.clear();
		assertThat(this.allBuffered).hasValue(0);
	}

	@Test
	void whenAllConnectionsHoldTooMuchThenItSaysSo() {
		this.settings.maxBufferedBytes(65536);
		this.allBuffered.set(65536 - 10);
		append(encode(FIRST), 0, 20);
		assertThat(this.input.drained(true)).isFalse();
	}

	@Test
	void whenFragmentsComeThenTheyMakeOneNotify() {
		this.settings.maxFragmentedSize(1000);
		byte[] payload = encode(FIRST);
		// Behind the prefix, the type, the flags and two identifiers of one byte
		byte[] rest = Arrays.copyOfRange(payload, 11, payload.length);
		Frame.Fragment head = new Frame.Fragment(FrameType.NOTIFY, 1, 1, false, false, Arrays.copyOf(rest, 10));
		Frame.Fragment tail = new Frame.Fragment(FrameType.UNSET, 1, 1, true, false,
				Arrays.copyOfRange(rest, 10, rest.length));
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(() -> this.input.join(head))
			.satisfies((ex) -> assertThat(ex.status()).isEqualTo(StatusCode.FRAGMENTATION_NOT_SUPPORTED));
		this.input.allowFragments();
		assertThat(this.input.join(head)).isNull();
		assertThat(this.input.isPartial()).isTrue();
		assertThat(this.input.join(tail)).hasToString(FIRST.toString());
		assertThat(this.input.isPartial()).isFalse();
		assertThat(this.recorder.started).hasValue(1);
		assertThat(this.recorder.ended).isEmpty();
	}

	@Test
	void whenFragmentsAreDroppedThenTheirNotifyEndsOnce() {
		this.settings.maxFragmentedSize(10);
		this.input.allowFragments();
		this.input.join(new Frame.Fragment(FrameType.NOTIFY, 2, 1, false, false, new byte[10]));
		this.input.abort(new Frame.Fragment(FrameType.NOTIFY, 2, 1, true, true, new byte[0]));
		Frame.Fragment large = new Frame.Fragment(FrameType.NOTIFY, 1, 1, false, false, new byte[11]);
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(() -> this.input.join(large))
			.satisfies((ex) -> assertThat(ex.status()).isEqualTo(StatusCode.FRAME_TOO_BIG));
		this.input.clear();
		this.input.clear();
		assertThat(this.recorder.started).hasValue(2);
		assertThat(this.recorder.inFlight()).isZero();
	}

	@Test
	void whenFragmentsAreNotAnnouncedThenTheMessageNamesTheByte() {
		Frame.Fragment tail = new Frame.Fragment(FrameType.UNSET, 1, 1, true, false, new byte[1]);
		assertRefused(() -> this.input.join(fragment(1)), StatusCode.FRAGMENTATION_NOT_SUPPORTED,
				"A fragment at byte 5 of the frame, though fragmentation was not announced");
		assertRefused(() -> this.input.join(tail), StatusCode.FRAGMENTATION_NOT_SUPPORTED,
				"A fragment at byte 4 of the frame, though fragmentation was not announced");
	}

	@Test
	void whenFramesComeBetweenFragmentsThenTheyAreInterlaced() {
		this.settings.maxFragmentedSize(1000);
		this.input.allowFragments();
		Frame.Fragment other = new Frame.Fragment(FrameType.UNSET, 1, 2, true, false, new byte[1]);
		assertRefused(() -> this.input.join(other), StatusCode.INTERLACED_FRAMES,
				"A fragment that continues no NOTIFY at byte 4");
		assertThat(this.input.join(fragment(1))).isNull();
		assertRefused(() -> this.input.join(fragment(2)), StatusCode.INTERLACED_FRAMES,
				"A NOTIFY in fragments that begins between those of another at byte 4");
		assertRefused(() -> this.input.join(other), StatusCode.INTERLACED_FRAMES,
				"A fragment of 1/2 between those of another NOTIFY at byte 9");
		assertRefused(() -> this.input.abort(new Frame.Fragment(FrameType.NOTIFY, 2, 1, true, true, new byte[0])),
				StatusCode.INTERLACED_FRAMES, "An aborted NOTIFY between the fragments of another at byte 4");
		byte[] whole = encode(SECOND);
		append(whole, 0, whole.length);
		assertRefused(this.input::next, StatusCode.INTERLACED_FRAMES,
				"A NOTIFY between the fragments of another at byte 4");
	}

	@Test
	void whenFragmentsAreAbortedThenTheNextNotifyCanBegin() {
		this.settings.maxFragmentedSize(1000);
		this.input.allowFragments();
		this.input.join(fragment(1));
		assertThat(this.input.join(new Frame.Fragment(FrameType.UNSET, 1, 1, true, true, new byte[0]))).isNull();
		assertThat(this.input.isPartial()).isFalse();
		this.input.join(fragment(2));
		this.input.abort(new Frame.Fragment(FrameType.NOTIFY, 2, 1, true, true, new byte[0]));
		assertThat(this.input.isPartial()).isFalse();
		this.input.abort(new Frame.Fragment(FrameType.NOTIFY, 3, 1, true, true, new byte[0]));
		assertThat(this.recorder.ended).containsOnlyKeys(NotifyOutcome.CLOSED).containsValue(2);
	}

	@Test
	void whenFragmentsAreIncompleteThenTheirBytesAreCounted() {
		this.settings.maxFragmentedSize(1000);
		this.settings.maxBufferedBytes(65536);
		this.input.allowFragments();
		this.input.join(new Frame.Fragment(FrameType.NOTIFY, 1, 1, false, false, new byte[100]));
		assertThat(this.input.drained(true)).isTrue();
		assertThat(this.allBuffered).hasValue(100);
		this.allBuffered.set(65536 - 1);
		this.input.join(new Frame.Fragment(FrameType.UNSET, 1, 1, false, false, new byte[1]));
		assertThat(this.input.drained(true)).isTrue();
		this.input.join(new Frame.Fragment(FrameType.UNSET, 1, 1, false, false, new byte[1]));
		assertThat(this.input.drained(true)).isFalse();
	}

	@Test
	void whenAFrameIsOneOfAgentsThenItsContentDoesNotMatter() {
		byte[] ack = { 0, 0, 0, 8, 103, 0, 0, 0, 1, 1, 1, 9 };
		append(ack, 0, ack.length);
		assertRefused(this.input::next, StatusCode.INVALID_FRAME, "An unexpected frame of type 103 (ACK) at byte 4");
		byte[] notify = { 0, 0, 0, 8, 3, 0, 0, 0, 1, 1, 1, 9 };
		append(notify, 0, notify.length);
		assertRefused(this.input::next, StatusCode.INVALID_FRAME, "Invalid frame: a length of more bytes than follow");
		byte[] hello = { 0, 0, 0, 8, 101, 0, 0, 0, 1, 0, 0, 9 };
		append(hello, 0, hello.length);
		assertRefused(this.input::next, StatusCode.INVALID_FRAME,
				"An unexpected frame of type 101 (AGENT_HELLO) at byte 4");
	}

	@Test
	void whenAPeerHasSentAFrameThenItsBytesAreNotDescribed() {
		append("GET / HTTP/1.1".getBytes(StandardCharsets.US_ASCII), 0, 14);
		assertThat(this.input.describe()).contains("HTTP");
		this.input.clear();
		byte[] frame = encode(SECOND);
		append(frame, 0, frame.length);
		this.input.next();
		append("GET / HTTP/1.1".getBytes(StandardCharsets.US_ASCII), 0, 14);
		assertThat(this.input.describe()).isEmpty();
	}

	@Test
	void whenTheRestOfAFrameDoesNotComeInTimeThenThatIsTold() {
		this.settings.frameTimeout(Duration.ofNanos(1));
		append(encode(FIRST), 0, 20);
		this.input.drained(true);
		this.input.drained(true);
		assertThat(this.expired).isZero();
		pass(Duration.ofNanos(1));
		assertThat(this.expired).isEqualTo(1);
	}

	@Test
	void whenTheRestOfAFrameIsNotWaitedForThenNothingIsTold() {
		this.settings.frameTimeout(Duration.ofNanos(1));
		append(encode(FIRST), 0, 20);
		this.input.drained(false);
		pass(Duration.ofSeconds(1));
		assertThat(this.expired).isZero();
	}

	@Test
	void whenTheRestOfAFrameComesThenNothingIsTold() {
		this.settings.frameTimeout(Duration.ofNanos(1));
		byte[] bytes = encode(FIRST, SECOND);
		append(bytes, 0, 20);
		this.input.drained(true);
		append(bytes, 20, bytes.length);
		takeInto(new ArrayList<>());
		this.input.drained(true);
		pass(Duration.ofSeconds(1));
		assertThat(this.expired).isZero();
		assertThat(this.channel.runScheduledPendingTasks()).isEqualTo(-1);
	}

	@Test
	void whenTheTimeOfAFrameIsNotOverThenTheTimerGoesOn() {
		this.settings.frameTimeout(Duration.ofHours(1));
		append(encode(FIRST), 0, 20);
		this.input.drained(true);
		// For the clock of the frame only a moment has passed
		pass(Duration.ofHours(1));
		assertThat(this.expired).isZero();
		assertThat(this.channel.runScheduledPendingTasks()).isBetween(1L, Duration.ofHours(1).toNanos());
		this.input.clear();
		assertThat(this.channel.runScheduledPendingTasks()).isEqualTo(-1);
	}

	@Test
	void whenReadingWasSuspendedThenWhatComesNextIsTakenToBeAsOldAsThat() {
		long now = System.nanoTime();
		read(now, now);
		assertThat(this.input.arrived()).isEqualTo(now);
		this.input.suspend();
		read(now + 9000, now + 9000);
		assertThat(this.input.arrived()).isEqualTo(now);
		read(now + 9500, now + 9500);
		assertThat(this.input.arrived()).isEqualTo(now + 9500);
	}

	@Test
	void whenTheEventLoopWasBusyThenWhatComesIsNotOlderThanWhatWasReadBefore() {
		long now = System.nanoTime();
		read(now, now);
		read(now + 5000, now + 3000);
		assertThat(this.input.arrived()).isEqualTo(now + 3000);
		read(now + 6000, now + 3000);
		assertThat(this.input.arrived()).isEqualTo(now + 5000);
	}

	private void pass(Duration time) {
		this.ticker.advance(time.toNanos(), TimeUnit.NANOSECONDS);
		this.channel.runScheduledPendingTasks();
	}

	private static Frame.Fragment fragment(long streamId) {
		return new Frame.Fragment(FrameType.NOTIFY, streamId, 1, false, false, new byte[] { 1 });
	}

	private static void assertRefused(Runnable call, StatusCode status, String message) {
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(call::run)
			.withMessageStartingWith(message)
			.satisfies((ex) -> assertThat(ex.status()).isEqualTo(status));
	}

	private void read(long now, long notBefore) {
		this.input.append(Unpooled.wrappedBuffer(encode(SECOND)), now, notBefore, false);
		assertThat(this.input.next()).isNotNull();
		this.input.drained(true);
	}

	private void append(byte[] bytes, int start, int end) {
		ByteBuf in = Unpooled.wrappedBuffer(bytes, start, end - start);
		this.input.append(in, System.nanoTime(), System.nanoTime(), false);
	}

	private void takeInto(List<Frame> taken) {
		for (Frame frame = this.input.next(); frame != null; frame = this.input.next()) {
			taken.add(frame);
		}
	}

	private static byte[] encode(Frame... frames) {
		SpopCodec codec = new SpopCodec(16380);
		ByteBuf out = Unpooled.buffer();
		for (Frame frame : frames) {
			codec.encode(frame, out);
		}
		byte[] bytes = new byte[out.readableBytes()];
		out.readBytes(bytes);
		return bytes;
	}

}
