package io.spop.agent;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

import ch.qos.logback.classic.Level;
import io.spop.agent.SpopFinding.Kind;
import io.spop.agent.SpopMetricsRecorder.CloseReason;
import io.spop.agent.SpopMetricsRecorder.NotifyOutcome;
import io.spop.client.SpopClient;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.Frame;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the findings of an agent about frames that come or do not come.
 */
@Timeout(60)
class FindingsTests extends RecordedAgent {

	private static final Duration SHORT = Duration.ofMillis(100);

	private static final NotifyMessage MESSAGE = NotifyMessage.of("test");

	@Override
	SpopAgent agent() {
		return super.agent().patience(SHORT);
	}

	private SpopFinding await(Kind kind) {
		Interop.await(() -> this.agent.findings().stream().anyMatch((finding) -> finding.kind() == kind));
		return this.agent.findings().stream().filter((finding) -> finding.kind() == kind).findFirst().orElseThrow();
	}

	private void awaitNone() {
		Interop.await(() -> this.agent.findings().isEmpty());
	}

	private void healthCheck() throws Exception {
		try (RawPeer peer = new RawPeer(this.agent.address("main"))) {
			peer.send(new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(), "engine", true));
			assertThat(peer.receive()).isInstanceOf(Frame.AgentHello.class);
		}
	}

	@Test
	void whenNobodyConnectsThenItIsFoundAndLoggedOnce() {
		try (CapturedLog log = new CapturedLog(Level.WARN)) {
			this.agent = agent().bind();
			assertThat(await(Kind.NOBODY_CONNECTS)).satisfies((finding) -> {
				assertThat(finding.listener()).isEqualTo("main");
				assertThat(finding.subject()).isNull();
				assertThat(finding.count()).isEqualTo(1);
				assertThat(finding.text()).startsWith("For 100 ms nobody has connected");
			});
			log.await(Level.WARN, "[nobody-connects] On listener 'main': For 100 ms nobody has connected");
			awaitLooks();
			assertThat(log.of(Level.WARN)).hasSize(1);
			assertThat(this.recorder.found).containsEntry(Kind.NOBODY_CONNECTS, 1L).hasSize(1);
		}
	}

	/**
	 * Wait for some checks for findings.
	 */
	private static void awaitLooks() {
		long start = System.nanoTime();
		Interop.await(() -> System.nanoTime() - start > 3 * SHORT.toNanos());
	}

	@Test
	void whenOnlyHealthChecksComeThenThatIsFound() throws Exception {
		this.agent = agent().bind();
		healthCheck();
		assertThat(await(Kind.ONLY_HEALTH_CHECKS).text()).contains("event", "send-spoe-group");
		assertThat(this.agent.findings()).hasSize(1);
	}

	@Test
	void whenConnectionsHaveNoHandshakeThenThatIsFound() throws Exception {
		this.agent = agent().bind();
		try (RawPeer peer = new RawPeer(this.agent.address("main"))) {
			peer.send("00000007" + "00000000000000");
			peer.assertDisconnectedWith(4);
		}
		Interop.await(() -> this.agent.findings()
			.stream()
			.anyMatch((finding) -> finding.kind() == Kind.NOBODY_CONNECTS && finding.text().contains("handshake")));
	}

	@Test
	void whenHaproxyIsConnectedWithoutNotifyThenThatIsFoundUntilOneComes() throws Exception {
		this.agent = agent().handler((exchange) -> Mono.empty()).bind();
		healthCheck();
		try (SpopClient client = client()) {
			assertThat(await(Kind.NO_NOTIFY).text()).contains("without a NOTIFY", "timeout processing");
			assertThat(this.agent.findings()).hasSize(1);
			client.notify(MESSAGE).block();
			awaitNone();
		}
		assertThat(this.recorder.found).containsEntry(Kind.NO_NOTIFY, 1L);
	}

	@Test
	void whenListenerIsInMemoryThenNothingIsLookedFor() {
		this.agent = SpopAgent.create().eventLoops(1).listener(SpopListener.inMemory("main")).patience(SHORT).bind();
		awaitLooks();
		assertThat(this.agent.findings()).isEmpty();
	}

	@Test
	void whenHandlerHasFindingsThenTheyAreToldUntilTheyEnd() {
		Findable handler = new Findable();
		try (CapturedLog log = new CapturedLog(Level.WARN)) {
			this.agent = agent().handler(handler).interceptor((exchange, next) -> next.handle(exchange)).bind();
			try (SpopClient client = client()) {
				notifyOften(client);
				assertThat(await(Kind.MESSAGE_NEVER_SEEN).subject()).isEqualTo("other");
				log.await(Level.WARN, "[message-never-seen] On listener 'main': It has not come");
				handler.found = false;
				awaitNone();
			}
			assertThat(this.recorder.found).containsEntry(Kind.MESSAGE_NEVER_SEEN, 1L);
		}
	}

	private static void notifyOften(SpopClient client) {
		IntStream.range(0, 20).forEach((i) -> client.notify(MESSAGE).block());
	}

	@Test
	void whenFewNotifiesHaveComeThenNoMessageIsMissed() {
		this.agent = agent().handler(new Findable()).bind();
		try (SpopClient client = client()) {
			IntStream.range(0, 19).forEach((i) -> client.notify(MESSAGE).block());
			awaitLooks();
			assertThat(this.agent.findings()).isEmpty();
		}
		try (SpopClient client = client()) {
			client.notify(MESSAGE).block();
			await(Kind.MESSAGE_NEVER_SEEN);
		}
	}

	@Test
	@SuppressWarnings("try")
	void whenAnotherEngineConnectsThenAllBeginsAnew() throws Exception {
		this.agent = agent().handler(new Findable()).bind();
		try (SpopClient client = client()) {
			notifyOften(client);
			await(Kind.MESSAGE_NEVER_SEEN);
			try (RawPeer peer = greeted("one")) {
				// The first that has an id is another one as well
				assertThat(await(Kind.NO_NOTIFY).text()).contains("without a NOTIFY");
				assertThat(this.agent.findings()).hasSize(1);
			}
			try (SpopClient other = client()) {
				notifyOften(other);
				await(Kind.MESSAGE_NEVER_SEEN);
				assertThat(this.agent.findings()).hasSize(1);
			}
			try (RawPeer peer = greeted("one")) {
				awaitLooks();
				assertThat(this.agent.findings()).extracting(SpopFinding::kind)
					.containsExactly(Kind.MESSAGE_NEVER_SEEN);
			}
			try (RawPeer peer = greeted("two")) {
				await(Kind.NO_NOTIFY);
			}
		}
	}

	private RawPeer greeted(String engine) throws Exception {
		RawPeer peer = new RawPeer(this.agent.address("main"));
		peer.send(new Frame.HaproxyHello(List.of("2.0"), 16380, Set.of(), engine, false));
		assertThat(peer.receive()).isInstanceOf(Frame.AgentHello.class);
		return peer;
	}

	@Test
	void whenOnlyHealthChecksComeAfterMessagesThenThatIsFoundUntilOneComes() throws Exception {
		this.agent = agent().patience(Duration.ofMillis(20)).handler((exchange) -> Mono.empty()).bind();
		try (SpopClient client = client()) {
			client.notify(MESSAGE).block();
		}
		assertThat(await(Kind.NOBODY_CONNECTS).text()).startsWith("Messages came, and for 240 ms");
		healthCheck();
		assertThat(await(Kind.ONLY_HEALTH_CHECKS).text()).contains("only health checks", "reloaded");
		try (SpopClient client = client()) {
			client.notify(MESSAGE).block();
			awaitNone();
		}
	}

	@Test
	void whenMessagesHaveNoHandlerThenEachIsFoundAndTheirNumberIsLimited() {
		try (CapturedLog log = new CapturedLog(Level.WARN)) {
			this.agent = agent().handler((exchange) -> {
				exchange.messages().forEach((message) -> exchange.reporter().unhandled(message, List.of("known")));
				return Mono.empty();
			}).bind();
			try (SpopClient client = client()) {
				client.notify(MESSAGE).block();
				client.notify(MESSAGE).block();
				IntStream.range(0, 50).forEach((i) -> client.notify(NotifyMessage.of("other-" + i)).block());
			}
			Interop.await(() -> this.recorder.found.getOrDefault(Kind.MESSAGE_UNHANDLED, 0L) == 52);
			assertThat(this.agent.findings()).hasSize(21)
				.allSatisfy((finding) -> assertThat(finding.kind()).isEqualTo(Kind.MESSAGE_UNHANDLED));
			assertThat(this.agent.findings()).filteredOn((finding) -> "test".equals(finding.subject()))
				.singleElement()
				.satisfies((finding) -> assertThat(finding.count()).isEqualTo(2));
			assertThat(this.agent.findings()).filteredOn((finding) -> "others".equals(finding.subject()))
				.singleElement()
				.satisfies((finding) -> assertThat(finding.count()).isEqualTo(31));
			assertThat(log.of(Level.WARN)).anyMatch((line) -> line.contains("no handler for message 'test'"))
				.anyMatch((line) -> line.contains("no handler for message 'other-0'"))
				.noneMatch((line) -> line.contains("unhandled"));
		}
	}

	@Test
	void whenPeerClosesWithFramesInFlightThenItGaveUp() throws Exception {
		this.agent = agent().handler((exchange) -> Mono.never()).bind();
		SpopClient client = client();
		client.notify(MESSAGE).subscribe((answer) -> {
		}, (ex) -> {
		});
		Interop.await(() -> this.recorder.started.get() == 1);
		client.close();
		assertThat(await(Kind.HAPROXY_GAVE_UP).text()).contains("timeout processing", "timeout server");
	}

	@Test
	void whenAgentClosesWithFramesInFlightThenNobodyGaveUp() {
		this.agent = agent().handler((exchange) -> Mono.never()).bind();
		try (SpopClient client = client()) {
			client.notify(MESSAGE).subscribe((answer) -> {
			}, (ex) -> {
			});
			Interop.await(() -> this.recorder.started.get() == 1);
			AgentConnection connection = (AgentConnection) this.agent.connections().get(0);
			connection.execute(() -> connection.close(CloseReason.MAX_AGE));
			Interop.await(() -> this.agent.connections().isEmpty());
			awaitLooks();
			assertThat(this.agent.findings()).isEmpty();
		}
	}

	@Test
	void whenAnswerComesInTheLastTenthThenItIsLate() {
		this.agent = agent().handlerTimeout(Duration.ofSeconds(1)).handler((exchange) -> {
			if (exchange.messages().get(0).name().equals("late")) {
				Interop.await(() -> exchange.nanosLeft() < Duration.ofMillis(90).toNanos());
			}
			return Mono.just(Actions.set(VarScope.SESSION, "a", 1));
		}).bind();
		try (CapturedLog log = new CapturedLog(Level.WARN); SpopClient client = client()) {
			client.notify(NotifyMessage.of("quick")).block();
			// A pause of the machine may be longer than what is left
			while (this.recorder.ended.getOrDefault(NotifyOutcome.SUCCESS, 0) < 2) {
				client.notify(NotifyMessage.of("late")).block();
			}
			assertThat(await(Kind.LATE_ANSWER).subject()).isEqualTo("late");
			log.await(Level.WARN, "the last tenth of the 1000 ms");
		}
	}

	@Test
	void whenArgumentIsNamedThenLogLinesHaveTheRequest() {
		try (CapturedLog log = new CapturedLog(Level.DEBUG)) {
			this.agent = agent().correlationArgument("id").handlerTimeout(Duration.ofMillis(5)).handler((exchange) -> {
				if (exchange.messages().get(0).name().equals("fails")) {
					throw new IllegalStateException(exchange.requestId());
				}
				return Mono.never();
			}).bind();
			try (SpopClient client = client()) {
				client.notify(NotifyMessage.of("other"), withId("fails", "7f\n8")).block();
				client.notify(withId("late", "9".repeat(1000))).block();
			}
			log.await(Level.WARN, "NOTIFY [late] of request " + "9".repeat(128) + "... is answered with the fallback");
		}
	}

	private static NotifyMessage withId(String name, String id) {
		return NotifyMessage.of(name, new Argument("id", SpopValue.of(id)));
	}

	/**
	 * A handler that has a finding.
	 */
	private static final class Findable implements SpopHandler {

		private volatile boolean found = true;

		@Override
		public Mono<Actions> handle(SpopExchange exchange) {
			return Mono.empty();
		}

		@Override
		public List<SpopFinding> findings(String listener, boolean settled) {
			return (this.found && settled)
					? List.of(SpopFinding.of(Kind.MESSAGE_NEVER_SEEN, listener, "It has not come").subject("other"))
					: List.of();
		}

	}

}
