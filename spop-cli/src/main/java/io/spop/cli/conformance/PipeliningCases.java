package io.spop.cli.conformance;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Several NOTIFYs at once.
 */
final class PipeliningCases {

	private static final String SPOE = "SPOE.txt 3.2.1";

	private static final String OTHERWISE = "HAProxy (all versions) sends up to 20 NOTIFYs before an ACK when the agent announced "
			+ "pipelining. " + CaseList.NO_ACK;

	private PipeliningCases() {
	}

	static List<ConformanceCase> cases() {
		CaseList list = new CaseList(Category.PIPELINING);
		list.must("two", "Two NOTIFYs in one write are answered", OTHERWISE, SPOE, Steps.greeted(),
				Steps.needs(Steps.PIPELINING), Steps.send(Wire.notifyOf(1, 1), Wire.notifyOf(3, 1)),
				Steps.acks(ids(1, 3)));
		list.must("twenty", "20 NOTIFYs in one write are answered", OTHERWISE,
				"SPOE.txt 3.2.1; src/mux_spop.c, where 20 is the limit", Steps.greeted(), Steps.needs(Steps.PIPELINING),
				Steps.send("20 NOTIFYs in one write", notifications(odd(20))), Steps.acks(ids(odd(20))));
		list.must("twenty-writes", "20 NOTIFYs in 20 writes are answered", OTHERWISE, SPOE, Steps.greeted(),
				Steps.needs(Steps.PIPELINING), Steps.all("send 20 NOTIFYs, each in a write", writes(odd(20))),
				Steps.acks(ids(odd(20))));
		list.must("twenty-rounds", "10 rounds of 20 NOTIFYs are answered", OTHERWISE, SPOE, Steps.greeted(),
				Steps.needs(Steps.PIPELINING),
				Steps.all("send 20 NOTIFYs in one write and expect their ACKs, 10 times", rounds(10)));
		list.must("each-one-ack", "Each of 20 NOTIFYs gets one ACK and no more",
				"HAProxy 3.1.0 fails a request with error 256 when a second ACK comes; other versions ignore it.", SPOE,
				Steps.greeted(), Steps.needs(Steps.PIPELINING),
				Steps.send("20 NOTIFYs in one write", notifications(odd(20))), Steps.acks(ids(odd(20))),
				Steps.nothing(" after the ACKs"));
		list.must("descending", "Stream ids that go down are answered",
				"HAProxy up to 3.0 shares its ids among all connections, so that they come in any order. "
						+ CaseList.NO_ACK,
				"src/flt_spoe.c spoe_process_messages", Steps.greeted(), Steps.needs(Steps.PIPELINING),
				Steps.send("10 NOTIFYs in one write", notifications(descending())), Steps.acks(ids(descending())));
		list.must("same-stream", "Three frames of one stream at once are answered",
				"HAProxy tells requests apart by both ids. " + CaseList.NO_ACK, "SPOE.txt 3.2.7", Steps.greeted(),
				Steps.needs(Steps.PIPELINING),
				Steps.send(Wire.notifyOf(7, 1), Wire.notifyOf(7, 2), Wire.notifyOf(7, 3)),
				Steps.acks(List.of(new Steps.Id(7, 1), new Steps.Id(7, 2), new Steps.Id(7, 3))));
		list.must("ids-swapped", "Stream 2 frame 3 and stream 3 frame 2 are told apart",
				"HAProxy tells requests apart by both ids. " + CaseList.NO_ACK, "SPOE.txt 3.2.7", Steps.greeted(),
				Steps.needs(Steps.PIPELINING), Steps.send(Wire.notifyOf(2, 3), Wire.notifyOf(3, 2)),
				Steps.acks(List.of(new Steps.Id(2, 3), new Steps.Id(3, 2))));
		list.must("stream-0", "Stream 0 among others is answered",
				"HAProxy up to 3.0 gives its first stream the id 0. " + CaseList.NO_ACK,
				"src/flt_spoe.c spoe_prepare_hanotify_frame", Steps.greeted(), Steps.needs(Steps.PIPELINING),
				Steps.send(Wire.notifyOf(0, 1), Wire.notifyOf(1, 1)), Steps.acks(ids(0, 1)));
		list.must("large-and-small", "A small NOTIFY behind a large one is answered", OTHERWISE, SPOE, Steps.greeted(),
				Steps.needs(Steps.PIPELINING), Steps.send(Wire.notifyOfLength(8000, 1, 1), Wire.notifyOf(3, 1)),
				Steps.acks(ids(1, 3)));
		list.must("cut", "NOTIFYs that are cut between two writes are answered", OTHERWISE, SPOE, Steps.greeted(),
				Steps.needs(Steps.PIPELINING),
				Steps.sendInPieces(Bytes.join(Wire.notifyOf(1, 1), Wire.notifyOf(3, 1), Wire.notifyOf(5, 1)), 50, 90),
				Steps.acks(ids(1, 3, 5)));
		list.must("two-connections", "NOTIFYs with the same ids on two connections are each answered there",
				"HAProxy since 3.1 counts from 1 on each connection. " + CaseList.NO_ACK,
				"SPOE.txt 3.2.1; src/mux_spop.c spop_conn_get_next_sid",
				Steps.on("connection A", Steps.greeted(), Steps.needs(Steps.PIPELINING)),
				Steps.on("connection B", Steps.greeted()),
				Steps.on("connection A", Steps.send(Wire.notifyOf(1, 1), Wire.notifyOf(3, 1))),
				Steps.on("connection B", Steps.send(Wire.notifyOf(1, 1), Wire.notifyOf(3, 1))),
				Steps.on("connection A", Steps.acks(ids(1, 3))), Steps.on("connection B", Steps.acks(ids(1, 3))),
				Steps.on("connection A", Steps.nothing(" more")));
		list.must("then-one", "After 20 NOTIFYs at once a single one is answered", OTHERWISE, SPOE, Steps.greeted(),
				Steps.needs(Steps.PIPELINING), Steps.send("20 NOTIFYs in one write", notifications(odd(20))),
				Steps.acks(ids(odd(20))), Steps.send(Wire.notifyOf(41, 1)), Steps.ack(41, 1));
		list.should("not-offered", "Two NOTIFYs at once are answered although HAProxy did not offer pipelining",
				"HAProxy since 3.1 sends a NOTIFY while an earlier one is unanswered, once it has given that up. "
						+ CaseList.NO_ACK,
				"src/mux_spop.c spop_detach",
				Steps.greeted(Wire.OFFERED,
						Wire.helloOf(Wire.versions("2.0"), Wire.size(Wire.OFFERED), Wire.capabilities(""))),
				Steps.send(Wire.notifyOf(1, 1), Wire.notifyOf(3, 1)), Steps.acks(ids(1, 3)));
		return list.cases();
	}

	private static long[] odd(int count) {
		long[] ids = new long[count];
		for (int i = 0; i < count; i++) {
			ids[i] = 2L * i + 1;
		}
		return ids;
	}

	private static long[] descending() {
		return new long[] { 5000, 400, 399, 300, 239, 100, 50, 3, 2, 1 };
	}

	private static List<Steps.Id> ids(long... streams) {
		List<Steps.Id> ids = new ArrayList<>();
		for (long stream : streams) {
			ids.add(new Steps.Id(stream, 1));
		}
		return ids;
	}

	private static Bytes[] notifications(long[] streams) {
		return ids(streams).stream().map((id) -> Wire.notifyOf(id.stream(), 1)).toArray(Bytes[]::new);
	}

	private static List<Step> writes(long[] streams) {
		return ids(streams).stream().map((id) -> Steps.send(Wire.notifyOf(id.stream(), 1))).toList();
	}

	private static List<Step> rounds(int count) {
		List<Step> round = List.of(Steps.send(notifications(odd(20))), Steps.acks(ids(odd(20))));
		return Collections.nCopies(count, round).stream().flatMap(List::stream).toList();
	}

}
