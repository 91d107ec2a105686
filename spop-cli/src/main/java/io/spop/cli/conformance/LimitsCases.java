package io.spop.cli.conformance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sizes and numbers of connections.
 */
final class LimitsCases {

	private static final String SPOE = "SPOE.txt 3.2";

	private final CaseList list = new CaseList(Category.LIMITS);

	private LimitsCases() {
	}

	static List<ConformanceCase> cases() {
		LimitsCases cases = new LimitsCases();
		cases.sizes();
		cases.lengths();
		cases.connections();
		return cases.list.cases();
	}

	private void sizes() {
		String otherwise = "HAProxy (all versions) sends frames up to the negotiated size. " + CaseList.CLOSED;
		for (int size : new int[] { 256, 1000, 16380 }) {
			this.list.must("size-" + size,
					"A NOTIFY as large as the negotiated size, if that is " + size + ", is answered", otherwise, SPOE,
					Steps.greeted(size, Wire.hello(size)), Steps.onlyIfNegotiated(size),
					Steps.send(Wire.notifyOfLength(size, 1, 1)), Steps.ack(1, 1));
		}
		this.list.must("size-below", "A NOTIFY of the negotiated size minus 1 is answered", otherwise, SPOE,
				Steps.greeted(16380, Wire.hello(16380)), Steps.onlyIfNegotiated(16380),
				Steps.send(Wire.notifyOfLength(16379, 1, 1)), Steps.ack(1, 1));
		this.list.must("size-65532", "A NOTIFY of 65532 bytes is answered if the agent negotiated them",
				"HAProxy sends it with tune.bufsize 65536. " + CaseList.CLOSED, SPOE,
				Steps.greeted(65532, Wire.hello(65532)), Steps.onlyIfNegotiated(65532),
				Steps.send(Wire.notifyOfLength(65532, 1, 1)), Steps.ack(1, 1));
		this.list.must("size-repeated", "20 NOTIFYs of the negotiated size, one after another, are answered", otherwise,
				SPOE, Steps.greeted(), Steps.onlyIfNegotiated(16380),
				Steps.all("send 20 NOTIFYs of 16380 bytes, each after the ACK before",
						repeated(20, List.of(Steps.send(Wire.notifyOfLength(16380, 1, 1)), Steps.ack(1, 1)))));
		this.list.should("size-exceeded", "A NOTIFY above the negotiated size is answered or refused",
				"HAProxy 3.1.0 sends it, since it does not keep to the size of the agent. " + CaseList.NO_ACK,
				"src/mux_spop.c spop_strm_send_notify in v3.1.0", Steps.greeted(256, Wire.hello(256)),
				Steps.sendAnyway(Wire.notifyOfLength(300, 1, 1)), Steps.ackOrRefusal(1, 1), Steps.serves());
	}

	private void lengths() {
		String otherwise = "HAProxy never sends it. An agent that waits for so many bytes, or reserves memory for them, is "
				+ "easily stopped.";
		this.list.should("length-1gb", "A length of 1 GB is refused at once", otherwise, SPOE, Steps.greeted(),
				Steps.send(Wire.frameWithLength(1 << 30, Bytes.ofInts("NOTIFY", 3))), Steps.refusal(), Steps.serves());
		this.list.should("length-negative", "A length of 2^31, negative as int, is refused at once", otherwise, SPOE,
				Steps.greeted(), Steps.send(Wire.frameWithLength(0x80000000L, Bytes.ofInts("NOTIFY", 3))),
				Steps.refusal(), Steps.serves());
		this.list.should("hello-length-1gb", "A HELLO with a length of 1 GB is refused at once", otherwise, SPOE,
				Steps.send(Wire.frameWithLength(1 << 30, Bytes.ofInts("HAPROXY-HELLO", 1))), Steps.refusal(),
				Steps.serves());
		this.list.should("http", "An HTTP request is refused at once", otherwise, SPOE,
				Steps.send(Bytes.text("HTTP, a length of 1195725856", "GET / HTTP/1.1\r\nHost: agent\r\n\r\n")),
				Steps.refusal(), Steps.serves());
		this.list.should("tls", "A TLS handshake is refused at once by an agent that has no TLS there", otherwise, SPOE,
				Steps.send(Bytes.hex("TLS, a length of 369296640", "1603010200010001fc0303" + "00".repeat(64))),
				Steps.refusal(), Steps.serves());
		this.list.should("proxy-protocol", "A PROXY header is understood or refused at once", otherwise, SPOE,
				Steps.send(Bytes.text("PROXY header, a length of 1347571544",
						"PROXY TCP4 192.0.2.1 192.0.2.2 1234 12345\r\n"), Wire.hello()),
				Steps.helloOrRefusal(), Steps.serves());
	}

	private void connections() {
		String otherwise = "HAProxy (all versions) opens a connection for each request of a burst. " + CaseList.NO_ACK;
		String source = "src/flt_spoe.c spoe_queue_context, src/mux_spop.c spop_avail_streams";
		this.list.must("50-connections", "50 connections at once are served", otherwise, source,
				Steps.all("do the handshake on 50 connections", numbered(50, Steps.greeted())),
				Steps.all("send a NOTIFY on each", numbered(50, Steps.send(Wire.notifyOf(1, 1)))),
				Steps.all("expect the ACK on each", numbered(50, Steps.ack(1, 1))));
		this.list.must("50-hellos", "50 HELLOs at once are answered", otherwise, source,
				Steps.all("send a HELLO on 50 connections", numbered(50, Steps.send(Wire.hello()))),
				Steps.all("expect AGENT-HELLO on each", numbered(50, Steps.agentHello(Wire.OFFERED))));
		this.list.must("50-in-turn", "50 connections, one after another, are served",
				"HAProxy up to 3.0 reconnects often under load. " + CaseList.NO_HELLO, source,
				Steps.all("50 times: connect, do the handshake, send a NOTIFY, expect its ACK, close", repeated(50,
						List.of(Steps.greeted(), Steps.send(Wire.notifyOf(1, 1)), Steps.ack(1, 1), Steps.close()))));
		this.list.must("unused", "20 connections that carry no NOTIFY do not keep others from being served",
				"HAProxy 3.0 opens spare connections. " + CaseList.NO_HELLO, source,
				Steps.all("do the handshake on 20 connections", numbered(20, Steps.greeted())), Steps.serves());
		this.list.must("silent", "A connection that sends nothing does not keep others from being served",
				"Anybody who connects, such as a check of an orchestrator, stops the agent. " + CaseList.NO_HELLO,
				source, Steps.on("a silent connection", Steps.connect()), Steps.serves());
		this.list.must("stuck-hello", "Half a HELLO does not keep others from being served",
				"A slow network stops the agent. " + CaseList.NO_HELLO, source,
				Steps.on("a slow connection", Steps.send("the first bytes of a HELLO", Wire.hello().first(10))),
				Steps.serves());
		this.list.must("stuck-notify", "Half a NOTIFY does not keep others from being served",
				"A slow network stops the agent. " + CaseList.NO_HELLO, source, Steps.on("a slow connection",
						Steps.greeted(), Steps.send("the first bytes of a NOTIFY", Wire.notifyOf(1, 1).first(10))),
				Steps.serves());
		this.list.must("stuck-then-whole", "The rest of a NOTIFY, after others were served, is answered",
				"A slow network costs a request. " + CaseList.NO_ACK, source,
				Steps.on("a slow connection", Steps.greeted(),
						Steps.send("the first bytes of a NOTIFY", Wire.notifyOf(1, 1).first(10))),
				Steps.serves(), Steps.on("a slow connection",
						Steps.send("its other bytes", rest(Wire.notifyOf(1, 1), 10)), Steps.ack(1, 1)));
	}

	private static Bytes rest(Bytes bytes, int from) {
		return Bytes.of("the bytes from " + from + " on", Arrays.copyOfRange(bytes.toArray(), from, bytes.length()));
	}

	private static List<Step> numbered(int count, Step step) {
		List<Step> steps = new ArrayList<>();
		for (int i = 1; i <= count; i++) {
			steps.add(Steps.on("connection " + i, step));
		}
		return steps;
	}

	private static List<Step> repeated(int count, List<Step> steps) {
		List<Step> all = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			all.addAll(steps);
		}
		return all;
	}

}
