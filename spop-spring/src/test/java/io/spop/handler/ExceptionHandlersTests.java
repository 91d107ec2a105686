package io.spop.handler;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import io.spop.agent.MockSpopExchange;
import io.spop.agent.SpopExchange;
import io.spop.agent.SpopOversizeException;
import io.spop.agent.SpopTimeoutException;
import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopAdvice;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopExceptionHandler;
import io.spop.annotation.SpopMessage;
import io.spop.annotation.SpopVar;
import io.spop.protocol.Actions;
import io.spop.protocol.Argument;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ExceptionHandlersTests {

	private static final NotifyMessage GOOD = NotifyMessage.of("good", new Argument("n", SpopValue.of(1)));

	private static final NotifyMessage BAD = NotifyMessage.of("good", new Argument("n", SpopValue.of("x")));

	private static final Actions ONE = Actions.set(VarScope.REQUEST, "n", 1);

	@ParameterizedTest
	@CsvSource({ "not-found,local FileNotFoundException", "io,local IOException", "cause,local IOException",
			"mono,local IOException", "future,local IOException", "error,first Error", "illegal,first RuntimeException",
			"unsupported,first RuntimeException" })
	void whenHandlerFailsThenTheClosestMethodAnswers(String message, String expected) {
		assertThat(handle(message, Failing.class, Second.class, First.class)).isEqualTo(answer(expected));
	}

	@Test
	void whenNobodyHandlesTheExceptionThenTheFallbackAnswers() {
		MockSpopExchange exchange = TestExchange.of("illegal");
		assertThat(dispatcher(Runnable::run, Failing.class).handle(exchange).block()).isEqualTo(TestExchange.FALLBACK);
		assertThat(exchange.failures()).containsOnlyKeys("illegal");
		assertThat(exchange.failures().get("illegal")).isInstanceOf(IllegalStateException.class).hasMessage("illegal");
	}

	@Test
	void whenAdviceIsOrderedByItsBeanMethodThenThatCounts() {
		assertThat(handle("illegal", Failing.class, Ordering.class)).isEqualTo(answer("first"));
	}

	@Test
	void whenMethodHasParametersThenTheyAreThoseOfTheMessage() {
		NotifyMessage message = NotifyMessage.of("fail", new Argument("n", SpopValue.of(5)));
		assertThat(dispatcher(Runnable::run, WithParameters.class).handle(TestExchange.of(message)).block())
			.isEqualTo(Actions.set(VarScope.TRANSACTION, "text", "on purpose fail 5 1"));
	}

	@Test
	void whenMessageFailsThenThoseBehindItAreHandled() {
		assertThat(dispatcher(Runnable::run, Failing.class, Good.class)
			.handle(TestExchange.of(NotifyMessage.of("not-found"), GOOD))
			.block()).isEqualTo(answer("local FileNotFoundException").andSet(VarScope.REQUEST, "n", 1));
	}

	@Test
	void whenArgumentsAreWrongThenThatMessageHasTheFallbackAndOthersTheirResults() {
		MockSpopExchange exchange = TestExchange.of(GOOD, BAD, GOOD);
		assertThat(dispatcher(Runnable::run, Good.class).handle(exchange).block())
			.isEqualTo(ONE.and(TestExchange.FALLBACK).and(ONE));
		assertThat(exchange.failures()).containsOnlyKeys("good");
		assertThat(exchange.failures().get("good")).isInstanceOf(InvalidSpopArgumentException.class)
			.hasMessage("Argument 'n' of message 'good' is STRING, which does not convert to int");
	}

	@Test
	void whenArgumentsAreWrongThenAMethodMayAnswer() {
		assertThat(dispatcher(Runnable::run, Good.class, ForArguments.class).handle(TestExchange.of(BAD, GOOD)).block())
			.isEqualTo(answer("arguments").and(ONE));
	}

	@Test
	void whenSeveralMessagesFailThenTheFallbackIsThereOnce() {
		NotifyMessage bad = NotifyMessage.of("illegal");
		MockSpopExchange exchange = TestExchange.of(GOOD, bad, GOOD, bad, BAD);
		assertThat(dispatcher(Runnable::run, Good.class, Failing.class).handle(exchange).block())
			.isEqualTo(ONE.and(TestExchange.FALLBACK).and(ONE));
		assertThat(exchange.failures()).containsOnlyKeys("good", "illegal");
	}

	@ParameterizedTest
	@ValueSource(classes = { FailClosed.class, FailClosedAtOnce.class })
	void whenTheDeadlineComesThenAMethodThatDoesNotBlockAnswers(Class<?> advice) {
		MockSpopExchange exchange = TestExchange.of(NotifyMessage.of("never"), GOOD, NotifyMessage.of("never"));
		dispatcher(Runnable::run, Never.class, Good.class, advice).handle(exchange).subscribe();
		assertThat(exchange.atDeadline())
			.isEqualTo(answer("SpopTimeoutException never").and(ONE).and(answer("SpopTimeoutException never")));
		assertThat(exchange.failures()).containsOnlyKeys("never");
		assertThat(TestExchange.outcomes(exchange)).containsExactly("good SUCCESS", "never TIMEOUT", "never TIMEOUT");
		assertThat(exchange.blocked()).hasSize(5);
	}

	@Test
	void whenAMethodForTheDeadlineMayBlockThenFailureSaysThatItCannotBeCalled() {
		assertThatExceptionOfType(InvalidSpopHandlerException.class)
			.isThrownBy(() -> dispatcher(Runnable::run, Never.class, BlockingFailClosed.class))
			.withMessageContaining("takes io.spop.agent.SpopTimeoutException")
			.withMessageContaining("@NonBlocking");
	}

	@ParameterizedTest
	@ValueSource(classes = { LateFailClosed.class, BrokenFailClosed.class })
	void whenTheDeadlineComesAndTheMethodHasNoAnswerAtOnceThenTheFallbackAnswers(Class<?> advice) {
		MockSpopExchange exchange = TestExchange.of(NotifyMessage.of("never"), GOOD);
		dispatcher(Runnable::run, Never.class, Good.class, advice).handle(exchange).subscribe();
		assertThat(exchange.atDeadline()).isEqualTo(TestExchange.FALLBACK.and(ONE));
	}

	@Test
	void whenNoResultCanBeSentThenMethodsThatDoNotBlockAnswerForTheirMessages() {
		HandlerDispatcher dispatcher = dispatcher(Runnable::run, Never.class, LocalFailClosed.class, FailClosed.class,
				Good.class);
		MockSpopExchange exchange = TestExchange.of(NotifyMessage.of("never"), NotifyMessage.of("local"),
				NotifyMessage.of("nobody"), GOOD);
		SpopOversizeException failure = new SpopOversizeException("too large");
		assertThat(dispatcher.fallback(exchange, failure)).isEqualTo(
				answer("SpopOversizeException never").and(answer("local")).and(answer("SpopOversizeException good")));
		assertThat(dispatcher.fallback(TestExchange.of(GOOD, GOOD), new IllegalStateException()))
			.isEqualTo(TestExchange.FALLBACK);
		assertThat(dispatcher.fallback(TestExchange.of(), failure)).isEqualTo(TestExchange.FALLBACK);
	}

	@ParameterizedTest
	@ValueSource(strings = { "endless", "itself", "hostile" })
	void whenCausesHaveNoEndThenTheFallbackAnswers(String message) {
		assertThat(handle(message, Endless.class, OnlyIo.class)).isEqualTo(TestExchange.FALLBACK);
		assertThat(handle(message, Endless.class, First.class)).isEqualTo(answer("first RuntimeException"));
	}

	@Test
	void whenTheSameExceptionIsThrownAgainThenItDoesNotGrow() {
		for (int i = 0; i < 5; i++) {
			handle("constant", Constant.class, FailingAdvice.class);
		}
		assertThat(Constant.FAILURE.getSuppressed()).hasSize(1);
	}

	@Test
	void whenThereIsNoThreadThenAMethodThatDoesNotBlockAnswers() {
		Executor full = (task) -> {
			throw new RejectedExecutionException("full");
		};
		assertThat(dispatcher(full, Plain.class, ForRefusals.class).handle(TestExchange.of("plain")).block())
			.isEqualTo(answer("full"));
		MockSpopExchange exchange = TestExchange.of("plain");
		assertThat(dispatcher(full, Plain.class, First.class).handle(exchange).block())
			.isEqualTo(TestExchange.FALLBACK);
		assertThat(exchange.failures().get("plain")).isInstanceOf(RejectedExecutionException.class).hasMessage("full");
	}

	@Test
	void whenTheMethodFailsTooThenTheFirstExceptionIsReported() {
		MockSpopExchange exchange = TestExchange.of("illegal");
		assertThat(dispatcher(Runnable::run, Failing.class, FailingAdvice.class).handle(exchange).block())
			.isEqualTo(TestExchange.FALLBACK);
		assertThat(exchange.failures().get("illegal")).isInstanceOf(IllegalStateException.class)
			.hasMessage("illegal")
			.satisfies((ex) -> assertThat(ex.getSuppressed()).hasAtLeastOneElementOfType(ArithmeticException.class));
	}

	@Test
	void whenMethodReturnsAMonoThenItsResultIsTheAnswer() {
		assertThat(handle("illegal", Failing.class, Reactive.class)).isEqualTo(answer("later"));
	}

	@Test
	void whenMethodCannotWorkThenNamesIt() {
		assertInvalid(NoType.class, "@SpopExceptionHandler on " + NoType.class.getTypeName()
				+ ".handle() does not say which exceptions it takes.");
		assertInvalid(WrongParameter.class, WrongParameter.class.getTypeName()
				+ ".handle(IOException) takes java.lang.IllegalStateException, which is not a java.io.IOException.");
		assertInvalid(Twice.class,
				"java.io.IOException has two handlers: " + Twice.class.getTypeName()
						+ ".one(IOException) of bean 'exceptionHandlersTests.Twice' and " + Twice.class.getTypeName()
						+ ".other(IOException) of bean 'exceptionHandlersTests.Twice'.");
		assertInvalid(WrongResult.class, WrongResult.class.getTypeName() + ".handle(IOException) returns int.");
	}

	private static void assertInvalid(Class<?> type, String reason) {
		assertThatExceptionOfType(InvalidSpopHandlerException.class).isThrownBy(() -> TestHandlers.detect(type))
			.satisfies((ex) -> assertThat(ex.reason()).isEqualTo(reason));
	}

	private static @Nullable Actions handle(String message, Class<?>... components) {
		return dispatcher(Runnable::run, components).handle(TestExchange.of(message)).block();
	}

	private static HandlerDispatcher dispatcher(Executor executor, Class<?>... components) {
		return TestHandlers.dispatcher(executor, components);
	}

	private static Actions answer(String text) {
		return Actions.set(VarScope.TRANSACTION, "answer", text);
	}

	static class Failing {

		@SpopMessage("not-found")
		void notFound() throws IOException {
			throw new FileNotFoundException();
		}

		@SpopMessage("io")
		void io() throws IOException {
			throw new IOException();
		}

		@SpopMessage("cause")
		void cause() {
			throw new UncheckedIOException(new IOException());
		}

		@SpopMessage("mono")
		Mono<Actions> mono() {
			return Mono.delay(Duration.ofMillis(1)).then(Mono.error(new IOException()));
		}

		@SpopMessage("future")
		CompletableFuture<Actions> future() {
			return CompletableFuture.failedFuture(new IOException());
		}

		@SpopMessage("error")
		void error() {
			throw new AssertionError();
		}

		@SpopMessage("illegal")
		void illegal() {
			throw new IllegalStateException("illegal");
		}

		@SpopMessage("unsupported")
		void unsupported() {
			throw new UnsupportedOperationException();
		}

		@SpopExceptionHandler
		Actions handle(IOException ex) {
			return answer("local IOException");
		}

		@SpopExceptionHandler(FileNotFoundException.class)
		Actions notFoundHandler() {
			return answer("local FileNotFoundException");
		}

	}

	@SpopAdvice
	@Order(1)
	static class First {

		@SpopExceptionHandler
		Actions handle(RuntimeException ex) {
			return answer("first RuntimeException");
		}

		@SpopExceptionHandler(Error.class)
		Actions handle(Throwable ex) {
			return answer("first Error");
		}

	}

	@SpopAdvice
	static class Second implements Ordered {

		@SpopExceptionHandler
		Actions handle(IllegalStateException ex) {
			return answer("second");
		}

		@Override
		public int getOrder() {
			return 2;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Ordering {

		@Bean
		@Order(2)
		Answering second() {
			return new Answering("second");
		}

		@Bean
		@Order(1)
		Answering first() {
			return new Answering("first");
		}

	}

	@SpopAdvice
	static class Answering {

		private final String answer;

		Answering(String answer) {
			this.answer = answer;
		}

		@SpopExceptionHandler(Exception.class)
		Actions handle() {
			return answer(this.answer);
		}

	}

	static class WithParameters {

		@SpopMessage("fail")
		void fail() {
			throw new IllegalStateException("wrapper", new IOException("on purpose"));
		}

		@SpopExceptionHandler
		Text handle(IOException ex, NotifyMessage message, @SpopArg int n, SpopExchange exchange) {
			return new Text(ex.getMessage() + " " + message.name() + " " + n + " " + exchange.messages().size());
		}

		record Text(@SpopVar String text) {

		}

	}

	static class Good {

		@SpopMessage("good")
		@NonBlocking
		Actions good(@SpopArg int n) {
			return Actions.set(VarScope.REQUEST, "n", n);
		}

	}

	@SpopAdvice
	static class ForArguments {

		@SpopExceptionHandler
		Actions handle(InvalidSpopArgumentException ex) {
			return answer("arguments");
		}

	}

	static class Plain {

		@SpopMessage("plain")
		Actions plain() {
			return Actions.none();
		}

	}

	@SpopAdvice
	static class ForRefusals {

		@SpopExceptionHandler
		@NonBlocking
		Actions handle(RejectedExecutionException ex) {
			return answer(String.valueOf(ex.getMessage()));
		}

	}

	@SpopAdvice
	static class FailingAdvice {

		@SpopExceptionHandler
		Actions handle(IllegalStateException ex) {
			throw new ArithmeticException();
		}

	}

	@SpopAdvice
	static class Reactive {

		@SpopExceptionHandler
		Mono<Actions> handle(IllegalStateException ex) {
			return Mono.delay(Duration.ofMillis(1)).thenReturn(answer("later"));
		}

	}

	@SpopAdvice
	static class NoType {

		@SpopExceptionHandler
		void handle() {
		}

	}

	@SpopAdvice
	static class WrongParameter {

		@SpopExceptionHandler(IllegalStateException.class)
		void handle(IOException ex) {
		}

	}

	@SpopAdvice
	static class Twice {

		@SpopExceptionHandler
		void one(IOException ex) {
		}

		@SpopExceptionHandler
		void other(IOException ex) {
		}

	}

	@SpopAdvice
	static class WrongResult {

		@SpopExceptionHandler
		int handle(IOException ex) {
			return 0;
		}

	}

	static class Never {

		@SpopMessage("never")
		Mono<Actions> never() {
			return Mono.never();
		}

	}

	@SpopAdvice
	static class FailClosed {

		@SpopExceptionHandler({ SpopTimeoutException.class, SpopOversizeException.class })
		@NonBlocking
		Actions handle(RuntimeException ex, NotifyMessage message) {
			return answer(ex.getClass().getSimpleName() + " " + message.name());
		}

	}

	@SpopAdvice
	static class FailClosedAtOnce {

		@SpopExceptionHandler
		Mono<Actions> handle(SpopTimeoutException ex, NotifyMessage message) {
			return Mono.fromSupplier(() -> answer(ex.getClass().getSimpleName() + " " + message.name()));
		}

	}

	static class LocalFailClosed {

		@SpopMessage("local")
		Actions local() {
			return Actions.none();
		}

		@SpopExceptionHandler(Exception.class)
		@NonBlocking
		Actions handle() {
			return answer("local");
		}

	}

	@SpopAdvice
	static class BlockingFailClosed {

		@SpopExceptionHandler
		Actions handle(SpopTimeoutException ex) {
			return answer("blocking");
		}

	}

	@SpopAdvice
	static class LateFailClosed {

		@SpopExceptionHandler
		Mono<Actions> handle(SpopTimeoutException ex) {
			return Mono.delay(Duration.ofMillis(1)).thenReturn(answer("late"));
		}

	}

	@SpopAdvice
	static class BrokenFailClosed {

		@SpopExceptionHandler
		@NonBlocking
		Actions handle(SpopTimeoutException ex) {
			throw new StackOverflowError();
		}

	}

	@SpopAdvice
	static class OnlyIo {

		@SpopExceptionHandler
		Actions handle(IOException ex) {
			return answer("io");
		}

	}

	@NonBlocking
	@SuppressWarnings("serial")
	static class Endless {

		@SpopMessage("endless")
		void endless() {
			throw new EndlessException();
		}

		@SpopMessage("itself")
		void itself() {
			throw new RuntimeException() {

				@Override
				public synchronized Throwable getCause() {
					return this;
				}

			};
		}

		@SpopMessage("hostile")
		void hostile() {
			throw new RuntimeException() {

				@Override
				public synchronized Throwable getCause() {
					throw new IllegalStateException();
				}

			};
		}

		static class EndlessException extends RuntimeException {

			@Override
			public synchronized Throwable getCause() {
				return new EndlessException();
			}

		}

	}

	@NonBlocking
	@SuppressWarnings("StaticAssignmentOfThrowable")
	static class Constant {

		static final IllegalStateException FAILURE = new IllegalStateException("constant");

		@SpopMessage("constant")
		void fail() {
			throw FAILURE;
		}

	}

}
