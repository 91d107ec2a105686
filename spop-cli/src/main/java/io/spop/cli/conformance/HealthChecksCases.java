package io.spop.cli.conformance;

import java.util.ArrayList;
import java.util.List;

/**
 * Health checks of HAProxy.
 */
final class HealthChecksCases {

	private static final String SPOE = "SPOE.txt 3.2.4 and 3.2.5";

	private static final String EXPECT = "src/tcpcheck.c tcpcheck_spop_expect_hello";

	private static final String DOWN = "The check fails, and HAProxy takes the agent out of service.";

	private static final String HARM = "HAProxy (all versions) does this every few seconds. " + CaseList.NO_HELLO;

	private HealthChecksCases() {
	}

	static List<ConformanceCase> cases() {
		CaseList list = new CaseList(Category.HEALTH_CHECKS);
		Step check = Steps.send(Wire.healthCheck());
		list.must("answered", "The HELLO of a health check is answered", DOWN, SPOE, check,
				Steps.agentHello(Wire.OFFERED));
		list.must("flags", "The flags of the answer are FIN and no other",
				"The check of HAProxy 3.1 and later fails with 'invalid frame received'.", EXPECT, check,
				Steps.agentHello("with flags 00000001", (frame) -> Steps.require(frame, frame.flags() == Wire.FIN)));
		list.must("type", "The answer is AGENT-HELLO and not AGENT-DISCONNECT", DOWN, EXPECT, check,
				Steps.agentHello("of type 101", (frame) -> {
				}));
		list.must("ids", "The ids of the answer are 0", DOWN, EXPECT, check,
				Steps.agentHello("with stream id 0 and frame id 0",
						(frame) -> Steps.require(frame, frame.streamId() == 0 && frame.frameId() == 0)));
		list.must("version", "The answer has the version 2.0", "The check fails with status code 5 or 8.", EXPECT,
				check, Steps.agentHello("with the version 2.0 as STRING",
						(frame) -> Steps.requireItem(frame, "version", Steps::isVersion)));
		list.must("size", "The answer has max-frame-size, from 256 to 16380",
				"The check of HAProxy 3.1 and later fails with status code 6 or 9.", EXPECT, check,
				Steps.agentHello("with max-frame-size from 256 to 16380", (frame) -> Steps.requireItem(frame,
						"max-frame-size", (value) -> Steps.isSize(value, Wire.OFFERED))));
		list.must("capabilities", "The answer has capabilities, which may be empty",
				"The check of HAProxy 3.1 and later fails with status code 7.", EXPECT, check,
				Steps.agentHello("with an item 'capabilities' of type STRING",
						(frame) -> Steps.requireItem(frame, "capabilities", (value) -> value.type() == 8)));
		list.must("nothing-more", "Nothing follows the answer but the end of the connection",
				"The check of HAProxy 3.1 and later fails with 'invalid frame received' when a frame follows in the same "
						+ "segment.",
				EXPECT, check, Steps.agentHello(Wire.OFFERED), Steps.nothing(" but the end of the connection"));
		list.must("reset", "RST after the answer does no harm", "HAProxy (all versions) ends a check this way. " + HARM,
				"src/tcpcheck.c", check, Steps.agentHello(Wire.OFFERED), Steps.reset(), Steps.serves());
		list.must("closed", "FIN after the answer does no harm", HARM, "src/tcpcheck.c", check,
				Steps.agentHello(Wire.OFFERED), Steps.close(), Steps.serves());
		list.must("reset-early", "RST before the answer does no harm",
				"HAProxy (all versions) does so when 'timeout check' ends. " + CaseList.NO_HELLO, "src/tcpcheck.c",
				check, Steps.reset(), Steps.serves());
		list.must("connect-only-reset", "A connection that is reset without a byte does no harm",
				"HAProxy does so with 'check' without 'option spop-check'. " + CaseList.NO_HELLO, "src/tcpcheck.c",
				Steps.connect(), Steps.reset(), Steps.serves());
		list.must("connect-only-close", "A connection that is closed without a byte does no harm",
				"Orchestrators and load balancers do so. " + CaseList.NO_HELLO, "src/tcpcheck.c", Steps.connect(),
				Steps.close(), Steps.serves());
		List<Step> thirty = new ArrayList<>();
		for (int i = 0; i < 30; i++) {
			thirty.addAll(List.of(check, Steps.agentHello(Wire.OFFERED), Steps.reset()));
		}
		list.must("thirty", "30 checks, one after another, are answered", HARM, SPOE,
				Steps.all("30 times: send the HELLO of a health check, expect AGENT-HELLO, reset", thirty),
				Steps.serves());
		list.must("beside-traffic", "A check does not disturb another connection", HARM, SPOE,
				Steps.on("connection A", Steps.greeted()),
				Steps.on("a check", check, Steps.agentHello(Wire.OFFERED), Steps.reset()),
				Steps.on("connection A", Steps.send(Wire.notifyOf(1, 1)), Steps.ack(1, 1)));
		list.must("cut", "The HELLO of a check that is cut within its items is answered",
				"TCP may cut a frame anywhere. " + DOWN, "SPOE.txt 3.2", Steps.sendInPieces(Wire.healthCheck(), 30),
				Steps.agentHello(Wire.OFFERED));
		list.should("item-first", "The item healthcheck may come first",
				"HAProxy does not send this today, but the specification allows it. " + DOWN, SPOE,
				Steps.send(Wire.helloOf(Wire.item("healthcheck", Wire.bool(true)), Wire.versions("2.0"),
						Wire.size(Wire.OFFERED), Wire.capabilities(""))),
				Steps.agentHello(Wire.OFFERED));
		return list.cases();
	}

}
