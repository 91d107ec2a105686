package io.spop.cli.conformance;

import java.util.ArrayList;
import java.util.List;

/**
 * Frames, and how they arrive.
 */
final class FramesCases {

	private static final String SPOE_FRAMES = "SPOE.txt 3.2";

	private static final String SPOE_ACK = "SPOE.txt 3.2.7";

	private static final String HANDLE_ACK = "src/mux_spop.c spop_process_demux, src/flt_spoe.c spoe_handle_agentack_frame";

	private FramesCases() {
	}

	static List<ConformanceCase> cases() {
		CaseList list = new CaseList(Category.FRAMES);
		pieces(list);
		acks(list);
		sequences(list);
		unusual(list);
		return list.cases();
	}

	private static void pieces(CaseList list) {
		String otherwise = "TCP may cut a frame anywhere, and does so under load. " + CaseList.NO_ACK;
		Bytes frame = Wire.notifyOf(1, 1);
		Object[][] cuts = { { "length", "within its length", new int[] { 2 } },
				{ "after-length", "after its length", new int[] { 4 } }, { "type", "after its type", new int[] { 5 } },
				{ "flags", "within its flags", new int[] { 7 } },
				{ "stream-id", "before its stream id", new int[] { 9 } },
				{ "frame-id", "between its ids", new int[] { 10 } },
				{ "payload", "before its payload", new int[] { 11 } },
				{ "message-name", "within the name of the message", new int[] { 15 } },
				{ "value", "within the last value", new int[] { frame.length() - 1 } },
				{ "three", "twice", new int[] { 4, 15 } } };
		for (Object[] cut : cuts) {
			list.must("cut-" + cut[0], "A NOTIFY that is cut " + cut[1] + " is answered", otherwise, SPOE_FRAMES,
					Steps.greeted(), Steps.sendInPieces(frame, (int[]) cut[2]), Steps.ack(1, 1));
		}
		int[] each = new int[Wire.notifyOf(1, 1).length() - 1];
		for (int i = 0; i < each.length; i++) {
			each[i] = i + 1;
		}
		list.must("byte-by-byte", "A NOTIFY that comes byte by byte is answered", otherwise, SPOE_FRAMES,
				Steps.greeted(), Steps.sendInPieces(frame, each), Steps.ack(1, 1));
		String hello = "TCP may cut a frame anywhere. " + CaseList.NO_HELLO;
		list.must("cut-hello-length", "A HELLO that is cut within its length is answered", hello, SPOE_FRAMES,
				Steps.sendInPieces(Wire.hello(), 3), Steps.agentHello(Wire.OFFERED));
		list.must("cut-hello-payload", "A HELLO that is cut within its items is answered", hello, SPOE_FRAMES,
				Steps.sendInPieces(Wire.hello(), 20), Steps.agentHello(Wire.OFFERED));
		list.must("two-with-cut", "Two NOTIFYs, cut within the second one, are answered", otherwise, SPOE_FRAMES,
				Steps.greeted(), Steps.sendInPieces(Bytes.join(frame, Wire.notifyOf(3, 1)), frame.length() + 6),
				Steps.ack(1, 1), Steps.ack(3, 1));
	}

	private static void acks(CaseList list) {
		list.must("ack-fin", "An ACK has the flag FIN",
				"HAProxy up to 3.0 closes the connection with status code 10, and since 3.1 each request on the "
						+ "connection waits for the whole 'timeout processing'.",
				HANDLE_ACK, Steps.greeted(), Steps.send(Wire.notifyOf(1, 1)),
				Steps.received(Wire.ACK, "an ACK with FIN", (frame) -> Steps.require(frame, frame.isFinal())));
		list.must("ack-stream-id", "An ACK has the stream id of its NOTIFY",
				"HAProxy up to 3.0 ignores the ACK, and since 3.1 each request on the connection waits for the whole "
						+ "'timeout processing'.",
				HANDLE_ACK, Steps.greeted(), Steps.send(Wire.notifyOf(77, 1)), Steps.received(Wire.ACK,
						"an ACK with stream id 77", (frame) -> Steps.require(frame, frame.streamId() == 77)));
		list.must("ack-frame-id", "An ACK has the frame id of its NOTIFY",
				"HAProxy up to 3.0 ignores the ACK, and since 3.1 the requests on the connection fail or wait for the "
						+ "whole 'timeout processing'.",
				HANDLE_ACK, Steps.greeted(), Steps.send(Wire.notifyOf(1, 5)), Steps.received(Wire.ACK,
						"an ACK with frame id 5", (frame) -> Steps.require(frame, frame.frameId() == 5)));
		list.must("ack-actions", "HAProxy can read all actions of an ACK",
				"HAProxy (all versions) applies the actions before the wrong one, drops the others, and logs nothing.",
				"src/flt_spoe.c spoe_process_actions", Steps.greeted(), Steps.send(Wire.notifyOf(1, 1)),
				Steps.ack(1, 1, " with actions that can be read", AgentFrame::actions));
		list.must("ack-size", "An ACK is not longer than the negotiated size",
				"HAProxy up to 3.0 closes the connection with status code 3, and since 3.1 the requests on it fail.",
				"src/flt_spoe.c spoe_recv_frame, src/mux_spop.c spop_process_demux",
				Steps.greeted(256, Wire.hello(256)), Steps.send(Wire.notifyOf(1, 1)), Steps.received(Wire.ACK,
						"an ACK of at most 256 bytes", (frame) -> Steps.require(frame, frame.length() <= 256)));
		list.must("one-ack", "There is one ACK for a NOTIFY",
				"HAProxy 3.1.0 fails the request with error 256; other versions ignore the second ACK.", SPOE_ACK,
				Steps.greeted(), Steps.send(Wire.notifyOf(1, 1)), Steps.ack(1, 1), Steps.nothing(" after the ACK"));
	}

	private static void sequences(CaseList list) {
		List<Step> fifty = new ArrayList<>();
		for (int i = 0; i < 50; i++) {
			fifty.add(Steps.send(Wire.notifyOf(2L * i + 1, 1)));
			fifty.add(Steps.ack(2L * i + 1, 1));
		}
		list.must("fifty", "50 NOTIFYs, one after another on a connection, are answered",
				"HAProxy (all versions) keeps connections for as long as it can. " + CaseList.CLOSED, SPOE_FRAMES,
				Steps.greeted(),
				Steps.all("send 50 NOTIFYs of the streams 1, 3, 5 to 99, and expect the ACK of each before the next",
						fifty));
		list.must("frames-of-stream", "Several frames of a stream, one after another, are answered",
				"HAProxy up to 3.0 counts the frame ids up for the events of a request. " + CaseList.NO_ACK,
				"src/flt_spoe.c spoe_process_messages", Steps.greeted(), Steps.send(Wire.notifyOf(9, 1)),
				Steps.ack(9, 1), Steps.send(Wire.notifyOf(9, 2)), Steps.ack(9, 2), Steps.send(Wire.notifyOf(9, 3)),
				Steps.ack(9, 3));
		list.must("hello-then-quick-notify", "A NOTIFY right after the handshake is answered", CaseList.NO_ACK,
				"SPOE.txt 3.2.6", Steps.greeted(), Steps.send(Wire.notifyOf(1, 1)), Steps.ack(1, 1));
		list.must("empty", "A NOTIFY without messages is answered",
				"HAProxy 3.1 and 3.2.0 send it when no condition of the messages is met. " + CaseList.NO_ACK,
				"src/mux_spop.c spop_strm_send_notify", Steps.greeted(), Steps.send(Wire.notifyOf(1, 1)),
				Steps.ack(1, 1), Steps.send(Wire.notifyOf(3, 1, new Bytes[0])), Steps.ack(3, 1));
	}

	private static void unusual(CaseList list) {
		Bytes payload = Wire.message("conformance", Wire.argument("ip", Wire.ipv4(192, 0, 2, 1)));
		list.should("reserved-flags", "Reserved flags of a NOTIFY are ignored",
				"HAProxy may use them in a later version. " + CaseList.NO_ACK, SPOE_FRAMES, Steps.greeted(),
				Steps.send(Wire.frame(Wire.NOTIFY, 0x80000101, 1, 1, payload)), Steps.ack(1, 1));
		list.should("reserved-flags-of-hello", "Reserved flags of the HELLO are ignored",
				"HAProxy may use them in a later version. " + CaseList.NO_HELLO, SPOE_FRAMES,
				Steps.send(Wire.frame(Wire.HAPROXY_HELLO, 0x101, 0, 0, Wire.versions("2.0"), Wire.size(Wire.OFFERED),
						Wire.capabilities("pipelining"))),
				Steps.agentHello(Wire.OFFERED));
		for (int type : new int[] { 4, 50, 104, 255 }) {
			list.should("unknown-type-" + type,
					"A frame of the unknown type " + type + " is skipped or refused, and not answered",
					"HAProxy may send new types in a later version. An ACK for them makes HAProxy 3.1 and later wait for "
							+ "the whole 'timeout processing'.",
					"SPOE.txt 3.2.2", Steps.greeted(),
					Steps.send(Wire.frame(type, Wire.FIN, 8, 1, payload), Wire.notifyOf(1, 1)),
					Steps.ackOrRefusal(1, 1), Steps.serves());
		}
	}

}
