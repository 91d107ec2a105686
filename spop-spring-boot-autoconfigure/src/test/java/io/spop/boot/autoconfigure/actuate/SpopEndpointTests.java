package io.spop.boot.autoconfigure.actuate;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import io.netty.util.internal.ThreadExecutorMap;
import io.spop.agent.BoundSpopAgent;
import io.spop.agent.MockSpopExchange;
import io.spop.agent.Patience;
import io.spop.agent.SpopAgent;
import io.spop.agent.SpopConnection;
import io.spop.agent.SpopHandler;
import io.spop.agent.SpopListener;
import io.spop.annotation.SpopDefaultMessage;
import io.spop.annotation.SpopMessage;
import io.spop.boot.autoconfigure.SpopAgentAutoConfiguration;
import io.spop.boot.autoconfigure.SpopAgentCustomizer;
import io.spop.boot.autoconfigure.SpopAgentLifecycle;
import io.spop.boot.autoconfigure.SpopHandlerAutoConfiguration;
import io.spop.boot.autoconfigure.actuate.SpopEndpoint.ConnectionDescriptor;
import io.spop.boot.autoconfigure.actuate.SpopEndpoint.HandlerDescriptor;
import io.spop.boot.autoconfigure.actuate.SpopEndpoint.ListenerDescriptor;
import io.spop.boot.autoconfigure.actuate.SpopEndpoint.SpopDescriptor;
import io.spop.client.SpopClient;
import io.spop.handler.Execution;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.StatusCode;
import io.spop.test.Documentation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

class SpopEndpointTests {

	private static final Pattern ANSWER = Pattern
		.compile("(?ms)^\\$ curl -s [\\w.:/]+/actuator/spop(?:/(\\w+))?(?: \\| jq)?\\n(\\{.*?\\})(?=\\n(?:```|\\$ ))");

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class,
				SpopEndpointAutoConfiguration.class))
		.withPropertyValues("spop.listeners.main.port=0", "management.endpoints.web.exposure.include=spop");

	@TempDir
	private Path folder;

	@Test
	void whenAgentListensThenTellsItsListeners() {
		Path socket = this.folder.resolve("spop.sock");
		this.contextRunner.withPropertyValues("spop.listeners.unix.path=" + socket).run((context) -> {
			BoundSpopAgent agent = context.getBean(SpopAgentLifecycle.class).agent();
			assertThat(context.getBean(SpopEndpoint.class).spop().getListeners())
				.usingRecursiveFieldByFieldElementComparator()
				.containsExactlyInAnyOrder(
						new ListenerDescriptor("main", "127.0.0.1:" + agent.port(), false, ListenerState.LISTENING, 0,
								null, 0),
						new ListenerDescriptor("unix", socket.toString(), false, ListenerState.LISTENING, 0, null, 0));
		});
	}

	@Test
	void whenAgentHasStoppedThenItsListenersSaySo() {
		this.contextRunner.run((context) -> {
			SpopAgentLifecycle lifecycle = context.getBean(SpopAgentLifecycle.class);
			int port = lifecycle.agent().port();
			lifecycle.stop();
			SpopDescriptor parts = context.getBean(SpopEndpoint.class).spop();
			assertThat(parts.getListeners()).usingRecursiveFieldByFieldElementComparator()
				.containsExactly(
						new ListenerDescriptor("main", "127.0.0.1:" + port, false, ListenerState.STOPPING, 0, null, 0));
			assertThat(parts.getConnections()).isEmpty();
		});
	}

	@Test
	void whenAllConnectionsAreTakenThenTellsHowManyWait() throws Exception {
		this.contextRunner.withPropertyValues("spop.connection.max-connections=2", "spop.listeners.other.port=0")
			.run((context) -> {
				SpopEndpoint endpoint = context.getBean(SpopEndpoint.class);
				try (SpopClient first = connect(context); SpopClient second = connect(context)) {
					CompletableFuture<SpopClient> third = SpopClient
						.connect(context.getBean(SpopAgentLifecycle.class).agent().address("main"))
						.toFuture();
					await().untilAsserted(() -> assertThat(endpoint.spop().getListeners())
						.extracting(ListenerDescriptor::getName, ListenerDescriptor::getConnections,
								ListenerDescriptor::getMaxConnections, ListenerDescriptor::getWaitingConnections)
						.containsExactlyInAnyOrder(tuple("main", 3, 2, 1), tuple("other", 0, 2, 0)));
					assertThat(second).isNotSameAs(first);
					first.disconnect(StatusCode.NORMAL).block();
					third.get(10, TimeUnit.SECONDS).close();
				}
			});
	}

	@Test
	void whenAnEventLoopHasEndedThenItsListenersAreClosed() {
		this.contextRunner.withBean(Handlers.class).run((context) -> {
			SpopAgentLifecycle lifecycle = context.getBean(SpopAgentLifecycle.class);
			try (SpopClient client = connect(context)) {
				client.notify(NotifyMessage.of("end")).subscribe();
				SpopEndpoint endpoint = context.getBean(SpopEndpoint.class);
				SpopHealthIndicator health = new SpopHealthIndicator(context.getBean(SpopAgent.class), lifecycle);
				await().untilAsserted(() -> {
					assertThat(endpoint.spop().getListeners()).extracting(ListenerDescriptor::getState)
						.containsExactly(ListenerState.CLOSED);
					assertThat(health.health().getStatus()).isEqualTo(Status.DOWN);
				});
			}
			lifecycle.stop();
			lifecycle.start();
			try (SpopClient client = connect(context)) {
				assertThat(client.notify(NotifyMessage.of("check")).block()).isEqualTo(Actions.none());
			}
		});
	}

	@Test
	void whenNobodyHandlesAMessageThenTellsItsName() {
		SpopHandler handler = (exchange) -> {
			exchange.messages().forEach((message) -> exchange.reporter().unhandled(message, List.of("check")));
			return Mono.empty();
		};
		this.contextRunner.withBean(SpopHandler.class, () -> handler).run((context) -> {
			try (SpopClient client = connect(context)) {
				client.notify(NotifyMessage.of("a\nb")).block();
				SpopEndpoint endpoint = context.getBean(SpopEndpoint.class);
				assertThat(endpoint.spop().getUnhandledMessages()).containsExactly("a\\u000ab");
				assertThat(endpoint.part("unhandledMessages", null).getUnhandledMessages())
					.containsExactly("a\\u000ab");
			}
		});
	}

	@Test
	void whenThereAreFindingsThenTellsThem() {
		this.contextRunner.withBean(Handlers.class)
			.withBean(SpopAgentCustomizer.class, Patience::ofTests)
			.run((context) -> {
				SpopEndpoint endpoint = context.getBean(SpopEndpoint.class);
				await().untilAsserted(() -> assertThat(endpoint.part("findings", null).getFindings()).singleElement()
					.satisfies((finding) -> {
						assertThat(finding.getFinding()).isEqualTo("nobody-connects");
						assertThat(finding.getListener()).isEqualTo("main");
						assertThat(finding.getSubject()).isNull();
						assertThat(finding.getCount()).isEqualTo(1);
						assertThat(finding.getText()).contains("nobody has connected");
					}));
				assertThat(endpoint.spop().getFindings()).hasSize(1);
				assertThat(endpoint.part("findings", null).getListeners()).isNull();
			});
	}

	@Test
	void whenTextComesFromOutsideThenItIsEscapedAndShort() {
		this.contextRunner.withBean(Handlers.class).run((context) -> {
			BoundSpopAgent agent = context.getBean(SpopAgentLifecycle.class).agent();
			try (SpopClient client = SpopClient.builder(agent.address("main"))
				.engineId("one\ntwo" + "x".repeat(10_000))
				.connect()
				.block()) {
				client.notify(NotifyMessage.of("fail")).block();
				assertThat(context.getBean(SpopEndpoint.class).spop().getConnections()).singleElement()
					.satisfies((connection) -> {
						assertThat(connection.getEngineId()).startsWith("one\\u000atwo").hasSizeLessThan(600);
						assertThat(connection.getLastError()).hasSizeLessThan(600);
					});
			}
		});
	}

	@Test
	void whenSomebodyIsConnectedThenTellsTheConnection() {
		this.contextRunner.withBean(Handlers.class).run((context) -> {
			SpopEndpoint endpoint = context.getBean(SpopEndpoint.class);
			assertThat(endpoint.spop().getConnections()).isEmpty();
			try (SpopClient client = connect(context)) {
				client.notify(NotifyMessage.of("check")).block();
				client.notify(NotifyMessage.of("fail")).block();
				assertThat(endpoint.spop().getConnections()).singleElement().satisfies((connection) -> {
					assertThat(connection.getId()).isNotEmpty();
					assertThat(connection.getListener()).isEqualTo("main");
					assertThat(connection.getRemoteAddress()).startsWith("127.0.0.1:");
					assertThat(connection.getEngineId()).isEqualTo("test");
					assertThat(connection.getCapabilities()).containsExactly("pipelining");
					assertThat(connection.getMaxFrameSize()).isBetween(256, 65536);
					assertThat(connection.getInFlight()).isZero();
					assertThat(connection.getFramesReceived()).isEqualTo(3);
					assertThat(connection.getFramesSent()).isEqualTo(3);
					assertThat(connection.getAge()).isPositive();
					assertThat(connection.getLastError()).isEqualTo("[fail]: java.lang.IllegalStateException");
				});
			}
		});
	}

	@Test
	void whenTheClockWasSetBackThenTheAgeIsZero() {
		SpopConnection connection = MockSpopExchange.of(NotifyMessage.of("check")).connection();
		assertThat(ConnectionDescriptor.of(connection, connection.openedAt().minusSeconds(3600)).getAge()).isZero();
		assertThat(ConnectionDescriptor.of(connection, connection.openedAt().plusSeconds(3600)).getAge())
			.isEqualTo(Duration.ofHours(1));
	}

	@Test
	void whenSeveralAreConnectedThenTheOldestComesFirst() {
		this.contextRunner.run((context) -> {
			try (SpopClient first = connect(context); SpopClient second = connect(context)) {
				assertThat(first).isNotSameAs(second);
				assertThat(context.getBean(SpopEndpoint.class).spop().getConnections()).hasSize(2)
					.extracting(ConnectionDescriptor::getAge)
					.isSortedAccordingTo((one, other) -> other.compareTo(one));
			}
		});
	}

	@Test
	void whenMethodsHandleMessagesThenTellsThem() {
		this.contextRunner.withBean("handlers", Handlers.class).run((context) -> {
			String bean = " of bean 'handlers'";
			String type = Handlers.class.getName();
			assertThat(context.getBean(SpopEndpoint.class).spop().getHandlers())
				.usingRecursiveFieldByFieldElementComparator()
				.containsExactlyInAnyOrder(
						handler("check", type + ".check()" + bean, Execution.NON_BLOCKING, Duration.ofMillis(200),
								"main"),
						handler("end", type + ".end()" + bean, Execution.NON_BLOCKING, null),
						handler("fail", type + ".fail()" + bean, Execution.BLOCKING, null),
						handler(null, type + ".others(NotifyMessage)" + bean, Execution.BLOCKING, null));
		});
	}

	private static HandlerDescriptor handler(String message, String method, Execution execution, Duration timeout,
			String... listeners) {
		return new HandlerDescriptor(message, method, Set.of(listeners), execution, timeout, null);
	}

	@Test
	void whenThereIsAnOwnHandlerThenThereIsNoPartForHandlers() {
		SpopHandler handler = (exchange) -> Mono.empty();
		this.contextRunner.withBean(SpopHandler.class, () -> handler).run((context) -> {
			SpopEndpoint endpoint = context.getBean(SpopEndpoint.class);
			assertThat(endpoint.spop().getHandlers()).isNull();
			assertThat(endpoint.part("handlers", null)).isNull();
		});
	}

	@Test
	void whenThereIsAnOwnAgentThenTellsItsListenersAndConnections() {
		SpopAgent agent = SpopAgent.create().listener(SpopListener.tcp("own", new InetSocketAddress("127.0.0.1", 0)));
		this.contextRunner.withBean(SpopAgent.class, () -> agent).run((context) -> {
			try (SpopClient client = connect(context)) {
				SpopDescriptor parts = context.getBean(SpopEndpoint.class).spop();
				assertThat(client).isNotNull();
				assertThat(parts.getListeners()).extracting(ListenerDescriptor::getName).containsExactly("own");
				assertThat(parts.getConnections()).extracting(ConnectionDescriptor::getListener).containsExactly("own");
			}
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "management.endpoints.web.exposure.include=health", "management.endpoint.spop.access=NONE",
			"spop.enabled=false" })
	void whenSwitchedOffThenBacksOff(String property) {
		this.contextRunner.withPropertyValues(property)
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(SpopEndpoint.class));
	}

	@Test
	void whenActuatorIsAbsentThenBacksOff() {
		new ApplicationContextRunner().withUserConfiguration(Imported.class)
			.withPropertyValues("spop.listeners.main.port=0", "management.endpoints.web.exposure.include=spop")
			.withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate",
					"org.springframework.boot.health", "io.micrometer.core"))
			.run((context) -> assertThat(context).hasSingleBean(SpopAgentLifecycle.class)
				.doesNotHaveBean("spopEndpoint")
				.doesNotHaveBean("spopHealthIndicator"));
	}

	@Test
	void whenMicrometerIsAbsentThenThereAreNoCounts() {
		new ApplicationContextRunner().withUserConfiguration(Imported.class)
			.withPropertyValues("spop.listeners.main.port=0", "management.endpoints.web.exposure.include=spop")
			.withClassLoader(new FilteredClassLoader("io.micrometer.core"))
			.run((context) -> assertThat(context.getBean(SpopEndpoint.class).spop().getHandlers())
				.extracting(HandlerDescriptor::getCounts)
				.hasSize(4)
				.containsOnlyNulls());
	}

	@Test
	void whenAskedOverHttpThenAnswersInJson() throws Exception {
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
			.web(WebApplicationType.SERVLET)
			.properties("server.port=0", "spop.listeners.main.port=0",
					"management.endpoints.web.exposure.include=spop,health",
					"management.endpoint.health.show-details=always")
			.run(); SpopClient client = connect(context)) {
			client.notify(NotifyMessage.of("check")).block();
			JsonNode parts = json(get(context, "spop"));
			assertThat(parts.propertyNames()).containsExactlyInAnyOrder("listeners", "connections", "handlers",
					"unhandledMessages", "findings");
			assertThat(parts.at("/listeners/0/state").asString()).isEqualTo("LISTENING");
			assertThat(parts.at("/connections/0/framesReceived").asInt()).isEqualTo(2);
			assertThat(parts.at("/connections/0/age").asString()).startsWith("PT");
			assertThat(parts.at("/connections/0").has("lastError")).isFalse();
			assertThat(parts.at("/handlers").findValues("counts")).hasSize(4);
			assertThat(parts.at("/handlers/0/method").asString()).contains("Handlers");
			for (String part : parts.propertyNames()) {
				assertThat(json(get(context, "spop/" + part)).propertyNames()).containsExactly(part);
			}
			JsonNode haproxy = json(get(context, "spop/haproxy?version=2.6")).path("haproxy");
			assertThat(haproxy.propertyNames()).contains("spoe.conf", "backend.cfg");
			assertThat(haproxy.path("spoe.conf").asString()).contains("HAProxy 2.6", "spoe-message check\n");
			assertThat(json(get(context, "spop/haproxy")).at("/haproxy/backend.cfg").asString()).contains("HAProxy 3.4",
					"mode spop");
			assertThat(get(context, "spop/haproxy?version=old").statusCode()).isEqualTo(400);
			assertThat(get(context, "spop/others").statusCode()).isEqualTo(404);
			HttpRequest post = request(context, "spop").POST(HttpRequest.BodyPublishers.noBody()).build();
			assertThat(send(post).statusCode()).isEqualTo(405);
			JsonNode health = json(get(context, "health"));
			assertThat(health.at("/components/spop/status").asString()).isEqualTo("UP");
			assertThat(health.at("/components/spop/details/listeners/main").asString()).isEqualTo("LISTENING");
		}
	}

	@Test
	void whenAPageShowsAnAnswerThenItsNamesAndTheirOrderAreRight() throws Exception {
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
			.web(WebApplicationType.SERVLET)
			.properties("server.port=0", "spop.listeners.main.port=0", "management.endpoints.web.exposure.include=spop")
			.run(); SpopClient client = connect(context)) {
			client.notify(NotifyMessage.of("fail")).block();
			JsonNode answer = json(get(context, "spop"));
			int answers = 0;
			for (Path page : Documentation.pages()) {
				for (MatchResult shown : ANSWER.matcher(Files.readString(page)).results().toList()) {
					JsonNode expected = (shown.group(1) != null) ? json(get(context, "spop/" + shown.group(1)))
							: answer;
					assertSameNames(page, JsonMapper.shared().readTree(shown.group(2)), expected);
					answers++;
				}
			}
			assertThat(answers).isEqualTo(3);
		}
	}

	private static void assertSameNames(Path page, JsonNode shown, JsonNode answer) {
		assertThat(shown.propertyNames()).as(page.toString()).containsExactlyElementsOf(answer.propertyNames());
		shown.propertyStream().forEach((part) -> {
			Set<String> names = new LinkedHashSet<>();
			answer.path(part.getKey()).forEach((element) -> names.addAll(element.propertyNames()));
			for (JsonNode element : part.getValue()) {
				if (element.isObject()) {
					List<String> optional = new ArrayList<>(names);
					optional.retainAll(element.propertyNames());
					assertThat(element.propertyNames()).as(page + ": " + part.getKey())
						.containsExactlyElementsOf(optional);
				}
			}
		});
	}

	private static SpopClient connect(ConfigurableApplicationContext context) {
		BoundSpopAgent agent = context.getBean(SpopAgentLifecycle.class).agent();
		return SpopClient.builder(agent.address(agent.listeners().get(0))).engineId("test").connect().block();
	}

	private static JsonNode json(HttpResponse<String> response) {
		assertThat(response.statusCode()).isEqualTo(200);
		return JsonMapper.shared().readTree(response.body());
	}

	private static HttpResponse<String> get(ConfigurableApplicationContext context, String path) throws Exception {
		return send(request(context, path).build());
	}

	private static HttpRequest.Builder request(ConfigurableApplicationContext context, String path) {
		return HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
				+ context.getEnvironment().getRequiredProperty("local.server.port") + "/actuator/" + path));
	}

	private static HttpResponse<String> send(HttpRequest request) throws Exception {
		return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
	}

	static class Handlers {

		@SpopMessage(name = "check", listeners = "main", timeout = "200ms")
		Mono<Actions> check() {
			return Mono.empty();
		}

		@SpopMessage("end")
		Mono<Actions> end() {
			ThreadExecutorMap.currentExecutor().shutdownGracefully(0, 0, TimeUnit.SECONDS);
			return Mono.never();
		}

		@SpopMessage("fail")
		void fail() {
			throw new IllegalStateException("out of order");
		}

		@SpopDefaultMessage
		void others(NotifyMessage message) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Handlers.class)
	@ImportAutoConfiguration({ SpopAgentAutoConfiguration.class, SpopHandlerAutoConfiguration.class,
			SpopEndpointAutoConfiguration.class, SpopHealthContributorAutoConfiguration.class })
	static class Imported {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(Handlers.class)
	static class Application {

	}

}
