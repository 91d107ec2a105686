package io.spop.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class FrameTests {

	private static final String HOSTILE = "1.0\n<a forged line>\u001b[2J\u202e" + "x".repeat(100_000);

	static Stream<Frame> frames() {
		return Stream.of(new Frame.HaproxyHello(List.of(HOSTILE), 256, Set.of(), HOSTILE, false),
				new Frame.HaproxyDisconnect(1, HOSTILE), new Frame.AgentDisconnect(1, HOSTILE),
				new Frame.AgentHello(HOSTILE, 256, Set.of()),
				new Frame.Notify(1, 1, NotifyMessage.of(HOSTILE, new Argument(HOSTILE, SpopValue.of(HOSTILE)))),
				new Frame.Ack(1, 1, Actions.set(VarScope.SESSION, "x", HOSTILE)),
				new Frame.Fragment(FrameType.NOTIFY, 1, 1, false, false, new byte[100_000]));
	}

	@ParameterizedTest
	@MethodSource("frames")
	void whenFrameHasTextFromOutsideThenItIsShownOnOneLineAndBounded(Frame frame) {
		assertSafe(frame.toString());
		assertThat(frame.toString()).startsWith(frame.getClass().getSimpleName() + "[").endsWith("]");
	}

	@Test
	void whenVersionsAreFewThenAllAreShown() {
		assertThat(new Frame.HaproxyHello(List.of("1.0", "2.0"), 256, Set.of(), "id", false).toString())
			.startsWith("HaproxyHello[supportedVersions=[1.0, 2.0], maxFrameSize=256");
	}

	@Test
	void whenVersionsAreNoneThenTheyAreNotShown() {
		Frame.HaproxyHello hello = new Frame.HaproxyHello(List.of(HOSTILE), 256, Set.of(), null, false);
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(hello::negotiateVersion)
			.withMessage("HAPROXY-HELLO announces something else, not 2.0");
	}

	@Test
	void whenFragmentsHaveTheSameBytesThenTheyAreEqual() {
		Frame.Fragment fragment = fragment(FrameType.NOTIFY, 1, 2, true, false, 3);
		assertThat(fragment).isEqualTo(fragment(FrameType.NOTIFY, 1, 2, true, false, 3))
			.hasSameHashCodeAs(fragment(FrameType.NOTIFY, 1, 2, true, false, 3));
		assertThat(fragment)
			.hasToString("Fragment[type=NOTIFY, streamId=1, frameId=2, last=true, aborted=false, payload=03]");
		assertThat(List.of(fragment(FrameType.UNSET, 1, 2, true, false, 3),
				fragment(FrameType.NOTIFY, 0, 2, true, false, 3), fragment(FrameType.NOTIFY, 1, 0, true, false, 3),
				fragment(FrameType.NOTIFY, 1, 2, false, false, 3), fragment(FrameType.NOTIFY, 1, 2, true, true, 3),
				fragment(FrameType.NOTIFY, 1, 2, true, false, 4)))
			.doesNotContain(fragment);
		assertThat(List.of(fragment(FrameType.NOTIFY, 2, 1, true, false, 3),
				fragment(FrameType.NOTIFY, 0, 2, true, false, 3), fragment(FrameType.NOTIFY, 1, 2, true, false, 4)))
			.allSatisfy((other) -> assertThat(other).doesNotHaveSameHashCodeAs(fragment));
	}

	@ParameterizedTest
	@EnumSource(value = FrameType.class, names = { "NOTIFY", "UNSET" }, mode = EnumSource.Mode.EXCLUDE)
	void whenTypeHasNoFragmentsThenItIsRefused(FrameType type) {
		assertThatIllegalArgumentException().isThrownBy(() -> fragment(type, 1, 1, true, false, 1))
			.withMessage("No fragments of " + type);
	}

	@Test
	void whenListOfMessagesChangesThenTheFrameDoesNot() {
		List<NotifyMessage> messages = new ArrayList<>(List.of(NotifyMessage.of("a")));
		Frame.Notify notify = new Frame.Notify(1, 1, messages);
		messages.clear();
		assertThat(notify.messages()).containsExactly(NotifyMessage.of("a"));
		assertThat(notify).isEqualTo(new Frame.Notify(1, 1, NotifyMessage.of("a")));
	}

	private static Frame.Fragment fragment(FrameType type, long streamId, long frameId, boolean last, boolean aborted,
			int payload) {
		return new Frame.Fragment(type, streamId, frameId, last, aborted, new byte[] { (byte) payload });
	}

	@Test
	void whenAFrameIsAskedForItsTypeThenItIsTheOneOnTheWire() {
		assertThat(frames().map(Frame::type)).containsExactly(FrameType.HAPROXY_HELLO, FrameType.HAPROXY_DISCONNECT,
				FrameType.AGENT_DISCONNECT, FrameType.AGENT_HELLO, FrameType.NOTIFY, FrameType.ACK, FrameType.NOTIFY);
		assertThat(new Frame.Unknown(99, 1, 1).type()).isNull();
	}

	private static void assertSafe(String text) {
		assertThat(text).hasSizeLessThan(2_000).matches("[\\x20-\\x7e]*");
	}

}
