package io.spop.cli.conformance;

import java.util.Collections;
import java.util.List;

/**
 * Ids that come again, and answers that nobody waits for.
 */
final class LateAndDuplicateCases {

	private static final String SPOE = "SPOE.txt 3.2.7";

	private static final String POISONED = "HAProxy up to 3.0 ignores the ACK, or disconnects if it does not use pipelining; since "
			+ "3.1 each request on the connection waits for the whole 'timeout processing'.";

	private static final String REUSED = "HAProxy up to 3.0 with 'option continue-on-error' sends the same ids again after an error. "
			+ CaseList.NO_ACK;

	private LateAndDuplicateCases() {
	}

	static List<ConformanceCase> cases() {
		CaseList list = new CaseList(Category.LATE_AND_DUPLICATE);
		list.must("ids-again", "The same ids after their ACK are answered again", REUSED,
				"src/flt_spoe.c spoe_process_messages", Steps.greeted(), Steps.send(Wire.notifyOf(1, 1)),
				Steps.ack(1, 1), Steps.send(Wire.notifyOf(1, 1)), Steps.ack(1, 1));
		list.must("ids-again-often", "The same ids, ten times one after another, are answered each time", REUSED,
				"src/flt_spoe.c spoe_process_messages", Steps.greeted(),
				Steps.all("ten times: send the NOTIFY, expect its ACK",
						Collections.nCopies(10, List.of(Steps.send(Wire.notifyOf(1, 1)), Steps.ack(1, 1)))
							.stream()
							.flatMap(List::stream)
							.toList()));
		list.must("in-flight-again", "A NOTIFY whose ids are in flight gets one or two ACKs, and the next one its own",
				REUSED, "src/flt_spoe.c spoe_process_messages", Steps.greeted(),
				Steps.send(Wire.notifyOf(1, 1), Wire.notifyOf(1, 1)), Steps.ack(1, 1), Steps.send(Wire.notifyOf(3, 1)),
				Steps.ackAfter(new Steps.Id(3, 1), new Steps.Id(1, 1)));
		list.must("other-connection", "The same ids on another connection are answered there",
				"HAProxy since 3.1 counts from 1 on each connection. " + CaseList.NO_ACK,
				"src/mux_spop.c spop_conn_get_next_sid", Steps.on("connection A", Steps.greeted()),
				Steps.on("connection B", Steps.greeted()), Steps.on("connection A", Steps.send(Wire.notifyOf(1, 1))),
				Steps.on("connection B", Steps.send(Wire.notifyOf(1, 1))), Steps.on("connection B", Steps.ack(1, 1)),
				Steps.on("connection A", Steps.ack(1, 1)));
		list.must("own-connection", "An ACK comes on the connection of its NOTIFY and on no other", POISONED,
				"SPOE.txt 3.2.1", Steps.on("connection A", Steps.greeted()), Steps.on("connection B", Steps.greeted()),
				Steps.on("connection A", Steps.send(Wire.notifyOf(41, 1)), Steps.ack(41, 1)),
				Steps.on("connection B", Steps.nothing(" on this one")));
		list.must("no-ack-unasked", "No ACK comes without a NOTIFY", POISONED, SPOE, Steps.greeted(),
				Steps.nothing(" unasked"), Steps.send(Wire.notifyOf(1, 1)), Steps.ack(1, 1), Steps.nothing(" more"));
		list.must("no-ack-of-lost", "The ACK of a connection that was reset comes nowhere else", POISONED, SPOE,
				Steps.on("connection A", Steps.greeted(), Steps.send(Wire.notifyOf(41, 1)), Steps.reset()),
				Steps.on("connection B", Steps.greeted(), Steps.nothing(" of the other connection"),
						Steps.send(Wire.notifyOf(1, 1)), Steps.ack(1, 1)));
		list.must("same-engine", "Two connections with the same engine-id are told apart",
				"HAProxy sends one engine-id on all connections of an engine, and since 3.1 only takes an ACK on the "
						+ "connection of its NOTIFY. " + CaseList.NO_ACK,
				"SPOE.txt 3.2.1; src/mux_spop.c", Steps.on("connection A", Steps.greeted()),
				Steps.on("connection B", Steps.greeted()),
				Steps.on("connection A", Steps.send(Wire.notifyOf(11, 1)), Steps.ack(11, 1)),
				Steps.on("connection B", Steps.send(Wire.notifyOf(11, 1)), Steps.ack(11, 1)),
				Steps.on("connection A", Steps.send(Wire.notifyOf(13, 1)), Steps.ack(13, 1)));
		list.must("after-close", "The ids of a closed connection are free again",
				"HAProxy since 3.1 counts from 1 on each connection. " + CaseList.NO_ACK,
				"src/mux_spop.c spop_conn_get_next_sid", Steps.greeted(), Steps.send(Wire.notifyOf(1, 1)),
				Steps.ack(1, 1), Steps.close(), Steps.greeted(), Steps.send(Wire.notifyOf(1, 1)), Steps.ack(1, 1));
		list.must("next-frame", "The next frame of a stream is answered while another stream is not done",
				"HAProxy up to 3.0 has several events of a request, one after another. " + CaseList.NO_ACK, SPOE,
				Steps.greeted(), Steps.needs(Steps.PIPELINING),
				Steps.send(Wire.notifyOf(5, 1), Wire.notifyOf(7, 1), Wire.notifyOf(5, 2)),
				Steps.acks(List.of(new Steps.Id(5, 1), new Steps.Id(7, 1), new Steps.Id(5, 2))),
				Steps.nothing(" more"));
		return list.cases();
	}

}
