package io.spop.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.spop.agent.HttpConnection.HttpResponse;
import io.spop.agent.Interop.Transport;
import io.spop.protocol.Actions;
import io.spop.protocol.Capability;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.test.EveryHaproxy;
import io.spop.test.VersionResults;
import io.spop.test.haproxy.HaproxyBinary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests how the agent and each version of HAProxy connect, share connections, check and
 * stop.
 */
@EveryHaproxy
@Timeout(120)
class HaproxyConnectionsIT {

	private static final String EVENT = "on-frontend-http-request";

	@Parameter
	private HaproxyBinary binary;

	/** Answers the requests to {@code /held}. */
	private final Sinks.One<Boolean> release = Sinks.one();

	/** Echoes the arguments, for {@code /held} not before {@link #release}. */
	private SpopHandler holding(CountDownLatch held) {
		return (exchange) -> {
			Mono<Actions> answer = Interop.echo(exchange);
			if (!SpopValue.of("/held").equals(exchange.messages().get(0).arguments().get("path"))) {
				return answer;
			}
			held.countDown();
			return this.release.asMono().then(answer);
		};
	}

	enum Pipelining {

		ON, OFF_AT_AGENT, OFF_AT_HAPROXY

	}

	static Stream<Arguments> transportsAndPipelining() {
		return Stream.of(Transport.values())
			.flatMap((transport) -> Stream.of(Pipelining.values())
				.map((pipelining) -> Arguments.of(transport, pipelining)));
	}

	@ParameterizedTest
	@MethodSource("transportsAndPipelining")
	void when100RequestsAtOnceThenEachHasItsOwnAnswer(Transport transport, Pipelining pipelining) {
		Set<Capability> capabilities = ConcurrentHashMap.newKeySet();
		Map<String, AtomicInteger> inFlight = new ConcurrentHashMap<>();
		AtomicInteger mostInFlight = new AtomicInteger();
		Interop.Setup setup = Interop.with(this.binary)
			.transport(transport)
			.agent((agent) -> agent.pipelining(pipelining != Pipelining.OFF_AT_AGENT))
			// Checks wait behind 100 TLS handshakes, longer than the usual interval
			.server("check inter 10s fastinter 100ms")
			.message("request", "path=path", EVENT)
			.handler((exchange) -> {
				capabilities.addAll(exchange.connection().capabilities());
				AtomicInteger count = inFlight.computeIfAbsent(exchange.connection().id(), (id) -> new AtomicInteger());
				mostInFlight.accumulateAndGet(count.incrementAndGet(), Math::max);
				return Interop.echo(exchange)
					.delayElement(Duration.ofMillis(20 + exchange.streamId() % 7 * 10))
					.doOnNext((actions) -> count.decrementAndGet());
			})
			.header("x-path", "var(txn.e.path)");
		if (pipelining == Pipelining.OFF_AT_HAPROXY) {
			setup.engine("no option pipelining");
		}
		boolean mayForget = pipelining != Pipelining.ON && !this.binary.isAtLeast(2, 8);
		if (mayForget) {
			setup.engine("timeout processing 4s");
		}
		try (Interop interop = setup.start()) {
			// Connections are shared once they are there
			assertThat(interop.get("/first").header("x-path")).isEqualTo("/first");
			List<String> paths = IntStream.range(0, 100).mapToObj((i) -> "/" + i).toList();
			List<HttpResponse> responses = new ArrayList<>(interop.getAtOnce(paths));
			responses.addAll(interop.getAtOnce(paths));
			int forgotten = 0;
			for (int i = 0; i < responses.size(); i++) {
				HttpResponse response = responses.get(i);
				if (mayForget && response.header("x-error").equals("1")) {
					forgotten++;
				}
				else {
					assertThat(response.header("x-error")).isEmpty();
					assertThat(response.header("x-path")).isEqualTo(paths.get(i % paths.size()));
				}
			}
			if (mayForget) {
				assertForgottenByHaproxy(interop.calls(), forgotten);
			}
			if (pipelining == Pipelining.ON) {
				assertThat(capabilities).containsExactly(Capability.PIPELINING);
				assertThat(mostInFlight).hasValueBetween(2, 20);
			}
			else {
				assertThat(capabilities).isEmpty();
				assertThat(mostInFlight).hasValue(1);
				VersionResults.saw("without", mayForget ? "HAProxy may forget some" : "yes");
			}
		}
	}

	/**
	 * Without pipelining, HAProxy 2.6 may forget the last messages of a burst in its own
	 * queue, while all of its connections are idle. Its log tells: the time in the queue,
	 * the second one, is -1, and there are as many idle connections as there are in all.
	 */
	private static void assertForgottenByHaproxy(List<String> calls, int count) {
		assertThat(count).isLessThan(100);
		assertThat(calls).filteredOn((line) -> !line.contains(" st=0 "))
			.hasSize(count)
			.allMatch((line) -> line.matches(".* st=1 \\d+/-1/-1/-1/\\d+ (\\d+)/\\1 .*"));
	}

	@ParameterizedTest
	@EnumSource
	void whenClientKeepsItsConnectionThenEachRequestIsASession(Transport transport) throws IOException {
		Queue<Object> sessions = new ConcurrentLinkedQueue<>();
		try (Interop interop = Interop.with(this.binary)
			.transport(transport)
			.message("session", "port=src_port", "on-client-session")
			.message("request", "path=path", EVENT)
			.handler((exchange) -> {
				NotifyMessage message = exchange.messages().get(0);
				if (message.name().equals("session")) {
					sessions.add(message.arguments().get("port"));
				}
				return Interop.echo(exchange);
			})
			.header("x-path", "var(txn.e.path)")
			.start(); HttpConnection connection = interop.connect()) {
			for (int i = 0; i < 20; i++) {
				assertThat(connection.get("/" + i).headers()).contains("x-path: /" + i, "x-error:");
			}
			assertThat(sessions).hasSize(20);
			assertThat(Set.copyOf(sessions)).hasSize(1);
			sessions.clear();
			for (int i = 0; i < 20; i++) {
				assertThat(interop.get("/" + i).headers()).contains("x-path: /" + i, "x-error:");
			}
			assertThat(sessions).hasSize(20).doesNotHaveDuplicates();
		}
	}

	@ParameterizedTest
	@EnumSource
	void whenAgentStopsThenCheckFailsAndHaproxyFindsTheNextAgent(Transport transport) {
		try (Interop interop = Interop.with(this.binary)
			.transport(transport)
			.message("request", "path=path", EVENT)
			.header("x-path", "var(txn.e.path)")
			.start()) {
			assertThat(interop.get("/before").header("x-path")).isEqualTo("/before");
			assertThat(interop.statistic("check_status")).endsWith("L7OK");
			assertThat(state(interop)).isEqualTo("running");
			interop.agent().stop(Duration.ofSeconds(8));
			interop.haproxy().awaitLog("Server agents/agent is DOWN");
			Interop.await(() -> interop.statistic("check_status")
				.endsWith((transport == Transport.UNIX) ? "SOCKERR" : "L4CON"));
			assertThat(state(interop)).isEqualTo("stopped");
			interop.restartAgent();
			interop.haproxy().awaitLog("Server agents/agent is UP, reason: Layer7 check passed");
			assertThat(state(interop)).isEqualTo("running");
			for (int i = 0; i < 10; i++) {
				assertThat(interop.get("/after").headers()).contains("x-path: /after", "x-error:");
			}
		}
	}

	@ParameterizedTest
	@EnumSource
	void whenHealthChecksFailThenServerIsTakenOutBeforeAnythingCloses(Transport transport) throws Exception {
		try (Interop interop = Interop.with(this.binary)
			.transport(transport)
			.global("nbthread 1")
			.server("check inter 100ms fall 1 rise 1")
			.message("request", "path=path", EVENT)
			.header("x-path", "var(txn.e.path)")
			.start()) {
			assertThat(interop.get("/before").header("x-path")).isEqualTo("/before");
			Thread stop = new Thread(() -> interop.agent().stop(Duration.ofHours(1), Duration.ofSeconds(8)));
			stop.start();
			interop.haproxy().awaitLog("Server agents/agent is DOWN, reason: Layer7 invalid response");
			HttpResponse meanwhile = interop.get("/meanwhile");
			if (this.binary.isAtLeast(3, 1)) {
				assertThat(meanwhile.headers()).contains("x-path:", "x-error: 257");
			}
			else {
				assertThat(meanwhile.headers()).contains("x-path: /meanwhile", "x-error:");
			}
			assertThat(interop.agent().isListening("main")).isTrue();
			// Ends its first step
			stop.interrupt();
			stop.join();
			assertThat(interop.agent().connections()).isEmpty();
		}
	}

	@Test
	void whenAgentDrainsThenRequestInFlightIsAnswered() throws Exception {
		CountDownLatch held = new CountDownLatch(1);
		// The connections of HAProxy up to 3.0 belong to a thread
		try (Interop interop = Interop.with(this.binary)
			.global("nbthread 1")
			.server("check inter 100ms fall 1 rise 1")
			.message("request", "path=path", EVENT)
			.handler(holding(held))
			.header("x-path", "var(txn.e.path)")
			.start()) {
			assertThat(interop.get("/before").header("x-path")).isEqualTo("/before");
			CompletableFuture<HttpResponse> inFlight = CompletableFuture.supplyAsync(() -> interop.get("/held"),
					Interop.OWN_THREAD);
			held.await();
			CompletableFuture<Void> stopped = CompletableFuture
				.runAsync(() -> interop.agent().stop(Duration.ofSeconds(8)), Interop.OWN_THREAD);
			interop.haproxy().awaitLog("Server agents/agent is DOWN");
			assertThat(state(interop)).isEqualTo("stopped");
			HttpResponse meanwhile = interop.get("/meanwhile");
			if (this.binary.isAtLeast(3, 1)) {
				assertThat(meanwhile.headers()).contains("x-path:", "x-error: 257");
				VersionResults.saw("meanwhile", VersionResults.error("257"));
			}
			else {
				// An open connection is used even if the server is down
				assertThat(meanwhile.headers()).contains("x-path: /meanwhile", "x-error:");
				VersionResults.saw("meanwhile", "go to open connections");
			}
			assertThat(stopped).isNotDone();
			this.release.tryEmitValue(true);
			assertThat(inFlight.get().headers()).contains("x-path: /held", "x-error:");
			stopped.get();
		}
	}

	@Test
	void whenHaproxyDrainsServerThenOnlyThatUpTo30StillCallsIt() {
		try (Interop interop = Interop.with(this.binary)
			.global("nbthread 1")
			.message("request", "path=path", EVENT)
			.header("x-path", "var(txn.e.path)")
			.start()) {
			assertThat(interop.get("/before").header("x-path")).isEqualTo("/before");
			for (String state : List.of("drain", "maint")) {
				interop.haproxy().command("set server agents/agent state " + state);
				assertThat(state(interop)).isEqualTo(state.equals("drain") ? "running, drain" : "stopped, maintenance");
				assertThat(interop.get("/meanwhile").headers())
					.contains(this.binary.isAtLeast(3, 1) ? "x-error: 257" : "x-path: /meanwhile");
			}
			VersionResults.saw(this.binary.isAtLeast(3, 1) ? "is not called, " + VersionResults.error("257")
					: "is still called on open connections");
			interop.haproxy().command("set server agents/agent state ready");
			interop.haproxy().awaitUp();
			assertThat(state(interop)).isEqualTo("running");
			assertThat(interop.get("/after").header("x-path")).isEqualTo("/after");
		}
	}

	/**
	 * What {@code show servers state} says of the agent.
	 */
	private static String state(Interop interop) {
		String[] row = interop.haproxy()
			.command("show servers state agents")
			.lines()
			.filter((line) -> line.contains(" agents "))
			.findFirst()
			.orElseThrow()
			.split(" ");
		String operational = List.of("stopped", "starting", "running", "stopping").get(Integer.parseInt(row[5]));
		return operational + switch (Integer.parseInt(row[6])) {
			case 0 -> "";
			case 1 -> ", maintenance";
			case 8 -> ", drain";
			default -> ", " + row[6];
		};
	}

	@ParameterizedTest
	@EnumSource
	void whenHaproxyStopsSoftlyThenRequestsInFlightAreAnswered(Transport transport) throws Exception {
		int requests = 50;
		CountDownLatch held = new CountDownLatch(requests);
		ExecutorService executor = Executors.newCachedThreadPool();
		// HAProxy's other frontend takes no requests by then
		try (Interop interop = Interop.with(this.binary)
			.transport(transport)
			.message("request", "path=path", EVENT)
			.handler(holding(held))
			.header("x-path", "var(txn.e.path)")
			.frontend("http-request return status 200")
			.start()) {
			interop.get("/first");
			List<CompletableFuture<HttpResponse>> responses = IntStream.range(0, requests)
				.mapToObj((i) -> CompletableFuture.supplyAsync(() -> interop.get("/held"), executor))
				.toList();
			held.await();
			CompletableFuture<?> stopped = interop.haproxy().softStop();
			Interop.await(() -> isRefused(interop.haproxy().port("FRONT")));
			assertThat(stopped).isNotDone();
			this.release.tryEmitValue(true);
			for (CompletableFuture<HttpResponse> response : responses) {
				assertThat(response.get().headers()).contains("x-path: /held", "x-error:");
			}
			stopped.get(30, TimeUnit.SECONDS);
		}
		finally {
			executor.shutdown();
		}
	}

	private static boolean isRefused(int port) {
		try {
			new Socket(InetAddress.getLoopbackAddress(), port).close();
			return false;
		}
		catch (ConnectException ex) {
			return true;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whenHaproxyReloadsUnderRequestsThenNoneFails(boolean keepAlive) {
		Set<String> engines = ConcurrentHashMap.newKeySet();
		AtomicInteger answers = new AtomicInteger();
		AtomicBoolean over = new AtomicBoolean();
		ExecutorService executor = Executors.newCachedThreadPool();
		// A HAProxy that stops closes its idle connections, perhaps just when a request
		// is
		// on its way: without the option those of clients, and those to its own other
		// frontend, which leaves the client without a response, too
		try (Interop interop = Interop.with(this.binary)
			.frontend("option idle-close-on-response", "http-request return status 200")
			.message("request", "path=path", EVENT)
			.handler((exchange) -> {
				engines.add(exchange.connection().engineId());
				return Interop.echo(exchange).delayElement(Duration.ofMillis(5));
			})
			.header("x-path", "var(txn.e.path)")
			.start()) {
			List<CompletableFuture<Void>> clients = IntStream.range(0, 8)
				.mapToObj((i) -> CompletableFuture.runAsync(() -> {
					while (!over.get()) {
						requestUntilClosed(interop, keepAlive, over, answers);
					}
				}, executor))
				.toList();
			for (int reloads = 0; reloads < 3; reloads++) {
				awaitMore(answers, 100);
				interop.haproxy().reload();
			}
			awaitMore(answers, 100);
			over.set(true);
			clients.forEach(CompletableFuture::join);
			assertThat(engines).hasSizeGreaterThanOrEqualTo(4);
		}
		finally {
			over.set(true);
			executor.shutdown();
		}
	}

	private static void requestUntilClosed(Interop interop, boolean keepAlive, AtomicBoolean over,
			AtomicInteger answers) {
		try (HttpConnection connection = interop.connect()) {
			boolean closed = false;
			while (!closed && !over.get()) {
				HttpResponse response = connection.get("/path", keepAlive ? "x: y" : "connection: close");
				assertThat(response.headers()).contains("x-path: /path", "x-error:");
				answers.incrementAndGet();
				closed = response.headers().contains("connection: close");
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static void awaitMore(AtomicInteger count, int more) {
		int enough = count.get() + more;
		Interop.await(() -> count.get() >= enough);
	}

	@Test
	void whenTimeoutIdleIsShortThenHaproxyUpTo30ReconnectsForTheNextRequest() {
		Set<String> connections = ConcurrentHashMap.newKeySet();
		try (Interop interop = Interop.with(this.binary)
			.global("nbthread 1")
			.engine("timeout idle 200ms")
			.server("check inter 100ms pool-purge-delay 1m")
			.message("request", "path=path", EVENT)
			.handler((exchange) -> {
				connections.add(exchange.connection().id());
				return Interop.echo(exchange);
			})
			.header("x-path", "var(txn.e.path)")
			.start()) {
			assertThat(interop.get("/before").header("x-path")).isEqualTo("/before");
			if (this.binary.isAtLeast(3, 1)) {
				long uptime = uptime(interop);
				Interop.await(() -> uptime(interop) >= uptime + 2);
			}
			else {
				Interop.await(() -> interop.statistic("scur").equals("0"));
			}
			assertThat(interop.get("/after").header("x-path")).isEqualTo("/after");
			assertThat(connections).hasSize(this.binary.isAtLeast(3, 1) ? 1 : 2);
			VersionResults.saw(this.binary.isAtLeast(3, 1) ? "ignored" : "yes");
		}
	}

	private static long uptime(Interop interop) {
		return interop.haproxy()
			.command("show info")
			.lines()
			.filter((line) -> line.startsWith("Uptime_sec: "))
			.mapToLong((line) -> Long.parseLong(line.split(" ")[1]))
			.findFirst()
			.orElseThrow();
	}

	@Test
	void whenBackendHasModeSpopThenOnlyHaproxySince31TakesIt() {
		Interop.Setup setup = Interop.with(this.binary)
			.mode("spop")
			.message("request", "path=path", EVENT)
			.header("x-path", "var(txn.e.path)");
		if (this.binary.isAtLeast(3, 1)) {
			try (Interop interop = setup.start()) {
				assertThat(interop.get("/path").header("x-path")).isEqualTo("/path");
			}
		}
		else {
			assertThatIllegalStateException().isThrownBy(setup::start)
				.withMessageContaining("unknown proxy mode 'spop'");
			VersionResults.saw("no");
		}
	}

}
