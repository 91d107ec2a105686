package io.spop.cli.conformance;

import java.util.List;
import java.util.Locale;

/**
 * How a connection begins.
 */
final class HandshakeCases {

	private static final String SPOE_HELLO = "SPOE.txt 3.2.4";

	private static final String SPOE_AGENT_HELLO = "SPOE.txt 3.2.5";

	private static final String HANDLE_HELLO = "src/mux_spop.c spop_conn_handle_hello, src/flt_spoe.c "
			+ "spoe_handle_agenthello_frame";

	private static final String DEMUX = "src/mux_spop.c spop_process_demux, src/flt_spoe.c spoe_handle_agenthello_frame";

	private HandshakeCases() {
	}

	static List<ConformanceCase> cases() {
		CaseList list = new CaseList(Category.HANDSHAKE);
		answers(list);
		items(list);
		sizes(list);
		offers(list);
		refusals(list);
		return list.cases();
	}

	private static void answers(CaseList list) {
		list.must("haproxy-3.1", "The HELLO of HAProxy since 3.1 is answered", CaseList.NO_HELLO, SPOE_AGENT_HELLO,
				Steps.send(Wire.hello()), Steps.agentHello(Wire.OFFERED));
		list.must("haproxy-2.6", "The HELLO of HAProxy up to 3.0 is answered, which offers async as well",
				CaseList.NO_HELLO, SPOE_AGENT_HELLO, Steps.send(Wire.oldHello()), Steps.agentHello(Wire.OFFERED));
		list.must("no-capabilities", "A HELLO without capabilities is answered",
				"HAProxy sends it with 'no option pipelining' and in each health check. " + CaseList.NO_HELLO,
				SPOE_HELLO, Steps.send(Wire.helloOf(Wire.versions("2.0"), Wire.size(Wire.OFFERED),
						Wire.capabilities(""), Wire.engineId())),
				Steps.agentHello(Wire.OFFERED));
		list.must("haproxy-speaks-first", "The agent sends nothing before the HELLO",
				"HAProxy (all versions) takes what comes first for the AGENT-HELLO and closes the connection.",
				"SPOE.txt 3.2.3", Steps.connect(), Steps.nothing(" before the HELLO"), Steps.send(Wire.hello()),
				Steps.agentHello(Wire.OFFERED));
		list.must("type", "The answer has the type 101, AGENT-HELLO",
				"HAProxy up to 3.0 refuses with status code 4, and since 3.1 HAProxy closes the connection.", DEMUX,
				Steps.send(Wire.hello()), Steps.agentHello("of type 101", (frame) -> {
				}));
		list.must("fin", "AGENT-HELLO has the flag FIN",
				"HAProxy up to 3.0 refuses with status code 10, and since 3.1 HAProxy resets the connection.", DEMUX,
				Steps.send(Wire.hello()),
				Steps.agentHello("with FIN", (frame) -> Steps.require(frame, frame.isFinal())));
		list.must("ids", "The ids of AGENT-HELLO are 0",
				"HAProxy up to 3.0 refuses with status code 4, and since 3.1 HAProxy resets the connection.", DEMUX,
				Steps.send(Wire.hello()), Steps.agentHello("with stream id 0 and frame id 0",
						(frame) -> Steps.require(frame, frame.streamId() == 0 && frame.frameId() == 0)));
		list.must("one-piece", "AGENT-HELLO arrives in one piece",
				"HAProxy 3.2.0 to 3.2.23, 3.3 and 3.4.0 to 3.4.4 reset the connection when a piece ends within the items.",
				"src/mux_spop.c spop_process_demux",
				Steps.on("connection 1", Steps.send(Wire.hello()), Steps.inOnePiece(Wire.OFFERED)),
				Steps.on("connection 2", Steps.send(Wire.hello()), Steps.inOnePiece(Wire.OFFERED)),
				Steps.on("connection 3", Steps.send(Wire.hello()), Steps.inOnePiece(Wire.OFFERED)),
				Steps.on("connection 4", Steps.send(Wire.hello()), Steps.inOnePiece(Wire.OFFERED)),
				Steps.on("connection 5", Steps.send(Wire.hello()), Steps.inOnePiece(Wire.OFFERED)));
		list.must("silent-until-notify", "Nothing follows AGENT-HELLO until a NOTIFY comes",
				"HAProxy 3.1 and later close the connection on a frame of stream 0 that they do not expect.", DEMUX,
				Steps.send(Wire.hello()), Steps.agentHello(Wire.OFFERED), Steps.nothing(" before the first NOTIFY"),
				Steps.send(Wire.notifyOf(1, 1)), Steps.ack(1, 1));
		list.must("then-notify", "A NOTIFY after the handshake is answered", CaseList.NO_ACK, "SPOE.txt 3.2.6",
				Steps.send(Wire.hello()), Steps.agentHello(Wire.OFFERED), Steps.send(Wire.notifyOf(1, 1)),
				Steps.ack(1, 1));
	}

	private static void items(CaseList list) {
		list.must("version", "AGENT-HELLO has the version",
				"HAProxy (all versions) refuses with status code 5; up to 3.0 it connects again and again.",
				HANDLE_HELLO, Steps.send(Wire.hello()), Steps.agentHello("with an item 'version'",
						(frame) -> Steps.requireItem(frame, "version", (value) -> true)));
		list.must("version-2.0", "The version is the STRING 2.0",
				"HAProxy (all versions) refuses with status code 8, or with 4 if it cannot read the version.",
				HANDLE_HELLO, Steps.send(Wire.hello()), Steps.agentHello("with the version 2.0 as STRING",
						(frame) -> Steps.requireItem(frame, "version", Steps::isVersion)));
		list.must("size", "AGENT-HELLO has max-frame-size",
				"HAProxy up to 3.0 refuses with status code 6, and health checks of 3.1 and later fail.", HANDLE_HELLO,
				Steps.send(Wire.hello()), Steps.agentHello("with an item 'max-frame-size'",
						(frame) -> Steps.requireItem(frame, "max-frame-size", (value) -> true)));
		list.must("size-integer", "max-frame-size is an integer", "HAProxy (all versions) refuses with status code 4.",
				HANDLE_HELLO, Steps.send(Wire.hello()), Steps.agentHello("with max-frame-size of type 2 to 5",
						(frame) -> Steps.requireItem(frame, "max-frame-size", AgentFrame.Value::isInteger)));
		list.should("size-uint32", "max-frame-size is a UINT32, as specified",
				"HAProxy takes each type of integer; other clients of the agent may not.", SPOE_AGENT_HELLO,
				Steps.send(Wire.hello()), Steps.agentHello("with max-frame-size as UINT32",
						(frame) -> Steps.requireItem(frame, "max-frame-size", (value) -> value.type() == 3)));
		list.must("capabilities", "AGENT-HELLO has capabilities, which may be empty",
				"Health checks of HAProxy 3.1 and later fail with status code 7.",
				"src/tcpcheck.c tcpcheck_spop_expect_hello", Steps.send(Wire.hello()),
				Steps.agentHello("with an item 'capabilities' of type STRING",
						(frame) -> Steps.requireItem(frame, "capabilities", (value) -> value.type() == 8)));
	}

	private static void sizes(CaseList list) {
		String otherwise = "HAProxy (all versions) refuses with status code 9; up to 3.0 it connects again and again.";
		for (int offered : new int[] { 256, 257, 1000, 4092, 8188, 16380, 32764, 65532 }) {
			list.must("size-" + offered, "The answer to max-frame-size " + offered + " is 256 to " + offered, otherwise,
					HANDLE_HELLO, Steps.send(Wire.hello(offered)),
					Steps.agentHello("with max-frame-size from 256 to " + offered, (frame) -> Steps.requireItem(frame,
							"max-frame-size", (value) -> Steps.isSize(value, offered))));
		}
	}

	private static void offers(CaseList list) {
		String otherwise = "HAProxy does not send this today, but the specification allows it. " + CaseList.NO_HELLO;
		Bytes size = Wire.size(Wire.OFFERED);
		Bytes capabilities = Wire.capabilities("pipelining");
		list.should("order", "The items of the HELLO may come in any order", otherwise, SPOE_HELLO,
				Steps.send(Wire.helloOf(Wire.engineId(), capabilities, size, Wire.versions("2.0"))),
				Steps.agentHello(Wire.OFFERED));
		list.must("no-engine-id", "A HELLO without engine-id is answered",
				"Health checks of HAProxy (all versions) have no engine-id, and would fail.", SPOE_HELLO,
				Steps.send(Wire.helloOf(Wire.versions("2.0"), size, capabilities)), Steps.agentHello(Wire.OFFERED));
		list.should("empty-engine-id", "An empty engine-id is accepted", otherwise, SPOE_HELLO,
				Steps
					.send(Wire.helloOf(Wire.versions("2.0"), size, capabilities, Wire.item("engine-id", Wire.str("")))),
				Steps.agentHello(Wire.OFFERED));
		list.should("long-engine-id", "An engine-id of 300 bytes is accepted", otherwise, SPOE_HELLO, Steps.send(Wire
			.helloOf(Wire.versions("2.0"), size, capabilities, Wire.item("engine-id", Wire.str("e".repeat(300))))),
				Steps.agentHello(Wire.OFFERED));
		list.should("healthcheck-false", "A HELLO with healthcheck false begins a usual connection",
				"The specification lets HAProxy send it. " + CaseList.NO_ACK, SPOE_HELLO,
				Steps.send(Wire.helloOf(Wire.versions("2.0"), size, capabilities,
						Wire.item("healthcheck", Wire.bool(false)))),
				Steps.agentHello(Wire.OFFERED), Steps.send(Wire.notifyOf(1, 1)), Steps.ack(1, 1));
		list.should("versions-several", "Version 2.0 is found among several", otherwise, SPOE_HELLO,
				Steps.send(Wire.helloOf(Wire.versions("3.0,2.0,1.5"), size, capabilities)),
				Steps.agentHello(Wire.OFFERED));
		list.should("versions-spaces", "Spaces in supported-versions are ignored", otherwise, SPOE_HELLO,
				Steps.send(Wire.helloOf(Wire.versions(" 1.5 , 2.0 "), size, capabilities)),
				Steps.agentHello(Wire.OFFERED));
		list.should("versions-minor", "Version 2.1 of HAProxy includes 2.0", otherwise, SPOE_HELLO,
				Steps.send(Wire.helloOf(Wire.versions("2.1"), size, capabilities)), Steps.agentHello(Wire.OFFERED));
		list.should("capabilities-unknown", "Unknown capabilities are ignored", otherwise, "SPOE.txt 3.2.1",
				Steps.send(Wire.helloOf(Wire.versions("2.0"), size, Wire.capabilities("pipelining,teleportation"))),
				Steps.agentHello(Wire.OFFERED));
		list.should("capabilities-spaces", "Spaces in capabilities are ignored", otherwise, SPOE_HELLO,
				Steps.send(Wire.helloOf(Wire.versions("2.0"), size, Wire.capabilities(" pipelining , async "))),
				Steps.agentHello(Wire.OFFERED));
		Bytes[] values = { Wire.nullValue(), Wire.bool(true), Wire.number(2, 7), Wire.number(4, -1),
				Wire.ipv4(192, 0, 2, 1), Wire.ipv6("2001:db8::1", "20010db8000000000000000000000001"), Wire.str("text"),
				Wire.binary(new byte[] { 0, 1, 2 }) };
		String[] names = { "null", "bool", "int32", "int64", "ipv4", "ipv6", "string", "binary" };
		for (int i = 0; i < values.length; i++) {
			list.should("unknown-item-" + names[i],
					"An unknown item with a value of type " + names[i].toUpperCase(Locale.ROOT) + " is ignored",
					"HAProxy ignores unknown items of agents, and may send new ones in a later version. "
							+ CaseList.NO_HELLO,
					"SPOE.txt 3.2.4; src/mux_spop.c spop_conn_handle_hello does so",
					Steps.send(Wire.helloOf(Wire.versions("2.0"), Wire.item("future", values[i]), size, capabilities)),
					Steps.agentHello(Wire.OFFERED));
		}
	}

	private static void refusals(CaseList list) {
		String otherwise = "HAProxy never offers this. An agent that agrees speaks a protocol that the peer does not have.";
		Bytes size = Wire.size(Wire.OFFERED);
		Bytes capabilities = Wire.capabilities("pipelining");
		list.should("version-1.0", "Without a version in common the HELLO is refused", otherwise, SPOE_HELLO,
				Steps.send(Wire.helloOf(Wire.versions("1.0"), size, capabilities)), Steps.refusal());
		list.should("size-255", "max-frame-size 255 is refused, since 256 is the smallest", otherwise, "SPOE.txt 3.2",
				Steps.send(Wire.helloOf(Wire.versions("2.0"), Wire.size(255), capabilities)), Steps.refusal());
		list.should("size-0", "max-frame-size 0 is refused", otherwise, "SPOE.txt 3.2",
				Steps.send(Wire.helloOf(Wire.versions("2.0"), Wire.size(0), capabilities)), Steps.refusal());
		list.should("no-versions", "A HELLO without supported-versions is answered or refused", CaseList.HUNG,
				SPOE_HELLO, Steps.send(Wire.helloOf(size, capabilities)), Steps.helloOrRefusal(), Steps.serves());
		list.should("no-size", "A HELLO without max-frame-size is answered or refused", CaseList.HUNG, SPOE_HELLO,
				Steps.send(Wire.helloOf(Wire.versions("2.0"), capabilities)), Steps.helloOrRefusal(), Steps.serves());
		list.should("no-capabilities-item", "A HELLO without the item capabilities is answered or refused",
				CaseList.HUNG, SPOE_HELLO, Steps.send(Wire.helloOf(Wire.versions("2.0"), size)), Steps.helloOrRefusal(),
				Steps.serves());
		list.should("no-items", "A HELLO without items is answered or refused", CaseList.HUNG, SPOE_HELLO,
				Steps.send(Wire.helloOf()), Steps.helloOrRefusal(), Steps.serves());
	}

}
