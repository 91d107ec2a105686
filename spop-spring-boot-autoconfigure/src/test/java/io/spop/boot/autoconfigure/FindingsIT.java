package io.spop.boot.autoconfigure;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

import io.spop.agent.BoundSpopAgent;
import io.spop.agent.Patience;
import io.spop.agent.SpopFinding;
import io.spop.agent.SpopFinding.Kind;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopMessage;
import io.spop.test.EnabledIfHaproxy;
import io.spop.test.haproxy.Haproxy;
import io.spop.test.haproxy.HaproxyBinary;
import io.spop.test.haproxy.HaproxyProcess;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application with three handlers, and a HAProxy whose configuration it starts with
 * but that does not do what it says: the log tells why.
 */
@EnabledIfHaproxy
@ParameterizedClass(name = "{0}")
@MethodSource("oldestAndNewest")
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class FindingsIT {

	private static final String CONFIGURATION = """
			global
				log stdout format raw local0
			defaults
				mode http
				log global
				timeout connect 5s
				timeout client 30s
				timeout server 30s
			frontend front
				bind "${FRONT}"
				filter spoe engine %s config spoe.conf
				%s
				http-request return status 200 content-type text/plain string "Hello"
			backend agents
				mode tcp
				option spop-check
				%s
				server agent "${AGENT}" %s
			""";

	private static final String ENGINE = """
			[e]
			spoe-agent e
				option var-prefix e
				timeout hello 10s
				timeout idle 30s
				timeout processing 10s
				use-backend agents
				%s
			spoe-message check-client-ip
				%s
			spoe-message log-request
				%s
			spoe-message locate
				%s
			""";

	private static final String MESSAGES = "messages check-client-ip log-request locate";

	private static final String EVENT = "event on-frontend-http-request";

	private static final String IP = "args ip=src\n\t" + EVENT;

	private static final String PATH = "args path=path\n\t" + EVENT;

	private static final String COUNTRY = "args country=str(xx)\n\t" + EVENT;

	@Parameter
	private HaproxyBinary binary;

	/**
	 * Return one HAProxy of each implementation of SPOE, where there are two: each test
	 * waits, and five would take minutes.
	 */
	static Stream<HaproxyBinary> oldestAndNewest() {
		List<HaproxyBinary> all = HaproxyProcess.all();
		return Stream.of(all.get(0), all.get(all.size() - 1)).distinct();
	}

	private String engineName = "e";

	private String rule = "";

	private String server = "check inter 100ms";

	private String backend = "";

	private void run(String engine, HaproxyTest test) {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class))
			.withPropertyValues("spop.listeners.main.port=0", "spop.handler.timeout=8s")
			.withBean(SpopAgentCustomizer.class, Patience::ofTests)
			.withBean(Handlers.class)
			.run((context) -> {
				BoundSpopAgent agent = Objects.requireNonNull(context.getBean(SpopAgentLifecycle.class).agent());
				try (Haproxy haproxy = Haproxy
					.configuredWith(CONFIGURATION.formatted(this.engineName, this.rule, this.backend, this.server))
					.file("spoe.conf", engine)
					.bind("FRONT")
					.variable("AGENT", "127.0.0.1:" + agent.port())
					.startProcess(this.binary)) {
					test.accept(agent, haproxy);
				}
			});
	}

	private static String engine(String lists, String first, String second, String third) {
		return ENGINE.formatted(lists, first, second, third);
	}

	/**
	 * Send so many requests that each message should have come.
	 */
	private static void getOften(Haproxy haproxy) throws IOException {
		for (int i = 0; i < 40; i++) {
			get(haproxy);
		}
	}

	private static void get(Haproxy haproxy) throws IOException {
		send(haproxy, "GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
	}

	private static void send(Haproxy haproxy, String request) throws IOException {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), haproxy.port("FRONT"))) {
			socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
			assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
				.startsWith("HTTP/1.1 200");
		}
	}

	/**
	 * Wait until something is found, and has been logged.
	 * @return the findings of the kind
	 */
	private static List<SpopFinding> await(BoundSpopAgent agent, CapturedOutput output, Kind kind) {
		List<SpopFinding> found = new ArrayList<>();
		Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
			found.clear();
			agent.findings().stream().filter((finding) -> finding.kind() == kind).forEach(found::add);
			assertThat(found).as(agent.findings().toString()).isNotEmpty();
			assertThat(output).contains(found.get(0).text());
		});
		return found;
	}

	@Test
	void whenAllEventsAreMisspeltThenTheLogTells(CapturedOutput output) {
		String event = "evnet on-frontend-http-request";
		run(engine(MESSAGES, event, event, event), (agent, haproxy) -> {
			get(haproxy);
			assertThat(await(agent, output, Kind.ONLY_HEALTH_CHECKS)).singleElement()
				.satisfies((finding) -> assertThat(finding.text()).contains("'event' line of each spoe-message"));
			assertThat(output)
				.contains("[only-health-checks] On listener 'main': For 1 s only health checks have come");
		});
	}

	@Test
	void whenAllEventsAreMisspeltAndNothingIsCheckedThenTheLogTells(CapturedOutput output) {
		this.server = "";
		String event = "evnet on-frontend-http-request";
		run(engine(MESSAGES, event, event, event), (agent, haproxy) -> {
			get(haproxy);
			assertThat(await(agent, output, Kind.NOBODY_CONNECTS)).singleElement()
				.satisfies((finding) -> assertThat(finding.text()).contains("'event' line of each spoe-message"));
		});
	}

	@Test
	void whenOneEventIsMisspeltThenTheLogTellsWhichMessageNeverComes(CapturedOutput output) {
		run(engine(MESSAGES, "args ip=src\n\tevnet on-frontend-http-request", PATH, COUNTRY), (agent, haproxy) -> {
			getOften(haproxy);
			assertThat(await(agent, output, Kind.MESSAGE_NEVER_SEEN)).singleElement()
				.satisfies((finding) -> assertThat(finding.subject()).isEqualTo("check-client-ip"));
			assertThat(agent.findings()).hasSize(1);
		});
	}

	@Test
	void whenNoRuleSendsTheGroupThenTheLogTells(CapturedOutput output) {
		run(engine("groups all", "args ip=src", "args path=path", "args country=str(xx)") + """
				spoe-group all
					messages check-client-ip log-request locate
				""", (agent, haproxy) -> {
			get(haproxy);
			assertThat(await(agent, output, Kind.ONLY_HEALTH_CHECKS)).singleElement()
				.satisfies((finding) -> assertThat(finding.text()).contains("send-spoe-group"));
		});
	}

	@Test
	void whenNoRuleSendsTheGroupOfAMessageThenTheLogTellsItsName(CapturedOutput output) {
		run(engine("messages check-client-ip log-request\n\tgroups one", IP, PATH, "args country=str(xx)") + """
				spoe-group one
					messages locate
				""", (agent, haproxy) -> {
			getOften(haproxy);
			assertThat(await(agent, output, Kind.MESSAGE_NEVER_SEEN)).singleElement().satisfies((finding) -> {
				assertThat(finding.subject()).isEqualTo("locate");
				assertThat(finding.text()).contains("send-spoe-group");
			});
		});
	}

	@Test
	void whenArgsIsMisspeltThenTheLogTellsWhatIsMissing(CapturedOutput output) {
		run(engine(MESSAGES, "agrs ip=src\n\t" + EVENT, "args url=path\n\t" + EVENT,
				"args country=hdr(cf-ipcountry)\n\t" + EVENT), (agent, haproxy) -> {
					get(haproxy);
					assertThat(await(agent, output, Kind.ARGUMENT_MISSING)).satisfiesExactlyInAnyOrder((finding) -> {
						assertThat(finding.subject()).isEqualTo("check-client-ip 'ip'");
						assertThat(finding.text()).contains("without any argument");
					}, (finding) -> {
						assertThat(finding.subject()).isEqualTo("log-request 'path'");
						assertThat(finding.text()).contains("What comes is url:");
					}, (finding) -> {
						assertThat(finding.subject()).isEqualTo("locate 'country'");
						assertThat(finding.text()).contains("always been NULL");
					});
				});
	}

	@Test
	void whenAMessageHasAnotherNameThenTheLogTells(CapturedOutput output) {
		String engine = engine(MESSAGES, IP, PATH, COUNTRY).replace("locate", "localize");
		run(engine, (agent, haproxy) -> {
			getOften(haproxy);
			assertThat(await(agent, output, Kind.MESSAGE_NEVER_SEEN)).extracting(SpopFinding::subject)
				.containsExactly("locate");
			assertThat(await(agent, output, Kind.MESSAGE_UNHANDLED)).extracting(SpopFinding::subject)
				.containsExactly("localize");
		});
	}

	@Test
	void whenAValueDoesNotConvertThenTheLogTells(CapturedOutput output) {
		run(engine(MESSAGES, "args ip=int(7)\n\t" + EVENT, PATH, COUNTRY), (agent, haproxy) -> {
			get(haproxy);
			assertThat(await(agent, output, Kind.ARGUMENT_NOT_CONVERTED)).extracting(SpopFinding::subject)
				.containsExactly("check-client-ip 'ip' INT64");
		});
	}

	@Test
	void whenTimeoutServerIsShorterThanTheHandlerThenTheLogTells(CapturedOutput output) {
		this.backend = "timeout server 300ms";
		run(engine(MESSAGES, IP, PATH, "args country=str(slow)\n\t" + EVENT), (agent, haproxy) -> {
			get(haproxy);
			assertThat(await(agent, output, Kind.HAPROXY_GAVE_UP)).singleElement()
				.satisfies((finding) -> assertThat(finding.text()).contains("timeout server"));
		});
	}

	@Test
	void whenNoMessageFitsIntoAFrameThenTheLogTells(CapturedOutput output) {
		String large = "args path=path one=req.hdrs two=req.hdrs\n\t" + EVENT;
		run(engine("no option send-frag-payload\n\t" + MESSAGES, large, large, large), (agent, haproxy) -> {
			send(haproxy, "GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\nx: " + "x".repeat(9000) + "\r\n\r\n");
			assertThat(await(agent, output, Kind.ONLY_HEALTH_CHECKS)).singleElement()
				.satisfies((finding) -> assertThat(finding.text()).contains("code 3", "tune.bufsize"));
		});
	}

	@Test
	void whenTheBodyIsNotWaitedForThenTheLogTells(CapturedOutput output) {
		run(engine(MESSAGES, IP, "args path=path body_len=req.body_len body_size=req.body_size\n\t" + EVENT, COUNTRY),
				(agent, haproxy) -> {
					send(haproxy, "POST / HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: 1000\r\n\r\n");
					assertThat(await(agent, output, Kind.BODY_CUT)).extracting(SpopFinding::subject)
						.containsExactly("log-request");
				});
	}

	@Test
	void whenTheEngineIsThatOfThePageThenNothingIsFound(CapturedOutput output) throws Exception {
		String page = Files.readString(Path.of("../docs/why-nothing-happens.md"));
		int begin = page.indexOf("[reputation]");
		this.engineName = "reputation";
		this.rule = "http-request send-spoe-group reputation location";
		assertThat(page).contains(this.rule);
		run(page.substring(begin, page.indexOf("```", begin)),
				(agent, haproxy) -> assertNothingFound(agent, haproxy, output));
	}

	@Test
	void whenAllIsFineThenNothingIsFound(CapturedOutput output) {
		run(engine(MESSAGES, IP, PATH, COUNTRY), (agent, haproxy) -> assertNothingFound(agent, haproxy, output));
	}

	private static void assertNothingFound(BoundSpopAgent agent, Haproxy haproxy, CapturedOutput output)
			throws IOException {
		getOften(haproxy);
		long start = System.nanoTime();
		Awaitility.await().until(() -> System.nanoTime() - start > Duration.ofSeconds(2).toNanos());
		assertThat(agent.findings()).isEmpty();
		assertThat(output).doesNotContain("On listener 'main'");
	}

	@FunctionalInterface
	private interface HaproxyTest {

		void accept(BoundSpopAgent agent, Haproxy haproxy) throws Exception;

	}

	@NonBlocking
	static class Handlers {

		@SpopMessage("check-client-ip")
		void check(@SpopArg("ip") InetAddress ip) {
		}

		@SpopMessage("log-request")
		void log(@SpopArg("path") String path) {
		}

		@SpopMessage("locate")
		Mono<Void> locate(@SpopArg("country") String country) {
			return country.equals("slow") ? Mono.never() : Mono.empty();
		}

	}

}
