package io.spop.cli.conformance;

import java.util.ArrayList;
import java.util.List;

/**
 * NOTIFYs in several frames, which HAProxy up to 3.0 sends to agents that announce
 * fragmentation.
 */
final class FragmentsCases {

	private static final String SPOE = "SPOE.txt 3.2 and 3.2.3; src/flt_spoe.c spoe_prepare_hafrag_frame";

	private static final String OTHERWISE = "HAProxy up to 3.0 sends a large NOTIFY in fragments to an agent that announced "
			+ "fragmentation. " + CaseList.NO_ACK;

	private FragmentsCases() {
	}

	static List<ConformanceCase> cases() {
		CaseList list = new CaseList(Category.FRAGMENTS);
		Bytes payload = Wire.message("conformance", Wire.argument("ip", Wire.ipv4(192, 0, 2, 1)),
				Wire.argument("text", Wire.str("x".repeat(300))));
		announced(list, "two", "A NOTIFY in two fragments is answered", payload, 20);
		announced(list, "three", "A NOTIFY in three fragments is answered", payload, 20, 100);
		announced(list, "within-name", "A NOTIFY that is cut within a name is answered", payload, 5);
		announced(list, "within-value", "A NOTIFY that is cut within a value is answered", payload, 40);
		announced(list, "empty-first", "A NOTIFY whose first fragment is empty is answered", payload, 0);
		announced(list, "single-bytes", "A NOTIFY with fragments of one byte is answered", payload, 1, 2, 3, 4);
		Bytes large = Wire.message("conformance", Wire.argument("text", Wire.str("x".repeat(20000))));
		announced(list, "larger-than-frame", "A NOTIFY larger than a frame is answered", large, 10000);
		list.must("one-write", "Fragments in one write are answered", OTHERWISE, SPOE, oldGreeted(),
				Steps.needs(Steps.FRAGMENTATION),
				Steps.send("the fragments in one write", Wire.fragments(1, 1, payload, 20, 100).toArray(Bytes[]::new)),
				Steps.ack(1, 1));
		list.must("no-early-ack", "No ACK comes before the last fragment",
				"HAProxy up to 3.0 disconnects when an ACK comes before all is sent.", SPOE, oldGreeted(),
				Steps.needs(Steps.FRAGMENTATION), Steps.send(Wire.fragments(1, 1, payload, 20).get(0)),
				Steps.nothing(" yet"), Steps.send(Wire.fragments(1, 1, payload, 20).get(1)), Steps.ack(1, 1));
		list.must("then-whole", "After a NOTIFY in fragments a whole one is answered", OTHERWISE, SPOE, oldGreeted(),
				Steps.needs(Steps.FRAGMENTATION), Steps.send(Wire.fragments(1, 1, payload, 20).toArray(Bytes[]::new)),
				Steps.ack(1, 1), Steps.send(Wire.notifyOf(2, 1)), Steps.ack(2, 1));
		list.must("aborted", "After fragments that HAProxy aborts, the next NOTIFY is answered",
				"HAProxy up to 3.0 aborts the fragments when a request ends early. " + CaseList.NO_ACK, SPOE,
				oldGreeted(), Steps.needs(Steps.FRAGMENTATION), Steps.send(Wire.fragments(1, 1, payload, 20).get(0)),
				Steps.send(Wire.frame(Wire.UNSET, Wire.FIN | Wire.ABORT, 1, 1)), Steps.send(Wire.notifyOf(2, 1)),
				Steps.ackAfter(new Steps.Id(2, 1), new Steps.Id(1, 1)));
		list.should("not-announced", "A fragment for an agent that announced no fragmentation is refused",
				"HAProxy never sends it to such an agent. " + CaseList.HUNG, "SPOE.txt 3.2 and 3.5, status code 10",
				Steps.greeted(), Steps.needsNo(Steps.FRAGMENTATION),
				Steps.send(Wire.fragments(1, 1, payload, 20).get(0)), Steps.ackOrRefusal(1, 1), Steps.serves());
		list.should("unset-alone", "A frame of type UNSET without a NOTIFY is skipped or refused",
				"HAProxy never sends it. " + CaseList.HUNG, "SPOE.txt 3.2", Steps.greeted(),
				Steps.send(Wire.frame(Wire.UNSET, Wire.FIN, 9, 1), Wire.notifyOf(1, 1)), Steps.ackOrRefusal(1, 1),
				Steps.serves());
		return list.cases();
	}

	private static Step oldGreeted() {
		return Steps.greeted(Wire.OFFERED, Wire.oldHello());
	}

	private static void announced(CaseList list, String name, String title, Bytes payload, int... cuts) {
		List<Step> steps = new ArrayList<>(List.of(oldGreeted(), Steps.needs(Steps.FRAGMENTATION)));
		Wire.fragments(1, 1, payload, cuts).forEach((fragment) -> steps.add(Steps.send(fragment)));
		steps.add(Steps.ack(1, 1));
		list.must(name, title, OTHERWISE, SPOE, steps.toArray(Step[]::new));
	}

}
