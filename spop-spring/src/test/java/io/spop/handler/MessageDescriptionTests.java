package io.spop.handler;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.spop.agent.SpopExchange;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopDefaultMessage;
import io.spop.annotation.SpopExceptionHandler;
import io.spop.annotation.SpopMessage;
import io.spop.annotation.SpopVar;
import io.spop.haproxy.AgentDescription;
import io.spop.haproxy.ArgumentDescription;
import io.spop.haproxy.ListenerDescription;
import io.spop.haproxy.MessageDescription;
import io.spop.haproxy.OnError;
import io.spop.haproxy.SampleType;
import io.spop.haproxy.SpoeEvent;
import io.spop.haproxy.VariableDescription;
import io.spop.protocol.Actions;
import io.spop.protocol.HeaderBlock;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.MethodParameter;
import org.springframework.core.convert.ConversionService;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for the descriptions of handlers for HAProxy's configuration.
 */
class MessageDescriptionTests {

	private static final ConversionService conversionService = new ApplicationConversionService();

	private static final List<ListenerDescription> LISTENERS = List.of(ListenerDescription.unix("main", "/run/spop"));

	@Test
	void whenNothingIsDeclaredThenDescribesWhatTheMethodTakes() {
		MessageDescription message = describe(Plain.class).messages().get(0);
		assertThat(message.name()).isEqualTo("plain");
		assertThat(message.handler()).contains("Plain.plain(").contains("of bean");
		assertThat(message.listeners()).isEmpty();
		assertThat(message.timeout()).isEqualTo(Duration.ofSeconds(1));
		assertThat(message.event()).isEqualTo(SpoeEvent.NONE);
		assertThat(message.condition()).isNull();
		assertThat(message.group()).isNull();
		assertThat(message.onError()).isEqualTo(OnError.UNDECIDED);
		assertThat(message.arguments())
			.extracting(ArgumentDescription::names, ArgumentDescription::index, ArgumentDescription::required,
					ArgumentDescription::sample)
			.containsExactly(tuple(List.of("ip"), -1, true, null),
					tuple(List.of("user_agent", "user-agent", "userAgent"), -1, false, null),
					tuple(List.of("country"), -1, false, null), tuple(List.of(), 7, true, null),
					tuple(List.of("port"), -1, false, null), tuple(List.of("values"), -1, true, null),
					tuple(List.of("raw"), -1, false, null), tuple(List.of("header"), -1, false, null));
		assertThat(message.arguments().get(0).types()).contains(SampleType.IPV4).doesNotContain(SampleType.INTEGER);
		assertThat(message.variables()).isEmpty();
		assertThat(message.variablesComplete()).isTrue();
	}

	@Test
	void whenMethodTakesTheArgumentsThenTheyAreNotKnown() {
		assertThat(describe(TakesArguments.class).messages().get(0).argumentsComplete()).isFalse();
	}

	private static org.assertj.core.groups.Tuple tuple(@Nullable Object... values) {
		return org.assertj.core.api.Assertions.tuple(values);
	}

	@Test
	void whenAllIsDeclaredThenDescribesIt() {
		MessageDescription message = describe(Declared.class).messages().get(0);
		assertThat(message.listeners()).containsExactly("main");
		assertThat(message.timeout()).isEqualTo(Duration.ofMillis(200));
		assertThat(message.event()).isEqualTo(SpoeEvent.ON_FRONTEND_HTTP_REQUEST);
		assertThat(message.condition()).isEqualTo("if { path_beg /admin }");
		assertThat(message.onError()).isEqualTo(OnError.CLOSED);
		assertThat(message.argumentsComplete()).isTrue();
		assertThat(message.arguments()).extracting(ArgumentDescription::names, ArgumentDescription::sample)
			.containsExactly(tuple(List.of("country"), "req.hdr(CF-IPCountry)"), tuple(List.of("ip"), "src"),
					tuple(List.of("path"), "path"));
	}

	@Test
	void whenClassDeclaresThenMethodsHaveItUnlessTheySayOtherwise() {
		List<MessageDescription> messages = describe(OfClass.class).messages();
		assertThat(messages)
			.extracting(MessageDescription::name, MessageDescription::event, MessageDescription::group,
					MessageDescription::condition, MessageDescription::onError)
			.containsExactly(tuple("group", SpoeEvent.ON_FRONTEND_HTTP_REQUEST, "own", "if HTTP", OnError.OPEN),
					tuple("none", SpoeEvent.ON_FRONTEND_HTTP_REQUEST, null, "if HTTP", OnError.OPEN),
					tuple("other", SpoeEvent.ON_CLIENT_SESSION, null, "unless LOCALHOST", OnError.CLOSED));
	}

	@Test
	void whenTwoParametersTakeAnArgumentThenItIsOne() {
		ArgumentDescription argument = describe(Twice.class).messages().get(0).arguments().get(0);
		assertThat(describe(Twice.class).messages().get(0).arguments()).hasSize(1);
		assertThat(argument.names()).containsExactly("user_agent");
		assertThat(argument.required()).isTrue();
		assertThat(argument.sample()).isEqualTo("req.fhdr(user-agent)");
		assertThat(argument.types()).containsExactlyInAnyOrder(SampleType.STRING, SampleType.BINARY);
	}

	@Test
	void whenTwoParametersHaveDifferentSamplesForAnArgumentThenRefuses() {
		assertThatExceptionOfType(InvalidSpopHandlerException.class).isThrownBy(() -> describe(TwoSamples.class))
			.withMessageContaining("has the samples 'src' and 'dst' for the same argument");
	}

	@Test
	void whenResultHasMembersThenDescribesVariables() {
		MessageDescription message = describe(Results.class).messages().get(0);
		assertThat(message.variablesComplete()).isTrue();
		assertThat(message.variables()).containsExactly(
				VariableDescription.of("sess", "score").types(Set.of(SampleType.INTEGER)),
				VariableDescription.of("txn", "verdict").types(Set.of(SampleType.STRING)),
				VariableDescription.of("txn", "known").types(Set.of(SampleType.BOOLEAN)));
	}

	@Test
	void whenOnlyAResultTellsVariablesThenTheyAreNotComplete() {
		assertThat(describe(Open.class).messages()).hasSize(2)
			.allSatisfy((message) -> assertThat(message.variablesComplete()).isFalse());
	}

	@Test
	void whenExceptionHandlerMayAnswerThenDescribesItsVariables() {
		MessageDescription message = describe(WithExceptionHandler.class).messages().get(0);
		assertThat(message.variables()).containsExactly(
				VariableDescription.of("sess", "score").types(Set.of(SampleType.INTEGER)),
				VariableDescription.of("txn", "verdict").types(Set.of(SampleType.STRING)),
				VariableDescription.of("txn", "known").types(Set.of(SampleType.BOOLEAN)),
				VariableDescription.of("txn", "failed").types(Set.of(SampleType.BOOLEAN)));
		assertThat(message.variablesComplete()).isTrue();
	}

	@Test
	void whenAMethodHandlesAllOtherMessagesThenSaysSo() {
		AgentDescription agent = describe(Default.class);
		assertThat(agent.messages()).isEmpty();
		assertThat(agent.handlesAll()).isTrue();
		assertThat(describe(Plain.class).handlesAll()).isFalse();
		assertThat(agent.listeners()).isEqualTo(LISTENERS);
	}

	@Test
	void whenApplicationResolvesParameterThenDescribesWhatIsDeclared() {
		List<MessageDescription> messages = describe(Custom.class, TokenResolver.class).messages();
		assertThat(messages.get(0).arguments())
			.extracting(ArgumentDescription::names, ArgumentDescription::required, ArgumentDescription::sample)
			.containsExactly(tuple(List.of("authorization"), false, "req.hdr(authorization)"));
	}

	@Test
	void whenSingletonsAreNotThereThenSaysSo() {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			AnnotatedSpopHandler handler = handler(context);
			assertThatIllegalStateException().isThrownBy(() -> handler.describe(LISTENERS, Duration.ofSeconds(1)))
				.withMessageContaining("once all singletons are there");
		}
	}

	@ParameterizedTest
	@MethodSource
	void whenDeclarationIsWrongThenRefuses(Class<?> component, String message, String remedy) {
		assertThatExceptionOfType(InvalidSpopHandlerException.class).isThrownBy(() -> TestHandlers.detect(component))
			.satisfies((ex) -> {
				assertThat(ex.reason()).contains(component.getSimpleName()).endsWith(message);
				assertThat(ex.remedy()).isEqualTo(remedy);
			});
	}

	static List<Arguments> whenDeclarationIsWrongThenRefuses() {
		String condition = "A condition is 'if' or 'unless' and what follows it, on one line,"
				+ " such as \"if { path_beg /admin }\".";
		String sample = "Give a sample expression on one line, such as req.hdr(host).";
		return List.of(
				Arguments.of(NoIf.class, "has the condition '{ path_beg /admin }', which HAProxy does not accept.",
						condition),
				Arguments.of(OnlyIf.class, "has the condition 'if', which HAProxy does not accept.", condition),
				Arguments.of(TwoLines.class,
						"has the condition 'if TRUE\\u000a    args ip=src', which HAProxy does not accept.", condition),
				Arguments.of(ConditionOfClass.class, "has the condition 'when TRUE', which HAProxy does not accept.",
						condition),
				Arguments.of(BadGroup.class,
						"has the group 'two words', which HAProxy does not accept for a spoe-group section.",
						"A name consists of A-Z a-z 0-9 _ . : and - only."),
				Arguments.of(BlankSample.class,
						"has the sample ' ', which is not allowed on an args line of HAProxy's configuration.", sample),
				Arguments.of(SampleOfTwoLines.class,
						"has the sample 'src\\u000a', which is not allowed on an args line of HAProxy's configuration.",
						sample),
				Arguments.of(Placeholder.class, "has the placeholder '${nowhere}', which has no value.",
						"Set that property, or give the placeholder a default, as in ${name:default}."));
	}

	private static AgentDescription describe(Class<?>... components) {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(components)) {
			AnnotatedSpopHandler handler = handler(context);
			handler.afterSingletonsInstantiated();
			return handler.describe(LISTENERS, Duration.ofSeconds(1));
		}
	}

	private static AnnotatedSpopHandler handler(AnnotationConfigApplicationContext context) {
		AnnotatedSpopHandler handler = new AnnotatedSpopHandler(context.getDefaultListableBeanFactory(),
				conversionService, new ValueWriters(conversionService), StandardCharsets.UTF_8, Execution.AUTO,
				new HandlerExecutor(Runnable::run));
		handler.warmUp(false);
		return handler;
	}

	static class TakesArguments {

		@SpopMessage("all")
		void all(io.spop.protocol.Arguments arguments) {
		}

	}

	static class Plain {

		@SpopMessage("plain")
		void plain(@SpopArg InetAddress ip, @SpopArg @Nullable String userAgent,
				@SpopArg("country") Optional<String> code, @SpopArg(index = 7) byte[] seventh,
				@SpopArg(defaultValue = "80") int port, @SpopArg List<String> values, @SpopArg SpopValue raw,
				@SpopArg(required = false) HeaderBlock header, NotifyMessage message, SpopExchange exchange) {
		}

	}

	static class Declared {

		@SpopMessage(name = "declared", listeners = "main", timeout = "200ms",
				event = SpoeEvent.ON_FRONTEND_HTTP_REQUEST, condition = "if { path_beg ${admin.path:/admin} }",
				onError = OnError.CLOSED)
		void declared(@SpopArg(value = "country", sample = "req.hdr(${header:CF-IPCountry})") String country,
				Request request) {
		}

		record Request(@SpopArg(sample = "src") InetAddress ip, @SpopArg(name = "path", sample = "path") String uri) {
		}

	}

	@SpopMessage(event = SpoeEvent.ON_FRONTEND_HTTP_REQUEST, condition = "if HTTP", onError = OnError.OPEN)
	static class OfClass {

		@SpopMessage("none")
		void none() {
		}

		@SpopMessage(name = "other", event = SpoeEvent.ON_CLIENT_SESSION, condition = "unless LOCALHOST",
				onError = OnError.CLOSED)
		void other() {
		}

		@SpopMessage(name = "group", group = "own")
		void group() {
		}

	}

	static class Twice {

		@SpopMessage("twice")
		void twice(@SpopArg(required = false, sample = "req.fhdr(user-agent)") String userAgent,
				@SpopArg("user_agent") ByteBuffer raw) {
		}

	}

	static class TwoSamples {

		@SpopMessage("two")
		void two(@SpopArg(name = "ip", sample = "src") String text,
				@SpopArg(name = "ip", sample = "dst") Inet4Address ip) {
		}

	}

	record Verdict(@SpopVar(scope = VarScope.SESSION) int score, @SpopVar("verdict") @Nullable String text,
			@SpopVar Optional<Boolean> known, String notSent) {
	}

	static class Results {

		@SpopMessage("results")
		Mono<Verdict> results() {
			return Mono.empty();
		}

	}

	static class WithExceptionHandler {

		@SpopMessage("failing")
		Optional<Verdict> results() {
			return Optional.empty();
		}

		@SpopExceptionHandler
		@NonBlocking
		Failed failed(IllegalStateException failure) {
			return new Failed(true);
		}

		record Failed(@SpopVar boolean failed) {
		}

	}

	static class Open {

		@SpopMessage("actions")
		Mono<Actions> actions() {
			return Mono.empty();
		}

		@SpopMessage("map")
		Map<String, Object> map() {
			return Map.of();
		}

	}

	static class Default {

		@SpopDefaultMessage
		void all(NotifyMessage message) {
		}

	}

	static class Custom {

		@SpopMessage("custom")
		void custom(@SpopArg(name = "authorization", sample = "req.hdr(authorization)") Token token, Token other) {
		}

	}

	record Token(String text) {

		@Override
		public String toString() {
			return "Token";
		}

	}

	static class TokenResolver implements SpopArgumentResolver {

		@Override
		public boolean supports(MethodParameter parameter) {
			return parameter.getNestedParameterType() == Token.class;
		}

		@Override
		public Object resolve(MethodParameter parameter, NotifyMessage message, SpopExchange exchange) {
			return new Token("");
		}

	}

	static class NoIf {

		@SpopMessage(name = "test", condition = "{ path_beg /admin }")
		void handle() {
		}

	}

	static class OnlyIf {

		@SpopMessage(name = "test", condition = "if")
		void handle() {
		}

	}

	static class TwoLines {

		@SpopMessage(name = "test", condition = "if TRUE\n    args ip=src")
		void handle() {
		}

	}

	@SpopMessage(condition = "when TRUE")
	static class ConditionOfClass {

		@SpopMessage("test")
		void handle() {
		}

	}

	static class BadGroup {

		@SpopMessage(name = "test", group = "two words")
		void handle() {
		}

	}

	static class BlankSample {

		@SpopMessage("test")
		void handle(@SpopArg(name = "ip", sample = " ") String ip) {
		}

	}

	static class SampleOfTwoLines {

		@SpopMessage("test")
		void handle(@SpopArg(name = "ip", sample = "src\n") String ip) {
		}

	}

	static class Placeholder {

		@SpopMessage(name = "test", condition = "${nowhere}")
		void handle() {
		}

	}

}
