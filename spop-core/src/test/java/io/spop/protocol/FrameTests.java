package io.spop.protocol;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

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
	}

	@Test
	void whenVersionsAreRefusedThenTheyAreShownOnOneLineAndBounded() {
		Frame.HaproxyHello hello = new Frame.HaproxyHello(List.of(HOSTILE), 256, Set.of(), null, false);
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(hello::negotiateVersion)
			.satisfies((ex) -> assertSafe(ex.getMessage()))
			.withMessageStartingWith("HAPROXY-HELLO announces [1.0\\u000a<a forged line>")
			.withMessageEndingWith("..., not 2.0");
	}

	@Test
	void whenExceptionQuotesThePeerThenItsMessageIsOneLineAndBounded() {
		assertSafe(new SpopProtocolException(StatusCode.INVALID_FRAME, HOSTILE).getMessage());
	}

	private static void assertSafe(String text) {
		assertThat(text).hasSizeLessThan(2_000).matches("[\\x20-\\x7e]*");
	}

}
