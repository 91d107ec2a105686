package io.spop.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;

import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.StatusCode;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link WireFrame}, {@link FrameText} and {@link FrameJson}.
 */
class WireFrameTests {

	private final FrameText text = new FrameText("", false);

	@Test
	void whenNotifyHasAllTypesThenTextHasEach() {
		WireFrame frame = WireFrame.of(new Frame.Notify(1, -1, notifyMessage()));
		assertThat(this.text.title(frame)).isEqualTo("NOTIFY stream 1, frame 18446744073709551615");
		assertThat(this.text.lines(frame)).containsExactly("message check-client-ip", "    nothing = null",
				"    yes = true (bool)", "    int32 = -1 (int32)", "    uint32 = 4294967295 (uint32)",
				"    int64 = -9223372036854775808 (int64)", "    uint64 = 18446744073709551615 (uint64)",
				"    ip = 192.0.2.1 (ipv4)", "    ip6 = ::ffff:192.0.2.1 (ipv6)", "    (unnamed) = \"text\"",
				"    bin = 00ff (binary, 2 bytes)");
	}

	@Test
	void whenNotifyHasAllTypesThenJsonHasEach() {
		assertThat(json(new Frame.Notify(1, -1, notifyMessage()))).isEqualTo("""
				{"type":"NOTIFY","typeCode":3,"flags":1,"stream":1,"frame":"18446744073709551615","messages":[\
				{"name":"check-client-ip","arguments":[{"name":"nothing","type":"null","value":null},\
				{"name":"yes","type":"bool","value":true},{"name":"int32","type":"int32","value":-1},\
				{"name":"uint32","type":"uint32","value":4294967295},\
				{"name":"int64","type":"int64","value":"-9223372036854775808"},\
				{"name":"uint64","type":"uint64","value":"18446744073709551615"},\
				{"name":"ip","type":"ipv4","value":"192.0.2.1"},\
				{"name":"ip6","type":"ipv6","value":"::ffff:192.0.2.1"},\
				{"name":"","type":"string","value":"text"},{"name":"bin","type":"binary","hex":"00ff"}]}]}
				""");
	}

	@Test
	void whenAckIsShownThenVariablesAreNamedAsHaproxyNamesThem() {
		Frame ack = new Frame.Ack(1, 2,
				Actions.set(VarScope.SESSION, "score", 80)
					.andSet(VarScope.TRANSACTION, "gone", SpopValue.ofNull())
					.andUnset(VarScope.PROCESS, "old"));
		assertThat(this.text.lines(ack)).containsExactly("set sess.score = 80 (int64)",
				"set txn.gone = null (HAProxy unsets the variable)", "unset proc.old");
		assertThat(new FrameText("my", false).lines(ack)).first().isEqualTo("set sess.my.score = 80 (int64)");
		assertThat(json(ack)).contains("""
				"actions":[{"action":"set","variable":"sess.my.score","scope":"sess","name":"score","type":"int64",\
				"value":80},""")
			.contains("{\"action\":\"unset\",\"variable\":\"proc.my.old\",\"scope\":\"proc\",\"name\":\"old\"}");
	}

	@Test
	void whenFrameIsHelloThenAllItsKeysAreShown() {
		assertThat(this.text
			.lines(new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(Capability.PIPELINING), "engine", true)))
			.containsExactly("supported-versions = \"2.0\"", "max-frame-size = 16380 (uint32)",
					"capabilities = \"pipelining\"", "engine-id = \"engine\"", "healthcheck = true (bool)");
	}

	@Test
	void whenFrameIsDisconnectThenItsStatusIsExplained() {
		Frame disconnect = new Frame.AgentDisconnect(StatusCode.TIMEOUT);
		assertThat(this.text.lines(disconnect)).containsExactly("status-code = 2 (uint32): a timeout occurred",
				"message = \"a timeout occurred\"");
		assertThat(this.text.lines(new Frame.AgentDisconnect(200, "own"))).first()
			.isEqualTo(
					"status-code = 200 (uint32): not a code of the protocol, which leaves those from 100 on to agents");
		assertThat(json(disconnect)).contains("\"meaning\":\"a timeout occurred\"");
	}

	@Test
	void whenFrameIsFragmentThenItsPayloadIsKept() {
		WireFrame frame = WireFrame
			.of(new Frame.Fragment(FrameType.NOTIFY, 1, 1, false, false, new byte[] { 1, 2, 3 }));
		assertThat(frame.isFragment()).isTrue();
		assertThat(frame.payload()).containsExactly(1, 2, 3);
		assertThat(this.text.title(frame)).isEqualTo("NOTIFY stream 1, frame 1, first fragment");
		assertThat(this.text.lines(frame)).containsExactly("payload = 010203 (binary, 3 bytes)");
	}

	@Test
	void whenTextIsHostileThenItIsEscaped() {
		assertThat(value("\u001b[31m\u202e\u0085\r\n\t\"\\ü\ud83d\ude00"))
			.isEqualTo("\"\\u001b[31m\\u202e\\u0085\\r\\n\\t\\\"\\\\ü\ud83d\ude00\"");
		byte[] latin = { 'a', (byte) 0xfc, ' ', (byte) 0xe2, (byte) 0x82 };
		assertThat(this.text.value(new SpopValue.Text(latin, 0, latin.length))).isEqualTo("\"a\\xfc \\xe2\\x82\"");
		assertThat(this.text.lines(new Frame.Notify(1, 1, NotifyMessage.of("a b\u001b"))))
			.containsExactly("message a\\x20b\\u001b");
		assertThat(json(new Frame.Notify(1, 1, NotifyMessage.of("\u202eü")))).contains("\"\\u202E\\u00FC\"");
	}

	@Test
	void whenValueIsLongThenItIsCutWithItsLength() {
		assertThat(value("n".repeat(300))).isEqualTo("\"" + "n".repeat(200) + "\"... (300 bytes)");
		assertThat(value("n".repeat(199) + "ü")).as("a character of two bytes")
			.isEqualTo("\"" + "n".repeat(199) + "\"... (201 bytes)");
		assertThat(this.text.value(SpopValue.of(new byte[65]))).isEqualTo("00".repeat(64) + "... (binary, 65 bytes)");
		FrameText whole = new FrameText("", true);
		assertThat(whole.value(SpopValue.of("ü".repeat(3000)))).isEqualTo("\"" + "ü".repeat(3000) + "\"");
		assertThat(whole.value(SpopValue.of(new byte[65]))).isEqualTo("00".repeat(65) + " (binary, 65 bytes)");
	}

	@Test
	void whenFrameIsMalformedThenWhatComesBeforeIsShownWithTheOffset() {
		WireFrame frame = frame("0300000001" + "0101" + "0161" + "02" + "0162" + "0405" + "0163" + "0f");
		assertThat(this.text.lines(frame)).containsExactly("message a", "    b = 5 (int64)",
				"cannot be decoded from byte 20 of the frame on: a value of the reserved type 15",
				"bytes from there: 0f (binary, 1 byte)");
		assertThat(json(frame)).contains("\"name\":\"b\"")
			.contains(
					"\"problem\":{\"offset\":20,\"reason\":\"a value of the reserved type 15\"},\"bytes\":\"00000011");
		assertThat(problem("0300000001" + "0101" + "0161"))
			.isEqualTo(new WireFrame.Problem(13, "the frame ends too early"));
		assertThat(problem("0300000001" + "0101" + "0561"))
			.isEqualTo(new WireFrame.Problem(11, "a length of 5, and 1 bytes follow"));
		assertThat(problem("0300000001" + "0101" + "016103"))
			.isEqualTo(new WireFrame.Problem(14, "the message has 3 arguments, and the frame ends after 0"));
		assertThat(problem("6700000001" + "0101" + "0103090161" + "00"))
			.isEqualTo(new WireFrame.Problem(13, "an action with the unknown scope 9"));
		assertThat(problem("0300000001" + "fff0fefefefefefefeff0e"))
			.isEqualTo(new WireFrame.Problem(9, "a number of more than 64 bits"));
		assertThat(WireFrame.of(new byte[] { 0, 0 }).problem())
			.isEqualTo(new WireFrame.Problem(2, "the frame ends too early"));
		assertThat(WireFrame.of(HexFormat.of().parseHex("00000009" + "0300000001" + "0101")).problem())
			.isEqualTo(new WireFrame.Problem(0, "the length is 9, and 7 bytes follow"));
	}

	@Test
	void whenReceiverRefusesOrIgnoresThenNotesSaySo() {
		assertThat(frame("6700000000" + "0101" + "010301022d61" + "00").notes()).containsExactly(
				"HAProxy ignores a variable whose name has more than 57 characters or others than A-Z a-z 0-9 _ and .",
				"the flag FIN is missing");
		assertThat(frame("6500000005" + "0100").notes()).containsExactly(
				"a frame of this type has the stream 0 and the frame 0", "capabilities is missing",
				"max-frame-size is missing", "reserved flags are set: 0x5", "version is missing");
		assertThat(frame("0400000001" + "0101" + "00ff").notes()).isEmpty();
		assertThat(this.text.title(frame("0400000001" + "0101")))
			.isEqualTo("frame of the unknown type 4 stream 1, frame 1");
	}

	@Test
	void whenFrameHasVeryManyPartsThenTheFirstAreDecoded() {
		ByteArrayOutputStream payload = new ByteArrayOutputStream();
		payload.writeBytes(HexFormat.of().parseHex("0300000001" + "0101"));
		for (int i = 0; i < 100_000; i++) {
			payload.writeBytes(new byte[] { 1, 'a', 0 });
		}
		WireFrame frame = frame(HexFormat.of().formatHex(payload.toByteArray()));
		assertThat(frame.parts()).hasSize(20_000);
		assertThat(frame.problem()).isNotNull();
	}

	@Test
	void whenBytesAreRandomThenTheyAreShown() {
		Random random = new Random(1);
		StringWriter out = new StringWriter();
		JsonLines lines = new JsonLines(new PrintWriter(out));
		StringBuilder text = new StringBuilder();
		int[] types = { 0, 1, 2, 3, 101, 102, 103, 55 };
		for (int i = 0; i < 20_000; i++) {
			byte[] bytes = new byte[random.nextInt(60)];
			random.nextBytes(bytes);
			if (i % 2 == 0 && bytes.length >= 11) {
				ByteBuffer.wrap(bytes)
					.putInt(bytes.length - 4)
					.put((byte) types[random.nextInt(types.length)])
					.putInt(1);
			}
			WireFrame frame = WireFrame.of(bytes);
			text.append(this.text.title(frame));
			this.text.lines(frame).forEach(text::append);
			lines.write((json) -> new FrameJson("my").write(frame, json));
		}
		assertThat(text.codePoints().filter(WireFrameTests::changesTheTerminal).boxed()).isEmpty();
		assertThat(out.toString().lines()).hasSize(20_000)
			.allMatch((line) -> line.startsWith("{") && line.endsWith("}"));
		assertThat(StandardCharsets.US_ASCII.newEncoder().canEncode(out.toString())).isTrue();
	}

	private static boolean changesTheTerminal(int c) {
		return Character.isISOControl(c) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
	}

	private static NotifyMessage notifyMessage() {
		return NotifyMessage.of("check-client-ip", new Argument("nothing", SpopValue.ofNull()),
				new Argument("yes", SpopValue.of(true)), new Argument("int32", new SpopValue.Int32(-1)),
				new Argument("uint32", new SpopValue.Uint32(0xFFFFFFFFL)),
				new Argument("int64", SpopValue.of(Long.MIN_VALUE)), new Argument("uint64", new SpopValue.Uint64(-1)),
				new Argument("ip", new SpopValue.Ipv4(0xC0000201)),
				new Argument("ip6", new SpopValue.Ipv6(0, 0xFFFFC0000201L)), new Argument("", SpopValue.of("text")),
				new Argument("bin", SpopValue.of(new byte[] { 0, -1 })));
	}

	private String value(String text) {
		return this.text.value(SpopValue.of(text));
	}

	private static WireFrame.Problem problem(String hex) {
		WireFrame.Problem problem = frame(hex).problem();
		assertThat(problem).isNotNull();
		return problem;
	}

	private static WireFrame frame(String hex) {
		byte[] content = HexFormat.of().parseHex(hex);
		return WireFrame.of(ByteBuffer.allocate(4 + content.length).putInt(content.length).put(content).array());
	}

	private static String json(Frame frame) {
		return json(WireFrame.of(frame));
	}

	private static String json(WireFrame frame) {
		StringWriter out = new StringWriter();
		new JsonLines(new PrintWriter(out)).write((json) -> new FrameJson("my").write(frame, json));
		return out.toString();
	}

}
