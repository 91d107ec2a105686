package io.spop.handler;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.spop.annotation.NonBlocking;
import io.spop.annotation.SpopArg;
import io.spop.annotation.SpopDefaultMessage;
import io.spop.annotation.SpopExceptionHandler;
import io.spop.annotation.SpopMessage;
import io.spop.annotation.SpopVar;
import io.spop.protocol.Actions;
import io.spop.protocol.NotifyMessage;
import io.spop.protocol.SpopValue;
import io.spop.protocol.VarScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.ComposablePointcut;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.RootClassFilter;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.core.annotation.AliasFor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class HandlerMethodDetectorTests {

	@Test
	void whenMethodsAreAnnotatedThenFindsThemWhateverTheirVisibility() throws Throwable {
		Map<String, MessageHandler> handlers = detect(Plain.class);
		assertThat(handlers).containsOnlyKeys("package", "private", "static");
		for (MessageHandler handler : handlers.values()) {
			assertThat(invoke(handler)).isEqualTo(result(handler.message()));
		}
	}

	@Test
	void whenClassIsAConfigurationThenFindsItsMethods() throws Throwable {
		assertThat(invoke(detect(Config.class).get("configuration"))).isEqualTo(result("configuration"));
	}

	@Test
	void whenBeanComesFromABeanMethodThenFindsTheMethodsOfItsClass() throws Throwable {
		assertThat(invoke(detect(BeanMethod.class).get("declared"))).isEqualTo(result("declared"));
	}

	@Test
	void whenAnnotationIsOnAnInterfaceThenFindsTheMethod() throws Throwable {
		MessageHandler handler = Objects.requireNonNull(detect(Implementation.class).get("declared"));
		assertThat(invoke(handler)).isEqualTo(result("declared"));
		assertThat(handler.method().blocking()).isTrue();
	}

	@Test
	void whenParameterIsGenericThenResolvesItsType() throws Throwable {
		assertThat(invoke(detect(OfLong.class).get("generic"))).isEqualTo(Actions.set(VarScope.REQUEST, "sum", 43));
	}

	@Test
	void whenTypesOfParameterAndResultAreVariablesThenResolvesThem() throws Throwable {
		MessageHandler handler = Objects.requireNonNull(detect(OfLongAndVerdict.class).get("generic-list"));
		NotifyMessage message = TestExchange.message("n", SpopValue.of("42"));
		assertThat(handler.method().invoke(message, TestExchange.of(message), null))
			.isEqualTo(Actions.set(VarScope.TRANSACTION, "sum", 43));
	}

	@Test
	void whenAnnotationIsComposedThenItsAliasNamesTheMessage() throws Throwable {
		assertThat(invoke(detect(Composed.class).get("composed"))).isEqualTo(result("composed"));
	}

	@Test
	void whenBeanIsAProxyThenCallsItThroughTheProxy() throws Throwable {
		try (AnnotationConfigApplicationContext context = context(Proxies.class, Plain2.class)) {
			assertThat(AopUtils.isCglibProxy(context.getBean(Plain2.class))).isTrue();
			assertThat(invoke(detect(context).get("advised"))).isEqualTo(result("advised"));
			assertThat(context.getBean(Proxies.class).calls).isEqualTo(1);
		}
	}

	@Test
	void whenBeanIsAnInterfaceProxyThenCallsItThroughTheProxy() throws Throwable {
		try (AnnotationConfigApplicationContext context = context(Proxies.class, Implementation.class)) {
			assertThat(AopUtils.isJdkDynamicProxy(context.getBean(Contract.class))).isTrue();
			assertThat(invoke(detect(context).get("declared"))).isEqualTo(result("declared"));
			assertThat(context.getBean(Proxies.class).calls).isEqualTo(1);
		}
	}

	@Test
	void whenProxyHidesTheMethodThenNamesIt() {
		assertThatExceptionOfType(InvalidSpopHandlerException.class)
			.isThrownBy(() -> detect(Proxies.class, Hidden.class))
			.satisfies((ex) -> {
				assertThat(ex.reason()).isEqualTo("io.spop.handler.HandlerMethodDetectorTests$Hidden.handle() cannot"
						+ " be called on bean 'handlerMethodDetectorTests.Hidden', which is a proxy.");
				assertThat(ex.remedy()).isEqualTo("Make the method visible to the package, and part of an interface of"
						+ " the bean if the proxy implements interfaces only.");
			});
	}

	@Test
	void whenBeanIsLazyThenCreatesIt() throws Throwable {
		assertThat(invoke(detect(LazyBean.class).get("lazy"))).isEqualTo(result("lazy"));
	}

	@Test
	void whenBeanIsAPrototypeThenAsksForOneEachTime() throws Throwable {
		try (AnnotationConfigApplicationContext context = context(Prototype.class)) {
			MessageHandler handler = Objects.requireNonNull(detect(context).get("prototype"));
			int before = Prototype.instances;
			invoke(handler);
			invoke(handler);
			assertThat(Prototype.instances).isEqualTo(before + 2);
			assertThat(handler.method().idle().invoke(NotifyMessage.of("prototype"), TestExchange.of(), null))
				.isNotNull();
			assertThat(Prototype.instances).isEqualTo(before + 2);
		}
	}

	@Test
	void whenBeanIsAScopedProxyThenFindsTheMethodOnce() throws Throwable {
		assertThat(invoke(detect(Scoped.class).get("scoped"))).isEqualTo(result("scoped"));
	}

	@Test
	void whenMethodMayBlockThenSaysSo() {
		Map<String, MessageHandler> handlers = detect(Execution.class, NonBlockingClass.class);
		assertThat(Objects.requireNonNull(handlers.get("blocking")).method().blocking()).isTrue();
		assertThat(Objects.requireNonNull(handlers.get("nonblocking")).method().blocking()).isFalse();
		assertThat(Objects.requireNonNull(handlers.get("mono")).method().blocking()).isFalse();
		assertThat(Objects.requireNonNull(handlers.get("class")).method().blocking()).isFalse();
	}

	@Test
	void whenResultIsOneThatActionsCanBeMadeOfThenAcceptsIt() {
		assertThat(detect(Results.class)).containsOnlyKeys("void", "actions", "list", "mono", "mono-list", "mono-void");
	}

	@Test
	void whenIdleThenReturnsTheSameTypeWithoutACall() throws Throwable {
		for (MessageHandler handler : detect(Results.class).values()) {
			NotifyMessage message = NotifyMessage.of(handler.message());
			Object result = handler.method().idle().invoke(message, TestExchange.of(), null);
			Object actual = handler.method().invoke(message, TestExchange.of(), null);
			assertThat(result == null).isEqualTo(actual == null);
			assertThat(result instanceof Mono).isEqualTo(actual instanceof Mono);
		}
	}

	@Test
	void whenResultIsNothingThatActionsCanBeMadeOfThenNamesTheMethod() {
		assertResultRefused(ReturnsFlux.class,
				"handle() returns reactor.core.publisher.Flux<io.spop.protocol.Actions>.");
		assertResultRefused(ReturnsString.class, "handle() returns java.lang.String.");
		assertResultRefused(ReturnsMonoOfString.class,
				"handle() returns reactor.core.publisher.Mono<java.lang.String>.");
		assertResultRefused(ReturnsMonoOfAny.class, "handle() returns reactor.core.publisher.Mono<?>.");
	}

	private void assertResultRefused(Class<?> type, String reason) {
		assertThatExceptionOfType(InvalidSpopHandlerException.class).isThrownBy(() -> detect(type)).satisfies((ex) -> {
			assertThat(ex.reason()).isEqualTo(type.getName() + "." + reason);
			assertThat(ex.remedy())
				.isEqualTo("Let it return void, Actions, a record or bean with @SpopVar members, a Map<String, ?>,"
						+ " or an Optional, Mono or CompletionStage of one of these.");
		});
	}

	@Test
	void whenTwoMethodsClaimAMessageThenNamesBoth() {
		assertThatExceptionOfType(InvalidSpopHandlerException.class).isThrownBy(() -> detect(Plain2.class, Twin.class))
			.satisfies((ex) -> {
				String prefix = "io.spop.handler.HandlerMethodDetectorTests$";
				assertThat(ex.reason()).isEqualTo("Message 'advised' has two handlers: " + prefix
						+ "Plain2.handle() of bean 'handlerMethodDetectorTests.Plain2' and " + prefix
						+ "Twin.handle() of bean 'handlerMethodDetectorTests.Twin'.");
				assertThat(ex.remedy()).isEqualTo("Remove one of them, or give it another name.");
			});
	}

	@Test
	void whenMessageHasNoNameThenNamesTheMethod() {
		assertThatExceptionOfType(InvalidSpopHandlerException.class).isThrownBy(() -> detect(Unnamed.class))
			.satisfies((ex) -> {
				assertThat(ex.reason())
					.isEqualTo("@SpopMessage on " + Unnamed.class.getName() + ".handle() has no name.");
				assertThat(ex.remedy())
					.isEqualTo("Give it the name of the spoe-message section in HAProxy's configuration,"
							+ " as in @SpopMessage(\"check-client-ip\").");
			});
	}

	@Test
	void whenHaproxyCannotHaveTheNameThenNamesTheMethod() {
		assertRefused(SpaceInName.class, "@SpopMessage on " + SpaceInName.class.getName()
				+ ".handle() has the name 'a b\\u000a', which HAProxy does not accept for a spoe-message section.",
				"A name consists of A-Z a-z 0-9 _ . : and - only.");
	}

	@Test
	void whenPlaceholderHasNoValueThenNamesAnnotationAndMethod() {
		for (Class<?> type : List.of(PlaceholderInName.class, PlaceholderInListener.class,
				PlaceholderInTimeout.class)) {
			assertRefused(type,
					"@SpopMessage on " + type.getName()
							+ ".handle() has the placeholder '${unknown}', which has no value.",
					"Set that property, or give the placeholder a default, as in ${name:default}.");
		}
	}

	@Test
	void whenListenerHasNoNameThenNamesTheMethod() {
		assertRefused(EmptyListener.class,
				"@SpopDefaultMessage on " + EmptyListener.class.getName()
						+ ".handle() has an empty name of a listener.",
				"Remove it to handle the messages of all listeners, or give its name.");
	}

	@Test
	void whenTimeoutIsTooLongThenNamesTheMethod() {
		assertRefused(Forever.class, "The timeout of " + Forever.class.getName() + ".handle() is '200000d'.",
				"Give it a time of more than zero and less than 100 years, such as 200ms.");
	}

	@Test
	void whenExceptionHandlerHasNoMethodToAnswerForThenNamesIt() {
		assertRefused(NoAdvice.class,
				"@SpopExceptionHandler on " + NoAdvice.class.getName() + ".handle(IllegalStateException) has no"
						+ " effect: its class has no method that handles a message.",
				"Mark the class with @SpopAdvice, so that it answers for the methods of all beans.");
	}

	@Test
	void whenMethodIsWrittenInKotlinAndCannotBeCalledThenNamesIt(@TempDir Path folder) throws Exception {
		try (URLClassLoader kotlin = Sources.compile(folder, """
				package kotlin;
				@java.lang.annotation.Retention(java.lang.annotation.RetentionPolicy.RUNTIME)
				public @interface Metadata { }
				""", """
				package kotlin.coroutines;
				public interface Continuation<T> { }
				""", """
				package demo;
				@kotlin.Metadata
				public class Suspending {
					@io.spop.annotation.SpopMessage("test")
					public Object handle(@io.spop.annotation.SpopArg("a") String a,
							kotlin.coroutines.Continuation<? super io.spop.protocol.Actions> continuation) {
						return null;
					}
				}
				""", """
				package demo;
				@kotlin.Metadata
				public class Defaults {
					@io.spop.annotation.SpopMessage("test")
					public void handle(@io.spop.annotation.SpopArg("a") String a,
							@io.spop.annotation.SpopArg("b") int b) {
					}
					public static void handle$default(Defaults instance, String a, int b, int mask, Object marker) {
					}
				}
				""", """
				package demo;
				@kotlin.Metadata
				public class Request {
					public Request(String a) {
					}
					public Request(String a, int mask, Object marker) {
					}
				}
				""", """
				package demo;
				@kotlin.Metadata
				public class TakesRequest {
					@io.spop.annotation.SpopMessage("test")
					public void handle(Request request) {
					}
				}
				""", """
				package demo;
				@kotlin.Metadata
				public class Fine {
					@io.spop.annotation.SpopMessage("test")
					public void handle(@io.spop.annotation.SpopArg("a") String a) {
					}
					public static void handle$default(Fine instance, int other, int mask, Object marker) {
					}
				}
				""")) {
			assertRefused(kotlin.loadClass("demo.Suspending"),
					"demo.Suspending.handle(String, Continuation) is a Kotlin 'suspend fun'.",
					"Remove 'suspend': such a method is called on a thread that may block. Or let it return a Mono, as"
							+ " mono { } of kotlinx-coroutines-reactor does.");
			assertRefused(kotlin.loadClass("demo.Defaults"),
					"demo.Defaults.handle(String, int) has parameters with Kotlin default values.",
					"Use @SpopArg(defaultValue = \"...\") instead, or let the parameter be nullable.");
			assertRefused(kotlin.loadClass("demo.TakesRequest"),
					"The constructor of demo.Request has parameters with Kotlin default values.",
					"Use @SpopArg(defaultValue = \"...\") instead, or let the parameter be nullable.");
			assertThat(detect(kotlin.loadClass("demo.Fine"))).containsOnlyKeys("test");
		}
	}

	private static void assertRefused(Class<?> type, String reason, String remedy) {
		assertThatExceptionOfType(InvalidSpopHandlerException.class).isThrownBy(() -> detect(type)).satisfies((ex) -> {
			assertThat(ex.reason()).isEqualTo(reason);
			assertThat(ex.remedy()).isEqualTo(remedy);
		});
	}

	private static Actions result(String name) {
		return Actions.set(VarScope.REQUEST, "called", name);
	}

	private static @Nullable Object invoke(@Nullable MessageHandler handler) throws Throwable {
		assertThat(handler).isNotNull();
		NotifyMessage message = TestExchange.message("n", SpopValue.of(42));
		return handler.method().invoke(message, TestExchange.of(message), null);
	}

	private static Map<String, MessageHandler> detect(Class<?>... components) {
		return detect(context(components));
	}

	private static Map<String, MessageHandler> detect(AnnotationConfigApplicationContext context) {
		return TestHandlers.detect(context)
			.handlers()
			.stream()
			.collect(Collectors.toMap(MessageHandler::message, Function.identity()));
	}

	private static AnnotationConfigApplicationContext context(Class<?>... components) {
		return new AnnotationConfigApplicationContext(components);
	}

	static class Plain {

		@SpopMessage("package")
		Actions packagePrivate() {
			return result("package");
		}

		@SpopMessage(name = "private")
		private Actions ofThisClassOnly() {
			return result("private");
		}

		@SpopMessage("static")
		static Actions withoutInstance() {
			return result("static");
		}

		Actions notAHandler() {
			return result("none");
		}

	}

	@Configuration
	static class Config {

		@SpopMessage("configuration")
		Actions handle() {
			return result("configuration");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class BeanMethod {

		@Bean
		Contract contract() {
			return new Implementation();
		}

	}

	interface Contract {

		@SpopMessage("declared")
		Actions handle(@SpopArg long n);

	}

	static class Implementation implements Contract {

		@Override
		public Actions handle(long n) {
			return result("declared");
		}

	}

	abstract static class Generic<T extends Number> {

		@SpopMessage("generic")
		Actions handle(@SpopArg T n) {
			return Actions.set(VarScope.REQUEST, "sum", n.longValue() + 1);
		}

	}

	static class OfLong extends Generic<Long> {

	}

	abstract static class GenericList<T, R> {

		@SpopMessage("generic-list")
		Mono<R> handle(@SpopArg List<T> n) {
			return Mono.fromCallable(() -> result(n.get(0)));
		}

		abstract R result(T first);

	}

	static class OfLongAndVerdict extends GenericList<Long, OfLongAndVerdict.Verdict> {

		@Override
		Verdict result(Long first) {
			return new Verdict(first + 1);
		}

		record Verdict(@SpopVar long sum) {

		}

	}

	static class Composed {

		@Message("composed")
		Actions handle() {
			return result("composed");
		}

	}

	@Retention(RetentionPolicy.RUNTIME)
	@Target(ElementType.METHOD)
	@SpopMessage
	@NonBlocking
	@interface Message {

		@AliasFor(annotation = SpopMessage.class, attribute = "name")
		String value();

	}

	@Configuration(proxyBeanMethods = false)
	static class Proxies {

		int calls;

		@Bean
		static DefaultAdvisorAutoProxyCreator autoProxyCreator() {
			return new DefaultAdvisorAutoProxyCreator();
		}

		@Bean
		DefaultPointcutAdvisor advisor() {
			return new DefaultPointcutAdvisor(
					new ComposablePointcut(new RootClassFilter(Contract.class)).union(new RootClassFilter(Plain2.class))
						.union(new RootClassFilter(Hidden.class)),
					(org.aopalliance.intercept.MethodInterceptor) (invocation) -> {
						this.calls++;
						return invocation.proceed();
					});
		}

	}

	static class Plain2 {

		@SpopMessage("advised")
		Actions handle() {
			return result("advised");
		}

	}

	static class Twin {

		@SpopMessage("advised")
		Actions handle() {
			return result("advised");
		}

	}

	static class Hidden implements Runnable {

		@SpopMessage("hidden")
		private Actions handle() {
			return result("hidden");
		}

		@Override
		public void run() {
		}

	}

	@Lazy
	static class LazyBean {

		@SpopMessage("lazy")
		Actions handle() {
			return result("lazy");
		}

	}

	@Scope("prototype")
	static class Prototype {

		static int instances;

		Prototype() {
			instances++;
		}

		@SpopMessage("prototype")
		Actions handle() {
			return result("prototype");
		}

	}

	@Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.TARGET_CLASS)
	static class Scoped {

		@SpopMessage("scoped")
		Actions handle() {
			return result("scoped");
		}

	}

	static class Execution {

		@SpopMessage("blocking")
		Actions blocking() {
			return Actions.none();
		}

		@SpopMessage("nonblocking")
		@NonBlocking
		Actions nonBlocking() {
			return Actions.none();
		}

		@SpopMessage("mono")
		Mono<Actions> mono() {
			return Mono.empty();
		}

	}

	@NonBlocking
	static class NonBlockingClass {

		@SpopMessage("class")
		Actions nonBlocking() {
			return Actions.none();
		}

	}

	static class Results {

		@SpopMessage("void")
		void nothing() {
		}

		@SpopMessage("actions")
		Actions actions() {
			return Actions.none();
		}

		@SpopMessage("list")
		Actions list() {
			return Actions.none();
		}

		@SpopMessage("mono")
		Mono<Actions> mono() {
			return Mono.empty();
		}

		@SpopMessage("mono-list")
		Mono<? extends Actions> monoOfList() {
			return Mono.empty();
		}

		@SpopMessage("mono-void")
		Mono<Void> monoOfNothing() {
			return Mono.empty();
		}

	}

	static class ReturnsFlux {

		@SpopMessage("test")
		Flux<Actions> handle() {
			return Flux.empty();
		}

	}

	static class ReturnsString {

		@SpopMessage("test")
		String handle() {
			return "";
		}

	}

	static class ReturnsMonoOfString {

		@SpopMessage("test")
		Mono<String> handle() {
			return Mono.empty();
		}

	}

	static class ReturnsMonoOfAny {

		@SpopMessage("test")
		Mono<?> handle() {
			return Mono.empty();
		}

	}

	static class Unnamed {

		@SpopMessage
		Actions handle() {
			return Actions.none();
		}

	}

	static class SpaceInName {

		@SpopMessage("a b\n")
		void handle() {
		}

	}

	static class PlaceholderInName {

		@SpopMessage("${unknown}")
		void handle() {
		}

	}

	static class PlaceholderInListener {

		@SpopMessage(name = "test", listeners = "${unknown}")
		void handle() {
		}

	}

	static class PlaceholderInTimeout {

		@SpopMessage(name = "test", timeout = "${unknown}")
		void handle() {
		}

	}

	static class EmptyListener {

		@SpopDefaultMessage(listeners = { "main", "" })
		void handle() {
		}

	}

	static class Forever {

		@SpopMessage(name = "test", timeout = "200000d")
		void handle() {
		}

	}

	static class NoAdvice {

		@SpopExceptionHandler
		void handle(IllegalStateException ex) {
		}

	}

}
