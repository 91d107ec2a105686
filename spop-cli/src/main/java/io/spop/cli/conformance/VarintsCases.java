package io.spop.cli.conformance;

import java.util.List;

/**
 * Numbers of variable length.
 */
final class VarintsCases {

	private static final String SPOE_VARINT = "SPOE.txt 3.1; include/haproxy/intops.h encode_varint";

	/** Where another length begins or ends, and where Java and C change sign. */
	private static final long[] NUMBERS = { 0, 1, 239, 240, 255, 256, 2287, 2288, 264431, 264432, 33818863, 33818864,
			0x7FFFFFFFL, 0x80000000L, 0xFFFFFFFFL, 0x100000000L, 4328786159L, 4328786160L, 554084600047L, 554084600048L,
			70922828777711L, 70922828777712L, 9078122083518703L, 9078122083518704L, 1161999626690365679L,
			1161999626690365680L, Long.MAX_VALUE, Long.MIN_VALUE, -1 };

	private VarintsCases() {
	}

	static List<ConformanceCase> cases() {
		CaseList list = new CaseList(Category.VARINTS);
		for (long number : NUMBERS) {
			String text = Long.toUnsignedString(number);
			Step[] steps = { Steps.greeted(), Steps.send(Wire.notifyOf(number, 1)), Steps.ack(number, 1) };
			if (Long.compareUnsigned(number, 0xFFFFFFFFL) <= 0) {
				list.must("stream-id-" + text, "A NOTIFY of stream " + text + " is answered",
						"HAProxy up to 3.0 counts its streams up from 0 with 32 bits. " + CaseList.NO_ACK, SPOE_VARINT,
						steps);
			}
			else {
				list.should("stream-id-" + text, "A NOTIFY of stream " + text + " is answered",
						"HAProxy has ids of 32 bits today, and the protocol has 64. " + CaseList.NO_ACK, SPOE_VARINT,
						steps);
			}
		}
		for (long number : new long[] { 2, 240, 2288, 264432, 0xFFFFFFFFL }) {
			list.must("frame-id-" + number, "A NOTIFY with frame id " + number + " is answered",
					"HAProxy up to 3.0 counts the frames of a stream up with 32 bits. " + CaseList.NO_ACK, SPOE_VARINT,
					Steps.greeted(), Steps.send(Wire.notifyOf(1, number)), Steps.ack(1, number));
		}
		list.should("frame-id-18446744073709551615", "A NOTIFY with frame id 2^64-1 is answered",
				"HAProxy has ids of 32 bits today, and the protocol has 64. " + CaseList.NO_ACK, SPOE_VARINT,
				Steps.greeted(), Steps.send(Wire.notifyOf(1, -1)), Steps.ack(1, -1));
		for (int length : new int[] { 239, 240, 2287, 2288, 10000 }) {
			list.must("text-" + length, "A NOTIFY with a text of " + length + " bytes is answered",
					"HAProxy sends headers and bodies of this length. " + CaseList.CLOSED, SPOE_VARINT, Steps.greeted(),
					Steps.send(Wire.notifyOf(1, 1,
							Wire.message("conformance", Wire.argument("text", Wire.str("x".repeat(length))),
									Wire.argument("n", Wire.number(4, 1))))),
					Steps.ack(1, 1));
		}
		list.must("message-name-240", "A NOTIFY with a message name of 240 bytes is answered",
				"HAProxy allows names of up to 2287 bytes. " + CaseList.CLOSED,
				"SPOE.txt 3.1; src/flt_spoe.c spoe_encode_message", Steps.greeted(),
				Steps.send(Wire.notifyOf(1, 1, Wire.message("m".repeat(240)))), Steps.ack(1, 1));
		list.must("argument-name-240", "A NOTIFY with an argument name of 240 bytes is answered",
				"HAProxy sends the names of its configuration. " + CaseList.CLOSED,
				"SPOE.txt 3.1; src/flt_spoe.c spoe_encode_message", Steps.greeted(),
				Steps.send(Wire.notifyOf(1, 1,
						Wire.message("conformance", Wire.argument("a".repeat(240), Wire.ipv4(192, 0, 2, 1))))),
				Steps.ack(1, 1));
		return list.cases();
	}

}
