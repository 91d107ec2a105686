package io.spop.cli.conformance;

import java.util.List;

/**
 * Values, arguments and messages. A second message follows each value, so that an agent
 * which takes a wrong length for it cannot read on.
 */
final class TypesCases {

	private static final String ENCODE_DATA = "include/haproxy/spoe.h spoe_encode_data";

	private static final String ENCODE_MESSAGE = "src/flt_spoe.c spoe_encode_message";

	private final CaseList list = new CaseList(Category.TYPES);

	private TypesCases() {
	}

	static List<ConformanceCase> cases() {
		TypesCases cases = new TypesCases();
		cases.values();
		cases.arguments();
		cases.messages();
		return cases.list.cases();
	}

	private void values() {
		sent("null", "NULL", "a header that is missing", Wire.nullValue());
		sent("bool-false", "BOOL false", "ssl_fc", Wire.bool(false));
		sent("bool-true", "BOOL true", "ssl_fc", Wire.bool(true));
		sent("int64-0", "INT64 0", "int(0)", Wire.number(4, 0));
		sent("int64-200", "INT64 200", "status", Wire.number(4, 200));
		sent("int64-negative", "INT64 -1, which has 10 bytes", "int(-1)", Wire.number(4, -1));
		sent("int64-max", "the largest INT64", "a variable", Wire.number(4, Long.MAX_VALUE));
		sent("int64-min", "the smallest INT64", "a variable", Wire.number(4, Long.MIN_VALUE));
		sent("ipv4", "IPV4", "src", Wire.ipv4(192, 0, 2, 1));
		sent("ipv4-0", "IPV4 0.0.0.0", "ipv4(..)", Wire.ipv4(0, 0, 0, 0));
		sent("ipv4-255", "IPV4 255.255.255.255", "ipv4(..)", Wire.ipv4(255, 255, 255, 255));
		sent("ipv6", "IPV6", "src", Wire.ipv6("2001:db8::1", "20010db8000000000000000000000001"));
		sent("ipv6-mapped", "IPV6 with an IPv4 address in it", "src of a listener for both families",
				Wire.ipv6("::ffff:192.0.2.1", "00000000000000000000ffffc0000201"));
		sent("string", "STRING", "path", Wire.str("/index.html"));
		sent("string-empty", "an empty STRING", "query", Wire.str(""));
		sent("string-zero", "STRING with a byte 0", "req.hdr(x)", Wire.str("a\u0000b"));
		sent("string-lines", "STRING with line ends", "req.hdrs", Wire.str("host: example\r\naccept: */*\r\n\r\n"));
		sent("string-latin1", "STRING that is not UTF-8", "req.hdr(x)", Wire.str("\u00ff\u00fe\u00c3("));
		sent("binary-empty", "an empty BINARY", "req.body", Wire.binary(new byte[0]));
		byte[] all = new byte[256];
		for (int i = 0; i < all.length; i++) {
			all[i] = (byte) i;
		}
		sent("binary-all", "BINARY with each byte from 0 to 255", "req.body", Wire.binary(all));
		specified("int32", "INT32 7", Wire.number(2, 7));
		specified("int32-negative", "INT32 -1, which has 10 bytes", Wire.number(2, -1));
		specified("int32-min", "the smallest INT32", Wire.number(2, Integer.MIN_VALUE));
		specified("uint32-max", "the largest UINT32", Wire.number(3, 0xFFFFFFFFL));
		specified("uint64-max", "the largest UINT64", Wire.number(5, -1));
		specified("bool-flags", "BOOL true with reserved flags", Bytes.ofInts("BOOL true, reserved flags set", 0xF1));
		specified("string-flags", "STRING with reserved flags",
				Bytes.join(Bytes.ofInts("STRING, reserved flags set", 0xF8), Wire.string("text", "abc")));
		for (int type : new int[] { 10, 15 }) {
			this.list.should("reserved-" + type, "A value of the reserved type " + type + " is answered or refused",
					CaseList.HUNG, "SPOE.txt 3.1", Steps.greeted(),
					Steps.send(Wire.notifyOf(1, 1,
							Wire.message("conformance",
									Wire.argument("value", Bytes.ofInts("reserved type " + type, type))))),
					Steps.ackOrRefusal(1, 1), Steps.serves());
		}
	}

	private void arguments() {
		String otherwise = "HAProxy (all versions) sends it if the configuration says so. " + CaseList.CLOSED;
		Bytes ip = Wire.ipv4(192, 0, 2, 1);
		must("no-arguments", "A message without arguments is answered", otherwise, Wire.message("conformance"));
		must("unnamed", "An argument without a name is answered", otherwise,
				Wire.message("conformance", Wire.argument("", ip)));
		must("unnamed-several", "Several arguments without a name are answered", otherwise, Wire.message("conformance",
				Wire.argument("", ip), Wire.argument("", Wire.str("a")), Wire.argument("", Wire.nullValue())));
		must("same-name", "Two arguments of the same name are answered", otherwise,
				Wire.message("conformance", Wire.argument("ip", ip), Wire.argument("ip", ip)));
		must("name-characters", "An argument name with '_', '.', ':' and '-' is answered", otherwise,
				Wire.message("conformance", Wire.argument("a_b.c:d-e", ip)));
		Bytes[] many = new Bytes[255];
		for (int i = 0; i < many.length; i++) {
			many[i] = Wire.argument("a" + i, Wire.number(4, i));
		}
		must("255-arguments", "A message with 255 arguments is answered", otherwise, Wire.message("conformance", many));
		must("all-types", "A message with a value of each type is answered", otherwise,
				Wire.message("conformance", Wire.argument("null", Wire.nullValue()),
						Wire.argument("bool", Wire.bool(true)), Wire.argument("int", Wire.number(4, -5)),
						Wire.argument("ip", ip),
						Wire.argument("ip6", Wire.ipv6("2001:db8::1", "20010db8000000000000000000000001")),
						Wire.argument("str", Wire.str("text")), Wire.argument("bin", Wire.binary(new byte[20]))));
		Bytes headers = Bytes.join(Wire.string("header", "host"), Wire.string("value", "example.com"),
				Wire.string("header", "x-empty"), Wire.string("value", ""), Bytes.ofInts("end of the headers", 0, 0));
		must("header-block", "A message with a block of headers (req.hdrs_bin) is answered", otherwise,
				Wire.message("conformance", Wire.argument("headers", Wire.binary(headers.toArray()))));
	}

	private void messages() {
		String otherwise = "HAProxy (all versions) sends the messages of an event in one NOTIFY. " + CaseList.NO_ACK;
		Bytes argument = Wire.argument("ip", Wire.ipv4(192, 0, 2, 1));
		must("two-messages", "Two messages in a NOTIFY get one ACK", otherwise, Wire.message("conformance", argument),
				Wire.message("conformance-two", argument));
		must("same-message", "The same message twice in a NOTIFY gets one ACK", otherwise,
				Wire.message("conformance", argument), Wire.message("conformance", argument));
		Bytes[] messages = new Bytes[64];
		for (int i = 0; i < messages.length; i++) {
			messages[i] = Wire.message("conformance-" + i, argument);
		}
		must("64-messages", "64 messages in a NOTIFY get one ACK", otherwise, messages);
		must("unknown-message", "A message that the agent does not know is answered, at best without actions",
				"HAProxy sends the messages of its configuration, whether the agent knows them or not. "
						+ CaseList.NO_ACK,
				Wire.message("never-heard-of", argument));
		must("message-name-characters", "A message name with '_', '.', ':' and '-' is answered", otherwise,
				Wire.message("a_b.c:d-e", argument));
	}

	private void must(String name, String title, String otherwise, Bytes... messages) {
		this.list.must(name, title, otherwise, ENCODE_MESSAGE, Steps.greeted(),
				Steps.send(Wire.notifyOf(1, 1, messages)), Steps.ack(1, 1), Steps.send(Wire.notifyOf(3, 1)),
				Steps.ack(3, 1));
	}

	/** What HAProxy sends for a fetch. */
	private void sent(String name, String value, String fetch, Bytes bytes) {
		this.list.must(name, "A NOTIFY with " + value + " is answered",
				"HAProxy (all versions) sends it, for instance for " + fetch + ". " + CaseList.CLOSED, ENCODE_DATA,
				steps(bytes));
	}

	/** What is specified, and HAProxy does not send in a NOTIFY. */
	private void specified(String name, String value, Bytes bytes) {
		this.list.should(name, "A NOTIFY with " + value + " is answered",
				"HAProxy does not send it in a NOTIFY today, and may in a later version. " + CaseList.CLOSED,
				"SPOE.txt 3.1", steps(bytes));
	}

	private static Step[] steps(Bytes value) {
		Bytes after = Wire.message("conformance", Wire.argument("ip", Wire.ipv4(192, 0, 2, 1)));
		Bytes message = Wire.message("conformance", Wire.argument("before", Wire.number(4, 1)),
				Wire.argument("value", value), Wire.argument("after", Wire.str("text")));
		return new Step[] { Steps.greeted(), Steps.send(Wire.notifyOf(1, 1, message, after)), Steps.ack(1, 1),
				Steps.send(Wire.notifyOf(3, 1)), Steps.ack(3, 1) };
	}

}
