package io.spop.handler;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import io.spop.agent.MockSpopExchange;
import io.spop.agent.SpopFinding;
import io.spop.agent.SpopFinding.Kind;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopDefaultMessage;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the findings about messages of annotated methods.
 */
@Timeout(30)
class MessageWatchTests {

	private static final SpopValue IP = SpopValue.of("192.0.2.1");

	private final HandlerDispatcher dispatcher = TestHandlers.dispatcher(Runnable::run, Handlers.class);

	private void handle(NotifyMessage... messages) {
		this.dispatcher.handle(TestExchange.of(messages)).block();
	}

	private List<SpopFinding> find(Kind kind) {
		return this.dispatcher.findings("main", true).stream().filter((finding) -> finding.kind() == kind).toList();
	}

	private static NotifyMessage check(String argument, SpopValue value) {
		return NotifyMessage.of("check", new Argument(argument, value));
	}

	@Test
	void whenMessageHasNotComeThenThatIsFoundOnceOthersHaveForLong() {
		assertThat(this.dispatcher.findings("main", false)).isEmpty();
		assertThat(find(Kind.MESSAGE_NEVER_SEEN)).extracting(SpopFinding::subject)
			.containsExactlyInAnyOrder("check", "index", "optional", "body");
		handle(check("ip", IP), NotifyMessage.of("optional"));
		assertThat(find(Kind.MESSAGE_NEVER_SEEN)).extracting(SpopFinding::subject)
			.containsExactlyInAnyOrder("index", "body");
		assertThat(find(Kind.MESSAGE_NEVER_SEEN)).first()
			.satisfies((finding) -> assertThat(finding.text()).contains("event", "send-spoe-group", "Handlers."));
	}

	@Test
	void whenMessageIsForAnotherListenerThenItIsNotMissedHere() {
		assertThat(this.dispatcher.findings("other", true)).extracting(SpopFinding::subject)
			.contains("check", "elsewhere");
		assertThat(this.dispatcher.findings("main", true)).extracting(SpopFinding::subject).doesNotContain("elsewhere");
	}

	@Test
	void whenMessageIsForAllListenersThenItIsMissedOnce() {
		assertThat(find(Kind.MESSAGE_NEVER_SEEN)).hasSize(4);
		assertThat(this.dispatcher.findings("other", true)).extracting(SpopFinding::subject)
			.containsExactly("elsewhere");
		assertThat(find(Kind.MESSAGE_NEVER_SEEN)).hasSize(4);
		handle(NotifyMessage.of("optional"));
		assertThat(this.dispatcher.findings("other", true)).extracting(SpopFinding::subject)
			.containsExactly("elsewhere");
		assertThat(find(Kind.MESSAGE_NEVER_SEEN)).hasSize(3);
	}

	@Test
	void whenAnotherHaproxyHasComeThenItIsLookedForAnew() {
		handle(check("ip", IP), NotifyMessage.of("optional"), NotifyMessage.of("index"), NotifyMessage.of("body"));
		assertThat(this.dispatcher.findings("main", true)).noneMatch((f) -> f.kind() == Kind.MESSAGE_NEVER_SEEN);
		assertThat(this.dispatcher.findings("main", false)).noneMatch((f) -> f.kind() == Kind.MESSAGE_NEVER_SEEN);
		handle(NotifyMessage.of("check"), NotifyMessage.of("optional"));
		assertThat(find(Kind.ARGUMENT_MISSING)).extracting(SpopFinding::subject).containsExactly("check 'ip'");
		assertThat(find(Kind.MESSAGE_NEVER_SEEN)).extracting(SpopFinding::subject)
			.containsExactlyInAnyOrder("index", "body");
	}

	@Test
	void whenMessageHasNoArgumentThenThatIsFound() {
		handle(NotifyMessage.of("check"));
		handle(NotifyMessage.of("check"));
		assertThat(find(Kind.ARGUMENT_MISSING)).singleElement().satisfies((finding) -> {
			assertThat(finding.subject()).isEqualTo("check 'ip'");
			assertThat(finding.listener()).isEqualTo("main");
			assertThat(finding.count()).isEqualTo(2);
			assertThat(finding.text()).contains("without any argument", "'agrs'");
		});
		assertThat(this.dispatcher.findings("other", true)).noneMatch((f) -> f.kind() == Kind.ARGUMENT_MISSING);
	}

	@Test
	void whenArgumentHasAnotherNameThenThoseThatComeAreTold() {
		handle(check("addr\n", IP));
		assertThat(find(Kind.ARGUMENT_MISSING)).singleElement()
			.satisfies((finding) -> assertThat(finding.text())
				.contains("'ip' of message 'check' has never come. What comes is addr\\u000a:"));
	}

	@Test
	void whenArgumentIsAlwaysNullThenThatIsFound() {
		handle(check("ip", SpopValue.ofNull()));
		assertThat(find(Kind.ARGUMENT_MISSING)).singleElement()
			.satisfies((finding) -> assertThat(finding.text()).contains("has always been NULL"));
	}

	@Test
	void whenMissingArgumentComesThenItIsFoundNoMore() {
		handle(NotifyMessage.of("check"));
		assertThat(find(Kind.ARGUMENT_MISSING)).hasSize(1);
		handle(check("ip", IP));
		assertThat(find(Kind.ARGUMENT_MISSING)).isEmpty();
		handle(NotifyMessage.of("check"));
		assertThat(find(Kind.ARGUMENT_MISSING)).isEmpty();
	}

	@Test
	void whenArgumentWithAnIndexIsMissingThenItIsFoundUntilItComes() {
		handle(NotifyMessage.of("index", new Argument("", IP)));
		assertThat(find(Kind.ARGUMENT_MISSING)).singleElement()
			.satisfies((finding) -> assertThat(finding.text()).contains("Argument 1 of", "(without a name)"));
		handle(NotifyMessage.of("index", new Argument("", IP), new Argument("", IP)));
		assertThat(find(Kind.ARGUMENT_MISSING)).isEmpty();
	}

	@Test
	void whenArgumentNeedNotComeThenItIsNotMissed() {
		handle(NotifyMessage.of("optional"));
		assertThat(this.dispatcher.findings("main", false)).isEmpty();
	}

	@Test
	void whenValuesDoNotConvertThenEachTypeIsFound() {
		IntStream.range(0, 3).forEach((i) -> handle(check("ip", SpopValue.of(7))));
		handle(check("ip", SpopValue.of(true)));
		assertThat(find(Kind.ARGUMENT_NOT_CONVERTED)).satisfiesExactly((finding) -> {
			assertThat(finding.subject()).isEqualTo("check 'ip' INT64");
			assertThat(finding.count()).isEqualTo(3);
			assertThat(finding.text()).contains("is INT64, which did not convert to InetAddress");
		}, (finding) -> assertThat(finding.subject()).isEqualTo("check 'ip' BOOL"));
	}

	@Test
	void whenMessagesHaveMadeUpNamesThenTheFindingsOfTheirHandlerAreFew() {
		IntStream.range(0, 100).forEach((i) -> handle(NotifyMessage.of("made-up-" + i)));
		assertThat(find(Kind.ARGUMENT_MISSING)).singleElement().satisfies((finding) -> {
			assertThat(finding.subject()).isEqualTo("* 'x'");
			assertThat(finding.count()).isEqualTo(100);
		});
	}

	@Test
	void whenBodyIsCutThenThatIsFound() {
		handle(body("body", 10, 11), body("body", 10, 10), body("body", 9, 11));
		assertThat(find(Kind.BODY_CUT)).singleElement().satisfies((finding) -> {
			assertThat(finding.subject()).isEqualTo("body");
			assertThat(finding.count()).isEqualTo(2);
			assertThat(finding.text()).contains("'req.body_len'", "option http-buffer-request");
		});
	}

	@Test
	void whenLengthAndSizeComeLaterThenTheyAreFoundAfterTheNextLook() {
		handle(NotifyMessage.of("body"));
		handle(body("body", 9, 11));
		assertThat(find(Kind.BODY_CUT)).isEmpty();
		handle(body("body", 11, 11));
		handle(body("body", 9, 11));
		assertThat(find(Kind.BODY_CUT)).hasSize(1);
	}

	@Test
	void whenAMessageBehindAnotherLacksSomethingThenThatIsFound() {
		MockSpopExchange exchange = TestExchange.of(NotifyMessage.of("check"), NotifyMessage.of("index"),
				body("body", 1, 2));
		this.dispatcher.handle(exchange).block();
		assertThat(find(Kind.ARGUMENT_MISSING)).hasSize(2);
		assertThat(find(Kind.BODY_CUT)).hasSize(1);
		assertThat(find(Kind.MESSAGE_NEVER_SEEN)).extracting(SpopFinding::subject).containsExactly("optional");
	}

	@Test
	void whenSomethingHasNotHappenedForLongThenItIsFoundNoMore() {
		handle(check("ip", SpopValue.of(7)), body("body", 9, 11), NotifyMessage.of("index"));
		assertThat(kinds(0)).containsExactlyInAnyOrder(Kind.ARGUMENT_NOT_CONVERTED, Kind.BODY_CUT,
				Kind.ARGUMENT_MISSING);
		handle(body("body", 9, 11));
		assertThat(kinds(9)).hasSize(3);
		assertThat(kinds(10)).containsExactlyInAnyOrder(Kind.BODY_CUT, Kind.ARGUMENT_MISSING);
		assertThat(kinds(19)).containsExactly(Kind.ARGUMENT_MISSING);
		handle(body("body", 9, 11));
		assertThat(kinds(20)).containsExactlyInAnyOrder(Kind.BODY_CUT, Kind.ARGUMENT_MISSING);
	}

	private List<Kind> kinds(int minutes) {
		return this.dispatcher.findings("main", false, Duration.ofMinutes(minutes).toNanos())
			.stream()
			.map(SpopFinding::kind)
			.toList();
	}

	private static NotifyMessage body(String name, long length, long size) {
		return NotifyMessage.of(name, new Argument("req.body_len", SpopValue.of(length)),
				new Argument("req.body_size", SpopValue.of(size)));
	}

	@NonBlocking
	static class Handlers {

		@SpopMessage("check")
		void check(@SpopArg("ip") InetAddress ip) {
		}

		@SpopMessage("index")
		void index(@SpopArg(index = 1) String second) {
		}

		@SpopMessage("optional")
		void optional(@SpopArg("a") Optional<String> a, @SpopArg("b") @Nullable String b) {
		}

		@SpopMessage("body")
		void body() {
		}

		@SpopMessage(value = "elsewhere", listeners = "other")
		void elsewhere() {
		}

		@SpopDefaultMessage
		void other(@SpopArg("x") String x) {
		}

	}

}
