package io.spop.codec;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.StatusCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * HELLO and DISCONNECT, against bytes as HAProxy sends them.
 */
class ControlFramesTests {

	/** What HAProxy 2.6 to 3.4 sends for {@code option spop-check}. */
	static final String HEALTH_CHECK = "0000004e" + "01" + "00000001" + "0000"
			+ "12737570706f727465642d76657273696f6e73" + "0803322e30" + "0e6d61782d6672616d652d73697a65" + "03fcf006"
			+ "0c6361706162696c6974696573" + "0800" + "0b6865616c7468636865636b" + "11";

	private static final String VERSIONS = "12737570706f727465642d76657273696f6e73" + "0803322e30";

	private static final String SIZE = "0e6d61782d6672616d652d73697a65" + "03fcf006";

	private static final String CAPABILITIES = "0c6361706162696c6974696573" + text(" pipelining ,streaming");

	@Test
	void whenHealthCheckOfHaproxyThenHello() {
		Frame.HaproxyHello hello = (Frame.HaproxyHello) Hex.decode(HEALTH_CHECK);
		assertThat(hello).isEqualTo(new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(), null, true));
		assertThat(hello.negotiateVersion()).isEqualTo("2.0");
		assertThat(hello.negotiateMaxFrameSize(65536)).isEqualTo(16380);
		assertThat(hello.negotiateMaxFrameSize(1024)).isEqualTo(1024);
		assertThat(Hex.encode(hello)).isEqualTo(HEALTH_CHECK);
	}

	@Test
	void whenAgentHelloThenBytesHaveAllThreeItems() {
		assertThat(Hex.encode(new Frame.AgentHello("2.0", 16380, Set.of(Capability.PIPELINING)))).isEqualTo("00000040"
				+ "65" + "00000001" + "0000" + "0776657273696f6e" + "0803322e30" + "0e6d61782d6672616d652d73697a65"
				+ "03fcf006" + "0c6361706162696c6974696573" + "080a706970656c696e696e67");
	}

	@ParameterizedTest
	@CsvSource({ "'2.0',2.0", "'1.0, 2.0',2.0", "'2.5',2.0", "' 2.0 ',2.0", "'1.0',", "'3.0',", "'2',", "'',", "'two',",
			"'12.0'," })
	void whenVersionsAreAnnouncedThenTwoIsChosenOrRefused(String versions, String expected) {
		Frame.HaproxyHello hello = (Frame.HaproxyHello) Hex
			.decode(hello("12737570706f727465642d76657273696f6e73" + text(versions) + SIZE + CAPABILITIES));
		if (expected != null) {
			assertThat(hello.negotiateVersion()).isEqualTo(expected);
		}
		else {
			assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(hello::negotiateVersion)
				.extracting(SpopProtocolException::status)
				.isEqualTo(StatusCode.UNSUPPORTED_VERSION);
		}
	}

	@ParameterizedTest
	@CsvSource({ "0500,", "02fcf006,16380", "03ef,", "03f001,256", "03ff00,", "02fff0fefefefefefefe0e,",
			"04fff0fefefefefefefe0e,", "05fff0fefefefefefefe0e,65536", "04fcf006,16380" })
	void whenSizeIsOfferedThenTheSmallerIsChosenOrRefused(String value, Integer expected) {
		Frame.HaproxyHello hello = (Frame.HaproxyHello) Hex
			.decode(hello(VERSIONS + "0e6d61782d6672616d652d73697a65" + value + CAPABILITIES));
		if (expected != null) {
			assertThat(hello.negotiateMaxFrameSize(65536)).isEqualTo(expected);
		}
		else {
			assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(() -> hello.negotiateMaxFrameSize(65536))
				.extracting(SpopProtocolException::status)
				.isEqualTo(StatusCode.BAD_MAX_FRAME_SIZE);
		}
	}

	@Test
	void whenHelloLacksItemsThenTheFirstMissingOneIsReported() {
		Hex.assertStatus(hello(""), StatusCode.NO_VERSION);
		Hex.assertStatus(hello(SIZE + CAPABILITIES), StatusCode.NO_VERSION);
		Hex.assertStatus(hello(VERSIONS), StatusCode.NO_MAX_FRAME_SIZE);
		Hex.assertStatus(hello(VERSIONS + SIZE), StatusCode.NO_CAPABILITIES);
	}

	@Test
	void whenHelloHasUnknownItemsInAnyOrderThenTheyAreSkipped() {
		String unknown = "0378797a07000102030405060708090a0b0c0d0e0f" + "01610201" + "016200" + "01630902ffff";
		assertThat(Hex.decode(hello(CAPABILITIES + unknown + SIZE + unknown + VERSIONS)))
			.isEqualTo(new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(Capability.PIPELINING), null, false));
	}

	@Test
	void whenHealthcheckIsFalseThenTheHelloIsThatOfAConnection() {
		String healthcheck = "0b6865616c7468636865636b";
		assertThat(Hex.decode(hello(VERSIONS + SIZE + CAPABILITIES + healthcheck + "01")))
			.isEqualTo(new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(Capability.PIPELINING), null, false));
		assertThat(Hex.decode(hello(VERSIONS + SIZE + CAPABILITIES + healthcheck + "11")))
			.isEqualTo(new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(Capability.PIPELINING), null, true));
	}

	@Test
	void whenListsHaveEmptyElementsThenTheseAreSkipped() {
		Frame.HaproxyHello hello = (Frame.HaproxyHello) Hex
			.decode(hello("12737570706f727465642d76657273696f6e73" + text(",1.0, ,2.0,") + SIZE + CAPABILITIES));
		assertThat(hello.supportedVersions()).containsExactly("1.0", "2.0");
	}

	@ParameterizedTest
	@CsvSource({ "255,false", "256,true", "2147483647,true", "2147483648,false" })
	void whenAgentAnswersWithASizeThenItIsTakenOrRefused(long size, boolean taken) {
		String hello = Hex.frame("65", "00000001", "0000" + "0776657273696f6e" + text("2.0")
				+ "0e6d61782d6672616d652d73697a65" + "03" + number(size) + CAPABILITIES);
		if (taken) {
			assertThat(Hex.decode(hello))
				.isEqualTo(new Frame.AgentHello("2.0", (int) size, Set.of(Capability.PIPELINING)));
		}
		else {
			Hex.assertStatus(hello, StatusCode.BAD_MAX_FRAME_SIZE);
		}
	}

	@Test
	void whenHelloIsMalformedThenInvalidFrame() {
		Hex.assertInvalid(hello("00" + "00" + VERSIONS + SIZE + CAPABILITIES));
		Hex.assertInvalid(hello(VERSIONS + SIZE + CAPABILITIES + "0b6865616c7468636865636b" + "0401"));
		Hex.assertInvalid(hello(VERSIONS + SIZE + "0c6361706162696c6974696573" + "00"));
		Hex.assertInvalid(hello("12737570706f727465642d76657273696f6e73" + "04" + "02" + SIZE + CAPABILITIES));
		Hex.assertInvalid(hello(VERSIONS + "0e6d61782d6672616d652d73697a65" + "0803313030" + CAPABILITIES));
		Hex.assertInvalid(hello(VERSIONS + SIZE + CAPABILITIES + "05"));
		Hex.assertInvalid(Hex.frame("01", "00000001", "0001" + VERSIONS + SIZE + CAPABILITIES));
		Hex.assertStatus(Hex.frame("01", "00000000", "0000" + VERSIONS + SIZE + CAPABILITIES),
				StatusCode.FRAGMENTATION_NOT_SUPPORTED);
	}

	@Test
	void whenDisconnectIsMalformedThenItIsOneAllTheSame() {
		assertThat(Hex.decode(Hex.frame("02", "00000001", "0000"))).isInstanceOf(Frame.HaproxyDisconnect.class);
		assertThat(Hex.decode(Hex.frame("02", "00000001", "0000ffff"))).isInstanceOf(Frame.HaproxyDisconnect.class);
		assertThat(Hex.decode(Hex.frame("02", "00000000", "0305" + "0b7374617475732d636f6465" + "0302")))
			.isEqualTo(new Frame.HaproxyDisconnect(2, ""));
	}

	@Test
	void whenMessageOfDisconnectIsLongThenItIsCutTo255Bytes() {
		Frame.AgentDisconnect read = (Frame.AgentDisconnect) Hex
			.decode(Hex.encode(new Frame.AgentDisconnect(4, "\u00e4".repeat(255))));
		assertThat(read.message()).isEqualTo("\u00e4".repeat(127));
	}

	@ParameterizedTest
	@ValueSource(ints = { 256, 257, 280, 291, 300, 16380 })
	void whenFramesAreSmallThenTheMessageOfADisconnectIsCutToFit(int maxFrameSize) {
		SpopCodec small = new SpopCodec(maxFrameSize);
		for (String text : List.of("x", "\u00e4", "\u20ac", "\ud83c\udf79")) {
			for (long statusCode : new long[] { 0, 239, 0xFFFF_FFFFL }) {
				String message = text.repeat(1000);
				ByteBuf out = Unpooled.buffer();
				small.encode(new Frame.AgentDisconnect(statusCode, message), out);
				small.encode(new Frame.HaproxyDisconnect(statusCode, message), out);
				assertThat(out.getInt(0)).isLessThanOrEqualTo(maxFrameSize);
				Frame.AgentDisconnect read = (Frame.AgentDisconnect) Objects.requireNonNull(small.decode(out));
				assertThat(read.statusCode()).isEqualTo(statusCode);
				assertThat(message).startsWith(read.message().replace(".", ""));
				assertThat(read.message().getBytes(StandardCharsets.UTF_8).length).isBetween(200, 255);
				assertThat(small.decode(out)).isEqualTo(new Frame.HaproxyDisconnect(statusCode, read.message()));
			}
		}
	}

	@Test
	void whenMessageOfDisconnectHasControlCharactersThenTheyAreEscaped() {
		assertThat(Hex.decode(Hex.encode(new Frame.AgentDisconnect(4, "bad\r\nline"))))
			.isEqualTo(new Frame.AgentDisconnect(4, "bad\\u000d\\u000aline"));
	}

	@Test
	void whenMessageOfADisconnectIsCutThenItFillsTheFrame() {
		SpopCodec small = new SpopCodec(256);
		ByteBuf out = Unpooled.buffer();
		small.encode(new Frame.AgentDisconnect(4, "x".repeat(1000)), out);
		assertThat(out.getInt(0)).isBetween(254, 256);
	}

	private static String number(long number) {
		byte[] bytes = new byte[Varint.MAX_LENGTH];
		return HexFormat.of().formatHex(bytes, 0, Varint.write(bytes, 0, number));
	}

	private static String hello(String items) {
		return Hex.frame("01", "00000001", "0000" + items);
	}

	private static String text(String text) {
		return "08%02x".formatted(text.length()) + HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
	}

}
