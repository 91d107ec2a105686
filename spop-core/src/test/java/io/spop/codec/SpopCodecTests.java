package io.spop.codec;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Arguments;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopProtocolException;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link SpopCodec}, against bytes as HAProxy sends them.
 */
class SpopCodecTests {

	/** What HAProxy 2.6 to 3.4 sends for {@code option spop-check}. */
	private static final String HEALTH_CHECK = "0000004e" + "01" + "00000001" + "0000"
			+ "12737570706f727465642d76657273696f6e73" + "0803322e30" + "0e6d61782d6672616d652d73697a65" + "03fcf006"
			+ "0c6361706162696c6974696573" + "0800" + "0b6865616c7468636865636b" + "11";

	private final SpopCodec codec = new SpopCodec(65536);

	@Test
	void whenHealthCheckOfHaproxyThenHello() {
		Frame.HaproxyHello hello = (Frame.HaproxyHello) decode(HEALTH_CHECK);
		assertThat(hello).isEqualTo(new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(), null, true));
		assertThat(hello.negotiateVersion()).isEqualTo("2.0");
		assertThat(hello.negotiateMaxFrameSize(65536)).isEqualTo(16380);
		assertThat(hello.negotiateMaxFrameSize(1024)).isEqualTo(1024);
		assertThat(encode(hello)).isEqualTo(HEALTH_CHECK);
	}

	@Test
	void whenAgentHelloThenBytesHaveAllThreeItems() {
		assertThat(encode(new Frame.AgentHello("2.0", 16380, Set.of(Capability.PIPELINING)))).isEqualTo("00000040"
				+ "65" + "00000001" + "0000" + "0776657273696f6e" + "0803322e30" + "0e6d61782d6672616d652d73697a65"
				+ "03fcf006" + "0c6361706162696c6974696573" + "080a706970656c696e696e67");
	}

	@Test
	void whenAckThenBytesAreThoseHaproxyReads() {
		Actions actions = Actions.set(VarScope.TRANSACTION, "my_var", "tequila").andUnset(VarScope.SESSION, "x");
		assertThat(encode(new Frame.Ack(1, 300, actions))).isEqualTo("00000020" + "67" + "00000001" + "01" + "fc03"
				+ "0103" + "02" + "066d795f766172" + "080774657175696c61" + "0202" + "01" + "0178");
	}

	static Stream<Frame> frames() throws Exception {
		SpopValue[] values = { SpopValue.ofNull(), SpopValue.of(true), SpopValue.of(false), new SpopValue.Int32(-1),
				new SpopValue.Int32(Integer.MIN_VALUE), new SpopValue.Uint32(0xFFFF_FFFFL), SpopValue.of(-1),
				SpopValue.of(Long.MIN_VALUE), new SpopValue.Uint64(-1),
				SpopValue.of(InetAddress.getByName("192.0.2.1")), SpopValue.of(InetAddress.getByName("2001:db8::1")),
				new SpopValue.Ipv6(HexFormat.of().parseHex("00000000000000000000ffff01020304")), SpopValue.of(""),
				SpopValue.of("t\u00e9quila \ud83c\udf79"),
				new SpopValue.Text(new byte[] { 0, (byte) 0xff, 13, 10 }, 0, 4), SpopValue.of(new byte[0]),
				SpopValue.of(new byte[] { 1, 2, 3 }) };
		Actions actions = Actions.none();
		List<Argument> arguments = new ArrayList<>();
		for (VarScope scope : VarScope.values()) {
			for (SpopValue value : values) {
				actions = actions.andSet(scope, "v." + actions.size(), value);
				arguments.add(new Argument("same", value));
				arguments.add(new Argument("", value));
			}
			actions = actions.andUnset(scope, "gone");
		}
		NotifyMessage message = new NotifyMessage("check-client-ip", Arguments.of(arguments));
		return Stream.of(new Frame.Ack(0, 0, Actions.none()), new Frame.Ack(-1, Long.MIN_VALUE, actions),
				new Frame.Notify(0, 0), new Frame.Notify(-1, -1, message, NotifyMessage.of("m"), message),
				new Frame.HaproxyHello(List.of("1.0", "2.0"), 256, Set.of(Capability.values()), "id", false),
				new Frame.AgentHello("2.0", 256, Set.of()), new Frame.HaproxyDisconnect(2, "a timeout occurred"),
				new Frame.AgentDisconnect(99999, "own"), new Frame.AgentDisconnect(StatusCode.INVALID_FRAME),
				new Frame.Fragment(FrameType.NOTIFY, 7, 1, false, false, new byte[] { 1, 2 }),
				new Frame.Fragment(FrameType.UNSET, 7, 1, true, true, new byte[0]), new Frame.Unknown(77, 3, 4));
	}

	@ParameterizedTest
	@MethodSource("frames")
	void whenFrameIsWrittenThenItReadsBackAndIsWrittenTheSame(Frame frame) {
		String hex = encode(frame);
		Frame read = decode(hex);
		assertThat(read).hasSameClassAs(frame);
		assertThat(read.toString()).isEqualTo(frame.toString());
		assertThat(encode(read)).isEqualTo(hex);
	}

	@ParameterizedTest
	@MethodSource("frames")
	void whenFrameComesInPiecesThenNothingIsConsumedBeforeItIsWhole(Frame frame) {
		String hex = encode(frame);
		byte[] bytes = HexFormat.of().parseHex(hex);
		ByteBuf in = Unpooled.buffer();
		for (int i = 0; i < bytes.length; i++) {
			assertThat(this.codec.decode(in)).isNull();
			assertThat(in.readerIndex()).isZero();
			in.writeByte(bytes[i]);
		}
		assertThat(this.codec.decode(in)).hasToString(frame.toString());
		assertThat(in.isReadable()).isFalse();
	}

	@Test
	void whenArgumentsAreReadThenByIndexAndByNameInOrder() {
		Arguments arguments = readArguments(new Argument("a", SpopValue.of(1)), new Argument("", SpopValue.of(2)),
				new Argument("b", SpopValue.of(3)), new Argument("a", SpopValue.of(4)),
				new Argument("gr\u00f6\u00dfe", SpopValue.of(5)), new Argument("x".repeat(240), SpopValue.of(6)),
				new Argument("y".repeat(200), SpopValue.of("z".repeat(200))));
		assertThat(arguments.size()).isEqualTo(7);
		assertThat(arguments.get("x".repeat(240))).isEqualTo(SpopValue.of(6));
		assertThat(arguments.get("y".repeat(200))).isEqualTo(SpopValue.of("z".repeat(200)));
		assertThat(arguments.indexOf("a")).isZero();
		assertThat(arguments.indexOf("a", 1)).isEqualTo(3);
		assertThat(arguments.indexOf("")).isEqualTo(1);
		assertThat(arguments.indexOf("gr\u00f6\u00dfe")).isEqualTo(4);
		assertThat(arguments.indexOf("gr\u00f6\u00df")).isEqualTo(-1);
		assertThat(arguments.indexOf("c")).isEqualTo(-1);
		assertThat(arguments.get("b")).isEqualTo(SpopValue.of(3));
		assertThat(arguments.get("c")).isNull();
		assertThat(arguments.getAll("a")).containsExactly(SpopValue.of(1), SpopValue.of(4));
		assertThat(arguments.name(1)).isEmpty();
		assertThat(arguments).hasSize(7).contains(new Argument("gr\u00f6\u00dfe", SpopValue.of(5)));
	}

	@Test
	void whenMessageHas255ArgumentsThenAllAreRead() {
		Argument[] all = IntStream.range(0, 255)
			.mapToObj((i) -> new Argument("arg" + i, SpopValue.of(i)))
			.toArray(Argument[]::new);
		assertThat(readArguments(all)).containsExactly(all);
		assertThatExceptionOfType(IllegalArgumentException.class)
			.isThrownBy(() -> Arguments.of(IntStream.range(0, 256).mapToObj((i) -> all[0]).toList()));
	}

	@Test
	void whenTextIsMalformedThenItsBytesAreKept() {
		byte[] bytes = { 'a', 0, (byte) 0xC3, (byte) 0xFF };
		SpopValue.Text text = (SpopValue.Text) readArguments(new Argument("a", new SpopValue.Text(bytes, 0, 4)))
			.value(0);
		assertThat(text.toByteArray()).isEqualTo(bytes);
		assertThat(text.toString(StandardCharsets.ISO_8859_1)).isEqualTo("a\0\u00c3\u00ff");
		assertThat(text.toString()).isEqualTo("a\0\ufffd\ufffd");
		assertThat(text.bytes().isReadOnly()).isTrue();
	}

	@Test
	void whenIpv6MapsAnIpv4AddressThenItStaysIpv6() {
		byte[] mapped = HexFormat.of().parseHex("00000000000000000000ffff01020304");
		SpopValue.Ipv6 address = (SpopValue.Ipv6) readArguments(new Argument("a", new SpopValue.Ipv6(mapped))).value(0);
		assertThat(address.toInetAddress().getAddress()).isEqualTo(mapped);
		assertThat(SpopValue.of(address.toInetAddress())).isEqualTo(address);
	}

	@ParameterizedTest
	@CsvSource({ "01,false", "11,true", "21,false", "31,true", "f1,true", "e1,false" })
	void whenBooleanHasFlagsThenOnlyItsBitCounts(String hex, boolean expected) {
		assertThat(readValue(hex)).isEqualTo(SpopValue.of(expected));
	}

	@ParameterizedTest
	@CsvSource({ "02fff0fefefefefefefe0e,-1", "02fff0fefe7e,-1", "04fff0fefefefefefefe0e,-1", "03fff0fefe7e,4294967295",
			"05fff0fefefefefefefe0e,18446744073709551615", "f805746578743a,text:", "0f,", "0a,", "0b,", "0c,", "0d,",
			"0e," })
	void whenValueIsReadThenAsHaproxyMeansIt(String hex, String expected) {
		if (expected == null) {
			assertInvalid(notifyWith(hex));
		}
		else {
			assertThat(readValue(hex)).hasToString(expected);
		}
	}

	static Stream<String> invalidNotifies() {
		// A message without a name, names and values past the end, bytes left over
		return Stream.of("0000", "00", "016d", "026d", "016d01", "016d0101", "016d010161", "016d01016108",
				"016d0101610802", "016d010161080261", "016d010161067f0000", "016d0101610700000000", "016d01016104f0",
				"016d02000000", "016d0001", "016d000161", "016dff00", "fff0fefefefefefefe0e6d",
				"016d01fff0fefefefefefefe0f", "016d01016104fff0fefefefefefefefe00", "016d010161fa");
	}

	@ParameterizedTest
	@MethodSource("invalidNotifies")
	void whenPayloadOfNotifyIsWrongThenInvalidFrame(String payload) {
		assertInvalid(frame("03", "00000001", "0101" + payload));
	}

	@ParameterizedTest
	@CsvSource({ "00000000", "00000001", "00000006" })
	void whenLengthIsLessThanAHeaderThenInvalidFrame(String length) {
		assertInvalid(length + "03000000010101");
	}

	@ParameterizedTest
	@CsvSource({ "47455420", "ffffffff", "00010001" })
	void whenLengthIsBeyondTheLimitThenFrameTooBigAtOnce(String length) {
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(() -> decode(length))
			.extracting(SpopProtocolException::status)
			.isEqualTo(StatusCode.FRAME_TOO_BIG);
	}

	@Test
	void whenFrameIsWrongThenTheNextOneCanBeRead() {
		ByteBuf in = Unpooled.wrappedBuffer(HexFormat.of().parseHex(frame("03", "00000001", "010100") + HEALTH_CHECK));
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(() -> this.codec.decode(in));
		assertThat(this.codec.decode(in)).isInstanceOf(Frame.HaproxyHello.class);
	}

	@Test
	void whenReservedFlagsAreSetThenTheyAreIgnored() {
		assertThat(decode(frame("03", "fffffffd", "0101"))).isEqualTo(new Frame.Notify(1, 1));
	}

	@Test
	void whenFrameDoesNotFitThenNothingIsWritten() {
		SpopCodec small = new SpopCodec(256);
		ByteBuf out = Unpooled.buffer().writeByte(1);
		// 7 bytes of header, 3 + 2 bytes of action, type and 2 bytes of length
		Actions fitting = Actions.set(VarScope.TRANSACTION, "v", "x".repeat(255 - 7 - 5 - 3));
		Actions tooLong = Actions.set(VarScope.TRANSACTION, "v", "x".repeat(256 - 7 - 5 - 3));
		assertThatExceptionOfType(SpopProtocolException.class)
			.isThrownBy(() -> small.encode(new Frame.Ack(1, 1, tooLong), out))
			.extracting(SpopProtocolException::status)
			.isEqualTo(StatusCode.FRAME_TOO_BIG);
		assertThat(out.readableBytes()).isEqualTo(1);
		small.encode(new Frame.Ack(1, 1, fitting), out);
		assertThat(out.getInt(1)).isEqualTo(255);
	}

	@Test
	void whenValueIsHugeThenTheBufferDoesNotGrow() {
		ByteBuf out = Unpooled.buffer(512);
		Actions huge = Actions.set(VarScope.TRANSACTION, "v", new byte[10_000_000]);
		assertThatExceptionOfType(SpopProtocolException.class)
			.isThrownBy(() -> this.codec.encode(new Frame.Ack(1, 1, huge), out));
		assertThat(out.capacity()).isEqualTo(512);
	}

	@ParameterizedTest
	@CsvSource({ "'2.0',2.0", "'1.0, 2.0',2.0", "'2.5',2.0", "' 2.0 ',2.0", "'1.0',", "'3.0',", "'2',", "'',", "'two',",
			"'12.0'," })
	void whenVersionsAreAnnouncedThenTwoIsChosenOrRefused(String versions, String expected) {
		Frame.HaproxyHello hello = (Frame.HaproxyHello) decode(
				hello("12737570706f727465642d76657273696f6e73" + text(versions) + SIZE + CAPABILITIES));
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
	@CsvSource({ "03ef,", "03f001,256", "03ff00,", "02fff0fefefefefefefe0e,", "04fff0fefefefefefefe0e,",
			"05fff0fefefefefefefe0e,65536", "04fcf006,16380" })
	void whenSizeIsOfferedThenTheSmallerIsChosenOrRefused(String value, Integer expected) {
		Frame.HaproxyHello hello = (Frame.HaproxyHello) decode(
				hello(VERSIONS + "0e6d61782d6672616d652d73697a65" + value + CAPABILITIES));
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
		assertStatus(hello(""), StatusCode.NO_VERSION);
		assertStatus(hello(SIZE + CAPABILITIES), StatusCode.NO_VERSION);
		assertStatus(hello(VERSIONS), StatusCode.NO_MAX_FRAME_SIZE);
		assertStatus(hello(VERSIONS + SIZE), StatusCode.NO_CAPABILITIES);
	}

	@Test
	void whenHelloHasUnknownItemsInAnyOrderThenTheyAreSkipped() {
		String unknown = "0378797a07000102030405060708090a0b0c0d0e0f" + "01610201" + "016200" + "01630902ffff";
		assertThat(decode(hello(CAPABILITIES + unknown + SIZE + unknown + VERSIONS)))
			.isEqualTo(new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(Capability.PIPELINING), null, false));
	}

	@Test
	void whenHelloIsMalformedThenInvalidFrame() {
		assertInvalid(hello("00" + "00" + VERSIONS + SIZE + CAPABILITIES));
		assertInvalid(hello(VERSIONS + SIZE + CAPABILITIES + "0b6865616c7468636865636b" + "0401"));
		assertInvalid(hello(VERSIONS + SIZE + "0c6361706162696c6974696573" + "00"));
		assertInvalid(hello("12737570706f727465642d76657273696f6e73" + "04" + "02" + SIZE + CAPABILITIES));
		assertInvalid(hello(VERSIONS + "0e6d61782d6672616d652d73697a65" + "0803313030" + CAPABILITIES));
		assertInvalid(hello(VERSIONS + SIZE + CAPABILITIES + "05"));
		assertInvalid(frame("01", "00000001", "0001" + VERSIONS + SIZE + CAPABILITIES));
		assertStatus(frame("01", "00000000", "0000" + VERSIONS + SIZE + CAPABILITIES),
				StatusCode.FRAGMENTATION_NOT_SUPPORTED);
	}

	@Test
	void whenDisconnectIsMalformedThenItIsOneAllTheSame() {
		assertThat(decode(frame("02", "00000001", "0000"))).isInstanceOf(Frame.HaproxyDisconnect.class);
		assertThat(decode(frame("02", "00000001", "0000ffff"))).isInstanceOf(Frame.HaproxyDisconnect.class);
		assertThat(decode(frame("02", "00000000", "0305" + "0b7374617475732d636f6465" + "0302")))
			.isEqualTo(new Frame.HaproxyDisconnect(2, ""));
	}

	@Test
	void whenMessageOfDisconnectIsLongThenItIsCutTo255Bytes() {
		Frame.AgentDisconnect read = (Frame.AgentDisconnect) decode(
				encode(new Frame.AgentDisconnect(4, "\u00e4".repeat(255))));
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
				Frame.AgentDisconnect read = (Frame.AgentDisconnect) small.decode(out);
				assertThat(read.statusCode()).isEqualTo(statusCode);
				assertThat(message).startsWith(read.message().replace(".", ""));
				assertThat(read.message().getBytes(StandardCharsets.UTF_8).length).isBetween(200, 255);
				assertThat(small.decode(out)).isEqualTo(new Frame.HaproxyDisconnect(statusCode, read.message()));
			}
		}
	}

	@Test
	void whenMessageOfDisconnectHasControlCharactersThenTheyAreEscaped() {
		assertThat(decode(encode(new Frame.AgentDisconnect(4, "bad\r\nline"))))
			.isEqualTo(new Frame.AgentDisconnect(4, "bad\\u000d\\u000aline"));
	}

	@Test
	void whenNameOfVariableIsWrongThenItIsEscaped() {
		String ack = frame("67", "00000001", "0101" + "010302" + "03610a62" + "11");
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(() -> decode(ack))
			.withMessageContaining("a variable named 'a\\u000ab'");
	}

	@ParameterizedTest
	@MethodSource("buffers")
	void whenFrameCannotBeWrittenThenTheBufferIsAsItWas(ByteBuf out) {
		out.writeByte(1);
		for (Frame wrong : List.of(new Frame.AgentDisconnect(1L << 32, "x"),
				new Frame.HaproxyHello(List.of("2.0"), -1, Set.of(), null, false),
				new Frame.Notify(1, 1, NotifyMessage.of("m"), new NotifyMessage("x".repeat(2000), new Broken(1))),
				new Frame.Notify(1, 1, NotifyMessage.of("m"), new NotifyMessage("x", new Broken(256))))) {
			assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> this.codec.encode(wrong, out));
			assertThat(out.readableBytes()).isEqualTo(1);
			Frame.Ack ack = new Frame.Ack(1, 1, Actions.set(VarScope.SESSION, "v", "x".repeat(100)));
			this.codec.encode(ack, out);
			out.readByte();
			assertThat(this.codec.decode(out)).isEqualTo(ack);
			assertThat(out.isReadable()).isFalse();
			out.clear().writeByte(1);
		}
		out.release();
	}

	static Stream<ByteBuf> buffers() {
		return Stream.of(Unpooled.buffer(), Unpooled.directBuffer(), Unpooled.buffer(8, 1024));
	}

	@Test
	void whenArgumentsAreCopiedThenTheyDoNotReferToTheFrame() {
		byte[] bytes = HexFormat.of().parseHex(notifyWith("080568656c6c6f"));
		Arguments arguments = ((Frame.Notify) this.codec.decode(bytes, 0, bytes.length)).messages().get(0).arguments();
		Arguments copy = arguments.copy();
		bytes[bytes.length - 1]++;
		assertThat(arguments.get("a")).hasToString("hellp");
		assertThat(copy.get("a")).hasToString("hello");
	}

	private static final String VERSIONS = "12737570706f727465642d76657273696f6e73" + "0803322e30";

	private static final String SIZE = "0e6d61782d6672616d652d73697a65" + "03fcf006";

	private static final String CAPABILITIES = "0c6361706162696c6974696573" + text(" pipelining ,streaming");

	private static String hello(String items) {
		return frame("01", "00000001", "0000" + items);
	}

	private static String text(String text) {
		return "08%02x".formatted(text.length()) + HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
	}

	private static String frame(String type, String flags, String rest) {
		String frame = type + flags + rest;
		return "%08x".formatted(frame.length() / 2) + frame;
	}

	private static String notifyWith(String value) {
		return frame("03", "00000001", "0101" + "016d" + "01" + "0161" + value);
	}

	private SpopValue readValue(String value) {
		return ((Frame.Notify) decode(notifyWith(value))).messages().get(0).arguments().value(0);
	}

	private Arguments readArguments(Argument... arguments) {
		String hex = encode(new Frame.Notify(1, 1, NotifyMessage.of("m", arguments)));
		return ((Frame.Notify) decode(hex)).messages().get(0).arguments();
	}

	private void assertInvalid(String hex) {
		assertStatus(hex, StatusCode.INVALID_FRAME);
	}

	private void assertStatus(String hex, StatusCode status) {
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(() -> decode(hex))
			.extracting(SpopProtocolException::status)
			.isEqualTo(status);
	}

	private Frame decode(String hex) {
		ByteBuf in = Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex));
		Frame frame = this.codec.decode(in);
		assertThat(in.isReadable()).isFalse();
		return frame;
	}

	private String encode(Frame frame) {
		ByteBuf out = Unpooled.buffer();
		this.codec.encode(frame, out);
		return ByteBufUtil.hexDump(out);
	}

	/**
	 * Arguments that somebody else implements, and that have no values.
	 *
	 * @param size their number
	 */
	private record Broken(int size) implements Arguments {

		@Override
		public String name(int index) {
			return "name";
		}

		@Override
		public SpopValue value(int index) {
			return null;
		}

		@Override
		public int indexOf(String name, int from) {
			return -1;
		}

	}

}
