package io.spop.handler;

import java.time.Duration;
import java.util.Map;

import io.spop.annotation.Blocking;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopDefaultMessage;
import io.spop.annotation.SpopMessage;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the choice of the handler of a message.
 */
class HandlerMappingTests {

	private static final Duration DEFAULT = Duration.ofSeconds(1);

	@Test
	void whenHandlerIsForAListenerThenItGetsNoMessagesOfOthers() {
		HandlerMapping mapping = TestHandlers.detect(ByListener.class);
		assertThat(name(mapping, "a", "m")).contains("ofA()");
		assertThat(name(mapping, "b", "m")).contains("ofBAndC()");
		assertThat(name(mapping, "c", "m")).contains("ofBAndC()");
		assertThat(name(mapping, "d", "m")).isNull();
		assertThat(name(mapping, "d", "all")).contains("ofAll()");
	}

	@Test
	void whenNobodyClaimsTheMessageThenTheDefaultHandlerGetsIt() {
		HandlerMapping mapping = TestHandlers.detect(WithDefault.class);
		assertThat(name(mapping, "x", "known")).contains("known()");
		assertThat(name(mapping, "x", "unknown")).contains("others(NotifyMessage)");
		assertThat(name(mapping, "x", "")).contains("others(NotifyMessage)");
		assertThat(TestHandlers.dispatcher(Runnable::run, WithDefault.class).handle(TestExchange.of("other")).block())
			.isEqualTo(Actions.set(VarScope.REQUEST, "name", "other"));
	}

	@Test
	void whenClassHasDefaultsThenMethodsThatSayNothingHaveThem() {
		HandlerMapping mapping = TestHandlers.detect(ClassDefaults.class);
		assertThat(name(mapping, "a", "inherits")).isNotNull();
		assertThat(name(mapping, "b", "inherits")).isNull();
		assertThat(name(mapping, "b", "own")).isNotNull();
		assertThat(name(mapping, "a", "unknown")).contains("others()");
		assertThat(timeout(mapping, "a", "inherits")).isEqualTo(Duration.ofMillis(20));
		assertThat(timeout(mapping, "b", "own")).isEqualTo(Duration.ofSeconds(5));
	}

	@Test
	void whenNotifyHasSeveralMessagesThenTheShortestTimeoutCounts() {
		HandlerMapping mapping = TestHandlers.detect(Timeouts.class);
		assertThat(timeout(mapping, "a", "long")).isEqualTo(Duration.ofSeconds(5));
		assertThat(timeout(mapping, "a", "long", "short")).isEqualTo(Duration.ofMillis(10));
		assertThat(timeout(mapping, "a", "long", "none")).isEqualTo(DEFAULT);
		assertThat(timeout(mapping, "a", "long", "unknown")).isEqualTo(Duration.ofSeconds(5));
		assertThat(timeout(mapping, "a", "unknown")).isEqualTo(DEFAULT);
		assertThat(timeout(mapping, "a")).isEqualTo(DEFAULT);
	}

	@Test
	void whenAnnotationHasPlaceholdersThenReplacesThem() {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.getEnvironment()
				.getPropertySources()
				.addFirst(new MapPropertySource("test", Map.of("name", "check", "listener", "a", "time", "30ms")));
			context.register(Placeholders.class);
			context.refresh();
			HandlerMapping mapping = TestHandlers.detect(context);
			assertThat(name(mapping, "a", "check")).isNotNull();
			assertThat(timeout(mapping, "a", "check")).isEqualTo(Duration.ofMillis(30));
		}
	}

	@Test
	void whenTwoHandlersHaveAMessageOfAListenerThenNamesBoth() {
		assertInvalid(SameListener.class,
				"Message 'm' has two handlers on listener 'b': " + SameListener.class.getName()
						+ ".one() of bean 'handlerMappingTests.SameListener' and " + SameListener.class.getName()
						+ ".other() of bean 'handlerMappingTests.SameListener'.",
				"Remove one of them, or give it another name.");
		assertInvalid(AllAndOne.class,
				"Message 'm' has two handlers on listener 'a': " + AllAndOne.class.getName()
						+ ".all() of bean 'handlerMappingTests.AllAndOne' and " + AllAndOne.class.getName()
						+ ".one() of bean 'handlerMappingTests.AllAndOne'.",
				"Remove one of them, or give it another name.");
		assertInvalid(TwoDefaults.class,
				"The messages that no method handles by name have two handlers: " + TwoDefaults.class.getName()
						+ ".one() of bean 'handlerMappingTests.TwoDefaults' and " + TwoDefaults.class.getName()
						+ ".other() of bean 'handlerMappingTests.TwoDefaults'.",
				"Remove one of them, or give it another name.");
	}

	@Test
	void whenAnnotationCannotBeThenNamesIt() {
		assertInvalid(NamedClass.class, "@SpopMessage on " + NamedClass.class.getTypeName() + " has the name 'oops'.",
				"Name messages on methods: on a class the annotation only sets what its methods have in common.");
		assertInvalid(WrongTimeout.class, "The timeout of " + WrongTimeout.class.getTypeName() + ".handle() is 'soon'.",
				"Give it a time of more than zero and less than 100 years, such as 200ms.");
		assertInvalid(NoTimeout.class, "The timeout of " + NoTimeout.class.getTypeName() + ".handle() is '0ms'.",
				"Give it a time of more than zero and less than 100 years, such as 200ms.");
		assertInvalid(BothExecutions.class,
				BothExecutions.class.getTypeName() + ".handle() is marked with both @Blocking and @NonBlocking.",
				"Remove one of them.");
	}

	@Test
	void whenMethodIsMarkedThenThatCountsMoreThanItsClassAndItsResult() {
		HandlerMapping mapping = TestHandlers.detect(BlockingClass.class);
		assertThat(blocking(mapping, "of-class")).isTrue();
		assertThat(blocking(mapping, "mono")).isTrue();
		assertThat(blocking(mapping, "own")).isFalse();
	}

	private static boolean blocking(HandlerMapping mapping, String message) {
		MessageHandler handler = mapping.get("x", message);
		assertThat(handler).isNotNull();
		return handler.method().blocking();
	}

	private static @Nullable String name(HandlerMapping mapping, String listener, String message) {
		MessageHandler handler = mapping.get(listener, message);
		return (handler != null) ? handler.method().toString() : null;
	}

	private static Duration timeout(HandlerMapping mapping, String listener, String... messages) {
		return mapping.timeout(TestExchange.of(messages).withListener(listener), DEFAULT);
	}

	private static void assertInvalid(Class<?> type, String reason, String remedy) {
		assertThatExceptionOfType(InvalidSpopHandlerException.class).isThrownBy(() -> TestHandlers.detect(type))
			.satisfies((ex) -> {
				assertThat(ex.reason()).isEqualTo(reason);
				assertThat(ex.remedy()).isEqualTo(remedy);
			});
	}

	static class ByListener {

		@SpopMessage(value = "m", listeners = "a")
		void ofA() {
		}

		@SpopMessage(value = "m", listeners = { "b", "c" })
		void ofBAndC() {
		}

		@SpopMessage("all")
		void ofAll() {
		}

	}

	static class WithDefault {

		@SpopMessage("known")
		void known() {
		}

		@SpopDefaultMessage
		Actions others(NotifyMessage message) {
			return Actions.set(VarScope.REQUEST, "name", message.name());
		}

	}

	@SpopMessage(listeners = "a", timeout = "20ms")
	static class ClassDefaults {

		@SpopMessage("inherits")
		void inherits() {
		}

		@SpopMessage(value = "own", listeners = "b", timeout = "PT5S")
		void own() {
		}

		@SpopDefaultMessage
		void others() {
		}

	}

	static class Timeouts {

		@SpopMessage(value = "long", timeout = "5s")
		void longTime() {
		}

		@SpopMessage(value = "short", timeout = "10ms")
		void shortTime() {
		}

		@SpopMessage("none")
		void none() {
		}

	}

	static class Placeholders {

		@SpopMessage(value = "${name}", listeners = "${listener}", timeout = "${time}")
		void handle() {
		}

	}

	static class SameListener {

		@SpopMessage(value = "m", listeners = { "a", "b" })
		void one() {
		}

		@SpopMessage(value = "m", listeners = { "b", "c" })
		void other() {
		}

	}

	static class AllAndOne {

		@SpopMessage("m")
		void all() {
		}

		@SpopMessage(value = "m", listeners = "a")
		void one() {
		}

	}

	static class TwoDefaults {

		@SpopDefaultMessage
		void one() {
		}

		@SpopDefaultMessage
		void other() {
		}

	}

	@SpopMessage("oops")
	static class NamedClass {

		@SpopMessage("m")
		void handle() {
		}

	}

	static class WrongTimeout {

		@SpopMessage(value = "m", timeout = "soon")
		void handle() {
		}

	}

	static class NoTimeout {

		@SpopMessage(value = "m", timeout = "0ms")
		void handle() {
		}

	}

	static class BothExecutions {

		@SpopMessage("m")
		@Blocking
		@NonBlocking
		void handle() {
		}

	}

	@Blocking
	static class BlockingClass {

		@SpopMessage("of-class")
		void ofClass() {
		}

		@SpopMessage("mono")
		Mono<Void> mono() {
			return Mono.empty();
		}

		@SpopMessage("own")
		@NonBlocking
		void own() {
		}

	}

}
