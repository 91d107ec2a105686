package io.spop.agent;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import ch.qos.logback.classic.Level;
import io.spop.agent.SpopFinding.Kind;
import io.spop.protocol.Actions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Findings} that say which time it is.
 */
@Timeout(20)
class FindingsClockTests {

	private static final long PATIENCE = Duration.ofSeconds(50).toNanos();

	private static final long QUIET = 12 * PATIENCE;

	private static final long MINUTE = Duration.ofMinutes(1).toNanos();

	private static final long DAY = Duration.ofDays(1).toNanos();

	private final CountingRecorder recorder = new CountingRecorder();

	private final List<SpopConnection> connections = new ArrayList<>();

	private final AgentSettings settings = new AgentSettings();

	private final Findings findings = new Findings(this.settings, this.connections, (listener) -> this.recorder);

	private final ListenerHistory history = this.findings.history("main");

	/** A time after the listener was opened. */
	private final long start = System.nanoTime();

	private final CapturedLog log = new CapturedLog(Level.WARN);

	FindingsClockTests() {
		this.settings.listeners = Map.of("main", SpopListener.tcp("main", new InetSocketAddress("127.0.0.1", 0)));
	}

	@AfterEach
	void close() {
		this.log.close();
	}

	private List<Kind> examine(long now) {
		this.findings.examine(now);
		return this.findings.list().stream().map(SpopFinding::kind).toList();
	}

	private String text() {
		assertThat(this.findings.list()).hasSize(1);
		return this.findings.list().get(0).text();
	}

	/**
	 * Note a connection that had a NOTIFY and is closed before the next check.
	 */
	private void serveConnection(long now) {
		this.history.greeted(false, null, now);
		this.history.notified(now);
		this.history.closed(2);
	}

	@Test
	void whenPatienceEndsThenItIsSaidWhatHasNotCome() {
		assertThat(examine(this.start + PATIENCE)).containsExactly(Kind.NOBODY_CONNECTS);
		assertThat(text()).startsWith("For 50 s nobody has connected");
		this.history.connected();
		assertThat(examine(this.start + PATIENCE)).containsExactly(Kind.NOBODY_CONNECTS);
		assertThat(text()).startsWith("For 50 s no connection has completed the handshake");
		this.history.greeted(true, null, this.start);
		assertThat(examine(this.start + PATIENCE)).containsExactly(Kind.ONLY_HEALTH_CHECKS);
		assertThat(text()).startsWith("For 50 s only health checks have come");
		this.history.greeted(false, null, this.start);
		assertThat(examine(this.start + PATIENCE - 1)).isEmpty();
		assertThat(examine(this.start + PATIENCE)).containsExactly(Kind.NO_NOTIFY);
		assertThat(text()).startsWith("HAProxy has been connected for 50 s without a NOTIFY");
	}

	@Test
	void whenConnectionsWithMessagesEndThenThatIsFoundAfterALongTime() {
		serveConnection(this.start);
		assertThat(examine(this.start)).isEmpty();
		assertThat(examine(this.start + QUIET - 1)).isEmpty();
		assertThat(examine(this.start + QUIET)).containsExactly(Kind.NOBODY_CONNECTS);
		assertThat(text()).startsWith("Messages came, and for 600 s").contains("not even a health check");
		this.history.greeted(true, null, this.start + QUIET);
		assertThat(examine(this.start + QUIET)).containsExactly(Kind.ONLY_HEALTH_CHECKS);
		assertThat(text()).startsWith("Messages came, and for 600 s").contains("only health checks");
	}

	@Test
	void whenAConnectionWithMessagesIsOpenThenNothingIsMissing() {
		this.connections.add(new MockConnection("main", null, null, Instant.now()));
		this.history.greeted(false, null, this.start);
		this.history.notified(this.start);
		assertThat(examine(this.start)).isEmpty();
		assertThat(examine(this.start + QUIET)).isEmpty();
	}

	@Test
	void whenAConnectionIsThatOfAnotherListenerThenItDoesNotCount() {
		this.connections.add(new MockConnection("other", null, null, Instant.now()));
		serveConnection(this.start);
		assertThat(examine(this.start)).isEmpty();
		assertThat(examine(this.start + QUIET)).containsExactly(Kind.NOBODY_CONNECTS);
	}

	@Test
	void whenNoNotifyHasComeThenTheHandlerIsNotAsked() {
		List<Boolean> settled = new ArrayList<>();
		this.settings.handler = new SpopHandler() {

			@Override
			public Mono<Actions> handle(SpopExchange exchange) {
				return Mono.empty();
			}

			@Override
			public List<SpopFinding> findings(String listener, boolean isSettled) {
				settled.add(isSettled);
				throw new IllegalStateException("on purpose");
			}

		};
		assertThat(examine(this.start)).isEmpty();
		assertThat(settled).isEmpty();
		serveConnection(this.start);
		assertThat(examine(this.start)).isEmpty();
		this.history.closed(20);
		assertThat(examine(this.start + PATIENCE)).isEmpty();
		assertThat(settled).containsExactly(false, true);
	}

	@Test
	void whenASilenceComesBackThenItIsCountedAndLoggedOnceADay() {
		this.history.greeted(true, null, this.start);
		assertThat(examine(this.start + PATIENCE)).containsExactly(Kind.ONLY_HEALTH_CHECKS);
		assertThat(examine(this.start + 2 * PATIENCE)).containsExactly(Kind.ONLY_HEALTH_CHECKS);
		for (long end : new long[] { PATIENCE + DAY - 1, PATIENCE + 2 * DAY - 1 }) {
			serveConnection(this.start + end - QUIET);
			assertThat(examine(this.start + end - QUIET)).isEmpty();
			this.history.greeted(true, null, this.start + end);
			assertThat(examine(this.start + end)).containsExactly(Kind.ONLY_HEALTH_CHECKS);
		}
		assertThat(this.recorder.found).isEqualTo(Map.of(Kind.ONLY_HEALTH_CHECKS, 3L));
		assertThat(this.log.of(Level.WARN)).hasSize(2)
			.allMatch((line) -> line.startsWith("[only-health-checks] On listener 'main': "));
	}

	@Test
	void whenNobodyConnectsThenItIsLoggedOnce() {
		for (int day = 1; day < 4; day++) {
			assertThat(examine(this.start + day * DAY)).containsExactly(Kind.NOBODY_CONNECTS);
			serveConnection(this.start + day * DAY);
			assertThat(examine(this.start + day * DAY)).isEmpty();
		}
		assertThat(this.recorder.found).isEqualTo(Map.of(Kind.NOBODY_CONNECTS, 3L));
		assertThat(this.log.of(Level.WARN)).singleElement()
			.asString()
			.startsWith("[nobody-connects] On listener 'main': For 50 s");
	}

	@Test
	void whenAnotherEngineSendsNothingEitherThenThatIsLoggedAgain() {
		this.history.greeted(false, "one", this.start);
		assertThat(examine(this.start + PATIENCE)).containsExactly(Kind.NO_NOTIFY);
		this.history.notified(this.start + PATIENCE);
		assertThat(examine(this.start + PATIENCE)).isEmpty();
		this.history.greeted(false, "two", this.start + PATIENCE);
		assertThat(examine(this.start + 2 * PATIENCE)).containsExactly(Kind.NO_NOTIFY);
		// The same finding, of which nothing new is known
		assertThat(examine(this.start + DAY)).containsExactly(Kind.NO_NOTIFY);
		assertThat(this.recorder.found).isEqualTo(Map.of(Kind.NO_NOTIFY, 2L));
		assertThat(this.log.of(Level.WARN)).hasSize(2)
			.allMatch((line) -> line.startsWith("[no-notify] On listener 'main': "));
	}

	@Test
	void whenFindingGoesOnThenItIsLoggedAfterTenMinutesWithItsNumber() {
		this.history.connected();
		serveConnection(this.start);
		for (long minute : new long[] { 0, 0, 0, 10 }) {
			this.findings.add(Kind.BODY_CUT, "main", "a", () -> "A text");
			assertThat(examine(this.start + minute * MINUTE - ((minute > 0) ? 1 : 0))).contains(Kind.BODY_CUT);
		}
		assertThat(bodiesCut()).containsExactly("[body-cut] On listener 'main': A text");
		this.findings.add(Kind.BODY_CUT, "main", "a", () -> "A text");
		examine(this.start + 10 * MINUTE);
		assertThat(bodiesCut()).containsExactly("[body-cut] On listener 'main': A text",
				"[body-cut] On listener 'main': A text (5 times so far)");
		assertThat(this.recorder.found).containsEntry(Kind.BODY_CUT, 5L);
	}

	private List<String> bodiesCut() {
		return this.log.of(Level.WARN).stream().filter((line) -> line.startsWith("[body-cut]")).toList();
	}

	@Test
	void whenSomethingHasNotHappenedForLongThenItIsFoundNoMore() {
		this.settings.listeners = Map.of();
		addLateAnswer();
		examine(0);
		assertThat(examine(9 * MINUTE)).hasSize(1);
		addLateAnswer();
		assertThat(examine(10 * MINUTE)).hasSize(1);
		assertThat(examine(20 * MINUTE - 1)).hasSize(1);
		assertThat(examine(20 * MINUTE)).isEmpty();
		addLateAnswer();
		assertThat(examine(30 * MINUTE)).hasSize(1);
		assertThat(this.findings.list()).singleElement()
			.satisfies((finding) -> assertThat(finding.count()).isEqualTo(1));
		assertThat(this.recorder.found).isEqualTo(Map.of(Kind.LATE_ANSWER, 3L));
	}

	private void addLateAnswer() {
		this.findings.add(Kind.LATE_ANSWER, "main", "a", () -> "A text");
	}

	@Test
	void whenThereAreManySubjectsThenThoseOfAKindAndListenerAreLimited() {
		this.settings.listeners = Map.of();
		List<String> texts = new ArrayList<>();
		for (Kind kind : List.of(Kind.ARGUMENT_MISSING, Kind.BODY_CUT)) {
			for (String listener : List.of("main", "other")) {
				IntStream.range(0, 20).forEach((i) -> this.findings.add(kind, listener, "s" + i, () -> "A text"));
			}
		}
		examine(0);
		assertThat(this.findings.list()).hasSize(80).noneMatch((finding) -> "others".equals(finding.subject()));
		for (String subject : List.of("s20", "s21", "s19")) {
			this.findings.add(Kind.BODY_CUT, "main", subject, () -> {
				texts.add(subject);
				return "The text of " + subject;
			});
		}
		this.findings.add(Kind.BODY_CUT, "main", null, () -> "No subject");
		examine(0);
		assertThat(texts).containsExactly("s20");
		assertThat(this.findings.list()).hasSize(82)
			.contains(SpopFinding.of(Kind.BODY_CUT, "main", "The text of s20").subject("others").count(2),
					SpopFinding.of(Kind.BODY_CUT, "main", "No subject"),
					SpopFinding.of(Kind.BODY_CUT, "main", "A text").subject("s19").count(2));
	}

}
