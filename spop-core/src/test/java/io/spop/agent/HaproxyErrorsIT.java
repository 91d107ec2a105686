package io.spop.agent;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import io.spop.agent.HttpConnection.HttpResponse;
import io.spop.agent.Interop.Transport;
import io.spop.protocol.Actions;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import io.spop.test.EveryHaproxy;
import io.spop.test.VersionResults;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests how each version of HAProxy behaves when handlers fail, when the agent is not
 * reachable, and when messages and answers are large.
 */
@EveryHaproxy
@Timeout(120)
class HaproxyErrorsIT {

	private static final String EVENT = "on-frontend-http-request";

	private static final String OK = "";

	private static final String TIMEOUT = "1";

	private static final String NO_SERVER = "2";

	private static final String TOO_BIG = "3";

	private static final String IO = "257";

	private static final String TOO_BIG_FOR_AGENT = "259";

	@Parameter
	private HaproxyBinary binary;

	private boolean isMux() {
		return this.binary.isAtLeast(3, 1);
	}

	/**
	 * Begin with a message of the path and the body, and a variable for the path.
	 */
	private Interop.Setup setup() {
		return Interop.with(this.binary)
			.frontend("option http-buffer-request")
			.message("request", "path=path body=req.body", EVENT)
			.handler((exchange) -> Mono
				.just(Actions.set(VarScope.TRANSACTION, "path", exchange.messages().get(0).arguments().get("path"))
					.andSet(VarScope.TRANSACTION, "length", body(exchange).length())))
			.header("x-path", "var(txn.e.path)")
			.header("x-length", "var(txn.e.length)");
	}

	private static SpopValue.Binary body(SpopExchange exchange) {
		SpopValue body = exchange.messages().get(0).arguments().get("body");
		return (body instanceof SpopValue.Binary binary) ? binary : new SpopValue.Binary(new byte[0], 0, 0);
	}

	private static void assertAnswered(Interop interop) {
		assertThat(interop.get("/served").headers()).contains("x-path: /served", "x-error:");
	}

	private static void assertStatus(Interop interop, int call, String status) {
		assertThat(interop.calls().get(call)).contains(" st=" + (status.isEmpty() ? "0" : status) + " ");
	}

	@ParameterizedTest
	@EnumSource
	void whenHandlerFailsThenItWasAnswered(Transport transport) {
		try (Interop interop = setup().transport(transport)
			.agent((agent) -> agent.fallback(Actions.set(VarScope.TRANSACTION, "path", "fallback")))
			.handler((exchange) -> {
				if (SpopValue.of("/throws").equals(exchange.messages().get(0).arguments().get("path"))) {
					throw new IllegalStateException("for a test");
				}
				return Mono.error(new IOException("for a test"));
			})
			.start()) {
			for (String path : List.of("/throws", "/fails")) {
				assertThat(interop.get(path).headers()).contains("x-path: fallback", "x-error:");
			}
			VersionResults.saw("fallback, error none");
			assertThat(interop.calls()).hasSize(2).allMatch((line) -> line.contains(" st=0 "));
		}
	}

	@Test
	void whenHandlerMissesItsDeadlineThenItWasAnswered() {
		try (Interop interop = setup()
			.agent((agent) -> agent.handlerTimeout(Duration.ofMillis(200))
				.fallback(Actions.set(VarScope.TRANSACTION, "path", "fallback")))
			.handler((exchange) -> Mono.never())
			.start()) {
			assertThat(interop.get("/").headers()).contains("x-path: fallback", "x-error:");
			assertStatus(interop, 0, OK);
			VersionResults.saw("fallback, error none");
		}
	}

	@Test
	void whenAgentMissesTimeoutProcessingThenErrorIs1AndLateAnswerIsIgnored() {
		Sinks.One<Actions> late = Sinks.one();
		AtomicInteger calls = new AtomicInteger();
		try (Interop interop = setup().engine("timeout processing 500ms")
			.handler((exchange) -> (calls.getAndIncrement() == 0) ? late.asMono() : Interop.echo(exchange))
			.start()) {
			assertThat(interop.get("/late").headers()).contains("x-path:", "x-error: " + TIMEOUT);
			late.tryEmitValue(Actions.set(VarScope.TRANSACTION, "path", "late"));
			assertAnswered(interop);
			assertStatus(interop, 0, TIMEOUT);
			VersionResults.sawError(TIMEOUT);
		}
	}

	@ParameterizedTest
	@EnumSource
	void whenAgentIsDownThenErrorIs2Or257(Transport transport) {
		try (Interop interop = setup().transport(transport).start()) {
			assertAnswered(interop);
			interop.agent().stop(Duration.ofSeconds(8));
			interop.haproxy().awaitLog("Server agents/agent is DOWN");
			String error = isMux() ? IO : NO_SERVER;
			assertThat(interop.get("/").headers()).contains("x-path:", "x-error: " + error);
			assertStatus(interop, 1, error);
			VersionResults.sawError(error);
			interop.restartAgent();
			interop.haproxy().awaitLog("Server agents/agent is UP");
			assertAnswered(interop);
		}
	}

	@Test
	void whenAgentIsAwayAndNotCheckedThenErrorIs1() {
		try (Interop interop = setup().server("").engine("timeout processing 500ms").start()) {
			interop.agent().close();
			assertThat(interop.get("/").headers()).contains("x-path:", "x-error: " + TIMEOUT);
			assertStatus(interop, 0, TIMEOUT);
			VersionResults.sawError(TIMEOUT);
		}
	}

	@ParameterizedTest
	@EnumSource
	void whenAgentEndsBeforeItsAnswerThenErrorIs257(Transport transport) throws Exception {
		CountDownLatch inFlight = new CountDownLatch(1);
		try (Interop interop = setup().transport(transport).handler((exchange) -> {
			inFlight.countDown();
			return Mono.never();
		}).start()) {
			CompletableFuture<HttpResponse> response = CompletableFuture.supplyAsync(() -> interop.get("/"),
					Interop.OWN_THREAD);
			inFlight.await();
			interop.agent().close();
			assertThat(response.get().headers()).contains("x-path:", "x-error: " + IO);
			assertStatus(interop, 0, IO);
			VersionResults.sawError(IO);
		}
	}

	@Test
	void whenMessageIsTooBigThenErrorIs3AndNothingIsSent() {
		AtomicInteger calls = new AtomicInteger();
		try (Interop interop = setup().engine("max-frame-size 1024", "no option send-frag-payload")
			.handler((exchange) -> {
				calls.incrementAndGet();
				return Interop.echo(exchange);
			})
			.start()) {
			assertAnswered(interop);
			assertThat(interop.send("POST", "/", new byte[2000]).headers()).contains("x-path:", "x-error: " + TOO_BIG);
			assertStatus(interop, 1, TOO_BIG);
			assertAnswered(interop);
			assertThat(calls).hasValue(2);
			VersionResults.sawError(TOO_BIG);
		}
	}

	@Test
	void whenMessageIsTooBigForTheAgentThenErrorIs259() {
		// HAProxy up to 3.0 keeps the agent's size for each thread
		try (Interop interop = setup().global("nbthread 1")
			.agent((agent) -> agent.maxFrameSize(512))
			.engine("max-frame-size 1024", "no option send-frag-payload")
			.start()) {
			List<String> errors = IntStream.range(0, 3)
				.mapToObj((i) -> interop.send("POST", "/", new byte[700]).header("x-error"))
				.toList();
			assertThat(errors).containsExactly(TOO_BIG_FOR_AGENT, isMux() ? TOO_BIG_FOR_AGENT : TOO_BIG,
					isMux() ? TOO_BIG_FOR_AGENT : TOO_BIG);
			assertAnswered(interop);
			VersionResults.saw(VersionResults.error(String.join(", then ", new LinkedHashSet<>(errors))));
		}
	}

	@Test
	void whenMessageIsTooBigAndFragmentsAreNotRuledOutThenHaproxyUpTo30ReconnectsInALoop() {
		try (Interop interop = setup().engine("max-frame-size 1024", "timeout processing 500ms").start()) {
			assertThat(interop.send("POST", "/", new byte[2000]).headers()).contains("x-path:",
					"x-error: " + (isMux() ? TOO_BIG : TIMEOUT));
			int connections = Integer.parseInt(interop.statistic("stot"));
			if (isMux()) {
				assertThat(connections).isLessThanOrEqualTo(1);
				VersionResults.sawError(TOO_BIG);
			}
			else {
				assertThat(connections).isGreaterThan(10);
				VersionResults.saw("reconnects in a loop, " + VersionResults.error(TIMEOUT));
			}
			assertAnswered(interop);
		}
	}

	@ParameterizedTest
	@EnumSource
	void whenFragmentationIsOnThenHaproxyUpTo30SendsMessagesThatAreTooBigInFragments(Transport transport) {
		try (Interop interop = setup().transport(transport)
			.agent((agent) -> agent.maxFragmentedSize(65536))
			.engine("max-frame-size 256")
			.start()) {
			assertAnswered(interop);
			HttpResponse response = interop.send("POST", "/big", new byte[10000]);
			if (isMux()) {
				assertThat(response.headers()).contains("x-path:", "x-error: " + TOO_BIG);
				VersionResults.saw("no, " + VersionResults.error(TOO_BIG));
			}
			else {
				assertThat(response.headers()).contains("x-path: /big", "x-length: 10000", "x-error:");
			}
			assertAnswered(interop);
		}
	}

	@Test
	void whenFragmentsAreMoreThanTheAgentTakesThenItServesOn() {
		try (Interop interop = setup().agent((agent) -> agent.maxFragmentedSize(5000))
			.engine("max-frame-size 256", "timeout processing 2s")
			.start()) {
			String error = isMux() ? TOO_BIG : TOO_BIG_FOR_AGENT;
			assertThat(interop.send("POST", "/big", new byte[10000]).headers()).contains("x-path:",
					"x-error: " + error);
			assertAnswered(interop);
			VersionResults.saw((isMux() ? "no fragments, " : "") + VersionResults.error(error));
		}
	}

	@Test
	void whenBodyIsLargerThanABufferThenItsBeginningComes() throws IOException {
		try (Interop interop = setup().start(); HttpConnection connection = interop.connect()) {
			HttpResponse response = connection.send("POST", "/", new byte[20000]);
			assertThat(response.header("x-error")).isEqualTo(OK);
			assertThat(Integer.parseInt(response.header("x-length"))).isBetween(14000, 16000);
		}
	}

	@ParameterizedTest
	@EnumSource
	void whenBuffersAreLargerThenFramesAreLarger(Transport transport) throws IOException {
		Set<Integer> sizes = ConcurrentHashMap.newKeySet();
		try (Interop interop = setup().transport(transport).global("tune.bufsize 65536").handler((exchange) -> {
			sizes.add(exchange.connection().maxFrameSize());
			return Mono.just(Actions.set(VarScope.TRANSACTION, "length", body(exchange).length()));
		}).start(); HttpConnection connection = interop.connect()) {
			HttpResponse response = connection.send("POST", "/", new byte[60000]);
			assertThat(response.headers()).contains("x-length: 60000", "x-error:");
			assertThat(sizes).containsExactly(65532);
		}
	}

	@ParameterizedTest
	@EnumSource
	void whenAnswerHasOneByteLessThanTheFrameSizeThenItArrives(Transport transport) {
		// An ACK of 16379 bytes for HAProxy's 16380; one more makes HAProxy since 3.1
		// hang
		int longest = 16379 - 5 - 1 - 1 - 3 - (1 + 5) - (1 + 3);
		try (Interop interop = Interop.with(this.binary)
			.transport(transport)
			.agent((agent) -> agent.fallback(Actions.set(VarScope.TRANSACTION, "value", "fallback")))
			.message("request", "length=url_param(length)", EVENT)
			.handler((exchange) -> Mono.just(Actions.set(VarScope.TRANSACTION, "value",
					"x".repeat(
							Integer.parseInt(String.valueOf(exchange.messages().get(0).arguments().get("length")))))))
			.header("x-length", "var(txn.e.value),length")
			.header("x-end", "var(txn.e.value),bytes(0,8)")
			.start()) {
			for (int length = longest - 20; length <= longest; length++) {
				assertThat(interop.get("/?length=" + length).headers()).contains("x-length: " + length,
						"x-end: xxxxxxxx", "x-error:");
			}
			assertThat(interop.get("/?length=" + (longest + 1)).headers()).contains("x-end: fallback", "x-error:");
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 770, 15000 })
	void whenLargeAnswersComeAtOnceThenPipeliningDependsOnTheirSize(int length) throws Exception {
		boolean pipelining = length < 800;
		int requests = 20;
		Sinks.One<Actions> answer = Sinks.one();
		CountDownLatch inFlight = new CountDownLatch(requests);
		Map<String, Integer> connections = new ConcurrentHashMap<>();
		try (Interop interop = Interop.with(this.binary)
			.global("nbthread 1")
			.agent((agent) -> agent.pipelining(pipelining))
			.message("request", "path=path", EVENT)
			.handler((exchange) -> {
				if (SpopValue.of("/first").equals(exchange.messages().get(0).arguments().get("path"))) {
					return Mono.empty();
				}
				connections.merge(exchange.connection().id(), 1, Integer::sum);
				inFlight.countDown();
				return answer.asMono();
			})
			.header("x-length", "var(txn.e.value),length")
			.start()) {
			interop.get("/first");
			CompletableFuture<List<HttpResponse>> responses = CompletableFuture.supplyAsync(
					() -> interop.getAtOnce(IntStream.range(0, requests).mapToObj((i) -> "/" + i).toList()),
					Interop.OWN_THREAD);
			inFlight.await();
			answer.tryEmitValue(Actions.set(VarScope.TRANSACTION, "value", "x".repeat(length)));
			assertThat(responses.get())
				.allSatisfy((response) -> assertThat(response.headers()).contains("x-length: " + length, "x-error:"));
			if (!pipelining) {
				assertThat(connections).hasSize(requests);
			}
			else {
				assertThat(connections).hasSizeLessThan(requests);
			}
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whenAnswerIsEmptyThenRequestGoesOn(boolean fill) {
		try (Interop interop = Interop.with(this.binary)
			.agent((agent) -> agent.fillEmptyAck(fill))
			.group("check", "")
			.handler((exchange) -> Mono.empty())
			.frontend("http-request set-var(txn.e.other) str(there)",
					"http-request set-var(txn.e.spop.none) str(there)", "http-request send-spoe-group e check")
			.header("x-other", "var(txn.e.other)")
			.header("x-none", "var(txn.e.spop.none)")
			.start()) {
			assertThat(interop.get("/").headers()).contains("x-other: there", fill ? "x-none:" : "x-none: there",
					"x-error:");
			assertStatus(interop, 0, OK);
		}
	}

	@Test
	void whenFirstEventTimesOutThenItsLateAnswerIsNotTakenForThatOfTheSecond() {
		Sinks.One<Actions> late = Sinks.one();
		Queue<String> ids = new ConcurrentLinkedQueue<>();
		try (Interop interop = Interop.with(this.binary)
			.global("nbthread 1")
			.engine("timeout processing 500ms", "option continue-on-error")
			.message("one", "", "on-frontend-http-request")
			.message("two", "", "on-backend-http-request")
			.handler((exchange) -> {
				ids.add(exchange.connection().id() + " " + exchange.streamId() + "/" + exchange.frameId());
				if (exchange.messages().get(0).name().equals("one")) {
					return late.asMono();
				}
				late.tryEmitValue(Actions.set(VarScope.TRANSACTION, "answer", "late"));
				return Mono.just(Actions.set(VarScope.TRANSACTION, "answer", "second"))
					.delayElement(Duration.ofMillis(100));
			})
			.header("x-answer", "var(txn.e.answer)")
			.start()) {
			assertThat(interop.get("/").headers()).contains("x-answer: second", "x-error: " + TIMEOUT);
			assertStatus(interop, 0, TIMEOUT);
			assertStatus(interop, 1, OK);
			// HAProxy up to 3.0 takes the first ACK with these ids
			assertThat(ids).hasSize(2);
			assertThat(Set.copyOf(ids)).hasSize(isMux() ? 2 : 1);
		}
	}

	@Test
	void whenTimeoutServerIsShorterThanTheHandlerTakesThenErrorIs257() {
		try (Interop interop = setup().server("check inter 100ms\n\ttimeout server 300ms")
			.handler((exchange) -> SpopValue.of("/slow").equals(exchange.messages().get(0).arguments().get("path"))
					? Mono.never() : Interop.echo(exchange))
			.start()) {
			assertThat(interop.get("/slow").headers()).contains("x-path:", "x-error: " + IO);
			assertStatus(interop, 0, IO);
			assertAnswered(interop);
			VersionResults.sawError(IO);
		}
	}

}
