package io.spop.cli.conformance;

import java.util.List;
import java.util.stream.LongStream;

/**
 * How a connection ends.
 */
final class DisconnectsCases {

	private static final String SPOE_HAPROXY = "SPOE.txt 3.2.8";

	private static final String SPOE_AGENT = "SPOE.txt 3.2.9";

	private static final String RELEASE = "HAProxy has closed the connection and is not affected. An agent that keeps such connections runs "
			+ "out of file descriptors.";

	private static final String LOST = "HAProxy ends connections this way in healthy operation. " + CaseList.NO_ACK;

	private DisconnectsCases() {
	}

	static List<ConformanceCase> cases() {
		CaseList list = new CaseList(Category.DISCONNECTS);
		reactions(list);
		answers(list);
		ends(list);
		return list.cases();
	}

	private static void reactions(CaseList list) {
		String[][] codes = { { "0", "normal", "is stopped or reloaded" }, { "1", "I/O error", "'timeout server' ends" },
				{ "2", "a timeout occurred", "'timeout idle' ends" },
				{ "3", "frame is too big", "a frame of the agent is too big" },
				{ "4", "invalid frame received", "it cannot read a frame" },
				{ "8", "unsupported version", "it does not accept the version" },
				{ "9", "max-frame-size too big or too small", "it does not accept the size" },
				{ "10", "payload fragmentation is not supported", "a message is too large for the agent" },
				{ "12", "frame-id not found", "an ACK has wrong ids" } };
		for (String[] code : codes) {
			list.should("status-" + code[0],
					"After HAPROXY-DISCONNECT with status code " + code[0] + " the agent closes the connection",
					"HAProxy up to 3.0 sends it when " + code[2] + ". " + CaseList.DISCONNECT_UNANSWERED, SPOE_HAPROXY,
					Steps.greeted(), Steps.send(Wire.disconnect(Integer.parseInt(code[0]), code[1])), Steps.closed());
		}
		list.should("after-notify", "After a NOTIFY and HAPROXY-DISCONNECT the agent closes the connection",
				"HAProxy (all versions) does so when it gives up. " + CaseList.DISCONNECT_UNANSWERED, SPOE_HAPROXY,
				Steps.greeted(), Steps.send(Wire.notifyOf(1, 1), Wire.disconnect(0, "normal")), Steps.closed(),
				Steps.serves());
		list.should("after-exchange", "After exchanges, HAPROXY-DISCONNECT ends the connection",
				CaseList.DISCONNECT_UNANSWERED, SPOE_HAPROXY, Steps.greeted(), Steps.send(Wire.notifyOf(1, 1)),
				Steps.ack(1, 1), Steps.send(Wire.notifyOf(3, 1)), Steps.ack(3, 1),
				Steps.send(Wire.disconnect(2, "a timeout occurred")), Steps.closed());
		list.must("one-connection", "HAPROXY-DISCONNECT on a connection does not end another one",
				"HAProxy up to 3.0 disconnects single connections all the time. " + CaseList.CLOSED, SPOE_HAPROXY,
				Steps.on("connection A", Steps.greeted()), Steps.on("connection B", Steps.greeted()),
				Steps.on("connection A", Steps.send(Wire.disconnect(0, "normal"))),
				Steps.on("connection B", Steps.send(Wire.notifyOf(1, 1)), Steps.ack(1, 1)));
		list.should("no-items", "HAPROXY-DISCONNECT without items ends the connection", CaseList.HUNG, SPOE_HAPROXY,
				Steps.greeted(), Steps.send(Wire.frame(Wire.HAPROXY_DISCONNECT, Wire.FIN, 0, 0)), Steps.closed(),
				Steps.serves());
		list.should("unknown-item", "HAPROXY-DISCONNECT with an unknown item ends the connection",
				"HAProxy may send new items in a later version. " + CaseList.DISCONNECT_UNANSWERED, SPOE_HAPROXY,
				Steps.greeted(),
				Steps.send(Wire.frame(Wire.HAPROXY_DISCONNECT, Wire.FIN, 0, 0, Wire.item("future", Wire.str("x")),
						Wire.item("status-code", Wire.number(3, 0)), Wire.item("message", Wire.str("normal")))),
				Steps.closed());
		list.should("unknown-status", "HAPROXY-DISCONNECT with an unknown status code ends the connection",
				"HAProxy may send new codes in a later version. " + CaseList.DISCONNECT_UNANSWERED, "SPOE.txt 3.5",
				Steps.greeted(), Steps.send(Wire.disconnect(77777, "new")), Steps.closed());
		list.should("empty-message", "HAPROXY-DISCONNECT with an empty message ends the connection",
				CaseList.DISCONNECT_UNANSWERED, SPOE_HAPROXY, Steps.greeted(), Steps.send(Wire.disconnect(0, "")),
				Steps.closed());
		list.should("long-message", "HAPROXY-DISCONNECT with a message of 4000 bytes ends the connection",
				CaseList.DISCONNECT_UNANSWERED, SPOE_HAPROXY, Steps.greeted(),
				Steps.send(Wire.disconnect(0, "x".repeat(4000))), Steps.closed());
	}

	private static void answers(CaseList list) {
		String otherwise = "HAProxy up to 3.0 ignores the frame and waits on, and since 3.1 HAProxy closes the connection with "
				+ "an error.";
		String source = "src/flt_spoe.c spoe_handle_agentdiscon_frame, src/mux_spop.c spop_conn_handle_disconnect";
		Step disconnect = Steps.send(Wire.disconnect(0, "normal"));
		list.should("answered", "HAPROXY-DISCONNECT is answered with AGENT-DISCONNECT",
				"HAProxy (all versions) takes the end of the connection for the answer.", SPOE_HAPROXY, Steps.greeted(),
				disconnect, Steps.agentDisconnect());
		list.should("answer-status", "AGENT-DISCONNECT has a status code, which is an integer", otherwise, source,
				Steps.greeted(), disconnect, Steps.agentDisconnect(" with an integer 'status-code'",
						(frame) -> Steps.requireItem(frame, "status-code", AgentFrame.Value::isInteger)));
		list.should("answer-message", "AGENT-DISCONNECT has a message, which is a STRING", otherwise, SPOE_AGENT,
				Steps.greeted(), disconnect, Steps.agentDisconnect(" with a STRING 'message'",
						(frame) -> Steps.requireItem(frame, "message", (value) -> value.type() == 8)));
		list.should("answer-message-length", "The message of AGENT-DISCONNECT has at most 255 bytes",
				"HAProxy up to 3.0, and the health check of all versions, call a longer one invalid.", source,
				Steps.greeted(), disconnect, Steps.agentDisconnect(" with a message of at most 255 bytes",
						(frame) -> Steps.require(frame, frame.length() <= 255 + Wire.HEADER + 40)));
		list.should("answer-ids", "The ids of AGENT-DISCONNECT are 0, and it has FIN", otherwise, source,
				Steps.greeted(), disconnect, Steps.agentDisconnect(" with ids 0 and FIN", (frame) -> Steps
					.require(frame, frame.streamId() == 0 && frame.frameId() == 0 && frame.isFinal())));
		list.should("answer-last", "Nothing follows AGENT-DISCONNECT",
				"HAProxy (all versions) does not read on after AGENT-DISCONNECT.", SPOE_AGENT, Steps.greeted(),
				disconnect, Steps.agentDisconnect("", (frame) -> {
				}), Steps.nothing(" after AGENT-DISCONNECT"));
		list.should("answer-closes", "The agent closes the connection after AGENT-DISCONNECT",
				"HAProxy (all versions) closes the connection itself.", SPOE_AGENT, Steps.greeted(), disconnect,
				Steps.agentDisconnect("", (frame) -> {
				}), Steps.closed());
		list.must("notify-after-disconnect", "A NOTIFY after HAPROXY-DISCONNECT does not stop the agent", CaseList.DEAD,
				SPOE_HAPROXY, Steps.greeted(), Steps.send(Wire.disconnect(0, "normal"), Wire.notifyOf(1, 1)),
				Steps.serves());
	}

	private static void ends(CaseList list) {
		String rst = "SPOE.txt 3.2.3; src/mux_spop.c spop_release";
		list.should("fin", "FIN of HAProxy is answered with FIN",
				"HAProxy (all versions) does so when it is stopped. " + RELEASE, "src/mux_spop.c spop_release",
				Steps.greeted(), Steps.halfClose(), Steps.closed());
		list.should("fin-after-exchange", "FIN after an exchange is answered with FIN", RELEASE,
				"src/mux_spop.c spop_release", Steps.greeted(), Steps.send(Wire.notifyOf(1, 1)), Steps.ack(1, 1),
				Steps.halfClose(), Steps.closed());
		list.must("fin-with-notify", "A NOTIFY and FIN at once do no harm", LOST, rst, Steps.greeted(),
				Steps.send(Wire.notifyOf(1, 1)), Steps.halfClose(), Steps.serves());
		list.should("fin-before-hello", "FIN before the HELLO ends the connection", RELEASE, rst, Steps.connect(),
				Steps.halfClose(), Steps.closed(), Steps.serves());
		list.should("fin-within-frame", "FIN within a NOTIFY ends the connection", RELEASE, rst, Steps.greeted(),
				Steps.send("the first bytes of a NOTIFY", Wire.notifyOf(1, 1).first(20)), Steps.halfClose(),
				Steps.closed(), Steps.serves());
		list.must("rst-idle", "RST of an idle connection does no harm",
				"HAProxy since 3.1 resets its idle connections every few seconds. " + CaseList.NO_HELLO, rst,
				Steps.greeted(), Steps.reset(), Steps.serves());
		list.must("rst-with-notify", "RST right after a NOTIFY does no harm", LOST, rst, Steps.greeted(),
				Steps.send(Wire.notifyOf(1, 1)), Steps.reset(), Steps.serves());
		list.must("rst-within-frame", "RST within a NOTIFY does no harm", LOST, rst, Steps.greeted(),
				Steps.send("the first bytes of a NOTIFY", Wire.notifyOf(1, 1).first(20)), Steps.reset(),
				Steps.serves());
		list.must("rst-within-hello", "RST within the HELLO does no harm", LOST, rst,
				Steps.send("the first bytes of a HELLO", Wire.hello().first(20)), Steps.reset(), Steps.serves());
		list.must("rst-with-20-notifies", "RST after 20 NOTIFYs does no harm", LOST, rst, Steps.greeted(),
				Steps.send("20 NOTIFYs in one write",
						LongStream.range(0, 20).mapToObj((i) -> Wire.notifyOf(2 * i + 1, 1)).toArray(Bytes[]::new)),
				Steps.reset(), Steps.serves());
		list.must("rst-one-connection", "RST of a connection does not end another one", LOST, rst,
				Steps.on("connection A", Steps.greeted()), Steps.on("connection B", Steps.greeted()),
				Steps.on("connection A", Steps.send(Wire.notifyOf(1, 1)), Steps.reset()),
				Steps.on("connection B", Steps.send(Wire.notifyOf(1, 1)), Steps.ack(1, 1)));
		list.must("close-with-notify", "A NOTIFY whose connection is closed at once does no harm", LOST, rst,
				Steps.greeted(), Steps.send(Wire.notifyOf(1, 1)), Steps.close(), Steps.serves());
	}

}
