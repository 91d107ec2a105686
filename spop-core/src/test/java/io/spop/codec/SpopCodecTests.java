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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link SpopCodec}, against bytes as HAProxy sends them.
 */
class SpopCodecTests {

	private final SpopCodec codec = new SpopCodec(65536);

	@Test
	void whenAckThenBytesAreThoseHaproxyReads() {
		Actions actions = Actions.set(VarScope.TRANSACTION, "my_var", "tequila").andUnset(VarScope.SESSION, "x");
		assertThat(Hex.encode(new Frame.Ack(1, 300, actions))).isEqualTo("00000020" + "67" + "00000001" + "01" + "fc03"
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
				new Frame.Fragment(FrameType.UNSET, 7, 1, false, false, new byte[5000]),
				new Frame.Fragment(FrameType.UNSET, 7, 1, true, true, new byte[0]), new Frame.Unknown(77, 3, 4));
	}

	@ParameterizedTest
	@MethodSource("frames")
	void whenFrameIsWrittenThenItReadsBackAndIsWrittenTheSame(Frame frame) {
		String hex = Hex.encode(frame);
		Frame read = Hex.decode(hex);
		assertThat(read).hasSameClassAs(frame);
		assertThat(read.toString()).isEqualTo(frame.toString());
		assertThat(Hex.encode(read)).isEqualTo(hex);
	}

	@ParameterizedTest
	@MethodSource("frames")
	void whenFrameComesInPiecesThenNothingIsConsumedBeforeItIsWhole(Frame frame) {
		String hex = Hex.encode(frame);
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
				new Argument("y".repeat(200), SpopValue.of("z".repeat(200))),
				new Argument("z", SpopValue.of("z".repeat(240))));
		assertThat(arguments.size()).isEqualTo(8);
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
		assertThat(arguments.get("z")).isEqualTo(SpopValue.of("z".repeat(240)));
		assertThat(arguments).hasSize(8).contains(new Argument("gr\u00f6\u00dfe", SpopValue.of(5)));
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
			Hex.assertInvalid(notifyWith(hex));
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
		Hex.assertInvalid(Hex.frame("03", "00000001", "0101" + payload));
	}

	@ParameterizedTest
	@CsvSource({ "00000000", "00000001", "00000006" })
	void whenLengthIsLessThanAHeaderThenInvalidFrame(String length) {
		Hex.assertInvalid(length + "03000000010101");
	}

	@ParameterizedTest
	@CsvSource({ "47455420", "ffffffff", "00010001" })
	void whenLengthIsBeyondTheLimitThenFrameTooBigAtOnce(String length) {
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(() -> Hex.decode(length))
			.extracting(SpopProtocolException::status)
			.isEqualTo(StatusCode.FRAME_TOO_BIG);
	}

	@Test
	void whenFrameIsWrongThenTheNextOneCanBeRead() {
		ByteBuf in = Unpooled.wrappedBuffer(
				HexFormat.of().parseHex(Hex.frame("03", "00000001", "010100") + ControlFramesTests.HEALTH_CHECK));
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(() -> this.codec.decode(in));
		assertThat(this.codec.decode(in)).isInstanceOf(Frame.HaproxyHello.class);
	}

	@Test
	void whenLengthIsTooSmallThenTheNextFrameCanBeReadAndWhenTooLargeThenNothingIsConsumed() {
		ByteBuf in = Unpooled.wrappedBuffer(HexFormat.of().parseHex("00000006" + ControlFramesTests.HEALTH_CHECK));
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(() -> this.codec.decode(in));
		assertThat(this.codec.decode(in)).isInstanceOf(Frame.HaproxyHello.class);
		ByteBuf large = Unpooled.wrappedBuffer(HexFormat.of().parseHex("00010001" + "03"));
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(() -> this.codec.decode(large));
		assertThat(large.readerIndex()).isZero();
	}

	@Test
	void whenTheLengthOfAFrameIsAskedForThenItIsThatOfAWholePrefix() {
		byte[] bytes = HexFormat.of().parseHex("ffff" + "00010000" + "00");
		assertThat(this.codec.maxFrameSize()).isEqualTo(0x10000);
		assertThat(this.codec.size(bytes, 2, 5)).isEqualTo(-1);
		assertThat(this.codec.size(bytes, 2, 6)).isEqualTo(Integer.BYTES + 0x10000);
		assertThat(this.codec.size(bytes, 2, 7)).isEqualTo(Integer.BYTES + 0x10000);
	}

	@Test
	void whenReservedFlagsAreSetThenTheyAreIgnored() {
		assertThat(Hex.decode(Hex.frame("03", "fffffffd", "0101"))).isEqualTo(new Frame.Notify(1, 1));
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
	void whenBufferHasRoomForTheFrameAloneThenItIsWritten() {
		SpopCodec small = new SpopCodec(256);
		Frame.Ack ack = new Frame.Ack(1, 1, Actions.set(VarScope.TRANSACTION, "v", "x".repeat(255 - 7 - 5 - 3)));
		ByteBuf out = Unpooled.buffer(8, Integer.BYTES + 255);
		small.encode(ack, out);
		assertThat(out.isWritable()).isFalse();
		assertThat(small.decode(out)).isEqualTo(ack);
	}

	@Test
	void whenABufferIsFullBeforeAnyValueThenItGrows() throws Exception {
		for (SpopValue value : List.of(SpopValue.ofNull(), SpopValue.of(true), new SpopValue.Uint64(-1),
				SpopValue.of(InetAddress.getByName("192.0.2.1")), new SpopValue.Ipv6(1, 2), SpopValue.of("text"),
				SpopValue.of(new byte[] { 1, 2 }))) {
			for (int length = 0; length < 150; length++) {
				ByteBuf out = Unpooled.buffer(1);
				Frame.Notify notify = new Frame.Notify(1, 1,
						NotifyMessage.of("m", new Argument("x".repeat(length), value), new Argument("y", value)));
				this.codec.encode(notify, out);
				assertThat(this.codec.decode(out)).isEqualTo(notify);
			}
		}
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
	@CsvSource(delimiter = '|',
			textBlock = """
					03000000010101 00                        | a message without a name at byte 11
					03000000010101 016d                      | its end comes too early at byte 13
					03000000010101 056d00                    | a length of more bytes than follow at byte 11
					03000000010101 016d01 0161               | its end comes too early at byte 16
					03000000010101 016d01 0561               | a length of more bytes than follow at byte 14
					03000000010101 016d01 0161 0a            | a value of the reserved type 10 at byte 16
					03000000010101 016d01 0161 067f0000      | its end comes too early at byte 20
					03000000010101 016d01 0161 0700          | its end comes too early at byte 18
					03000000010101 016d01 0161 08f1          | its end comes too early at byte 18
					03000000010101 016d01 0161 090261        | a length of more bytes than follow at byte 17
					03000000010101 016d01 0161 04fff0fefefefefefefefe10 | a number beyond 64 bits at byte 17
					03000000010101 016d00 016e0100           | its end comes too early at byte 18
					0300000001f0f0f0f0f0f0                   | its end comes too early at byte 15
					0300000001fff0fefefefefefefefe1001       | a number beyond 64 bits at byte 9
					01000000010100                           | HAPROXY_HELLO with a stream-id or frame-id at byte 9
					01000000010000 0000                      | an item without a name at byte 11
					01000000010000 0c6361706162696c6974696573 11 | capabilities with a value of type Bool at byte 24
					65000000010000 0776657273696f6e 00       | version with a value of type Null at byte 19
					67000000010101 010202 0161               | an action of type 1 with 2 arguments at byte 11
					67000000010101 010302 0161 0a            | a value of the reserved type 10 at byte 16
					67000000010101 010309 016111             | an action of type 1 with 3 arguments in no scope at byte 11
					67000000010101 020202 03610a62           | a variable with the name 'a\\u000ab', which is empty, too long, or has other characters than A-Z a-z 0-9 _ and . at byte 14
					""")
	void whenFrameCannotBeReadThenWhatIsWrongAndItsByteAreSaid(String hex, String expected) {
		String frame = hex.replace(" ", "");
		assertThatExceptionOfType(SpopProtocolException.class)
			.isThrownBy(() -> Hex.decode("%08x".formatted(frame.length() / 2) + frame))
			.withMessage("Invalid frame: " + expected + " of the frame");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			00000005 0000000000 | Invalid frame: a length of 5, less than 7, at byte 0 of the frame
			47455420            | A frame with a length of 1195725856, more than 65536, at byte 0 of the frame
			00000007 67000000000101 | A frame without the flag FIN at byte 5 of the frame
			00000007 01000000010000 | A HELLO without supported-versions, whose last item ends at byte 11 of the frame
			""")
	void whenFrameIsNoneThenWhatIsWrongAndItsByteAreSaid(String hex, String expected) {
		assertThatExceptionOfType(SpopProtocolException.class).isThrownBy(() -> Hex.decode(hex.replace(" ", "")))
			.withMessage(expected);
	}

	@Test
	void whenFrameIsAmongOthersThenItsBytesAreCountedFromItsOwnStart() {
		byte[] bytes = HexFormat.of().parseHex("ffffffffff" + Hex.frame("03", "00000001", "0101016d010161fa"));
		assertThatExceptionOfType(SpopProtocolException.class)
			.isThrownBy(() -> this.codec.decode(bytes, 5, bytes.length - 5))
			.withMessage("Invalid frame: a value of the reserved type 10 at byte 16 of the frame");
	}

	@Test
	void whenFragmentsCannotBeReadThenTheirBytesAreCountedTogether() {
		assertThatExceptionOfType(SpopProtocolException.class)
			.isThrownBy(() -> SpopCodec.decodeMessages(HexFormat.of().parseHex("016d000161")))
			.withMessage("Invalid frame: its end comes too early at byte 5 of the payload of all fragments");
		assertThat(SpopCodec.decodeMessages(HexFormat.of().parseHex("016d00" + "016e00")))
			.containsExactly(NotifyMessage.of("m"), NotifyMessage.of("n"));
		assertThat(SpopCodec.decodeMessages(new byte[0])).isEmpty();
	}

	@Test
	void whenDisconnectCannotBeReadThenItsTextSaysWhere() {
		assertThat(Hex.decode(Hex.frame("66", "00000001", "00000561"))).hasToString(new Frame.AgentDisconnect(99,
				"Invalid frame: a length of more bytes than follow at byte 11 of the frame")
			.toString());
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

	private static String notifyWith(String value) {
		return Hex.frame("03", "00000001", "0101" + "016d" + "01" + "0161" + value);
	}

	private SpopValue readValue(String value) {
		return ((Frame.Notify) Hex.decode(notifyWith(value))).messages().get(0).arguments().value(0);
	}

	private Arguments readArguments(Argument... arguments) {
		String hex = Hex.encode(new Frame.Notify(1, 1, NotifyMessage.of("m", arguments)));
		return ((Frame.Notify) Hex.decode(hex)).messages().get(0).arguments();
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
		@SuppressWarnings("NullAway") // null on purpose
		public SpopValue value(int index) {
			return null;
		}

		@Override
		public int indexOf(String name, int from) {
			return -1;
		}

	}

}
