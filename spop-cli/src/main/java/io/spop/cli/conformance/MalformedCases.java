package io.spop.cli.conformance;

import java.util.List;

/**
 * What HAProxy never sends. An agent may refuse it with AGENT-DISCONNECT, close the
 * connection, or answer what it understood. It must not leave the peer waiting, nor die.
 */
final class MalformedCases {

	private static final String SPOE_ERROR = "SPOE.txt 3.2.9";

	private final CaseList list = new CaseList(Category.MALFORMED);

	private MalformedCases() {
	}

	static List<ConformanceCase> cases() {
		MalformedCases cases = new MalformedCases();
		cases.payloads();
		cases.headers();
		cases.hellos();
		cases.wrongFrames();
		cases.others();
		return cases.list.cases();
	}

	private void payloads() {
		Bytes whole = Wire.message("conformance", Wire.argument("ip", Wire.ipv4(192, 0, 2, 1)));
		this.list.must("300-arguments", "A message with 300 arguments, which announces 44, is answered or refused",
				"HAProxy (all versions) sends this for 300 'args', since the number has one byte. " + CaseList.NO_ACK,
				"src/flt_spoe.c spoe_encode_message", Steps.greeted(), Steps.send(Wire.notifyOf(1, 1, arguments(300))),
				Steps.ackOrRefusal(1, 1), Steps.serves());
		notification("arguments-missing", "with fewer arguments than it announces",
				Bytes.join(Wire.string("message", "m"), Bytes.ofInts("arguments: 3, of which one is there", 3),
						Wire.argument("a", Wire.nullValue())));
		notification("no-argument-count", "without the number of arguments", Wire.string("message", "m"));
		notification("name-cut", "with a message name that is longer than the frame",
				Bytes.join(Wire.varint("length of the message name", 200), Bytes.text("its first bytes", "abc")));
		notification("argument-name-cut", "with an argument name that is longer than the frame",
				Bytes.join(Wire.string("message", "m"), Bytes.ofInts("arguments: 1", 1),
						Wire.varint("length of the argument name", 100), Bytes.text("its first byte", "a")));
		notification("no-value", "with an argument without a value",
				Bytes.join(Wire.string("message", "m"), Bytes.ofInts("arguments: 1", 1), Wire.string("argument", "a")));
		value("string-cut", "a STRING that is longer than the frame", Bytes.join(Bytes.ofInts("STRING", 8),
				Wire.varint("length", 100), Bytes.text("its first bytes", "abc")));
		value("binary-cut", "a BINARY that is longer than the frame", Bytes.join(Bytes.ofInts("BINARY", 9),
				Wire.varint("length", 100), Bytes.text("its first bytes", "abc")));
		value("string-huge", "a STRING of 2^63 bytes", Bytes.join(Bytes.ofInts("STRING", 8),
				Wire.varint("length", Long.MIN_VALUE), Bytes.text("its first bytes", "abc")));
		value("string-2gb", "a STRING of 2^31-1 bytes", Bytes.join(Bytes.ofInts("STRING", 8),
				Wire.varint("length", Integer.MAX_VALUE), Bytes.text("its first bytes", "abc")));
		value("string-max", "a STRING of 2^64-1 bytes",
				Bytes.join(Bytes.ofInts("STRING", 8), Wire.varint("length", -1), Bytes.text("its first bytes", "abc")));
		value("ipv4-cut", "an IPV4 of three bytes", Bytes.ofInts("IPV4, cut", 6, 192, 0, 2));
		value("ipv6-cut", "an IPV6 of four bytes", Bytes.ofInts("IPV6, cut", 7, 0x20, 1, 0xd, 0xb8));
		value("varint-cut", "an INT64 that does not end", Bytes.ofInts("INT64, cut", 4, 0xF0, 0x80));
		value("varint-long", "an INT64 of 12 bytes", Bytes.ofInts("INT64 of more than 10 bytes", 4, 0xFF, 0xFF, 0xFF,
				0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0));
		value("varint-overflow", "an INT64 of more than 64 bits",
				Bytes.ofInts("INT64 above 2^64-1", 4, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F));
		notification("bytes-left", "with bytes after its message",
				Bytes.join(whole, Bytes.ofInts("a byte too many", 0xFF)));
		notification("empty-name", "with an empty message name",
				Bytes.join(Wire.string("message", ""), Bytes.ofInts("arguments: 0", 0)));
		notification("garbage", "with random bytes as payload",
				Bytes.hex("random bytes", "d3f1a0997c05fe21b8e64d10ff8e77a3c2d9004be7315599aa01fe77ffb0c1d2e3"));
	}

	private void headers() {
		Bytes body = Bytes.ofInts("the first bytes of a NOTIFY", 3, 0, 0, 0, 1, 1);
		this.list.should("length-0", "A frame of length 0 is skipped or refused", CaseList.HUNG, "SPOE.txt 3.2",
				Steps.greeted(), Steps.send(Wire.frameWithLength(0), Wire.notifyOf(1, 1)), Steps.ackOrRefusal(1, 1),
				Steps.serves());
		for (int length : new int[] { 1, 4, 6 }) {
			this.list.should("length-" + length, "A frame of length " + length + " is skipped or refused",
					CaseList.HUNG, "SPOE.txt 3.2", Steps.greeted(),
					Steps.send(Wire.frameWithLength(length, body.first(length)), Wire.notifyOf(1, 1)),
					Steps.ackOrRefusal(1, 1), Steps.serves());
		}
		this.list.should("ids-cut", "A NOTIFY that ends within its ids is refused", CaseList.HUNG, "SPOE.txt 3.2",
				Steps.greeted(),
				Steps.send(Wire.frameWithLength(7, Bytes.ofInts("NOTIFY", 3), Bytes.int32("FIN", 1),
						Bytes.ofInts("stream id, cut", 0xF0, 0x80)), Wire.notifyOf(1, 1)),
				Steps.ackOrRefusal(1, 1), Steps.serves());
		this.list
			.should("ids-long", "A NOTIFY with a stream id of 12 bytes is answered or refused", CaseList.HUNG,
					"SPOE.txt 3.1", Steps.greeted(),
					Steps.send(Wire.frame(Wire.NOTIFY, Wire.FIN,
							Bytes.ofInts("stream id of more than 10 bytes", 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
									0xFF, 0xFF, 0xFF, 0xFF, 0),
							Wire.varint("frame id", 1))),
					Steps.anyAnswer(), Steps.serves());
	}

	private void hellos() {
		hello("empty-key", "with an item without a key", Wire.item("", Wire.str("x")));
		hello("item-cut", "that ends within a key", Bytes.join(Wire.versions("2.0"), Wire.varint("length of a key", 50),
				Bytes.text("its first bytes", "max-")));
		hello("item-without-value", "with an item without a value",
				Bytes.join(Wire.versions("2.0"), Wire.size(Wire.OFFERED), Wire.string("item", "capabilities")));
		hello("versions-number", "with supported-versions as a number", Bytes
			.join(Wire.item("supported-versions", Wire.number(3, 2)), Wire.size(Wire.OFFERED), Wire.capabilities("")));
		hello("versions-text", "with a version that is not a number",
				Bytes.join(Wire.versions("latest"), Wire.size(Wire.OFFERED), Wire.capabilities("")));
		hello("size-text", "with max-frame-size as a STRING", Bytes.join(Wire.versions("2.0"),
				Wire.item("max-frame-size", Wire.str("16380")), Wire.capabilities("")));
		hello("garbage", "with random bytes as payload",
				Bytes.hex("random bytes", "d3f1a0997c05fe21b8e64d10ff8e77a3c2d9004be7315599aa01fe77ff"));
		this.list.should("hello-no-fin", "A HELLO without FIN is answered or refused", CaseList.HUNG, "SPOE.txt 3.2.4",
				Steps.send(Wire.frame(Wire.HAPROXY_HELLO, 0, 0, 0, Wire.versions("2.0"), Wire.size(Wire.OFFERED),
						Wire.capabilities(""))),
				Steps.helloOrRefusal(), Steps.serves());
		this.list.should("hello-ids", "A HELLO with ids other than 0 is answered or refused", CaseList.HUNG,
				"SPOE.txt 3.2.4", Steps.send(Wire.frame(Wire.HAPROXY_HELLO, Wire.FIN, 1, 1, Wire.versions("2.0"),
						Wire.size(Wire.OFFERED), Wire.capabilities(""))),
				Steps.helloOrRefusal(), Steps.serves());
	}

	private void wrongFrames() {
		survived("notify-first", "A NOTIFY before the HELLO does not stop the agent", Steps.send(Wire.notifyOf(1, 1)));
		survived("disconnect-first", "HAPROXY-DISCONNECT before the HELLO does not stop the agent",
				Steps.send(Wire.disconnect(0, "normal")));
		survived("unknown-first", "A frame of an unknown type before the HELLO does not stop the agent",
				Steps.send(Wire.frame(77, Wire.FIN, 0, 0)));
		survived("second-hello", "A second HELLO does not stop the agent", Steps.greeted(), Steps.send(Wire.hello()));
		survived("agent-hello", "AGENT-HELLO from HAProxy's side does not stop the agent", Steps.greeted(),
				Steps.send(Wire.frame(Wire.AGENT_HELLO, Wire.FIN, 0, 0, Wire.item("version", Wire.str("2.0")))));
		survived("ack", "An ACK from HAProxy's side does not stop the agent", Steps.greeted(),
				Steps.send(Wire.frame(Wire.ACK, Wire.FIN, 1, 1)));
		survived("agent-disconnect", "AGENT-DISCONNECT from HAProxy's side does not stop the agent", Steps.greeted(),
				Steps.send(Wire.frame(Wire.AGENT_DISCONNECT, Wire.FIN, 0, 0,
						Wire.item("status-code", Wire.number(3, 0)))));
		this.list
			.should("abort", "After a NOTIFY with FIN and ABORT the agent serves on",
					"HAProxy never sends it. " + CaseList.DEAD, "SPOE.txt 3.2", Steps.on("connection A",
							Steps.greeted(), Steps.send(Wire.frame(Wire.NOTIFY, Wire.FIN | Wire.ABORT, 1, 1))),
					Steps.serves());
	}

	private void others() {
		survived("random", "Random bytes do not stop the agent",
				Steps.send(Bytes.hex("random bytes", "f7d3f1a0997c05fe21b8e64d10ff8e77a3c2d9004be7315599aa01fe77ff")));
		survived("random-later", "Random bytes after the handshake do not stop the agent", Steps.greeted(),
				Steps.send(Bytes.hex("random bytes", "f7d3f1a0997c05fe21b8e64d10ff8e77a3c2d9004be7315599aa01fe77ff")));
		survived("zeros", "1000 bytes 0 do not stop the agent", Steps.send(Bytes.of("1000 bytes 0", new byte[1000])));
		survived("line-ends", "Line ends do not stop the agent",
				Steps.send(Bytes.text("line ends", "\r\n\r\n\r\n\r\n")));
		this.list.should("beside-a-connection", "A malformed frame does not end another connection",
				"HAProxy never sends it, but others can. " + CaseList.CLOSED, SPOE_ERROR,
				Steps.on("connection A", Steps.greeted()),
				Steps.on("connection B", Steps.greeted(),
						Steps.send(Wire.notifyOf(1, 1, Bytes.hex("random bytes", "d3f1a0997c05fe21b8e64d10ff8e77a3"))),
						Steps.anything()),
				Steps.on("connection A", Steps.send(Wire.notifyOf(1, 1)), Steps.ack(1, 1)));
		this.list.should("refused-and-closed", "A frame above 2 GB is refused at once",
				"HAProxy never sends it. An agent that waits for so many bytes, or reserves memory for them, is easily stopped.",
				"SPOE.txt 3.2", Steps.greeted(),
				Steps.send(Wire.frameWithLength(0xFFFFFFFFL, Bytes.ofInts("NOTIFY", 3))), Steps.refusal(),
				Steps.serves());
	}

	private void survived(String name, String title, Step... steps) {
		Step[] all = new Step[steps.length + 2];
		all[0] = Steps.connect();
		System.arraycopy(steps, 0, all, 1, steps.length);
		all[all.length - 1] = Steps.serves();
		this.list.must(name, title, CaseList.DEAD, SPOE_ERROR, all);
	}

	private void value(String name, String value, Bytes bytes) {
		notification(name, "with " + value, Bytes.join(Wire.string("message", "conformance"),
				Bytes.ofInts("arguments: 1", 1), Wire.argument("value", bytes)));
	}

	private void notification(String name, String what, Bytes payload) {
		this.list.should(name, "A NOTIFY " + what + " is answered or refused", CaseList.HUNG, SPOE_ERROR,
				Steps.greeted(), Steps.send(Wire.notifyOf(1, 1, payload)), Steps.ackOrRefusal(1, 1), Steps.serves());
	}

	private void hello(String name, String what, Bytes payload) {
		this.list.should("hello-" + name, "A HELLO " + what + " is answered or refused", CaseList.HUNG, SPOE_ERROR,
				Steps.send(Wire.helloOf(payload)), Steps.helloOrRefusal(), Steps.serves());
	}

	private static Bytes arguments(int count) {
		Bytes[] arguments = new Bytes[count];
		for (int i = 0; i < count; i++) {
			arguments[i] = Wire.argument("a" + i, Wire.number(4, i));
		}
		return Wire.message("conformance", arguments);
	}

}
